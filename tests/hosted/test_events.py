"""The eight events of hosted orders: true for their moment, harmless in any order, and followed by a refresh."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group as AuthGroup
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hosted.choices import NumberStatus, OrderStatus, Rung, TransferState
from hosted.models import HostedOrder, OrderNumber
from hosted.orders import workflow
from hosted.state import transfer_alerts
from hosted.state.merge import Told, merge_numbers
from hosted.webhooks import TRANSFER, is_about_an_order
from messaging.desk.turns import Group
from messaging.mirror.inbound import drain
from messaging.mirror.models import Source, WebhookEvent
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from tests.hosted.conftest import ONE, PREFIX, TWO, hosted_event, number, receive

ID = "3e8b1c52-7d44-4c1f-9a0b-6f2d5e4c3b01"
START = datetime(2026, 8, 10, 9, 0, tzinfo=UTC)
EVENT_TYPES = ("created", "updated", "deleted", *TRANSFER)
State = WebhookEvent.State


@pytest.fixture
def order(db) -> HostedOrder:
    return known_order()


def known_order() -> HostedOrder:
    order = HostedOrder.objects.create(remote_id=ID, sync_state="accepted")
    for phone_number in (ONE, TWO):
        OrderNumber.objects.create(order=order, phone_number=phone_number, live=True)
    return order


def minute(n: float) -> datetime:
    return START + timedelta(minutes=n)


@pytest.mark.promise("B14")
def test_an_event_is_taken_in_and_the_order_is_read_again(order):
    body = hosted_event("updated", ID, "pending", {ONE: "ownership_successful", TWO: "pending"}, at=minute(1))

    stored = receive(body)

    order.refresh_from_db()
    assert stored.state == State.DONE
    assert (order.remote_status, order.remote_status_at) == ("pending", minute(1))
    assert (number(order).status, number(order).owned_at) == ("ownership_successful", minute(1))
    assert (order.next_poll_at <= timezone.now(), order.poll_because) == (True, Source.WEBHOOK)
    assert [(c.status, c.source) for c in number(order).history()] == [("ownership_successful", "webhook")]


def test_a_status_that_telnyx_repeats_starts_no_clock_again(order):
    """As after a wrong code: the event repeats the order's status."""
    receive(hosted_event("updated", ID, "pending", {ONE: "pending", TWO: "pending"}, at=minute(1)))
    order.refresh_from_db()
    since, due = order.turn_since(), order.due_at()

    receive(hosted_event("updated", ID, "pending", {ONE: "pending", TWO: "pending"}, at=minute(9)))

    order.refresh_from_db()
    assert (order.turn_since(), order.due_at()) == (since, due)
    assert since == minute(1)
    for n, status in ((10, "loa_file_invalid"), (20, "loa_file_invalid")):
        receive(hosted_event("updated", ID, status, at=minute(n)))
    order.refresh_from_db()
    assert order.remote_status_at == minute(20)


@pytest.mark.parametrize("kind", EVENT_TYPES)
@pytest.mark.promise("B14", "X72")
def test_an_event_may_come_three_times(order, kind):
    body = hosted_event(kind, ID, "pending", {ONE: "pending"}, at=minute(1))
    receive(body)
    once = state_of(order)

    receive(body)
    drain.release(WebhookEvent.objects.all())
    drain.drain()

    assert state_of(order) == once


@pytest.mark.promise("X66")
def test_an_event_of_an_order_we_do_not_know_yet_waits(db):
    assert receive(hosted_event("created", ID, at=minute(1))).state == State.WAITING


def test_a_transfer_request_waits_for_its_order_however_many_other_requests_are_accepted(db, operator):
    """Only this event reports it, and after 72 hours without an answer the numbers are gone."""
    stored = receive(hosted_event("internal_transfer_approval_requested", ID, "pending", {ONE: "pending"}))
    for n in range(20):
        outbox.release_waiting_events([f"another order {n}"], "0" * 32)
        WebhookEvent.objects.update(not_before=timezone.now() - timedelta(seconds=1))
        drain.drain()
    stored.refresh_from_db()
    assert (stored.state, stored.attempts_made, stored.waits_for) == (State.WAITING, 0, [ID])

    order = known_order()
    outbox.release_waiting_events([ID])
    drain.drain()

    stored.refresh_from_db()
    order.refresh_from_db()
    assert (stored.state, order.transfer_state) == (State.DONE, TransferState.REQUESTED)


