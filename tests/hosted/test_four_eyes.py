"""Four eyes on hosted orders: a new order, and letter and bill, go to Telnyx only once a colleague approved them."""

import json
import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from hosted.choices import LookAction, OrderStatus
from hosted.documents import checklist, store
from hosted.models import DocumentLook, HostedOrder, OrderNumber
from hosted.orders import workflow
from hosted.state import turns
from messaging.mirror.models import OutboxEntry
from messaging.mirror.records import sync
from messaging.models import Approval
from tests.desk.colleagues import browser, colleague, url
from tests.hosted.conftest import LIST, ONE, THREE, TWO, number
from tests.hosted.documents import pdfs
from tests.tollfree.pages import fields, text

WORDS = "The profile belongs to another customer."
DECISION = Approval.Decision


@pytest.fixture(autouse=True)
def four_eyes(settings):
    settings.FOUR_EYES = ["hosted"]


@pytest.fixture
def ann(db):
    return colleague("ann", "operator")


@pytest.fixture
def bob(db):
    return colleague("bob", "approver")


@pytest.fixture
def papers(ordered, upload, ann):
    """Return an order at Telnyx with a letter and a bill that only have to be sent."""
    order = ordered(ONE, TWO)
    for kind in ("loa", "bill"):
        document = upload(order, kind, pdfs.plain(2 if kind == "bill" else 1))
        checklist.tick(document, [item.code for item in checklist.ITEMS[kind]], by=ann)
    return order


def ask(user, order):
    client = browser(user)
    if order.remote_id:
        return client.post(url(order, "send-documents"), {"form_token": "a" * 30}, follow=True)
    return client.post(url(order, "submit"), fields(client, url(order, "submit")), follow=True)


def open_one(order) -> Approval:
    return order.approvals.get(decision="")


def decide(user, order, page="approve", **more):
    client = browser(user)
    return client.post(url(order, page), fields(client, url(order, "approve")) | more, follow=True)


def forged(order, **more):
    return {"asked": str(open_one(order).pk), "form_token": "f" * 32, "confirm": "1", "reason": WORDS} | more


def sent(operation: str) -> list[OutboxEntry]:
    return list(OutboxEntry.objects.filter(operation=operation))


def test_an_order_is_created_only_once_a_colleague_approves_it(ann, bob, draft, work, sandbox):
    order = draft(ONE, TWO)
    page = text(browser(ann).get(url(order, "change")))
    assert "Check before ordering" in page
    assert "Ask for approval" not in page
    page = text(browser(ann).get(url(order, "submit")))
    assert "Nothing has been ordered yet. Read this page, then press “Ask for approval” at the end." in page

    said = text(ask(ann, order))

    assert "Approval requested. Nothing has been sent yet." in said
    assert "You asked," in said
    assert not sent("create")
    assert not OrderNumber.objects.filter(live=True).exists()
    approver = browser(bob)
    assert str(order) in text(approver.get(f"{LIST}?group=approval"))
    assert "Hosted: waiting for approval" in text(approver.get("/admin/"))
    assert "Review and approve" in text(approver.get(url(order, "change")))
    page = text(approver.get(url(order, "approve")))
    for words in ("ann asked for approval", "Telnyx may charge", "Telnyx can probably host it.", "Main"):
        assert words in page

    said = text(decide(bob, order))

    [entry] = sent("create")
    assert "Approved. Queued for Telnyx." in said
    assert str(entry.requested_by) == "ann"
    assert json.loads(bytes(entry.body))["phone_numbers"] == [ONE, TWO]
    asked = order.approvals.get()
    assert (asked.decision, str(asked.decided_by), asked.entry) == (DECISION.APPROVED, "bob", entry)
    history = text(approver.get(url(order, "history")))
    assert "Asked for approval to create the order" in history
    assert "Approved; ann had asked" in history
    work(entry)
    order.refresh_from_db()
    assert order.remote_id
    assert "Waiting for approval" not in text(approver.get(url(order, "change")))


def test_documents_are_sent_only_once_a_colleague_approves_them(ann, bob, papers):
    order = papers
    page = text(browser(ann).get(url(order, "change")))
    assert "Ask for approval" in page
    assert "Send documents" not in page

    said = text(ask(ann, order))

    assert "Approval requested. Nothing has been sent yet." in said
    assert not sent("upload_documents")
    order.refresh_from_db()
    assert order.turn().group == "approval"
    assert turns.due_at(order) is not None
    assert HostedOrder.objects.filter(turns.in_group("approval")).get() == order
    page = text(browser(bob).get(url(order, "approve")))
    for words in (
        "Approve the documents",
        "loa.pdf",
        "bill.pdf",
        "With the letter, the company authorizes Telnyx",
    ):
        assert words in page

    said = text(decide(bob, order))

    [entry] = sent("upload_documents")
    assert "Approved. Queued for Telnyx." in said
    assert str(entry.requested_by) == "ann"
    assert set(order.documents.values_list("promise", flat=True)) == {entry.pk}


