"""The pages of an order: what to do now, lines that need fixing, codes by text and by call, and their cost."""

import csv
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hosted.entry.parse import MOST_NUMBERS, read_text
from hosted.models import HostedOrder, OrderNumber
from hosted.orders import workflow
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from tests.choices import choose
from tests.hosted.conftest import LIST, ONE, THREE, TWO, at_telnyx, number, token, url
from tests.visitor import Forms

MOST_QUERIES = 16
MANY = [f"+1312555{n:04}" for n in range(2000, 2000 + MOST_NUMBERS)]
CODENAMES = (
    "view_hostedorder",
    "add_hostedorder",
    "change_hostedorder",
    "submit_hostedorder",
    "cancel_hostedorder",
    "upload_document",
    "view_document",
)


@pytest.fixture
def operator(db) -> User:
    user = User.objects.create_user("operator", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=CODENAMES))
    return user


@pytest.fixture
def desk(operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def title(client: Client, order: HostedOrder) -> str:
    html = client.get(url(order)).content.decode()
    return html.split('id="title-next"')[1].split(">")[1].split("<")[0]


# Lines of a draft.


@pytest.mark.promise("F32")
def test_refused_lines_stay_with_the_draft_until_they_are_corrected(desk):
    text = f"{ONE}\n1.31256E+10\n+44 20 7946 0000"
    form = {"text": text, "draft_id": str(uuid4())}
    form["read"] = str(Forms(desk.post(f"{LIST}add/", form | {"_read": "1"}).content.decode()).fields["read"])
    desk.post(f"{LIST}add/", form | {"_save": "1"})
    order = HostedOrder.objects.get()

    html = desk.get(url(order)).content.decode()
    assert "This looks like a spreadsheet number that lost its digits" in html
    assert "Only US numbers can be hosted." in html
    assert Forms(html).fields["text"] == "1.31256E+10\n+44 20 7946 0000"

    desk.post(url(order, "add-numbers"), {"text": f"{TWO}\n+44 20 7946 0000\n{ONE}"})
    order.refresh_from_db()
    assert [n.phone_number for n in order.numbers.all()] == [ONE, TWO]
    assert order.left_out == "+44 20 7946 0000"
    assert order.numbers.get(phone_number=ONE).typed == ONE

    desk.post(url(order, "add-numbers"), {"text": ""})
    order.refresh_from_db()
    assert (order.numbers.count(), order.left_out) == (2, "")


@pytest.mark.promise("F32")
def test_a_single_number_is_removed_and_a_second_click_does_no_harm(desk, draft):
    order = draft(ONE, TWO)

    for _click in range(2):
        desk.post(url(order, "drop-number"), {"number": ONE})

    assert [n.phone_number for n in order.numbers.all()] == [TWO]


@pytest.mark.promise("F32")
def test_what_does_not_fit_into_the_order_waits_with_its_reason(desk, pair):
    order = pair("full")[1]

    desk.post(url(order, "add-numbers"), {"text": THREE})

    order.refresh_from_db()
    assert (order.numbers.count(), order.left_out) == (MOST_NUMBERS, THREE)
    assert "An order takes at most 200 numbers." in desk.get(url(order)).content.decode()


def test_numbers_of_an_order_at_telnyx_are_neither_added_nor_dropped(desk, ordered):
    order = ordered(ONE)

    desk.post(url(order, "add-numbers"), {"text": TWO})
    desk.post(url(order, "drop-number"), {"number": ONE})

    assert [n.phone_number for n in order.numbers.all()] == [ONE]


def test_a_refused_file_keeps_what_was_typed(desk, draft):
    order = draft(ONE)
    file = SimpleUploadedFile("numbers.csv", b"\x00\x01")

    html = desk.post(url(order, "add-numbers"), {"text": TWO, "file": file}).content.decode()

    assert "Only CSV and XLSX files can be read." in html
    assert Forms(html).fields["text"] == TWO
    assert order.numbers.count() == 1


# One form: each button of a draft saves what is typed anywhere on its page.

BUTTONS = ["check", "keep-eligible", "drop-number", "save-draft", "add-numbers"]


def typed(desk: Client, order: HostedOrder, **fields: Any) -> dict[str, Any]:
    """Return what a browser sends if somebody types into a draft's page and presses any of its buttons."""
    form = Forms(desk.get(url(order)).content.decode()).fields
    return form | fields | {"number": TWO}


@pytest.mark.parametrize("button", BUTTONS)
def test_every_button_of_a_draft_saves_the_note_and_the_numbers_in_the_box(desk, draft, button):
    order = draft(ONE, TWO)

    desk.post(url(order, button), typed(desk, order, note="For Dr. Patel", text=f"{THREE}\nnonsense"))

    order.refresh_from_db()
    assert order.note == "For Dr. Patel"
    assert order.left_out == "nonsense"
    numbers = {n.phone_number for n in order.numbers.all()}
    assert numbers == ({ONE, THREE} if button == "drop-number" else {ONE, TWO, THREE})


@pytest.mark.parametrize("button", BUTTONS)
def test_a_note_that_is_too_long_stays_with_the_numbers_and_nothing_else_happens(desk, draft, button):
    order = draft(ONE, TWO)

    answer = desk.post(url(order, button), typed(desk, order, note="x" * 501, text=THREE))

    form = Forms(answer.content.decode()).fields
    assert (form["note"], form["text"]) == ("x" * 501, THREE)
    assert [n.phone_number for n in order.numbers.all()] == [ONE, TWO]
    assert not OutboxEntry.objects.exists()


def test_the_lines_left_out_are_not_read_again_by_other_buttons(desk, draft):
    order = draft(ONE, left_out="nonsense")

    assert "We&#x27;ve asked Telnyx" in desk.post(
        url(order, "check"), typed(desk, order), follow=True
    ).content.decode().replace("We've", "We&#x27;ve")

    order.refresh_from_db()
    assert order.left_out == "nonsense"


def test_a_box_that_was_left_alone_does_not_bring_back_what_a_colleague_fixed(desk, draft):
    order = draft(ONE, left_out="nonsense\nmore nonsense")
    opened = {"opened_with": order.left_out, "text": order.left_out}
    HostedOrder.objects.filter(pk=order.pk).update(left_out="more nonsense")

    desk.post(url(order, "save-draft"), opened)

    order.refresh_from_db()
    assert order.left_out == "more nonsense"


@pytest.mark.parametrize("left", ["nonsense", ""])
def test_lines_that_a_colleague_left_meanwhile_are_kept_beside_ones_own(desk, draft, left):
    order = draft(ONE, left_out=left)
    typed = {"opened_with": left, "text": f"{TWO}\nmine"}
    HostedOrder.objects.filter(pk=order.pk).update(left_out="theirs")

    desk.post(url(order, "add-numbers"), typed)

    order.refresh_from_db()
    assert order.left_out == "mine\ntheirs"
    assert order.numbers.count() == 2


def test_going_on_to_the_order_saves_first(desk, draft):
    order = draft(ONE)

    answer = desk.post(url(order, "save-draft"), typed(desk, order, note="Typed last", _order="1"))

    order.refresh_from_db()
    assert order.note == "Typed last"
    assert answer["Location"] == url(order, "submit")


def test_a_draft_that_two_people_change_is_compared(desk, draft, login):
    order = draft(ONE)
    mine = typed(desk, order, note="Mine")
    HostedOrder.objects.filter(pk=order.pk).update(note="Theirs")

    answer = desk.post(url(order, "check"), mine)

    order.refresh_from_db()
    assert order.note == "Theirs"
    assert "Changed in two places" in answer.content.decode()
    assert not OutboxEntry.objects.exists()
    desk.post(url(order, "save-draft"), mine | choose(answer, "mine"))
    order.refresh_from_db()
    assert order.note == "Mine"


def test_what_a_colleague_wrote_stays_if_i_typed_elsewhere(desk, draft):
    order = draft(ONE, messaging_profile=None)
    mine = typed(desk, order, text=TWO)
    HostedOrder.objects.filter(pk=order.pk).update(note="Theirs")

    desk.post(url(order, "add-numbers"), mine)

    order.refresh_from_db()
    assert (order.note, order.numbers.count()) == ("Theirs", 2)


def test_a_script_that_stays_on_the_page_gets_the_reason_of_a_refusal(desk, ordered):
    order = ordered(ONE)

    answer = desk.post(url(order, "send-codes"), token(), headers={"X-Desk-Quiet": "1"})
    done = desk.post(url(order, "send-codes"), {"call": ONE, **token()}, headers={"X-Desk-Quiet": "1"})

    assert (answer.status_code, done.status_code) == (409, 204)
    assert answer.content.decode() == "Choose how to send the code for at least one number."
    assert "Choose how to send" not in desk.get(url(order)).content.decode()


# The next step.


@pytest.mark.promise("F36")
def test_the_next_step_of_a_draft_follows_from_what_is_missing(desk, draft, sandbox, work, operator):
    order = draft(ONE, TWO, messaging_profile=None)
    order.numbers.update(checked_at=None, eligible=None, eligibility="")
    assert title(desk, order) == "Check eligibility"

    sandbox.set_eligibility(TWO, "NUMBER_CAN_NOT_BE_WIRELESS")
    work(workflow.check(order, by=operator))
    assert title(desk, order) == "Remove the ineligible numbers"

    desk.post(url(order, "keep-eligible"))
    assert title(desk, order) == "Choose a messaging profile"


@pytest.mark.promise("B2")
def test_numbers_that_could_not_be_checked_block_the_order_and_are_removed_together(
    desk, draft, sandbox, work, operator
):
    order = draft(ONE, TWO, THREE)
    order.numbers.update(checked_at=None, eligible=None, eligibility="")
    sandbox.set_eligibility(TWO, "NUMBER_CAN_NOT_BE_WIRELESS")
    sandbox.set_eligibility(THREE, "NUMBER_CAN_NOT_BE_VALIDATED")
    work(workflow.check(order, by=operator))
    page = desk.get(url(order)).content.decode()
    assert title(desk, order) == "Remove the ineligible numbers"
    assert "check them again or remove them before you order the rest." in page
    assert "The others can be ordered." not in page

    desk.post(url(order, "keep-eligible"))
    assert title(desk, order) == "Check again"
    assert "Remove 1 number that could not be checked" in desk.get(url(order)).content.decode()

    said = desk.post(url(order, "keep-eligible"), {"kind": "unknown"}, follow=True).content.decode()
    assert "1 number removed." in said
    assert title(desk, order) == "Create order"
    assert [n.phone_number for n in order.numbers.all()] == [ONE]
    again = desk.post(url(order, "keep-eligible"), {"kind": "unknown"}, follow=True).content.decode()
    assert "There was nothing left to remove." in again


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The lines that were left out have been discarded."),
        (ONE, "Nothing new: the order already has these numbers."),
        ("more nonsense", "No number was added. The reason is beside each line."),
        (f"{ONE}\n{TWO}", "1 number added."),
    ],
)
def test_a_box_that_gives_no_new_number_says_why(desk, draft, text, said):
    order = draft(ONE, left_out="nonsense")

    answer = desk.post(url(order, "add-numbers"), {"text": text, "opened_with": "nonsense"}, follow=True)

    html = answer.content.decode()
    assert said in html
    assert "0 numbers" not in html


