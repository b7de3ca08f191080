"""Read a file of requests: which row holds the heads, and which rows are requests."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging import apart, spreadsheet
from messaging.mirror.records.wire import storable
from messaging.mirror.wording import Words

from . import columns

MOST_BYTES = 2_000_000
MOST_ROWS = 500
# Enough for the largest file even on a slow or busy machine.
WALL_SECONDS = 45.0
# Titles and empty rows come before the heads, but not more than this.
FIRST_ROWS = 20
LEAST_COLUMNS = 2

# Code -> what is wrong and what to do.
WORDS: dict[str, Words] = {
    "size": gettext_lazy("The file is larger than 2 MB. Split it into smaller ones."),
    "empty": gettext_lazy("The file is empty."),
    "heads": gettext_lazy(
        "No row of this file has column names that we know. Start with the template: its first row has them."
    ),
    "none": gettext_lazy("There is no request below the row that names the columns."),
    "rows": gettext_lazy("The file has more than 500 rows. Split it into smaller ones."),
    "kind": gettext_lazy("Only CSV and XLSX files can be read."),
    "cell": gettext_lazy(
        "A cell of this file is far too long, often because one quotation mark is missing. Save the table as CSV again."
    ),
    "quote": gettext_lazy(
        "In row %(row)s, a quotation mark is never closed, so the rows below it can't be told apart. "
        "Remove it and save the table as CSV again."
    ),
    "web": gettext_lazy(
        "This is a web page named like a spreadsheet. Open it in Excel or LibreOffice, save it as XLSX, "
        "and choose that file."
    ),
    "xlsx": gettext_lazy("This XLSX file is damaged. Open it, save it as CSV, and choose that file."),
    "old": gettext_lazy(
        "This is an old Excel file (.xls), or an XLSX file with a password. "
        "Open it, save it as XLSX without a password, and choose that file."
    ),
    "other": gettext_lazy("This isn't an XLSX file, whatever its name says. Save it as XLSX or CSV."),
    "macros": gettext_lazy("This workbook contains macros. Save it as XLSX or CSV, which hold none."),
    "sheets": gettext_lazy("The workbook has more than 200 sheets. Save the sheet with the requests as CSV."),
    "cells": gettext_lazy(
        "The file holds far more than 500 requests need; empty cells with a color or a border count too. "
        "Copy the requests into the template."
    ),
    "parts": gettext_lazy(
        "The workbook holds more than 1,000 files, such as pictures. Copy the requests into the template."
    ),
    "odd": gettext_lazy(
        "This file wasn't written the way spreadsheet programs write them. Copy the requests into the "
        "template."
    ),
    "bomb": gettext_lazy("The file is too large when unpacked. Copy the requests into the template."),
    "late": gettext_lazy("Reading the file took too long. Try again."),
    "busy": gettext_lazy("Other files are being read. Try again in a moment."),
    "unread": gettext_lazy("The file could not be read right now. Try again."),
}

Rows = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class Table:
    """The heads of a table, and its rows with their numbers in the file."""

    heads: list[str]
    rows: Rows
    # Names of other sheets that hold something.
    other_sheets: Sequence[str] = ()

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Table":
        rows = [(n, cells) for n, cells in data.get("rows", [])]
        return cls(data.get("heads", []), rows, data.get("other_sheets", []))

    @property
    def data(self) -> dict[str, Any]:
        return {"heads": self.heads, "rows": self.rows, "other_sheets": self.other_sheets}

    @property
    def sha256(self) -> str:
        """Return the same for the same requests, in whatever kind of file and in which row."""
        fields = columns.match(self.heads)
        said = [
            sorted((field, cell) for field, cell in zip(fields, cells, strict=False) if field and cell)
            for _n, cells in self.rows
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def not_read(self) -> list[str]:
        """Return the heads of columns that hold something and are not read."""
        fields = columns.match(self.heads)
        return [
            text or _("a column without a name")
            for place, (text, field) in enumerate(zip(self.heads, fields, strict=True))
            if not field and not columns.is_ours(text)
            if any(place < len(cells) and cells[place] for _n, cells in self.rows)
        ]


def read_file(content: bytes) -> Table:
    """Return the table of a CSV or XLSX file. Raise ValidationError with a sentence for the person."""
    if len(content) > MOST_BYTES:
        raise refusal("size")
    try:
        answer = apart.read("tollfree.bulk.tables", content, seconds=WALL_SECONDS)
    except apart.NotRead as error:
        raise refusal(error.code) from None
    if "problem" in answer:
        raise refusal(answer["problem"], answer.get("row", 0))
    return table_in(storable(answer["sheets"]))


def refusal(code: str, row: int = 0) -> ValidationError:
    return ValidationError(str(WORDS[code]), code, {"row": row} if row else None)


def table_in(sheets: Sequence[dict[str, Any]]) -> Table:
    """Return the table with the most columns that we know. Raise ValidationError."""
    heads: list[str] = []
    best, below, chosen = 0, [], ""
    for sheet in sheets:
        for place, (_n, cells) in enumerate(sheet["rows"][:FIRST_ROWS]):
            count = len(set(columns.match(cells)) - {""})
            if count > best:
                best, heads, below, chosen = count, cells, sheet["rows"][place + 1 :], sheet["name"]
    if best < LEAST_COLUMNS:
        raise refusal("heads")
    _check_heads(heads)
    fields = columns.match(heads)
    found = [(n, list(map(_as_typed, cells))) for n, cells in below if _is_request(fields, heads, cells)]
    if not found:
        raise refusal("none")
    if len(found) > MOST_ROWS:
        raise refusal("rows")
    widest = max(len(cells) for _n, cells in found)
    heads = [*heads, *[""] * (widest - len(heads))]
    return Table(heads, found, [sheet["name"] for sheet in sheets if sheet["name"] != chosen])


def _check_heads(heads: list[str]) -> None:
    """Raise ValidationError if two columns say that they hold the same."""
    first: dict[str, str] = {}
    for text, field in zip(heads, columns.match(heads), strict=True):
        if field and field in first:
            words = _("The columns “%(one)s” and “%(two)s” both hold “%(field)s”. Rename or remove one.")
            raise ValidationError(
                words % {"one": first[field], "two": text, "field": columns.head(field)}, "twice"
            )
        if field:
            first[field] = text


def _is_request(fields: list[str], heads: list[str], cells: list[str]) -> bool:
    """Return True unless a row is empty where we read, repeats the heads, or is the template's example."""
    said = {field: cell for field, cell in zip(fields, cells, strict=False) if field and cell}
    return bool(said) and cells != heads and said.get("business_name") != columns.EXAMPLE["business_name"]


def _as_typed(cell: str) -> str:
    """Return a cell without the apostrophe that our own files put before what a spreadsheet would run."""
    return cell[1:] if cell[:1] == "'" and spreadsheet.safe(cell[1:]) == cell else cell
