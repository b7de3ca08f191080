"""Phone numbers as people paste them or keep them in spreadsheets: every line is kept, with its result.

What is a number and what is a name is read by messaging/numbers.py; here is what an order takes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import phonenumbers
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.numbers import Change, Piece, read_row, rows
from messaging.validators import display_number

# Telnyx's portal takes no more in one order (docs/telnyx.md, T3.9); no limit is published for the API.
MOST_NUMBERS = 200

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
    """One piece of what was typed: its line, its number in E.164 ("" if refused), its name, and what was done or why.

    `reasons` are the same for lines to which the same happened, whatever their text.
    """

    position: int
    typed: str
    verdict: Verdict
    number: str = ""
    note: str | Promise = ""
    name: str = ""
    reasons: tuple[str | Promise, ...] = ()
    # The row of the file it came from.
    row: int = 0

    def shown(self) -> str:
        return display_number(self.number)

    def for_box(self) -> str:
        """Return the line as it is put into the box; a name from another column of a file goes along."""
        return self.typed if self.name in self.typed else f"{self.typed}\t{self.name}"


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


@dataclass(frozen=True)
class Alike:
    """Lines to which the same happened."""

    verdict: Verdict
    reason: str | Promise
    lines: list[Line]


NOT_US = _("Only US numbers can be hosted.")
TOO_MANY = _("An order takes at most 200 numbers. Put this one in another order.")
HEADINGS = {Change.LEFT_OUT: _("text next to the number was left out")}
REPEATED = _("The number is on an earlier line too.")


def read_text(text: str, file_rows: Mapping[int, int] | None = None) -> Reading:
    """Read pasted text: one number per line with its name, or several with commas, semicolons or tabs between them.

    `file_rows` says which row of a file each line came from.
    """
    return Reading(tuple(_merged(_lines(rows(text), file_rows or {}))))


def alike(lines: Iterable[Line]) -> list[Alike]:
    """Group lines by what happened to them, refused ones first; a line with two changes is in two groups."""
    found: dict[tuple[str, str], Alike] = {}
    for line in lines:
        for reason in line.reasons:
            group = found.setdefault((line.verdict, str(reason)), Alike(line.verdict, reason, []))
            group.lines.append(line)
    return sorted(found.values(), key=lambda group: SEVERITY.index(group.verdict))


SEVERITY = (Verdict.REFUSED, Verdict.DUPLICATE, Verdict.CLEANED, Verdict.GOOD)


def _lines(texts: Iterable[tuple[int, str]], file_rows: Mapping[int, int]) -> Iterator[Line]:
    for position, text in texts:
        for piece in read_row(text):
            yield replace(_line(position, piece), row=file_rows.get(position, 0))


def _line(position: int, piece: Piece) -> Line:
    problem = piece.problem or ("" if _may_be_hosted(piece.number) else NOT_US)
    if problem:
        return Line(position, piece.typed, Verdict.REFUSED, note=problem, name=piece.name, reasons=(problem,))
    return Line(
        position,
        piece.typed,
        Verdict.CLEANED if piece.notes else Verdict.GOOD,
        piece.number,
        ", ".join(map(str, piece.notes)),
        piece.name,
        tuple(HEADINGS.get(note.change, note.change.label) for note in piece.notes),
    )


def _may_be_hosted(number: str) -> bool:
    parsed = phonenumbers.parse(number)
    return parsed.country_code == 1 and phonenumbers.region_code_for_number(parsed) in REGIONS


def _merged(lines: Iterable[Line]) -> Iterator[Line]:
    first: dict[str, Line] = {}
    for line in lines:
        if not line.number:
            yield line
        elif line.number in first:
            same = first[line.number]
            note = (
                _("same as row %(row)s") % {"row": same.row}
                if same.row
                else _("same as line %(line)s") % {"line": same.position}
            )
            yield replace(line, verdict=Verdict.DUPLICATE, note=note, reasons=(REPEATED,))
        elif len(first) == MOST_NUMBERS:
            yield replace(line, verdict=Verdict.REFUSED, number="", note=TOO_MANY, reasons=(TOO_MANY,))
        else:
            first[line.number] = line
            yield line
