"""After a restore, whatever the backup had open is checked at Telnyx before it is sent, or waits for a person."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now

from messaging.mirror import clock
from messaging.mirror.models import Attempt, OutboxEntry, SyncState
from messaging.mirror.outbound import actions, decide, outbox, restored
from messaging.mirror.outbound.outbox import State
from messaging.mirror.outbound.relay import relay
from messaging.mirror.outbound.resolve import resolve
from messaging.mirror.outbound.sweep import sweep
from messaging.models import ComposedMessage, MessagingProfile
from tests.mirror.conftest import make_request
from tests.sandbox.messages_control import HANDSET, SENDER

WORDS = "This desk was restored from a backup of "


def brought(entry: OutboxEntry, state: str) -> OutboxEntry:
    """Bring a queued entry into a state as the machinery does."""
    lease = {"lease_token": uuid4(), "claimed_at": Now()}
    steps: dict[str, list[dict[str, Any]]] = {
        State.QUEUED: [],
        State.BLOCKED: [{"state": State.BLOCKED}],
        State.SENDING: [{"state": State.SENDING, **lease}],
        State.UNSURE: [
            {"state": State.SENDING, **lease},
            {"state": State.UNSURE, "send_started_at": Now(), "negatives": 1, "checks": 2, "sends": 1},
        ],
        State.NEEDS_PERSON: [{"state": State.NEEDS_PERSON, "reason": "It could not be sent for 24 hours."}],
    }
    for changes in steps[state]:
        assert outbox.move(entry, expect=[entry.state], **changes)
    return entry


@contextmanager
def restoring() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {restored.MARK} (digest text)")
        yield
        cursor.execute(f"DROP TABLE {restored.MARK}")


def posts(sandbox) -> int:
    return len([each for each in sandbox.requests("POST") if "_sandbox" not in each["path"]])


@pytest.mark.parametrize("state", [State.QUEUED, State.BLOCKED, State.SENDING, State.UNSURE])
@pytest.mark.promise("B18")
def test_what_was_sent_after_the_backup_is_found_and_adopted(sandbox, submit, client, work, state):
    entry = brought(submit(), state)
    taken_at = clock.ask()
    body = entry.wire_body()
    client.send(entry.method, entry.path, body=body)  # by the desk that is lost

    done = restored.make_safe(taken_at)

    assert done == {State.UNSURE: 1}
    entry.refresh_from_db()
    assert (entry.state, entry.checks, entry.negatives) == (State.UNSURE, 0, 0)
    assert entry.reason.startswith(WORDS)
    assert entry.resource.sync_state == SyncState.UNSURE
    work(entry)
    assert (entry.state, entry.resolution) == (State.ACCEPTED, "adopted")
    assert posts(sandbox) == 1


@pytest.mark.parametrize("state", [State.QUEUED, State.BLOCKED, State.SENDING, State.UNSURE])
@pytest.mark.promise("B18")
def test_what_was_never_sent_is_sent_once_after_two_negatives(sandbox, submit, work, state):
    entry = brought(submit(), state)

    restored.make_safe(clock.ask())
    work(entry)

    assert entry.state == State.ACCEPTED
    assert posts(sandbox) == 1
    outcomes = [each.outcome for each in entry.attempts.order_by("id")]
    assert outcomes[0] == Attempt.Outcome.RESTORED
    assert outcomes.count(Attempt.Outcome.ABSENT) >= 2


@pytest.mark.promise("B18")
def test_what_a_person_could_still_take_back_is_checked_too(sandbox, submit, work, settings):
    settings.UNDO_SECONDS = 60
    entry = submit()
    OutboxEntry.objects.filter(pk=entry.pk).update(not_before=Now() + timedelta(hours=1))

    restored.make_safe(clock.ask())
    work(entry)

    assert entry.state == State.ACCEPTED
    assert posts(sandbox) == 1


@pytest.mark.promise("B18")
def test_a_text_message_waits_for_a_person(sandbox, transactional_db, work):
    message = ComposedMessage.objects.create(
        kind="message", sender=SENDER, recipients=[HANDSET], text="Your order is ready"
    )
    entry = outbox.add(message, message.create_operation(), requested_by=None)

    restored.make_safe(clock.ask())
    work(entry, State.NEEDS_PERSON)

    assert entry.reason.startswith(WORDS)
    assert entry.reason.endswith("Telnyx shows no trace of it, which doesn't prove that it wasn't sent.")
    assert posts(sandbox) == 0


@pytest.mark.parametrize("state", [State.QUEUED, State.BLOCKED, State.SENDING, State.NEEDS_PERSON])
@pytest.mark.promise("B18")
def test_what_cannot_be_looked_up_waits_for_a_person(sandbox, transactional_db, client, state):
    profile = MessagingProfile.objects.create(remote_id=str(uuid4()), name="Main")
    entry = brought(outbox.add(profile, "delete", requested_by=None), state)

    assert restored.make_safe(clock.ask()) == {State.NEEDS_PERSON: 1}
    sweep(client, seconds=0.5)

    entry.refresh_from_db()
    assert entry.state == State.NEEDS_PERSON
    assert entry.reason.startswith(WORDS)
    # Nobody may say that none of it reached Telnyx.
    assert not decide.gave_up(entry)
    assert "retry" not in [each.name for each in actions.ACTIONS if each.fits(entry)]
    assert sandbox.requests("DELETE") == []


@pytest.mark.promise("B18")
def test_a_change_that_telnyx_does_not_show_is_not_made_again(sandbox, submit, work):
    request = work(submit()).resource
    request.refresh_from_db()
    request.business_name = "Larkspur Dental Group Inc."
    request.save()
    entry = outbox.add(request, "update", requested_by=None)

    restored.make_safe(clock.ask())
    work(entry, State.NEEDS_PERSON)

    assert entry.reason.endswith("Telnyx doesn't show this change now.")
    assert [each["method"] for each in sandbox.requests() if each["method"] in ("PATCH", "PUT")] == []


@pytest.mark.promise("B18")
def test_what_had_ended_stays_as_it_was(submit, work):
    entry = work(submit())

    assert restored.make_safe(clock.ask()) == {}

    entry.refresh_from_db()
    assert entry.state == State.ACCEPTED
    assert not restored.story(entry)


@pytest.mark.promise("B18")
def test_nothing_is_sent_or_looked_up_until_the_restore_has_finished(sandbox, submit, client, caplog):
    queued, lost = submit(), brought(submit(phoneNumbers=[{"phoneNumber": "+18005550199"}]), State.UNSURE)
    OutboxEntry.objects.update(not_before=Now())

    with restoring():
        assert sweep(client, seconds=0.5) == 0
        relay(queued.pk, client)
        resolve(lost.pk, client)

        assert sandbox.requests() == []
        assert "being restored" in caplog.text
    relay(queued.pk, client)
    assert posts(sandbox) == 1


def test_each_request_is_marked_once_with_its_record(submit):
    entry = submit()
    other = make_request(phoneNumbers=[{"phoneNumber": "+18005550198"}])
    taken_at = clock.ask()

    restored.make_safe(taken_at)

    entry.refresh_from_db()
    assert entry.send_started_at == entry.claimed_at == taken_at
    assert (entry.sends, entry.attempts.count()) == (1, 1)
    assert not entry.can_be_taken_back()
    assert entry.may_have_arrived()
    other.refresh_from_db()
    assert other.sync_state == SyncState.DRAFT
