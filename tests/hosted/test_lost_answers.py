"""The answer to a request about a hosted order is lost: nothing is ordered twice, and safe requests are sent again.

Codes and documents have their own tests, in test_proof and test_papers.
"""

import pytest

from hosted.models import HostedNumber, HostedOrder
from hosted.operations import find_order
from hosted.orders import workflow
from messaging.desk import outbox_words
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from messaging.mirror.records.operations import Absent, Found, Unclear
from tests.hosted.conftest import ONE, THREE, TWO, number

State, Resolution = OutboxEntry.State, OutboxEntry.Resolution


@pytest.fixture
def live(ordered, sandbox, client):
    """An order whose numbers are live and in the inventory."""
    order = ordered(ONE, TWO)
    sandbox.set_order_status(order.remote_id, "successful", webhook=False)
    sync.refresh(order, client)
    sync.refresh(order, client)
    return order


def posts(sandbox) -> list:
    return [made for made in sandbox.requests("POST") if made["path"].endswith("_orders")]


@pytest.mark.promise("B4")
def test_a_create_that_never_arrived_is_sent_again_once(draft, sandbox, work, operator):
    sandbox.fault("status", status=503, method="POST")

    entry = work(workflow.submit(draft(ONE), by=operator), seconds=20)

    assert (entry.state, entry.resolution, entry.sends) == (State.ACCEPTED, Resolution.ANSWERED, 2)
    assert len(sandbox.hosted_orders()) == 1


@pytest.mark.parametrize(
    ("at_telnyx", "finding"),
    [
        ([], Absent),
        ([[ONE, TWO]], Found),
        ([[TWO, ONE], [THREE]], Found),
        ([[ONE]], Unclear),
        ([[ONE, TWO, THREE]], Unclear),
        ([[THREE]], Absent),
    ],
)
@pytest.mark.promise("B4")
def test_only_an_order_with_the_same_set_of_numbers_is_ours(
    draft, sandbox, client, operator, at_telnyx, finding
):
    order = draft(ONE, TWO)
    entry = workflow.submit(order, by=operator)
    for phone_numbers in at_telnyx:
        sandbox.seed_hosted_order(phone_numbers)

    assert isinstance(find_order(entry, order, client), finding)


@pytest.mark.promise("B4")
def test_orders_that_ended_or_are_known_are_not_ours(draft, ordered, sandbox, client, operator):
    ended = sandbox.seed_hosted_order([ONE, TWO])
    sandbox.set_order_status(ended["id"], "failed", webhook=False)
    known = sandbox.seed_hosted_order([ONE])
    HostedOrder.objects.create(remote_id=known["id"])
    order = draft(ONE, TWO)
    entry = workflow.submit(order, by=operator)

    assert isinstance(find_order(entry, order, client), Absent)


@pytest.mark.promise("B4")
def test_an_order_is_found_on_a_later_page(draft, sandbox, client, operator):
    order = draft(ONE, TWO)
    entry = workflow.submit(order, by=operator)
    mine = sandbox.seed_hosted_order([ONE, TWO])
    for n in range(251):
        sandbox.seed_hosted_order([f"+1312558{n:04}"])

    finding = find_order(entry, order, client)

    assert isinstance(finding, Found)
    assert finding.record["id"] == mine["id"]


def test_a_lost_answer_to_a_check_of_eligibility_asks_again(draft, sandbox, work, operator):
    order = draft(ONE)
    order.numbers.update(checked_at=None)
    sandbox.fault("store_then_lose", method="POST")

    entry = work(workflow.check(order, by=operator))

    assert (entry.state, number(order).eligibility) == (State.ACCEPTED, "ELIGIBLE")


@pytest.mark.promise("B15")
def test_a_lost_answer_to_a_cancellation_cancels_once(ordered, sandbox, work, operator):
    order = ordered(ONE)
    sandbox.fault("store_then_lose", method="DELETE")

    entry = work(workflow.cancel(order, by=operator, reason=""))

    order.refresh_from_db()
    assert entry.state == State.ACCEPTED
    assert order.turn().group == "closed"
    assert sandbox.hosted_order(order.remote_id)["status"] == "deleted"


def test_a_repeat_that_is_refused_does_not_say_that_nothing_was_done(
    ordered, sandbox, work, operator, client
):
    order = ordered(ONE)
    work(workflow.send_codes(order, [ONE], "sms", by=operator))
    sandbox.fault("store_then_lose", method="POST", path="validation_codes")
    sandbox.fault("status", status=422, method="POST", path="validation_codes")

    entry = work(workflow.validate_codes(order, sandbox.codes(order.remote_id), by=operator))

    assert sandbox.hosted_order(order.remote_id)["numbers"][0]["status"] == "ownership_successful"
    assert entry.state == OutboxEntry.State.REFUSED
    assert entry.reason == "An earlier answer was lost, so Telnyx may have done it before it refused."
    assert "Telnyx may have done it then" in str(outbox_words.meaning(entry))
    # Without a lost answer, a refusal is the whole story.
    sandbox.fault("status", status=422, method="POST", path="validation_codes")
    plain = work(workflow.validate_codes(order, {ONE: "12345"}, by=operator))
    assert (plain.state, plain.reason) == (OutboxEntry.State.REFUSED, "")
    assert "nothing was registered" in str(outbox_words.meaning(plain))


def test_removing_a_number_takes_it_from_order_and_inventory(live, sandbox, work, operator, client):
    entry = work(workflow.remove_number(number(live, TWO), by=operator))
    work_off(client)

    assert entry.state == State.ACCEPTED
    assert [held["phone_number"] for held in sandbox.hosted_numbers()] == [ONE]
    assert not number(live, TWO).live
    assert not number(live, TWO).is_in_order()
    assert number(live, ONE).live
    gone = {n.phone_number: n.gone_at is not None for n in HostedNumber.objects.all()}
    assert gone == {ONE: False, TWO: True}


def test_a_lost_answer_to_a_removal_removes_once(live, sandbox, work, operator, client):
    sandbox.fault("store_then_lose", method="DELETE")

    entry = work(workflow.remove_number(number(live, TWO), by=operator))
    work_off(client)

    assert entry.state == State.ACCEPTED
    assert [held["phone_number"] for held in sandbox.hosted_numbers()] == [ONE]
    assert not number(live, TWO).live


@pytest.mark.promise("F50")
def test_numbers_that_went_live_join_the_inventory(live, sandbox):
    shown = {n.phone_number: n for n in HostedNumber.objects.all()}

    assert set(shown) == {ONE, TWO}
    assert shown[ONE].profile() == live.messaging_profile
    assert shown[ONE].messaging_product == "A2P"
    assert shown[ONE].remote_id != number(live).remote_number_id


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"tags": ["desk"]}, "tags", ["desk"]),
        ({"messaging_profile_id": ""}, "messaging_profile_id", ""),
        ({"messaging_product": "P2P"}, "messaging_product", "P2P"),
    ],
)
@pytest.mark.promise("F50")
def test_only_what_changes_is_sent(live, sandbox, work, operator, changes, field, value):
    held = HostedNumber.objects.get(phone_number=ONE)
    before = held.messaging_profile_id
    sandbox.fault("store_then_lose", method="PATCH")

    work(outbox.add(held, "update", requested_by=operator, **changes))

    held.refresh_from_db()
    assert getattr(held, field) == value
    if field != "messaging_profile_id":
        assert held.messaging_profile_id == before


def work_off(client) -> None:
    sync.poll_due(client)
    sync.poll_due(client)
