"""What one person sees of a request to Telnyx or a webhook event: masked, unless they opened it on record.

Pages ask here for a body, for its path and for every sentence about it. A list never shows more than the mask.
"""

import json
import re
from collections.abc import Collection
from string import Formatter
from typing import Any
from urllib.parse import unquote

from messaging.mirror.masking import HIDDEN, UUID, Redaction, without_personal
from messaging.mirror.models import OutboxEntry, WebhookEvent

from . import bodies

JSON = "application/json"


class Sight:
    """What one person sees of one body and of the words about it.

    `quotes` says whether we know what is hidden in the body, so that we can take it out of Telnyx's words too;
    `tells` whether there is room for those words at all.
    """

    def __init__(
        self,
        body: str = "",
        redaction: Redaction | None = None,
        *,
        quotes: bool = True,
        hides: bool = False,
        tells: bool = True,
    ) -> None:
        self.body = body
        self.tells = tells
        self.hides = hides
        self._redaction = redaction
        self._quotes = quotes

    def words(self, text: str) -> str:
        """Return a sentence of ours about it."""
        return self._redaction.words(text) if self._redaction else text

    def title(self, text: str) -> str:
        """Return Telnyx's short words for an error."""
        return self.words(text) if self.tells else ""

    def detail(self, text: str) -> str:
        """Return Telnyx's own words, which may repeat what was sent."""
        if not self.tells or not text:
            return ""
        return self.words(text) if self._quotes else HIDDEN


# For people who may see everything anyway.
WHOLE = Sight()


def masked(*hidden: Any, ours: Collection[str] = (), quotes: bool = True) -> Sight:
    """Return what is seen of the words about a record: without numbers except `ours`, and without the values `hidden`.

    `quotes` is False once these values are erased: nothing can tell anymore what Telnyx's words repeat of them.
    """
    redaction = Redaction(ours)
    redaction.json(list(hidden))
    return Sight(redaction=redaction, quotes=quotes)


# For lists, which don't read their rows' bodies: no words that may repeat a part of one.
LIST = Sight(redaction=Redaction(), tells=False)


def of_entry(entry: OutboxEntry, *, is_open: bool) -> Sight:
    """Return what is seen of a promise. Nobody sees a sealed body, or one of several parts."""
    is_readable = entry.content_type == JSON and not entry.is_sealed
    body = bytes(entry.body) if is_readable else b""
    if is_open:
        return Sight(bodies.pretty(body) if body else "", hides=True)
    redaction = Redaction()
    shown, is_known = _masked(body, redaction)
    never_had_one = is_readable and entry.get_operation().body is None
    hides = bool(body or entry.errors or path_of(entry, is_open=False) != entry.path)
    return Sight(shown, redaction, quotes=is_known or never_had_one, hides=hides)


def of_event(event: WebhookEvent, *, is_open: bool) -> Sight:
    """Return what is seen of a webhook event."""
    body = bytes(event.body)
    if is_open:
        return Sight(bodies.pretty(body), hides=True)
    redaction = Redaction()
    shown, is_known = _masked(body, redaction)
    return Sight(shown, redaction, quotes=is_known, hides=bool(body))


def _masked(body: bytes, redaction: Redaction) -> tuple[str, bool]:
    """Return a body with everything masked that isn't listed as safe to show, and whether it could be read."""
    if not body:
        return "", False
    try:
        shown = json.dumps(redaction.json(json.loads(body)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return HIDDEN, False
    return bodies.visible(shown[: bodies.LONGEST_SHOWN]), True


def path_of(entry: OutboxEntry, *, is_open: bool) -> str:
    """Return where a promise goes; of what was filled in, only ids are shown."""
    if is_open:
        return entry.path
    fixed = {
        part for text, *_rest in Formatter().parse(entry.get_operation().path) for part in text.split("/")
    }
    return "/".join(
        part if part in fixed or re.fullmatch(UUID, part) else _part(part) for part in entry.path.split("/")
    )


def _part(part: str) -> str:
    text = unquote(part)
    number = without_personal(text)
    return number if number != text and not text.strip("+0123456789 ().-") else HIDDEN
