"""The WhatsApp templates of the account, as Telnyx lists them.

The list isn't in Telnyx's description (docs/telnyx.md, T10.7), so its answer is read with care, and a refusal of it
says nothing about the rest of the account.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.wording import Words
from messaging.models import Reading
from messaging.telnyx.errors import (
    ACCOUNT_STOPPED,
    AccountBlocked,
    IncompleteList,
    NotFound,
    RequestNotSent,
    RequestRefused,
    TelnyxError,
)

from .earlier import Used, called

ADDRESS = "/whatsapp/message_templates"
# Asked for again within this time, what was read is shown.
FRESH = timedelta(minutes=10)
MOST_SHOWN = 100
# The buttons of the page: ask, ask now, show what is known; and take one template. And the search.
PRESSED, USE, SEARCH = "_telnyx", "_telnyx_use", "telnyx_search"
ASK, AGAIN, SHOW = "ask", "again", "show"

APPROVED = "APPROVED"
STATUSES: Mapping[str, Words] = {
    "PENDING": gettext_lazy("WhatsApp hasn't decided on it yet"),
    "REJECTED": gettext_lazy("WhatsApp rejected it"),
    "PAUSED": gettext_lazy("WhatsApp paused it"),
    "DISABLED": gettext_lazy("WhatsApp disabled it"),
}
CATEGORIES: Mapping[str, Words] = {
    "MARKETING": gettext_lazy("Marketing"),
    "UTILITY": gettext_lazy("Utility"),
    "AUTHENTICATION": gettext_lazy("Sign-in code"),
}
# What Telnyx's answer is reduced to: samples of values are somebody's words, and nothing here needs them.
KEPT = ("id", "template_id", "name", "category", "language", "status", "rejection_reason", "updated_at")
KEPT_OF_PART, KEPT_OF_BUTTON = ("type", "format", "text"), ("type", "text", "url")
PLACEHOLDER = re.compile(r"\{\{\s*([0-9]{1,2}|[A-Za-z_][A-Za-z0-9_]{0,59})\s*\}\}")
FILES = {"IMAGE": "image", "VIDEO": "video", "DOCUMENT": "document", "LOCATION": "location"}
# Parts and buttons that take no value; others than these and the ones filled in below can't be filled in here.
FIXED_PARTS, FIXED_BUTTONS = ("FOOTER",), ("PHONE_NUMBER", "VOICE_CALL")


class CannotFillIn(Exception):  # noqa: N818
    """A template has a part that the form has no fields for."""


@dataclass(frozen=True)
class Listed:
    """A template as Telnyx lists it. `used` is what the form starts with, None if it can't be sent from here."""

    id: str
    name: str
    language: str
    category: str
    text: str
    account: str
    values: int = 0
    used: Used | None = None
    why_not: str = ""
    reason: str = ""


def ask(*, now: bool = False) -> Reading:
    """Return what is known of the list, and have the worker read it if that is old, failed, or `now` is set."""
    failed = Reading.objects.filter(address=ADDRESS, due_at=None).exclude(error="").update(error="")
    return Reading.of(ADDRESS, Reading.Shape.SINGLE, fresh_for=FRESH, now=now or bool(failed))


def known() -> Reading:
    """Return what is known of the list, and ask nobody."""
    return Reading.objects.filter(address=ADDRESS).first() or Reading(address=ADDRESS)


# What the worker keeps of an answer.


