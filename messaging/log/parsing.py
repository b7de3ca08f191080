"""Read messages the way Telnyx writes them: in webhooks, in answers to a send, and in lookups by id.

Every shape (docs/telnyx.md, T5.21, T5.22) becomes the same flat row, one for each phone. Nothing here assumes that a
value has the type it should have; what cannot be stored is left out, and only a body without an id is refused.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from uuid import UUID

from messaging.telnyx import times

from .choices import RANKS, SYNONYMS, UNKNOWN_RANK, Direction, Status

logger = logging.getLogger(__name__)

Row = dict[str, Any]
Payload = Mapping[str, Any]

CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LONGEST_ADDRESS, LONGEST_STATUS, LONGEST_EVENT = 64, 40, 80
MOST_PARTS, MOST_PARTIES = 32767, 100
MOST_CODE = 10**9
# A code alone, or with its title behind it.
CODE_FIRST = re.compile(r"(?P<code>\d{3,9})(?:[\s:.,-]+(?P<title>.*))?", re.ASCII | re.DOTALL)
# Under this name a payload lists what was cut because of its length.
LEFT_OUT = "desk_left_out"

# What has a column of its own, or says nothing that the row doesn't.
TAKEN = frozenset(
    {
        "id",
        "record_type",
        "direction",
        "type",
        "from",
        "to",
        "cc",
        "text",
        "subject",
        "media",
        "body",
        "encoding",
        "parts",
        "cost",
        "errors",
        "sent_at",
        "completed_at",
        "received_at",
        "messaging_profile_id",
        "organization_id",
        "group_message_id",
        "autoresponse_type",
        # Where our own webhooks go; the token in it must not be shown.
        "webhook_url",
        "webhook_failover_url",
    }
)


class NotAMessage(ValueError):
    """The body does not identify a message."""


def rows(
    payload: Payload, *, at: datetime, received_at: datetime | None = None, event_id: str = "", source: str
) -> list[Row]:
    """Return what `payload` says, a row for each phone.

    `at` is when it was true at Telnyx: `occurred_at` of an event, or the time an answer was requested. A time in
    `payload` that is later than `received_at` (for an answer, later than `at`) counts as missing. Raise NotAMessage
    if there is no UUID to identify it by.
    """
    shared = _shared(payload, at, received_at or at)
    if shared["direction"] == Direction.INBOUND:
        return [_inbound(payload, shared, event_id, source)]
    parties = list(_parties(payload)) or [_whatsapp_user(shared)]
    return [
        {**shared, **_their_side(party), **_standing(party, payload, shared, event_id, source)}
        for party in parties
    ]


def message_id(payload: Payload) -> UUID:
    """Return the id of a message. Raise NotAMessage."""
    try:
        return UUID(str(payload.get("id")))
    except ValueError:
        raise NotAMessage("the body has no message id") from None


def _shared(payload: Payload, at: datetime, by: datetime) -> Row:
    sender = payload.get("from")
    cost, body, as_of = _cost(payload.get("cost")), _body(payload.get("body")), at.isoformat()
    return {
        "remote_id": uuid(payload.get("id")) or str(message_id(payload)),
        "direction": _direction(payload),
        "type": text(payload.get("type"), 20).upper()[:20],
        "our_address": _address(sender),
        "messaging_profile_id": uuid(payload.get("messaging_profile_id")),
        "group_id": uuid(payload.get("group_message_id")),
        "happened_at": _iso(payload.get("received_at"), by) or as_of,
        "text": text(payload.get("text")) or _text_of_body(body),
        "subject": text(payload.get("subject")),
        "media": [_medium(item) for item in _dicts(payload.get("media"))],
        "body": body,
        "encoding": text(payload.get("encoding"), 20),
        "parts": _parts(payload.get("parts")),
        "cost": cost and str(cost[0]),
        "currency": cost[1] if cost else "",
        "cost_at": as_of if cost else None,
        "sent_at": _iso(payload.get("sent_at"), by),
        "completed_at": _iso(payload.get("completed_at"), by),
        "autoresponse_type": text(payload.get("autoresponse_type"), 20).upper()[:20],
        "details": {
            name: value for name, value in payload.items() if name not in TAKEN and value is not None
        },
        "details_at": as_of,
    }


def _direction(payload: Payload) -> str:
    return Direction.INBOUND if payload.get("direction") == Direction.INBOUND else Direction.OUTBOUND


def _inbound(payload: Payload, shared: Row, event_id: str, source: str) -> Row:
    sender = payload.get("from")
    handset = sender if isinstance(sender, dict) else {"phone_number": sender}
    if not _address(handset):
        handset = {**handset, **_whatsapp_user(shared)}
    ours, *others = _all_parties(payload.get("to")) or [{}]
    cc = [*others, *_all_parties(payload.get("cc"))]
    details = shared["details"] | ({"group": [_address(party) for party in cc]} if cc else {})
    standing = _standing(handset, payload, shared, event_id, source)
    return {**shared, **_their_side(handset), **standing, "our_address": _address(ours), "details": details}


def _whatsapp_user(shared: Row) -> Mapping[str, Any]:
    """Return the other side as the content names it: someone who hides their number has only an id (T6.16)."""
    if shared["type"] != "WHATSAPP":
        return {}
    body = shared["body"]
    return {"phone_number": text(body.get("from")) or text(body.get("from_user_id"))}


def _parties(payload: Payload) -> Iterator[Mapping[str, Any]]:
    """Yield the recipients, each address once: in some shapes `cc` repeats `to`."""
    seen: set[str] = set()
    for party in [*_all_parties(payload.get("to")), *_all_parties(payload.get("cc"))]:
        address = _address(party)
        if address not in seen:
            seen.add(address)
            yield party


def _all_parties(value: Any) -> list[Mapping[str, Any]]:
    """Return `to` or `cc` as objects; both are lists of objects, lists of strings, or one string (T5.22)."""
    if isinstance(value, (str, dict)):
        value = [value]
    if not isinstance(value, list):
        return []
    found = [{"phone_number": item} if isinstance(item, str) else item for item in value[:MOST_PARTIES]]
    return [item for item in found if isinstance(item, dict)]


def _address(party: Any) -> str:
    if isinstance(party, str):
        return text(party, LONGEST_ADDRESS)
    if not isinstance(party, dict):
        return ""
    return text(party.get("phone_number") or party.get("agent_id"), LONGEST_ADDRESS)


def _their_side(party: Mapping[str, Any]) -> Row:
    return {
        "their_address": _address(party),
        "their_carrier": text(party.get("carrier"), 100),
        "their_line_type": text(party.get("line_type"), 40),
    }


def _standing(party: Payload, payload: Payload, shared: Row, event_id: str, source: str) -> Row:
    """Return the status that this body reports; errors belong to the status they came with."""
    as_of = shared["details_at"]
    told = text(party.get("status"), LONGEST_STATUS)
    if not told and _is_echo(payload, shared):
        told = Status.ECHO.value
    status = SYNONYMS.get(told, told)
    rank = RANKS.get(status, UNKNOWN_RANK)
    errors = _errors(payload.get("errors"))
    known = rank != UNKNOWN_RANK
    if told and not known:
        _warn_of(status)
    return {
        "status": status if known else "",
        "status_rank": rank,
        "status_at": as_of,
        "status_event": event_id[:LONGEST_EVENT],
        "errors": errors if known else [],
        "error_code": next((error["code"] for error in errors if error["code"]), "")[:20] if known else "",
        # A body without a status leaves its mark too: that is how a repeat is recognized.
        "trail": {f"{as_of}|{told}|{event_id[:LONGEST_EVENT]}": source},
    }


def _is_echo(payload: Payload, shared: Row) -> bool:
    """Return True for a mirrored message of the WhatsApp Business app: only these name no list of recipients."""
    is_sent = shared["type"] == "WHATSAPP" and shared["direction"] == Direction.OUTBOUND
    return is_sent and not isinstance(payload.get("to"), list)


def _errors(value: Any) -> list[Row]:
    """Return errors as objects with a code as text: Telnyx also writes numbers, texts, and one instead of a list."""
    listed = value if isinstance(value, list) else [value]
    return [error for item in listed if (error := _error(item))]


def _error(value: Any) -> Row | None:
    if isinstance(value, dict):
        return {**value, "code": _code(value.get("code"))} if value else None
    if code := _code(value):
        found = CODE_FIRST.fullmatch(code)
        return {"code": found["code"], "title": found["title"]} if found else {"code": "", "title": code}
    return None


def _code(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value) if abs(value) < MOST_CODE else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 < value < MOST_CODE else ""
    return text(value).strip()


@lru_cache(maxsize=100)
def _warn_of(status: str) -> None:
    """Warn engineers of a status that is new at Telnyx, once per process."""
    logger.warning("Telnyx reports the message status %r, which the desk does not know yet.", status)


def _medium(item: Mapping[str, Any]) -> Row:
    """Return one file; its hash goes by two names (docs/telnyx.md, T5.21)."""
    return {
        "url": text(item.get("url"), 2083),
        "content_type": text(item.get("content_type"), 100),
        "size": item.get("size") if isinstance(item.get("size"), int) else None,
        "sha256": text(item.get("sha256") or item.get("hash_sha256"), 64),
    }


def _body(body: Any) -> Mapping[str, Any]:
    """Return the content of a rich message; the answer to a send wraps it in what was sent (T4.18)."""
    if not isinstance(body, dict):
        return {}
    inside = body.get("content_message")
    return inside if isinstance(inside, dict) else body


def _text_of_body(body: Any) -> str:
    """Return the words of a rich message, so that it can be read and found like any other."""
    if not isinstance(body, dict):
        return ""
    for value in (body.get("text"), body.get("suggestion_response"), *_whatsapp_words(body)):
        if isinstance(value, dict):
            value = value.get("body") or value.get("text")
        if isinstance(value, str):
            return value
    return ""


def _whatsapp_words(body: Payload) -> Iterator[Any]:
    """Yield what else has words in a WhatsApp message: a caption, a chosen button, what we offered, a new text."""
    inside = body.get(text(body.get("type"), 40))
    if not isinstance(inside, dict):
        return
    yield inside.get("caption")
    yield inside.get("text")
    for reply in ("button_reply", "list_reply"):
        if isinstance(inside.get(reply), dict):
            yield inside[reply].get("title")
    yield inside.get("body")
    new = inside.get("message")
    yield new.get("text") if isinstance(new, dict) else None


def _parts(value: Any) -> int | None:
    return (
        value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_PARTS else None
    )


def _cost(value: Any) -> tuple[Decimal, str] | None:
    """Return amount and currency; Telnyx writes money as decimal strings (docs/telnyx.md, T1.12)."""
    if not isinstance(value, dict):
        return None
    try:
        amount = Decimal(str(value.get("amount")))
    except InvalidOperation:
        return None
    # The exponent comes first: a number such as 1E+999999999 is short to write but takes endless time to process.
    if not amount.is_finite() or amount.adjusted() > 8:
        return None
    amount = round(amount, 6) if amount.adjusted() > -8 else Decimal(0)
    if abs(amount) >= 10**8:
        return None
    return amount, text(value.get("currency"), 3)


def text(value: Any, longest: int | None = None) -> str:
    """Return a string no longer than `longest`, or "" for anything that isn't one."""
    return value[:longest] if isinstance(value, str) else ""


def uuid(value: Any) -> str | None:
    """Return a UUID in its usual form, or None for anything that isn't one."""
    if isinstance(value, str) and CANONICAL.fullmatch(value):
        return value
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _iso(value: Any, by: datetime) -> str | None:
    found = times.read_past(value, by)
    return found.isoformat() if found else None


def _dicts(value: Any) -> list[Any]:
    found: Iterable[Any] = value if isinstance(value, list) else ()
    return [item for item in found if isinstance(item, dict)]
