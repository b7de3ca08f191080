"""The answer to a send is lost: it ends in exactly one message, found or decided, and never in a second text."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.mirror.inbound import drain
from messaging.mirror.models import Attempt, OutboxEntry
from messaging.mirror.outbound import decide, outbox
from messaging.mirror.outbound.relay import relay
from messaging.mirror.outbound.resolve import resolve
from messaging.models import ComposedMessage
from messaging.sending import promise
from tests.messaging.bodies import message_event
from tests.messaging.sending.conftest import LIST, making
from tests.signing import deliver
from tests.tollfree.pages import text

State, Resolution, Outcome = OutboxEntry.State, OutboxEntry.Resolution, Attempt.Outcome

KINDS = ["message", "schedule", "group_mms", "number_pool", "long_code", "whatsapp"]
UNPROCESSABLE = {
    "errors": [{"code": "10027", "title": "Unprocessable Entity", "detail": "Something is in the way."}]
}
LOST = [{"kind": "store_then_lose"}, {"kind": "reset", "when": "after"}, {"kind": "html"}, {"kind": "empty"}]


def typed(kind: str) -> dict[str, str]:
    at = timezone.localtime(timezone.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    return {"send_at": at} if kind == "schedule" else {}


def at_telnyx(sandbox) -> list[dict]:
    return [message for message in sandbox.messages() if message["payload"]["direction"] == "outbound"]


def sends(sandbox) -> list[dict]:
    return sandbox.requests("POST", "/v2/messages")


def tells(entry: OutboxEntry, payload: dict) -> None:
    """Make Telnyx's webhook arrive at the address of this very send."""
    path = f"/webhooks/telnyx/{entry.callback_token}/"
    assert deliver(message_event("sent", payload), path=path) == 200
    drain.drain()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.promise("X67")
def test_a_webhook_at_its_address_settles_it_without_a_search(send, work, sandbox, kind):
    sandbox.fault("store_then_lose", method="POST")
    entry = work(making(send(kind, **typed(kind))), State.UNSURE)
    looks = len(sandbox.requests("GET"))
    (held,) = at_telnyx(sandbox)

    tells(entry, held["payload"])

    entry.refresh_from_db()
    assert (entry.state, entry.resolution, entry.remote_id) == (
        State.ACCEPTED,
        Resolution.ADOPTED,
        held["id"],
    )
    assert len(sandbox.requests("GET")) == looks
    assert ComposedMessage.objects.get().log()
    assert len(sends(sandbox)) == len(at_telnyx(sandbox)) == 1


@pytest.mark.promise("X66")
def test_a_webhook_that_beats_the_answer_is_remembered(send, work, sandbox, client):
    entry = making(send())
    sandbox.fault("store_then_lose", method="POST")
    relay(entry.pk, client)
    (held,) = at_telnyx(sandbox)
    # As while waiting for the answer: the event arrives for an entry that is not yet unsure.
    other = message_event("sent", held["payload"])
    assert deliver(other, path=f"/webhooks/telnyx/{entry.callback_token}/") == 200

    entry = work(entry)

    assert (entry.state, entry.remote_id) == (State.ACCEPTED, held["id"])
    assert not sandbox.requests("GET", "detail_records")
    assert len(at_telnyx(sandbox)) == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "schedule"])
@pytest.mark.parametrize("fault", LOST[:2])
def test_it_is_found_in_the_detail_records_by_its_token(send, work, sandbox, kind, fault):
    sandbox.pace(0)
    sandbox.fault(method="POST", **fault)

    entry = work(making(send(kind)))

    (held,) = at_telnyx(sandbox)
    assert (entry.state, entry.resolution, entry.remote_id) == (
        State.ACCEPTED,
        Resolution.ADOPTED,
        held["id"],
    )
    assert len(sends(sandbox)) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.promise("X37")
def test_what_is_not_found_goes_to_a_person_and_is_never_sent_again(send, work, sandbox, kind):
    sandbox.pace(1000)
    sandbox.fault("store_then_lose", method="POST")

    entry = work(making(send(kind, **typed(kind))), State.NEEDS_PERSON)

    assert "prove it" in entry.reason
    assert len(sends(sandbox)) == len(at_telnyx(sandbox)) == 1


