"""A person says what happened to an unclear request: Telnyx is asked first, and a wrong id changes nothing."""

from collections.abc import Iterator

import pytest
from django.test import Client

from messaging.mirror import account
from messaging.mirror.models import Attempt, OutboxEntry, StatusChange
from tests.desk.conftest import State, entry_url, make_entry, make_request
from tests.sandbox.control import Sandbox, sample_request


@pytest.fixture(scope="module")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def telnyx(running_sandbox, settings) -> Iterator[Sandbox]:
    """A Telnyx that our pages can ask."""
    running_sandbox.reset()
    settings.TELNYX_BASE_URL, settings.TELNYX_API_KEY = running_sandbox.base_url, running_sandbox.api_key
    account.client.cache_clear()
    yield running_sandbox
    account.client.cache_clear()


@pytest.fixture
def compliance(login) -> Client:
    return login("compliance")


@pytest.fixture
def unclear(db) -> OutboxEntry:
    entry = make_entry(State.NEEDS_PERSON, reason="Telnyx holds an older request.")
    entry.attempts.create(outcome=Attempt.Outcome.UNCLEAR, worker="w")
    return entry


def decide(client: Client, entry: OutboxEntry, remote_id: str) -> str:
    """Press "it is this one" and return what the page then says."""
    client.post(entry_url(entry, "adopt"), {"text": remote_id})
    said = client.get(entry_url(entry)).context["messages"]
    entry.refresh_from_db()
    return " ".join(str(message) for message in said)


@pytest.mark.promise("F81")
def test_the_record_a_person_names_is_read_and_linked(compliance, telnyx, unclear):
    held = telnyx.seed(sample_request())

    decide(compliance, unclear, held["id"])

    request = unclear.resource
    assert (unclear.state, unclear.resolution, unclear.remote_id) == (State.ACCEPTED, "person", held["id"])
    assert (request.remote_id, request.remote_status, request.sync_state) == (
        held["id"],
        "In Progress",
        "accepted",
    )
    assert StatusChange.objects.get().source == "person"
    assert telnyx.requests("POST", "verification/requests") == []


@pytest.mark.promise("F81")
def test_an_id_telnyx_does_not_know_changes_nothing(compliance, telnyx, unclear):
    said = decide(compliance, unclear, "00000000-0000-4000-8000-000000000000")

    assert "Telnyx has no record with this ID." in said
    assert (unclear.state, unclear.resource.remote_id) == (State.NEEDS_PERSON, None)


@pytest.mark.promise("F81")
def test_a_record_of_another_request_is_not_taken(compliance, telnyx, unclear):
    held = telnyx.seed(sample_request())
    other = make_request()
    type(other).objects.filter(pk=other.pk).update(remote_id=held["id"])

    said = decide(compliance, unclear, held["id"])

    assert "already belongs to another record" in said
    assert unclear.state == State.NEEDS_PERSON


def test_nothing_changes_while_telnyx_does_not_answer(compliance, telnyx, unclear):
    held = telnyx.seed(sample_request())
    telnyx.fault("status", status=503, count=None)

    said = decide(compliance, unclear, held["id"])

    assert "Nothing was changed, because we could not check with Telnyx" in said
    assert unclear.state == State.NEEDS_PERSON


def test_an_odd_id_is_not_used_as_a_path(compliance, telnyx, unclear):
    said = decide(compliance, unclear, "../../messaging_profiles?page=1")

    assert "Nothing was changed." in said
    assert unclear.state == State.NEEDS_PERSON


def test_an_unclear_correction_is_confirmed_without_an_id(compliance, telnyx):
    held = telnyx.seed(sample_request())
    request = make_request()
    type(request).objects.filter(pk=request.pk).update(remote_id=held["id"], sync_state="accepted")
    request.refresh_from_db()
    entry = make_entry(State.NEEDS_PERSON, of=request, operation="update")
    entry.attempts.create(outcome=Attempt.Outcome.UNCLEAR, worker="w")

    compliance.post(entry_url(entry, "confirm"))

    entry.refresh_from_db()
    assert (entry.state, entry.remote_id, entry.resolution) == (State.ACCEPTED, held["id"], "person")


@pytest.mark.promise("X38")
def test_a_second_send_on_a_persons_word_keeps_the_bytes(compliance, unclear):
    before = bytes(unclear.body)

    compliance.post(entry_url(unclear, "send-again"), {"text": "The portal shows nothing."})

    unclear.refresh_from_db()
    assert (unclear.state, bytes(unclear.body)) == (State.QUEUED, before)
    assert "The portal shows nothing." in unclear.reason