@pytest.mark.promise("B1")
def test_when_all_are_ineligible_the_result_is_offered_as_a_table(desk, draft, sandbox, work, operator):
    order = draft(ONE)
    sandbox.set_eligibility(ONE, "NUMBER_CAN_NOT_BE_WIRELESS")
    work(workflow.check(order, by=operator))

    assert title(desk, order) == "None of these numbers can be hosted"
    answer = desk.get(f"{LIST}{order.pk}/eligibility.csv")

    text = answer.content.decode("utf-8-sig")
    row = list(csv.reader(StringIO(text)))[1]
    assert row[0] == ONE
    assert row[4] == "Mobile numbers can't be hosted."
    assert read_text(row[0]).numbers() == [ONE]
    assert "attachment" in answer.headers["Content-Disposition"]


def table(desk, order) -> list[dict[str, str]]:
    text = desk.get(f"{LIST}{order.pk}/eligibility.csv").content.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def test_the_numbers_of_an_order_are_exported_at_every_stage(desk, ordered):
    order = ordered(ONE, TWO, THREE)
    link = f'href="{LIST}{order.pk}/eligibility.csv"'
    assert link in desk.get(url(order)).content.decode()
    asked = table(desk, order)
    assert [row["Number"] for row in asked] == [ONE, TWO, THREE]
    assert {(row["Result"], row["Ordered"], row["Ownership"], row["Live"]) for row in asked} == {
        ("Eligible", "Done", "To do", "Later")
    }
    assert {row["Now"] for row in asked} == {"Request a code."}

    order.numbers.filter(phone_number=ONE).update(status="successful", name="Front desk")
    order.numbers.filter(phone_number=TWO).update(status="failed_carrier_rejected")
    order.numbers.filter(phone_number=THREE).update(status="deleted", gone_at=timezone.now())
    HostedOrder.objects.filter(pk=order.pk).update(remote_status="successful", known_status="successful")
    live, failed, removed = table(desk, order)
    assert (live["Name"], live["Live"], live["Status at Telnyx"]) == ("Front desk", "Done", "Live")
    assert (failed["Live"], failed["Status at Telnyx"]) == ("Failed", "Refused by the provider")
    assert "Call the provider" in failed["Now"]
    assert (removed["Ordered"], removed["Live"]) == ("Removed", "Not needed")
    assert removed["Now"] == "Removed from the order."
    assert link in desk.get(url(order)).content.decode()


