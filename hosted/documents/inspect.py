"""Inspect an untrusted PDF: `python -m hosted.documents.inspect < FILE`, as preflight.py does.

It runs in a separate process, because a hostile file can make any PDF reader use up memory and time. Before it reads,
the process gives up everything it does not need. It prints JSON: {"pages": 2, "problems": ["script"]}.
Page content is never unpacked; only the structure is read.
"""

import codecs
import json
import logging
import re
import sys
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pypdf
import pypdf.filters  # pypdf imports it lazily, when nothing can be opened anymore
from pypdf.errors import LimitReachedError
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    NullObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

from . import rights

CPU_SECONDS = 5
# Object tables of legitimate files take about 100 kB; anything above this is there to fill memory.
MOST_UNPACKED = 20_000_000
MOST_PAGES = 100
MOST_PAGE_NODES = 5_000

# A key that no dictionary may have -> what is wrong.
KEYS = {
    "/JavaScript": "script",
    "/JS": "script",
    "/AA": "action",
    "/OpenAction": "action",
    "/EmbeddedFiles": "attachment",
    "/EF": "attachment",
    "/Collection": "attachment",
    "/RichMediaContent": "attachment",
    "/XFA": "xfa",
    "/FFilter": "outside",
    "/FDecodeParms": "outside",
    "/OPI": "outside",
}
# What an action must not do. Jumping within the document and linking to a web page are allowed.
ACTIONS = {
    "/JavaScript": "script",
    "/Launch": "action",
    "/SubmitForm": "action",
    "/ImportData": "action",
    "/GoToE": "attachment",
    "/Rendition": "action",
    "/Movie": "action",
    "/Sound": "action",
    "/RichMediaExecute": "action",
    "/GoToR": "outside",
}
# Annotation types that play or open something.
ANNOTATIONS = {
    "/Screen": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/RichMedia": "media",
    "/3D": "media",
    "/FileAttachment": "attachment",
}
# The keys with which a dictionary names a file; the value is a string, or a dictionary with the same keys.
FILE_NAMES = ("/F", "/UF", "/Unix", "/DOS", "/Mac")
# What an ordinary link starts with; an address without a scheme counts as a web address.
WEB = re.compile(r"https?:|mailto:|tel:|sms:|(?![a-z][a-z0-9+-]*:|[\\/]{2})", re.IGNORECASE)
# Viewers skip these.
BLANKS = re.compile(r"[\0- ]+")
# Also searched for in the raw bytes, because another reader may treat objects as current that ours does not.
RAW = {
    b"/JavaScript": "script",
    b"/Launch": "action",
    b"/EmbeddedFile": "attachment",
    b"/GoToR": "outside",
    b"/FFilter": "outside",
}

PACKERS = ("/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL", "/BrotliDecode")
# Compressed data hardly compresses again. If it does by this factor, it holds almost nothing but repetition and can
# unpack to 1000 times its size. Blank pages of a scan are like this too, at up to 100 kB each.
PACKS_AGAIN = 10
MOST_REPETITION = 500_000


class Bomb(Exception):
    """The file is built to become huge when it is opened."""


class Doubts(logging.Handler):
    """Collects what pypdf had to guess."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen = False

    def emit(self, record: logging.LogRecord) -> None:
        self.seen = True


# The trailer's entry that says how the file is encrypted. A reader that stumbles over the file may lose it.
ENCRYPT = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R\b|<<)")
# Strings in a PDF may use these. Python loads a codec on first use, when the process can no longer open files.
CODECS = (
    "utf-8",
    "utf-16",
    "utf-16-be",
    "utf-16-le",
    "utf-32",
    "latin-1",
    "cp1252",
    "ascii",
    "mac-roman",
    "charmap",
)


def inspect(content: bytes) -> dict[str, Any]:
    """Return a PDF's page count and problems."""
    found = {problem for name, problem in RAW.items() if name in content}
    if ENCRYPT.search(content):
        found.add("encrypted")
    try:
        with pypdf.apply_configuration(
            zlib_maximum_output_length=MOST_UNPACKED,
            lzw_maximum_output_length=MOST_UNPACKED,
            disable_legacy_handling=True,
        ):
            pages = read(content, found)
    except (Bomb, LimitReachedError, MemoryError):
        return {"pages": 0, "problems": ["bomb"]}
    except Exception:
        # If a file needs a password, even its structure may be unreadable.
        return {"pages": 0, "problems": ["encrypted" if b"/Encrypt" in content else "damaged"]}
    return {"pages": pages, "problems": sorted(found)}


def read(content: bytes, found: set[str]) -> int:
    """Add what is wrong to `found`, and return the page count."""
    reader = pypdf.PdfReader(BytesIO(content))
    # Even if an empty password opens it: is_encrypted describes the file, not whether we could read it.
    if reader.is_encrypted:
        found.add("encrypted")
        return 0
    doubts = Doubts()
    logging.getLogger("pypdf").addHandler(doubts)
    repetition = 0
    for dictionary in dictionaries(reader):
        found.update(forbidden(dictionary))
        if isinstance(dictionary, StreamObject):
            repetition += repeated(dictionary)
            if repetition > MOST_REPETITION:
                raise Bomb
    # Nothing refers to the streams that hold other, packed objects.
    for number in {stream for stream, _place in reader.xref_objStm.values()}:
        packed = reader.get_object(IndirectObject(number, 0, reader))
        if isinstance(packed, DictionaryObject):
            found.update(forbidden(packed))
    pages = count_pages(reader.root_object)
    if pages == 0 or doubts.seen:
        found.add("damaged")
    elif pages > MOST_PAGES:
        found.add("pages")
    return pages


