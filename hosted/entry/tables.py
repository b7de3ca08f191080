"""Find the numbers in a CSV or XLSX file: `python -m hosted.entry.tables < FILE`, as spreadsheet.py does.

It runs in a separate process (apart.py) and prints JSON: the columns that hold numbers, as columns.py chooses them, or
{"problem": "rows"}.

An XLSX file of 20 kB can unpack to a gigabyte, so it is read as a stream and everything in it is counted. The limits
are counts, not seconds, so that a file gets the same answer on every machine.
"""

import codecs
import csv
import json
import posixpath
import re
import sys
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO, StringIO
from typing import Any, Protocol
from xml.parsers import expat

from messaging import rights

from .columns import ERROR, FORMULA, MOST_COLUMNS, Sheet, choose, is_number

# Only for a reader that hangs: the largest table within the limits takes about 3 seconds on a slow machine.
CPU_SECONDS = 30

MOST_ROWS = 5_000
# No phone number is longer.
LONGEST_CELL = 200

MOST_PARTS = 1_000
MOST_UNPACKED = 50_000_000
MOST_SHEETS = 200
# Rows, cells, values and texts; a table with the maximum of rows and columns has about 1,000,000.
MOST_ELEMENTS = 1_100_000
MOST_DEPTH = 50
# One tag with everything in it; spreadsheet programs write less than 1 kB.
LONGEST_TAG = 1_000_000
CHUNK = 1 << 16

# If two are in as many lines: names hold commas, but no tabs.
DELIMITERS = "\t|;,"
ENCODINGS = ("utf-8-sig", "cp1252")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What some programs save with the name of a spreadsheet.
WEB = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<head", b"<meta")
PLACE = re.compile(r"([A-Z]{1,3})\d+", re.ASCII)
WHOLE = re.compile(r"-?\d{1,20}", re.ASCII)

# Python loads each of these on first use, when nothing can be opened anymore. Names in archives are cp437.
for name in (*ENCODINGS, "utf-16", "cp437"):
    codecs.lookup(name)


class Refused(Exception):
    """The file is not read any further; the code says why (spreadsheet.py has the sentences), maybe in which row."""

    def __init__(self, code: str, row: int = 0) -> None:
        super().__init__(code)
        self.code, self.row = code, row


def find(content: bytes) -> dict[str, Any]:
    """Return the columns that hold numbers, or what is wrong with the file."""
    try:
        return choose(workbook(content) if content.startswith(ZIP) else [table(content)])
    except Refused as refused:
        return {"problem": refused.code, "row": refused.row}
    except MemoryError:
        return {"problem": "bomb"}


def table(content: bytes) -> Sheet:
    """Read a CSV file."""
    lines = list(StringIO(decoded(content), newline=""))
    delimiter = delimiter_of(lines)
    if lines and re.fullmatch(r"sep=.\s*", lines[0]):
        lines[0], delimiter = "\n", lines[0][4]  # how a CSV tells Excel
    reader = csv.reader(lines, delimiter=delimiter)
    found, row, begin = Sheet(), 0, 0
    try:
        for row, cells in enumerate(reader, 1):
            if reader.line_num > begin + 1:
                check_quotes(lines[begin : reader.line_num], cells, delimiter, row)
            begin = reader.line_num
            texts = [shown(cell) for cell in cells[:MOST_COLUMNS]]
            if any(texts) and row > MOST_ROWS:
                raise Refused("rows")
            if any(texts):
                found.rows[row] = texts
            found.is_wide = found.is_wide or any(cells[MOST_COLUMNS:])
    except csv.Error:  # it accepts everything except a cell of more than 131,072 characters
        raise Refused("quote" if reader.line_num > begin + 1 else "cell", row + 1) from None
    return found


def delimiter_of(lines: list[str]) -> str:
    """Return what separates the cells: what most of the first lines have."""
    first = lines[:20]
    return max(DELIMITERS, key=lambda delimiter: sum(delimiter in line for line in first))


