"""The letter as it is printed: read back from the PDF."""

from dataclasses import replace
from io import BytesIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.forms import CharField
from django.test import Client
from django.utils import timezone
from pikepdf import Pdf

from hosted.desk import retention
from hosted.documents import letter, preflight
from hosted.documents.forms import LetterForm
from hosted.documents.words import texts
from hosted.models import HostedOrder, LetterDetails, OrderNumber
from messaging.validators import display_number

from .conftest import HOLDER, make_order


def pages(content: bytes) -> list[str]:
    with Pdf.open(BytesIO(content)) as pdf:
        return ["".join(texts(pdf, page)) for page in pdf.pages]


def many(count: int) -> list[str]:
    return [f"+1217555{number:04d}" for number in range(count)]


@pytest.mark.promise("F42")
def test_the_letter_says_who_asks_whom_for_which_numbers(order):
    (page,) = pages(letter.make(order, HOLDER))

    for words in [
        "Letter of authorization",
        "Larkspur Dental Group LLC",
        "200 Fictional Way, Suite 4",
        "Springfield, IL 62704",
        "Prairie Telephone Co.",
        "0099-8877",
        "+1 217 555 0101",
        "+1 217 555 0102",
        "Telephone numbers (2)",
        "Robin Sample, Office manager",
        "Signature",
        "Date (month, day, year)",
        "Page 1 of 1",
        f"our order {str(order.pk)[:8]}",
    ]:
        assert words in page


@pytest.mark.parametrize("count", [1, 3, 60, 61, 68, 72, 73, 140, 200])
@pytest.mark.promise("F42")
def test_every_number_is_listed_once_on_as_many_pages_as_it_takes(count):
    found = pages(letter.draw(replace(HOLDER, billing_number=""), many(count), "1a2b3c4d"))

    text = "\n".join(found)
    assert [text.count(display_number(number)) for number in many(count)] == [1] * count
    assert text.count("Signature") == 1
    assert "Signature" in found[-1]
    assert f"Page {len(found)} of {len(found)}" in found[-1]


@pytest.mark.promise("F42")
def test_the_same_data_makes_the_same_bytes(order):
    assert letter.make(order, HOLDER) == letter.make(order, HOLDER)


@pytest.mark.promise("F42")
def test_the_letter_itself_passes_the_checks(order):
    prepared = preflight.prepare(letter.make(order, HOLDER))

    assert (prepared.report.ok, prepared.looks_like) == (True, "letter")


def test_a_number_that_left_the_order_is_not_in_the_letter(db):
    order = make_order("+12175550101", "+12175550102", "+12175550103")
    OrderNumber.objects.filter(phone_number="+12175550102").update(gone_at=timezone.now())
    OrderNumber.objects.filter(phone_number="+12175550103").update(status="deleted")

    assert letter.numbers_of(order) == ["+12175550101"]


@pytest.mark.promise("X82")
def test_typed_text_is_printed_as_text_not_markup(order):
    holder = replace(HOLDER, account_holder="<b>A & B</b> <img src='file:///etc/passwd'/>")

    (page,) = pages(letter.make(order, holder))

    assert "<b>A & B</b> <img src='file:///etc/passwd'/>" in page.replace("\n", " ")


def test_a_long_name_wraps_instead_of_leaving_the_page(order):
    content = letter.make(order, replace(HOLDER, account_holder="W" * 120, street="i" * 120))

    assert "".join(pages(content)).count("W") == 120


def form(**changes: str) -> LetterForm:
    return LetterForm(vars(HOLDER) | changes)


def test_the_form_makes_a_holder():
    filled = form(billing_number="(217) 555-0101")

    assert filled.is_valid()
    assert filled.holder() == HOLDER


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account_holder": ""}, "account_holder"),
        ({"account_holder": "Łódź Ltd"}, "account_holder"),
        ({"street": "見"}, "street"),
        ({"billing_number": "1.2E+10"}, "billing_number"),
        ({"billing_number": "730-0141 fax"}, "billing_number"),
        ({"billing_number": "880-001-2300"}, "billing_number"),
        ({"billing_number": "Tel.: 312.555.0142 / Dr. Patel"}, "billing_number"),
        ({"city": "x" * 81}, "city"),
        ({"account_holder": "\n".join("x" * 60)}, "account_holder"),
        ({"street": "200 Fictional Way\r\nSuite 4"}, "street"),
        ({"signer": "Robin\x0bSample"}, "signer"),
        ({"signer_title": "Office\u2028manager"}, "signer_title"),
        ({"city": "Spring\tfield"}, "city"),
        ({"state": "I\x1bL"}, "state"),
        ({"zip_code": "6270\x854"}, "zip_code"),
        ({"provider": "Prairie \U0001f4de"}, "provider"),
        ({"provider": "\u202ePrairie"}, "provider"),
        ({"account_number": "00\xad99"}, "account_number"),
        ({"account_holder": "\u05e9\u05dc\u05d5\u05dd"}, "account_holder"),
        ({"account_holder": "x" * 100_000}, "account_holder"),
    ],
)
def test_the_form_says_beside_the_field_what_cannot_be_printed(changes, field):
    assert list(form(**changes).errors) == [field]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Robin\nSample", "Write this on one line."),
        ("Robin\tSample", "This holds a tab or a hidden character. Delete it and type it again."),
        ("\u202eRobin", "This holds a tab or a hidden character. Delete it and type it again."),
        ("\u202e見", "The letter can't show “見”. Type it as on the bill, in Latin letters."),
        ("".join(map(chr, range(0x400, 0x450))), "Ѐ"),
    ],
)
def test_the_reason_shows_nothing_that_is_hidden_or_without_end(typed, said):
    [error] = form(signer=typed).errors["signer"]

    assert said in error
    assert len(str(error)) < 120


