"""What an order's page says after Telnyx refused something: why, which number, what to do, and for how long."""

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hosted.documents import checklist
from hosted.models import HostedOrder
from hosted.orders import workflow
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from tests.hosted.conftest import ONE, TWO, at_telnyx, number, token, url

SHOWN_ONE, SHOWN_TWO = "+1 312 555 0101", "+1 312 555 0102"


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_superuser("operator")


@pytest.fixture
def desk(operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def refusal(*errors: dict[str, Any], status: int = 422, **where: str) -> dict[str, Any]:
    return {"kind": "status", "status": status, "json": {"errors": list(errors)}, **where}


def page(desk: Client, order: HostedOrder) -> str:
    return unescape(desk.get(url(order)).content.decode())


def box(desk: Client, order: HostedOrder) -> str:
    return page(desk, order).split("ho-next")[1].split("</section>")[0]


def title(desk: Client, order: HostedOrder) -> str:
    return box(desk, order).split('id="title-next"')[1].split(">")[1].split("<")[0]


def history(desk: Client, order: HostedOrder) -> str:
    return page(desk, order).split('id="title-history"')[1]


@pytest.fixture
def sent(desk, sandbox, work):
    """Return a function that posts an action and lets the worker meet this refusal."""

    def refused(order: HostedOrder, action: str, form: dict[str, Any], **fault: Any) -> OutboxEntry:
        sandbox.fault(**fault)
        assert desk.post(url(order, action), token() | form).status_code == 302
        entry = OutboxEntry.objects.latest("created_at")
        work(entry)
        entry.refresh_from_db()
        assert entry.state == OutboxEntry.State.REFUSED
        order.refresh_from_db()
        return entry

    return refused


ON_HOLD = {"code": "10015", "title": "Bad request"}


@pytest.mark.parametrize(
    "error",
    [
        ON_HOLD | {"detail": "+13125550101 is on hold."},
        ON_HOLD | {"detail": "3125550101 is on hold."},
        ON_HOLD | {"detail": "Number (312) 555-0101 is on hold"},
        ON_HOLD | {"detail": "is on hold", "source": {"pointer": "/phone_numbers/0"}},
        ON_HOLD | {"detail": "on hold", "source": {"pointer": "/body/phone_numbers/0/phone_number"}},
        {"code": 10015, "title": "+1 312-555-0101 is on hold"},
    ],
)
def test_the_box_on_top_names_the_number_that_telnyx_refused(desk, draft, sent, error):
    order = draft(ONE, TWO)

    sent(order, "submit", {}, **refusal(error, path="hosted_number_orders$"))

    said = title(desk, order)
    assert said.startswith("Telnyx refused the order: ")
    assert SHOWN_ONE in said
    assert "on hold" in said
    assert SHOWN_TWO not in said
    assert "Remove it, or ask the customer to release it." in box(desk, order)
    assert f"Remove {SHOWN_ONE}" in box(desk, order)
    marked = page(desk, order).split(f'<li data-number="{ONE}"')[1].split("</li>")[0]
    assert "data-refused" in marked
    assert "Telnyx: " in marked
    other = page(desk, order).split(f'<li data-number="{TWO}"')[1].split("</li>")[0]
    assert "data-refused" not in other
    assert "on hold" in history(desk, order)
    assert "New order: refused by Telnyx" in history(desk, order)


def test_the_refusal_goes_when_the_number_is_taken_out_and_the_history_keeps_it(desk, draft, sent):
    order = draft(ONE, TWO)
    sent(order, "submit", {}, **refusal(ON_HOLD | {"detail": f"{ONE} is on hold."}))

    desk.post(url(order, "drop-number"), {"number": ONE})

    assert title(desk, order) == "Create order"
    assert "on hold" not in box(desk, order)
    assert f"{SHOWN_ONE} is on hold" in history(desk, order) or f"{ONE} is on hold" in history(desk, order)
    assert f"{SHOWN_ONE} removed" in history(desk, order)


def test_the_refusal_goes_when_the_order_is_created_again(desk, draft, sent, work):
    order = draft(ONE, TWO)
    sent(order, "submit", {}, **refusal(ON_HOLD | {"detail": f"{ONE} is on hold."}))

    desk.post(url(order, "submit"), token())

    assert "on hold" not in box(desk, order)
    work(OutboxEntry.objects.latest("created_at"))
    assert "on hold" not in box(desk, order)


def test_several_numbers_are_named_and_each_is_marked_with_its_reason(desk, draft, sent):
    order = draft(ONE, TWO)
    held = ON_HOLD | {"detail": "on hold", "source": {"pointer": "/phone_numbers/0"}}
    other = ON_HOLD | {"detail": "unknown", "source": {"pointer": "/phone_numbers/1"}}

    sent(order, "submit", {}, **refusal(held, other))

    assert title(desk, order) == f"Telnyx refused the order: 2 numbers: {SHOWN_ONE}, {SHOWN_TWO}."
    assert "Remove them" in box(desk, order)
    for phone_number, why in ((ONE, "on hold"), (TWO, "unknown")):
        assert why in page(desk, order).split(f'<li data-number="{phone_number}"')[1].split("</li>")[0]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"code": "10017", "title": "Gone"}, "The profile or number no longer exists."),
        ({"code": "99999", "title": "Odd", "detail": "Nobody knows"}, "Odd: Nobody knows."),
        ({"code": "99999"}, "Telnyx gave no explanation, only the code 99999."),
    ],
)
def test_a_refusal_that_names_no_number_is_said_in_plain_words(desk, draft, sent, error, said):
    order = draft(ONE)

    sent(order, "submit", {}, **refusal(error))

    assert title(desk, order) == f"Telnyx refused the order: {said}"
    assert "Nothing was ordered." in box(desk, order)


