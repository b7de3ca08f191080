"""Read numbers from a CSV or XLSX file: tables.py finds the columns that hold them, in a separate process."""

import re
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging import apart

from .found import Found

MOST_BYTES = 2_000_000
# Enough for the largest file even on a slow or busy machine.
WALL_SECONDS = 45.0

# The endings of files that can be read, and of the old kind with words of its own; what else looks like an ending.
READ = (".csv", ".tsv", ".txt", ".xls", ".xlsx")
ENDING = re.compile(r"\.[a-z0-9]{1,5}")
# If a file with another ending is refused for one of these, it is the wrong kind of file.
WRONG_KIND = ("none", "kind", "other", "xlsx")

# Code -> what is wrong and what to do.
WORDS: dict[str, Promise] = {
    "size": _("The file is larger than 2 MB. Paste the numbers instead."),
    "empty": _("The file is empty."),
    "none": _(
        "No column of this file holds phone numbers. Paste the numbers instead, or choose another file."
    ),
    "formulas": _(
        "The column of numbers holds only formulas without values. "
        "Open the file in your spreadsheet program, save it, and choose it again."
    ),
    "rows": _("The file has more than 5,000 rows. Paste the numbers instead."),
    "kind": _("Only CSV and XLSX files can be read."),
    "named": _(
        "Only CSV and XLSX files can be read, and this is a %(ending)s file. "
        "Save the list as XLSX or CSV, or paste the numbers."
    ),
    "cell": _(
        "A cell of this file is far too long, often because one quotation mark is missing. "
        "Save the list as CSV again, or paste the numbers."
    ),
    "quote": _(
        "In row %(row)s, a quotation mark is never closed, so the rows below it can't be told apart. "
        "Remove it and save the list as CSV again, or paste the numbers."
    ),
    "web": _(
        "This is a web page named like a spreadsheet. Open it in Excel or LibreOffice, save it as XLSX, "
        "and choose that file."
    ),
    "xlsx": _("This XLSX file is damaged. Open it, save it as CSV, and choose that file."),
    "old": _(
        "This is an old Excel file (.xls), or an XLSX file with a password. "
        "Open it, save it as XLSX without a password, and choose that file."
    ),
    "other": _("This isn't an XLSX file, whatever its name says. Save it as XLSX or CSV."),
    "macros": _("This workbook contains macros. Save it as XLSX or CSV, which hold none."),
    "sheets": _("The workbook has more than 200 sheets. Copy the numbers and paste them instead."),
    "cells": _(
        "The workbook has far more cells than a list of numbers needs; empty ones with a color or a border count "
        "too. Copy the numbers and paste them instead."
    ),
    "parts": _(
        "The workbook holds more than 1,000 files, such as pictures. Copy the numbers and paste them instead."
    ),
    "odd": _(
        "This file wasn't written the way spreadsheet programs write them. Copy the numbers and paste them "
        "instead."
    ),
    "bomb": _("The file is too large when unpacked. Copy the numbers and paste them instead."),
    "late": _("Reading the file took too long. Try again, or paste the numbers instead."),
    "busy": _("Other files are being read. Try again in a moment; what you typed is still here."),
    "unread": _("The file could not be read right now. Try again, or paste the numbers instead."),
}


def read_file(content: bytes, name: str = "") -> Found:
    """Return the columns of a CSV or XLSX file that hold numbers; the first bytes say which it is.

    Raise ValidationError with a sentence for the person if it is neither, too large, or holds no numbers.
    """
    if len(content) > MOST_BYTES:
        raise refusal("size")
    try:
        answer = apart.read("hosted.entry.tables", content, seconds=WALL_SECONDS)
    except apart.NotRead as error:
        raise refusal(error.code) from None
    if "problem" in answer:
        ending = Path(name).suffix.lower()
        if answer["problem"] in WRONG_KIND and ENDING.fullmatch(ending) and ending not in READ:
            raise ValidationError(str(WORDS["named"]), "named", {"ending": ending})
        raise refusal(answer["problem"], answer.get("row", 0))
    is_misnamed = name.lower().endswith(".xlsx") and not content.startswith(b"PK")
    return Found.of({**answer, "is_misnamed": is_misnamed})


def refusal(code: str, row: int = 0) -> ValidationError:
    return ValidationError(str(WORDS[code]), code, {"row": row} if row else None)
