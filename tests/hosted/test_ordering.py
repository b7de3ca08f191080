"""From a draft to an order at Telnyx: eligibility, one submission, one live order per number."""

from datetime import timedelta
from itertools import product
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from hosted.choices import OrderStatus, TransferState
from hosted.entry.parse import read_text
from hosted.models import HostedOrder, OrderNumber
from hosted.orders import workflow
from hosted.state import eligibility, turns
from hosted.state.eligibility import Kind
from messaging.desk.turns import Group
from messaging.mirror.models import OutboxEntry, SyncState
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from tests.hosted.conftest import ONE, THREE, TWO, add_numbers, number

State = OutboxEntry.State


@pytest.fixture
def unchecked(profile) -> HostedOrder:
    order = HostedOrder.objects.create(messaging_profile=profile)
    workflow.set_numbers(order, read_text(f"{ONE}\n{TWO}\n{THREE}").accepted())
    return order


def verdicts(order: HostedOrder) -> list[str]:
    return [eligibility.verdict(number).kind for number in order.numbers.all()]


def rules(order: HostedOrder) -> set[str]:
    return {problem.rule for problem in order.problems()}


# Numbers of a draft.


def test_a_draft_keeps_what_is_known_of_numbers_that_stay(draft):
    order = draft(ONE, TWO)

    workflow.set_numbers(order, read_text(f"{TWO}\n{THREE}").accepted())

    assert [n.phone_number for n in order.numbers.all()] == [TWO, THREE]
    assert number(order, TWO).eligible is True
    assert number(order, THREE).checked_at is None


def test_numbers_of_an_order_that_left_us_do_not_change(ordered):
    order = ordered()

    with pytest.raises(workflow.NotAllowed):
        workflow.set_numbers(order, [])

    assert order.numbers.count() == 2


# Eligibility.


@pytest.mark.promise("F34")
def test_the_check_explains_each_number_in_plain_words(unchecked, sandbox, work, operator):
    sandbox.set_eligibility(TWO, "NUMBER_CAN_NOT_BE_WIRELESS")

    work(workflow.check(unchecked, by=operator))

    assert verdicts(unchecked) == [Kind.ELIGIBLE, Kind.INELIGIBLE, Kind.ELIGIBLE]
    told = eligibility.verdict(number(unchecked, TWO))
    assert str(told.words) == "Mobile numbers can't be hosted."
    assert told.next_step
    assert number(unchecked, TWO).checked_at <= timezone.now()
    unchecked.refresh_from_db()
    assert unchecked.sync_state == SyncState.DRAFT


@pytest.mark.parametrize("status", ["NUMBER_CAN_NOT_BE_VALIDATED", "BILLING_ACCOUNT_CHECK_FAILED"])
@pytest.mark.promise("B2")
def test_a_number_telnyx_could_not_look_up_is_not_called_ineligible(
    unchecked, sandbox, work, operator, status
):
    sandbox.set_eligibility(ONE, status)

    work(workflow.check(unchecked, by=operator))

    assert verdicts(unchecked) == [Kind.UNKNOWN, Kind.ELIGIBLE, Kind.ELIGIBLE]
    assert workflow.keep_eligible(unchecked, by=operator) == 0


@pytest.mark.parametrize(
    ("status", "eligible", "kind"),
    [
        ("ELIGIBLE", True, Kind.ELIGIBLE),
        ("eligible", True, Kind.ELIGIBLE),
        ("ELIGIBLE", False, Kind.UNKNOWN),
        ("ELIGIBLE", None, Kind.UNKNOWN),
        ("number_can_not_be_wireless", False, Kind.INELIGIBLE),
        ("NUMBER_CAN_NOT_BE_WIRELESS", True, Kind.UNKNOWN),
        ("NUMBER_IS_ON_THE_MOON", False, Kind.INELIGIBLE),
        ("NUMBER_IS_ON_THE_MOON", True, Kind.UNKNOWN),
        ("", None, Kind.UNKNOWN),
    ],
)
@pytest.mark.promise("F34")
def test_both_the_word_and_the_flag_must_say_yes(status, eligible, kind):
    asked = OrderNumber(eligibility=status, eligible=eligible, checked_at=timezone.now())

    assert eligibility.verdict(asked).kind == kind
    assert eligibility.may_be_ordered(asked) == (kind == Kind.ELIGIBLE)


@pytest.mark.promise("F35")
def test_an_old_answer_stops_submitting_until_it_is_checked_again(draft, sandbox, work, operator):
    order = draft()
    order.numbers.update(checked_at=timezone.now() - timedelta(hours=25))
    assert rules(order) == {"eligibility_old"}

    work(workflow.check(order, by=operator))

    assert rules(order) == set()


