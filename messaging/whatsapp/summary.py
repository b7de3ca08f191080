"""A WhatsApp message in words: one line for lists, and its values for people who read before they send."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.mirror.wording import Words

from ..sending.in_words import file_name, short

FILES: Mapping[str, Words] = {
    "image": gettext_lazy("Picture %(name)s"),
    "video": gettext_lazy("Video %(name)s"),
    "audio": gettext_lazy("Audio %(name)s"),
    "document": gettext_lazy("Document %(name)s"),
    "sticker": gettext_lazy("Sticker %(name)s"),
}


def summary(content: Any) -> str:
    """Return one line in plain words: the text, or a description of what there is instead."""
    kind = content.get("type") if isinstance(content, Mapping) else None
    held = content.get(kind) if isinstance(kind, str) else None
    if kind == "contacts" and isinstance(held, list):
        return ngettext("%(n)s contact", "%(n)s contacts", len(held)) % {"n": len(held)}
    if not isinstance(held, Mapping):
        return ""
    if isinstance(kind, str) and kind in FILES:
        return str(FILES[kind]) % {"name": file_name(held.get("filename") or held.get("link"))}
    if kind == "text":
        return short(held.get("body"))
    if kind == "location":
        return _("Location %(place)s") % {"place": short(held.get("name") or _degrees(held))}
    if kind == "reaction":
        return _("Reaction %(emoji)s") % {"emoji": short(held.get("emoji")) or _("taken back")}
    if kind == "template":
        name = short(held.get("name") or held.get("template_id"))
        return _("Template %(name)s") % {"name": name}
    body = held.get("body")
    text = short(body.get("text") if isinstance(body, Mapping) else "")
    what = INTERACTIVE.get(str(held.get("type")))
    return _("%(what)s: %(text)s") % {"what": what, "text": text} if what else text


INTERACTIVE: Mapping[str, Words] = {
    "button": gettext_lazy("Buttons"),
    "list": gettext_lazy("List"),
    "cta_url": gettext_lazy("Link button"),
    "location_request_message": gettext_lazy("Location request"),
    "carousel": gettext_lazy("Carousel"),
}


def _degrees(place: Mapping[str, Any]) -> str:
    return f"{place.get('latitude', '?')}, {place.get('longitude', '?')}"
