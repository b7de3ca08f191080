"""Journey B when something goes wrong: what an operator sees on the page of an order, and what Telnyx received.

People here are logged in and post the pages' forms. The worker works, the sandbox answers, and events are signed.
"""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from hosted.models import Document, HostedOrder
from hosted.orders import ownership_codes, workflow
from hosted.orders.admin import PAGES
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.records import sync
from tests.hosted.conftest import ONE, THREE, TWO, hosted_event, number, receive
from tests.hosted.documents import pdfs
from tests.visitor import Forms

State = OutboxEntry.State
LIST = "/admin/hosted/hostedorder/"
LETTER, BILL = pdfs.plain(2, "Holder of the line"), pdfs.plain(1, "Amount due")
CHECKLIST = ["name", "address", "numbers", "signature", "date"]


class Person:
    """A person at the desk. What they read has its markup removed."""

    def __init__(self, user: User) -> None:
        self.browser = Client()
        self.browser.force_login(user)

    def sees(self, order: HostedOrder, page: str = "change") -> str:
        return words(self.browser.get(url(order, page)))

    def does(self, order: HostedOrder, action: str, **form: Any) -> None:
        """Post a form of the order's page, with a new token unless one is given."""
        answer = self.browser.post(url(order, action), {"form_token": uuid4().hex} | form)
        assert answer.status_code == 302

    def hears(self, order: HostedOrder, action: str, **form: Any) -> str:
        """Post a form; return the page that comes back."""
        answer = self.browser.post(url(order, action), {"form_token": uuid4().hex} | form, follow=True)
        assert answer.status_code == 200  # a refusal shows the page again, anything else redirects
        return words(answer)

    def drafts(self, text: str, profile: Any) -> HostedOrder:
        """Paste numbers, save the valid ones, and choose the profile."""
        form = {"text": text, "draft_id": str(uuid4())}
        read = self.browser.post(f"{LIST}add/", form | {"_read": "1"})
        stamped = Forms(read.content.decode()).fields
        self.browser.post(f"{LIST}add/", form | {"read": stamped["read"], "_save": "1"})
        order = HostedOrder.objects.get(pk=form["draft_id"])
        self.does(order, "save-draft", messaging_profile=profile.pk, note="")
        return order

    def hands_in(self, order: HostedOrder, **papers: bytes) -> None:
        """Upload documents, compare each of them, and send them."""
        for kind, content in papers.items():
            self.does(order, "upload", **paper_form(kind, content))
            paper = order.documents.get(kind=kind, replaced_by=None)
            ticked = [item for item in CHECKLIST if kind == "loa" or item != "signature"]
            self.does(order, "tick", document=str(paper.pk), ticked=ticked)
        self.does(order, "send-documents")


def paper_form(kind: str, content: bytes, name: str = "paper.pdf") -> dict[str, Any]:
    return {f"{kind}-file": SimpleUploadedFile(name, content), f"{kind}-day": str(timezone.localdate())}


def url(order: HostedOrder, page: str) -> str:
    return f"{LIST}{order.pk}/{page}/"


def words(answer: Any) -> str:
    assert answer.status_code == 200
    body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", answer.content.decode())
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", body)).split())


@pytest.fixture
def people(client, person) -> Callable[[str], Person]:
    """Return a function that makes a person in a group."""
    return lambda name: Person(person(name))


@pytest.fixture
def desk(people) -> Person:
    return people("operator")


@pytest.fixture
def operator(desk) -> User:
    """Return the operator's user, for what is prepared without a page."""
    return User.objects.get(username="operator")


@pytest.fixture
def settle(work) -> Callable[..., OutboxEntry]:
    """Let the worker bring the newest outbox entry of a kind to its end, or to one of these states."""

    def settled(order: HostedOrder, operation: str, *states: str) -> OutboxEntry:
        entry = work(newest(order, operation), *states, seconds=20)
        order.refresh_from_db()
        return entry

    return settled