@pytest.mark.promise("F34")
def test_a_supervisor_may_order_a_number_of_another_account(draft, sandbox, work, operator):
    order = draft(ONE)
    order.numbers.update(eligibility="NUMBER_CAN_NOT_BE_IN_TELNYX", eligible=False)
    assert rules(order) == {"eligibility_ineligible"}

    workflow.override(number(order), by=operator, reason="Their owner agreed.")

    assert rules(order) == set()
    assert number(order).override_by == operator
    order.numbers.update(eligibility="NUMBER_CAN_NOT_BE_WIRELESS")
    with pytest.raises(workflow.NotAllowed):
        workflow.override(number(order), by=operator, reason="I want to.")


@pytest.mark.promise("F34")
def test_a_new_verdict_ends_an_override(unchecked, sandbox, work, operator):
    sandbox.set_eligibility(ONE, "NUMBER_CAN_NOT_BE_IN_TELNYX")
    work(workflow.check(unchecked, by=operator))
    workflow.override(number(unchecked), by=operator, reason="Their owner agreed.")
    work(workflow.check(unchecked, by=operator))
    assert number(unchecked).is_overridden()

    sandbox.set_eligibility(ONE, "NUMBER_CAN_NOT_BE_WIRELESS")
    work(workflow.check(unchecked, by=operator))

    assert not number(unchecked).is_overridden()


# Submitting.


@pytest.mark.promise("B")
def test_a_paste_becomes_one_order_with_its_numbers(draft, sandbox, work, operator):
    order = draft(ONE, TWO)

    entry = work(workflow.submit(order, by=operator))

    order.refresh_from_db()
    [held] = sandbox.hosted_orders()
    assert (entry.state, order.remote_id, order.remote_status) == (State.ACCEPTED, held["id"], "pending")
    assert sorted(n["phone_number"] for n in held["numbers"]) == [ONE, TWO]
    assert held["messaging_profile_id"] == order.messaging_profile.remote_id
    assert {n.remote_number_id for n in order.numbers.all()} == {n["id"] for n in held["numbers"]}
    assert all(n.live and n.status == "pending" for n in order.numbers.all())
    assert (order.turn().group, str(order.turn().words)) == (Group.NEEDS_US, "Prove the numbers are yours.")