@pytest.mark.parametrize("name", vars(HOLDER))
def test_sixty_line_breaks_in_any_field_are_said_beside_it(name, order, person):
    desk = Client()
    desk.force_login(person("admin"))

    answer = desk.post(
        f"/admin/hosted/hostedorder/{order.pk}/letter/", vars(HOLDER) | {name: "1" + "\r\n" * 60 + "2"}
    )

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [name]


def test_an_accent_that_comes_as_a_character_of_its_own_is_printed(order):
    filled = form(account_holder="Zoe\u0308 Nu\u0301n\u0303ez")

    assert filled.is_valid()
    assert "Zoë Núñez" in pages(letter.make(order, filled.holder()))[0]


def test_the_longest_lines_make_a_letter(order):
    longest = {
        name: field.max_length for name, field in form().fields.items() if isinstance(field, CharField)
    }
    filled = form(**{name: "W" * length for name, length in longest.items() if name != "billing_number"})

    assert filled.is_valid()
    assert letter.make(order, filled.holder()).startswith(b"%PDF-")


def test_a_refused_letter_keeps_what_was_typed(order, person):
    desk = Client()
    desk.force_login(person("admin"))

    answer = desk.post(
        f"/admin/hosted/hostedorder/{order.pk}/letter/",
        vars(HOLDER) | {"account_holder": "\n".join("x" * 60)},
    )

    assert answer.status_code == 200
    assert answer.context["form"].errors == {"account_holder": ["Write this on one line."]}
    assert answer.context["form"]["street"].value() == HOLDER.street


def test_a_letter_that_would_lose_signs_is_not_made():
    with pytest.raises(ValueError, match="Ł"):
        letter.draw(replace(HOLDER, signer="Łucja"), many(1), "1a2b3c4d")


# What was typed is kept for the next letter.


@pytest.fixture
def desk(person) -> Client:
    browser = Client()
    browser.force_login(person("operator"))
    return browser


def page_of(order: HostedOrder) -> str:
    return f"/admin/hosted/hostedorder/{order.pk}/letter/"


def of(customer: str) -> HostedOrder:
    order = make_order("+12175550103")
    order.customer = customer
    order.save()
    return order


def test_a_letter_is_named_after_the_customer_and_starts_the_next_one_of_that_customer(desk):
    first, second, other = of("Larkspur Dental"), of("larkspur dental"), of("Somebody else")

    made = desk.post(page_of(first), vars(HOLDER))

    assert (
        made["Content-Disposition"] == 'attachment; filename="Letter of authorization - Larkspur Dental.pdf"'
    )
    for order in (first, second):
        answer = desk.get(page_of(order))
        assert answer.context["form"]["street"].value() == HOLDER.street
        assert "Filled in from the letter that operator created" in answer.content.decode()
    answer = desk.get(page_of(other))
    assert answer.context["form"]["street"].value() in (None, "")
    assert answer.context["form"]["account_holder"].value() == "Somebody else"


def test_what_was_typed_for_a_letter_is_sealed_and_can_be_cleared(desk, order):
    desk.post(page_of(order), vars(HOLDER))

    assert HOLDER.street.encode() not in bytes(LetterDetails.objects.get().sealed)

    desk.post(page_of(order), {"_clear": "1"})

    assert not LetterDetails.objects.exists()
    assert not desk.get(page_of(order)).context["form"]["street"].value()


def test_what_was_typed_for_a_letter_survives_new_keys_and_is_simply_gone_with_a_lost_one(
    desk, order, settings
):
    desk.post(page_of(order), vars(HOLDER))
    old, new = settings.DOCUMENT_KEYS[0], Fernet.generate_key().decode()
    settings.DOCUMENT_KEYS = [new, old]
    call_command("rotate_document_keys")

    settings.DOCUMENT_KEYS = [new]
    assert desk.get(page_of(order)).context["form"]["street"].value() == HOLDER.street

    settings.DOCUMENT_KEYS = [old]
    answer = desk.get(page_of(order))
    assert answer.status_code == 200
    assert not answer.context["form"]["street"].value()


def test_only_those_who_create_letters_may_clear_what_was_typed(desk, order, person):
    desk.post(page_of(order), vars(HOLDER))
    support = Client()
    support.force_login(person("support"))

    assert support.post(page_of(order), {"_clear": "1"}).status_code == 403
    assert LetterDetails.objects.exists()


def test_what_was_typed_for_a_letter_goes_with_the_words_of_the_order(desk, order):
    desk.post(page_of(order), vars(HOLDER))

    retention._forget_order([order.pk])

    assert not LetterDetails.objects.exists()
