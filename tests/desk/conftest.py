"""People of every group at the desk, and entries and events in every state."""

import json
from uuid import uuid4

from django.utils import timezone

from messaging.mirror.inbound import inbox
from messaging.mirror.models import OutboxEntry, TelnyxResource, WebhookEvent
from messaging.mirror.outbound import outbox
from tests.sandbox.control import sample_request
from tollfree.models import VerificationRequest

State = OutboxEntry.State

PATHS = {
    State.QUEUED: [],
    State.SENDING: [State.SENDING],
    State.BLOCKED: [State.BLOCKED],
    State.UNSURE: [State.SENDING, State.UNSURE],
    State.NEEDS_PERSON: [State.SENDING, State.UNSURE, State.NEEDS_PERSON],
    State.ACCEPTED: [State.SENDING, State.ACCEPTED],
    State.REFUSED: [State.SENDING, State.REFUSED],
    State.CANCELLED: [State.CANCELLED],
}


def make_request(**changes: object) -> VerificationRequest:
    return VerificationRequest.objects.create(**VerificationRequest.wire.load(sample_request(**changes)))


def make_entry(
    state: str = State.QUEUED, *, of: TelnyxResource | None = None, operation: str = "create", **changes
) -> OutboxEntry:
    """Queue a request and move it, by legal moves, to `state`. `changes` belong to its last move."""
    entry = outbox.add(of or make_request(), operation, requested_by=None)
    for step in PATHS[State(state)]:
        values = {"state": step, **(changes if step == state else {})}
        if step == State.SENDING:
            values |= {"lease_token": uuid4(), "send_started_at": timezone.now(), "sends": 1}
        if step in OutboxEntry.ENDED:
            values |= {"resolved_at": timezone.now(), "resolution": OutboxEntry.Resolution.ANSWERED}
        if step == State.ACCEPTED:
            values |= {"remote_id": str(entry.resource_id)}
        assert outbox.move(entry, expect=[entry.state], **values)
    if state == State.QUEUED and changes:
        assert outbox.move(entry, expect=[State.QUEUED], **changes)
    return entry


def make_event(state: str = WebhookEvent.State.PENDING, **payload) -> WebhookEvent:
    """Store an event as the view does after checking the signature."""
    key = str(uuid4())
    body = {
        "data": {
            "id": key,
            "event_type": "test.happened",
            "occurred_at": "2026-08-14T15:00:00Z",
            "payload": payload,
        }
    }
    inbox.store(json.dumps(body).encode(), "0123456789abcdef")
    WebhookEvent.objects.filter(dedupe_key=key).update(state=state)
    return WebhookEvent.objects.get(dedupe_key=key)


def entry_url(entry: OutboxEntry, action: str = "change") -> str:
    return f"/admin/mirror/outboxentry/{entry.pk}/{action}/"


def event_url(event: WebhookEvent, action: str = "change") -> str:
    return f"/admin/mirror/webhookevent/{event.pk}/{action}/"
