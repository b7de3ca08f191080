"""Cells that a spreadsheet takes as text, whoever wrote them. Every CSV of the desk passes through here."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

# With it Excel reads the file as UTF-8.
BOM = "\ufeff"
# What starts a formula, also in full width, and what some programs skip before they look for one.
FORMULA = re.compile(r"[\s\x00\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\x00]")
NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


def safe(cell: Any) -> str:
    """Return what to write for `cell`: with an apostrophe in front if a spreadsheet would run or misread it.

    One deviation from ASVS 1.2.10, on purpose: a phone number in E.164 (a plus and 7 to 15 digits, nothing else)
    stays as it is. A bare number can't call a function, all its digits fit into an Excel cell, and with an apostrophe
    it would match no other list of numbers. NUL is removed: it ends a cell early in some programs.
    """
    text = "" if cell is None else str(cell)
    if NUMBER.fullmatch(text):
        return text
    found = FORMULA.match(text)
    return ("'" if found else "") + text.replace("\x00", "")


def lines(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV, each cell safe and quoted."""
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(map(safe, row) for row in rows)
    return file.getvalue()
