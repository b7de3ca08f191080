"""Do whatever is due: free what a lost worker held, then send and check. Run by beat and when a worker starts."""

import logging
import time
from collections.abc import Iterable

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.telnyx.client import Client

from .. import breaker, locks
from ..calls import made_for
from ..models import ApiCall, Attempt, OutboxEntry
from . import outbox, outcomes, restored
from .outbox import State
from .relay import relay
from .resolve import resolve

logger = logging.getLogger(__name__)

BATCH = 50
# What has one pace: the method and the kind of record. See `pace.endpoint`.
Endpoint = tuple[str, int]


def sweep(client: Client, *, seconds: float = 8.0) -> int:
    """Work on due entries for about `seconds`; return how many were tried. Safe to run in any number of processes.

    Entries of an endpoint that must wait are passed over, so a slow or paused one doesn't hold up the others.
    """
    if restored.unfinished():
        logger.error("This desk is being restored: nothing is sent until `manage.py restore` has finished.")
        return 0
    reap()
    with made_for(ApiCall.Purpose.PROBE):
        breaker.probe_if_due(client)
    if breaker.closed():
        breaker.hold_back()
    end = time.monotonic() + seconds
    waiting: dict[Endpoint, float] = {}
    tried = 0
    while (now := time.monotonic()) < end:
        waiting = {endpoint: until for endpoint, until in waiting.items() if until > now}
        batch = due(besides=waiting)
        for entry in batch:
            if entry.state == State.UNSURE or _endpoint(entry) not in waiting:
                tried += 1
                if wait := _step(entry, client, end):
                    waiting[_endpoint(entry)] = time.monotonic() + wait
        if not batch:
            if not waiting:
                break
            # The pace of the endpoints, not a guess.
            time.sleep(max(0.0, min(min(waiting.values()), now + 1.0, end) - now))
    return tried


def due(besides: Iterable[Endpoint] = ()) -> list[OutboxEntry]:
    """Return the next entries to send or check, in the order they were promised, none to send of these endpoints."""
    rows = OutboxEntry.objects.filter(state__in=[State.QUEUED, State.UNSURE], not_before__lte=Now())
    for method, resource_type in besides:
        rows = rows.exclude(state=State.QUEUED, method=method, resource_type=resource_type)
    return list(rows.order_by("created_at")[:BATCH])


def _endpoint(entry: OutboxEntry) -> Endpoint:
    return entry.method, entry.resource_type_id


def _step(entry: OutboxEntry, client: Client, end: float) -> float:
    if time.monotonic() >= end or breaker.closed():
        return 1.0
    if entry.state == State.UNSURE:
        resolve(entry.pk, client)
        return 0.0
    return relay(entry.pk, client)


def reap() -> None:
    """Free entries whose worker is gone: its advisory lock ended with it, however it died."""
    with locks.alone(locks.REAPING) as mine:
        if not mine:
            return
        for entry in OutboxEntry.objects.filter(state=State.SENDING):
            with locks.held(entry.pk) as ownerless:
                if ownerless:
                    _free(entry)


def _free(entry: OutboxEntry) -> None:
    entry.refresh_from_db()
    if entry.state != State.SENDING:
        return
    if entry.send_started_at is None:
        reason = _("Our worker stopped before sending anything. It will be sent.")
        outcomes.note(entry, Attempt.Outcome.WORKER_LOST, error="before sending")
        outbox.later(entry, 0, reason, expect=[State.SENDING], lease=entry.lease_token)
        return
    outcomes.unsure(entry, "after sending started", outcome=Attempt.Outcome.WORKER_LOST)