def test_a_refused_eligibility_check_names_the_number_too(desk, draft, sent):
    order = draft(ONE, TWO)

    sent(
        order, "check", {}, **refusal(ON_HOLD | {"detail": "bad", "source": {"pointer": "/phone_numbers/1"}})
    )

    assert title(desk, order) == f"Telnyx refused to check the numbers: {SHOWN_TWO}: bad."
    desk.post(url(order, "drop-number"), {"number": TWO})
    assert "refused" not in box(desk, order)


AT_TELNYX = (
    ("send-codes", {"method": "sms", "number": ONE}, "Telnyx refused to text the codes:"),
    ("send-codes", {"method": "call", "number": ONE}, "Telnyx refused to text the codes:"),
    ("check-codes", {f"code{ONE}": "12345"}, "Telnyx refused to check the codes:"),
    ("remove-number", {"number": ONE, "sure": "1"}, "Telnyx refused to remove the number:"),
    ("cancel", {"typed": "cancel", "reason": "The customer left."}, "Telnyx refused to cancel the order:"),
)


@pytest.mark.parametrize(("action", "form", "words"), AT_TELNYX)
@pytest.mark.parametrize("status", [400, 403, 422])
def test_every_refusal_of_an_order_at_telnyx_is_said_in_the_box(
    desk, ordered, sent, action, form, words, status
):
    order = ordered(ONE, TWO)

    sent(order, action, form, **refusal({"code": "10032", "title": "Not allowed"}, status=status))

    said = box(desk, order)
    assert words in said
    assert "Telnyx: Not allowed" in said
    assert "Not allowed" in history(desk, order)


def test_a_refused_removal_marks_its_number(desk, ordered, sent):
    order = ordered(ONE, TWO)

    sent(
        order, "remove-number", {"number": TWO, "sure": "1"}, **refusal({"code": "10030", "title": "Not now"})
    )

    assert f"{SHOWN_TWO}: Not now." in box(desk, order)
    assert "data-refused" in page(desk, order).split(f'<li data-number="{TWO}"')[1].split(">")[0]


