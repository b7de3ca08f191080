"""Whether a PDF looks like a letter of authorization or a bill, by the words on its first pages (inspect.py).

Only that leaves the process, no text. Blanks don't count: a PDF places words, or even letters, one by one.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Page, Pdf, Stream, String

MOST_PAGES = 3
# Compressed or not; a page with more than this shows drawings, not words.
MOST_BYTES = 2_000_000
MOST_FORMS = 20
MOST_TEXT = 100_000

# What a document says -> how much it says about its kind.
LETTER = {
    "letterofauthorization": 3,
    "letterofauthorisation": 3,
    "letterofauthority": 3,
    "letterofagency": 3,
    "iauthorize": 2,
    "weauthorize": 2,
    "herebyauthorize": 2,
    "undersignedauthorizes": 2,
    "textenablement": 2,
    "customerofrecord": 1,
    "hosting": 1,
    "hosted": 1,
    "authorizedsignature": 1,
    "authorizedsigner": 1,
    "authorizedrepresentative": 1,
    "newserviceprovider": 1,
    "currentprovider": 1,
}
BILL = {
    "amountdue": 3,
    "totaldue": 3,
    "balancedue": 3,
    "paymentdue": 2,
    "billingperiod": 2,
    "invoice": 2,
    "statement": 2,
    "billdate": 2,
    "previousbalance": 2,
    "currentcharges": 2,
    "duedate": 1,
    "accountnumber": 1,
    "autopay": 1,
    "surcharge": 1,
    "taxesandfees": 1,
    "amountpaid": 1,
}
ENOUGH = 3

SHOW = "Tj TJ ' \" Tf Do"
# One line of a font's table that says which text its codes stand for: one code, or a range of them.
ONE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])")
SECTION = re.compile(rb"beginbf(char|range)(.*?)endbf", re.DOTALL)


def looks_like(pdf: Pdf) -> str:
    """Return "letter", "bill", or "" if there is no text or it could be either."""
    text = ""
    # What cannot be read says nothing. Whether the file may be kept is decided elsewhere.
    with suppress(Exception):
        for page in islice(pdf.pages, MOST_PAGES):
            text += "".join(texts(pdf, page))
    text = re.sub(r"\W+", "", text).lower()
    letter, bill = (sum(kind[word] for word in kind if word in text) for kind in (LETTER, BILL))
    if max(letter, bill) < ENOUGH or letter == bill:
        return ""
    return "letter" if letter > bill else "bill"


def texts(pdf: Pdf, page: Page) -> Iterator[str]:
    """Yield the texts of a page, those inside its forms too."""
    contents = page.obj.get("/Contents")
    parts = list(contents) if isinstance(contents, Array) else [contents]
    body = b"\n".join(part.read_bytes() for part in parts if isinstance(part, Stream))
    waiting: list[tuple[bytes, Any]] = [(body, page.resources)]
    found = forms = 0
    while waiting:
        body, resources = waiting.pop(0)
        if len(body) > MOST_BYTES:
            continue
        table: dict[int, str] | None = None
        for step in pikepdf.parse_content_stream(pdf.make_stream(body), SHOW):
            operands, operator = step.operands, step.operator
            if str(operator) == "Tf":
                table = font_table(resources, operands[0])
            elif str(operator) == "Do":
                form = entry(resources, "/XObject", operands[0])
                if isinstance(form, Stream) and form.get("/Subtype") == "/Form" and forms < MOST_FORMS:
                    forms += 1
                    waiting.append((form.read_bytes(), form.get("/Resources", resources)))
            else:
                for shown in operands[-1] if isinstance(operands[-1], Array) else operands[-1:]:
                    if isinstance(shown, String) and found < MOST_TEXT:
                        text = decoded(bytes(shown), table)
                        found += len(text)
                        yield text
        yield " "


def entry(resources: Any, kind: str, name: Any) -> Any:
    """Return what a page calls by this name."""
    group = resources.get(kind) if isinstance(resources, Dictionary) else None
    return group.get(str(name)) if isinstance(group, Dictionary) and isinstance(name, Name) else None


def decoded(codes: bytes, table: dict[int, str] | None) -> str:
    """Return the text that a font's codes stand for; without a table they are letters."""
    if table is None:
        return codes.decode("latin-1")
    size = 2 if max(table, default=0) > 255 else 1
    pieces = (codes[at : at + size] for at in range(0, len(codes), size))
    return "".join(table.get(int.from_bytes(piece), "") for piece in pieces)


def font_table(resources: Any, name: Any) -> dict[int, str] | None:
    """Return which text each code of a font stands for, if the font says so."""
    font = entry(resources, "/Font", name)
    stream = font.get("/ToUnicode") if isinstance(font, Dictionary) else None
    if not isinstance(stream, Stream):
        return None
    table: dict[int, str] = {}
    for kind, lines in SECTION.findall(stream.read_bytes()[:MOST_BYTES]):
        if kind == b"char":
            table |= {int(code, 16): text_of(text) for code, text in ONE.findall(lines)}
            continue
        for first, last, text, several in RANGE.findall(lines):
            start = int(first, 16)
            codes = range(start, min(int(last, 16), start + 255) + 1)
            if several:
                table |= dict(zip(codes, map(text_of, re.findall(rb"<(\w+)>", several)), strict=False))
            else:
                table |= {code: chr(min(int(text[-4:], 16) + code - start, 0xFFFF)) for code in codes}
    return table


def text_of(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", "ignore")
