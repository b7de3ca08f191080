"""Events about toll-free requests: hints that make us ask, in whatever shape they come."""

import pytest
from django.utils import timezone

from messaging.mirror.inbound import drain
from messaging.mirror.models import OutboxEntry, Source, WebhookEvent
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.records import sync
from tests.signing import STATUS_UPDATE, WEBHOOK, deliver, event
from tollfree.choices import Status
from tollfree.models import VerificationRequest
from tollfree.webhooks import is_about_a_request

State = WebhookEvent.State

ID = "9c0d4e21-2b6a-5f31-8e77-1a2b3c4d5e6f"

# The known provisional shapes: one of Telnyx's code samples, and what implementers guess.
SHAPES = {
    "sample": event(STATUS_UPDATE, id=ID, status="verified"),
    "rejected": event(STATUS_UPDATE, id=ID, status="rejected", rejectionReason="No brand."),
    "profile": event("messaging_profile.toll_free_verification.completed", verification_request_id=ID),
    "request": event("verification_request.status_updated", verificationRequestId=ID),
    "tollfree": event("tollfree.updated", id=ID),
    "bare": {"id": ID, "verificationRequestId": "VR-1", "verificationStatus": "Verified"},
    "bare in data": {"data": {"verificationRequestId": ID}},
    "bare, known by its id alone": {"id": ID, "status": "verified"},
    "bare with a payload": {"payload": {"id": ID}},
}
# With what happens to each. Messages have a handler of their own.
OTHERS = {
    "message": (event("message.sent", id=ID), State.DONE),
    "number order": (event("number_order.updated", id=ID), State.KEPT),
    "link click": ({"data": {"to": "18005550123", "url": "https://a.example"}}, State.KEPT),
}


@pytest.fixture
def known(make) -> VerificationRequest:
    request = make(remote_id=ID, remote_status=Status.VERIFIED, known_status=Status.VERIFIED)
    assert request.next_poll_at is None
    return request


def receive(body: object, path: str = WEBHOOK) -> WebhookEvent:
    assert deliver(body, path=path) == 200
    drain.drain()
    return WebhookEvent.objects.latest("id")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_hint_triggers_a_refresh_and_is_not_believed(known, shape):
    stored = receive(SHAPES[shape])

    known.refresh_from_db()
    assert stored.state == State.DONE
    assert known.next_poll_at <= timezone.now()
    assert known.poll_because == Source.WEBHOOK
    assert known.remote_status == Status.VERIFIED
    assert known.history().count() == 0


@pytest.mark.parametrize("shape", OTHERS)
def test_events_about_something_else_are_left_to_others(known, shape):
    body, state = OTHERS[shape]

    assert receive(body).state == state

    known.refresh_from_db()
    assert known.next_poll_at is None


@pytest.mark.parametrize(
    "body", [{}, {"event_type": 5}, {"payload": []}, {"id": None}, {"id": "\x00\ud800"}, {"id": ["x"]}]
)
@pytest.mark.promise("X62")
def test_odd_bodies_break_nothing(db, body):
    assert is_about_a_request(body) is False


def test_a_typed_event_without_any_id_is_done_with(db):
    body = event(STATUS_UPDATE)
    del body["data"]["id"]

    assert receive(body).state == State.DONE


@pytest.mark.parametrize("shape", ["sample", "bare"])
@pytest.mark.promise("X66")
def test_an_event_about_an_unknown_request_waits_for_it(make, shape):
    stored = receive(SHAPES[shape])
    assert stored.state == State.WAITING

    request = make(remote_id=ID)
    outbox.release_waiting_events([ID])
    drain.drain()

    stored.refresh_from_db()
    request.refresh_from_db()
    assert stored.state == State.DONE
    assert request.poll_because == Source.WEBHOOK


@pytest.mark.promise("X66")
def test_a_webhook_that_overtakes_its_answer_settles_the_promise(make, sandbox, work, client, settings):
    settings.TELNYX_SETTLE_SECONDS = 3600
    sandbox.fault("store_then_lose", method="POST")
    entry = work(outbox.add(make(), "create", requested_by=None), OutboxEntry.State.UNSURE)
    [held] = sandbox.records()
    sandbox.set_status(held["id"], "Waiting For Telnyx", webhook=False)

    receive(event(STATUS_UPDATE, id=held["id"]), f"{WEBHOOK}{entry.callback_token}/")
    entry = work(entry)

    sync.poll_due(client)
    request = VerificationRequest.objects.get()
    assert (entry.state, request.remote_id) == (OutboxEntry.State.ACCEPTED, held["id"])
    assert request.remote_status == Status.WAITING_FOR_TELNYX
    assert len(sandbox.requests("POST")) == 1
    assert WebhookEvent.objects.get().state == State.DONE


@pytest.mark.promise("X66")
def test_the_token_of_a_withdrawn_promise_is_left_to_a_person(make):
    entry = outbox.add(make(), "create", requested_by=None)
    outbox.cancel(entry, "not now")

    assert receive(event(STATUS_UPDATE, id=ID), f"{WEBHOOK}{entry.callback_token}/").state == State.WAITING


def test_the_callback_token_leads_to_the_request_without_an_id(make, sandbox, client):
    entry = outbox.add(make(), "create", requested_by=None)
    relay.relay(entry.pk, client)
    VerificationRequest.objects.update(next_poll_at=None)

    stored = receive(event("toll_free.something_new", number="?"), f"{WEBHOOK}{entry.callback_token}/")

    assert stored.state == State.DONE
    assert VerificationRequest.objects.get().next_poll_at


@pytest.mark.promise("X72")
def test_an_event_handled_three_times_changes_nothing_more(make, sandbox, client):
    held = sandbox.seed(status="Verified")
    request = make(remote_id=held["id"])
    stored = receive(event(STATUS_UPDATE, id=held["id"]))
    ends = []
    for _ in range(3):
        WebhookEvent.objects.filter(pk=stored.pk).update(state=State.PENDING, not_before=timezone.now())
        drain.drain()
        sync.poll_due(client)
        request.refresh_from_db()
        ends.append((request.remote_status, request.history().count(), request.next_poll_at))

    assert ends == [(Status.VERIFIED, 1, None)] * 3
