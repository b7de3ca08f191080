"""Whether a document looks like a letter of authorization or a bill, by its words."""

import json
from io import BytesIO

import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from hosted.documents import inspect, preflight

from . import pdfs, photos


def document(*lines: str, font: str = "Helvetica", before: int = 0) -> bytes:
    file = BytesIO()
    canvas = Canvas(file, invariant=1)
    for _page in range(before):
        canvas.showPage()
    canvas.setFont(font, 12)
    for number, line in enumerate(lines):
        canvas.drawString(72, 700 - 20 * number, line)
    canvas.save()
    return file.getvalue()


LETTER = ("Letter of Authorization", "I authorize Telnyx to host these numbers.", "Account number: 12")
BILL = ("Your invoice", "Account number 12", "Billing period: May 1 - May 31", "Amount due: $12.00")


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (LETTER, "letter"),
        (BILL, "bill"),
        (("LOA", "The undersigned authorizes the new carrier.", "Authorized signature"), "letter"),
        (("STATEMENT", "Total due", "Due date"), "bill"),
        (("A m o u n t  d u e", "I n v o i c e"), "bill"),
        (("Dear customer", "thank you for your order."), ""),
        (("Invoice",), ""),
        (("Letter of authorization", "Amount due"), ""),
        ((), ""),
    ],
)
def test_the_words_on_a_page_say_what_it_is(lines, kind):
    assert preflight.prepare(document(*lines)).looks_like == kind


def test_the_text_is_found_where_a_font_numbers_its_letters_itself():
    """As in what a browser prints."""
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    content = document(*BILL, font="Vera")

    assert preflight.prepare(content).looks_like == "bill"


def test_the_text_is_found_inside_a_form():
    with Pdf.open(BytesIO(document(*LETTER))) as pdf:
        page = pdf.pages[0]
        form = pdf.make_stream(page.obj.Contents.read_bytes(), Type=Name.XObject, Subtype=Name.Form)
        form.Resources = page.obj.Resources
        page.obj.Contents = pdf.make_stream(b"q /Whole Do Q")
        page.obj.Resources = Dictionary(XObject=Dictionary(Whole=form))
        file = BytesIO()
        pdf.save(file)

    assert preflight.prepare(file.getvalue()).looks_like == "letter"


def test_only_the_first_pages_count():
    assert preflight.prepare(document(*BILL, before=2)).looks_like == "bill"
    assert preflight.prepare(document(*BILL, before=3)).looks_like == ""


def test_a_form_that_shows_itself_ends():
    def change(pdf: Pdf) -> None:
        form = pdf.make_stream(b"/Again Do", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
        form.Resources = Dictionary(XObject=Dictionary(Again=form))
        pdf.pages[0].obj.Contents = pdf.make_stream(b"/Again Do /Again Do")
        pdf.pages[0].obj.Resources = form.Resources

    assert preflight.prepare(pdfs.changed(change)).report.ok


@pytest.mark.parametrize("body", [b"BT (", b"Tj", b"[ Tj", b"/F1 Tf", b"\xff" * 99, b"BI ID", b"Do Do"])
def test_what_cannot_be_read_says_nothing_and_is_no_reason_to_refuse(body):
    content = pdfs.changed(lambda pdf: setattr(pdf.pages[0].obj, "Contents", pdf.make_stream(body)))

    found = preflight.prepare(content)
    assert (found.report.findings, found.looks_like) == ((), "")


def test_a_photo_has_no_text():
    assert preflight.prepare(photos.photo()).looks_like == ""


def test_no_text_leaves_the_process_that_reads_it():
    answer = inspect.inspect(document(*BILL, "Larkspur Dental Group"))

    assert set(answer) == {"pages", "problems", "looks_like", "repaired"}
    assert "Larkspur" not in json.dumps(answer)
