"""The status of a request is the newest of all reported facts, whatever order they came in."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.desk.turns import Group
from messaging.mirror.models import Fact, Source, StatusChange
from messaging.mirror.records import sync
from messaging.telnyx.errors import TelnyxError
from tests.sandbox.control import sample_request
from tollfree import facts
from tollfree.choices import Status
from tollfree.models import VerificationRequest

START = datetime(2026, 8, 10, 9, tzinfo=UTC)
REASON = "The opt-in picture shows no brand."
HISTORY = [
    Fact(Status.IN_PROGRESS, START),
    Fact(Status.WAITING_FOR_TELNYX, START + timedelta(minutes=1)),
    Fact(Status.WAITING_FOR_CUSTOMER, START + timedelta(days=1), "Name the brand."),
    Fact("Paused By Carrier", START + timedelta(days=2)),
    # Two from the same moment: only the rank can decide.
    Fact(Status.REJECTED, START + timedelta(days=3), REASON),
    Fact(Status.VERIFIED, START + timedelta(days=3)),
]


def told(request: VerificationRequest) -> tuple:
    request.refresh_from_db()
    history = {(change.status, change.occurred_at, change.reason) for change in request.history()}
    return (
        request.remote_status,
        request.known_status,
        request.remote_reason,
        request.remote_status_at,
        history,
    )


EXPECTED = (
    Status.VERIFIED,
    Status.VERIFIED,
    "",
    START + timedelta(days=3),
    {(fact.status, fact.occurred_at, fact.reason) for fact in HISTORY},
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(HISTORY), st.lists(st.sampled_from(HISTORY), max_size=6), st.integers(1, 6))
@pytest.mark.promise("X46")
def test_any_order_and_repetition_of_a_history_ends_the_same(make, order, repeated, batch):
    request = make(remote_id=None)
    telling = [*order, *repeated]

    for at in range(0, len(telling), batch):
        request.apply({}, source=Source.SYNC, as_of=timezone.now(), facts=telling[at : at + batch])

    assert told(request) == EXPECTED


@pytest.mark.promise("X46")
def test_every_order_of_the_last_four_facts_ends_the_same(make):
    ends = set()
    for order in itertools.permutations(HISTORY[2:]):
        request = make()
        for fact in order:
            request.apply({}, source=Source.WEBHOOK, as_of=timezone.now(), facts=[fact])
        ends.add(told(request)[:4])

    assert ends == {EXPECTED[:4]}


@pytest.mark.promise("X73")
def test_an_older_answer_does_not_move_a_status_back(make):
    request = make()
    newer, older = timezone.now(), timezone.now() - timedelta(hours=1)
    request.apply(
        {"id": "r1", "verificationStatus": "Verified", "updatedAt": newer.isoformat()},
        source=Source.SYNC,
        as_of=newer,
    )

    request.apply(
        {"id": "r1", "verificationStatus": "Rejected", "updatedAt": older.isoformat()},
        source=Source.API,
        as_of=older,
    )

    assert request.remote_status == Status.VERIFIED
    assert request.remote_data["verificationStatus"] == Status.VERIFIED
    assert request.history().count() == 2


@pytest.mark.promise("A19")
def test_an_unknown_status_is_kept_raw_and_keeps_the_group(make):
    request = make()
    request.apply({"id": "r1"}, source=Source.SYNC, as_of=timezone.now(), facts=HISTORY[:3])
    assert request.turn().group == Group.NEEDS_US

    request.apply({"id": "r1"}, source=Source.SYNC, as_of=timezone.now(), facts=HISTORY[3:4])

    request.sync_state = "accepted"
    assert request.remote_status == "Paused By Carrier"
    assert request.known_status == Status.WAITING_FOR_CUSTOMER
    assert not request.is_status_known()
    assert request.turn().group == Group.NEEDS_US
    assert "Paused By Carrier" in str(request.turn().words)
    assert "meaning not known yet" in str(request.turn().words)
    assert request.turn().clock is None


@pytest.mark.parametrize(
    "time",
    [
        None,
        "",
        "yesterday",
        17,
        {},
        "2026-13-45T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-08-10T09:06:00Z",
        "0001-01-01T00:00:00Z",
    ],
)
@pytest.mark.promise("X48")
def test_an_entry_without_a_usable_time_is_ignored(time):
    assert facts.dated({"verificationStatus": "Verified", "updatedAt": time}, START) is None


@pytest.mark.parametrize("status", [None, "", 5, ["Verified"]])
def test_an_entry_without_a_word_is_ignored(status):
    assert facts.dated({"verificationStatus": status, "updatedAt": "2026-08-10T09:00:00Z"}, START) is None


@pytest.mark.parametrize("time", ["2026-08-10T09:00:00Z", "2026-08-10T11:00:00+02:00", "2026-08-10T09:00:00"])
def test_a_time_counts_as_utc_unless_it_names_its_zone(time):
    fact = facts.dated({"verificationStatus": "A\x00B", "updatedAt": time, "reason": "\ud800"}, START)

    assert fact == Fact("A\N{REPLACEMENT CHARACTER}B", START, "\N{REPLACEMENT CHARACTER}")


def test_an_answer_without_a_time_counts_from_when_we_asked(make):
    request = make()
    asked_at = timezone.now()

    request.apply({"id": "r1", "verificationStatus": "In Progress"}, source=Source.API, as_of=asked_at)

    assert (request.remote_status, request.remote_status_at) == (Status.IN_PROGRESS, asked_at)


@pytest.fixture
def mirrored(make, sandbox, client):
    """A request with three history entries at Telnyx, known here only by its id."""
    held = sandbox.seed(status="In Progress")
    sandbox.set_status(held["id"], "Waiting For Telnyx")
    sandbox.set_status(held["id"], "Rejected", REASON)
    request = make()
    request.apply({"id": held["id"]}, source=Source.API, as_of=timezone.now())
    return request


def test_a_refresh_reads_the_record_and_its_whole_history(mirrored, client):
    sync.refresh(mirrored, client)

    assert [change.status for change in mirrored.history()] == [
        "Rejected",
        "Waiting For Telnyx",
        "In Progress",
    ]
    assert (mirrored.remote_status, mirrored.remote_reason) == (Status.REJECTED, REASON)
    assert mirrored.remote_data["businessName"] == sample_request()["businessName"]


@pytest.fixture
def history_says(sandbox, mirrored):
    """Add an entry to Telnyx's history whose time is this far ahead of ours."""
    entries = sandbox.record(mirrored.remote_id)["history"]

    def says(status: str, ahead: timedelta) -> None:
        wrong = {
            **entries[-1],
            "verificationStatus": status,
            "updatedAt": (timezone.now() + ahead).isoformat(),
        }
        told = {"records": [*entries, wrong], "total_records": len(entries) + 1}
        sandbox.fault("status", status=200, body=json.dumps(told), path="status_history", count=None)

    return says


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(hours=21), timedelta(days=20000)])
def test_an_entry_dated_in_the_future_pins_no_status(mirrored, client, sandbox, history_says, ahead):
    history_says("Rejected", ahead)
    sandbox.set_status(mirrored.remote_id, "Verified")

    sync.refresh(mirrored, client)

    assert mirrored.remote_status == Status.VERIFIED
    assert abs(mirrored.remote_status_at - timezone.now()) < timedelta(minutes=1)


