"""The summary of an evidence file: the same sections as a PDF to print and as plain text that has every letter.

The PDF's font has Latin, Greek, Cyrillic and more, but not every script. A letter it can't print stands there as its
Unicode number, and the first page says so; it never becomes an empty box.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

from messaging.desk.bodies import visible

FONT = "DejaVuSans"
FILE = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
INK, GREY = HexColor("#1c2430"), HexColor("#5b6675")
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=9, leading=13, textColor=INK, spaceAfter=3)
TITLE = ParagraphStyle("title", TEXT, fontSize=17, leading=22, spaceAfter=8)
HEADING = ParagraphStyle("heading", TEXT, fontSize=12, leading=16, spaceBefore=12, spaceAfter=4)
LABEL = ParagraphStyle("label", TEXT, fontSize=8, leading=10, textColor=GREY, spaceBefore=3, spaceAfter=0)
# Scripts that are written from right to left, or whose letters join, would come out wrong.
UNSHAPED = frozenset({"R", "AL", "AN"})
MOST_NUMBERS = 12


@dataclass(frozen=True)
class Section:
    """A heading with labeled texts below it."""

    title: str
    rows: Sequence[tuple[str, str]]


def both(at: datetime, zone: str) -> str:
    """Return a time in UTC and in the zone of the person who asked."""
    utc, local = at.astimezone(UTC), at.astimezone(ZoneInfo(zone))
    words = f"{utc:%Y-%m-%d %H:%M:%S} UTC"
    return words if zone == "UTC" else f"{words} ({local:%Y-%m-%d %H:%M:%S} {local.tzname()})"


def text(title: str, sections: Iterable[Section]) -> bytes:
    """Return the summary as plain text in UTF-8."""
    lines = [title, "=" * len(title)]
    for section in sections:
        lines += ["", section.title, "-" * len(section.title)]
        lines += [f"{label}: {words}" if label else words for label, words in section.rows]
    return ("\n".join(map(visible, lines)) + "\n").encode()


def pdf(title: str, sections: Sequence[Section]) -> bytes:
    """Return the summary as a PDF. The same sections make the same bytes."""
    font()
    body = list(_flow(title, sections))
    if any(printed(words) != words for words in _all_words(title, sections)):
        note = _(
            "Some letters below can't be printed in this PDF. They appear here as their Unicode numbers, "
            "such as [U+5C71]; the file summary.txt has them as they are."
        )
        body.insert(1, Paragraph(escape(note), TEXT))
    file = BytesIO()
    SimpleDocTemplate(
        file,
        pagesize=LETTER,
        leftMargin=inch,
        rightMargin=inch,
        topMargin=0.8 * inch,
        bottomMargin=0.8 * inch,
        title=title,
        invariant=1,
        initialFontName=FONT,
    ).build(body, onFirstPage=_page_number, onLaterPages=_page_number)
    return file.getvalue()


def _all_words(title: str, sections: Iterable[Section]) -> Iterable[str]:
    yield visible(title)
    for section in sections:
        yield from (visible(words) for row in section.rows for words in row)


def _flow(title: str, sections: Iterable[Section]) -> Iterable[Flowable]:
    yield Paragraph(_markup(title), TITLE)
    for section in sections:
        yield Paragraph(_markup(section.title), HEADING)
        for label, words in section.rows:
            if label:
                yield Paragraph(_markup(label), LABEL)
            for line in words.splitlines() or [""]:
                yield Paragraph(_markup(line), TEXT)


def _markup(words: str) -> str:
    return escape(printed(visible(words)))


def _page_number(canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.setFillColor(GREY)
    canvas.drawRightString(LETTER[0] - inch, 0.5 * inch, str(document.page))


@lru_cache(maxsize=1)
def font() -> TTFont:
    """Return the font of the PDF, known to reportlab from now on."""
    found = TTFont(FONT, str(FILE))
    pdfmetrics.registerFont(found)
    return found


def printed(words: str) -> str:
    """Return words with every letter that the font can't print as its Unicode number."""
    known = font().face.charToGlyph
    parts = []
    for is_lost, run in _runs(unicodedata.normalize("NFC", words), known):
        parts.append(_numbers(run) if is_lost else run)
    return "".join(parts)


def _runs(words: str, known: Any) -> Iterable[tuple[bool, str]]:
    run, was_lost = "", False
    for letter in words:
        is_lost = letter not in "\n\t" and (
            ord(letter) not in known or unicodedata.bidirectional(letter) in UNSHAPED
        )
        if run and is_lost != was_lost:
            yield was_lost, run
            run = ""
        run, was_lost = run + letter, is_lost
    if run:
        yield was_lost, run


def _numbers(run: str) -> str:
    shown = " ".join(f"U+{ord(letter):04X}" for letter in run[:MOST_NUMBERS])
    return f"[{shown} …]" if len(run) > MOST_NUMBERS else f"[{shown}]"


# Names of files in a zip that every program can unpack.
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def file_name(words: str) -> str:
    """Return words as the name of a file, in letters that every file system knows."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    return UNSAFE.sub("-", plain).strip("-.")[:60] or "file"
