"""What the page asks for after documents were refused: box on top, steps, list of documents and button agree."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from hosted.documents.checklist import ITEMS
from hosted.models import Document, HostedOrder
from hosted.orders import workflow
from messaging.mirror.records import sync
from tests.hosted.conftest import ONE, TWO, hosted_event, receive, token, url
from tests.hosted.documents import pdfs


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_superuser("olga")


@pytest.fixture
def desk(operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


@pytest.fixture
def sent(ordered, sandbox, work, operator, upload) -> HostedOrder:
    """An order with proved numbers and both documents at Telnyx."""
    order = ordered(ONE, TWO)
    work(workflow.send_codes(order, [ONE, TWO], "sms", by=operator))
    work(workflow.validate_codes(order, sandbox.codes(order.remote_id), by=operator))
    papers = [upload(order, "loa"), upload(order, "bill", pdfs.plain(3))]
    work(workflow.send_documents(order, papers, by=operator))
    order.refresh_from_db()
    return order


Say = Callable[..., None]


@pytest.fixture
def say(sandbox, client) -> Say:
    """Have Telnyx say a status, in a webhook and in its answers."""

    def said(order: HostedOrder, *words: str, read: bool = True) -> None:
        for word in words:
            sandbox.set_order_status(order.remote_id, word, webhook=False)
            receive(hosted_event("updated", order.remote_id, word))
            if read:
                sync.refresh(order, client)
        if not read:
            sync.refresh(order, client)
        order.refresh_from_db()

    return said


def shown(desk: Client, order: HostedOrder) -> str:
    return unescape(desk.get(url(order)).content.decode())


def title(html: str) -> str:
    return re.search(r'id="title-next"[^>]*>([^<]*)<', html)[1]


def states(html: str) -> list[str]:
    return re.findall(r'data-paper-state="(\w+)"', html)


def total(html: str, name: str) -> tuple[str, str]:
    """Return state and count of one step for all numbers together."""
    found = re.search(rf'data-step="{name}" data-state="(\w+)"><b>[^<]*</b> <span>([^<]*)<', html)
    return found[1], found[2]


def check_off(desk: Client, order: HostedOrder, paper: Document) -> None:
    desk.post(
        url(order, "tick"),
        {"document": str(paper.pk), "ticked": [item.code for item in ITEMS[paper.kind]]},
    )


BOTH = ("loa_file_invalid", "incorrect_billing_information")


@pytest.mark.parametrize("words", [BOTH, BOTH[::-1]])
@pytest.mark.parametrize("read", [True, False])
def test_documents_refused_one_after_the_other_are_both_asked_for(desk, sent, say, upload, words, read):
    say(sent, *words, read=read)

    html = shown(desk, sent)
    assert title(html) == "Upload a new letter and a new bill"
    assert states(html) == ["refused", "refused"]
    assert "stays as it is" not in html
    assert total(html, "documents") == ("now", "0 of 2")

    check_off(desk, sent, upload(sent, "bill", pdfs.plain(5)))
    html = shown(desk, sent)
    assert title(html) == "Upload a new letter"
    assert "The bill is here already, and both are sent together." in html
    assert states(html) == ["refused", "ready"]

    letter = upload(sent, "loa", pdfs.plain(6))
    assert title(shown(desk, sent)) == "Compare the documents"
    check_off(desk, sent, letter)
    html = shown(desk, sent)
    assert title(html) == "Send the documents"
    assert 'id="send-documents"' in html

    desk.post(url(sent, "send-documents"), token())
    html = shown(desk, sent)
    assert title(html) == "The documents are on their way to Telnyx."
    assert states(html) == ["queued", "queued"]
    assert total(html, "documents")[0] == "waiting"


def test_documents_of_a_live_order_refused_late_are_both_asked_for(desk, sent, say, upload):
    say(sent, "successful")
    assert "Texting is live on" in shown(desk, sent)

    say(sent, *BOTH, read=False)

    html = shown(desk, sent)
    assert title(html) == "Upload a new letter and a new bill"
    assert states(html) == ["refused", "refused"]


def test_only_the_document_that_was_refused_is_asked_for_and_both_places_say_the_same(desk, sent, say):
    say(sent, "incorrect_billing_information")

    html = shown(desk, sent)
    assert title(html) == "Upload a new bill"
    assert states(html) == ["sent", "refused"]
    assert html.count("The bill doesn't match the provider's records.") >= 2
    assert "bill and letter don't match" not in html


def test_a_refusal_from_before_the_documents_were_accepted_no_longer_counts(desk, sent, say, upload):
    say(sent, "loa_file_invalid", "loa_file_successful", "incorrect_billing_information")

    assert states(shown(desk, sent)) == ["sent", "refused"]


def test_a_letter_that_was_sent_again_is_not_refused_by_what_was_said_of_the_one_before(
    desk, sent, say, upload, work, operator
):
    say(sent, *BOTH)
    papers = [upload(sent, "loa", pdfs.plain(6)), upload(sent, "bill", pdfs.plain(7))]
    work(workflow.send_documents(sent, papers, by=operator))

    say(sent, "incorrect_billing_information")

    html = shown(desk, sent)
    assert states(html) == ["sent", "refused"]
    assert title(html) == "Upload a new bill"


def test_documents_sent_in_the_portal_and_refused_lead_on(desk, ordered, say, upload):
    order = ordered(ONE)
    order.numbers.update(owned_at=timezone.now(), status="ownership_successful")
    say(order, "loa_file_invalid")

    html = shown(desk, order)
    assert title(html) == "Upload the letter and the bill"
    assert "Neither document was sent from here, so upload both." in html


@pytest.mark.parametrize("words", [(), ("loa_file_invalid",)])
def test_going_live_is_not_in_progress_while_the_documents_wait_for_us(desk, sent, say, words):
    say(sent, *words)
    if not words:
        sent.documents.all().delete()
        HostedOrder.objects.filter(pk=sent.pk).update(remote_status="pending", known_status="pending")

    html = shown(desk, sent)
    assert total(html, "documents")[0] == "now"
    assert total(html, "live")[0] == "later"
    assert "Telnyx and the carrier act next." not in html


def test_the_status_after_sending_says_the_same_as_the_box_on_top(desk, sent):
    html = shown(desk, sent)

    assert title(html).startswith("Documents received")
    assert "Documents accepted" not in html
    assert "<strong>Documents received</strong>" in html


def test_a_removed_number_has_not_failed_and_is_counted_once(desk, sent, say):
    sent.numbers.filter(phone_number=TWO).update(gone_at=timezone.now(), status="deleted")
    removed = re.findall(r'data-state="(\w+)"><b>', shown(desk, sent))

    assert "failed" not in removed
    assert removed[-5:] == ["done", "removed", "done", "never", "never"]
    assert "Numbers (1) " in re.sub(r"<[^>]*>", "", shown(desk, sent))
    listed = desk.get("/admin/hosted/hostedorder/").content.decode()
    assert "and 1 more" not in listed

    sent.numbers.filter(phone_number=ONE).update(status="successful")
    HostedOrder.objects.filter(pk=sent.pk).update(remote_status="successful", known_status="successful")
    assert "Texting is live on 1 of 1 numbers." in shown(desk, sent)
    assert "Texting is live on 1 of 1 numbers." in desk.get("/admin/hosted/hostedorder/").content.decode()


def test_a_canceled_order_has_not_failed_either(desk, sent):
    HostedOrder.objects.filter(pk=sent.pk).update(
        remote_status="deleted", known_status="deleted", gone_at=timezone.now()
    )

    html = shown(desk, sent)
    assert 'data-state="failed"' not in html
    assert total(html, "ordered")[0] == "canceled"
