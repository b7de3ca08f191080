"""Inspect an untrusted PDF: `python -m hosted.documents.inspect < FILE`, as preflight.py does.

It runs in a separate process, because a hostile file can make any PDF reader use up memory and time. Before it reads,
the process gives up everything it does not need. It prints JSON, as in

    {"pages": 2, "problems": ["script"], "looks_like": "bill", "repaired": null}

where `repaired` is the whole file rewritten, in base64, if qpdf had to guess at anything in it. The limits are
counts, so that a busy machine finds the same as an idle one. Page content is unpacked only to search for a few words.
"""

import re
import zlib
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String, settings

from messaging import rights

from . import words

# The last stop. What the counts below let through takes a small part of it, on a slow machine too.
CPU_SECONDS = 30
# What a compressed stream may become when the reader unpacks it, and all together that hold objects. The objects of a
# printed website with 100 pages take 5 MB; those of a scan take a thousand times less.
MOST_UNPACKED = 20_000_000
MOST_OBJECTS = 500_000
MOST_ITEMS = 1_000_000
MOST_PAGES = 100

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
# Keys whose value may be there with nothing in it.
HOLDERS = ("/JavaScript", "/AA", "/OpenAction", "/EmbeddedFiles", "/EF", "/XFA")
# The keys with which a dictionary names a file; the value is a string, or a dictionary with the same keys.
FILE_NAMES = ("/F", "/UF", "/Unix", "/DOS", "/Mac")
# What an ordinary link starts with; an address without a scheme counts as a web address.
WEB = re.compile(r"https?:|mailto:|tel:|sms:|(?![a-z][a-z0-9+-]*:|[\\/]{2})", re.IGNORECASE)
# Viewers skip these.
BLANKS = re.compile(r"[\0- ]+")
# Also searched for in the raw bytes, because another reader may treat objects as current that ours does not. A list of
# scripts or attachments that is empty or elsewhere does not count: the script itself would be found.
NO_LIST = rb"(?!\s*(?:<<\s*(?:/Names\s*\[\s*\]\s*)?>>|\d+\s+\d+\s+R\b|null\b))"
RAW = {
    re.compile(rb"/JavaScript" + NO_LIST): "script",
    re.compile(rb"/EmbeddedFile(?!s)|/EmbeddedFiles" + NO_LIST): "attachment",
    re.compile(rb"/Launch"): "action",
    re.compile(rb"/GoToR"): "outside",
    re.compile(rb"/FFilter"): "outside",
}

PACKERS = ("/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL", "/BrotliDecode")
# Compressed data hardly compresses again. If it does by this factor, it holds almost nothing but repetition and can
# unpack to 1000 times its size. Blank pages of a scan are like this too, at up to 100 kB each.
PACKS_AGAIN = 10
MOST_REPETITION = 500_000


class Bomb(Exception):
    """The file is built to become huge when it is opened."""


# The trailer's entry that says how the file is encrypted. A reader that stumbles over the file may lose it.
ENCRYPT = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R\b|<<)")
# What qpdf warns of when it had to guess which objects there are, and when something of a page is lost.
LOST = ("Pages tree includes non-dictionary object", "treating stream as empty")


def inspect(content: bytes) -> dict[str, Any]:
    """Return what is known about a PDF; see above."""
    answer: dict[str, Any] = {"pages": 0, "problems": [], "looks_like": "", "repaired": None}
    found = {problem for pattern, problem in RAW.items() if pattern.search(content)}
    if ENCRYPT.search(content):
        found.add("encrypted")
    settings.set_qpdf_limits(flate_max_memory=MOST_UNPACKED, parser_max_container_size=MOST_ITEMS)
    errors = settings.qpdf_limit_errors()
    try:
        with pikepdf.open(BytesIO(content), suppress_warnings=True) as pdf:
            # Even if an empty password opens it: is_encrypted describes the file, not whether we could read it.
            if pdf.is_encrypted:
                found = {"encrypted"}
            else:
                answer["pages"] = read(pdf, found)
                warnings = " ".join(map(str, pdf.get_warnings()))
                if any(lost in warnings for lost in LOST):
                    found.add("damaged")
                if not found:
                    # Where qpdf had to guess, another reader may guess otherwise: what is kept is what was checked.
                    answer["repaired"] = rewritten(pdf) if warnings else None
                    answer["looks_like"] = words.looks_like(pdf)
    except (Bomb, MemoryError):
        found = {"bomb"}
    except pikepdf.PasswordError:
        found = {"encrypted"}
    except Exception:
        # If a file is encrypted in a way the reader doesn't know, even its structure may be unreadable.
        found = {"encrypted"} if b"/Encrypt" in content else found or {"damaged"}
        if settings.qpdf_limit_errors() > errors or any(map(is_huge, streams(content))):
            found = {"bomb"}
    return answer | {"problems": sorted(found)}


def read(pdf: Pdf, found: set[str]) -> int:
    """Add what is wrong to `found`, and return the page count."""
    table = pdf.get_xref_table()
    if len(table) > MOST_OBJECTS:
        raise Bomb
    # What the reader could not unpack, it takes for missing; another one may find what is in there.
    unpacked = 0
    for number in {entry.obj_stream_number for entry in table.values() if entry.type == 2}:
        packed = pdf.get_object(number or 0, 0)
        if is_huge(packed.read_raw_bytes()):
            raise Bomb
        unpacked += len(packed.read_bytes())
        if unpacked > MOST_UNPACKED:
            raise Bomb
    repetition = 0
    for thing, entries in dictionaries(pdf):
        found.update(forbidden(entries, is_stream=isinstance(thing, Stream)))
        if isinstance(thing, Stream):
            repetition += repeated(thing)
            if repetition > MOST_REPETITION:
                raise Bomb
    pages = len(pdf.pages)
    if pages > MOST_PAGES:
        found.add("pages")
    elif pages == 0:
        found.add("damaged")
    return pages


