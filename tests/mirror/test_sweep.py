"""What the sweep does with many due entries: one kind that is refused or slow doesn't hold up the others."""

import pytest

from messaging.mirror import pace
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.outbound.outbox import State
from messaging.mirror.outbound.sweep import BATCH, sweep
from messaging.models import MessagingProfile

REFUSED = {"errors": [{"code": "10015", "title": "Bad request"}]}


def many(submit) -> list[OutboxEntry]:
    """Promise more than a sweep looks at in one go."""
    return [submit(phoneNumbers=[{"phoneNumber": f"+1800555{n:04}"}]) for n in range(BATCH + 10)]


def profile() -> OutboxEntry:
    made = MessagingProfile.objects.create(name="Support", whitelisted_destinations=["US"])
    return outbox.add(made, "create", requested_by=None)


def states(entries: list[OutboxEntry]) -> list[str]:
    rows = OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).order_by("created_at")
    return list(rows.values_list("state", flat=True))


@pytest.mark.promise("X41")
def test_a_kind_that_telnyx_always_refuses_leaves_the_others_their_turn(sandbox, submit, client, settings):
    settings.TELNYX_WRITES_PER_SECOND = 2  # as in production; a sweep can't get through the refused ones
    sandbox.fault(
        "status", method="POST", path="verification", status=422, json=REFUSED, store=False, count=None
    )
    poisoned, other = many(submit), profile()

    sweep(client, seconds=3)

    assert states([other]) == [State.ACCEPTED]
    after = states(poisoned)
    assert set(after) == {State.REFUSED, State.QUEUED}
    done = after.count(State.REFUSED)
    assert after == [State.REFUSED] * done + [State.QUEUED] * (
        len(after) - done
    )  # in the order of the promises


@pytest.mark.promise("X41")
def test_a_kind_that_telnyx_slows_down_leaves_the_others_their_turn(sandbox, submit, client):
    slow, other = many(submit), profile()
    pace.pause(pace.endpoint(slow[0]), 600)

    sweep(client, seconds=3)

    assert states([other]) == [State.ACCEPTED]
    assert set(states(slow)) == {State.QUEUED}
    assert sandbox.requests("POST", "verification") == []