@pytest.mark.parametrize("fault", LOST)
def test_whatever_was_lost_of_the_answer_it_is_sent_once(send, work, sandbox, fault):
    sandbox.pace(1000)
    sandbox.fault(method="POST", **fault)

    entry = work(making(send()), State.NEEDS_PERSON)

    assert len(sends(sandbox)) == len(at_telnyx(sandbox)) == 1
    # A late webhook still settles it: nobody has to decide what is already known.
    tells(entry, at_telnyx(sandbox)[0]["payload"])
    entry.refresh_from_db()
    assert (entry.state, entry.resolution) == (State.ACCEPTED, Resolution.ADOPTED)


def test_a_person_names_the_message_they_found(send, work, sandbox, person, client):
    sandbox.pace(1000)
    sandbox.fault("store_then_lose", method="POST")
    entry = work(making(send()), State.NEEDS_PERSON)

    assert "We don't know yet whether Telnyx has it." in text(
        person("operator").get(f"{LIST}{entry.resource_id}/change/")
    )
    (held,) = at_telnyx(sandbox)
    assert decide.adopt(entry, held["id"], client)
    assert ComposedMessage.objects.get().remote_id == held["id"]
    assert len(sends(sandbox)) == 1


def test_a_refusal_to_connect_is_proof_and_is_sent_later(send, work, sandbox):
    sandbox.fault("retry_after", method="POST", seconds=0)

    entry = work(making(send()))

    assert (entry.state, len(at_telnyx(sandbox))) == (State.ACCEPTED, 1)


# With TELNYX_REPLAY_SENDS: the key asks Telnyx.


@pytest.fixture
def replays(settings) -> None:
    settings.TELNYX_REPLAY_SENDS = True


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "schedule"])
@pytest.mark.promise("X37")
def test_the_same_bytes_with_the_same_key_are_one_message(send, work, sandbox, replays, kind):
    sandbox.pace(1000)
    sandbox.fault("store_then_lose", method="POST")

    entry = work(making(send(kind)))

    first, second = sends(sandbox)
    assert (first["body"], first["headers"]["idempotency-key"]) == (
        second["body"],
        second["headers"]["idempotency-key"],
    )
    (held,) = at_telnyx(sandbox)
    assert (entry.state, entry.resolution, entry.remote_id) == (
        State.ACCEPTED,
        Resolution.ADOPTED,
        held["id"],
    )


@pytest.mark.promise("X37")
def test_what_never_arrived_is_sent_by_the_replay(send, work, sandbox, replays):
    sandbox.fault("reset", when="before", method="POST")

    entry = work(making(send()))

    assert (entry.state, entry.resolution) == (State.ACCEPTED, Resolution.ANSWERED)
    assert len(at_telnyx(sandbox)) == 1


@pytest.mark.promise("X37")
def test_a_first_request_that_still_runs_is_awaited(send, work, sandbox, replays):
    sandbox.pace(1000)
    sandbox.key_runs(6.0)
    sandbox.fault("store_then_lose", method="POST")

    entry = work(making(send()), seconds=60)

    assert (entry.state, len(at_telnyx(sandbox))) == (State.ACCEPTED, 1)
    assert Outcome.SLOWED in entry.attempts.values_list("outcome", flat=True)


@pytest.mark.promise("X37")
def test_a_refused_second_try_goes_to_a_person_if_the_first_got_no_answer(send, work, sandbox, replays):
    sandbox.pace(1000)
    sandbox.fault("store_then_lose", method="POST")
    sandbox.fault("status", method="POST", status=422, json=UNPROCESSABLE)

    entry = work(making(send()), State.NEEDS_PERSON)

    assert "That may mean that the first was carried out" in entry.reason
    assert len(at_telnyx(sandbox)) == 1


@pytest.mark.promise("X37")
def test_a_refused_second_try_is_refused_if_the_first_was_not_done(send, work, sandbox, replays):
    sandbox.pace(1000)
    sandbox.fault("retry_after", method="POST", seconds=0)
    sandbox.fault("status", method="POST", status=422, json=UNPROCESSABLE)

    entry = work(making(send()), State.REFUSED)

    assert entry.errors[0]["code"] == "10027"
    assert at_telnyx(sandbox) == []


@pytest.mark.promise("X37")
def test_after_a_day_the_key_is_no_longer_trusted(send, work, sandbox, replays, client):
    sandbox.pace(1000)
    sandbox.fault("store_then_lose", method="POST")
    entry = making(send())
    relay(entry.pk, client)
    entry.refresh_from_db()
    long_ago = timezone.now() - timedelta(hours=23, minutes=1)
    OutboxEntry.objects.filter(pk=entry.pk).update(send_started_at=long_ago)

    entry = work(entry, State.NEEDS_PERSON)

    assert len(sends(sandbox)) == len(at_telnyx(sandbox)) == 1


