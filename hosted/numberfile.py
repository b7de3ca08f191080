"""Numbers out of a CSV or XLSX file: find the column that holds them and read it as pasted text is read."""

import csv
import re
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from .numbers import Reading, read_pieces

MOST_BYTES = 2_000_000
MOST_UNPACKED = 50_000_000
MOST_ROWS = 5_000
MOST_COLUMNS = 50

HEADER = re.compile(r"phone|number|\btel|mobile|\bdid\b|\btn\b|e\.?164", re.IGNORECASE)
DELIMITERS = ",;\t|"
ENCODINGS = ("utf-8-sig", "cp1252")

Rows = list[list[str]]


def read_file(content: bytes) -> Reading:
    """Read the numbers of a CSV or XLSX file, told apart by their first bytes.

    Raise ValidationError with a sentence for the person when it is neither, or too large.
    """
    if len(content) > MOST_BYTES:
        raise ValidationError(_("The file is larger than 2 MB. Paste the numbers instead."), "size")
    rows = _sheet(content) if content.startswith(b"PK\x03\x04") else _table(content)
    if len(rows) > MOST_ROWS:
        raise ValidationError(_("The file has more than 5,000 rows. Paste the numbers instead."), "rows")
    if not any(any(row) for row in rows):
        raise ValidationError(_("The file is empty."), "empty")
    return read_pieces(_column(rows))


def _table(content: bytes) -> Rows:
    text = _decoded(content)
    first = "\n".join(text.splitlines()[:20])
    delimiter = max(DELIMITERS, key=first.count)
    try:
        rows = list(islice(csv.reader(StringIO(text), delimiter=delimiter), MOST_ROWS + 1))
    except csv.Error:
        raise ValidationError(_("This file is no table of text."), "csv") from None
    return [[cell.strip() for cell in row[:MOST_COLUMNS]] for row in rows]


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\x00" in content:
        raise ValidationError(_("Only CSV and XLSX files can be read."), "kind")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError(_("Only CSV and XLSX files can be read."), "kind")


def _sheet(content: bytes) -> Rows:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise ValidationError(_("The file unpacks to far more than numbers need."), "size")
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS, values_only=True)
        return [[_text(cell) for cell in row] for row in rows]
    except ValidationError:
        raise
    except Exception:  # openpyxl raises whatever its parsers do
        raise ValidationError(_("This XLSX file cannot be read. Save it as CSV."), "xlsx") from None


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    # A number as spreadsheets keep it: without its plus, and with decimals it never had.
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()


def _column(rows: Rows) -> Iterator[tuple[int, str]]:
    header = next((n for n, cell in enumerate(rows[0]) if HEADER.search(cell) and not _digits(cell)), None)
    column = _fullest(rows) if header is None else header
    start = 1 if header is not None or not _digits(_cell(rows[0], column)) else 0
    if start and len(rows) == 1:
        start = 0
    for position, row in enumerate(rows[start:], start + 1):
        yield position, _cell(row, column)


def _fullest(rows: Rows) -> int:
    """Return the column in which most cells look like phone numbers."""
    counts = [sum(_digits(_cell(row, n)) >= 7 for row in rows) for n in range(_width(rows))]
    return counts.index(max(counts)) if counts else 0


def _width(rows: Iterable[list[str]]) -> int:
    return max((len(row) for row in rows), default=0)


def _cell(row: list[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)
