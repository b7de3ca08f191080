"""Templates that were sent from here before: they are offered, so that nobody has to remember how one is spelled."""

from dataclasses import dataclass
from typing import Any

from messaging.models import ComposedMessage
from messaging.sending.choices import Kind

# Among this many of the newest WhatsApp messages, and so many of what is found.
MOST_READ, MOST_OFFERED = 300, 20


@dataclass(frozen=True)
class Used:
    """A template with its parts, each value left empty: values are about one customer."""

    name: str
    template: dict[str, Any]


def templates() -> list[Used]:
    """Return the templates among the newest WhatsApp messages, the newest first, each once."""
    newest = ComposedMessage.objects.filter(kind=Kind.WHATSAPP)
    found: dict[str, Used] = {}
    for content in newest.order_by("-created_at").values_list("whatsapp", flat=True)[:MOST_READ]:
        template = content.get("template") if isinstance(content, dict) else None
        if not isinstance(template, dict):
            continue
        name = called(template)
        if name and name not in found and len(found) < MOST_OFFERED:
            found[name] = Used(name, emptied(template))
    return list(found.values())


def called(template: dict[str, Any]) -> str:
    """Return what people call a template: its name and language, or its Telnyx ID."""
    if id := template.get("template_id"):
        return str(id)
    language = template.get("language")
    code = language.get("code", "") if isinstance(language, dict) else ""
    return f"{template.get('name', '')} ({code})" if template.get("name") else ""


def emptied(value: Any, name: str = "") -> Any:
    """Return a copy that keeps what the template decides and drops what one recipient read."""
    if isinstance(value, dict):
        kept = {key: emptied(inner, key) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner is not None}
    if isinstance(value, list):
        return [emptied(inner, name) for inner in value]
    return value if name in KEPT else None


KEPT = ("name", "template_id", "code", "policy", "type", "sub_type", "index", "parameter_name")
