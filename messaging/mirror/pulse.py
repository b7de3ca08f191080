"""Signs of life: which processes did their work lately, and by how much their clocks are off."""

import socket
import time
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError
from django.db.models.functions import Now

from messaging.telnyx.client import Answer

from . import clock
from .models import ClockReading, Heartbeat, OutboxEntry

LATE = timedelta(seconds=60)
READ_EVERY = 30.0
# What the clocks of PostgreSQL and Telnyx may differ by without anybody having noticed.
CLOCKS_DIFFER = timedelta(minutes=10)
TELNYX = "telnyx"

# When this process last wrote a reading down, by its monotonic clock.
_written: dict[str, float] = {}


def beat(name: str) -> None:
    """Note that this kind of process is alive, and now and then what its clock shows."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": Now()})
    if name in (Heartbeat.WORKER, Heartbeat.BEAT) and _is_time(name):
        _write(f"{name} {socket.gethostname()}", clock.ahead())


def heard(answer: Answer) -> None:
    """Note what Telnyx's clock shows, from the Date of its answer, which is in whole seconds. Never raises."""
    if answer.date and _is_time(TELNYX):
        # What came of the answer has to be written down whatever becomes of this.
        with suppress(DatabaseError, InterfaceError):
            _write(TELNYX, (answer.date - clock.now()).total_seconds() + 0.5)


def earliest_at_telnyx(entry: OutboxEntry) -> datetime:
    """Return before when, by Telnyx's clock, nothing can have been made of a request: Telnyx dates its records by it.

    A clock of Telnyx's that is behind PostgreSQL's counts in full; one that is ahead can only hide less.
    """
    reading = ClockReading.objects.filter(name=TELNYX).first()
    behind = timedelta(seconds=min(reading.ahead, 0.0) if reading else 0.0)
    return entry.first_sent_at() + behind - CLOCKS_DIFFER


def alive(name: str) -> bool:
    """Return whether that kind of process did its work within the last minute."""
    return Heartbeat.objects.filter(name=name, seen_at__gt=Now() - LATE).exists()


def _is_time(name: str) -> bool:
    if time.monotonic() - _written.get(name, -READ_EVERY) < READ_EVERY:
        return False
    _written[name] = time.monotonic()
    return True


def _write(name: str, ahead: float) -> None:
    ClockReading.objects.update_or_create(name=name[:120], defaults={"ahead": ahead, "read_at": Now()})
