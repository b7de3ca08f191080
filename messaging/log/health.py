"""How one of our own senders is doing: its volume, and what failed and why, over a day and a week.

Read from the index of our addresses, newest first and up to a limit: the page costs the same for a sender of a
thousand messages and of five million, and says so if it has not seen the whole week.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock
from messaging.mirror.wording import Words
from messaging.models import Message
from messaging.profiles import figures
from messaging.profiles.figures import Chart

from . import codes
from .choices import FAILED, OPEN, Direction, Status

MOST = 10_000
DAY, WEEK = timedelta(days=1), timedelta(days=7)
MOST_CODES = 10
# What is drawn, in the order of the table.
DRAWN = ("sent", "failed", "received")

# Time, direction, status and error code.
Fact = tuple[datetime, str, str, str]


@dataclass(frozen=True)
class Code:
    code: str
    title: Words
    n: int
    share: str


@dataclass(frozen=True)
class Period:
    """One span of time with its counts, its chart, and the same figures as rows."""

    name: str
    label: Words
    counts: Counter[str]
    rate: str
    codes: list[Code]
    chart: Chart | None
    rows: list[tuple[datetime, int, int, int]]


@dataclass(frozen=True)
class Health:
    address: str
    periods: list[Period] = field(default_factory=list)
    # Where reading stopped, if that was before the whole week was covered.
    looked_back_to: datetime | None = None


def of(address: str, now: datetime | None = None) -> Health:
    """Return how a sender is doing. One query."""
    now = now or clock.now()
    week = Message.objects.filter(our_address=address, happened_at__gt=now - WEEK, happened_at__lte=now)
    newest = week.order_by("-happened_at", "-id").values_list(
        "happened_at", "direction", "status", "error_code"
    )
    facts: list[Fact] = list(newest[: MOST + 1])
    is_cut = len(facts) > MOST
    facts = facts[:MOST]
    end = facts[-1][0] if is_cut else None
    spans = (
        ("day", _("24 hours"), DAY, timedelta(hours=1)),
        ("week", _("7 days"), WEEK, timedelta(hours=6)),
    )
    periods = [
        _period(name, label, [f for f in facts if f[0] > now - span], now, span, step, end)
        for name, label, span, step in spans
    ]
    return Health(address, periods, end)


def _period(
    name: str,
    label: Words,
    facts: Sequence[Fact],
    now: datetime,
    span: timedelta,
    step: timedelta,
    end: datetime | None,
) -> Period:
    counts = Counter(kind for fact in facts for kind in _kinds(fact))
    failed = Counter(code for _at, direction, status, code in facts if _is_failure(direction, status))
    rows = _rows(facts, now, span, step, end)
    drawn = [{"time": at.isoformat(), **dict(zip(DRAWN, numbers, strict=True))} for at, *numbers in rows]
    chart = figures.chart(drawn, ["time", *DRAWN], until=now) if facts else None
    told = [
        Code(code, _title(code), n, _share(n, counts["sent"])) for code, n in failed.most_common(MOST_CODES)
    ]
    return Period(name, label, counts, _share(counts["failed"], counts["sent"]), told, chart, rows)


def _kinds(fact: Fact) -> list[str]:
    """Return what a message counts as; one that was sent also counts by its outcome."""
    _at, direction, status, _code = fact
    if direction != Direction.OUTBOUND:
        return ["received"]
    if status in FAILED:
        return ["sent", "failed"]
    if status in (Status.DELIVERED, Status.READ):
        return ["sent", "delivered"]
    return ["sent", "open"] if status in OPEN else ["sent", "unconfirmed"]


def _is_failure(direction: str, status: str) -> bool:
    return direction == Direction.OUTBOUND and status in FAILED


def _rows(
    facts: Sequence[Fact], now: datetime, span: timedelta, step: timedelta, end: datetime | None
) -> list[tuple[datetime, int, int, int]]:
    """Return the counts of each step, oldest first; steps that were not read are left out."""
    slots: dict[int, Counter[str]] = {n: Counter() for n in range(span // step)}
    for fact in facts:
        slots[min((now - fact[0]) // step, len(slots) - 1)].update(_kinds(fact))
    starts = [(now - step * (n + 1), slots[n]) for n in sorted(slots, reverse=True)]
    return [
        (at, found["sent"], found["failed"], found["received"])
        for at, found in starts
        if end is None or at + step > end
    ]


def _title(code: str) -> Words:
    if not code:
        return _("no code reported")
    known = codes.EXPLANATIONS.get(code)
    return known.title if known else _("unknown code")


def _share(n: int, of: int) -> str:
    return f"{n / of * 100:.1f}%" if of else "-"
