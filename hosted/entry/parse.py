"""Phone numbers as people paste them or keep them in spreadsheets: every line is kept, with its result.

Numbers that a spreadsheet damaged are reported, never guessed at.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import phonenumbers
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.validators import INVISIBLE, SPREADSHEET, normalise_number

# Telnyx's portal takes no more in one order (docs/telnyx.md, T3.9); no limit is published for the API.
MOST_NUMBERS = 200
LONGEST_TYPED = 100
# No number is longer than this, with everything people write around it.
LONGEST_PIECE = 500

# Many countries share +1. Telnyx's check accepts US numbers only, but a support page adds Canada, so we leave Canada
# and unassigned area codes to that check; all others are certain to be refused.
REGIONS = (None, "US", "CA", "PR", "GU", "VI", "AS", "MP")


class Verdict(TextChoices):
    GOOD = "good", _("Good")
    CLEANED = "cleaned", _("Cleaned")
    DUPLICATE = "duplicate", _("Duplicate")
    REFUSED = "refused", _("Refused")


@dataclass(frozen=True)
class Line:
    """One piece of what was typed: its line, its number in E.164 ("" if refused), and why."""

    position: int
    typed: str
    verdict: Verdict
    number: str = ""
    note: str | Promise = ""


@dataclass(frozen=True)
class Reading:
    """Everything that was typed, in order."""

    lines: tuple[Line, ...]

    def of(self, *verdicts: Verdict) -> list[Line]:
        return [line for line in self.lines if line.verdict in verdicts]

    def accepted(self) -> list[Line]:
        """Return the lines whose numbers can be ordered, each number once."""
        return self.of(Verdict.GOOD, Verdict.CLEANED)

    def numbers(self) -> list[str]:
        return [line.number for line in self.accepted()]


# What can be removed without changing a digit, and what to say about it.
CLEANERS: tuple[tuple[re.Pattern[str], str, Promise], ...] = (
    (INVISIBLE, "", _("hidden character removed")),
    (re.compile(r'^="?(.*?)"?$'), r"\1", _("spreadsheet formula removed")),
    (re.compile(r"^['\u2018\u2019`\"]+|['\u2019\"]+$"), "", _("quotation mark removed")),
    (re.compile(r"^(\+?\d{10,15})\.0+$"), r"\1", _("spreadsheet decimals removed")),
)

DAMAGES: tuple[tuple[re.Pattern[str], Promise], ...] = (
    (SPREADSHEET, _("This looks like a spreadsheet number that lost its digits. Type it again.")),
    (
        re.compile(r"#{3,}"),
        _("The spreadsheet showed ### because its column was too narrow. Widen it and copy again."),
    ),
    (
        re.compile(r"1\d{5}0{5}", re.ASCII),
        _("A spreadsheet may have rounded this number. If it is right, type it with a plus sign."),
    ),
    (
        re.compile(r"(?!1\d{10}$)\d{11,15}", re.ASCII),
        _("The plus sign seems to be missing. Type the number with + and its country code."),
    ),
)
PLUS_ADDED = _("missing plus sign added")
TOO_LONG = _("This line is too long to be a phone number.")
NOT_US = _("Only US numbers can be hosted.")
TOO_MANY = _("An order takes at most 200 numbers. Put this one in another order.")


def read_text(text: str) -> Reading:
    """Read pasted text: one number per line, or separated by commas, semicolons or tabs."""
    return read_pieces(pieces(text))


def read_pieces(pieces: Iterable[tuple[int, str]]) -> Reading:
    """Read pieces of text, each with its line number; empty ones are skipped."""
    return Reading(tuple(_merged(_line(position, piece) for position, piece in pieces if piece.strip())))


def pieces(text: str) -> list[tuple[int, str]]:
    """Split pasted text into pieces that are not empty, each with its line number."""
    return [(position, piece) for position, piece in _split(text) if piece.strip()]


def _split(text: str) -> Iterator[tuple[int, str]]:
    for position, row in enumerate(re.split(r"\r\n|[\r\n\v\f\u2028\u2029]", text), 1):
        # A decimal comma is not a separator: 1,31256E+10 is one damaged number.
        whole = SPREADSHEET.fullmatch(INVISIBLE.sub("", row).strip())
        first, _tab, name = row.partition("\t")
        if re.search(r"\d{7}|^$", re.sub(r"[ .()-]", "", name)) is None:
            row = first  # a file's number, with its name
        for piece in [row] if whole else re.split(r"[,;\t]+", row):
            yield position, piece


def _line(position: int, piece: str) -> Line:
    typed = piece.strip()[:LONGEST_TYPED]
    if len(piece.strip()) > LONGEST_PIECE:
        return Line(position, typed, Verdict.REFUSED, note=TOO_LONG)
    text, notes = _cleaned(piece)
    for pattern, reason in DAMAGES:
        if pattern.fullmatch(text):
            return Line(position, typed, Verdict.REFUSED, note=reason)
    if re.fullmatch(r"1\d{10}", text, re.ASCII):
        notes.append(str(PLUS_ADDED))
    try:
        number = normalise_number(text)
    except ValidationError as error:
        return Line(position, typed, Verdict.REFUSED, note=error.messages[0])
    if not _may_be_hosted(number):
        return Line(position, typed, Verdict.REFUSED, note=NOT_US)
    verdict = Verdict.CLEANED if notes else Verdict.GOOD
    return Line(position, typed, verdict, number, ", ".join(notes))


def _cleaned(piece: str) -> tuple[str, list[str]]:
    text, notes = piece.strip(), []
    for pattern, instead, note in CLEANERS:
        cleaner = pattern.sub(instead, text).strip()
        if cleaner != text:
            notes.append(str(note))
        text = cleaner
    return text, notes


def _may_be_hosted(number: str) -> bool:
    parsed = phonenumbers.parse(number)
    return parsed.country_code == 1 and phonenumbers.region_code_for_number(parsed) in REGIONS


def _merged(lines: Iterable[Line]) -> Iterator[Line]:
    first: dict[str, int] = {}
    for line in lines:
        if not line.number:
            yield line
        elif line.number in first:
            note = _("same as line %(line)s") % {"line": first[line.number]}
            yield replace(line, verdict=Verdict.DUPLICATE, note=note)
        elif len(first) == MOST_NUMBERS:
            yield replace(line, verdict=Verdict.REFUSED, number="", note=TOO_MANY)
        else:
            first[line.number] = line.position
            yield line
