"""Fetch what Telnyx couldn't deliver: it lists its attempts with the event each one carried (docs/telnyx.md, T6.12).

We don't know whether messages, hosted orders and toll-free events appear there, how soon, and for how long
(docs/telnyx.md, check 3). A fetched event has no signature: the connection and our key replace it. What we already
have isn't stored again, and an event that arrives late after all is the same event.
"""

import json
import logging
import re
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from messaging.telnyx.client import Client
from messaging.telnyx.errors import AccountBlocked, SlowDown, TelnyxError

from .. import breaker, clock, heartbeat, locks, pace
from ..models import Recovery, WebhookEvent
from ..models.inbox import FETCHED, event_data
from ..records import pages
from ..records.sync import READS
from . import drain, inbox

logger = logging.getLogger(__name__)

PATH = "/webhook_deliveries"
# Each check overlaps the previous one: Telnyx may list a delivery late.
OVERLAP = timedelta(minutes=15)
FURTHEST = timedelta(days=3)
# Lists are read in slices of time, so that each list ends: a slice with few deliveries makes the next one longer.
FIRST, SHORTEST, LONGEST = timedelta(minutes=15), timedelta(minutes=5), timedelta(hours=6)
FEW = 1000
# A task has less than a minute; the next one reads what is left.
SECONDS = 15.0
CALLBACK = re.compile(r"/webhooks/telnyx/([A-Za-z0-9_-]{1,32})/?$")
State = Recovery.State
Event = Mapping[str, Any]


def by_the_clock(client: Client, *, seconds: float = SECONDS) -> Recovery | None:
    """Fetch what failed since the last check. Only failed deliveries: those that succeeded reached us."""
    with locks.alone(locks.RECOVERING) as mine:
        if not mine or breaker.closed():
            return None
        now = clock.now()
        earlier = Recovery.objects.filter(is_by_clock=True).order_by("-id")
        reached = earlier.aggregate(at=Max("through"))["at"]
        since = (
            max(reached - OVERLAP if reached else now - FURTHEST, now - FURTHEST) - heartbeat.telnyx_behind()
        )
        recovery = Recovery(since=since, until=now, is_by_clock=True)
        _run(recovery, client, "failed", time.monotonic() + seconds)
        if recovery.state == State.QUEUED:
            if recovery.through is None:
                return None
            recovery.state, recovery.until = State.DONE, recovery.through
            recovery.finished_at = clock.now()
        last = earlier.first()
        if last and last.state == recovery.state and not recovery.missing:
            # A check with the same result as the last one adds no row; it moves the last one's end.
            for name in ("until", "through", "reason", "finished_at"):
                setattr(last, name, getattr(recovery, name) or getattr(last, name))
            last.save(update_fields=["until", "through", "reason", "finished_at"])
        else:
            recovery.save()
        return recovery


def asked_for(client: Client, *, seconds: float = SECONDS) -> int:
    """Do the checks people requested, for about `seconds`; return how many ended."""
    if not Recovery.objects.filter(state=State.QUEUED).exists() or breaker.closed():
        return 0
    end, ended = time.monotonic() + seconds, 0
    with locks.alone(locks.RECOVERING) as mine:
        if not mine:
            return 0
        for recovery in Recovery.objects.filter(state=State.QUEUED).order_by("id")[:5]:
            # People look for what never arrived, even if Telnyx thinks it did: to a wrong address.
            _run(recovery, client, "", end)
            recovery.save()
            if recovery.state == State.QUEUED:
                break
            ended += 1
    return ended


