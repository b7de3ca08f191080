"""Documents on their way to Telnyx: exactly the uploaded bytes, or none."""

import hashlib

import pytest

from hosted.documents import store
from hosted.models import Document, HostedOrder
from hosted.orders import workflow
from messaging.mirror.models import OutboxEntry
from tests.sandbox.control import Sandbox

from . import pdfs

State = OutboxEntry.State
LETTER, BILL = pdfs.plain(2, "Holder of the line"), pdfs.plain(1, "Amount due")


@pytest.fixture
def papers(work, sandbox: Sandbox, save) -> list[Document]:
    """Return the letter and the bill of an order that is at Telnyx."""
    order = HostedOrder.objects.create(remote_id=sandbox.seed_hosted_order()["id"], sync_state="accepted")
    return [save("loa", LETTER, of=order, name="LOA #1.pdf"), save("bill", BILL, of=order, name="bill.pdf")]


@pytest.fixture
def promise(papers, person) -> OutboxEntry:
    return workflow.send_documents(papers[0].order, papers, by=person("operator"))


def received(sandbox: Sandbox, papers: list[Document]) -> list[tuple[str, str, str]]:
    uploads = sandbox.uploads(papers[0].order.remote_id)
    return [(upload["kind"], upload["name"], upload["sha256"]) for upload in uploads]


BOTH = [
    ("loa", "LOA-1.pdf", hashlib.sha256(LETTER).hexdigest()),
    ("bill", "bill.pdf", hashlib.sha256(BILL).hexdigest()),
]


@pytest.mark.promise("B13")
def test_telnyx_gets_exactly_the_uploaded_bytes(papers, promise, sandbox, work):
    work(promise)

    assert promise.state == State.ACCEPTED
    assert received(sandbox, papers) == BOTH
    assert [upload[2] for upload in received(sandbox, papers)] == [paper.sha256 for paper in papers]


@pytest.mark.promise("B13", "X81")
def test_a_file_that_changed_while_telnyx_was_asked_is_not_sent_again(
    papers,
    promise,
    sandbox,
    work,
    folder,
):
    sandbox.fault("reset", when="before", method="POST", path="file_upload")
    work(promise, State.UNSURE, State.QUEUED)
    (folder / str(papers[1].file_id)).write_bytes(b"something else")

    work(promise, State.NEEDS_PERSON)

    assert received(sandbox, papers) == []


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.promise("X81")
def test_a_file_that_changed_since_it_was_promised_is_not_sent(
    papers,
    promise,
    sandbox,
    work,
    folder,
    which,
):
    (folder / str(papers[which].file_id)).write_bytes(b"something else")

    work(promise, State.NEEDS_PERSON)

    assert "document changed" in promise.reason
    assert received(sandbox, papers) == []
    assert sandbox.requests("POST", "file_upload") == []


@pytest.mark.promise("X81")
def test_a_missing_file_is_not_sent(papers, promise, sandbox, work, folder):
    (folder / str(papers[0].file_id)).unlink()

    work(promise, State.NEEDS_PERSON)

    assert received(sandbox, papers) == []


@pytest.mark.promise("X81")
def test_a_changed_file_is_not_even_promised(papers, person, folder):
    (folder / str(papers[0].file_id)).write_bytes(b"something else")

    with pytest.raises(store.DocumentChanged):
        workflow.send_documents(papers[0].order, papers, by=person("operator"))

    assert not OutboxEntry.objects.exists()


def test_a_promised_document_lies_nowhere_in_clear(papers, promise):
    promise.refresh_from_db()

    assert b"%PDF" not in bytes(promise.body)


@pytest.mark.promise("F47")
def test_a_document_on_its_way_cannot_be_replaced(papers, promise, save, sandbox, work):
    with pytest.raises(store.Closed):
        save("loa", of=papers[0].order)

    work(promise)
    with pytest.raises(store.Closed):
        save("bill", of=papers[0].order)

    assert Document.objects.count() == 2