def test_the_approver_opens_documents_only_with_permission_and_on_record(ann, bob, papers):
    ask(ann, papers)
    document = papers.documents.first()
    preview = f"{LIST}{papers.pk}/documents/{document.pk}/"

    page = browser(bob).get(url(papers, "approve"))
    assert preview not in page.content.decode()
    assert "Can open and download documents of hosted orders" in text(page)
    assert browser(bob).get(preview).status_code == 403

    both = colleague("both", "approver", "compliance")
    assert preview in browser(both).get(url(papers, "approve")).content.decode()
    assert browser(both).get(preview).status_code == 200
    assert DocumentLook.objects.filter(document=document, user=both, action=LookAction.PREVIEW).count() == 1


@pytest.mark.parametrize("is_superuser", [False, True])
@pytest.mark.parametrize("kind", ["order", "papers"])
def test_nobody_approves_what_they_asked_for(request, draft, kind, is_superuser):
    order = draft(ONE) if kind == "order" else request.getfixturevalue("papers")
    both = colleague("both", "operator", "approver", is_superuser=is_superuser)
    ask(both, order)
    client = browser(both)

    page = text(client.get(url(order, "approve")))
    assert "You asked for approval, so a colleague decides." in page
    assert "Approve and" not in page
    for place in ("approve", "send_back"):
        answer = client.post(url(order, place), forged(order))
        assert answer.status_code == 403
        assert "You asked for approval, so a colleague decides." in text(answer)

    assert not [*sent("upload_documents"), *OutboxEntry.objects.filter(operation="create", state="queued")]
    assert open_one(order)


def test_nobody_approves_numbers_they_added_or_took_out(ann, bob, draft):
    order = draft(ONE, TWO)
    workflow.drop_number(order, TWO, by=bob)
    ask(ann, order)

    assert "You wrote some of what would be sent" in text(browser(bob).get(url(order, "approve")))
    assert browser(bob).post(url(order, "approve"), forged(order)).status_code == 403
    decide(colleague("cy", "approver"), order)
    assert len(sent("create")) == 1


def test_nobody_approves_a_draft_they_began_or_documents_they_uploaded(ann, bob, draft, papers, operator):
    order = draft(THREE, created_by=bob)
    ask(ann, order)
    assert "You wrote some of what would be sent" in text(browser(bob).get(url(order, "approve")))

    both = colleague("both", "operator", "approver")
    letter = SimpleUploadedFile("new.pdf", pdfs.plain(3))
    document = store.save(papers, "loa", letter, by=both)
    if document.is_waiting():
        document = store.keep(papers, document.pk, by=ann)
    checklist.tick(document, [item.code for item in checklist.ITEMS["loa"]], by=ann)
    ask(ann, papers)
    assert "You wrote some of what would be sent" in text(browser(both).get(url(papers, "approve")))
    assert "Approve and send" in text(browser(bob).get(url(papers, "approve")))


def test_whoever_lets_a_number_out_anyway_may_approve_and_the_reason_is_shown(ann, bob, draft):
    order = draft(ONE, TWO)
    OrderNumber.objects.filter(phone_number=TWO).update(
        eligible=False, eligibility="NUMBER_CAN_NOT_BE_IN_TELNYX"
    )
    workflow.override(number(order, TWO), by=bob, reason="The owner agreed by letter.")
    ask(ann, order)

    page = text(browser(bob).get(url(order, "approve")))
    assert "The number belongs to another Telnyx account." in page
    assert "The owner agreed by letter." in page
    decide(bob, order)
    assert len(sent("create")) == 1


@pytest.mark.parametrize("role", ["operator", "compliance", "support", "auditor"])
def test_only_approvers_decide(ann, draft, role):
    order = draft(ONE)
    ask(ann, order)
    client = browser(colleague("eve", role))

    for place in ("approve", "send_back", "check-to-approve"):
        assert client.post(url(order, place), forged(order)).status_code == 403
    assert client.get(url(order, "approve")).status_code == 403
    assert open_one(order)
    assert not OutboxEntry.objects.exists()


