"""The stage of a request: the same for one request, for a list of them and for the filter that finds it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from messaging.desk.turns import OURS, Group, Turn, add_business_days
from messaging.mirror.models import OutboxEntry, Source, SyncState
from messaging.mirror.outbound import outbox
from tollfree import turns
from tollfree.choices import Status
from tollfree.models import VerificationRequest

State = OutboxEntry.State

FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "end"),
    [
        (0, FRIDAY),
        (1, FRIDAY + timedelta(days=3)),
        (5, FRIDAY + timedelta(days=7)),
        (6, FRIDAY + timedelta(days=10)),
    ],
)
def test_business_days_leave_out_the_weekend(days, end):
    assert add_business_days(FRIDAY, days) == end


def test_a_clock_of_business_days_and_one_of_plain_days():
    review = Turn(Group.REVIEWING, "", "TOLLFREE_REVIEW_DAYS", business_days=True)
    answer = Turn(Group.NEEDS_US, "", "TOLLFREE_ANSWER_DAYS")
    monday = FRIDAY + timedelta(days=3)

    assert review.due_at(FRIDAY) == answer.due_at(FRIDAY) == FRIDAY + timedelta(days=7)
    assert (review.days_since(FRIDAY, monday), answer.days_since(FRIDAY, monday)) == (1, 3)
    assert review.days_since(monday, FRIDAY) == answer.days_since(monday, FRIDAY) == 0
    assert Turn(Group.DONE, "").due_at(FRIDAY) is None


@pytest.mark.parametrize(
    ("status", "group", "days"),
    [
        ("In Progress", Group.REVIEWING, 5),
        ("Waiting For Telnyx", Group.REVIEWING, 5),
        ("Waiting For Vendor", Group.CARRIERS, 14),
        ("Waiting For Customer", Group.NEEDS_US, 7),
        ("Rejected", Group.NEEDS_US, 7),
        ("Verified", Group.DONE, None),
    ],
)
@pytest.mark.promise("F20")
def test_each_status_of_telnyx_has_its_turn(make, status, group, days):
    turn = at_telnyx(make, status).turn()

    assert (turn.group, turn.clock) == (group, days and timedelta(days=days))
    assert "%(" not in str(turn.words)


@pytest.mark.promise("F20")
def test_the_table_covers_every_status():
    assert set(turns.BY_STATUS) == set(Status.values)


def at_telnyx(make, status: str, **more) -> VerificationRequest:
    values = {
        "remote_id": f"r{VerificationRequest.objects.count()}",
        "sync_state": SyncState.ACCEPTED,
        "remote_status": status,
        "known_status": status,
        "remote_reason": "100 % more brand",
        "remote_status_at": FRIDAY,
    }
    return make(**values | more)


def test_the_reason_is_shown_as_telnyx_wrote_it(make):
    assert at_telnyx(make, "Rejected").turn().words == "Rejected: 100 % more brand"


def test_the_clock_runs_from_the_time_of_the_status(make):
    request = at_telnyx(make, "Waiting For Customer")

    assert request.turn_since() == FRIDAY
    assert request.due_at() == FRIDAY + timedelta(days=7)


# How an outbox entry gets into a state, by the moves the database allows.
MOVES = {
    State.QUEUED: [],
    State.SENDING: [State.SENDING],
    State.UNSURE: [State.SENDING, State.UNSURE],
    State.NEEDS_PERSON: [State.SENDING, State.UNSURE, State.NEEDS_PERSON],
    State.REFUSED: [State.SENDING, State.REFUSED],
}


def promised(request: VerificationRequest, state: OutboxEntry.State, **values) -> OutboxEntry:
    """Queue something for a request and bring the entry into a state."""
    entry = outbox.add(request, "update" if request.remote_id else "create", requested_by=None)
    sent = {"lease_token": entry.pk, "send_started_at": timezone.now()}
    for step in MOVES[state]:
        ended = {"resolved_at": timezone.now()} if step == State.REFUSED else {}
        assert outbox.move(entry, expect=[entry.state], state=step, **sent, **ended, **values)
    request.refresh_from_db()
    return entry


ERRORS = [{"pointer": "/businessName"}, {"pointer": "/useCase"}, {"pointer": ""}]


@pytest.fixture
def one_of_each(make) -> list[VerificationRequest]:
    """Return requests in every combination of states that our side and Telnyx's can be in."""
    rows = [at_telnyx(make, status) for status in Status.values]
    rows += [
        make(),
        at_telnyx(make, "Paused", known_status=Status.WAITING_FOR_CUSTOMER),
        at_telnyx(make, "Paused", known_status=""),
        at_telnyx(make, "", known_status=""),
        at_telnyx(make, "Rejected", gone_at=FRIDAY),
        at_telnyx(make, "Verified", sync_state=SyncState.REFUSED),
        at_telnyx(make, "Rejected", gone_at=FRIDAY, sync_state=SyncState.REFUSED),
        at_telnyx(make, "Rejected", closed_answer_at=FRIDAY),
        at_telnyx(make, "Rejected", closed_answer_at=FRIDAY - timedelta(days=1)),
        at_telnyx(make, "Verified", closed_answer_at=FRIDAY),
        make(asked_version=1),
        make(asked_version=1, version=2),
        at_telnyx(make, "Rejected", gone_at=FRIDAY, asked_version=1),
        *(at_telnyx(make, status, asked_version=1) for status in ("Rejected", "Verified", "Paused")),
    ]
    for state in (State.QUEUED, State.SENDING, State.UNSURE, State.NEEDS_PERSON, State.REFUSED):
        for request in (
            make(),
            at_telnyx(make, "Rejected"),
            at_telnyx(make, "Rejected", asked_version=1),
            at_telnyx(make, "Rejected", closed_answer_at=FRIDAY),
            at_telnyx(make, "Rejected", closed_answer_at=FRIDAY, asked_version=1),
        ):
            promised(request, state, **({"errors": ERRORS} if state == State.REFUSED else {}))
            rows.append(request)
    return rows