def streams(content: bytes) -> Iterator[memoryview]:
    """Yield what may be compressed data in a file that could not be read."""
    for start in re.finditer(rb"stream\r?\n", content):
        yield memoryview(content)[start.end() :]


def is_huge(packed: bytes | memoryview) -> bool:
    """Return True if compressed data would unpack to more than we take."""
    try:
        return len(zlib.decompressobj().decompress(packed, MOST_UNPACKED + 1)) > MOST_UNPACKED
    except zlib.error:
        return False


def dictionaries(pdf: Pdf) -> Iterator[tuple[Object, dict[str, Any]]]:
    """Yield every dictionary and stream of the file once with its entries, also those that nothing refers to."""
    waiting: list[Any] = [pdf.trailer, *pdf.objects]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, Dictionary | Stream):
            # An entry that is null, or refers to an object that does not exist, is no entry (ISO 32000-1, 7.3.7).
            entries = {key: value for key, value in thing.items() if value is not None}
            yield thing, entries
            inside: Any = entries.values()
        else:
            inside = thing if isinstance(thing, Array) else ()
        waiting.extend(one for one in inside if isinstance(one, Dictionary | Array) and not one.is_indirect)


def rewritten(pdf: Pdf) -> str:
    """Return a file whose objects had to be searched for, so that every reader finds the same ones."""
    file = BytesIO()
    pdf.save(file, deterministic_id=True)
    return b64encode(file.getvalue()).decode()


def forbidden(entries: dict[str, Any], *, is_stream: bool) -> Iterator[str]:
    """Yield what is wrong with a dictionary that has these entries."""
    for key in KEYS.keys() & entries.keys():
        if not (key in HOLDERS and is_empty(entries[key])) and not (
            key == "/OpenAction" and is_jump(entries[key])
        ):
            yield KEYS[key]
    for key, names in (("/S", ACTIONS), ("/Subtype", ANNOTATIONS)):
        name = entries.get(key)
        if isinstance(name, Name) and str(name) in names:
            yield names[str(name)]
    if refers_outside(entries, is_stream=is_stream):
        yield "outside"


def is_empty(value: Any) -> bool:
    """Return True if there is nothing in a dictionary or list, such as a tree of names with no name."""
    # Programs leave at most an empty list of names, perhaps in one branch of the tree.
    for _depth in range(3):
        if isinstance(value, Dictionary):
            entries = [entry for entry in value.items() if entry[1] is not None and entry[0] != "/Limits"]
            if len(entries) > 1 or (entries and entries[0][0] not in ("/Names", "/Kids")):
                return False
            value = entries[0][1] if entries else Array()
        elif isinstance(value, Array) and len(value) == 1:
            value = value[0]
        else:
            break
    return isinstance(value, Array) and len(value) == 0


def refers_outside(entries: dict[str, Any], *, is_stream: bool) -> bool:
    """Return True if a dictionary refers to another file that a viewer would open or take content from."""
    address = entries.get("/URI")
    # In the catalog it is the base of all addresses without a scheme.
    base = address.get("/Base") if isinstance(address, Dictionary) else address
    if base is not None and not WEB.match(BLANKS.sub("", text_of(base))):
        return True
    if is_stream:
        return "/F" in entries or (entries.get("/Subtype") == "/Form" and "/Ref" in entries)
    # Elsewhere /F may be a number, or the name of a font. A file embedded in the document is an attachment instead.
    return "/EF" not in entries and any(isinstance(entries.get(key), String) for key in FILE_NAMES)


def text_of(value: Any) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, String) else str(value)


def is_jump(value: Any) -> bool:
    """Return True if an action only shows a page of this document, as many legitimate files do when opened."""
    if isinstance(value, Array):
        return True
    return isinstance(value, Dictionary) and value.get("/S") == "/GoTo" and "/Next" not in value


def repeated(stream: Stream) -> int:
    """Return the length of a stream's compressed bytes if they are nothing but repetition, else 0. Raise Bomb.

    To find out, the bytes are compressed again. That takes a bounded time; unpacking them would not.
    """
    filters = stream.get("/Filter")
    names = list(filters) if isinstance(filters, Array) else [filters]
    packers = sum(name is not None and str(name) in PACKERS for name in names)
    if packers > 1:
        raise Bomb
    if not packers:
        return 0
    raw = stream.read_raw_bytes()
    return len(raw) if len(zlib.compress(raw, 1)) * PACKS_AGAIN < len(raw) else 0


def get_ready() -> None:
    """Load what the libraries load on first use, before nothing can be opened anymore."""
    inspect(sample())
    words.text_of(b"0041")


def sample() -> bytes:
    """Return a PDF whose table of objects must be rebuilt, with text on its page."""
    file = BytesIO()
    with Pdf.new() as pdf:
        pdf.add_blank_page().Contents = pdf.make_stream(b"BT (A) Tj ET")
        pdf.save(file)
    return file.getvalue().replace(b"startxref", b"startxref\n9")


if __name__ == "__main__":
    rights.answer(inspect, CPU_SECONDS, get_ready=get_ready)