def test_sent_back_it_says_why_until_it_is_asked_again(ann, bob, draft):
    order = draft(ONE)
    ask(ann, order)

    for nothing in ("", "ok", "......"):
        assert "Nothing has been sent back yet." in text(decide(bob, order, "send_back", reason=nothing))
    assert "Sent back. Nothing was sent to Telnyx." in text(decide(bob, order, "send_back", reason=WORDS))

    page = text(browser(ann).get(url(order, "change")))
    assert "Sent back by bob" in page
    assert WORDS in page
    assert [act.get_change_message() for act in LogEntry.objects.all()].count(f"Sent back\n{WORDS}") == 1
    order.refresh_from_db()
    assert str(order.assigned_to) == "ann"
    assert order.turn().group == "draft"
    ask(ann, order)
    assert "Sent back by" not in text(browser(ann).get(url(order, "change")))
    decide(bob, order)
    assert len(sent("create")) == 1


def _drop(client, order):
    client.post(url(order, "drop-number"), {"number": TWO})


def _add(client, order):
    client.post(url(order, "add-numbers"), {"text": THREE, "opened_with": ""})


def _note(client, order):
    client.post(url(order, "save-draft"), fields(client, url(order, "change")) | {"note": "Another note"})


@pytest.mark.parametrize("edit", [_drop, _add, _note])
def test_an_edit_takes_the_question_back(ann, bob, draft, edit):
    order = draft(ONE, TWO)
    ask(ann, order)
    stale = fields(browser(bob), url(order, "approve"))

    edit(browser(ann), order)

    order.refresh_from_db()
    assert not order.waits_for_approval()
    assert "it was edited since" in text(browser(ann).get(url(order, "change")))
    said = text(browser(bob).post(url(order, "approve"), stale, follow=True))
    assert "It was edited meanwhile, so nothing waits for approval." in said
    assert not sent("create")


def test_saving_without_an_edit_or_checking_takes_nothing_back(ann, draft):
    order = draft(ONE)
    ask(ann, order)
    client = browser(ann)

    client.post(url(order, "save-draft"), fields(client, url(order, "change")))
    client.post(url(order, "check"), {"form_token": "c" * 30})

    order.refresh_from_db()
    assert order.waits_for_approval()
    assert len(sent("check_eligibility")) == 1


def test_another_version_of_a_document_takes_the_question_back(ann, bob, papers, upload):
    ask(ann, papers)
    stale = fields(browser(bob), url(papers, "approve"))

    upload(papers, "loa", pdfs.plain(3))

    papers.refresh_from_db()
    assert not papers.waits_for_approval()
    browser(bob).post(url(papers, "approve"), stale)
    assert not sent("upload_documents")


def test_an_unticked_item_and_a_new_status_stop_the_documents(ann, bob, papers, sandbox, telnyx_client):
    ask(ann, papers)
    letter = papers.documents.get(kind="loa")
    checklist.tick(letter, [], by=ann)
    assert "Check off every item on the checklist first." in text(decide(bob, papers))
    checklist.tick(letter, [item.code for item in checklist.ITEMS["loa"]], by=ann)

    sandbox.set_order_status(papers.remote_id, "incomplete_documentation", webhook=False)
    sync.refresh(papers, telnyx_client)
    page = text(browser(bob).get(url(papers, "approve")))
    assert "Telnyx has since changed the status of the order or its numbers." in page
    assert "Approve and send" not in page
    browser(bob).post(url(papers, "approve"), forged(papers))

    assert not sent("upload_documents")


def test_a_number_that_left_stops_the_documents_and_a_canceled_order_too(ann, bob, papers):
    ask(ann, papers)
    papers.numbers.filter(phone_number=TWO).update(gone_at=timezone.now())
    assert "Telnyx has since changed the status of the order" in text(
        browser(bob).get(url(papers, "approve"))
    )

    HostedOrder.objects.filter(pk=papers.pk).update(
        remote_status=OrderStatus.FAILED, known_status=OrderStatus.FAILED
    )
    browser(bob).post(url(papers, "approve"), forged(papers))

    papers.refresh_from_db()
    assert papers.turn().group != "approval"
    assert "the order is no longer open at Telnyx" in text(browser(bob).get(url(papers, "approve")))
    assert not sent("upload_documents")


