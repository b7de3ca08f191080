"""An order's history answers who did what and why, and never shows an answer before its question."""

from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from hosted.choices import TransferState
from hosted.desk import retention
from hosted.models import HostedOrder
from hosted.orders import page, workflow
from messaging.desk import acts
from messaging.mirror.models import StatusChange
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from tests.hosted.conftest import ONE, THREE, TWO, at_telnyx, hosted_event, number, receive, token, url
from tests.hosted.documents import pdfs

SHOWN_ONE, SHOWN_TWO, SHOWN_THREE = "+1 312 555 0101", "+1 312 555 0102", "+1 312 555 0103"


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_superuser("olga")


@pytest.fixture
def desk(operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def history(desk: Client, order: HostedOrder) -> str:
    return unescape(desk.get(url(order)).content.decode()).split('id="title-history"')[1]


def step(desk: Client, order: HostedOrder, title: str) -> str:
    """Return the one step with this title: its text, its time and who did it."""
    found = [one for one in history(desk, order).split("<li ")[1:] if f"<b>{title}</b>" in one]
    assert len(found) == 1, (title, history(desk, order))
    return found[0].split("</li>")[0]


# People.


def test_numbers_added_taken_out_and_kept_are_told_with_who_did_it(desk, draft):
    order = draft(ONE)

    desk.post(url(order, "add-numbers"), {"text": f"{TWO}\n{THREE}"})
    added = step(desk, order, "2 numbers added")
    assert f"{SHOWN_TWO}, {SHOWN_THREE}" in added
    assert "olga" in added

    desk.post(url(order, "drop-number"), {"number": THREE, "reason": "Asked us to."})
    assert "Asked us to." in step(desk, order, f"{SHOWN_THREE} removed")

    order.numbers.filter(phone_number=TWO).update(
        eligibility="NUMBER_CAN_NOT_BE_WIRELESS", eligible=False, checked_at=timezone.now()
    )
    desk.post(url(order, "keep-eligible"), {})
    assert "olga" in step(desk, order, f"{SHOWN_TWO} removed because it isn't eligible")
    assert "olga" in step(desk, order, f"{SHOWN_ONE} kept")


def test_a_new_order_tells_its_numbers(desk, db):
    text = f"{ONE}\n{TWO}"
    form = {"text": text, "draft_id": str(uuid4())}
    page = desk.post("/admin/hosted/hostedorder/add/", form | {"_read": "1"}).content.decode()
    stamp = page.split('name="read" value="')[1].split('"')[0]

    desk.post("/admin/hosted/hostedorder/add/", form | {"read": stamp, "_save": "1"})

    assert f"{SHOWN_ONE}, {SHOWN_TWO}" in step(desk, HostedOrder.objects.get(), "2 numbers added")


def test_a_second_click_is_not_told_twice(desk, draft):
    order = draft(ONE, TWO)

    for _click in range(2):
        desk.post(url(order, "drop-number"), {"number": ONE})
        desk.post(url(order, "add-numbers"), {"text": TWO})

    step(desk, order, f"{SHOWN_ONE} removed")
    assert "added" not in history(desk, order)


def test_an_override_is_told_with_its_reason(desk, draft):
    order = draft(ONE)
    order.numbers.update(eligibility="NUMBER_CAN_NOT_BE_IN_TELNYX", eligible=False)

    desk.post(url(order, "override"), {"number": ONE, "reason": "Their owner agreed."})

    told = step(desk, order, f"{SHOWN_ONE} may be ordered anyway")
    assert "Their owner agreed." in told
    assert "olga" in told


def test_changes_of_a_draft_are_told_with_old_and_new(desk, draft, profile):
    order = draft(ONE, note="Old words")

    form = {"messaging_profile": "", "note": "New words", "customer": ""}
    desk.post(url(order, "save-draft"), form)

    told = step(desk, order, "Draft changed")
    assert "Note: Old words → New words" in told
    assert "Messaging profile: Main → (empty)" in told
    desk.post(url(order, "save-draft"), form)
    step(desk, order, "Draft changed")


def test_a_cancellation_is_told_once_with_its_reason(desk, ordered, work):
    order = ordered(ONE)

    form = token() | {"typed": "cancel", "reason": "The customer left."}
    desk.post(url(order, "cancel"), form)

    told = step(desk, order, "Cancellation requested")
    assert "The customer left." in told
    assert "olga" in told
    assert "Cancellation: requested" not in history(desk, order)


def test_a_cancellation_before_it_was_sent_is_told_too(desk, draft, operator):
    order = draft(ONE)
    workflow.submit(order, by=operator)

    desk.post(url(order, "cancel"), token() | {"typed": "cancel", "reason": "Too early."})

    assert "Too early." in step(desk, order, "Cancellation requested")
    step(desk, order, "New order: canceled")


def test_a_removal_is_told_with_its_number_and_reason(desk, ordered, work):
    order = ordered(ONE, TWO)

    desk.post(
        url(order, "remove-number"), token() | {"number": ONE, "sure": "1", "reason": "Kept by the customer."}
    )

    assert "Kept by the customer." in step(desk, order, f"Removal of {SHOWN_ONE} requested")
    assert "Number removal: requested" not in history(desk, order)


def test_codes_are_told_by_number_way_and_result_but_never_the_code(desk, ordered, sandbox, work):
    order = ordered(ONE, TWO)
    sandbox.set_code_error(TWO, "No text can reach this line.")

    desk.post(url(order, "send-codes"), token() | {f"way{ONE}": "call", f"way{TWO}": "sms"})
    for entry in outbox.entries(order).filter(state="queued"):
        work(entry)

    step(desk, order, f"Code by text message requested for {SHOWN_TWO}")
    step(desk, order, f"Code by phone call requested for {SHOWN_ONE}")
    assert f"{SHOWN_TWO}: not sent: No text can reach this line." in history(desk, order)
    assert f"{SHOWN_ONE}: sent" in history(desk, order)

    desk.post(url(order, "check-codes"), token() | {f"code{ONE}": "XQ7Z1"})
    work(outbox.entries(order).get(operation="validate_codes"))
    step(desk, order, f"Code for {SHOWN_ONE} typed, for Telnyx to check")
    assert f"{SHOWN_ONE}: wrong or expired" in history(desk, order)
    assert "XQ7Z1" not in history(desk, order)
    assert not LogEntry.objects.filter(change_message__contains="XQ7Z1").exists()


def test_a_move_is_told_in_both_orders(desk, draft):
    order = at_telnyx(draft(ONE, TWO), "failed", "failed_timeout")
    HostedOrder.objects.update(customer="Larkspur Dental")

    desk.post(url(order, "move-failed"), {})

    moved = HostedOrder.objects.get(moved_from=order)
    name = "Larkspur Dental (moved numbers)"
    assert f"{SHOWN_ONE}, {SHOWN_TWO}" in step(desk, order, f"2 numbers moved to the draft “{name}”")
    assert "olga" in step(desk, moved, "2 numbers moved here from “Larkspur Dental”")


def test_a_deleted_draft_gives_its_numbers_back_to_the_order_they_came_from(desk, draft, operator):
    order = at_telnyx(draft(ONE, TWO), "failed", "failed_timeout")
    # A name: among letters, the beginning of an ID could be eight digits, and be masked as a number.
    HostedOrder.objects.update(customer="Larkspur Dental")
    desk.post(url(order, "move-failed"), {})
    moved = HostedOrder.objects.get(moved_from=order)
    workflow.check(moved, by=operator)
    assert "Delete draft" not in desk.get(url(moved)).content.decode()
    desk.post(url(moved, "delete-draft"), {})
    [check] = outbox.entries(moved)
    outbox.cancel(check, "")
    assert url(moved, "delete-draft") in desk.get(url(moved)).content.decode()
    assert "the draft with its 2 numbers" in desk.get(url(moved, "delete-draft")).content.decode()

    said = desk.post(url(moved, "delete-draft"), {}, follow=True).content.decode()

    assert "Draft deleted. Nothing was ordered." in said
    assert not HostedOrder.objects.filter(pk=moved.pk).exists()
    assert SHOWN_TWO in step(
        desk, order, f"The draft “{moved}”, to which 2 numbers had been moved, was deleted"
    )
    assert "Move 2 failed numbers to a new order" in desk.get(url(order)).content.decode()


def test_a_reminder_is_told_when_it_is_set_and_when_it_comes(desk, draft):
    order = at_telnyx(draft(ONE), "ineligible_carrier", "failed_ineligible_carrier")

    desk.post(url(order, "check-again"), {})

    assert "Reminder set: comes back to “Action needed” on" in history(desk, order)
    assert "Reminder: back to" not in history(desk, order)
    HostedOrder.objects.update(check_again_at=timezone.now() - timedelta(minutes=1))
    step(desk, order, "Reminder: back to “Action needed”")


# Transfers.


def test_a_transfer_is_told_from_the_question_to_the_answer(desk, ordered):
    order = ordered(ONE)
    start = timezone.now() - timedelta(hours=80)
    kinds = ("detected", "approval_requested", "auto_approved")
    for hours, kind in zip((0, 1, 74), kinds, strict=True):
        at = start + timedelta(hours=hours)
        for _delivery in range(2):
            receive(hosted_event(f"internal_transfer_{kind}", order.remote_id, at=at))

    step(desk, order, "Transfer: the numbers are on another Telnyx account")
    assert "They have until" in step(desk, order, "Transfer: Telnyx asked the current owner")
    step(desk, order, "Transfer: the time to answer ran out")
    step(desk, order, "Transfer: approved, because the current owner did not answer")


def test_the_lost_registrations_are_advised_until_somebody_dealt_with_them(desk, ordered, operator):
    order = ordered(ONE)
    receive(hosted_event("internal_transfer_approval_requested", order.remote_id))
    desk.post(url(order, "acknowledge"), {})
    step(desk, order, "Transfer marked as seen")

    receive(hosted_event("internal_transfer_approved", order.remote_id))

    assert "lost their 10DLC campaign registrations" in desk.get(url(order)).content.decode()
    HostedOrder.objects.update(remote_status="successful", known_status="successful")
    order.refresh_from_db()
    assert order.turn().group == "needs_us"
    desk.post(url(order, "acknowledge"), {})
    assert "lost their 10DLC" not in desk.get(url(order)).content.decode()
    step(desk, order, "10DLC registrations dealt with")
    order.refresh_from_db()
    assert order.turn().group == "done"


def test_a_transfer_from_before_its_events_were_kept_is_told_too(desk, draft):
    order = at_telnyx(draft(ONE), "pending")
    HostedOrder.objects.filter(pk=order.pk).update(
        transfer_state=TransferState.REJECTED, transfer_at=timezone.now()
    )

    step(desk, order, "Transfer: the current owner rejected it")


# Order and length.


@pytest.mark.parametrize("minutes", [-4, 4])
def test_an_answer_never_comes_before_its_question_whatever_telnyxs_clock_says(desk, ordered, minutes):
    order = ordered(ONE)
    at = timezone.now() + timedelta(minutes=minutes)
    receive(hosted_event("updated", order.remote_id, "provisioning", {ONE: "provisioning"}, at=at))
    desk.post(url(order, "remove-number"), token() | {"number": ONE, "sure": "1"})

    titles = [one.split("<b>")[1].split("</b>")[0] for one in history(desk, order).split("<li ")[1:]]

    assert titles[0] == f"Removal of {SHOWN_ONE} requested"
    assert titles.index("Telnyx: Pending") < titles.index("New order: requested")
    assert titles.index("Telnyx: Switching over (provisioning)") < titles.index("New order: requested")


def test_nothing_is_hidden_in_a_long_history(desk, draft, operator):
    order = draft(ONE)
    for n in range(page.LONGEST + 20):
        acts.record(operator, order, f"Act {n}")

    html = unescape(desk.get(url(order)).content.decode())

    assert f"Act {page.LONGEST + 19}<" in html
    assert "Act 0<" not in html
    assert ">Older entries</a>" in html
    whole = unescape(desk.get(url(order, "history")).content.decode())
    assert "Act 0<" in whole
    assert "Draft started" in whole


def test_what_was_taken_out_is_not_masked_in_telnyxs_words(desk, draft, operator):
    order = draft(ONE, TWO)
    desk.post(url(order, "drop-number"), {"number": TWO})

    assert f"{SHOWN_TWO} removed" in history(desk, order)


def test_the_retention_takes_what_people_did_with_the_order(desk, draft, operator, settings):
    order = draft(ONE, TWO)
    desk.post(url(order, "drop-number"), {"number": TWO})

    retention._forget_order([order.pk])

    assert not LogEntry.objects.filter(object_id=str(order.pk)).exists()


def test_a_report_dated_far_ahead_does_not_outrank_what_telnyx_says_when_asked(ordered, sandbox, client):
    order = ordered(ONE)
    ahead = timezone.now() + timedelta(hours=21)
    receive(hosted_event("updated", order.remote_id, "provisioning", {ONE: "provisioning"}, at=ahead))
    StatusChange.objects.filter(status="provisioning").update(occurred_at=ahead)

    sync.refresh(order, client)

    assert order.remote_status == "pending"
    assert number(order).status == "pending"


# What many entries say at once.


def test_why_numbers_were_taken_out_as_not_eligible_stays_in_the_history(desk, draft):
    order = draft(ONE, TWO, THREE)
    found = {"eligible": False, "checked_at": timezone.now()}
    order.numbers.filter(phone_number=TWO).update(eligibility="NUMBER_CAN_NOT_BE_WIRELESS", **found)
    order.numbers.filter(phone_number=THREE).update(eligibility="NUMBER_CAN_NOT_BE_IN_TELNYX", **found)

    desk.post(url(order, "keep-eligible"), {})

    said = step(desk, order, "2 numbers removed because they aren't eligible")
    assert f"{SHOWN_TWO}: Mobile numbers can't be hosted." in said
    assert f"{SHOWN_THREE}: The number belongs to another Telnyx account." in said


@pytest.mark.parametrize("action", ["keep-eligible", "drop-number"])
def test_why_one_number_was_taken_out_stays_in_the_history(desk, draft, action):
    order = draft(ONE, TWO)
    order.numbers.filter(phone_number=TWO).update(
        eligibility="NUMBER_CAN_NOT_BE_WIRELESS", eligible=False, checked_at=timezone.now()
    )

    desk.post(
        url(order, action), {"number": TWO, "reason": "Asked us to." if action == "drop-number" else ""}
    )

    ending = " because it isn't eligible" if action == "keep-eligible" else ""
    said = step(desk, order, f"{SHOWN_TWO} removed{ending}")
    assert "Mobile numbers can't be hosted." in said
    assert ("Asked us to." in said) == (action == "drop-number")


def test_a_good_number_that_is_taken_out_has_no_reason_of_ours(desk, draft):
    order = draft(ONE, TWO)

    desk.post(url(order, "drop-number"), {"number": TWO})

    assert "Telnyx can probably host it" not in step(desk, order, f"{SHOWN_TWO} removed")


def test_saving_a_checklist_item_by_item_is_one_entry(desk, ordered, upload, operator):
    order = ordered(ONE)
    letter, bill = upload(order, "loa"), upload(order, "bill")
    for paper in (letter, bill):
        for n in range(1, 4):
            ticked = ["name", "address", "numbers"][:n]
            desk.post(url(order, "tick"), {"document": str(paper.pk), "ticked": ticked})

    said = step(desk, order, "Checklist of Letter of authorization, version 1, saved")
    assert "Every number in this order is listed correctly." in said
    step(desk, order, "Checklist of Bill, version 1, saved")
    assert LogEntry.objects.filter(change_message__startswith="Checklist of").count() == 6


def test_checklists_saved_by_two_people_or_with_something_between_are_entries_of_their_own(
    desk, ordered, upload
):
    order = ordered(ONE)
    letter = upload(order, "loa")
    tick = {"document": str(letter.pk), "ticked": ["name"]}
    desk.post(url(order, "tick"), tick)
    other = Client()
    other.force_login(User.objects.create_superuser("otto"))
    other.post(url(order, "tick"), tick | {"ticked": ["name", "address"]})
    acts.record(User.objects.get(username="otto"), order, "Something else")
    other.post(url(order, "tick"), tick)

    assert history(desk, order).count("Checklist of Letter of authorization, version 1, saved") == 3


def test_what_telnyx_says_in_a_webhook_and_in_its_answer_is_one_entry(desk, ordered, client, sandbox):
    order = ordered(ONE, TWO)
    sandbox.set_order_status(order.remote_id, "loa_file_successful", webhook=False)
    receive(hosted_event("updated", order.remote_id, "loa_file_successful"))
    sync.refresh(order, client)
    StatusChange.objects.create(
        resource_type=StatusChange.objects.filter(resource_id=order.pk).first().resource_type,
        resource_id=order.pk,
        status="loa_file_successful",
        occurred_at=timezone.now(),
        source="api",
    )

    said = step(desk, order, "Telnyx: Documents received (loa_file_successful)")
    assert "webhook, answer to our request" in said
    step(desk, order, "Telnyx: Pending")


def test_a_second_refusal_after_documents_were_sent_again_is_its_own_entry(
    desk, ordered, sandbox, work, operator, upload
):
    order = ordered(ONE)
    sandbox.set_next_documents("loa_file_invalid", count=2)
    work(workflow.send_documents(order, [upload(order, "loa"), upload(order, "bill")], by=operator))
    work(workflow.send_documents(order, [upload(order, "loa", pdfs.plain(4))], by=operator))

    assert history(desk, order).count("Telnyx: Letter not accepted") == 2


def test_what_came_of_codes_is_counted_in_the_title_and_what_is_wrong_comes_first(
    desk, ordered, work, sandbox, operator
):
    order = ordered(ONE, TWO)
    work(workflow.send_codes(order, [ONE, TWO], "sms", by=operator))
    right = sandbox.codes(order.remote_id)

    work(workflow.validate_codes(order, {ONE: right[ONE], TWO: "00000"}, by=operator))

    said = step(desk, order, "Code check: 1 correct, 1 wrong or expired")
    assert said.index(SHOWN_TWO) < said.index(SHOWN_ONE)
    step(desk, order, "Ownership codes: 2 sent")
