"""The letter of authorization as a PDF, ready to print and sign, filled in from the order and a short form.

It is always in English, whatever the language of our pages: Telnyx and the current provider read it. The wording is
ours; if Telnyx insists on its own template, use that. The same data produces the same bytes.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from messaging.validators import display_number

from ..choices import NumberStatus
from ..models import HostedOrder

INK, GREY, RULE = HexColor("#1c2430"), HexColor("#5b6675"), HexColor("#c5ccd6")
TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=10, leading=14, textColor=INK, spaceAfter=6)
TITLE = ParagraphStyle("title", TEXT, fontName="Helvetica-Bold", fontSize=20, leading=24, spaceAfter=2)
SUBTITLE = ParagraphStyle("subtitle", TEXT, fontSize=11, textColor=GREY, spaceAfter=14)
HEADING = ParagraphStyle("heading", TEXT, fontName="Helvetica-Bold", fontSize=11, spaceAfter=0)
LABEL = ParagraphStyle("label", TEXT, fontSize=8.5, leading=11, textColor=GREY, spaceAfter=0)
VALUE = ParagraphStyle("value", TEXT, spaceAfter=0)

MARGIN = inch
WIDTH = LETTER[0] - 2 * MARGIN
LABEL_WIDTH = 1.7 * inch
COLUMNS = 4

STATEMENTS = (
    "I am the customer of record for the telephone numbers listed in this letter, or I am authorized to sign for that "
    "customer. The name and the address above are those on the account with the current provider.",
    "I authorize Telnyx LLC, and companies working on its behalf, to turn on text messaging (SMS and MMS) for these "
    "numbers, to carry their messages, and to ask the current provider for the records needed for this.",
    "Calls are not affected: voice service stays with the current provider, and its contract remains in force.",
    "This authorization applies to the listed numbers only, from the date beside my signature until I withdraw it in "
    "writing.",
)


@dataclass(frozen=True)
class Holder:
    """Who signs for which account, exactly as in the provider's records and on its bill."""

    account_holder: str
    signer: str
    signer_title: str
    street: str
    city: str
    state: str
    zip_code: str
    provider: str
    account_number: str
    billing_number: str


def numbers_of(order: HostedOrder) -> list[str]:
    """Return the numbers the letter for this order must list."""
    found = order.numbers.filter(gone_at=None).exclude(status=NumberStatus.DELETED).order_by("phone_number")
    return list(found.values_list("phone_number", flat=True))


def make(order: HostedOrder, holder: Holder) -> bytes:
    """Return the letter for all numbers of an order, with as many pages as they need."""
    return draw(holder, numbers_of(order), reference=str(order.pk)[:8])


def draw(holder: Holder, numbers: Sequence[str], reference: str) -> bytes:
    """Return the letter. Raise ValueError for a character its font does not have."""
    if lost := unprintable(" ".join(vars(holder).values())):
        raise ValueError(f"the letter cannot show {lost!r}")
    file = BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=LETTER,
        # A frame adds 6 points of padding inside its margins.
        leftMargin=MARGIN - 6,
        rightMargin=MARGIN - 6,
        topMargin=0.8 * inch,
        bottomMargin=0.9 * inch,
        title="Letter of authorization",
        author="",
        invariant=1,
        initialFontName="Helvetica",
    )

    def canvas(*args: Any, **options: Any) -> Canvas:
        return Numbered(*args, reference=reference, **options)

    document.build(_story(holder, numbers), canvasmaker=canvas)
    return file.getvalue()


def unprintable(text: str) -> str:
    """Return the characters the letter's font (Windows Western) does not have, and the invisible ones."""
    return "".join(sorted({sign for sign in text if not sign.encode("cp1252", "ignore") or is_control(sign)}))


def is_control(sign: str) -> bool:
    """Return True if it is not visible: a line break, a tab, a mark that changes the writing direction."""
    return unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp")