@pytest.mark.promise("X86")
def test_a_table_is_for_people_who_may_view_the_order(login, draft):
    assert login("nobody").get(f"{LIST}{draft().pk}/eligibility.csv").status_code == 403


# Create order.


def test_the_page_before_ordering_says_what_is_true_and_keeps_its_button_in_view(desk, draft):
    order = draft(*MANY, note="VIP", customer="Bright Smile")

    html = desk.get(url(order, "submit")).content.decode()

    assert "Telnyx may charge for it" in html
    assert "paid" not in html
    assert "VIP" not in html
    assert "profile of each number can be changed once it is live" in html
    assert '<details class="desk-fold" id="ordered-numbers">' in html
    assert f"and {len(MANY) - 1} more</summary>" in html


# Codes.


@pytest.mark.promise("F37")
def test_codes_go_out_both_ways_in_one_click(desk, ordered, work, sandbox):
    order = ordered(ONE, TWO, THREE)
    form = token() | {f"way{ONE}": "sms", f"way{TWO}": "call", f"way{THREE}": ""}

    desk.post(url(order, "send-codes"), form)
    desk.post(url(order, "send-codes"), form)
    for entry in OutboxEntry.objects.filter(operation__in=workflow.SENDINGS):
        work(entry)

    sent = [made["body"] for made in sandbox.requests("POST") if made["path"].endswith("/verification_codes")]
    assert len(sent) == 2
    assert [number(order, one).code_method for one in (ONE, TWO, THREE)] == ["sms", "call", ""]


