"""What was found in a file of numbers: its columns, which were read, and what to say about rows that weren't.

The page keeps it, signed, while the box is corrected, so that another column can be read without the file.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SALT = "hosted.entry.found"
# A page that was open for longer has lost its session.
KEPT_SECONDS = 24 * 60 * 60
MOST_SHEETS_SAID = 5
BREAK = re.compile(r"\r\n|[\r\n]")


@dataclass(frozen=True)
class Column:
    """A column that holds numbers. `data` is what columns.py found."""

    data: dict[str, Any]

    @property
    def count(self) -> int:
        return int(self.data["count"])

    def lines(self, named: int | None = None) -> list[str]:
        """Return its lines for the box, each with its name from column `named` (0: none, None: the one that suits)."""
        names = self.names(named)
        texts = names["texts"] if names else [""] * len(self.data["lines"])
        return [
            f"{line}\t{name}" if name else line for line, name in zip(self.data["lines"], texts, strict=True)
        ]

    def names(self, named: int | None) -> dict[str, Any] | None:
        number = self.data["named"] if named is None else named
        return next((names for names in self.data["names"] if names["number"] == number), None)

    def place(self) -> str:
        """Say where it is: column C, “Phone”, of sheet “Numbers”."""
        words = {"column": letters(self.data["number"]), **self.data}
        if self.data["is_row"]:
            return _("the only row of sheet “%(sheet)s”") % words if words["sheet"] else _("the only row")
        if words["sheet"] and words["heading"]:
            return _("column %(column)s, “%(heading)s”, of sheet “%(sheet)s”") % words
        if words["sheet"]:
            return _("column %(column)s of sheet “%(sheet)s”") % words
        if words["heading"]:
            return _("column %(column)s, “%(heading)s”") % words
        return _("column %(column)s") % words

    def label(self) -> str:
        """Say where it is and how many numbers it holds, as a choice."""
        text = ngettext("%(place)s: %(n)s number", "%(place)s: %(n)s numbers", self.count)
        return _capital(text % {"place": self.place(), "n": self.count})

    def notes(self) -> Iterator[str]:
        """Say which rows gave no number and why, and what is hidden."""
        if self.data["in_hidden"]:
            yield _("This sheet is hidden in the file.")
        if self.data["is_hidden"]:
            yield _("This column is hidden in the file.")
        rows = self.data["rows"]
        for reason in ("odd", "formula", "error", "empty", "hidden", "again", "above"):
            if reason in rows:
                count, written = rows[reason]
                yield _about_rows(reason, count) % {"rows": written}
        if self.data["is_wide"]:
            yield _("Columns after the 50th weren't read.")


def _about_rows(reason: str, n: int) -> str:
    if reason == "odd":
        return ngettext(
            "Row %(rows)s doesn't have a complete North American phone number. It is in the box for you to "
            "correct.",
            "Rows %(rows)s don't have a complete North American phone number. They are in the box for you "
            "to correct.",
            n,
        )
    if reason == "formula":
        return ngettext(
            "Row %(rows)s holds a formula without a value, so it was not read. Save the file again in your "
            "spreadsheet program.",
            "Rows %(rows)s hold formulas without a value, so they were not read. Save the file again in "
            "your spreadsheet program.",
            n,
        )
    if reason == "error":
        return ngettext(
            "Row %(rows)s holds an error such as #N/A, so it was not read.",
            "Rows %(rows)s hold errors such as #N/A, so they were not read.",
            n,
        )
    if reason == "empty":
        return ngettext(
            "Row %(rows)s: no number in this column.", "Rows %(rows)s: no number in this column.", n
        )
    if reason == "hidden":
        return ngettext(
            "Row %(rows)s is hidden in the file. It was read too.",
            "Rows %(rows)s are hidden in the file. They were read too.",
            n,
        )
    if reason == "again":
        return ngettext("Row %(rows)s repeats the heading.", "Rows %(rows)s repeat the heading.", n)
    return ngettext(
        "Row %(rows)s was read as the heading.", "Rows %(rows)s were read as the title and the headings.", n
    )


@dataclass(frozen=True)
class Found:
    """All columns of a file that hold numbers, and the places in this list of those that were read."""

    columns: tuple[Column, ...]
    read: tuple[int, ...]
    # Columns that hold numbers too, but are more than a page can keep.
    more: int
    # Sheets that were not read, by reason.
    sheets: dict[str, list[str]]
    # The file has the name of an XLSX file but isn't one.
    is_misnamed: bool = False
    # The column that gives the names: 0 if none does, None for the one that suits each column of numbers.
    named: int | None = None

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Found":
        columns = tuple(Column(column) for column in data["columns"])
        return cls(
            columns,
            tuple(data["read"]),
            data["more"],
            data["sheets"],
            bool(data.get("is_misnamed")),
            data.get("named"),
        )

    @classmethod
    def kept(cls, token: str) -> "Found | None":
        """Return what a page kept, or None if it kept nothing, or nothing of ours."""
        try:
            return cls.of(signing.loads(token, salt=SALT, max_age=KEPT_SECONDS))
        except signing.BadSignature:
            return None

    @property
    def token(self) -> str:
        data = {
            "columns": [column.data for column in self.columns],
            "read": self.read,
            "more": self.more,
            "sheets": self.sheets,
            "is_misnamed": self.is_misnamed,
            "named": self.named,
        }
        return signing.dumps(data, salt=SALT, compress=True)

    def lines(self) -> list[str]:
        """Return the lines of the columns that are read, for the box."""
        return [line for n in self.read for line in self.columns[n].lines(self.named)]

    def with_columns(self, wanted: Collection[str], named: str | None = None) -> "Found":
        """Return the same file with these columns read, and the names from that one."""
        read = tuple(n for n in range(len(self.columns)) if str(n) in wanted)
        return replace(self, read=read, named=int(named) if named and named.isdecimal() else self.named)

    def rows_of(self, text: str) -> dict[int, int]:
        """Return the row of the file each line of the box came from, by position; changed lines have none."""
        rows: dict[str, list[int]] = {}
        for n in self.read:
            column = self.columns[n]
            for line, row in zip(column.lines(self.named), column.data["from_rows"], strict=True):
                rows.setdefault(line, []).append(row)
        found = {}
        for position, line in enumerate(BREAK.split(text), 1):
            if left := rows.get(line.strip()):
                found[position] = left.pop(0)
        return found

    def swapped(self, text: str, wanted: "Found") -> str:
        """Return the text of the box with the lines of the wanted columns in place of ours.

        A line that somebody changed is no longer ours, and stays.
        """
        keep = Counter(wanted.lines())
        leave = Counter(self.lines()) - keep
        add = keep - Counter(self.lines())
        kept: list[str] = []
        for line in BREAK.split(text):
            if leave[line.strip()] > 0:
                leave[line.strip()] -= 1
            else:
                kept.append(line)
        for line in wanted.lines():
            if add[line] > 0:
                add[line] -= 1
                kept.append(line)
        return "\n".join(kept)

    def choices(self) -> list[tuple[int, str, bool]]:
        """Return every column as a choice: its value, its label, and whether it was read."""
        return [(n, column.label(), n in self.read) for n, column in enumerate(self.columns)]

    def name_choices(self) -> list[tuple[int, str, bool]]:
        """Return every column that may give the names as a choice: its value, its label, and whether it does."""
        found: dict[int, str] = {}
        for n in self.read:
            for names in self.columns[n].data["names"]:
                found.setdefault(names["number"], _names_place(names))
        if not found:
            return []
        chosen = self._names()
        number = chosen["number"] if chosen else 0
        return [
            *((value, label, value == number) for value, label in found.items()),
            (0, _("No names"), not number),
        ]

    def _names(self) -> dict[str, Any] | None:
        found = (self.columns[n].names(self.named) for n in self.read)
        return next((names for names in found if names), None)

    def naming(self) -> str:
        """Say which column gave the names, or "" if there was nothing to choose from."""
        names = self._names()
        if names:
            return _("Names: %(place)s.") % {"place": _names_place(names)}
        return _("No column was read as names.") if self.name_choices() else ""

    def sentence(self) -> str:
        """Say what was read: Read column C, “Phone”, of sheet “Numbers”: 3 numbers."""
        read = [self.columns[n] for n in self.read]
        n = sum(column.count for column in read)
        lines = sum(len(column.data["lines"]) for column in read)
        if len(read) == 1 and lines > n:
            # The counts below are of lines.
            said = ngettext(
                "Read %(place)s: %(lines)s lines, %(n)s with a number.",
                "Read %(place)s: %(lines)s lines, %(n)s with numbers.",
                n,
            )
            return said % {"place": read[0].place(), "lines": lines, "n": n}
        if len(read) == 1:
            said = ngettext("Read %(place)s: %(n)s number.", "Read %(place)s: %(n)s numbers.", n)
            return said % {"place": read[0].place(), "n": n}
        said = ngettext(
            "Read %(columns)s columns: %(n)s number.", "Read %(columns)s columns: %(n)s numbers.", n
        )
        return said % {"columns": len(read), "n": n}

    def notes(self) -> list[str]:
        """Say everything a person must know about what was not read, or was hidden."""
        notes = []
        if self.is_misnamed:
            notes.append(_("This isn't an XLSX file, whatever its name says. It was read as text (CSV)."))
        for n in self.read:
            column = self.columns[n]
            for note in column.notes():
                text = _("%(place)s: %(note)s") % {"place": column.place(), "note": note}
                notes.append(note if len(self.read) == 1 else _capital(text))
        for reason, names in self.sheets.items():
            words = {"names": ", ".join(f"“{name}”" for name in names[:MOST_SHEETS_SAID])}
            if reason == "rows":
                notes.append(_("Not read, because of more than 5,000 rows: sheet %(names)s.") % words)
            else:
                notes.append(_("Not read, because the workbook has too many cells: sheet %(names)s.") % words)
        if self.more:
            said = ngettext(
                "%(n)s more column holds numbers, more than this page can keep. "
                "To read it, save it as a separate file.",
                "%(n)s more columns hold numbers, more than this page can keep. "
                "To read one, save it as a separate file.",
                self.more,
            )
            notes.append(said % {"n": self.more})
        return notes

    def needs_a_look(self) -> bool:
        """Return True if something other than the heading was left out, or something else could be read."""
        plain = all(set(self.columns[n].data["rows"]) <= {"above"} for n in self.read)
        return len(self.columns) > len(self.read) or not plain or bool(self.more or self.sheets)


def letters(number: int) -> str:
    """Return how spreadsheets call a column: A for 1, AA for 27."""
    found = ""
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


def _names_place(names: dict[str, Any]) -> str:
    words = {"column": letters(names["number"]), "heading": names["heading"]}
    return (
        _("column %(column)s, “%(heading)s”") % words if names["heading"] else _("column %(column)s") % words
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
