"""The answer to a request is lost: we ask Telnyx what happened to it, and nothing is filed twice."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.mirror.models import Attempt, OutboxEntry, Source, SyncState
from messaging.mirror.outbound import outbox
from messaging.mirror.records.operations import Absent, Found, Unclear
from messaging.telnyx.errors import TelnyxError
from tests.sandbox.control import sample_request
from tollfree import operations
from tollfree.choices import Status
from tollfree.models import VerificationRequest

State, Resolution = OutboxEntry.State, OutboxEntry.Resolution

NUMBER = "+18005550123"


@pytest.fixture
def rejected(make, sandbox, client):
    """A request that Telnyx holds and has rejected."""
    request = make()
    held = sandbox.seed(request.wire.dump(request))
    sandbox.set_status(held["id"], "Rejected", "No brand.", webhook=False)
    record = {"id": held["id"], "verificationStatus": "Rejected", "updatedAt": timezone.now().isoformat()}
    request.apply(record, source=Source.SYNC, as_of=timezone.now())
    VerificationRequest.objects.update(sync_state=SyncState.ACCEPTED)
    request.refresh_from_db()
    return request


# Through the worker: the answer is lost after, or before, Telnyx stored the request.


@pytest.mark.promise("A10")
def test_a_create_whose_answer_was_lost_is_adopted(make, sandbox, work):
    sandbox.fault("store_then_lose", method="POST")

    entry = work(outbox.add(make(), "create", requested_by=None))

    [held] = sandbox.records()
    assert (entry.state, entry.resolution, entry.remote_id) == (
        State.ACCEPTED,
        Resolution.ADOPTED,
        held["id"],
    )
    assert entry.resource.remote_id == held["id"]
    assert len(sandbox.requests("POST")) == 1


@pytest.mark.promise("A10")
def test_a_create_that_never_arrived_is_sent_again_once(make, sandbox, work):
    sandbox.fault("reset", when="before", method="POST")

    entry = work(outbox.add(make(), "create", requested_by=None))

    assert (entry.state, entry.sends) == (State.ACCEPTED, 2)
    assert len(sandbox.records()) == 1
    first, second = sandbox.requests("POST")
    assert first["body"] == second["body"]


def test_a_correction_whose_answer_was_lost_is_found_in_the_record(rejected, sandbox, work):
    sandbox.fault("store_then_lose", method="PATCH")
    rejected.business_name = "Larkspur Dental Group Inc."
    rejected.save()

    entry = work(outbox.add(rejected, "update", requested_by=None))

    assert (entry.state, entry.resolution) == (State.ACCEPTED, Resolution.ADOPTED)
    assert len(sandbox.requests("PATCH")) == 1
    assert sandbox.record(rejected.remote_id)["fields"]["businessName"] == "Larkspur Dental Group Inc."


@pytest.mark.promise("A10")
def test_a_correction_that_never_arrived_is_sent_again_once(rejected, sandbox, work):
    sandbox.fault("reset", when="before", method="PATCH")
    rejected.business_name = "Larkspur Dental Group Inc."
    rejected.save()

    entry = work(outbox.add(rejected, "update", requested_by=None))

    assert (entry.state, entry.sends) == (State.ACCEPTED, 2)
    assert sandbox.record(rejected.remote_id)["fields"]["businessName"] == "Larkspur Dental Group Inc."
    assert {json.loads(sent["body"])["businessName"] for sent in sandbox.requests("PATCH")} == {
        "Larkspur Dental Group Inc."
    }


@pytest.mark.parametrize("fault", [{"kind": "store_then_lose"}, {"kind": "reset", "when": "before"}])
def test_a_deletion_whose_answer_was_lost_is_repeated(rejected, sandbox, work, fault):
    sandbox.fault(method="DELETE", **fault)

    entry = work(outbox.add(rejected, "delete", requested_by=None))

    rejected.refresh_from_db()
    assert entry.state == State.ACCEPTED
    assert rejected.gone_at
    assert sandbox.records() == []
    assert len(sandbox.requests("DELETE")) == 2


# One lookup at a time: which records count as ours.


@pytest.fixture
def unsure(make, client):
    """A create, when nobody knows whether it arrived."""
    entry = outbox.add(make(), "create", requested_by=None)
    VerificationRequest.objects.update(sync_state=SyncState.UNSURE)
    OutboxEntry.objects.update(state=State.SENDING, lease_token=entry.pk)
    OutboxEntry.objects.update(state=State.UNSURE, send_started_at=timezone.now(), sends=1)
    entry.refresh_from_db()
    return entry


def look(entry: OutboxEntry, client):
    return operations.find_created(entry, entry.resource, client)


def test_nothing_at_telnyx_is_absent(unsure, client):
    assert look(unsure, client) == Absent()


def test_the_token_in_the_callback_proves_it_whatever_else_changed(unsure, client, sandbox):
    long_ago = (timezone.now() - timedelta(days=9)).isoformat()
    url = f"https://elsewhere.example/webhooks/telnyx/{unsure.callback_token}/"
    held = sandbox.seed(sample_request(webhookUrl=url, businessName="Edited"), created_at=long_ago)
    sandbox.seed(sample_request())

    assert look(unsure, client).record["id"] == held["id"]


def test_without_a_token_numbers_name_and_time_together_prove_it(unsure, client, sandbox):
    held = sandbox.seed(sample_request())

    found = look(unsure, client)

    assert isinstance(found, Found)
    assert found.record["id"] == held["id"]


def test_what_an_earlier_send_of_the_promise_left_is_ours(unsure, client, sandbox):
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Attempt.objects.create(entry=unsure, outcome=Attempt.Outcome.UNKNOWN, worker="w", started_at=an_hour_ago)
    held = sandbox.seed(sample_request(), created_at=an_hour_ago.isoformat())

    finding = look(unsure, client)

    assert isinstance(finding, Found)
    assert finding.record["id"] == held["id"]


@pytest.mark.parametrize(
    "other",
    [
        {"fields": sample_request(businessName="Somebody Else Inc.")},
        {"fields": sample_request(phoneNumbers=[{"phoneNumber": NUMBER}, {"phoneNumber": "+18335550124"}])},
        {"fields": sample_request(), "created_at": (timezone.now() - timedelta(days=1)).isoformat()},
    ],
    ids=["name", "numbers", "older"],
)
@pytest.mark.promise("X35")
def test_another_request_for_the_number_is_for_a_person(unsure, client, sandbox, other):
    sandbox.seed(**other)

    finding = look(unsure, client)

    assert isinstance(finding, Unclear)
    assert "wasn't made here" in finding.reason
    assert NUMBER not in finding.reason


@pytest.mark.promise("X35")
def test_two_that_look_alike_are_for_a_person(unsure, client, sandbox):
    sandbox.seed(sample_request())
    sandbox.seed(sample_request())

    finding = look(unsure, client)

    assert isinstance(finding, Unclear)
    assert "2 requests" in finding.reason


@pytest.mark.promise("X35")
def test_a_request_of_another_row_is_left_alone(unsure, client, sandbox, make):
    held = sandbox.seed(sample_request())
    make(remote_id=held["id"], remote_status=Status.REJECTED)

    assert look(unsure, client) == Absent()


def test_a_request_with_the_token_of_another_promise_is_not_taken(unsure, client, sandbox, make):
    other = outbox.add(make(phone_numbers=["+18335550124"]), "create", requested_by=None)
    sandbox.seed(
        sample_request(webhookUrl=f"https://desk.example.com/webhooks/telnyx/{other.callback_token}/")
    )

    assert isinstance(look(unsure, client), Unclear)


@pytest.mark.promise("X38")
def test_the_promise_counts_and_not_the_row(unsure, client, sandbox):
    VerificationRequest.objects.update(phone_numbers=["+18335550124"], business_name="Changed")
    held = sandbox.seed(sample_request())

    assert look(OutboxEntry.objects.get(), client).record["id"] == held["id"]


def test_each_number_is_looked_up(make, client, sandbox):
    numbers = ["+18005550123", "+18335550124"]
    entry = outbox.add(make(phone_numbers=numbers), "create", requested_by=None)
    entry.send_started_at = timezone.now()

    look(entry, client)

    assert [dict(asked["query"])["phone_number"] for asked in sandbox.requests("GET")] == numbers


@pytest.mark.promise("X36")
def test_a_list_that_fails_proves_nothing(unsure, client, sandbox):
    sandbox.fault("status", status=500, method="GET", count=None)

    with pytest.raises(TelnyxError):
        look(unsure, client)


@pytest.mark.promise("X36")
def test_a_list_with_a_nameless_record_proves_nothing(unsure, client, sandbox):
    body = {"records": [{"phoneNumbers": [{"phoneNumber": NUMBER}]}], "total_records": 1}
    sandbox.fault("status", status=200, json=body, method="GET", count=None)

    with pytest.raises(TelnyxError):
        look(unsure, client)


@pytest.fixture
def correction(rejected):
    rejected.business_name = "Larkspur Dental Group Inc."
    rejected.save()
    entry = outbox.add(rejected, "update", requested_by=None)
    entry.send_started_at = timezone.now()
    return entry


def compare(entry: OutboxEntry, client):
    return operations.find_updated(entry, entry.resource, client)


def sent(entry: OutboxEntry, **changes) -> dict:
    return json.loads(bytes(entry.body)) | changes


def test_a_record_as_before_is_absent(correction, client):
    assert compare(correction, client) == Absent()


def test_a_record_with_our_callback_is_the_corrected_one(correction, client, sandbox):
    sandbox.edit(
        correction.resource.remote_id, webhookUrl=sent(correction)["webhookUrl"], businessName="Tidied"
    )

    assert isinstance(compare(correction, client), Found)


@pytest.mark.parametrize("callback", [None, "https://desk.example.com/webhooks/telnyx/an-earlier-one/"])
def test_all_fields_as_sent_are_the_corrected_one_too(correction, client, sandbox, callback):
    numbers = [{"phoneNumber": NUMBER, "more": "x"}]
    sandbox.edit(correction.resource.remote_id, **sent(correction, webhookUrl=callback, phoneNumbers=numbers))

    assert isinstance(compare(correction, client), Found)


def test_one_field_that_differs_is_absent(correction, client, sandbox):
    sandbox.edit(correction.resource.remote_id, **sent(correction, webhookUrl=None, businessCity="Elsewhere"))

    assert compare(correction, client) == Absent()


def test_equal_fields_of_a_record_last_changed_before_prove_nothing(correction, client, sandbox):
    sandbox.edit(correction.resource.remote_id, **sent(correction, webhookUrl=None))
    correction.send_started_at = timezone.now() + timedelta(hours=1)

    assert compare(correction, client) == Absent()


def test_a_request_verified_meanwhile_is_for_a_person(correction, client, sandbox):
    sandbox.set_status(correction.resource.remote_id, "Verified", webhook=False)

    assert isinstance(compare(correction, client), Unclear)


def test_a_request_deleted_meanwhile_is_for_a_person(correction, client, sandbox):
    sandbox.delete(correction.resource.remote_id)

    assert isinstance(compare(correction, client), Unclear)