def test_what_telnyx_says_since_stops_the_order_with_a_sentence(ann, bob, draft):
    order = draft(ONE, TWO)
    ask(ann, order)
    OrderNumber.objects.filter(phone_number=TWO).update(
        eligible=False, eligibility="NUMBER_CAN_NOT_BE_WIRELESS"
    )

    page = text(browser(bob).get(url(order, "approve")))
    assert "It can't be ordered as requested." in page
    assert "Mobile numbers can't be hosted." in page
    browser(bob).post(url(order, "approve"), forged(order))

    assert not sent("create")


def test_an_old_check_is_made_again_by_the_approver(ann, bob, draft, work):
    order = draft(ONE)
    ask(ann, order)
    OrderNumber.objects.update(checked_at=timezone.now() - timedelta(days=2))
    assert "eligibility was checked more than a day ago" in text(browser(bob).get(url(order, "approve")))
    browser(bob).post(url(order, "approve"), forged(order))
    assert not sent("create")

    browser(bob).post(url(order, "check-to-approve"), {"form_token": "c" * 30})
    assert "Telnyx is checking eligibility" in text(browser(bob).get(url(order, "approve")))
    work(sent("check_eligibility")[0])
    decide(bob, order)

    assert len(sent("create")) == 1


def test_a_number_that_another_order_took_is_said(ann, bob, draft, operator):
    order, other = draft(ONE), draft(ONE)
    ask(ann, order)
    workflow.submit(other, by=operator)

    assert "is already in another order" in text(browser(bob).get(url(order, "approve")))
    browser(bob).post(url(order, "approve"), forged(order))

    assert [entry.resource_id for entry in sent("create")] == [other.pk]


def test_asking_twice_is_one_question_and_what_waits_goes_out_in_no_other_way(
    ann, bob, draft, papers, settings
):
    order = draft(THREE)
    ask(ann, order)
    ask(ann, papers)
    settings.FOUR_EYES = []

    for user in (ann, colleague("cy", "operator", "approver")):
        client = browser(user)
        said = text(client.post(url(order, "submit"), {"form_token": "b" * 30}, follow=True))
        assert "already asked for approval" in said
        said = text(client.post(url(papers, "send-documents"), {"form_token": "d" * 30}, follow=True))
        assert "already asked for approval" in said

    assert (order.approvals.count(), papers.approvals.count()) == (1, 1)
    assert not [*sent("upload_documents"), *OutboxEntry.objects.filter(operation="create", state="queued")]
    decide(bob, order)
    decide(bob, papers)
    assert len(sent("upload_documents")) == 1
    assert len(sent("create")) == 2


def test_whoever_asked_takes_it_back(ann, draft):
    order = draft(ONE)
    ask(ann, order)
    posted = {"asked": str(open_one(order).pk)}
    assert browser(colleague("sue", "support")).post(url(order, "take_back"), posted).status_code == 403

    said = text(browser(ann).post(url(order, "take_back"), posted, follow=True))

    assert "Taken back. Nothing was sent" in said
    order.refresh_from_db()
    assert order.turn().group == "draft"


def test_codes_and_a_cancellation_need_no_approval(ann, ordered):
    order = ordered(ONE)

    workflow_codes = {"number": ONE, "method": "sms", "form_token": "c" * 30}
    browser(ann).post(url(order, "send-codes"), workflow_codes)
    client = browser(ann)
    client.post(
        url(order, "cancel"), fields(client, url(order, "cancel")) | {"word": "CANCEL", "reason": "x"}
    )

    assert len(sent("send_codes")) == 1
    assert not Approval.objects.exists()


def test_without_the_setting_all_goes_out_at_once(ann, draft, papers, settings):
    settings.FOUR_EYES = ["tollfree"]
    order = draft(THREE)

    ask(ann, order)
    ask(ann, papers)

    assert len(sent("upload_documents")) == 1
    assert len(sent("create")) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["order", "papers"])
def test_two_approvers_at_once_make_one_request(request, ann, draft, kind):
    order = draft(ONE) if kind == "order" else request.getfixturevalue("papers")
    before = OutboxEntry.objects.count()
    ask(ann, order)
    clients = [browser(colleague(name, "approver")) for name in ("one", "two")]
    forms = [fields(client, url(order, "approve")) for client in clients]
    together, answers = Barrier(2), []

    def decide_now(client, form) -> None:
        together.wait()
        answers.append(text(client.post(url(order, "approve"), form, follow=True)))
        connection.close()

    threads = [Thread(target=decide_now, args=pair) for pair in zip(clients, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert OutboxEntry.objects.count() == before + 1
    assert sum("Approved. Queued for Telnyx." in answer for answer in answers) == 1
    assert sum(bool(re.search("(one|two) approved it", answer)) for answer in answers) == 1