@pytest.mark.promise("F37")
def test_nothing_else_is_requested_while_codes_are_being_sent(desk, ordered):
    order = ordered(ONE, TWO)
    desk.post(url(order, "send-codes"), token() | {f"way{ONE}": "sms"})

    desk.post(url(order, "send-codes"), token() | {f"way{ONE}": "sms", f"way{TWO}": "call"})

    assert OutboxEntry.objects.filter(operation__in=workflow.SENDINGS).count() == 1


@pytest.mark.promise("B5")
def test_switching_to_a_call_is_one_click_for_one_number(desk, ordered, work, sandbox):
    order = ordered(ONE, TWO)
    sandbox.set_code_error(ONE, "The line takes no text messages.")
    desk.post(url(order, "send-codes"), token() | {f"way{ONE}": "sms"})
    work(OutboxEntry.objects.get(operation="send_codes"))
    sandbox.set_code_error(ONE, None)
    assert "The line takes no text messages." in desk.get(url(order)).content.decode()

    desk.post(url(order, "send-codes"), token() | {"call": ONE, f"way{TWO}": "sms"})
    work(OutboxEntry.objects.filter(operation="send_codes").latest("created_at"))

    assert (number(order, ONE).code_method, number(order, TWO).code_method) == ("call", "")


@pytest.mark.promise("B5")
def test_a_number_that_cannot_be_proved_is_removed_from_the_order(desk, ordered, work):
    order = ordered(ONE, TWO)

    desk.post(url(order, "remove-number"), token() | {"number": ONE, "sure": "1"})
    work(OutboxEntry.objects.get(operation="remove_number"))

    assert not number(order, ONE).is_in_order()
    assert number(order, TWO).is_in_order()