def newest(order: HostedOrder, operation: str) -> OutboxEntry:
    entry = outbox.entries(order).filter(operation=operation).first()
    assert entry, f"nothing was queued: {operation}"
    return entry


@pytest.fixture
def proved(ordered, operator, work, sandbox) -> Callable[..., HostedOrder]:
    """Return orders at Telnyx whose numbers are proved."""

    def made(*phone_numbers: str) -> HostedOrder:
        order = ordered(*phone_numbers)
        work(workflow.send_codes(order, phone_numbers, "sms", by=operator))
        work(workflow.validate_codes(order, sandbox.codes(order.remote_id), by=operator))
        return order

    return made


def made_at(sandbox: Any, end: str, method: str = "POST") -> list[Any]:
    """Return the requests that reached the sandbox at an address."""
    return [made for made in sandbox.requests(method) if made["path"].endswith(end)]


def let_a_minute_pass(order: HostedOrder) -> None:
    order.numbers.update(code_sent_at=timezone.now() - ownership_codes.RESEND_AFTER)


# Eligibility and creation.


@pytest.mark.promise("B1")
def test_no_order_is_created_when_all_numbers_are_ineligible(desk, profile, sandbox, settle):
    order = desk.drafts(f"{ONE}\n{TWO}", profile)
    assert f"{order.numbers.first()}: Not checked yet" in desk.sees(order)
    for phone_number in (ONE, TWO):
        sandbox.set_eligibility(phone_number, "NUMBER_CAN_NOT_BE_WIRELESS")
    desk.does(order, "check")
    settle(order, "check_eligibility")

    page = desk.hears(order, "submit")

    assert "Mobile numbers can't be hosted." in page
    assert "move the voice service" in page
    assert desk.browser.get(url(order, "submit")).status_code == 302  # there is nothing to confirm
    assert not outbox.entries(order).filter(operation="create").exists()
    assert "Add numbers" in desk.hears(order, "keep-eligible")
    assert sandbox.hosted_orders() == []


@pytest.mark.promise("B2")
def test_a_failed_eligibility_check_is_not_called_ineligible(desk, profile, sandbox, client, settle):
    order = desk.drafts(ONE, profile)
    sandbox.fault("status", status=503, method="POST", count=None)
    desk.does(order, "check")
    relay.relay(newest(order, "check_eligibility").pk, client)

    page = desk.hears(order, "submit")

    assert "We could not check yet: Telnyx isn't answering." in page
    assert "Not eligible" not in page
    assert not outbox.entries(order).filter(operation="create").exists()

    sandbox.clear_faults()
    settle(order, "check_eligibility")
    sandbox.fault("status", status=400, method="POST")
    desk.does(order, "check")
    settle(order, "check_eligibility")
    assert "We could not check: Telnyx refused to answer." in desk.sees(order)

    desk.does(order, "check")
    settle(order, "check_eligibility")
    desk.does(order, "submit")
    assert settle(order, "create").state == State.ACCEPTED


@pytest.mark.promise("B3")
def test_a_double_click_and_two_tabs_make_one_order(desk, draft, settle, sandbox):
    order, form = draft(ONE), {"form_token": uuid4().hex}
    assert "Telnyx may charge for it" in desk.sees(order, "submit")

    assert "Order queued." in desk.hears(order, "submit", **form)
    again = desk.hears(order, "submit", **form)
    other_tab = desk.hears(order, "submit")

    assert "Already requested" in again
    assert "Already requested" in other_tab
    settle(order, "create")
    assert "The order is already at Telnyx" in desk.hears(order, "submit")
    assert len(sandbox.hosted_orders()) == len(made_at(sandbox, "_orders")) == 1