class Numbered(Canvas):
    """A canvas that knows the total page count when it draws the first page's footer."""

    def __init__(self, *args: Any, reference: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.reference = reference
        self.waiting: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self.waiting.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for page in self.waiting:
            self.__dict__.update(page)
            self.foot(len(self.waiting))
            super().showPage()
        super().save()

    def foot(self, pages: int) -> None:
        self.setFont("Helvetica", 8)
        self.setFillColor(GREY)
        self.drawString(MARGIN, 0.55 * inch, f"Letter of authorization, our order {self.reference}")
        self.drawRightString(LETTER[0] - MARGIN, 0.55 * inch, f"Page {self._pageNumber} of {pages}")


def _story(holder: Holder, numbers: Sequence[str]) -> list[Flowable]:
    return [
        Paragraph("Letter of authorization", TITLE),
        Paragraph("Text messaging on telephone numbers that stay with their provider", SUBTITLE),
        _account(holder),
        Spacer(0, 12),
        *(Paragraph(statement, TEXT) for statement in STATEMENTS),
        Spacer(0, 8),
        _grid(numbers),
        KeepTogether([Spacer(0, 26), _signature(holder)]),
    ]


def _account(holder: Holder) -> Table:
    rows = [
        ("Account holder", holder.account_holder),
        ("Service address", f"{holder.street}\n{holder.city}, {holder.state} {holder.zip_code}"),
        ("Current provider", holder.provider),
        ("Account number", holder.account_number),
        ("Billing telephone number", display_number(holder.billing_number)),
    ]
    cells = [[Paragraph(label, LABEL), Paragraph(_text(value), VALUE)] for label, value in rows if value]
    style = [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
        ("LINEABOVE", (0, 0), (-1, 0), 0.5, RULE),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
    ]
    return Table(cells, colWidths=[LABEL_WIDTH, WIDTH - LABEL_WIDTH], style=TableStyle(style))


def _grid(numbers: Sequence[str]) -> Table:
    """Lay the numbers out in rows, in reading order, below a heading that repeats on each page."""
    heading = "Telephone number" if len(numbers) == 1 else f"Telephone numbers ({len(numbers)})"
    shown = [display_number(number) for number in numbers] or ["-"]
    shown += [""] * (-len(shown) % COLUMNS)
    rows: list[list[Any]] = [[Paragraph(heading, HEADING), *[""] * (COLUMNS - 1)]]
    rows += [shown[start : start + COLUMNS] for start in range(0, len(shown), COLUMNS)]
    style = [
        ("SPAN", (0, 0), (-1, 0)),
        ("FONT", (0, 1), (-1, -1), "Helvetica", 10),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, RULE),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
    ]
    return Table(rows, colWidths=[WIDTH / COLUMNS] * COLUMNS, style=TableStyle(style), repeatRows=1)


def _signature(holder: Holder) -> Table:
    """Draw the lines to write on, each with a caption below."""
    signer = ", ".join(filter(None, (holder.signer, holder.signer_title)))
    cells = [
        ["", "", ""],
        [Paragraph("Signature", LABEL), "", Paragraph("Date (month, day, year)", LABEL)],
        [Paragraph(_text(signer), VALUE), "", ""],
        [Paragraph("Name and title of the person who signs", LABEL), "", ""],
    ]
    style = [
        ("LINEBELOW", (0, 0), (0, 0), 0.8, INK),
        ("LINEBELOW", (2, 0), (2, 0), 0.8, INK),
        ("LINEBELOW", (0, 2), (0, 2), 0.5, RULE),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 2), (-1, 2), 10),
    ]
    widths = [0.56 * WIDTH, 0.06 * WIDTH, 0.38 * WIDTH]
    return Table(cells, colWidths=widths, rowHeights=[34, None, None, None], style=TableStyle(style))


def _text(value: str) -> str:
    return escape(value).replace("\n", "<br/>")