# Nothing typed is lost.


@pytest.mark.promise("B7")
def test_a_refused_upload_is_explained_beside_its_field_and_keeps_the_date(desk, ordered):
    order, today = ordered(ONE), str(timezone.localdate())
    file = SimpleUploadedFile("photo.pdf", b"\xff\xd8\xff\xe0 a photo")

    html = desk.post(url(order, "upload"), {"bill-file": file, "bill-day": today}).content.decode()

    beside = html.split('id="id_bill-file_error"')[1].split("</div>")[0]
    assert "The photo is damaged" in beside
    assert f'value="{today}"' in html
    assert 'id="id_loa-file_error"' not in html


@pytest.mark.promise("B15")
def test_a_wrong_confirmation_word_keeps_the_reason(desk, ordered):
    order = ordered(ONE)

    form = token() | {"typed": "cancle", "reason": "The customer moves away."}
    html = desk.post(url(order, "cancel"), form).content.decode()

    assert "Nothing was canceled." in html
    assert "The customer moves away." in html
    assert not OutboxEntry.objects.filter(operation="cancel").exists()


@pytest.mark.promise("F43")
def test_a_tick_is_saved_without_leaving_the_page(desk, ordered, upload):
    paper = upload(ordered(ONE))

    form = {"document": str(paper.pk), "ticked": ["name"]}
    answer = desk.post(url(paper.order, "tick"), form, headers={"X-Desk-Quiet": "1"})

    assert answer.status_code == 204
    paper.refresh_from_db()
    assert list(paper.checklist) == ["name"]


@pytest.mark.promise("B8")
def test_a_refused_letter_names_the_usual_causes(desk, ordered, upload):
    paper = upload(ordered(ONE))
    paper.sent_at = paper.refused_at = timezone.now()
    paper.save()
    paper.order.remote_status = paper.order.known_status = "loa_file_invalid"
    paper.order.save()

    html = desk.get(url(paper.order)).content.decode()

    assert "Upload a new letter" in html
    assert "It is not signed" in html


# Cost.