@pytest.mark.promise("X71")
def test_a_transfer_request_without_its_order_is_first_on_the_home_page(db, operator):
    stored = receive(hosted_event("internal_transfer_approval_requested", ID, "pending", {ONE: "pending"}))
    User.objects.filter(pk=operator.pk).update(is_staff=True)
    operator.groups.add(AuthGroup.objects.get(name="operator"))
    desk = Client()
    desk.force_login(operator)
    for n in range(10):
        HostedOrder.objects.create(remote_id=f"other {n}", sync_state="refused")

    html = unescape(desk.get("/admin/").content.decode())

    assert html.count('class="desk-link desk-break"') == 8
    first = html.partition('class="desk-link desk-break"')[2].partition("</li>")[0]
    assert f"Transfer of numbers in order {ID}" in first
    words = (
        "Answer in Telnyx's portal: without an answer the transfer is approved 72 hours after Telnyx asked."
    )
    assert words in html
    assert words in unescape(desk.get(f"/admin/mirror/webhookevent/{stored.pk}/change/").content.decode())
    assert f"/admin/mirror/webhookevent/{stored.pk}/change/" in html
    assert (
        f'Waits for</dt><dd class="desk-break">{ID}'
        in desk.get(f"/admin/mirror/webhookevent/{stored.pk}/change/").content.decode()
    )


@pytest.mark.promise("X63")
def test_an_event_type_that_is_new_still_makes_us_ask(order):
    receive(hosted_event("something_new", ID, "a_new_word", {ONE: "another_word"}, at=minute(1)))

    order.refresh_from_db()
    assert order.next_poll_at
    assert (order.remote_status, number(order).status) == ("a_new_word", "another_word")


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"order_id": ID, "numbers": None},
        {"order_id": ID, "numbers": [None, {"value": 5}, {"status": "failed"}], "order_status": 7},
        {"order_id": ID, "approval_deadline": "soon"},
        {"order_id": ["x"]},
    ],
)
@pytest.mark.promise("X62")
def test_a_payload_of_another_shape_breaks_nothing(order, payload):
    body = hosted_event("internal_transfer_approval_requested", ID, at=minute(1))
    body["data"]["payload"] = payload

    stored = receive(body)

    assert stored.state in (State.DONE, State.WAITING)
    order.refresh_from_db()
    assert order.remote_status == ""


@pytest.mark.promise("X63")
def test_unknown_words_are_kept_and_keep_the_group(order):
    receive(hosted_event("updated", ID, "provisioning", {ONE: "provisioning"}, at=minute(1)))
    receive(hosted_event("updated", ID, "paused_by_carrier", {ONE: "napping"}, at=minute(2)))

    order.refresh_from_db()
    assert (order.remote_status, order.known_status) == ("paused_by_carrier", "provisioning")
    assert (order.turn().group, "paused_by_carrier" in str(order.turn().words)) == (Group.CARRIERS, True)
    assert number(order).status == "napping"


@pytest.mark.parametrize("ahead", [timedelta(minutes=7), timedelta(days=30), timedelta(days=-8000)])
@pytest.mark.promise("X48")
def test_an_impossible_time_is_not_believed(order, ahead):
    receive(hosted_event("deleted", ID, "deleted", at=timezone.now() + ahead))

    order.refresh_from_db()
    assert (order.remote_status, order.next_poll_at is not None) == ("", True)


def test_a_proved_number_is_not_undone_by_a_poll_that_says_pending(ordered, sandbox, client):
    order = ordered(ONE)
    receive(hosted_event("updated", order.remote_id, "pending", {ONE: "ownership_successful"}))

    for _ in range(3):
        sync.refresh(order, client)

    assert sandbox.hosted_order(order.remote_id)["numbers"][0]["status"] == "pending"
    assert number(order).status == NumberStatus.OWNERSHIP_SUCCESSFUL
    assert number(order).is_owned()


