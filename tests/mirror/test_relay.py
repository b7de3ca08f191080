"""An outbox entry on its way to Telnyx: sent once, and never again without proof that nothing arrived."""

import hashlib
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from messaging.mirror import breaker
from messaging.mirror.models import Attempt, Gate, OutboxEntry, Pace, SyncState
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.outbound.sweep import sweep
from messaging.telnyx.client import Client
from tests.mirror.conftest import make_request

State = OutboxEntry.State
Outcome = Attempt.Outcome


def outcomes(entry: OutboxEntry) -> list[str]:
    return list(entry.attempts.order_by("id").values_list("outcome", flat=True))


def posts(sandbox) -> list[dict]:
    return sandbox.requests("POST", "verification/requests")


def test_an_accepted_request_is_mirrored(sandbox, submit, work):
    entry = work(submit())

    held = sandbox.records()[0]
    assert (entry.state, entry.remote_id) == (State.ACCEPTED, held["id"])
    resource = entry.resource
    assert (resource.sync_state, resource.remote_id) == (SyncState.ACCEPTED, held["id"])
    assert resource.remote_status == held["status"] == "In Progress"
    assert outcomes(entry) == [Outcome.ACCEPTED]


def test_the_callback_address_carries_the_token(sandbox, submit, work):
    entry = work(submit())

    assert entry.callback_token in json.loads(posts(sandbox)[0]["body"])["webhookUrl"]


@pytest.mark.promise("X37")
def test_only_operations_that_declare_it_send_an_idempotency_key(sandbox, submit, work):
    work(submit())

    assert "idempotency-key" not in {name.lower() for name in posts(sandbox)[0]["headers"]}


@pytest.mark.promise("X19")
def test_forty_threads_claim_an_entry_once(submit, quick):
    entry = submit()
    barrier = threading.Barrier(40)

    def claim(_: int) -> bool:
        mine = OutboxEntry.objects.get(pk=entry.pk)
        barrier.wait()
        try:
            return relay.claim(mine)
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as threads:
        assert sum(threads.map(claim, range(40))) == 1


@pytest.mark.promise("X19")
def test_forty_workers_send_an_entry_once(sandbox, submit, client):
    entry = submit()
    barrier = threading.Barrier(40)

    def work(_: int) -> None:
        barrier.wait()
        try:
            relay.relay(entry.pk, client)
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as threads:
        list(threads.map(work, range(40)))

    assert len(posts(sandbox)) == len(sandbox.records()) == 1