@pytest.fixture
def pair(draft, upload):
    """Return an order with one number and one with two hundred, at the same stage."""

    def made(stage: str) -> list[HostedOrder]:
        orders = [draft(ONE), draft(TWO)]
        OrderNumber.objects.bulk_create(
            OrderNumber(
                order=orders[1],
                phone_number=one,
                eligibility="ELIGIBLE",
                eligible=True,
                checked_at=timezone.now(),
            )
            for one in MANY[1:]
        )
        if stage == "draft":
            HostedOrder.objects.update(left_out="12\n13")
        if stage == "failed":
            return [at_telnyx(order, "failed", "failed_timeout") for order in orders]
        if stage == "proving":
            for order in orders:
                at_telnyx(order, "pending")
                upload(order, "loa")
                upload(order, "bill")
        return orders

    return made


def cost(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200, address
    return len(queries)


PAGES = (
    ("draft", "change/"),
    ("draft", "progress/"),
    ("draft", "submit/"),
    ("draft", "eligibility.csv"),
    ("proving", "change/"),
    ("proving", "progress/"),
    ("proving", "cancel/"),
    ("proving", "letter/"),
    ("failed", "change/"),
)


@pytest.mark.parametrize("stage", ["draft", "proving", "failed"])
@pytest.mark.promise("B10", "L3")
def test_every_page_costs_the_same_with_two_hundred_numbers(desk, pair, stage):
    orders = pair(stage)
    desk.get(url(orders[0]))

    for page in [page for where, page in PAGES if where == stage]:
        small, large = (cost(desk, f"{LIST}{order.pk}/{page}") for order in orders)
        assert small == large <= MOST_QUERIES, f"{page}: {small}, {large}"
    assert cost(desk, LIST) <= MOST_QUERIES


ACTIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("draft", "check", {}),
    ("draft", "keep-eligible", {}),
    ("draft", "add-numbers", {"text": "+13125559001\n12"}),
    ("draft", "drop-number", {"number": "+13125559001"}),
    ("draft", "save-draft", {"note": "Noted."}),
    ("proving", "check-codes", {"paste": "no code here"}),
    ("proving", "acknowledge", {}),
    ("failed", "move-failed", {}),
)


@pytest.mark.parametrize(("stage", "action", "form"), ACTIONS)
@pytest.mark.promise("B10", "L3")
def test_every_action_costs_the_same_with_two_hundred_numbers(desk, pair, stage, action, form):
    costs, orders = [], pair(stage)
    desk.get(LIST)
    for order in orders:
        with CaptureQueriesContext(connection) as queries:
            assert desk.post(url(order, action), token() | form).status_code == 302
        costs.append(sum(not q["sql"].startswith(("SAVEPOINT", "RELEASE")) for q in queries))

    assert costs[1] <= costs[0] <= MOST_QUERIES + 2


@pytest.mark.promise("F101")
def test_a_check_answered_while_the_page_is_read_still_refreshes_the_page(desk, operator, work, monkeypatch):
    order = HostedOrder.objects.create()
    OrderNumber.objects.create(order=order, phone_number=ONE)
    asked = workflow.check(order, by=operator)
    read = outbox.entries

    def answered_meanwhile(resource: HostedOrder) -> Any:
        if asked.is_open():
            work(asked)
        return read(resource)

    monkeypatch.setattr(outbox, "entries", answered_meanwhile)
    page = desk.get(url(order)).content.decode()

    asked.refresh_from_db()
    assert asked.state == OutboxEntry.State.ACCEPTED
    assert 'id="title-next" class="ho-title">Check eligibility' not in page


# Names beside the numbers.

NAMED = f"Zoë Núñez\t312-555-0101\t2019\nTel.: 312.555.0102 / Dr. Patel\n{THREE}"


@pytest.fixture
def named_order(desk) -> HostedOrder:
    form = {"text": NAMED, "draft_id": str(uuid4())}
    read = desk.post(f"{LIST}add/", form | {"_read": "1"}).content.decode()
    assert "left out: 2019" in read.replace("Left", "left")
    desk.post(f"{LIST}add/", form | {"read": str(Forms(read).fields["read"]), "_save": "1"})
    return HostedOrder.objects.get()