@pytest.mark.promise("B3")
def test_numbers_of_another_open_order_are_stopped(desk, draft, settle, sandbox):
    first, second = draft(ONE), draft(ONE)
    desk.does(first, "submit")

    page = desk.hears(second, "submit")

    assert "is already in another order" in page
    assert url(first, "change") in desk.browser.get(url(second, "change")).content.decode()
    settle(first, "create")
    assert len(sandbox.hosted_orders()) == 1


@pytest.mark.promise("B4")
def test_a_create_that_timed_out_is_found_by_its_numbers(desk, draft, settle, sandbox):
    sandbox.seed_hosted_order([THREE])
    order = draft(ONE, TWO)
    sandbox.fault("store_then_lose", method="POST")
    desk.does(order, "submit")
    settle(order, "create", State.UNSURE)

    assert "We're checking whether Telnyx received it." in desk.sees(order)

    entry = settle(order, "create")
    [_, held] = sandbox.hosted_orders()
    assert (entry.state, entry.resolution) == (State.ACCEPTED, OutboxEntry.Resolution.ADOPTED)
    assert order.remote_id == held["id"]
    assert made_at(sandbox, "_orders", "GET")
    assert len(made_at(sandbox, "_orders")) == 1


# Codes.


@pytest.mark.promise("B5")
def test_a_code_that_did_not_arrive_can_be_sent_again(desk, ordered, settle, sandbox):
    order = ordered(ONE, TWO)
    sandbox.set_code_error(ONE, "The line takes no text messages.")
    desk.does(order, "send-codes", number=[ONE, TWO], method="sms")
    settle(order, "send_codes")
    assert "Ownership code not sent: The line takes no text messages." in desk.sees(order)

    early = desk.hears(order, "send-codes", number=[TWO], method="sms")
    assert "Some of these numbers need no code, or got one less than a minute ago" in early
    assert len(made_at(sandbox, "/verification_codes")) == 1

    let_a_minute_pass(order)
    desk.does(order, "send-codes", number=[TWO], method="sms")
    settle(order, "send_codes")
    sandbox.set_code_error(ONE, None)
    desk.does(order, "send-codes", number=[ONE], method="call")  # immediately: nothing had been sent
    settle(order, "send_codes")
    assert [n.code_method for n in order.numbers.all()] == ["call", "sms"]
    assert len(made_at(sandbox, "/verification_codes")) == 3


@pytest.mark.promise("B5")
def test_a_code_can_be_entered_although_sending_it_failed(desk, ordered, settle, sandbox):
    order = ordered(ONE)
    desk.does(order, "send-codes", number=[ONE], method="sms")
    settle(order, "send_codes")
    right = sandbox.codes(order.remote_id)[ONE]
    let_a_minute_pass(order)
    sandbox.set_code_error(ONE, "Something went wrong.")
    desk.does(order, "send-codes", number=[ONE], method="sms")
    settle(order, "send_codes")
    assert number(order).code_error

    page = desk.hears(order, "check-codes", **{f"code{ONE}": right})
    settle(order, "validate_codes")

    assert number(order).is_owned()
    assert right not in page + desk.sees(order)


@pytest.mark.promise("B5")
def test_after_three_codes_in_vain_telnyx_support_is_the_next_step(desk, ordered, settle):
    order = ordered(ONE, TWO)
    for _ in range(ownership_codes.ASK_SUPPORT_AFTER):
        assert "Ask Telnyx support for another way" not in desk.sees(order)
        desk.does(order, "send-codes", number=[ONE], method="sms")
        settle(order, "send_codes")
        let_a_minute_pass(order)

    page = desk.sees(order)

    assert "Ask Telnyx support for another way" in page
    text = desk.browser.get(url(order, "change")).context["support_text"]
    assert order.remote_id in text
    assert f"{ONE}: 3 codes requested, the last by text message" in text
    assert TWO not in text