@pytest.mark.promise("B14")
def test_a_late_webhook_does_not_reopen_an_ended_order(order):
    receive(hosted_event("updated", ID, "successful", {ONE: "successful"}, at=minute(1)))
    receive(hosted_event("updated", ID, "pending", {ONE: "pending"}, at=minute(2)))

    order.refresh_from_db()
    assert (order.remote_status, number(order).status) == ("successful", "successful")
    assert order.next_poll_at is not None


@pytest.mark.promise("B14")
def test_telnyxs_own_answer_reopens_an_ended_order(ordered, sandbox, client):
    order = ordered(ONE)
    sandbox.set_order_status(order.remote_id, "failed", webhook=False)
    sync.refresh(order, client)
    assert not number(order).live

    sandbox.set_order_status(order.remote_id, "pending", webhook=False)
    sandbox.set_number_status(order.remote_id, ONE, "pending", webhook=False)
    sync.refresh(order, client)

    assert (order.remote_status, number(order).status, number(order).live) == ("pending", "pending", True)


def test_what_telnyx_says_when_asked_now_wins_over_an_event_dated_minutes_ahead(ordered, sandbox, client):
    order = ordered(ONE)
    ahead = timezone.now() + timedelta(minutes=4)
    receive(hosted_event("updated", order.remote_id, "failed", {ONE: "failed_timeout"}, at=ahead))

    sync.refresh(order, client)

    assert (order.remote_status, number(order).status) == ("pending", "pending")


# Any order, any repetition, any loss: what is true of an order at Telnyx, reported by events and refreshes.

WORDS = st.sampled_from([*OrderStatus.values, "a_new_word"])
NUMBER_WORDS = st.sampled_from(
    [
        "pending",
        "ownership_successful",
        "provisioning",
        "successful",
        "failed_timeout",
        "deleted",
        "a_new_word",
    ]
)
MOMENTS = st.lists(
    st.tuples(st.sampled_from(EVENT_TYPES), WORDS, NUMBER_WORDS, NUMBER_WORDS), min_size=1, max_size=6
)


def state_of(order: HostedOrder) -> dict[str, Any]:
    order.refresh_from_db()
    numbers = {n.phone_number: (n.status, n.live, n.gone_at is None) for n in order.numbers.all()}
    return {
        "order": order.remote_status,
        "numbers": numbers,
        "transfer": (order.transfer_state, order.transfer_deadline),
    }


def hear(order: HostedOrder, told: tuple[int, tuple[str, str, str, str]]) -> None:
    """Process one event as its handler does."""
    position, (kind, status, one, two) = told
    body = hosted_event(kind, ID, status, {ONE: one, TWO: two}, at=minute(position))
    deadline = body["data"]["payload"]["approval_deadline"]
    assert deadline is None
    event = WebhookEvent(body=json.dumps(body).encode(), occurred_at=minute(position), received_at=minute(99))
    handler = drain.find_handler(event)
    assert handler
    handler(event)


def read(order: HostedOrder, moment: tuple[str, str, str, str], at: datetime) -> None:
    """Process one refresh, as REST shows it: without a word for a proved number (docs/telnyx.md, T3.4)."""
    _, status, one, two = moment
    shown = {"ownership_successful": "pending"}
    entries = [
        {"id": f"id-{value}", "phone_number": value, "status": shown.get(word, word)}
        for value, word in ((ONE, one), (TWO, two))
    ]
    record = {"id": ID, "status": status, "phone_numbers": entries}
    order.apply(record, source=Source.SYNC, as_of=at)


def prove(order: HostedOrder, told: tuple[int, tuple[str, str, str, str]]) -> None:
    """Process the answer to our own check of codes, for the numbers that are proved at this moment."""
    position, (_, _, *words) = told
    proved = {
        phone_number: Told(NumberStatus.OWNERSHIP_SUCCESSFUL)
        for phone_number, word in zip((ONE, TWO), words, strict=True)
        if word == NumberStatus.OWNERSHIP_SUCCESSFUL
    }
    with transaction.atomic():
        merge_numbers(order.lock(), proved, at=minute(position), source=Source.API)


