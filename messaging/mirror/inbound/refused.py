"""How many deliveries were turned away, and why: one row per cause and ten minutes, and nothing of the deliveries.

Anyone can post to the address for webhooks, so counting must stay cheap: a process writes at most `MOST` counts within
`SECONDS`; what comes on top waits in memory and is written together.

The same count also goes to the tallies, which only `/metrics` reads: Prometheus needs a number that never falls, and
the rows here are deleted after a while. Nothing adds the two up.
"""

import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Max, Min, Q, Sum
from django.db.models.functions import Now

from .. import tallies
from ..models import RefusedWebhooks

logger = logging.getLogger(__name__)

MOST, SECONDS = 20, 10.0
WEEK, DAY, HOUR, SLOT = timedelta(days=7), timedelta(days=1), timedelta(hours=1), timedelta(minutes=10)
# So many in an hour deserve a look, if that is so many times as much as usual.
MANY, TIMES = 5, 3
Cause = RefusedWebhooks.Cause

COUNT = """
INSERT INTO mirror_refusedwebhooks AS r (slot, cause, count, first_at, last_at)
SELECT to_timestamp(floor(extract(epoch FROM at) / 600) * 600), told.cause, told.count, at, at
  FROM statement_timestamp() AS at, unnest(%s::text[], %s::bigint[]) AS told (cause, count)
 ORDER BY told.cause
ON CONFLICT (slot, cause) DO UPDATE SET count = r.count + excluded.count, last_at = excluded.last_at
"""


class _Waiting:
    """What this process has not written yet."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.written = 0
        self.since = -SECONDS
        self.timer: threading.Timer | None = None


_waiting = _Waiting()


def count(cause: Cause, *, later: bool = False) -> None:
    """Count a delivery that is turned away: now, or within `SECONDS` if it is `later` or many come. Never raises."""
    tallies.add(tallies.WEBHOOKS_REFUSED, cause.value)
    with _waiting.lock:
        _waiting.counts[cause] += 1
        now = time.monotonic()
        if now - _waiting.since >= SECONDS:
            _waiting.since, _waiting.written = now, 0
        is_soon = not later and _waiting.written < MOST
        if not is_soon:
            _ring_later()
        _waiting.written += 1
    if is_soon:
        flush()


def flush() -> None:
    """Write what waits with one statement. If the database is away it keeps waiting."""
    with _waiting.lock:
        counts, _waiting.counts = _waiting.counts, Counter()
    if not counts:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [list(counts.keys()), list(counts.values())])
    except (DatabaseError, InterfaceError) as error:
        logger.warning("Webhooks that were turned away could not be counted yet (%s).", type(error).__name__)
        connection.close()
        with _waiting.lock:
            _waiting.counts.update(counts)
            _waiting.written = MOST  # nobody else waits for this database
            _ring_later()


def _ring_later() -> None:
    if _waiting.timer is None:
        _waiting.timer = threading.Timer(SECONDS, _flush_alone)
        _waiting.timer.daemon = True
        _waiting.timer.start()


def _flush_alone() -> None:
    """Write what waits from a thread of its own, and leave no connection behind."""
    with _waiting.lock:
        _waiting.timer = None
    try:
        flush()
    finally:
        connection.close()


@dataclass(frozen=True)
class Line:
    """How many were turned away for one cause: in the last hour, day and week, and the first and last in that week."""

    cause: Cause
    hour: int
    day: int
    week: int
    first: datetime
    last: datetime

    @property
    def is_more_than_usual(self) -> bool:
        """Return True if the last hour holds many, and many more than an hour of the week before."""
        usual = (self.week - self.hour) / (WEEK / HOUR - 1)
        return self.hour >= MANY and self.hour > TIMES * usual


def lines() -> list[Line]:
    """Return what was turned away in the last seven days, the most recent cause first."""
    # A slot that started an hour and nine minutes ago holds the first minute of the last hour.
    since = {name: Q(slot__gt=Now() - length - SLOT) for name, length in (("hour", HOUR), ("day", DAY))}
    rows = (
        RefusedWebhooks.objects.filter(slot__gt=Now() - WEEK - SLOT)
        .values("cause")
        .annotate(
            hour=Sum("count", filter=since["hour"], default=0),
            day=Sum("count", filter=since["day"], default=0),
            week=Sum("count"),
            first=Min("first_at"),
            last=Max("last_at"),
        )
        .order_by("-last")
    )
    found = rows.values_list("cause", "hour", "day", "week", "first", "last")
    return [Line(Cause(cause), *others) for cause, *others in found]