def _run(recovery: Recovery, client: Client, status: str, end: float) -> None:
    """Continue reading after `through`. When time runs out the recovery stays queued and the next run continues."""
    begin, length = recovery.through or recovery.since, FIRST
    try:
        while begin < recovery.until:
            if not _may_read(end):
                return
            stop, seen = min(begin + length, recovery.until), recovery.seen
            _take(recovery, _listed(recovery, client, begin, stop, status))
            recovery.through = begin = stop
            is_short = recovery.seen - seen < FEW
            length = min(length * 2, LONGEST) if is_short else max(length / 2, SHORTEST)
            if recovery.pk:
                recovery.save()  # so that its page shows the progress
    except SlowDown as error:
        pace.pause(READS, error.retry_after or 60)
        _failed(recovery, _("Telnyx asked us to slow down."))
    except AccountBlocked as error:
        breaker.close(error.reason)
        _failed(recovery, _("Telnyx refuses our key."))
    except TelnyxError as error:
        _failed(recovery, error.reason)
    else:
        recovery.state = State.FOUND if recovery.only_look else State.DONE
        recovery.finished_at = clock.now()


def _may_read(end: float) -> bool:
    """Wait for our turn to read from Telnyx; return False if it doesn't come in time."""
    while wait := pace.take(READS, settings.TELNYX_READS_PER_SECOND):
        if time.monotonic() + wait > end:
            return False
        time.sleep(wait)
    return time.monotonic() < end


def _failed(recovery: Recovery, reason: str) -> None:
    recovery.state, recovery.reason, recovery.finished_at = State.FAILED, reason[:500], clock.now()
    logger.info("Telnyx's delivery log could not be read: %s", reason)


def _take(recovery: Recovery, listed: Mapping[str, tuple[Event, str]]) -> None:
    """Store the listed events that we don't have; with `only_look`, just count them."""
    # An event that was held back because of its time is genuine if Telnyx lists it, and is released.
    ours = WebhookEvent.objects.exclude(state=WebhookEvent.State.QUARANTINED)
    known = set(ours.filter(dedupe_key__in=listed).values_list("dedupe_key", flat=True))
    missing = [found for key, found in listed.items() if key not in known]
    if not missing:
        return
    if not recovery.only_look:
        for event, token in missing:
            inbox.store(_body(event), FETCHED, token=token)
        logger.warning("%d webhooks that never reached us were fetched from Telnyx.", len(missing))
    names = Counter(inbox.open_envelope(_body(event)).event_type for event, _token in missing)
    recovery.missing = dict(Counter(recovery.missing) + names)


def _listed(
    recovery: Recovery, client: Client, begin: datetime, end: datetime, status: str
) -> dict[str, tuple[Event, str]]:
    """Return the events, by id, of the deliveries that started in a period and that we handle. Raise TelnyxError."""
    params = [("filter[started_at][gte]", _iso(begin)), ("filter[started_at][lte]", _iso(end))]
    if status:
        params.append(("filter[status][eq]", status))
    found: dict[str, tuple[Event, str]] = {}
    seen = 0
    for delivery in pages.data_pages(client, PATH, params):
        seen += 1
        event = event_data(delivery.get("webhook"))
        if event and drain.is_handled(event):
            found[inbox.open_envelope(_body(event)).key] = event, _token(delivery)
    recovery.seen += seen
    return found


def _token(delivery: Mapping[str, Any]) -> str:
    """Return the token that says which of our requests the event answers: it is part of the address called."""
    attempts = delivery.get("attempts")
    for attempt in attempts if isinstance(attempts, list) else []:
        try:
            found = CALLBACK.search(attempt["http"]["request"]["url"].split("?")[0])
        except (KeyError, TypeError, AttributeError):
            continue
        if found:
            return found[1]
    return ""


def _body(event: Event) -> bytes:
    return json.dumps({"data": event}).encode()


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ask(since: datetime, until: datetime, *, by: Any, only_look: bool) -> Recovery:
    """Let the worker look for lost events, or return the same request that is still waiting.

    Raise ValueError with a sentence if the period makes no sense.
    """
    now = clock.now()
    until = min(until, now)
    if until <= since:
        raise ValueError(_("The end must be after the start, and the start in the past."))
    if since < now - timedelta(days=30):
        raise ValueError(_("Choose a time within the last 30 days."))
    same = Recovery.objects.filter(since=since, until=until, only_look=only_look, state=State.QUEUED)
    return same.first() or Recovery.objects.create(
        since=since, until=until, requested_by=by, only_look=only_look
    )