def poll(order: HostedOrder, told: tuple[int, tuple[str, str, str, str]]) -> None:
    read(order, told[1], minute(told[0] + 0.5))


PROPERTY = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.django_db
@PROPERTY
@given(moments=MOMENTS, data=st.data())
@pytest.mark.promise("B14", "X46")
def test_any_order_repetition_or_loss_of_events_ends_in_the_same_states(moments, data):
    events = list(enumerate(moments))
    heard = data.draw(st.lists(st.sampled_from(events), max_size=10))
    polls = data.draw(st.lists(st.sampled_from(events), max_size=3))
    # The answers to our own checks of codes are not lost: we ask until they come.
    proofs = [(prove, event) for event in events]
    steps = data.draw(
        st.permutations([*((hear, event) for event in heard), *((poll, event) for event in polls), *proofs])
    )

    in_order = states_after([*((hear, event) for event in events), *proofs], moments[-1], len(moments))
    disordered = states_after(steps, moments[-1], len(moments))

    assert disordered["order"] == in_order["order"] == moments[-1][1]
    assert disordered["numbers"] == in_order["numbers"]
    if {position for position, _ in heard} == set(range(len(moments))):
        assert disordered == in_order


@pytest.mark.django_db
@PROPERTY
@given(moments=MOMENTS, data=st.data())
@pytest.mark.promise("X46")
def test_without_any_reading_the_order_is_still_the_maximum_of_its_events(moments, data):
    events = list(enumerate(moments))
    repeated = data.draw(st.lists(st.sampled_from(events), max_size=4))
    steps = data.draw(st.permutations([(hear, event) for event in [*events, *repeated]]))

    in_order = states_after([(hear, event) for event in events])
    disordered = states_after(steps)

    assert (disordered["order"], disordered["transfer"]) == (in_order["order"], in_order["transfer"])


def states_after(
    steps: Sequence[Any], truth: tuple[str, str, str, str] | None = None, length: int = 0
) -> dict[str, Any]:
    """Return the states after these steps and, if `truth` is given, the refresh that follows every event."""
    HostedOrder.objects.all().delete()
    order = known_order()
    for take, event in steps:
        take(order, event)
        order.refresh_from_db()
    if truth:
        read(order, truth, minute(length + 1))
    return state_of(order)


WORDS_IN_TIME = ["pending", "ownership_successful", "provisioning"]


@pytest.mark.parametrize("positions", list(permutations(range(3))))
@pytest.mark.promise("B14")
def test_an_older_event_about_a_number_undoes_nothing(order, positions):
    for n in positions:
        receive(hosted_event("updated", ID, "pending", {ONE: WORDS_IN_TIME[n]}, at=minute(n)))

    one = number(order)
    assert (one.status, one.status_as_of, one.owned_at) == ("provisioning", minute(2), minute(1))


@pytest.mark.parametrize("words", list(permutations(["loa_file_successful", "provisioning"])))
@pytest.mark.promise("B14")
def test_of_two_events_of_one_moment_the_further_one_counts(order, words):
    shown = {"loa_file_successful": "ownership_successful", "provisioning": "provisioning"}
    for word in words:
        receive(hosted_event("updated", ID, word, {ONE: shown[word]}, at=START))

    order.refresh_from_db()
    assert (order.remote_status, number(order).status) == ("provisioning", "provisioning")


# Transfers.


def transferring(order: HostedOrder, hours: float = 72) -> HostedOrder:
    """Return the order after its current owner was asked, with `hours` left to answer."""
    now = timezone.now()
    deadline = int((now + timedelta(hours=hours)).timestamp())
    at = now - timedelta(hours=72 - hours)
    for kind in ("internal_transfer_detected", "internal_transfer_approval_requested"):
        wanted = deadline if kind.endswith("requested") else None
        receive(hosted_event(kind, ID, at=at, approval_deadline=wanted))
    order.refresh_from_db()
    return order