@pytest.mark.promise("X21")
def test_forty_promises_at_once_are_one_entry(transactional_db):
    resource = make_request()
    barrier = threading.Barrier(40)

    def add(_: int) -> str:
        barrier.wait()
        try:
            return str(outbox.add(resource, "create", requested_by=None).pk)
        except outbox.AlreadyPromised as refused:
            return str(refused.entry.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as threads:
        seen = set(threads.map(add, range(40)))

    assert seen == {str(OutboxEntry.objects.get().pk)}


@pytest.mark.promise("X21")
def test_a_form_sent_again_after_its_promise_ended_is_refused(submit, work):
    entry = submit()
    OutboxEntry.objects.filter(pk=entry.pk).update(form_token="of one form")
    work(entry)

    with pytest.raises(outbox.AlreadyPromised) as refused:
        outbox.add(entry.resource, "update", requested_by=None, form_token="of one form")

    assert refused.value.entry == entry


@pytest.mark.parametrize("address", ["closed", "http://nowhere.invalid/v2"], ids=["refused", "no such host"])
@pytest.mark.promise("X22")
def test_what_was_not_sent_is_queued_again_and_resumes(sandbox, submit, work, client, address):
    entry = submit()
    if address == "closed":
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"http://127.0.0.1:{server.getsockname()[1]}/v2"
    with Client("KEY", address) as nobody:
        relay.relay(entry.pk, nobody)
    entry.refresh_from_db()
    assert (entry.state, outcomes(entry)) == (State.QUEUED, [Outcome.NOT_SENT])
    assert entry.not_before > timezone.now()
    assert entry.reason

    outbox.retry_now(entry)
    work(entry)

    assert len(sandbox.records()) == 1


@pytest.mark.promise("X23")
def test_silence_after_the_request_is_looked_up_and_adopted(sandbox, submit, work):
    sandbox.fault("delay", method="POST", seconds=3, when="after")
    entry = work(submit(), State.UNSURE)
    assert entry.resource.sync_state == SyncState.UNSURE

    work(entry)

    assert entry.state == State.ACCEPTED
    assert entry.resolution == OutboxEntry.Resolution.ADOPTED
    assert len(posts(sandbox)) == len(sandbox.records()) == 1


@pytest.mark.promise("X24")
def test_an_answer_that_drips_is_ended_by_the_deadline(sandbox, submit, work):
    sandbox.fault("drip", method="POST", seconds=0.2)
    entry = submit()
    started = time.monotonic()

    work(entry, State.UNSURE)

    # The whole answer would take more than a minute.
    assert time.monotonic() - started < 30
    assert work(entry).state == State.ACCEPTED
    assert len(sandbox.records()) == 1


@pytest.mark.promise("X25")
def test_an_endless_answer_is_cut_and_looked_up(sandbox, submit, work):
    sandbox.fault("huge", method="POST", megabytes=20)

    entry = work(submit())

    assert (entry.state, len(posts(sandbox)), len(sandbox.records())) == (State.ACCEPTED, 1, 1)
    assert Outcome.UNKNOWN in outcomes(entry)


@pytest.mark.parametrize("when", ["before", "after", "midway"])
@pytest.mark.promise("X26")
def test_a_reset_ends_in_one_record(sandbox, submit, work, when):
    sandbox.fault("reset", method="POST", when=when)

    entry = work(submit())

    assert entry.state == State.ACCEPTED
    assert len(sandbox.records()) == 1
    assert outcomes(entry)[0] == Outcome.UNKNOWN


@pytest.mark.parametrize("kind", ["truncate", "html", "empty"])
@pytest.mark.promise("X27")
def test_an_unreadable_success_is_looked_up_and_adopted(sandbox, submit, work, kind):
    sandbox.fault(kind, method="POST", store=True)

    entry = work(submit())

    assert (entry.state, entry.resolution) == (State.ACCEPTED, OutboxEntry.Resolution.ADOPTED)
    assert len(posts(sandbox)) == len(sandbox.records()) == 1


@pytest.mark.promise("X27")
def test_valid_json_of_the_wrong_type_is_an_answer(sandbox, submit, work):
    sandbox.fault("wrong_content_type", method="POST")

    entry = work(submit())

    assert (entry.state, entry.resolution) == (State.ACCEPTED, OutboxEntry.Resolution.ANSWERED)


@pytest.mark.promise("X28")
def test_a_redirect_is_not_followed(sandbox, submit, work):
    sandbox.fault("redirect", method="POST", location="http://169.254.169.254/latest/meta-data/")

    entry = work(submit(), State.UNSURE)

    assert outcomes(entry) == [Outcome.UNKNOWN]


RETRY_AFTER = [
    ({"Retry-After": "7"}, 7, 7),
    ({"x-ratelimit-reset": "9"}, 9, 9),
    ({}, 0, 300),
    ({"Retry-After": lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=11), usegmt=True)}, 8, 12),
    ({"Retry-After": "99999"}, 3600, 3600),
]


@pytest.mark.parametrize(
    ("headers", "least", "most"), RETRY_AFTER, ids=["7", "reset", "neither", "date", "99999"]
)
@pytest.mark.promise("X29")
def test_a_429_is_obeyed_by_everybody(sandbox, submit, client, headers, least, most):
    sent = {name: value() if callable(value) else value for name, value in headers.items()}
    slow = {"errors": [{"code": "10011", "title": "Too many requests"}]}
    sandbox.fault("status", method="POST", status=429, headers=sent, json=slow, store=False)
    first, second = submit(), submit(phoneNumbers=[{"phoneNumber": "+18005550124"}])
    before = timezone.now()

    relay.relay(first.pk, client)
    wait = relay.relay(second.pk, client)

    first.refresh_from_db()
    assert (first.state, outcomes(first)) == (State.QUEUED, [Outcome.SLOWED])
    assert least - 2 <= (first.not_before - before).total_seconds() <= most + 2
    second.refresh_from_db()
    assert (second.state, second.attempts_made) == (State.QUEUED, 0)
    assert wait > 0
    assert len(posts(sandbox)) == 1


@pytest.mark.promise("X29")
def test_after_the_wait_both_are_sent(sandbox, submit, work):
    sandbox.fault("retry_after", method="POST", value="1")
    first, second = submit(), submit(phoneNumbers=[{"phoneNumber": "+18005550124"}])

    assert [work(first).state, work(second).state] == [State.ACCEPTED, State.ACCEPTED]
    assert len(posts(sandbox)) == 3


