"""PDF files made in code: harmless ones, and one for each way a file can be hostile or broken."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from reportlab.pdfgen.canvas import Canvas

Change = Callable[[PdfWriter], object]
Name, Text = NameObject, TextStringObject


def plain(pages: int = 2, text: str = "A page.", size: int = 0) -> bytes:
    """Return a harmless PDF, filled up to `size` bytes with a comment."""
    file = BytesIO()
    canvas = Canvas(file, invariant=1)
    for number in range(pages):
        canvas.drawString(72, 700, f"{text} {number + 1}")
        canvas.showPage()
    canvas.save()
    content = file.getvalue()
    if not size:
        return content
    start = content.rindex(b"xref\n0 ")
    gap = size - len(content) - len(str(size)) + len(str(start))
    filled = content[:start] + b"%" + b"x" * (gap - 2) + b"\n" + content[start:]
    return filled.replace(b"startxref\n%d" % start, b"startxref\n%d" % (start + gap))


def changed(change: Change, pages: int = 2) -> bytes:
    """Return a harmless PDF after applying `change` to it."""
    writer = PdfWriter(clone_from=BytesIO(plain(pages)))
    change(writer)
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def action(kind: str, **entries: str) -> DictionaryObject:
    texts = {Name(f"/{key}"): Text(value) for key, value in entries.items()}
    return DictionaryObject({Name("/S"): Name(kind), **texts})


def at_opening(what: DictionaryObject | ArrayObject) -> Change:
    def change(writer: PdfWriter) -> None:
        writer.root_object[Name("/OpenAction")] = writer._add_object(what)

    return change


def at_a_page(key: str, what: DictionaryObject | ArrayObject) -> Change:
    def change(writer: PdfWriter) -> None:
        writer.pages[1][Name(key)] = what

    return change


def in_a_link(what: DictionaryObject) -> Change:
    link = DictionaryObject(
        {Name("/Type"): Name("/Annot"), Name("/Subtype"): Name("/Link"), Name("/A"): what}
    )

    def change(writer: PdfWriter) -> None:
        writer.pages[0][Name("/Annots")] = ArrayObject([writer._add_object(link)])

    return change


def named_script(writer: PdfWriter) -> None:
    """Put a script where a viewer runs it on opening, with no trace of it in plain text in the file."""
    script = writer._add_object(action("/JavaScript", JS="app.alert(1)"))
    names = DictionaryObject({Name("/Names"): ArrayObject([Text("x"), script])})
    writer.root_object[Name("/Names")] = DictionaryObject({Name("/JavaScript"): names})


def indirect_launch(writer: PdfWriter) -> None:
    """Hide the kind of an action behind a reference."""
    what = DictionaryObject({Name("/S"): writer._add_object(Name("/Launch")), Name("/F"): Text("cmd.exe")})
    writer.pages[0][Name("/Annots")] = ArrayObject([DictionaryObject({Name("/A"): what})])


def xfa(writer: PdfWriter) -> None:
    stream = DecodedStreamObject()
    stream.set_data(b"<xdp/>")
    form = DictionaryObject({Name("/Fields"): ArrayObject(), Name("/XFA"): writer._add_object(stream)})
    writer.root_object[Name("/AcroForm")] = form


def attached(writer: PdfWriter) -> None:
    writer.add_attachment("payload.exe", b"MZ")


def encrypted(password: str) -> bytes:
    """Return a PDF that needs this password. With an empty one, it opens everywhere without asking."""
    return changed(lambda writer: writer.encrypt(password, owner_password="owner", algorithm="AES-256"))


def repetition(megabytes: int, start: bytes = b"") -> bytes:
    """Compress `start` and this many megabytes of spaces, without ever holding them in memory."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(start), *(packer.compress(b" " * 1_000_000) for _ in range(megabytes))]
    return b"".join([*parts, packer.flush()])


def with_content(packed: bytes, *filters: str) -> bytes:
    """Return a PDF whose page shows these compressed bytes."""
    stream = StreamObject()
    stream._data = packed
    names = [Name(name) for name in filters]
    stream[Name("/Filter")] = names[0] if len(names) == 1 else ArrayObject(names)
    stream[Name("/Length")] = NumberObject(len(packed))

    def change(writer: PdfWriter) -> None:
        writer.pages[0][Name("/Contents")] = writer._add_object(stream)

    return changed(change)


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"


def packed_objects(catalog: bytes = CATALOG) -> bytes:
    """Return the objects of a one-page PDF as they are in an object stream, before it is compressed."""
    objects = [catalog, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R>>"]
    index, body = b"", b""
    for number, content in enumerate(objects, 1):
        index += b"%d %d " % (number, len(body))
        body += content + b" "
    return index.ljust(OBJECTS_START) + body


OBJECTS_START = 40


def in_object_stream(packed: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    """Return a modern PDF: every object is in one compressed stream, and nothing is in plain text."""
    file = BytesIO()
    file.write(b"%PDF-1.5\n")
    at = file.tell()
    head = b"4 0 obj\n<</Type/ObjStm/N 3/First %d/Filter %s/Length %d>>stream\n"
    file.write(head % (OBJECTS_START, filters, len(packed)) + packed + b"\nendstream\nendobj\n")
    start = file.tell()
    rows = [(0, 0, 65535), (2, 4, 0), (2, 4, 1), (2, 4, 2), (1, at, 0), (1, start, 0)]
    table = b"".join(struct.pack(">BIH", *row) for row in rows)
    head = b"5 0 obj\n<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Length %d>>stream\n"
    file.write(head % len(table) + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start)
    return file.getvalue()