@pytest.mark.promise("B12")
def test_a_transfer_shows_until_when_its_owner_may_answer(order):
    transferring(order)

    assert order.transfer_state == TransferState.REQUESTED
    assert timedelta(hours=71) < order.transfer_deadline - timezone.now() <= timedelta(hours=72)
    assert order.turn().group == Group.NEEDS_US
    assert "mark it as seen" in str(order.turn().words)
    assert order.due_at() == order.transfer_deadline
    assert "10DLC" in str(transfer_alerts.current(order).warning)


@pytest.mark.parametrize(
    ("kind", "status", "state", "group"),
    [
        ("internal_transfer_approved", "pending", TransferState.APPROVED, Group.NEEDS_US),
        ("internal_transfer_auto_approved", "pending", TransferState.AUTO_APPROVED, Group.NEEDS_US),
        ("internal_transfer_rejected", "failed", TransferState.REJECTED, Group.NEEDS_US),
    ],
)
@pytest.mark.promise("B12")
def test_a_decision_ends_the_wait(order, kind, status, state, group):
    transferring(order)

    receive(hosted_event(kind, ID, status))

    order.refresh_from_db()
    assert (order.transfer_state, order.turn().group) == (state, group)
    assert transfer_alerts.current(order) is None
    words = "rejected the transfer" if state == TransferState.REJECTED else "Prove the numbers"
    assert words in str(order.turn().words)


@pytest.mark.promise("B12", "X71")
def test_alerts_return_until_somebody_acknowledges_them(order, operator):
    transferring(order)
    deadline = order.transfer_deadline

    rungs = [
        transfer_alerts.current(order, deadline - timedelta(hours=hours)).rung
        for hours in (71, 47.9, 23.9, 5.9, -1)
    ]

    assert rungs == [Rung.RECEIVED, Rung.HOURS_48, Rung.HOURS_24, Rung.HOURS_6, Rung.HOURS_6]
    assert order.turn().group == Group.NEEDS_US
    workflow.acknowledge_transfer(order, by=operator)
    assert transfer_alerts.current(order, deadline) is None
    assert order.turn().group == Group.REVIEWING
    assert "no answer means yes" in str(order.turn().words)
    assert order.transfer_acknowledged_by == operator


@pytest.mark.parametrize("kinds", list(permutations(TRANSFER, 3)))
@pytest.mark.promise("B12")
def test_events_of_a_transfer_may_come_in_any_order(order, kinds):
    bodies = [hosted_event(kind, ID, at=minute(list(TRANSFER).index(kind))) for kind in kinds]

    for body in bodies:
        receive(body)

    order.refresh_from_db()
    assert order.transfer_state == TRANSFER[max(kinds, key=list(TRANSFER).index)]


@pytest.mark.parametrize(
    ("value", "hours"),
    [(None, 72), (3600, 1), (int(minute(120).timestamp()), 2), (4102444800, 72), (10**40, 72)],
)
@pytest.mark.promise("B12")
def test_a_deadline_is_a_moment_a_span_or_the_usual_time(order, value, hours):
    receive(hosted_event("internal_transfer_approval_requested", ID, at=START, approval_deadline=value))

    order.refresh_from_db()
    assert order.transfer_deadline == START + timedelta(hours=hours)


# Telnyx's samples.

SAMPLES = Path(__file__).resolve().parents[1] / "contract/webhook-samples"


def test_every_sample_of_telnyxs_is_understood(db):
    found = sorted(SAMPLES.glob(f"{PREFIX}*.json"))
    bodies = [json.loads(path.read_text()) for path in found]
    for order_id in {body["data"]["payload"]["order_id"] for body in bodies}:
        HostedOrder.objects.create(remote_id=order_id, sync_state="accepted")

    assert len(found) == 13
    assert {body["data"]["event_type"].removeprefix(PREFIX) for body in bodies} == set(EVENT_TYPES)
    assert all(is_about_an_order(body["data"]) for body in bodies)
    assert [receive(body).state for body in bodies] == [State.DONE] * len(bodies)