@pytest.mark.parametrize(
    ("fault", "sends"),
    [
        ({"kind": "status", "status": 500, "store": True, "when": "after"}, 1),
        ({"kind": "status", "status": 500, "store": False}, 2),
        ({"kind": "status", "status": 503, "store": False, "body": "<html>busy</html>"}, 2),
    ],
    ids=["500 created", "500 not created", "503 HTML"],
)
@pytest.mark.promise("X30")
def test_a_server_error_is_looked_up_before_anything_is_sent_again(
    sandbox, submit, work, settings, fault, sends
):
    fault.pop("when", None)
    sandbox.fault(fault.pop("kind"), method="POST", **fault)
    entry = submit()

    work(entry)

    assert entry.state == State.ACCEPTED
    assert len(posts(sandbox)) == sends
    assert len(sandbox.records()) == 1
    if sends == 2:
        assert outcomes(entry).count(Outcome.ABSENT) >= 2
        times = [datetime.fromisoformat(request["received_at"]) for request in posts(sandbox)]
        assert (times[1] - times[0]).total_seconds() >= settings.TELNYX_SETTLE_SECONDS


@pytest.mark.promise("X31")
def test_a_refused_key_stops_everything_after_one_request(sandbox, submit, client, work, caplog):
    first, second = submit(), submit(phoneNumbers=[{"phoneNumber": "+18005550124"}])
    sandbox.set_key("KEY-of-tomorrow")

    sweep(client, seconds=0.5)
    sweep(client, seconds=0.5)

    assert len(posts(sandbox)) == 1
    for entry in (first, second):
        entry.refresh_from_db()
        assert entry.state == State.BLOCKED
        assert entry.resource.sync_state == SyncState.QUEUED
    alerts = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(alerts) == 1
    assert sandbox.api_key not in caplog.text

    sandbox.set_key(sandbox.api_key)
    Gate.objects.update(probe_at=timezone.now())
    assert [work(first).state, work(second).state] == [State.ACCEPTED, State.ACCEPTED]
    assert breaker.closed() is None
    assert len(sandbox.records()) == 2


@pytest.mark.promise("X33")
def test_errors_are_kept_with_the_field_they_name(sandbox, submit, work):
    errors = [
        {"code": "10015", "title": "Bad", "detail": "Too short", "source": {"pointer": "/businessName"}},
        {"code": "10015", "title": "Odd", "detail": "Where?", "source": {"pointer": "/nowhere"}},
        {"code": "10015", "title": "<b>bold</b>", "detail": "\u0000 nul"},
    ]
    sandbox.fault("status", method="POST", status=422, json={"errors": errors}, store=False)

    entry = work(submit())

    resource = entry.resource
    assert (entry.state, entry.http_status, resource.sync_state) == (State.REFUSED, 422, SyncState.REFUSED)
    assert [resource.wire.field_for(error["pointer"]) for error in entry.errors] == [
        "business_name",
        None,
        None,
    ]
    assert entry.errors[2]["title"] == "<b>bold</b>"
    assert len(posts(sandbox)) == 1


@pytest.mark.promise("X33")
def test_forty_errors_are_all_kept(sandbox, submit, work):
    errors = [{"code": "10015", "title": f"Error {n}"} for n in range(40)]
    sandbox.fault("status", method="POST", status=400, json={"errors": errors}, store=False)

    assert len(work(submit()).errors) == 40


@pytest.mark.promise("X38")
def test_the_bytes_of_the_promise_are_the_bytes_that_are_sent(sandbox, submit, work):
    entry = submit()
    resource = entry.resource
    resource.business_name = "Somebody Else Ltd"
    resource.save(update_fields=["business_name"])

    work(entry)

    sent = posts(sandbox)[0]["body"].encode()
    assert hashlib.sha256(sent).hexdigest() == entry.body_sha256
    assert sent == bytes(entry.body)


@pytest.mark.promise("X36")
def test_a_failing_lookup_proves_nothing(sandbox, submit, work, client):
    sandbox.fault("reset", method="POST", when="before")
    sandbox.fault("status", method="GET", status=500, count=None, store=False)
    entry = work(submit(), State.UNSURE)
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        sweep(client, seconds=0.1)

    entry.refresh_from_db()
    assert (entry.state, entry.negatives, len(posts(sandbox))) == (State.UNSURE, 0, 1)
    assert Outcome.CHECK_FAILED in outcomes(entry)

    sandbox.clear_faults()
    assert work(entry).state == State.ACCEPTED
    assert len(sandbox.records()) == 1


