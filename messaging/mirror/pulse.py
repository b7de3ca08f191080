"""Signs of life, and whether sending goes on, as PostgreSQL sees it: a worker that is up but deaf does not count."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils import timezone

from . import gate
from .models import Attempt, Heartbeat, OutboxEntry
from .outbox import State

LATE = timedelta(seconds=60)


def beat(name: str) -> None:
    """Note that this kind of process is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": Now()})


def alive(name: str) -> bool:
    """Return whether that kind of process did its work within the last minute."""
    return Heartbeat.objects.filter(name=name, seen_at__gt=Now() - LATE).exists()


@dataclass(frozen=True)
class Pause:
    """Sending stands still: since when, how many wait, and whether Telnyx refuses our key."""

    since: datetime
    waiting: int
    key_refused: bool


def pause() -> Pause | None:
    """Return how sending stands still, or None while it goes on."""
    closed = gate.closed()
    due = OutboxEntry.objects.filter(state__in=[State.QUEUED, State.BLOCKED, State.SENDING, State.UNSURE])
    counts = due.aggregate(
        oldest=Min("not_before"), waiting=Count("pk"), late=Count("pk", filter=Q(not_before__lt=Now() - LATE))
    )
    if closed and closed.closed_at:
        return Pause(closed.closed_at, counts["waiting"], key_refused=True)
    if not counts["late"] or _worked_lately():
        return None
    return Pause(counts["oldest"], counts["waiting"], key_refused=False)


def _worked_lately() -> bool:
    newest = Attempt.objects.order_by("-id").values_list("finished_at", flat=True).first()
    return newest is not None and newest > timezone.now() - LATE