def test_an_entry_that_was_believed_before_and_is_ahead_gives_way_to_what_telnyx_says(
    mirrored, client, sandbox
):
    kind = ContentType.objects.get_for_model(mirrored)
    StatusChange.objects.create(
        resource_type=kind,
        resource_id=mirrored.pk,
        status="Rejected",
        occurred_at=timezone.now() + timedelta(days=900),
        source=Source.SYNC,
    )
    sandbox.set_status(mirrored.remote_id, "Verified")

    sync.refresh(mirrored, client)

    assert mirrored.remote_status == Status.VERIFIED


def test_what_telnyx_says_now_beats_an_entry_that_is_dated_later_once_that_is_old(mirrored, client, sandbox):
    def ago(minutes: int) -> str:
        return (timezone.now() - timedelta(minutes=minutes)).isoformat()

    record = client.get(f"{VerificationRequest.wire.path}/{mirrored.remote_id}").body
    record |= {"verificationStatus": "Verified", "updatedAt": ago(20)}
    entry = sandbox.record(mirrored.remote_id)["history"][-1]
    history = {"records": [{**entry, "updatedAt": ago(10)}], "total_records": 1}
    for body, path in ((record, mirrored.remote_id + "$"), (history, "status_history")):
        sandbox.fault("status", status=200, body=json.dumps(body), path=path, count=None)

    sync.refresh(mirrored, client)

    assert mirrored.remote_status == Status.VERIFIED