def test_refused_codes_are_forgotten_once_they_are_requested_again(desk, ordered, sent):
    order = ordered(ONE, TWO)
    sent(order, "send-codes", {"method": "sms", "number": ONE}, **refusal({"code": "10032", "title": "No"}))
    assert "Telnyx refused to text" in box(desk, order)

    desk.post(url(order, "send-codes"), token() | {"method": "sms", "number": ONE})

    assert "Telnyx refused" not in box(desk, order)


def test_refused_documents_are_forgotten_once_another_version_is_here(desk, ordered, upload, sent, operator):
    order = ordered(ONE)
    for kind in ("loa", "bill"):
        paper = upload(order, kind)
        checklist.tick(paper, [tick.item.code for tick in checklist.ticks(paper)], by=operator)

    sent(order, "send-documents", {}, **refusal({"code": "10014", "title": "Bad file"}))

    assert "Telnyx refused the documents:" in box(desk, order)
    upload(order, "loa")
    assert "Telnyx refused the documents:" not in box(desk, order)


def lose(entry: OutboxEntry) -> None:
    for state in ("sending", "unsure"):
        sent = {"lease_token": entry.pk, "send_started_at": entry.created_at}
        assert outbox.move(entry, expect=[entry.state], state=state, **sent)


# The note of a rejection.


def rejected(order: HostedOrder, upload: Any) -> HostedOrder:
    for kind in ("loa", "bill"):
        paper = upload(order, kind)
        paper.sent_at = order.created_at
        if kind == "loa":
            paper.refused_at, paper.refused_reason = order.created_at, "loa_file_invalid"
        paper.save()
    order.numbers.update(owned_at=order.created_at, status="ownership_successful")
    HostedOrder.objects.filter(pk=order.pk).update(
        remote_status="loa_file_invalid", known_status="loa_file_invalid", remote_status_at=order.created_at
    )
    order.refresh_from_db()
    return order


def test_the_note_of_a_rejection_goes_when_the_correction_is_under_way(desk, draft, upload, operator):
    order = rejected(at_telnyx(draft(ONE), "loa_file_invalid", "ownership_successful"), upload)
    assert title(desk, order) == "Upload a new letter"

    letter = upload(order, "loa")
    assert title(desk, order) == "Compare the documents"
    assert "hasn't reached Telnyx yet" in page(desk, order)

    entry = workflow.send_documents(order, [letter], by=operator)
    order.refresh_from_db()
    assert title(desk, order) == "The documents are on their way to Telnyx."
    assert "could not accept the letter" not in page(desk, order)
    assert order.turn().group == "under_way"
    lose(entry)
    order.refresh_from_db()
    assert title(desk, order) == "We're checking whether Telnyx received the documents."
    assert "No action needed." in box(desk, order)
    assert "a person here is asked to decide" in box(desk, order)


# While the desk checks with Telnyx.


def test_while_the_desk_checks_the_page_says_what_happens_next_and_home_counts_it(desk, draft, operator):
    order = draft(ONE)
    entry = workflow.submit(order, by=operator)
    lose(entry)

    said = box(desk, order)

    assert "We're checking whether Telnyx received it." in said
    assert "No action needed. The desk looks at Telnyx again at" in said
    assert "a person here is asked to decide" in said
    home = unescape(desk.get("/admin/").content.decode())
    assert "Hosted: checking with Telnyx" in home
    assert "?group=unsure" in home


def test_nothing_to_do_is_not_said_above_something_to_do(desk, draft):
    order = at_telnyx(draft(ONE), "pending")
    HostedOrder.objects.filter(pk=order.pk).update(transfer_state="requested")

    said = box(desk, order)

    assert "Waiting for the current owner" in said
    assert "No action needed" not in said
    assert "Meanwhile there is something to do" in said
    assert "<b>Ownership</b> <span>To do</span>" in page(desk, order).split('id="title-numbers"')[1]


def test_a_code_sent_this_moment_was_sent_just_now(desk, ordered, operator, work):
    order = ordered(ONE)
    work(workflow.send_codes(order, [ONE], "call", by=operator))

    assert number(order).code_sent_at
    assert "Called <time" in page(desk, order)
    assert ">just now</time>" in page(desk, order)
    assert "0 seconds" not in page(desk, order)
