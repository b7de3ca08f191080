"""When parts of the desk failed, from when to when: beat looks twice a minute and writes it down.

Beat does it because it is there when the worker is gone. While beat or PostgreSQL is away nobody looks; what is missing
then shows in the time of the last look, and is written down by the first look after it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Greatest

from .checkup import Checkup, Level, Part
from .health import MANY, Health
from .models import Heartbeat, Incident, WebhookEvent

BEAT = "beat"
# Looks of two beats that run at once count as one.
APART = timedelta(seconds=10)
# Longer than a deploy takes.
GAP = timedelta(minutes=2)
# A part that fails again within this time has not been well in between.
AGAIN = timedelta(minutes=10)
# The disk that beat sees may be another one than that of web and worker.
NOT_SEEN_BY_BEAT = {"documents"}


def look() -> None:
    """Open what fails in two looks in a row, keep the worst of what is open, and end what works again."""
    checkup = Checkup()
    now = checkup.found.at
    last = checkup.seen.get(Heartbeat.LOOKED)
    if not _is_first(last, now):
        return
    failing = {
        part.name: part
        for part in checkup.parts
        if part.level == Level.FAILING and part.name not in NOT_SEEN_BY_BEAT
    }
    waiting = _waiting(checkup.found)
    with transaction.atomic():
        if last is not None and now - last > GAP:
            _write_gap(last, now, waiting)
        working = Incident.objects.filter(ended_at=None).exclude(kind__in=list(failing))
        working.filter(is_certain=False).delete()
        working.update(ended_at=now)
        for part in failing.values():
            _fails(part, now, waiting)


def _is_first(last: datetime | None, now: datetime) -> bool:
    """Take this look for this process. Return False if another one looked a moment ago or does so right now."""
    if last is None:
        _row, is_mine = Heartbeat.objects.get_or_create(name=Heartbeat.LOOKED, defaults={"seen_at": now})
        return is_mine
    row = Heartbeat.objects.filter(name=Heartbeat.LOOKED, seen_at=last, seen_at__lte=now - APART)
    return bool(row.update(seen_at=now))


def _waiting(found: Health) -> dict[str, int]:
    states = WebhookEvent.State
    due = WebhookEvent.objects.filter(state__in=[states.PENDING, states.WAITING], not_before__lte=found.at)
    return {
        "requests_waiting": found.waiting,
        "events_waiting": due.order_by("not_before").values("pk")[:MANY].count(),
    }


def _fails(part: Part, now: datetime, waiting: dict[str, int]) -> None:
    """Suspect the part, or keep what is known to go on. What just ended goes on."""
    incident, is_new = Incident.objects.get_or_create(
        kind=part.name,
        ended_at=None,
        defaults={"started_at": min(part.since or now, now), "seen_at": now, **waiting},
    )
    if is_new:
        return
    if not incident.is_certain and (earlier := _last(part.name, incident.seen_at - AGAIN)):
        waiting = {field: max(count, getattr(incident, field)) for field, count in waiting.items()}
        incident.delete()
        incident = earlier
    _keep(incident, now, waiting, is_certain=True, ended_at=None)


def _write_gap(last: datetime, now: datetime, waiting: dict[str, int]) -> None:
    """Write down that beat was gone; it is back by now."""
    if earlier := _last(BEAT, last - AGAIN):
        _keep(earlier, now, waiting, ended_at=now)
    else:
        Incident.objects.create(
            kind=BEAT, started_at=last, ended_at=now, seen_at=now, is_certain=True, **waiting
        )


def _last(kind: str, after: datetime) -> Incident | None:
    ended = Incident.objects.filter(kind=kind, is_certain=True, ended_at__gt=after)
    return ended.order_by("-ended_at").first()


def _keep(incident: Incident, now: datetime, waiting: dict[str, int], **changes: Any) -> None:
    worst = {field: Greatest(field, count) for field, count in waiting.items()}
    Incident.objects.filter(pk=incident.pk).update(seen_at=now, **worst, **changes)