@pytest.mark.promise("B6")
def test_a_wrong_or_expired_code_marks_only_its_number(desk, ordered, settle, sandbox):
    order = ordered(ONE, TWO)
    desk.does(order, "send-codes", number=[ONE, TWO], method="sms")
    settle(order, "send_codes")
    right = sandbox.codes(order.remote_id)
    wrong = "10000" if right[ONE] != "10000" else "10001"

    desk.does(order, "check-codes", paste=f"{ONE} {wrong}\n{TWO} {right[TWO]}")
    settle(order, "validate_codes")

    assert [(n.code_result, n.is_owned()) for n in order.numbers.all()] == [
        ("rejected", False),
        ("verified", True),
    ]
    sandbox.expire_codes(order.remote_id)
    for code in (wrong, wrong, right[ONE]):  # however often: we never lock anyone out
        desk.does(order, "check-codes", **{f"code{ONE}": code})
        settle(order, "validate_codes")
        assert not number(order).is_owned()
    let_a_minute_pass(order)
    desk.does(order, "send-codes", number=[ONE], method="sms")
    settle(order, "send_codes")
    desk.does(order, "check-codes", **{f"code{ONE}": sandbox.codes(order.remote_id)[ONE]})
    settle(order, "validate_codes")
    assert all(n.is_owned() for n in order.numbers.all())
    assert len(made_at(sandbox, "/validation_codes")) == 5


# Documents.


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04 a text", "This is neither a PDF nor a photo, whatever its name says."),
        (b"", "The file is empty. Choose the file again."),
        (pdfs.encrypted(""), "The PDF is encrypted, even if it opens without a password."),
        (b"%PDF-" + b"x" * 40_000_000, "The file is larger than the 5 MB that Telnyx accepts."),
    ],
    ids=["a renamed .docx", "empty", "encrypted", "40 MB"],
)
@pytest.mark.promise("B7")
def test_a_wrong_file_is_refused_with_what_to_do(desk, ordered, sandbox, documents_folder, content, sentence):
    order = ordered(ONE)

    page = desk.hears(order, "upload", **paper_form("loa", content, "LOA.pdf"))

    assert sentence in page
    assert not order.documents.exists()
    assert not documents_folder.exists() or not list(documents_folder.iterdir())
    assert "Upload the letter and the bill first." in desk.hears(order, "send-documents")
    assert sandbox.uploads(order.remote_id) == []


@pytest.mark.promise("B7")
def test_an_odd_name_is_made_plain_before_anything_leaves(desk, proved, settle, sandbox):
    order = proved(ONE)

    desk.does(order, "upload", **paper_form("loa", LETTER, 'LOA "final" #2.pdf'))

    letter = order.documents.get()
    assert f"sent as {letter.sent_name}" in desk.sees(order)
    desk.hands_in(order, bill=BILL)
    desk.does(order, "tick", document=str(letter.pk), ticked=CHECKLIST)
    desk.does(order, "send-documents")
    settle(order, "upload_documents")
    [held] = [file["name"] for file in sandbox.uploads(order.remote_id) if file["kind"] == "loa"]
    assert held == letter.sent_name
    assert re.fullmatch(r"[\w.-]+\.pdf", held)


@pytest.mark.promise("B8")
def test_a_refused_letter_reopens_only_the_letter(desk, proved, settle, sandbox):
    order = proved(ONE)
    sandbox.set_next_documents("loa_file_invalid")
    desk.hands_in(order, loa=LETTER, bill=BILL)
    settle(order, "upload_documents")

    page = desk.sees(order)

    assert order.turn().group == "needs_us"
    assert "Telnyx could not accept the letter." in page
    assert page.count("Usual causes") == 1
    assert "it is not signed, the name differs from the bill, or the template is old" in page
    assert "it is with Telnyx or on its way, and wasn't refused" in desk.hears(
        order, "upload", **paper_form("bill", BILL)
    )
    desk.hands_in(order, loa=pdfs.plain(4))
    settle(order, "upload_documents")
    assert re.search(
        r"Version 1 · paper\.pdf · .+ · replaced · sent to Telnyx .+ · refused by Telnyx on", desk.sees(order)
    )
    assert [(paper.kind, paper.version) for paper in order.documents.all()] == [
        ("bill", 1),
        ("loa", 2),
        ("loa", 1),
    ]
    assert [file["kind"] for file in sandbox.uploads(order.remote_id)] == ["loa", "bill", "loa"]
    assert order.turn().group == "reviewing"