def test_an_edit_in_the_portal_is_not_a_change_of_status(mirrored, client, sandbox):
    sync.refresh(mirrored, client)
    since = mirrored.remote_status_at

    sandbox.edit(mirrored.remote_id, businessCity="Elsewhere")
    sync.refresh(mirrored, client)

    assert mirrored.remote_data["businessCity"] == "Elsewhere"
    assert mirrored.history().count() == 3
    assert mirrored.remote_status_at == since


def test_an_edit_before_the_first_read_is_not_a_change_of_status(mirrored, client, sandbox):
    rejected_at = sandbox.record(mirrored.remote_id)["history"][-1]["updatedAt"]
    sandbox.edit(mirrored.remote_id, businessCity="Elsewhere")

    sync.refresh(mirrored, client)

    assert mirrored.history().count() == 3
    assert mirrored.remote_status_at == datetime.fromisoformat(rejected_at)


def test_an_edit_that_a_pull_finds_is_not_a_change_of_status(mirrored, client, sandbox):
    sync.refresh(mirrored, client)
    sandbox.edit(mirrored.remote_id, businessCity="Elsewhere")

    sync.pull(VerificationRequest, client)

    mirrored.refresh_from_db()
    assert mirrored.remote_data["businessCity"] == "Elsewhere"
    assert mirrored.history().count() == 3


def test_a_refresh_twice_adds_nothing(mirrored, client):
    sync.refresh(mirrored, client)
    before = list(StatusChange.objects.values_list("pk"))

    sync.refresh(mirrored, client)

    assert list(StatusChange.objects.values_list("pk")) == before


def test_a_record_without_history_still_shows_its_own_status(mirrored, client, sandbox):
    sandbox.fault("status", status=404, path="status_history")

    sync.refresh(mirrored, client)

    assert mirrored.remote_status == Status.REJECTED
    assert mirrored.gone_at is None


def test_half_a_history_changes_nothing(mirrored, client, sandbox):
    sandbox.fault("status", status=500, path="status_history", count=None)

    with pytest.raises(TelnyxError):
        sync.refresh(mirrored, client)

    mirrored.refresh_from_db()
    assert mirrored.remote_status == ""


@pytest.mark.parametrize("body", ["[]", "null", '{"id": "someone else"}', '"text"'])
def test_an_answer_that_is_not_the_record_changes_nothing(mirrored, client, sandbox, body):
    sandbox.fault("status", status=200, body=body, path=mirrored.remote_id + "$", count=None)

    with pytest.raises(TelnyxError):
        sync.refresh(mirrored, client)


def test_a_deleted_record_is_noted_as_gone(mirrored, client, sandbox):
    sandbox.delete(mirrored.remote_id)

    sync.refresh(mirrored, client)

    assert mirrored.gone_at
    assert mirrored.next_poll_at is None
    assert mirrored.turn().group == Group.CLOSED


@pytest.mark.parametrize(
    ("status", "age", "at_least", "at_most"),
    [
        (Status.IN_PROGRESS, timedelta(days=9), timedelta(0), timedelta(minutes=15)),
        (Status.REJECTED, timedelta(hours=2), timedelta(0), timedelta(minutes=15)),
        (Status.REJECTED, timedelta(days=2), timedelta(hours=5), timedelta(hours=6)),
        (Status.WAITING_FOR_CUSTOMER, timedelta(days=2), timedelta(hours=5), timedelta(hours=6)),
        ("Paused By Carrier", timedelta(days=2), timedelta(0), timedelta(minutes=15)),
    ],
)
def test_what_waits_for_us_is_polled_rarely_after_a_day(make, status, age, at_least, at_most):
    request = make()
    now = timezone.now()

    request.apply({"id": "r1"}, source=Source.SYNC, as_of=now, facts=[Fact(status, now - age)])

    assert at_least <= request.next_poll_at - now <= at_most + timedelta(seconds=5)


@pytest.mark.promise("F77")
def test_a_verified_request_is_not_polled(make):
    request = make()
    request.apply({"id": "r1"}, source=Source.SYNC, as_of=timezone.now(), facts=HISTORY)

    assert request.next_poll_at is None
