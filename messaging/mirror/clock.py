"""The time for everything that decides: PostgreSQL's, never a process's.

The clocks of web, worker and beat may be minutes apart; there is one PostgreSQL. SQL that decides says `Now()`.
Python asks here, and the linter keeps `timezone.now()` and the like out of the apps.
"""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.utils import timezone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUICK, MOST_READS = 0.01, 3
ASK = "SELECT extract(epoch FROM clock_timestamp())"

# PostgreSQL's time when this machine started, in seconds since 1970.
_start: float | None = None


def now() -> datetime:
    """Return PostgreSQL's time in UTC without a query: carried forward from when a connection last opened.

    In between we count the seconds since this machine started; nobody sets those, and they continue while it sleeps.
    Connections are reopened after CONN_MAX_AGE, a minute by default. Raises OperationalError if the first connection
    has yet to be opened and PostgreSQL is away.
    """
    if _start is None:
        return ask()
    return EPOCH + timedelta(seconds=_start + up_for())


def up_for() -> float:
    """Return the seconds since this machine started. Unlike time.monotonic(), this includes time asleep."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def ask() -> datetime:
    """Return PostgreSQL's time in UTC, queried right now: for decisions that must not be a second off.

    Raises OperationalError if PostgreSQL is away.
    """
    _read(connection)
    return now()


def today() -> date:
    """Return today's date in the viewer's zone."""
    return timezone.localdate(now())


def ahead() -> float:
    """Return how many seconds this process's own clock is ahead of PostgreSQL's; negative if it is behind."""
    return time.time() - now().timestamp()  # noqa: TID251 - the clock that is being judged


@receiver(connection_created)
def _remember(connection: Any, **_: Any) -> None:
    _read(connection)


def _read(connection: Any) -> None:
    """Note when this machine started by PostgreSQL's time, from the fastest of a few answers: slow ones mislead."""
    global _start
    quickest = None
    with connection.cursor() as cursor:
        for _ in range(MOST_READS):
            before = up_for()
            cursor.execute(ASK)
            seconds = float(cursor.fetchone()[0])
            after = up_for()
            if quickest is None or after - before < quickest:
                quickest, _start = after - before, seconds - (before + after) / 2
            if quickest < QUICK:
                return