def check_quotes(lines: list[str], cells: list[str], delimiter: str, row: int) -> None:
    """Raise Refused if a row takes several lines only because the partner of a quotation mark is missing."""
    swallowed = any(
        re.search(r"[\r\n]", cell.strip()) and delimiter in cell and is_number(cell) for cell in cells
    )
    if swallowed or "".join(lines).count('"') % 2:
        raise Refused("quote", row)


def decoded(content: bytes) -> str:
    if content.startswith(OLE):
        raise Refused("old")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(WEB):
        raise Refused("web")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return without_nul(content.decode("utf-16", "replace"))
    for encoding in ENCODINGS:
        try:
            return without_nul(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise Refused("kind")


def without_nul(text: str) -> str:
    if "\0" in text:
        raise Refused("kind")
    return text


def workbook(content: bytes) -> Iterator[Sheet]:
    """Read the sheets of an XLSX file."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            yield from sheets(Parts(archive))
    except (Refused, MemoryError):
        raise
    except Exception:  # anything that unpacking or parsing raises
        raise Refused("xlsx") from None


def sheets(parts: "Parts") -> Iterator[Sheet]:
    book = next((part for kind, part in parts.relations("").values() if kind == "officeDocument"), "")
    if not book.endswith(".xml"):
        raise Refused("other")
    related = parts.relations(book)
    listed = Sheets()
    parts.read(book, listed)
    if len(listed.found) > MOST_SHEETS:
        raise Refused("sheets")
    # A sheet may be just a chart.
    tables = [(related[id][1], sheet) for id, sheet in listed.found if related[id][0] == "worksheet"]
    if not tables:
        raise Refused("other")
    strings = Strings()
    for kind, part in related.values():
        if kind == "sharedStrings":
            parts.read(part, strings)
    for part, sheet in tables:
        try:
            parts.read(part, Cells(strings.found, sheet))
        except Refused as refused:
            # The numbers may be in another sheet.
            if refused.code not in ("rows", "cells"):
                raise
            sheet = Sheet(sheet.name, problem=refused.code)
        yield sheet


class Listener(Protocol):
    """Receives each tag and text of a part."""

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def text(self, text: str) -> None: ...


class Parts:
    """The XML files in a workbook. They are read as streams, and their elements are counted together."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        members = archive.infolist()
        names = {member.filename for member in members}
        if len(members) > MOST_PARTS:
            raise Refused("parts")
        # No member ever unpacks to more than the size given here.
        if sum(member.file_size for member in members) > MOST_UNPACKED:
            raise Refused("bomb")
        if any(name.endswith("vbaProject.bin") for name in names):
            raise Refused("macros")
        if "[Content_Types].xml" not in names:
            raise Refused("other")
        # Some of the other compression methods have no bounds, and no spreadsheet program uses them.
        if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
            raise Refused("xlsx")
        self.archive = archive
        self.elements = 0

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return what a part refers to, by id: kind and name."""
        folder, name = posixpath.split(part)
        found = Relations(folder)
        self.read(posixpath.join(folder, "_rels", f"{name}.rels"), found)
        return found.found

    def read(self, part: str, listener: Listener) -> None:
        depth = 0

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            self.elements += 1
            if depth > MOST_DEPTH or self.elements > MOST_ELEMENTS:
                raise Refused("odd" if depth > MOST_DEPTH else "cells")
            listener.start(plain(tag), attributes)

        def end(tag: str) -> None:
            nonlocal depth
            depth -= 1
            listener.end(plain(tag))

        def definitions(*_: Any) -> None:
            raise Refused("odd")

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = listener.text
        # Entities can expand without end, and no spreadsheet program defines any.
        parser.StartDoctypeDeclHandler = definitions
        fed = 0
        with self.archive.open(part) as file:
            while chunk := file.read(CHUNK):
                parser.Parse(chunk)
                fed += len(chunk)
                # Each time, the parser starts over at the beginning of an incomplete token.
                if fed - parser.CurrentByteIndex > LONGEST_TAG:
                    raise Refused("odd")
            parser.Parse(b"", True)


@lru_cache(256)
def plain(name: str) -> str:
    """Return a name without its namespace; workbooks use two sets of them."""
    return name.rpartition(" ")[2]


class Relations:
    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.found: dict[str, tuple[str, str]] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", self.folder, attributes["Target"]))
            self.found[attributes["Id"]] = (attributes["Type"].rpartition("/")[2], target.lstrip("/"))

    def end(self, tag: str) -> None: ...

    def text(self, text: str) -> None: ...


class Sheets:
    """The ids of a workbook's sheets and what each is called, in order."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Sheet]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            sheet = Sheet(
                shown(attributes.get("name", "")), is_hidden=attributes.get("state", "visible") != "visible"
            )
            self.found += [(value, sheet) for name, value in attributes.items() if name.endswith(" id")]

    def end(self, tag: str) -> None: ...

    def text(self, text: str) -> None: ...


