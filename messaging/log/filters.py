"""The filters of the log: what a query string or a saved search says, made safe, and the words for it."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror import clock
from messaging.mirror.wording import Words

from . import campaigns, codes, parsing
from .choices import STATUS_GROUP_WORDS, STATUS_GROUPS, Direction, Status

WHEN: tuple[tuple[str, Words], ...] = (
    ("hour", gettext_lazy("Last hour")),
    ("today", gettext_lazy("Today")),
    ("yesterday", gettext_lazy("Yesterday")),
    ("week", gettext_lazy("Last 7 days")),
    ("month", gettext_lazy("Last 30 days")),
)
# Their message is the newest of the conversation, and calls for an answer.
WAITING = "waiting"
TYPES = ("SMS", "MMS", "RCS", "WHATSAPP")
WORD = re.compile(r"[A-Za-z0-9_.\-]{1,40}")
CODE = re.compile(r"[A-Za-z0-9_.\-]{1,20}")


@dataclass(frozen=True)
class Criteria:
    """One choice per filter, empty for all. `sender` is one of our own addresses, and never in a query string."""

    status: str = ""
    code: str = ""
    errors: str = ""
    campaign: str = ""
    direction: str = ""
    answer: str = ""
    type: str = ""
    profile: str = ""
    sender: str = ""
    when: str = ""
    since: str = ""
    until: str = ""

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    def as_json(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}

    def statuses(self) -> tuple[str, ...]:
        """Return Telnyx's words that the chosen status covers."""
        return STATUS_GROUPS.get(self.status, (self.status,)) if self.status else ()

    def codes(self) -> tuple[str, ...]:
        """Return the error codes that the chosen group covers."""
        return codes.GROUPS[self.errors][1] if self.errors else ()

    def span(self) -> tuple[datetime | None, datetime | None]:
        """Return the start and end in the viewer's time zone; dates that were typed win over the menu."""
        if self.since or self.until:
            first, last = _day(self.since), _day(self.until)
            return (
                _midnight(first) if first else None,
                _midnight(last + timedelta(days=1)) if last else None,
            )
        return SPANS[self.when]() if self.when else (None, None)


PARAMETERS = tuple(name for name in Criteria.__dataclass_fields__ if name != "sender")


def read(values: Mapping[str, Any]) -> Criteria:
    """Return the filters in a query string, a form or a saved search; an invalid choice counts as none."""
    given = {name: str(values.get(name) or "").strip() for name in Criteria.__dataclass_fields__}
    return Criteria(**{name: CHECKS[name](value) for name, value in given.items()})


def without(criteria: Criteria, *names: str) -> Criteria:
    return replace(criteria, **dict.fromkeys(names, ""))


def _one_of(*choices: str) -> Any:
    return lambda value: value if value in choices else ""


def _matching(pattern: re.Pattern[str]) -> Any:
    return lambda value: value if pattern.fullmatch(value) else ""


def _uuid(value: str) -> str:
    return parsing.uuid(value) or ""


def _date(value: str) -> str:
    found = _day(value)
    return found.isoformat() if found and 2009 <= found.year <= 2100 else ""


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _days(first: int, last: int = 0) -> tuple[datetime, datetime | None]:
    today = clock.today()
    return _midnight(today - timedelta(days=first)), _midnight(
        today - timedelta(days=last)
    ) if last >= 0 else None


SPANS: Mapping[str, Any] = {
    "hour": lambda: (clock.now() - timedelta(hours=1), None),
    "today": lambda: _days(0, -1),
    "yesterday": lambda: _days(1, 0),
    "week": lambda: _days(6, -1),
    "month": lambda: _days(29, -1),
}
# These statuses are asked for as the group that means the same.
ALONE: Mapping[str, str] = {
    Status.RECEIVED: "came_in",
    Status.WEBHOOK_DELIVERED: "came_in",
    Status.DELIVERY_UNCONFIRMED: "unconfirmed",
}
CHECKS: Mapping[str, Any] = {
    "status": lambda value: ALONE.get(value) or _matching(WORD)(value),
    "code": _matching(CODE),
    "errors": _one_of(*codes.GROUPS),
    "campaign": _one_of(*(name for name, _words in campaigns.CHOICES)),
    "direction": _one_of(*Direction.values),
    "answer": _one_of(WAITING),
    "type": lambda value: _matching(WORD)(value.upper())[:20],
    "profile": _uuid,
    "sender": lambda value: value[:64],
    "when": _one_of(*SPANS),
    "since": _date,
    "until": _date,
}


def status_words(word: str) -> Words:
    """Return what a status is called; an unknown word of Telnyx's is returned as it is."""
    groups = dict(STATUS_GROUP_WORDS)
    if word in groups:
        return groups[word]
    return Status(word).label if word in Status.values else word


def chips(criteria: Criteria, profiles: Mapping[str, str], sender: str) -> list[tuple[str, str]]:
    """Return the filters that are set, each with its name and the words for it."""
    words: Mapping[str, Any] = {
        "status": lambda: status_words(criteria.status),
        "code": lambda: _("error code %(code)s") % {"code": criteria.code},
        "errors": lambda: _("errors: %(group)s") % {"group": codes.GROUPS[criteria.errors][0]},
        "campaign": lambda: _("campaign: %(state)s") % {"state": dict(campaigns.CHOICES)[criteria.campaign]},
        "direction": lambda: Direction(criteria.direction).label,
        "answer": lambda: _("waiting for our answer"),
        "type": lambda: criteria.type,
        "profile": lambda: (
            profiles.get(criteria.profile) or _("profile %(id)s") % {"id": criteria.profile[:8]}
        ),
        "sender": lambda: _("our number %(sender)s") % {"sender": sender},
        "when": lambda: dict(WHEN)[criteria.when],
        "since": lambda: _("from %(day)s") % {"day": _shown(criteria.since)},
        "until": lambda: _("until %(day)s") % {"day": _shown(criteria.until)},
    }
    return [(name, str(words[name]())) for name, value in asdict(criteria).items() if value]


def _shown(day: str) -> str:
    return date_format(date.fromisoformat(day), "N j, Y")
