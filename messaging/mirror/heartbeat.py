"""Signs of life: which processes have worked recently, and how far their clocks are off."""

import socket
import time
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError
from django.db.models import Case, F, Q, When
from django.db.models.functions import Now

from messaging.telnyx import times
from messaging.telnyx.client import Answer

from . import clock
from .models import ClockReading, Heartbeat, OutboxEntry

LATE = timedelta(seconds=60)
READ_EVERY = 30.0
# How far PostgreSQL's and Telnyx's clocks may differ without anyone having noticed.
CLOCKS_DIFFER = timedelta(minutes=10)
TELNYX = "telnyx"
REMEMBERED = timedelta(days=3)

# When this process last recorded a reading, by its monotonic clock.
_written: dict[str, float] = {}


def beat(name: str) -> None:
    """Record that this kind of process is alive, and now and then what its clock shows."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": Now()})
    if name in (Heartbeat.WORKER, Heartbeat.BEAT) and _is_time(name):
        _write(f"{name} {socket.gethostname()}", clock.ahead())


def heard(answer: Answer) -> None:
    """Record that Telnyx answered, and what its clock shows, from the Date, which is in whole seconds. Never raises."""
    if answer.status // 100 == 2 and _is_time(Heartbeat.TELNYX_ANSWERED):
        with suppress(DatabaseError, InterfaceError):
            beat(Heartbeat.TELNYX_ANSWERED)
    date = times.past(answer.date, times.LATEST)
    if date and _is_time(TELNYX):
        # The outcome of the answer must be recorded even if this fails.
        with suppress(DatabaseError, InterfaceError):
            _write(TELNYX, (date - clock.now()).total_seconds() + 0.5)


def earliest_at_telnyx(entry: OutboxEntry) -> datetime:
    """Return the earliest time, by the clock Telnyx dates records with, at which this request can have made one."""
    return entry.first_sent_at() - telnyx_behind() - CLOCKS_DIFFER


def telnyx_behind() -> timedelta:
    """Return the most that Telnyx's clock was behind PostgreSQL's in the last few days, even if one was set since.

    A clock that is ahead counts as right: it can only hide less.
    """
    reading = ClockReading.objects.filter(name=TELNYX).first()
    return timedelta(seconds=max(-reading.lowest, 0.0) if reading else 0.0)


def alive(name: str) -> bool:
    """Return True if that kind of process has worked within the last minute."""
    return Heartbeat.objects.filter(name=name, seen_at__gt=Now() - LATE).exists()


def _is_time(name: str) -> bool:
    if time.monotonic() - _written.get(name, -READ_EVERY) < READ_EVERY:
        return False
    _written[name] = time.monotonic()
    return True


def _write(name: str, ahead: float) -> None:
    new = {"ahead": ahead, "read_at": Now(), "lowest": ahead, "lowest_at": Now()}
    counts = Q(lowest_at__gt=Now() - REMEMBERED, lowest__lte=ahead)
    kept = {field: Case(When(counts, then=F(field)), default=new[field]) for field in ("lowest", "lowest_at")}
    ClockReading.objects.update_or_create(name=name[:120], defaults={**new, **kept}, create_defaults=new)
