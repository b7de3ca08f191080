"""What time it is for everything that decides: PostgreSQL's time, never that of a process.

The clocks of web, worker and beat may be minutes apart; there is one PostgreSQL. SQL that decides says `Now()`.
Python asks here, and the linter keeps `timezone.now()` and its like out of the apps.
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

# PostgreSQL's time, in seconds since 1970, when this machine started.
_start: float | None = None


def now() -> datetime:
    """Return PostgreSQL's time in UTC, without a question: carried on from when a connection last opened.

    The seconds since this machine started count in between; nobody sets them, and they go on while it sleeps.
    Connections open again after CONN_MAX_AGE, which is a minute unless set. Raises OperationalError when the first
    has to be opened and PostgreSQL is away.
    """
    if _start is None:
        return ask()
    return EPOCH + timedelta(seconds=_start + up_for())


def up_for() -> float:
    """Return the seconds since this machine started. Unlike time.monotonic(), that includes those it was asleep."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def ask() -> datetime:
    """Return PostgreSQL's time in UTC, asked this very moment: for decisions that may not be a second off.

    Raises OperationalError when PostgreSQL is away.
    """
    _read(connection)
    return now()


def today() -> date:
    """Return the day it is in the viewer's zone."""
    return timezone.localdate(now())


def ahead() -> float:
    """Return by how many seconds this process's own clock is ahead of PostgreSQL's; negative when it is behind."""
    return time.time() - now().timestamp()  # noqa: TID251 - the clock that is being judged


@receiver(connection_created)
def _remember(connection: Any, **_: Any) -> None:
    _read(connection)


def _read(connection: Any) -> None:
    """Note when this machine started by PostgreSQL's time, from the quickest of a few answers: slow ones mislead."""
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