@pytest.mark.parametrize(
    ("status", "opened"),
    [("incorrect_billing_information", {"bill"}), ("incomplete_documentation", {"loa", "bill"})],
)
@pytest.mark.promise("B9")
def test_a_refused_bill_or_set_of_documents_is_asked_for_again(desk, proved, settle, sandbox, status, opened):
    order = proved(ONE)
    desk.hands_in(order, loa=LETTER, bill=BILL)
    settle(order, "upload_documents")
    sandbox.set_order_status(order.remote_id, status, webhook=False)
    receive(hosted_event("updated", order.remote_id, status))
    order.refresh_from_db()
    assert order.turn().group == "needs_us"

    for kind in ("loa", "bill"):
        is_shut = "it is with Telnyx or on its way, and wasn't refused" in desk.hears(
            order, "upload", **paper_form(kind, pdfs.plain(len(kind)))
        )
        assert is_shut == (kind not in opened)
    desk.hands_in(order, **{kind: pdfs.plain(len(kind), "Better") for kind in opened})
    settle(order, "upload_documents")

    assert order.turn().group == "reviewing"
    assert (
        set(order.documents.filter(version=1, refused_reason=status).values_list("kind", flat=True)) == opened
    )


@pytest.mark.promise("B9")
def test_a_letter_without_its_bill_is_not_sent(desk, proved, settle, sandbox):
    order = proved(ONE)

    desk.hands_in(order, loa=LETTER)
    assert "Upload the bill first." in desk.hears(order, "send-documents")
    assert sandbox.uploads(order.remote_id) == []
    desk.hands_in(order, bill=BILL)
    settle(order, "upload_documents")

    assert [file["kind"] for file in sandbox.uploads(order.remote_id)] == ["loa", "bill"]
    assert order.turn().group == "reviewing"


# Partial success, or none.


@pytest.mark.promise("B10")
def test_one_rejected_number_moves_to_a_new_order_and_two_go_live(desk, ordered, settle, sandbox, client):
    order = ordered(ONE, TWO, THREE)
    sandbox.set_order_status(order.remote_id, "successful", webhook=False)
    sandbox.set_number_status(order.remote_id, THREE, "failed_carrier_rejected", webhook=False)
    told = {ONE: "successful", TWO: "successful", THREE: "failed_carrier_rejected"}
    receive(hosted_event("updated", order.remote_id, "successful", told))
    assert "2 live, 1 refused." in desk.sees(order)

    page = desk.hears(order, "move-failed")

    moved = HostedOrder.objects.exclude(pk=order.pk).get()
    assert f"Moved from {order}" in page
    assert f"Numbers moved to {moved}" in desk.sees(order)
    assert "Partly done: 2 live, 1 refused." in desk.sees(order)
    assert [n.phone_number for n in moved.numbers.all()] == [THREE]
    assert "No number in this order can be moved." in desk.hears(order, "move-failed")
    desk.does(moved, "check")
    settle(moved, "check_eligibility")
    desk.does(moved, "submit")
    settle(moved, "create")
    assert (number(moved, THREE).live, number(order, THREE).live) == (True, False)
    assert len(sandbox.hosted_orders()) == 2


