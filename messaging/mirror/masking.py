"""Mask JSON and text: numbers, addresses, and every value that isn't listed as safe to show."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from .wording import Words

MASK = "***"
HIDDEN = "••••••"
KEPT_DIGITS = 4
# So much of an id is in the title of a record that has no better name.
SHOWN_OF_ID = 8
ID = re.compile(r"[0-9a-f]{8}", re.ASCII)

UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
TIME = r"20\d\d-[01]\d-[0-3]\d(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-][0-2]\d:?[0-5]\d)?)?(?!\d)"
# An HTTP status with Telnyx's codes, as attempts write it.
STATUS = r"[1-5]\d\d \(\d{5}(?:, \d{5})*\)"
DATE = r"(?<![\d/])\d{1,2}/\d{1,2}/(?:20)?\d\d(?![\d/])"
# A number as people and Telnyx write it, with any dash; an email address; and what only looks like a number. Numbers
# with only spaces between them are masked as one: otherwise the rest of one cut short would show.
PERSONAL = re.compile(
    rf"(?P<kept>\b(?:{UUID})\b|(?<!\d){TIME}|(?<!\d){STATUS}|{DATE})"
    r"|(?P<email>[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.\w+)"
    r"|(?P<number>\+?\d(?:[\s()./\u2010-\u2015-]{0,4}\d){6,})"
)
# The names of values that say how something is sent or what state it is in: not what, to whom, or by whom.
SHOWN = frozenset(
    {
        "ageGatedContent",
        "agent_id",
        "amount",
        "auto_detect",
        "carrier",
        "code",
        "completed_at",
        "country_code",
        "currency",
        "daily_spend_limit_enabled",
        "direction",
        "enabled",
        "encoding",
        "entityType",
        "event_type",
        "expire_time",
        "geomatch",
        "id",
        "isvReseller",
        "language",
        "line_type",
        "long_code_weight",
        "messageVolume",
        "messaging_product",
        "messaging_profile_id",
        "mms_fall_back_to_sms",
        "mms_transcoding",
        "number_pool_settings",
        "occurred_at",
        "op",
        "organization_id",
        "parts",
        "policy",
        "received_at",
        "record_type",
        "send_at",
        "sent_at",
        "skip_unhealthy",
        "status",
        "sticky_sender",
        "toll_free_weight",
        "ttl",
        "type",
        "useCase",
        "use_profile_webhooks",
        "valid_until",
        "webhook_api_version",
    }
)
# What a shown value looks like: one word from a list, a number or a time. Never a sentence.
PLAIN = re.compile(r"[\w.:+/*-]{1,80}")
# Values that are one of Telnyx's choices even though they read like text.
CHOICES = frozenset({"useCase", "messageVolume", "entityType"})
CHOICE = re.compile(r"[A-Za-z0-9_ ,.&/'-]{1,60}")
# The names of phone numbers; the end of these is shown.
NUMBERS = frozenset({"from", "phoneNumber", "phone_number", "phone_numbers", "to"})
E164 = re.compile(r"\+\d{7,15}")
NAME = re.compile(r"[a-z][A-Za-z_]{0,39}\d?|v\d_[a-z_]{1,30}")
# This many characters in a row of a hidden value are also hidden in the words about it.
RUN = 12
SHORTEST = 3
# What Telnyx or a carrier quotes from a hidden value, such as the one word a carrier objects to.
QUOTED = re.compile(r"(?<!\w)(['\"`‘“«])([^'\"`’”»]+)(['\"`’”»])")


# The words before the beginning of an id in titles of ours.
_before_id: list[Words] = []


def ends_with_id(title: Words) -> Words:
    """Let the beginning of an id, `%(id)s`, show at the end of this title, even if it has only digits."""
    _before_id.append(title)
    return title


def starts_of(*ids: Any) -> list[str]:
    """Return how ids begin, by which some records go: as `ours` of `without_personal`."""
    return [str(id)[:SHOWN_OF_ID] for id in ids if re.fullmatch(UUID, str(id))]


def without_personal(words: str, ours: Collection[str] = ()) -> str:
    """Return words with the numbers and email addresses in them masked, except `ours`: numbers, and how ids begin."""
    return PERSONAL.sub(lambda found: _masked(found, ours), words)


def _masked(found: re.Match[str], ours: Collection[str]) -> str:
    if found["kept"]:
        return found[0]
    if found["email"]:
        return HIDDEN
    if _is_of_id(found, ours):
        return found[0]
    digits = re.sub(r"\D", "", found[0])
    if any(digits == re.sub(r"\D", "", address) for address in ours if address and not ID.fullmatch(address)):
        return found[0]
    return f"{MASK}{digits[-KEPT_DIGITS:]}" if len(digits) >= 7 else found[0]


def _is_of_id(found: re.Match[str], ours: Collection[str]) -> bool:
    """Return True for digits of the beginning of an id: one of `ours`, or at the end of a title that has one there."""
    text, start = found.string, found.start()
    if text[start - 1 : start].isalpha():
        start -= 1
    word = text[start : start + SHOWN_OF_ID]
    is_whole = not (text[start - 1 : start].isalnum() or text[start + SHOWN_OF_ID :][:1].isalnum())
    if not ID.fullmatch(word) or not is_whole or found.end() > start + SHOWN_OF_ID:
        return False
    titles = (str(title).partition("%(id)s")[0] for title in _before_id)
    return word in ours or any(title.strip() and text[:start].endswith(title) for title in titles)


class Redaction:
    """What is masked in one body, and in the words others said about it.

    Only values under one of the `SHOWN` names are shown, so anything we didn't think of is hidden.
    """

    def __init__(self, ours: Collection[str] = ()) -> None:
        self._short: set[str] = set()
        self._runs: set[str] = set()
        self._texts: list[str] = []
        self._names: set[str] = set()
        self._ours = ours

    def _hide(self, value: str) -> None:
        text = _lower(value)
        self._texts.append(text)
        if SHORTEST <= len(text.strip()) < RUN:
            self._short.add(text.strip())
        self._runs |= {text[at : at + RUN] for at in range(len(text) - RUN + 1)}

    def json(self, value: Any, name: str = "") -> Any:
        """Return JSON data with everything masked that must not be shown, and remember what that was."""
        if isinstance(value, Mapping):
            self._names.update(_lower(key) for key in value if NAME.fullmatch(key))
            return {
                key if NAME.fullmatch(key) else self.json(key): self.json(item, key)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.json(item, name) for item in value]
        if value is None or (name in SHOWN and _is_plain(value, name)):
            return value
        if name in NUMBERS and isinstance(value, str) and E164.fullmatch(value):
            return without_personal(value)
        self._hide(str(value))
        return HIDDEN

    def words(self, text: str) -> str:
        """Return what was said about the body, without anything hidden in it."""
        text = QUOTED.sub(self._without_quote, self._without_runs(text, _lower(text)))
        for value in sorted(self._short, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, text, flags=re.IGNORECASE)
        return without_personal(text, self._ours)

    def _without_quote(self, found: re.Match[str]) -> str:
        quote = _lower(found[2]).strip()
        part = re.compile(rf"(?<!\w){re.escape(quote)}(?!\w)")
        is_hidden = len(quote) >= SHORTEST and quote not in self._names and any(map(part.search, self._texts))
        return f"{found[1]}{HIDDEN}{found[3]}" if is_hidden else found[0]

    def _without_runs(self, text: str, low: str) -> str:
        hidden = [False] * len(text)
        for at in range(len(text) - RUN + 1):
            if low[at : at + RUN] in self._runs:
                hidden[at : at + RUN] = [True] * RUN
        shown = [
            character if not hidden[at] else HIDDEN if not (at and hidden[at - 1]) else ""
            for at, character in enumerate(text)
        ]
        return "".join(shown)


def _lower(text: str) -> str:
    """Return text in lower case with every letter in its place: İ would become two letters, so it stays."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def _is_plain(value: Any, name: str) -> bool:
    if not isinstance(value, str):
        return not isinstance(value, int) or abs(value) < 10**6
    pattern = CHOICE if name in CHOICES else PLAIN
    return bool(pattern.fullmatch(value)) and without_personal(value) == value