def names(order: HostedOrder) -> dict[str, str]:
    return dict(order.numbers.values_list("phone_number", "name"))


@pytest.mark.promise("F32")
def test_the_name_beside_a_number_is_kept_and_shown_on_every_page_of_its_order(
    desk, named_order, sandbox, work, operator, profile
):
    order = named_order
    assert names(order) == {ONE: "Zoë Núñez", TWO: "Dr. Patel", THREE: ""}
    assert "Zoë Núñez" in desk.get(url(order)).content.decode()
    table = desk.get(f"{LIST}{order.pk}/eligibility.csv").content.decode("utf-8-sig")
    assert [row[1] for row in csv.reader(StringIO(table))][1:] == ["Zoë Núñez", "Dr. Patel", ""]

    work(workflow.check(order, by=operator))
    desk.post(url(order, "save-draft"), {"messaging_profile": str(profile.pk), "note": ""})
    assert "Zoë Núñez" in desk.get(url(order, "submit")).content.decode()
    order.refresh_from_db()
    work(workflow.submit(order, by=operator))
    html = desk.get(url(order)).content.decode()
    beside = html.split(f'data-code-row="{ONE}"')[1].split("</li>")[0]
    tracker = html.split('id="numbers"')[1]
    assert "Zoë Núñez" in beside
    assert "Zoë Núñez" in tracker

    order.refresh_from_db()
    order.numbers.filter(phone_number=TWO).update(status="failed")
    desk.post(url(order, "move-failed"))
    assert names(HostedOrder.objects.get(moved_from=order)) == {TWO: "Dr. Patel"}


def test_adding_a_number_again_keeps_its_name_or_takes_the_new_one(desk, named_order):
    desk.post(url(named_order, "add-numbers"), {"text": f"{ONE}\n{TWO} Dr. Shah\n{THREE} front desk"})

    assert names(named_order) == {ONE: "Zoë Núñez", TWO: "Dr. Shah", THREE: "front desk"}


@pytest.mark.parametrize(
    "term", ["Núñez", "dr. patel", "Zoë Núñez 312-555-0101", "<+13125550101>", "5550101"]
)
def test_an_order_is_found_by_the_name_or_number_in_any_form(desk, named_order, term):
    assert str(named_order.pk) in desk.get(LIST, {"q": term}).content.decode()
    assert str(named_order.pk) not in desk.get(LIST, {"q": "Marigold"}).content.decode()


def test_a_line_left_out_keeps_its_name_until_it_is_corrected(desk, named_order):
    desk.post(url(named_order, "add-numbers"), {"text": "Bob\t555-0104\n880-001-2300 Ann"})

    html = desk.get(url(named_order)).content.decode()
    assert Forms(html).fields["text"] == "Bob\t555-0104\n880-001-2300 Ann"
    assert "too few digits. Type it with its area code." in html
    assert "start with 0 or 1" in html


def test_the_last_page_before_an_order_names_the_lines_left_out(desk, named_order, work, operator, profile):
    desk.post(url(named_order, "add-numbers"), {"text": "512 555 01"})
    HostedOrder.objects.update(messaging_profile=profile)
    work(workflow.check(named_order, by=operator))

    html = desk.get(url(named_order, "submit")).content.decode()

    assert "1 line was left out and is not ordered:" in html
    assert "512 555 01<" in html


def test_a_hundred_lines_with_the_same_fault_are_said_once_and_good_numbers_come_first(desk):
    text = "\n".join([*(f"555-{n:04} Bob" for n in range(101)), *(f"312-555-{n:04} Ann" for n in range(99))])

    html = desk.post(f"{LIST}add/", {"text": text, "draft_id": str(uuid4()), "_read": "1"}).content.decode()

    assert "101 lines: This phone number has too few digits. Type it with its area code." in html
    assert "Save a draft with 99 numbers" in html
    assert html.index("+1 312 555 0000") < html.index("555-0000 Bob") < html.index("Save a draft with")