@pytest.mark.promise("B11")
def test_an_ineligible_carrier_closes_the_order(desk, ordered, sandbox, settle, client):
    order = ordered(ONE)
    sandbox.set_order_status(order.remote_id, "ineligible_carrier", webhook=False)
    receive(
        hosted_event("updated", order.remote_id, "ineligible_carrier", {ONE: "failed_ineligible_carrier"})
    )

    page = desk.sees(order)

    assert "The current provider doesn't allow it. Porting is the other option." in page
    order.refresh_from_db()
    assert order.turn().group == "closed"
    assert "No number in this order can be moved." in desk.hears(order, "move-failed")

    assert "In 30 days this order comes back" in desk.hears(order, "check-again")
    assert "nothing to check again" in desk.hears(order, "check-again")
    order.refresh_from_db()
    assert order.turn().group == "closed"
    HostedOrder.objects.update(check_again_at=timezone.now() - timedelta(seconds=1))
    assert "The current provider may allow it by now" in desk.sees(order)
    desk.does(order, "move-failed")
    order.refresh_from_db()
    assert order.turn().group == "closed"
    assert [n.phone_number for n in order.moved_to.get().numbers.all()] == [ONE]


@pytest.mark.promise("B12")
def test_an_internal_transfer_shows_its_clock_and_its_end(desk, ordered, settle, sandbox):
    order = ordered(ONE)
    ask_the_owner(order, sandbox)

    page = desk.sees(order)

    assert "Waiting for the current owner of the numbers." in page
    assert "no answer means yes" in page
    assert "10DLC" in page
    assert timedelta(hours=70) < order.due_at() - timezone.now() <= timedelta(hours=71)
    desk.does(order, "send-codes", number=[ONE], method="sms")
    settle(order, "send_codes")
    assert "The transfer of the number is not approved yet." in desk.sees(order)

    sandbox.transfer(order.remote_id, "auto_approved", webhook=False)
    receive(hosted_event("internal_transfer_auto_approved", order.remote_id, numbers={ONE: "pending"}))
    assert "Prove the numbers are yours." in desk.sees(order)
    desk.does(order, "send-codes", number=[ONE], method="sms")
    settle(order, "send_codes")
    desk.does(order, "check-codes", **{f"code{ONE}": sandbox.codes(order.remote_id)[ONE]})
    settle(order, "validate_codes")
    assert "Upload the letter and the bill." in desk.sees(order)


@pytest.mark.promise("B12")
def test_a_transfer_the_present_owner_refuses_fails(desk, ordered, sandbox, client):
    order = ordered(ONE)
    ask_the_owner(order, sandbox)

    sandbox.transfer(order.remote_id, "rejected", webhook=False)
    receive(hosted_event("internal_transfer_rejected", order.remote_id, "failed", {ONE: "failed"}))
    sync.refresh(HostedOrder.objects.get(), client)

    assert "The current owner of the numbers rejected the transfer." in desk.sees(order)
    assert (number(order).status, number(order).live) == ("failed", False)


def ask_the_owner(order: HostedOrder, sandbox: Any) -> None:
    due = timezone.now() + timedelta(hours=71)
    for step in ("detected", "approval_requested"):
        sandbox.transfer(order.remote_id, step, seconds=71 * 3600, webhook=False)
        deadline = int(due.timestamp()) if step == "approval_requested" else None
        receive(hosted_event(f"internal_transfer_{step}", order.remote_id, approval_deadline=deadline))
    order.refresh_from_db()


# Our side or Telnyx's is down.


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503},
        {"kind": "retry_after", "seconds": 0.2},
        {"kind": "reset", "when": "before"},
        {"kind": "reset", "when": "after"},
        {"kind": "store_then_lose"},
    ],
    ids=["503", "slow down", "cut before", "cut after", "answer lost"],
)
@pytest.mark.promise("B13")
def test_an_upload_survives_an_outage_in_the_middle(desk, proved, settle, sandbox, documents_folder, fault):
    order = proved(ONE)
    sandbox.fault(method="POST", path="file_upload", **fault)

    desk.hands_in(order, loa=LETTER, bill=BILL)  # no worker is running

    assert "Queued Document upload" in desk.sees(order)
    assert len(list(documents_folder.iterdir())) == 2
    assert sandbox.uploads(order.remote_id) == []
    desk.does(order, "send-documents")
    assert outbox.entries(order).filter(operation="upload_documents").count() == 1
    assert settle(order, "upload_documents").state == State.ACCEPTED
    hashes = {paper.kind: paper.sha256 for paper in order.documents.all()}
    received = [(file["kind"], file["sha256"]) for file in sandbox.uploads(order.remote_id)]
    assert received == [("loa", hashes["loa"]), ("bill", hashes["bill"])]
    assert len(sandbox.hosted_orders()) == 1