def test_a_filter_finds_exactly_the_requests_that_say_they_are_in_its_group(one_of_each):
    said = {group: {row.pk for row in one_of_each if row.turn().group == group} for group in Group}

    found = {
        group: set(VerificationRequest.objects.filter(turns.in_group(group)).values_list("pk", flat=True))
        for group in Group
    }

    assert found == said
    assert all(said.values())
    ours = set(VerificationRequest.objects.filter(turns.in_group(*OURS)).values_list("pk", flat=True))
    assert ours == said[Group.DECISION] | said[Group.NEEDS_US] | said[Group.APPROVAL]


def test_a_list_asks_for_all_its_promises_at_once(one_of_each, django_assert_num_queries):
    alone = [(row.turn(), row.turn_since()) for row in one_of_each]
    rows = [VerificationRequest.objects.get(pk=row.pk) for row in one_of_each]

    with django_assert_num_queries(1):
        turns.with_entries(rows)
        together = [(row.turn(), row.turn_since()) for row in rows]

    assert together == alone


@pytest.mark.parametrize(
    ("state", "group", "words"),
    [
        (State.QUEUED, Group.UNDER_WAY, "Queued for Telnyx."),
        (State.SENDING, Group.UNDER_WAY, "Being sent to Telnyx."),
        (
            State.UNSURE,
            Group.UNSURE,
            "We're checking whether Telnyx received it. You don't need to do anything.",
        ),
        (State.NEEDS_PERSON, Group.DECISION, "Two look alike."),
        (State.REFUSED, Group.NEEDS_US, "Telnyx refused 2 fields."),
    ],
)
def test_our_side_comes_before_what_telnyx_says(make, state, group, words):
    request = at_telnyx(make, "Rejected")
    promised(request, state, reason="Two look alike.", errors=ERRORS)

    assert (request.turn().group, str(request.turn().words)) == (group, words)
    assert request.turn_since() > FRIDAY


def test_a_refused_correction_is_forgotten_when_the_review_went_on(make):
    request = at_telnyx(make, "Rejected")
    promised(request, State.REFUSED, errors=ERRORS)

    request.apply(
        {"verificationStatus": "Verified", "updatedAt": timezone.now().isoformat()},
        source=Source.SYNC,
        as_of=timezone.now(),
    )

    assert request.turn().group == Group.DONE
    assert not request.is_editable()


@pytest.mark.parametrize(
    ("status", "operation"),
    [
        ("In Progress", None),
        ("Waiting For Telnyx", None),
        ("Waiting For Vendor", None),
        ("Verified", None),
        ("Paused By Carrier", None),
        ("Waiting For Customer", "update"),
        ("Rejected", "update"),
    ],
)
def test_a_correction_is_possible_where_telnyx_takes_one(make, status, operation):
    request = at_telnyx(make, status)

    assert request.next_operation() == operation
    assert request.is_editable() == (operation is not None)
    assert request.can_delete_remote() == (status == "Rejected")
    assert not request.can_delete_draft()


@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING, State.UNSURE, State.NEEDS_PERSON])
@pytest.mark.parametrize("status", [None, "Rejected"])
def test_nothing_can_be_done_while_a_promise_is_open(make, state, status):
    request = at_telnyx(make, status) if status else make()
    promised(request, state)

    assert request.is_under_way()
    assert request.next_operation() is None
    assert not request.can_delete_remote()
    assert not request.can_delete_draft()


@pytest.mark.parametrize("was_claimed", [True, False])
def test_a_draft_whose_promise_was_withdrawn_can_be_deleted_if_no_worker_ever_took_it(make, was_claimed):
    request = make()
    assert request.can_delete_draft()
    entry = outbox.add(request, "create", requested_by=None)
    assert not request.can_delete_draft()

    if was_claimed:
        outbox.move(entry, expect=["queued"], claimed_at=timezone.now())
    outbox.cancel(entry, "not now")

    request.refresh_from_db()
    assert request.next_operation() == "create"
    assert request.can_delete_draft() is not was_claimed


def test_what_is_gone_cannot_be_changed(make):
    request = at_telnyx(make, "Rejected", gone_at=FRIDAY)

    assert not request.is_editable()
    assert not request.can_delete_remote()
    assert request.turn_since() == FRIDAY