@pytest.mark.promise("X30")
def test_a_request_that_never_arrives_is_handed_to_a_person_after_three_sends(
    sandbox, submit, work, quick, settings
):
    settings.TELNYX_SETTLE_SECONDS = 0.1
    sandbox.fault("reset", method="POST", when="before", count=None)

    entry = work(submit(), State.NEEDS_PERSON)

    assert len(posts(sandbox)) == 3
    assert entry.resource.sync_state == SyncState.UNSURE


@pytest.mark.promise("X22")
def test_what_could_not_be_sent_for_a_day_is_handed_to_a_person(submit, work):
    entry = submit()
    OutboxEntry.objects.filter(pk=entry.pk).update(created_at=timezone.now() - timedelta(hours=25))

    work(entry, State.NEEDS_PERSON)

    assert outbox.send_after_all(entry, "Telnyx was down")
    assert work(entry).state == State.ACCEPTED


@pytest.mark.promise("X30")
def test_a_late_create_of_telnyx_is_adopted_not_doubled(sandbox, submit, work, settings):
    settings.TELNYX_SETTLE_SECONDS = 5  # much longer than the delay, even on a busy machine
    sandbox.fault("late_create", method="POST", seconds=0.4)

    entry = work(submit())

    assert entry.state == State.ACCEPTED
    assert len(posts(sandbox)) == len(sandbox.records()) == 1


@pytest.mark.parametrize("change", [{"path": "/elsewhere"}, {"body": b"{}"}, {"callback_token": "0" * 32}])
@pytest.mark.promise("X38")
def test_the_database_keeps_a_promised_request_as_it_is(submit, change):
    entry = submit()

    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxEntry.objects.filter(pk=entry.pk).update(**change)


@pytest.mark.parametrize("state", [State.ACCEPTED, State.REFUSED, State.UNSURE])
def test_the_database_refuses_moves_that_skip_sending(submit, state):
    entry = submit()

    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxEntry.objects.filter(pk=entry.pk).update(state=state, send_started_at=timezone.now())


@pytest.mark.promise("X104")
def test_the_database_keeps_attempts_as_they_were_written(submit, work):
    attempt = work(submit()).attempts.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(outcome=Outcome.REFUSED)
    with pytest.raises(IntegrityError), transaction.atomic():
        attempt.delete()


@pytest.mark.promise("X21")
def test_the_database_allows_one_open_promise_for_a_record(submit):
    entry = submit()

    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxEntry.objects.create(
            resource_type=ContentType.objects.get_for_model(entry.resource),
            resource_id=entry.resource_id,
            operation="update",
            method="PATCH",
            path="/x",
            body=b"{}",
            not_before=timezone.now(),
        )


@pytest.mark.promise("X43")
def test_canceling_is_too_late_once_sending_started(submit, work):
    entry = submit()
    relay.claim(entry)

    assert not outbox.cancel(entry, "changed my mind")

    entry.refresh_from_db()
    assert entry.state == State.SENDING


def test_a_canceled_create_leaves_a_draft(submit):
    entry = submit()

    assert outbox.cancel(entry, "changed my mind")

    assert entry.resource.sync_state == SyncState.DRAFT


@pytest.mark.promise("X29")
def test_the_pace_of_an_endpoint_holds_over_processes(submit, client, settings):
    settings.TELNYX_WRITES_PER_SECOND = 0.1  # slower than any machine
    numbers = [f"+1800555{n:04}" for n in range(6)]
    entries = [submit(phoneNumbers=[{"phoneNumber": number}]) for number in numbers]

    waits = [relay.relay(entry.pk, client) for entry in entries]

    assert waits[0] == 0.0
    assert waits[-1] > 0.0
    assert Pace.objects.count() == 1


@pytest.mark.promise("A7")
def test_what_waited_goes_out_in_the_order_of_the_promises(sandbox, submit, client):
    numbers = [f"+1800555{n:04}" for n in (3, 1, 2)]
    for number in numbers:
        submit(phoneNumbers=[{"phoneNumber": number}])

    sweep(client, seconds=5)

    sent = [json.loads(request["body"])["phoneNumbers"][0]["phoneNumber"] for request in posts(sandbox)]
    assert sent == numbers


def test_an_answer_that_cannot_be_mirrored_is_still_an_acceptance(sandbox, submit, work, caplog):
    odd = {"id": "odd", "verificationStatus": {"a": "+18005550123"}, "updatedAt": 7}
    sandbox.fault("status", method="POST", status=200, json=odd, store=True)

    entry = work(submit())

    assert (entry.state, entry.remote_id) == (State.ACCEPTED, "odd")
    assert entry.resource.remote_id == "odd"
    assert "+18005550123" not in caplog.text