STORY = [
    ("updated", "pending", {ONE: "ownership_successful", TWO: "pending"}),
    ("updated", "loa_file_successful", {ONE: "ownership_successful", TWO: "ownership_successful"}),
    ("updated", "provisioning", {ONE: "provisioning", TWO: "provisioning"}),
    ("updated", "successful", {ONE: "successful", TWO: "failed_carrier_rejected"}),
]


@pytest.mark.parametrize(
    "heard",
    [[], [0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 3, 0, 3, 2, 0], [2], [3, 0]],
    ids=["all lost", "in order", "backwards", "repeated and disordered", "one of four", "the last first"],
)
@pytest.mark.promise("B14")
def test_lost_duplicate_and_late_webhooks_end_in_the_same_state(desk, ordered, sandbox, client, heard):
    order, began = ordered(ONE, TWO), timezone.now()
    bodies = [
        hosted_event(kind, order.remote_id, status, told, at=began + timedelta(milliseconds=n))
        for n, (kind, status, told) in enumerate(STORY)
    ]
    sandbox.set_order_status(order.remote_id, "successful", webhook=False)
    sandbox.set_number_status(order.remote_id, TWO, "failed_carrier_rejected", webhook=False)

    for n in heard:
        receive(bodies[n])
    HostedOrder.objects.update(next_poll_at=timezone.now())  # by itself within 15 minutes
    sync.poll_due(client)

    order.refresh_from_db()
    assert order.remote_status == "successful"
    assert {n.phone_number: (n.status, n.live) for n in order.numbers.all()} == {
        ONE: ("successful", True),
        TWO: ("failed_carrier_rejected", False),
    }
    assert "1 live, 1 refused." in desk.sees(order)


# Canceling and losing.


@pytest.mark.promise("B15")
def test_canceling_needs_a_typed_word_and_says_what_happens(desk, ordered, settle, sandbox, client):
    order = ordered(ONE, TWO)
    sandbox.set_number_status(order.remote_id, TWO, "successful", webhook=False)
    sync.refresh(order, client)

    page = desk.sees(order, "cancel")
    assert f"will no longer send or receive texts through Telnyx: {number(order, TWO)}" in page
    assert "Nothing was canceled." in desk.hears(order, "cancel", typed="yes")
    assert not outbox.entries(order).filter(operation="cancel").exists()

    desk.does(order, "cancel", typed="Cancel ", reason="Ordered by mistake.")
    settle(order, "cancel")
    assert re.search("Canceled on .* by operator\\.", desk.sees(order))
    assert order.cancelled_reason == "Ordered by mistake."
    assert not order.numbers.filter(live=True).exists()
    assert sandbox.hosted_order(order.remote_id)["status"] == "deleted"
    assert "There is nothing to cancel." in desk.hears(order, "cancel", typed="cancel")


@pytest.mark.promise("B15")
def test_an_order_already_gone_at_telnyx_is_shown_as_gone(desk, ordered, settle, sandbox):
    order = ordered(ONE)
    sandbox.delete_order(order.remote_id, forget=True)

    desk.does(order, "cancel", typed="cancel")

    assert settle(order, "cancel").state == State.ACCEPTED
    assert "No longer at Telnyx since" in desk.sees(order)
    assert order.turn().group == "closed"
    assert not number(order).live