@pytest.mark.promise("B3")
def test_the_database_keeps_a_number_to_one_live_order(draft):
    draft(ONE).numbers.update(live=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        draft(ONE).numbers.update(live=True)


@pytest.mark.promise("B3")
def test_two_people_at_once_submit_one_order_for_a_number(draft, operator, transactional_db):
    orders = [draft(ONE), draft(ONE)]
    start, ended = Barrier(2), []

    def submit(order: HostedOrder) -> None:
        start.wait(10)
        try:
            workflow.submit(order, by=operator)
            ended.append("submitted")
        except workflow.HasProblems as error:
            ended.extend(problem.rule for problem in error.problems)
        finally:
            connection.close()

    threads = [Thread(target=submit, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(ended) == ["in_other_order", "submitted"]
    assert OrderNumber.objects.filter(live=True).count() == OutboxEntry.objects.count() == 1


def test_a_refused_order_can_be_corrected_and_submitted_again(draft, sandbox, work, operator, profile):
    profile.remote_id = "11111111-2222-4333-8444-555555555555"
    profile.save(update_fields=["remote_id"])
    order = draft(ONE)

    entry = work(workflow.submit(order, by=operator))

    order.refresh_from_db()
    assert (entry.state, order.sync_state) == (State.REFUSED, SyncState.REFUSED)
    assert order.wire.field_for(entry.errors[0]["pointer"]) == "messaging_profile"
    assert order.turn().group == Group.NEEDS_US
    profile.remote_id = sandbox.seed_hosted_order([THREE])["messaging_profile_id"]
    profile.save(update_fields=["remote_id"])
    assert work(workflow.submit(order, by=operator)).state == State.ACCEPTED


@pytest.mark.promise("F31")
def test_orders_of_the_portal_are_imported_with_their_numbers(client, sandbox, profile):
    held = sandbox.seed_hosted_order([ONE, TWO], numbers={TWO: "failed_carrier_rejected"})

    sync.pull(HostedOrder, client)
    sync.poll_due(client)

    order = HostedOrder.objects.get()
    assert (order.remote_id, order.messaging_profile) == (held["id"], profile)
    assert {n.phone_number: (n.status, n.live) for n in order.numbers.all()} == {
        ONE: ("pending", True),
        TWO: ("failed_carrier_rejected", False),
    }


@pytest.mark.promise("L3")
def test_an_order_of_200_numbers_is_merged_and_shown_with_few_queries(
    client, sandbox, profile, django_assert_max_num_queries
):
    many = [f"+1312556{n:04}" for n in range(200)]
    sandbox.seed_hosted_order(many)
    sync.pull(HostedOrder, client)
    order = HostedOrder.objects.get()
    assert order.numbers.filter(live=True).count() == 200

    with django_assert_max_num_queries(35):
        sync.refresh(order, client)
    with django_assert_max_num_queries(15):
        order = HostedOrder.objects.get()
        str(order.turn().words), order.due_at(), order.problems()


# The stage.


STATUSES = ("", *OrderStatus.values, "brand_new")
NUMBERS = ("pending", "ownership_successful", "successful", "failed_timeout", "failed_carrier_rejected")
OURS: tuple[dict[str, Any], ...] = (
    {"sync_state": SyncState.ACCEPTED},
    {"sync_state": SyncState.REFUSED},
    {"sync_state": SyncState.UNSURE},
    {"gone_at": timezone.now()},
    {"transfer_state": TransferState.REQUESTED},
)


@pytest.fixture
def orders_in_every_state(draft, operator) -> list[HostedOrder]:
    """Return orders in each state that ours and Telnyx's side can be in together; one waits for a decision."""
    rows = [draft(ONE), draft(TWO), draft(THREE, sync_state=SyncState.QUEUED)]
    for n, (status, word, ours) in enumerate(product(STATUSES, NUMBERS, OURS)):
        known = status if status in OrderStatus.values else ""
        said: dict[str, Any] = {"remote_id": f"o{n}", "remote_status": status, "known_status": known}
        order = HostedOrder.objects.create(**({"sync_state": SyncState.ACCEPTED} | said | ours))
        add_numbers(order, [f"+1312555{n:04}"], status=word)
        rows.append(order)
    undecided = workflow.submit(rows[0], by=operator)
    for state in ("sending", "unsure", "needs_person"):
        sent = {"lease_token": undecided.pk, "send_started_at": timezone.now()}
        assert outbox.move(undecided, expect=[undecided.state], state=state, **sent)
    return rows


def test_a_filter_finds_exactly_the_orders_that_show_its_chip(orders_in_every_state):
    shown: dict[str, set[UUID]] = {group: set() for group in Group}
    for order in HostedOrder.objects.all():
        shown[order.turn().group].add(order.pk)

    found = {
        group: set(HostedOrder.objects.filter(turns.in_group(group)).values_list("pk", flat=True))
        for group in Group
    }

    assert found == shown
    assert {group: len(pks) for group, pks in shown.items()} == {
        group: turns.counted()[group] for group in Group
    }
    # Orders need no approval.
    assert [group for group, pks in shown.items() if not pks] == [Group.APPROVAL]


def test_the_filter_of_a_group_finds_what_the_turn_says(ordered, draft, client, sandbox, operator):
    live = ordered(ONE)
    sandbox.set_order_status(live.remote_id, "successful", webhook=False)
    sync.refresh(live, client)
    queued, empty = draft(TWO), draft(THREE)
    workflow.submit(queued, by=operator)

    orders = HostedOrder.objects.all()

    found = {group: set(orders.filter(turns.in_group(group))) for group in Group}
    assert found[Group.DONE] == {live}
    assert found[Group.UNDER_WAY] == {queued}
    assert found[Group.DRAFT] == {empty}
    assert sum(len(each) for each in found.values()) == 3
    turns.with_standing(list(orders))
    assert all(order in found[order.turn().group] for order in orders)


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.promise("L3")
def test_the_turns_of_a_list_cost_the_same_for_any_length(draft, django_assert_num_queries, count, profile):
    for n in range(count):
        order = HostedOrder.objects.create()
        add_numbers(order, [f"+1312557{n:04}"])
    orders = list(HostedOrder.objects.all())
    turns.with_standing(orders)  # looks up content types once

    with django_assert_num_queries(4):
        turns.with_standing(orders)
        [str(order.turn().words) for order in orders]


@pytest.mark.parametrize(("attempts", "is_told"), [(0, False), (1, False), (2, True)])
def test_a_first_try_under_way_is_not_called_a_failure(attempts, is_told):
    check = OutboxEntry(state=OutboxEntry.State.SENDING, attempts_made=attempts)

    assert (eligibility.failed_check(check) is not None) == is_told
