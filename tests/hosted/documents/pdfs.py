"""PDF files made in code: harmless ones, and one for each way a file can be hostile or broken."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf
from reportlab.pdfgen.canvas import Canvas

Change = Callable[[Pdf], object]


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


def changed(change: Change, pages: int = 2, **how: Any) -> bytes:
    """Return a harmless PDF after applying `change` to it."""
    file = BytesIO()
    with Pdf.open(BytesIO(plain(pages))) as pdf:
        change(pdf)
        pdf.save(file, static_id=True, **how)
    return file.getvalue()


def action(kind: str, **entries: str) -> Dictionary:
    return Dictionary({"/S": Name(kind), **{f"/{key}": value for key, value in entries.items()}})


def fresh(what: Object) -> Object:
    """Return a copy, because an object belongs to the first file it is put into."""
    return Object.parse(what.unparse())


def at_opening(what: Object) -> Change:
    return lambda pdf: setattr(pdf.Root, "OpenAction", pdf.make_indirect(fresh(what)))


def at_a_page(key: str, what: Object) -> Change:
    return lambda pdf: pdf.pages[1].obj.__setitem__(key, fresh(what))


def in_a_link(what: Object) -> Change:
    def change(pdf: Pdf) -> None:
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, A=fresh(what))
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(link)])

    return change


def named_script(pdf: Pdf) -> None:
    """Put a script where a viewer runs it on opening."""
    script = pdf.make_indirect(action("/JavaScript", JS="app.alert(1)"))
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["x", script])))


def indirect_launch(pdf: Pdf) -> None:
    """Hide the kind of an action behind a reference."""
    what = Dictionary(S=pdf.make_indirect(Name.Launch), F="cmd.exe")
    pdf.pages[0].obj.Annots = Array([Dictionary(A=what)])


def xfa(pdf: Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=pdf.make_stream(b"<xdp/>"))


def attached(pdf: Pdf) -> None:
    pdf.attachments["payload.exe"] = b"MZ"


def encrypted(password: str) -> bytes:
    """Return a PDF that needs this password. With an empty one, it opens everywhere without asking."""
    return changed(lambda pdf: None, encryption=pikepdf.Encryption(owner="owner", user=password))


def printed(pages: int, words: int) -> bytes:
    """Return a PDF as browsers print it: each word on each page is an object of its own, for people who can't see."""

    def change(pdf: Pdf) -> None:
        root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        kids = []
        for page in pdf.pages:
            part = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Div, P=root))
            spans = range(words)
            part.K = Array(
                pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Span, P=part, K=n, Pg=page.obj))
                for n in spans
            )
            kids.append(part)
        root.K = Array(kids)
        pdf.Root.StructTreeRoot = root

    return changed(change, pages, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def repetition(megabytes: int, start: bytes = b"") -> bytes:
    """Compress `start` and this many megabytes of spaces, without ever holding them in memory."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(start), *(packer.compress(b" " * 1_000_000) for _ in range(megabytes))]
    return b"".join([*parts, packer.flush()])


def with_content(packed: bytes, *filters: str) -> bytes:
    """Return a PDF whose page shows these compressed bytes."""
    names = [Name(name) for name in filters]

    def change(pdf: Pdf) -> None:
        how = names[0] if len(names) == 1 else Array(names)
        pdf.pages[0].obj.Contents = pdf.make_stream(packed, Filter=how)

    return changed(change, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"


PAGE = b"<</Type/Page/Parent 2 0 R>>"


def packed_objects(catalog: bytes = CATALOG, page: bytes = PAGE) -> bytes:
    """Return the objects of a one-page PDF as they are in an object stream, before it is compressed."""
    objects = [catalog, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page]
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
