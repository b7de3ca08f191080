"""Every figure of "Approvals and rejections": what it counts is said here, for the page and for the lists behind it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    BooleanField,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    Max,
    Min,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Greatest, Now

from .. import same_business
from .models import Answer

# The periods a reader chooses from, in days; 0 is all.
PERIODS = (30, 90, 365, 0)
# Fewer than this are said as "2 of 3", without a percentage.
FEWEST_FOR_PERCENT = 5
MOST_BUSINESSES = 20

APPROVED, NOT_APPROVED = Q(is_approved=True), Q(is_approved=False)
# The first final answer to a request that was first sent from here. Of one made in Telnyx's portal we don't know what
# was answered before we found it.
FIRST = Q(is_first=True, sent_at__isnull=False)
TIMED = Q(is_last=True, sent_at__isnull=False)


@dataclass(frozen=True)
class Share:
    """Some of a number."""

    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        """Return the whole percents, rounded down, or None if the number is too small to say any."""
        return self.part * 100 // self.whole if self.whole >= FEWEST_FOR_PERCENT else None


@dataclass(frozen=True)
class Line:
    """One line of a table: its key, its rejections, the requests they were about, and how first answers came out."""

    key: str
    rejections: int
    requests: int
    first: Share


@dataclass(frozen=True)
class Waiting:
    """The median of the times to an answer, in whole days, and of how many requests."""

    days: int
    requests: int


@dataclass(frozen=True)
class Totals:
    """The figures over all requests: see `totals`."""

    first: Share
    elsewhere: int
    rejections: int
    requests: int
    waiting: Waiting


class Median(Aggregate):
    """PostgreSQL's median: half of the values are smaller."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


class Each(Func):
    """One row for each text in a list."""

    function = "jsonb_array_elements_text"
    output_field = TextField()


def answers(days: int) -> QuerySet[Any]:
    """Return Telnyx's approvals and rejections of the last `days`, or all of them if that is 0."""
    found = Answer.objects.order_by()
    return found.filter(at__gte=Now() - Value(timedelta(days=days), DurationField())) if days else found


def totals(days: int) -> Totals:
    """Return what is said of all requests together. One query.

    `first`: of the requests first sent from here whose first final answer came in the period, those it approved. A
    question of Telnyx's (Waiting For Customer) isn't a final answer. `elsewhere`: requests made in Telnyx's portal,
    which that leaves out. `rejections`: how often Telnyx rejected a request in the period, wherever it was made;
    `requests`: how many requests these were. `waiting`: the median days from first sending a request to its latest
    final answer, corrections included, of the requests first sent from here whose latest one came in the period.
    """
    took = Greatest(F("at") - F("sent_at"), Value(timedelta(), DurationField()), output_field=DurationField())
    found: Mapping[str, Any] = (
        answers(days)
        .annotate(took=took)
        .aggregate(
            elsewhere=Count("id", filter=Q(is_first=True, sent_at=None)),
            median=Median("took", filter=TIMED),
            timed=Count("id", filter=TIMED),
            **FIRSTS,
            **REJECTIONS,
        )
    )
    median = round(found["median"] / timedelta(days=1)) if found["timed"] else 0
    return Totals(
        Share(found["approved"], found["answered"]),
        found["elsewhere"],
        found["rejections"],
        found["requests"],
        Waiting(median, found["timed"]),
    )


def by_reason(days: int) -> Iterator[Line]:
    """Yield each reason's rejections, most first. A rejection for two reasons counts under both."""
    found = answers(days).filter(NOT_APPROVED).annotate(key=Each("reasons")).values("key")
    counted = found.annotate(rejections=Count("id"), requests=Count("request", distinct=True))
    for row in counted.order_by("-rejections", "key"):
        yield Line(row["key"], row["rejections"], row["requests"], Share(0, 0))


def by_use_case(days: int) -> Iterator[Line]:
    """Yield each use case's rejections and first answers, most rejections first. It is the one at that time."""
    found = answers(days).values("use_case").annotate(**REJECTIONS, **FIRSTS)
    for row in found.order_by("-rejections", "use_case"):
        yield _line(row["use_case"], row)


def by_business(days: int) -> tuple[list[tuple[str, Line]], Line | None]:
    """Return the businesses with the most rejections, each with a name, and those whose names are no longer kept.

    The line's key is an answer to one of its requests: a name has no place in an address.
    """
    counts = {"name": Max("request__business_name"), "answer": Min("id"), **REJECTIONS}
    found = of_businesses(days).filter(NOT_APPROVED).values("business").annotate(**counts)
    is_nameless = ExpressionWrapper(Q(business=""), BooleanField())
    rows = list(found.order_by(is_nameless.desc(), "-rejections", "business")[: MOST_BUSINESSES + 1])
    # Asked for by name, so that the index on names finds them.
    keys = [row["business"] for row in rows if row["business"]]
    firsts = of_businesses(days).filter(business__in=keys).values("business").annotate(**FIRSTS)
    first = {row["business"]: row for row in firsts}
    lines = [
        (row["name"], _line(str(row["answer"]), {**NOTHING, **row, **first.get(row["business"], {})}))
        for row in rows
    ]
    if rows and not rows[0]["business"]:
        return lines[1:], lines[0][1]
    return lines[:MOST_BUSINESSES], None


def of_businesses(days: int) -> QuerySet[Any]:
    """Return the answers, each with its `business`: however its requests spell the name, "" if it isn't kept."""
    return answers(days).annotate(business=same_business.name_key(F("request__business_name")))


REJECTIONS = {
    "rejections": Count("id", filter=NOT_APPROVED),
    "requests": Count("request", filter=NOT_APPROVED, distinct=True),
}
FIRSTS = {
    "approved": Count("id", filter=FIRST & APPROVED),
    "answered": Count("id", filter=FIRST),
}
NOTHING = dict.fromkeys(FIRSTS, 0)


def _line(key: str, row: Mapping[str, Any]) -> Line:
    return Line(key, row["rejections"], row["requests"], Share(row["approved"], row["answered"]))


def behind(figure: str, days: int, key: str) -> QuerySet[Any]:
    """Return the answers behind a figure: FIGURES names them all."""
    return FIGURES[figure](days, key)


def _of_business(days: int, key: str) -> QuerySet[Any]:
    found = of_businesses(days).filter(NOT_APPROVED)
    one = of_businesses(0).filter(pk=key).values("business") if key.isascii() and key.isdecimal() else None
    return found.none() if one is None else found.filter(business=one[:1])


FIGURES = {
    "approved": lambda days, _key: answers(days).filter(FIRST, APPROVED),
    "answered": lambda days, _key: answers(days).filter(FIRST),
    "elsewhere": lambda days, _key: answers(days).filter(is_first=True, sent_at=None),
    "timed": lambda days, _key: answers(days).filter(TIMED),
    "rejected": lambda days, _key: answers(days).filter(NOT_APPROVED),
    "reason": lambda days, key: answers(days).filter(NOT_APPROVED, reasons__contains=[key]),
    "use": lambda days, key: answers(days).filter(NOT_APPROVED, use_case=key),
    "business": _of_business,
}
