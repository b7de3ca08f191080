"""The letter as it leaves the printer: read back from the PDF."""

from dataclasses import replace
from io import BytesIO

import pytest
from django.utils import timezone
from pypdf import PdfReader

from hosted.documents import letter, preflight
from hosted.documents.forms import LetterForm
from hosted.models import OrderNumber
from messaging.validators import display_number

from .conftest import make_order

HOLDER = letter.Holder(
    account_holder="Larkspur Dental Group LLC",
    signer="Robin Sample",
    signer_title="Office manager",
    street="200 Fictional Way, Suite 4",
    city="Springfield",
    state="IL",
    zip_code="62704",
    provider="Prairie Telephone Co.",
    account_number="0099-8877",
    billing_number="+12175550101",
)


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def many(count: int) -> list[str]:
    return [f"+1217555{number:04d}" for number in range(count)]


def test_f42_the_letter_says_who_asks_whom_for_which_numbers(order):
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
        "The 2 numbers",
        "Robin Sample, Office manager",
        "Signature",
        "Date (month, day, year)",
        "Page 1 of 1",
        f"our order {str(order.pk)[:8]}",
    ]:
        assert words in page


@pytest.mark.parametrize("count", [1, 3, 60, 61, 68, 72, 73, 140, 200])
def test_f42_every_number_is_listed_once_on_as_many_pages_as_it_takes(count):
    found = pages(letter.draw(replace(HOLDER, billing_number=""), many(count), "1a2b3c4d"))

    text = "\n".join(found)
    assert [text.count(display_number(number)) for number in many(count)] == [1] * count
    assert text.count("Signature") == 1
    assert "Signature" in found[-1]
    assert f"Page {len(found)} of {len(found)}" in found[-1]


def test_f42_the_same_data_make_the_same_bytes(order):
    assert letter.make(order, HOLDER) == letter.make(order, HOLDER)


def test_f42_the_letter_itself_passes_the_checks(order):
    assert preflight.check(letter.make(order, HOLDER)).ok


def test_a_number_that_left_the_order_is_not_in_the_letter(db):
    order = make_order("+12175550101", "+12175550102", "+12175550103")
    OrderNumber.objects.filter(phone_number="+12175550102").update(gone_at=timezone.now())
    OrderNumber.objects.filter(phone_number="+12175550103").update(status="deleted")

    assert letter.numbers_of(order) == ["+12175550101"]


def test_x82_what_is_typed_is_text_and_no_markup(order):
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
        ({"city": "x" * 81}, "city"),
    ],
)
def test_the_form_says_beside_the_field_what_cannot_be_printed(changes, field):
    assert list(form(**changes).errors) == [field]


def test_a_letter_that_would_lose_signs_is_not_made():
    with pytest.raises(ValueError, match="Ł"):
        letter.draw(replace(HOLDER, signer="Łucja"), many(1), "1a2b3c4d")