def test_the_second_way_to_schedule_has_no_key_and_is_never_replayed(send, work, sandbox, replays):
    sandbox.fault("store_then_lose", method="POST")

    work(making(send("schedule", **typed("schedule"))), State.NEEDS_PERSON)

    assert len(sends(sandbox)) == 1


# Canceling.


@pytest.mark.parametrize("fault", [{"kind": "store_then_lose"}, {"kind": "reset", "when": "before"}])
def test_a_cancellation_whose_answer_was_lost_is_looked_up(send, work, sandbox, fault):
    message = send(**typed("schedule"))
    work(making(message))
    sandbox.fault(method="DELETE", **fault)
    message.refresh_from_db()

    entry = work(outbox.add(message, "cancel", requested_by=None))

    assert entry.state == State.ACCEPTED
    assert [row.status for row in message.log()] == ["cancelled"]
    message.refresh_from_db()
    assert message.gone_at is None


@pytest.mark.promise("X43")
def test_a_cancellation_that_came_too_late_is_reported(send, work, sandbox):
    message = send(**typed("schedule"))
    work(making(message))
    sandbox.fault("reset", when="before", method="DELETE")
    message.refresh_from_db()
    sandbox.send_now(message.remote_id)

    entry = work(outbox.add(message, "cancel", requested_by=None), State.NEEDS_PERSON)

    assert "It can't be withdrawn." in entry.reason


# Withdrawing. What may have arrived is never said to be withdrawn before it was sent.

WITHDRAW = {"reason": "wrong text", "form_token": "a" * 32}


def waits_for_its_replay(message: ComposedMessage, sandbox, client) -> OutboxEntry:
    """Lose the answer, and stop where the same bytes wait to be sent again with their key."""
    sandbox.pace(1000)
    sandbox.fault("store_then_lose", method="POST")
    entry = making(message)
    relay(entry.pk, client)
    OutboxEntry.objects.filter(pk=entry.pk).update(not_before=timezone.now())
    resolve(entry.pk, client)
    entry.refresh_from_db()
    assert entry.state == State.QUEUED
    return entry


def test_what_waits_for_its_replay_cannot_be_withdrawn(send, sandbox, client, replays, person):
    message = send()
    entry = waits_for_its_replay(message, sandbox, client)
    browser, url = person("operator"), f"{LIST}{message.pk}/"

    page = text(browser.get(f"{url}change/"))
    answer = text(browser.post(f"{url}cancel/", WITHDRAW, follow=True))

    entry.refresh_from_db()
    assert entry.state == State.QUEUED
    assert "it may or may not reach them" in page
    assert "Nothing has been sent yet" not in page
    assert f"{url}cancel/" not in browser.get(f"{url}change/").content.decode()
    assert "too late to cancel" in answer
    assert "No one will be texted" not in answer
    assert len(at_telnyx(sandbox)) == 1


def test_what_was_canceled_in_the_outbox_after_a_lost_answer_may_have_arrived(
    send, sandbox, client, replays, person
):
    message = send()
    entry = waits_for_its_replay(message, sandbox, client)
    browser = person("operator")

    answer = browser.post(f"/admin/mirror/outboxentry/{entry.pk}/cancel/", {"text": "enough"}, follow=True)

    entry.refresh_from_db()
    assert entry.state == State.CANCELLED
    assert "Telnyx may have it" in text(answer)
    html = browser.get(f"{LIST}{message.pk}/change/").content.decode()
    assert "it may have reached them" in html
    assert "No one was texted" not in html
    assert f"?again={message.pk}" not in html


def test_what_a_person_sends_again_cannot_be_withdrawn(send, work, sandbox, person):
    sandbox.pace(1000)
    sandbox.fault("store_then_lose", method="POST")
    message = send()
    entry = work(making(message), State.NEEDS_PERSON)
    assert outbox.send_after_all(entry, "not in the portal")

    assert promise.withdrawable(message) is None


def test_what_surely_was_not_sent_can_still_be_withdrawn(send, sandbox, client, person):
    sandbox.fault("retry_after", method="POST", seconds=60)
    message = send()
    relay(making(message).pk, client)
    browser = person("operator")

    answer = text(browser.post(f"{LIST}{message.pk}/cancel/", WITHDRAW, follow=True))

    assert making(message).state == State.CANCELLED
    assert "No one will be texted" in answer
    assert at_telnyx(sandbox) == []
