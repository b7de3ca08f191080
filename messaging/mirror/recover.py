"""Fetch what Telnyx could not deliver: it lists its attempts with the event each carried (OpenAPI, 2026-07).

Whether messages, hosted orders and toll-free events appear there, how soon and for how long, is not known
(docs/live-checks.md, 3). A fetched event has no signature: the connection and our key stand in for it. What we have
already is not stored again, and an event that comes late after all is the same event.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.telnyx.client import Client
from messaging.telnyx.errors import AccountBlocked, SlowDown, TelnyxError

from . import fence, gate, inbox, pace, pages, webhooks
from .models import Recovery, WebhookEvent
from .sync import READS

logger = logging.getLogger(__name__)

PATH = "/webhook_deliveries"
# Each look reaches back behind the one before: Telnyx may list a delivery late.
OVERLAP = timedelta(minutes=15)
FURTHEST = timedelta(days=3)
State = Recovery.State
Event = Mapping[str, Any]


def by_the_clock(client: Client) -> Recovery | None:
    """Fetch what failed since the last look. Only deliveries that failed: those that succeeded reached us."""
    now = timezone.now()
    last = Recovery.objects.filter(requested_by=None, state=State.DONE).order_by("-id").first()
    since = max(last.until - OVERLAP if last else now - FURTHEST, now - FURTHEST)
    with fence.alone(fence.RECOVERING) as mine:
        if not mine or gate.closed():
            return None
        recovery = Recovery(since=since, until=now)
        _run(recovery, client, "failed")
        if recovery.missing or recovery.state == State.FAILED or last is None:
            recovery.save()
        else:
            # A quiet look leaves no row of its own; it moves the last one's end.
            Recovery.objects.filter(pk=last.pk).update(until=now, finished_at=timezone.now())
        return recovery


def asked_for(client: Client) -> int:
    """Do the looks that people asked for; return how many."""
    queued = list(Recovery.objects.filter(state=State.QUEUED).order_by("id")[:5])
    if not queued or gate.closed():
        return 0
    with fence.alone(fence.RECOVERING) as mine:
        if not mine:
            return 0
        for recovery in queued:
            # People look for what never arrived, also where Telnyx believes that it did: at a wrong address.
            _run(recovery, client, "")
            recovery.save()
        return len(queued)


def _run(recovery: Recovery, client: Client, status: str) -> None:
    try:
        missing = list(_missing(recovery, client, status))
    except SlowDown as error:
        pace.pause(READS, error.retry_after or 60)
        _failed(recovery, error.reason)
    except AccountBlocked as error:
        gate.close(error.reason)
        _failed(recovery, error.reason)
    except TelnyxError as error:
        _failed(recovery, error.reason)
    else:
        recovery.missing = dict(Counter(str(event["event_type"]) for event in missing))
        if not recovery.only_look:
            for event in missing:
                inbox.store(_body(event), RECOVERED)
        recovery.state = State.FOUND if recovery.only_look else State.DONE
        if missing and not recovery.only_look:
            logger.warning("%d webhooks that never reached us were fetched from Telnyx.", len(missing))
    recovery.finished_at = timezone.now()


# Stands where the fingerprint of a key stands on a signed event.
RECOVERED = "fetched"


def _failed(recovery: Recovery, reason: str) -> None:
    recovery.state, recovery.reason = State.FAILED, reason[:500]
    logger.info("Telnyx's log of deliveries could not be read: %s", reason)


def _missing(recovery: Recovery, client: Client, status: str) -> Iterator[Event]:
    """Yield the events of the listed deliveries that we handle and do not have. Raise TelnyxError."""
    listed = {inbox.open_envelope(_body(event)).key: event for event in _listed(recovery, client, status)}
    keys = list(listed)
    for start in range(0, len(keys), 500):
        asked = keys[start : start + 500]
        known = set(WebhookEvent.objects.filter(dedupe_key__in=asked).values_list("dedupe_key", flat=True))
        yield from (listed[key] for key in asked if key not in known)


def _listed(recovery: Recovery, client: Client, status: str) -> Iterator[Event]:
    """Yield the events of all deliveries that began in the time asked for, an hour at a time, so that lists end."""
    for begin, end in _hours(recovery.since, recovery.until):
        params = [("filter[started_at][gte]", _iso(begin)), ("filter[started_at][lte]", _iso(end))]
        if status:
            params.append(("filter[status][eq]", status))
        for delivery in pages.data_pages(client, PATH, params):
            recovery.seen += 1
            event = delivery.get("webhook")
            if isinstance(event, Mapping) and webhooks.is_handled(event):
                yield event


def _hours(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(since + timedelta(hours=1), until)
        yield since, end
        since = end


def _body(event: Event) -> bytes:
    return json.dumps({"data": event}).encode()


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ask(since: datetime, until: datetime, *, by: Any, only_look: bool) -> Recovery:
    """Let the worker look for lost events. Raise ValueError with a sentence when the time makes no sense."""
    if until <= since:
        raise ValueError(_("The end must lie after the beginning."))
    if since < timezone.now() - timedelta(days=30):
        raise ValueError(_("Choose a time within the last 30 days."))
    return Recovery.objects.create(since=since, until=until, requested_by=by, only_look=only_look)