@pytest.mark.promise("B15")
def test_what_has_not_left_us_is_withdrawn(desk, draft, sandbox):
    order = draft(ONE)
    desk.does(order, "submit")

    assert "It cannot be undone" not in desk.sees(order, "cancel")
    said = desk.hears(order, "cancel", typed="cancel", reason="No.")

    assert "Telnyx doesn't have the order, so nothing is ordered. It is a draft again." in said
    assert newest(order, "create").state == State.CANCELLED
    assert (HostedOrder.objects.get().sync_state, number(order).live) == ("draft", False)
    assert sandbox.hosted_orders() == []


@pytest.mark.promise("B15")
def test_an_unsure_create_is_canceled_after_it_is_resolved(desk, operator, draft, settle, sandbox):
    order = draft(ONE)
    sandbox.fault("store_then_lose", method="POST")
    desk.does(order, "submit")
    settle(order, "create", State.UNSURE)

    assert "It cannot be undone" in desk.sees(order, "cancel")
    said = desk.hears(order, "cancel", typed="cancel", reason="No.")

    assert "If it does, we cancel it as soon as we know." in said
    assert not outbox.entries(order).filter(operation="cancel").exists()
    assert "There is nothing to cancel." in desk.hears(order, "cancel", typed="cancel")
    settle(order, "create")
    assert settle(order, "cancel").requested_by == operator
    [held] = sandbox.hosted_orders()
    assert held["status"] == "deleted"


@pytest.mark.promise("B16")
def test_someone_without_permission_sees_the_state_and_no_document(people, desk, ordered, documents_folder):
    order = ordered(ONE)
    desk.does(order, "upload", **paper_form("loa", LETTER, "Secret holder.pdf"))
    paper = Document.objects.get()
    support = people("support")

    page = support.sees(order)

    assert "Prove the numbers are yours." in page
    assert "Secret holder" not in page
    for guessed in (paper.pk, paper.file_id, uuid4()):
        for end in ("", "download/"):
            assert support.browser.get(f"{LIST}{order.pk}/documents/{guessed}/{end}").status_code == 403
    [file] = documents_folder.iterdir()
    for public in (f"/media/{file.name}", f"/static/{file.name}", f"/documents/{file.name}", f"/{file.name}"):
        assert Client().get(public).status_code in (302, 404)


@pytest.mark.parametrize("name", ["support", "auditor", "nobody"])
@pytest.mark.promise("B16")
def test_every_action_is_refused_to_others_even_when_forged(people, draft, name):
    order, other = draft(), people(name).browser

    for action, _view in PAGES:
        if action != "progress":
            assert other.post(url(order, action), {"form_token": uuid4().hex}).status_code == 403, action
    assert other.post(url(order, "change")).status_code == 403
    assert other.post(f"{LIST}add/", {"text": ONE}).status_code == 403
    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("B16", "X84")
def test_an_action_is_a_post_with_a_csrf_token(operator, draft):
    order = draft()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(operator)

    for action, _view in PAGES:
        if action != "progress":
            assert strict.post(url(order, action), {"form_token": uuid4().hex}).status_code == 403, action
    assert strict.get(url(order, "check")).status_code == 405


@pytest.mark.parametrize("found_by", ["poll", "webhook"])
@pytest.mark.promise("B17")
def test_an_order_deleted_in_the_portal_is_closed_here(desk, operator, ordered, sandbox, client, found_by):
    order = ordered(ONE)
    sandbox.delete_order(order.remote_id, forget=True)

    if found_by == "webhook":
        receive(hosted_event("deleted", order.remote_id, "deleted", {ONE: "deleted"}))
    else:
        HostedOrder.objects.update(next_poll_at=timezone.now())
        sync.poll_due(client)

    order.refresh_from_db()
    assert order.turn().group == "closed"
    assert "Deleted outside this desk on" in desk.sees(order)
    assert not number(order).live
    with pytest.raises(workflow.NotAllowed):
        workflow.send_codes(order, [ONE], "sms", by=operator)