class Strings:
    """The shared strings, which cells refer to by number; also the base class of the reader of cells."""

    ITEM = "si"
    TEXTS: tuple[str, ...] = ("t",)

    def __init__(self) -> None:
        self.found: list[str] = []
        self.value = ""
        self.is_open = False
        # A text may contain a guide to its pronunciation.
        self.is_aside = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == self.ITEM:
            self.value = ""
        elif tag == "rPh":
            self.is_aside = True
        elif tag in self.TEXTS:
            self.is_open = not self.is_aside

    def end(self, tag: str) -> None:
        if tag in self.TEXTS:
            self.is_open = False
        elif tag == "rPh":
            self.is_aside = False
        elif tag == self.ITEM:
            self.keep(shown(self.value))

    def text(self, text: str) -> None:
        if self.is_open and len(self.value) < LONGEST_CELL:
            self.value += text

    def keep(self, value: str) -> None:
        self.found.append(value)


class Cells(Strings):
    """Fills a sheet; a row without text doesn't count, whatever its color."""

    ITEM = "c"
    TEXTS = ("v", "t")

    def __init__(self, strings: list[str], sheet: Sheet) -> None:
        super().__init__()
        self.strings = strings
        self.sheet = sheet
        self.row = self.column = 0
        self.kind = ""
        self.has_formula = self.is_hidden = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        super().start(tag, attributes)
        if tag == "c":
            place = "r" in attributes and PLACE.fullmatch(attributes["r"])
            self.column = place_of(place[1]) if place else self.column + 1
            self.kind, self.has_formula = attributes.get("t", "n"), False
        elif tag == "f":
            self.has_formula = True
        elif tag == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            self.is_hidden = is_on(attributes.get("hidden", "")) or attributes.get("ht") == "0"
        elif tag == "col" and (is_on(attributes.get("hidden", "")) or attributes.get("width") == "0"):
            last = min(int(attributes["max"]), MOST_COLUMNS)
            self.sheet.hidden_columns.update(range(int(attributes["min"]), last + 1))

    def keep(self, value: str) -> None:
        if not value and self.has_formula and self.kind != "str":
            value = FORMULA
        elif self.kind == "e":
            value = ERROR
        elif value and self.kind == "s":
            value = self.strings[int(value)]
        elif value and self.kind == "n":
            value = number(value)
        if not value:
            return
        if self.column > MOST_COLUMNS:
            self.sheet.is_wide = True
            return
        if self.row > MOST_ROWS:
            raise Refused("rows")
        cells = self.sheet.rows.setdefault(self.row, [])
        cells += [""] * (self.column - len(cells))
        cells[self.column - 1] = value
        if self.is_hidden:
            self.sheet.hidden_rows.add(self.row)


def is_on(flag: str) -> bool:
    return flag in ("1", "true")


def place_of(letters: str) -> int:
    """Return a column's number: 1 for A, 27 for AA."""
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - ord("A") + 1
    return found


def number(text: str) -> str:
    """Return a number as a person would write it: spreadsheets store some with decimals or an exponent."""
    if WHOLE.fullmatch(text):
        return text
    try:
        found = float(text)
    except ValueError:
        return text
    return str(int(found)) if found.is_integer() and abs(found) < 1e15 else text


def shown(cell: str) -> str:
    return cell.strip()[:LONGEST_CELL]


def main() -> None:
    content = sys.stdin.buffer.read()
    rights.give_up(CPU_SECONDS)
    print(json.dumps(find(content)))  # noqa: T201


if __name__ == "__main__":
    main()
