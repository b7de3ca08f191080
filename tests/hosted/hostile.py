"""Small files that turn out huge, or not what they claim to be, when they are read. All are invented."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

SHEET = (
    '<?xml version="1.0"?>{before}<worksheet xmlns="{main}"><dimension ref="{dimension}"/>'
    "<sheetData>{rows}</sheetData></worksheet>"
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
NUMBER = '<row r="1"><c r="A1" t="inlineStr"><is><t>312-555-0001</t></is></c></row>'


def related(*targets: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="r{n}" Type="{RELATED}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets)
    )
    return f'<Relationships xmlns="{PACKAGE}">{rows}</Relationships>'


def sheet(rows: str = NUMBER, before: str = "", dimension: str = "A1") -> str:
    return SHEET.format(rows=rows, before=before, main=MAIN, dimension=dimension)


def workbook(sheets: int = 1) -> str:
    rows = "".join(f'<sheet name="s{n}" sheetId="{n + 1}" r:id="r0"/>' for n in range(sheets))
    return f'<workbook xmlns="{MAIN}" xmlns:r="{RELATED}"><sheets>{rows}</sheets></workbook>'


def xlsx(first: str | None = None, packing: int = zipfile.ZIP_DEFLATED, /, **others: str | bytes) -> bytes:
    """Return a workbook whose first sheet is `first`. `others` are further members, with __ for a slash."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": related(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": workbook(),
        "xl/_rels/workbook.xml.rels": related(("worksheet", "sheet1.xml"), ("sharedStrings", "strings.xml")),
        "xl/strings.xml": f'<sst xmlns="{MAIN}"/>',
        "xl/sheet1.xml": sheet() if first is None else first,
    }
    members |= {name.replace("__", "/"): content for name, content in others.items()}
    file = BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def strings(items: str, before: str = "") -> dict[str, str | bytes]:
    return {"xl__strings.xml": f'{before}<sst xmlns="{MAIN}">{items}</sst>'}


def entities(count: int, times: int) -> str:
    """Return a document type whose last entity is `times ** count` times as long as its first."""
    rows = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * times}">' for n in range(1, count))
    return f'<!DOCTYPE x [<!ENTITY e0 "lol">{rows}]>'


def zipped(**members: Any) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def lying() -> bytes:
    """Return a workbook whose first sheet has 60 MB but claims to have 600 bytes."""
    content = xlsx(sheet(" " * 60_000_000))
    real = len(sheet(" " * 60_000_000)).to_bytes(4, "little")
    return content.replace(real, (600).to_bytes(4, "little"))


def cells(count: int) -> str:
    return "<row>" + '<c s="1"/>' * count + "</row>"


# What it is -> how it is made, and the code of the refusal.
BOOKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a sheet of 200 MB": (lambda: xlsx(sheet(" " * 200_000_000)), "bomb"),
    "texts of 200 MB": (lambda: xlsx(**strings("<si><t>" + "1" * 200_000_000 + "</t></si>")), "bomb"),
    "a sheet that lies about its size": (lying, "xlsx"),
    "laughing entities": (lambda: xlsx(sheet("<row>&e9;</row>", entities(10, 10))), "odd"),
    "one long entity, many times": (
        lambda: xlsx(
            sheet(f"<row>{'&e0;' * 100_000}</row>", f'<!DOCTYPE x [<!ENTITY e0 "{"9" * 100_000}">]>')
        ),
        "odd",
    ),
    "entities among the texts": (lambda: xlsx(**strings("&e9;", entities(10, 10))), "odd"),
    "a file of the server as an entity": (
        lambda: xlsx(sheet("<row>&e;</row>", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')),
        "odd",
    ),
    "two million empty cells with a style": (lambda: xlsx(sheet(cells(2_000_000))), "cells"),
    "two million empty rows": (lambda: xlsx(sheet("<row/>" * 2_000_000)), "cells"),
    "two million texts": (lambda: xlsx(**strings("<si/>" * 2_000_000)), "cells"),
    "deep nesting": (lambda: xlsx(sheet("<a>" * 5_000_000)), "odd"),
    "deep nesting of texts": (lambda: xlsx(**strings("<r>" * 5_000_000)), "odd"),
    "deep nesting of relations": (lambda: xlsx(**{"_rels__.rels": "<a>" * 3_000_000}), "odd"),
    "one tag of 40 MB": (lambda: xlsx(sheet(f'<row a="{"x" * 40_000_000}"/>')), "odd"),
    "one remark of 40 MB": (lambda: xlsx(sheet(f"<!--{'x' * 40_000_000}-->")), "odd"),
    "half a million attributes": (
        lambda: xlsx(sheet("<row " + " ".join(f'a{n}="1"' for n in range(500_000)) + "/>")),
        "odd",
    ),
    "many sheets": (lambda: xlsx(**{"xl__workbook.xml": workbook(5_000)}), "sheets"),
    "many members": (lambda: xlsx(**{f"xl__media__{n}.png": b"" for n in range(10_000)}), "parts"),
    "a row far down": (lambda: xlsx(sheet(NUMBER.replace('r="1"', 'r="1048576"'))), "rows"),
    "a row number without end": (lambda: xlsx(sheet(NUMBER.replace('r="1"', f'r="{"9" * 5000}"'))), "xlsx"),
    "a text that is not there": (lambda: xlsx(sheet('<row><c t="s"><v>-1</v></c></row>')), "xlsx"),
    "members packed with bzip2": (lambda: xlsx(None, zipfile.ZIP_BZIP2), "xlsx"),
    "members packed with LZMA": (lambda: xlsx(None, zipfile.ZIP_LZMA), "xlsx"),
    "a sheet outside the archive": (
        lambda: xlsx(**{"xl___rels__workbook.xml.rels": related(("worksheet", "../../../../etc/passwd"))}),
        "xlsx",
    ),
    "a workbook with macros": (
        lambda: xlsx(**{"xl__vbaProject.bin": b"x"}),
        "macros",
    ),
    "a binary workbook": (
        lambda: zipped(
            **{
                "[Content_Types].xml": "<Types/>",
                "_rels/.rels": related(("officeDocument", "xl/workbook.bin")),
                "xl/workbook.bin": b"\x83\x01",
            }
        ),
        "other",
    ),
    "a table of LibreOffice": (
        lambda: zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": "<x/>"}),
        "other",
    ),
    "a text of Word": (
        lambda: xlsx(
            **{
                "_rels__.rels": related(("officeDocument", "word/document.xml")),
                "word__document.xml": "<document/>",
                "word___rels__document.xml.rels": related(),
            }
        ),
        "other",
    ),
    "an archive of anything": (lambda: zipped(numbers="312-555-0001"), "other"),
    "an archive that ends too early": (lambda: xlsx()[:400], "xlsx"),
    "an old workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4000, "old"),
}
TABLES: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty"),
    "blanks": (lambda: b" \n , \n", "empty"),
    "one line without end": (lambda: b"1" * 1_999_999, "cell"),
    "a million columns": (lambda: b"," * 1_999_999, "empty"),
    "two million lines": (lambda: b"\n" * 1_999_999, "empty"),
    "a million lines with CR alone": (lambda: b"1\r" * 999_999, "rows"),
    "a quotation mark without its partner": (lambda: b'phone\n"' + b"3125550001\n" * 100_000, "quote"),
    "more than 2 MB": (lambda: b"312-555-0001\n" * 200_000, "size"),
    "far more than 2 MB": (lambda: b"1" * 12_000_000, "size"),
    "NUL in UTF-16": (lambda: "312\0".encode("utf-16"), "kind"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "kind"),
}
