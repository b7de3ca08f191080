"""Letter and bill on their way to Telnyx: exactly the queued bytes or none, and only the bad document opens again."""

import pytest

from hosted.documents import store
from hosted.orders import workflow
from messaging import files
from messaging.desk.turns import Group
from messaging.mirror import sealing
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from tests.hosted.conftest import ONE, number
from tests.hosted.documents import pdfs

State = OutboxEntry.State


@pytest.fixture
def proved(ordered, sandbox, work, operator):
    """An order at Telnyx whose number is proved."""
    order = ordered(ONE)
    work(workflow.send_codes(order, [ONE], "sms", by=operator))
    work(workflow.validate_codes(order, sandbox.codes(order.remote_id), by=operator))
    order.refresh_from_db()
    return order


@pytest.fixture
def papers(proved, upload):
    return [upload(proved, "loa"), upload(proved, "bill", pdfs.plain(3))]


@pytest.mark.promise("B", "B13")
def test_the_documents_arrive_byte_for_byte_and_the_number_goes_live(
    proved, papers, sandbox, work, operator, client
):
    entry = work(workflow.send_documents(proved, papers, by=operator))

    received = {file["kind"]: file["sha256"] for file in sandbox.uploads(proved.remote_id)}
    assert received == {paper.kind: paper.sha256 for paper in papers}
    assert (entry.state, bytes(entry.body)) == (State.ACCEPTED, b"")
    for paper in papers:
        paper.refresh_from_db()
        assert paper.is_with_telnyx()
        assert [look.action for look in paper.looks.all()] == ["sent", "upload"]
    proved.refresh_from_db()
    assert proved.turn().group == Group.REVIEWING
    sandbox.set_order_status(proved.remote_id, "successful", webhook=False)
    sync.refresh(proved, client)
    sync.refresh(proved, client)
    assert str(proved.turn().words) == "Texting is live on 1 of 1 numbers."
    assert number(proved).status == "successful"
    assert [held["phone_number"] for held in sandbox.hosted_numbers()] == [ONE]


@pytest.mark.promise("B8")
def test_a_letter_can_be_refused_a_second_time(proved, papers, sandbox, work, operator, upload):
    sandbox.set_next_documents("loa_file_invalid", count=2)
    work(workflow.send_documents(proved, papers, by=operator))
    second = upload(proved, "loa", pdfs.plain(4))

    work(workflow.send_documents(proved, [second], by=operator))

    second.refresh_from_db()
    assert second.refused_at


@pytest.mark.promise("B9")
def test_a_letter_alone_is_kept_while_the_bill_is_awaited(proved, papers, work, operator):
    letter, bill = papers

    work(workflow.send_documents(proved, [letter], by=operator))

    letter.refresh_from_db()
    proved.refresh_from_db()
    assert (proved.remote_status, letter.is_with_telnyx()) == ("incomplete_documentation", True)
    assert proved.turn().group == Group.NEEDS_US
    work(workflow.send_documents(proved, [bill], by=operator))
    letter.refresh_from_db()
    proved.refresh_from_db()
    assert letter.is_with_telnyx()
    assert proved.turn().group == Group.REVIEWING


@pytest.mark.parametrize("damage", ["gone", "changed", "other file"])
@pytest.mark.promise("X81")
def test_a_changed_document_is_not_sent(proved, papers, sandbox, work, operator, damage):
    entry = workflow.send_documents(proved, papers, by=operator)
    if damage == "gone":
        files.remove(papers[0].file_id)
    elif damage == "changed":
        files.write(papers[0].file_id, b"not what was sealed")
    else:
        files.write(papers[0].file_id, sealing.seal(pdfs.plain(9)))

    entry = work(entry, State.NEEDS_PERSON)

    assert "document changed" in entry.reason.lower()
    assert sandbox.uploads(proved.remote_id) == []
    proved.refresh_from_db()
    assert proved.turn().group == Group.DECISION


@pytest.mark.promise("X81")
def test_a_document_that_changed_earlier_is_not_even_promised(proved, papers, operator):
    files.write(papers[0].file_id, sealing.seal(pdfs.plain(9)))

    with pytest.raises(store.DocumentChanged):
        workflow.send_documents(proved, papers, by=operator)

    assert not outbox.entries(proved).filter(operation="upload_documents").exists()


@pytest.mark.promise("F47")
def test_a_document_that_telnyx_has_is_not_sent_again(proved, papers, work, operator):
    work(workflow.send_documents(proved, papers, by=operator))

    with pytest.raises(workflow.NotAllowed):
        workflow.send_documents(proved, papers, by=operator)


def test_the_promise_holds_no_readable_document(proved, papers, operator):
    entry = workflow.send_documents(proved, papers, by=operator)

    assert entry.is_sealed
    assert b"%PDF-" not in bytes(entry.body)
    assert entry.body_text() == ""