def dictionaries(reader: pypdf.PdfReader) -> Iterator[DictionaryObject]:
    """Yield every reachable dictionary once, including streams."""
    seen: set[tuple[int, int]] = set()
    waiting: list[PdfObject | None] = [reader.trailer]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, IndirectObject):
            key = (thing.idnum, thing.generation)
            if key not in seen:
                seen.add(key)
                waiting.append(resolved(reader, thing))
        elif isinstance(thing, DictionaryObject):
            yield thing
            waiting.extend(thing.values())
        elif isinstance(thing, ArrayObject):
            waiting.extend(thing)


def resolved(reader: pypdf.PdfReader, reference: IndirectObject) -> PdfObject | None:
    """Return what a reference points to; a dangling one means null (ISO 32000-1, 7.3.10)."""
    known = reference.idnum in reader.xref.get(reference.generation, {}) or (
        reference.generation == 0 and reference.idnum in reader.xref_objStm
    )
    return reader.get_object(reference) if known else None


def forbidden(dictionary: DictionaryObject) -> Iterator[str]:
    for key in KEYS.keys() & dictionary.keys():
        value = dictionary[key]
        if isinstance(value, NullObject) or (key == "/OpenAction" and is_jump(value)):
            continue
        yield KEYS[key]
    for key, names in (("/S", ACTIONS), ("/Subtype", ANNOTATIONS)):
        name = value_of(dictionary, key)
        if isinstance(name, str) and name in names:
            yield names[name]
    if refers_outside(dictionary):
        yield "outside"


def refers_outside(dictionary: DictionaryObject) -> bool:
    """Return True if a dictionary refers to another file that a viewer would open or take content from."""
    address = value_of(dictionary, "/URI")
    # In the catalog it is the base of all addresses without a scheme.
    base = value_of(address, "/Base") if isinstance(address, DictionaryObject) else address
    if base is not None and not WEB.match(BLANKS.sub("", text_of(base))):
        return True
    if isinstance(dictionary, StreamObject):
        return is_there(dictionary, "/F") or (
            value_of(dictionary, "/Subtype") == "/Form" and is_there(dictionary, "/Ref")
        )
    # Elsewhere /F may be a number, or the name of a font. A file embedded in the document is an attachment instead.
    return "/EF" not in dictionary and any(
        isinstance(value_of(dictionary, key), TextStringObject | ByteStringObject) for key in FILE_NAMES
    )


def text_of(value: PdfObject) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def is_there(dictionary: DictionaryObject, key: str) -> bool:
    return not isinstance(value_of(dictionary, key), NullObject | None)


def value_of(dictionary: DictionaryObject, key: str) -> PdfObject | None:
    """Return the value itself, even if the dictionary only has a reference to it."""
    if key not in dictionary:
        return None
    # Not get(), which would return the reference.
    return dictionary[key]


def is_jump(value: PdfObject) -> bool:
    """Return True if an action only shows a page of this document, as many legitimate files do when opened."""
    if isinstance(value, ArrayObject):
        return True
    return isinstance(value, DictionaryObject) and value_of(value, "/S") == "/GoTo" and "/Next" not in value


def repeated(stream: StreamObject) -> int:
    """Return the length of a stream's compressed bytes if they are nothing but repetition, else 0. Raise Bomb.

    To find out, the bytes are compressed again. That takes a bounded time; unpacking them would not.
    """
    filters = value_of(stream, "/Filter")
    names = [name.get_object() for name in filters] if isinstance(filters, ArrayObject) else [filters]
    packers = sum(isinstance(name, str) and name in PACKERS for name in names)
    if packers > 1:
        raise Bomb
    raw = stream._data
    if not packers or not isinstance(raw, bytes):
        return 0
    return len(raw) if len(zlib.compress(raw, 1)) * PACKS_AGAIN < len(raw) else 0


def count_pages(root: DictionaryObject) -> int:
    """Count the leaves of the page tree; the tree's own counts are not trusted."""
    pages = nodes = 0
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [root.raw_get("/Pages")]
    while waiting and nodes < MOST_PAGE_NODES:
        node = waiting.pop()
        nodes += 1
        if isinstance(node, IndirectObject):
            if (node.idnum, node.generation) in seen:
                raise ValueError("a page is in the page tree twice")
            seen.add((node.idnum, node.generation))
            node = node.get_object()
        if not isinstance(node, DictionaryObject):
            raise ValueError("something in the page tree is not a page")
        kids = value_of(node, "/Kids")
        if isinstance(kids, ArrayObject):
            waiting.extend(kids)
        elif value_of(node, "/Type") == "/Page":
            pages += 1
    return pages + len(waiting)


def main() -> None:
    content = sys.stdin.buffer.read()
    for name in CODECS:
        codecs.lookup(name)
    rights.give_up(CPU_SECONDS)
    print(json.dumps(inspect(content)))  # noqa: T201


if __name__ == "__main__":
    main()