def kept(records: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the records with what the form needs, and without the samples of values."""
    found = []
    for record in records:
        held = _only(record, KEPT)
        parts = record.get("components")
        account = record.get("whatsapp_business_account")
        held["account"] = str(account.get("id") or "") if isinstance(account, Mapping) else ""
        held["components"] = [_part(part) for part in parts] if isinstance(parts, list) else []
        found.append(held)
    return found


def _part(part: Any) -> dict[str, Any]:
    held = _only(part, KEPT_OF_PART)
    buttons = part.get("buttons") if isinstance(part, Mapping) else None
    if isinstance(buttons, list):
        held["buttons"] = [_only(button, KEPT_OF_BUTTON) for button in buttons]
    return held


def _only(value: Any, names: Iterable[str]) -> dict[str, Any]:
    held = value if isinstance(value, Mapping) else {}
    return {name: held[name] for name in names if isinstance(held.get(name), str)}


def is_about_the_list(error: TelnyxError) -> bool:
    """Return True if an error may be about this list alone, which is no reason to stop everything else.

    So may a 403 whose codes otherwise mean the account (docs/telnyx.md, check 25).
    """
    return not (
        isinstance(error, AccountBlocked)
        and (error.status != 403 or bool(ACCOUNT_STOPPED.intersection(error.codes)))
    )


def why(error: TelnyxError) -> str:
    """Return the end of the sentence that starts with "Telnyx didn't list templates:"."""
    said = [f"HTTP {error.status}"] if error.status else []
    said += [code for code in error.codes if code.isalnum()][:1]
    details = f" ({', '.join(said)})" if said else ""
    return _words_for(error) % {"details": details}


def _words_for(error: TelnyxError) -> str:
    if isinstance(error, NotFound):
        return _("it has no such list for this account%(details)s.")
    if isinstance(error, RequestRefused | AccountBlocked):
        return _("it refused to%(details)s.")
    if isinstance(error, IncompleteList):
        return _("its answer couldn't be read as a list%(details)s.")
    if isinstance(error, RequestNotSent):
        return _("we couldn't reach it%(details)s.")
    return _("it gave no clear answer%(details)s.")


# What the page shows.


def listed(reading: Reading, search: str = "") -> list[Listed]:
    """Return the templates with these letters in their name: those that can be used first, then the newest first."""
    term = search.strip().casefold()
    records = [one for one in reading.records() if term in str(one.get("name", "")).casefold()]
    records.sort(key=lambda one: str(one.get("updated_at", "")), reverse=True)
    records.sort(key=lambda one: one.get("status") != APPROVED)
    several = len({one.get("account") for one in reading.records()}) > 1
    return [read(one, names_account=several) for one in records]


def find(reading: Reading, id: str) -> Listed | None:
    """Return the template with this id if it is listed and can be used."""
    found = [read(one) for one in reading.records() if id and id_of(one) == id]
    return found[0] if found and found[0].used else None


def id_of(record: Mapping[str, Any]) -> str:
    """Return what a template is known by on the page."""
    return str(record.get("id") or f"{record.get('name', '')}/{record.get('language', '')}")


def read(record: Mapping[str, Any], *, names_account: bool = False) -> Listed:
    """Return one template of the list in words, with what the form starts with if it is used."""
    name, language = str(record.get("name", "")), str(record.get("language", ""))
    category, status = str(record.get("category", "")), str(record.get("status", ""))
    parts = [part for part in record.get("components") or [] if isinstance(part, dict)]
    usual: dict[str, Any] = {
        "id": id_of(record),
        "name": name,
        "language": language,
        "category": str(CATEGORIES.get(category, category)),
        "text": next((part.get("text", "") for part in parts if part.get("type", "").upper() == "BODY"), ""),
        "account": str(record.get("account", "")) if names_account else "",
    }
    if status != APPROVED:
        words = STATUSES.get(status) or _("Telnyx says: %(status)s") % {"status": status or "-"}
        return Listed(**usual, why_not=str(words), reason=_reason(record))
    if not name or not language:
        return Listed(**usual, why_not=_("Telnyx doesn't say its name or its language"))
    try:
        components = filled_in(parts, is_code=category == "AUTHENTICATION")
    except CannotFillIn as part:
        words = _("It has a part that can't be filled in here (%(part)s)") % {"part": part}
        return Listed(**usual, why_not=words)
    template: dict[str, Any] = {"name": name, "language": {"code": language, "policy": "deterministic"}}
    if components:
        template["components"] = components
    values = sum("payload" not in value for component in components for value in component["parameters"])
    return Listed(**usual, values=values, used=Used(called(template), template))


def _reason(record: Mapping[str, Any]) -> str:
    said = str(record.get("rejection_reason", "")).strip()
    return "" if said.upper() == "NONE" else said


def filled_in(parts: Iterable[Mapping[str, Any]], *, is_code: bool = False) -> list[dict[str, Any]]:
    """Return the components of a message with this template, each value left empty; raises CannotFillIn.

    `is_code` says that the template is for sign-in codes, whose text WhatsApp provides with one placeholder.
    """
    found: list[dict[str, Any]] = []
    for part in parts:
        kind = str(part.get("type", "")).upper()
        if kind == "HEADER":
            found += _header(part)
        elif kind == "BODY":
            values = _values(part.get("text", "")) or ([{"type": "text"}] if is_code else [])
            found += [{"type": "body", "parameters": values}] if values else []
        elif kind == "BUTTONS":
            found += _buttons(part.get("buttons") or [])
        elif kind not in FIXED_PARTS:
            raise CannotFillIn(kind or "-")
    return found


def _header(part: Mapping[str, Any]) -> list[dict[str, Any]]:
    kind = str(part.get("format", "TEXT")).upper()
    if kind in FILES:
        return [{"type": "header", "parameters": [{"type": FILES[kind], FILES[kind]: {}}]}]
    if kind != "TEXT":
        raise CannotFillIn(kind)
    values = _values(part.get("text", ""))
    return [{"type": "header", "parameters": values}] if values else []


def _values(text: str) -> list[dict[str, Any]]:
    """Return an empty value for each placeholder: by number up to the highest, by name in the order of the text."""
    names = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    numbers = [int(name) for name in names if name.isdigit()]
    named = [{"type": "text", "parameter_name": name} for name in names if not name.isdigit()]
    return named or [{"type": "text"} for _number in range(max(numbers, default=0))]


def _buttons(buttons: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for index, button in enumerate(buttons):
        kind = str(button.get("type", "")).upper()
        value: dict[str, Any]
        if kind == "OTP" or (kind == "URL" and PLACEHOLDER.search(button.get("url", ""))):
            sub_type, value = "url", {"type": "text"}
        elif kind == "COPY_CODE":
            sub_type, value = "copy_code", {"type": "coupon_code"}
        elif kind == "QUICK_REPLY":
            # Its label is what comes back without a value, too, so nobody has to think of one.
            sub_type, value = "quick_reply", {"type": "payload", "payload": button.get("text", "")}
        elif kind == "URL" or kind in FIXED_BUTTONS:
            continue
        else:
            raise CannotFillIn(kind or "-")
        found.append({"type": "button", "sub_type": sub_type, "index": index, "parameters": [value]})
    return found


def typed(content: Any) -> Any:
    """Return the message of the form as it was typed: as an object if it is JSON of one, otherwise unchanged."""
    try:
        held = json.loads(content)
    except (TypeError, ValueError, RecursionError):
        return content
    return held if isinstance(held, dict) else content


def content_of(one: Listed) -> dict[str, Any]:
    """Return the message that the form starts with once a template is chosen."""
    return {"type": "template", "template": one.used.template if one.used else {}}
