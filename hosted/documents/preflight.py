"""The checks before a document is stored: it must be a PDF that Telnyx accepts and that does nothing by itself.

The first and last bytes and the size are checked here; the inside is checked by a process with limited memory and time
(inspect.py), so that no file can harm the process that serves our pages. Another such process makes a PDF of a photo
(photo.py). What common readers open is taken: bytes around the PDF are cut away, and a table of objects that has to be
rebuilt, or anything else that a reader has to guess at, is rewritten.
"""

import re
from base64 import b64decode
from dataclasses import dataclass, replace
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging import apart

# Telnyx accepts 5 MB per file (docs/telnyx.md, T3.14). It doesn't say which kind of MB; the smaller one is safe.
MOST_BYTES = 5_000_000
# A photo is made smaller to fit; one of 50 megapixels may take 20 MB. Two of them fit into MOST_TO_READ (uploads.py).
MOST_PHOTO_BYTES = 20_000_000
# The last stop; it must leave time for a page before the web server ends the request.
WALL_SECONDS = 45.0
START = b"%PDF-"
END = b"%%EOF"
# Readers look for the start this far into a file.
HEAD = TAIL = 1024
# What may stand before the start: a mark of an encoding, a printer's or a mail's header; not another kind of file, and
# nothing in which a browser would see a web page.
MARKUP = re.compile(rb"<\s*[a-z!?/]", re.IGNORECASE)
OTHER_FILES = (b"MZ", b"PK\x03\x04", b"\x7fELF", b"#!", b"GIF8", b"Rar!", b"\xd0\xcf\x11\xe0", b"{\\rtf")
# What is left of a later version of the document if the file was cut off in it.
CUT_OFF = re.compile(rb"\d{1,10}\s{1,9}\d{1,5}\s{1,9}obj\b|\bxref\b|\btrailer\b")
# Nothing but the mark of the end is missing, or a part of it.
UNMARKED = re.compile(rb"(startxref\s{1,9}\d{1,10}[\r\n]{1,9})[%EOF\0\s]*\Z")

# Code -> what is wrong and what to do.
WORDS: dict[str, tuple[Any, Any]] = {
    "empty": (gettext_lazy("The file is empty."), gettext_lazy("Choose the file again.")),
    "size": (
        gettext_lazy("The file is larger than the 5 MB that Telnyx accepts."),
        gettext_lazy("Scan it in black and white at 200 dpi, or leave out pages that aren't needed."),
    ),
    "size_photo": (
        gettext_lazy("The photo is larger than 20 MB."),
        gettext_lazy("Take it at a lower resolution, or scan the page instead."),
    ),
    "pixels": (
        gettext_lazy(
            "The photo has more pixels than can be read here: 60 million per page, 500 million in all."
        ),
        gettext_lazy("Take it at a lower resolution, or scan the page instead."),
    ),
    "photo": (
        gettext_lazy("The photo is damaged, or part of it is missing."),
        gettext_lazy("Send it from the phone again, or open it and save a copy as JPEG."),
    ),
    "too_long": (
        gettext_lazy("These pages don't fit into the 5 MB that Telnyx accepts, even at a lower resolution."),
        gettext_lazy("Leave out pages that aren't needed, or scan them in black and white."),
    ),
    "not_pdf": (
        gettext_lazy("This is neither a PDF nor a photo, whatever its name says."),
        gettext_lazy(
            "Open it and choose Print, then Save as PDF. Photos may be JPEG, PNG, HEIC, TIFF or WEBP. "
            "Renaming a file doesn't help."
        ),
    ),
    "truncated": (
        gettext_lazy("The end of the file is missing."),
        gettext_lazy("The download or scan was cut off. Download or scan it again."),
    ),
    "encrypted": (
        gettext_lazy("The PDF is encrypted, even if it opens without a password."),
        gettext_lazy("Open it, choose Print, then Save as PDF, and upload that copy."),
    ),
    "script": (
        gettext_lazy("The PDF contains a script."),
        gettext_lazy("Fillable forms often do. Choose Print, then Save as PDF, and upload that copy."),
    ),
    "action": (
        gettext_lazy("The PDF runs an action when it is opened or read."),
        gettext_lazy("Choose Print, then Save as PDF, and upload that copy."),
    ),
    "attachment": (
        gettext_lazy("Another file is hidden in the PDF."),
        gettext_lazy("Remove the attachment, or choose Print, then Save as PDF, and upload that copy."),
    ),
    "outside": (
        gettext_lazy("The PDF refers to other files, which Telnyx and the carrier wouldn't get."),
        gettext_lazy("Choose Print, then Save as PDF, and upload that copy."),
    ),
    "media": (
        gettext_lazy("The PDF contains sound, video or a 3D model."),
        gettext_lazy("Choose Print, then Save as PDF, and upload that copy."),
    ),
    "xfa": (
        gettext_lazy("The PDF is an XFA form, which many programs show as blank."),
        gettext_lazy("Fill it in, choose Print, then Save as PDF, and upload that copy."),
    ),
    "pages": (
        gettext_lazy("The document has more than 100 pages."),
        gettext_lazy("Keep the pages that show the account holder, address and numbers."),
    ),
    "damaged": (
        gettext_lazy("The PDF is damaged or has no pages."),
        gettext_lazy("Open it, choose Print, then Save as PDF, and upload that copy."),
    ),
    "bomb": (
        gettext_lazy("The file would take too much memory to open."),
        gettext_lazy("Ask whoever made it for a simpler copy, or print and scan it."),
    ),
    "late": (
        gettext_lazy("The check of the file did not finish in time."),
        gettext_lazy("Try again. If it happens again, choose Print, then Save as PDF, and upload that copy."),
    ),
    "busy": (
        gettext_lazy("Other files are being checked right now."),
        gettext_lazy("Try again in a moment."),
    ),
    "unchecked": (
        gettext_lazy("The file could not be checked right now."),
        gettext_lazy("Try again. If it happens again, tell an administrator."),
    ),
}


@dataclass(frozen=True)
class Finding:
    """One reason why a file is refused: a stable code, and two sentences for the person who chose it."""

    code: str

    @property
    def what(self) -> str:
        return str(WORDS[self.code][0])

    @property
    def todo(self) -> str:
        return str(WORDS[self.code][1])

    def __str__(self) -> str:
        return f"{self.what} {self.todo}"


@dataclass(frozen=True)
class Report:
    """The result: no findings means that the file may be stored.

    `cleaned` means that not the file as it came is stored, but a copy without the bytes around the PDF, or with its
    objects in order.
    """

    size: int
    pages: int
    findings: tuple[Finding, ...]
    cleaned: bool = False

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def ticks(self) -> list[str]:
        """Return what the page can check off, such as "PDF", "2 pages", "340 kB", "not encrypted"."""
        return ticks(self.pages, self.size) if self.ok else []


def ticks(pages: int, size: int) -> list[str]:
    """Return in words what is known about a stored document."""
    return [
        "PDF",
        ngettext("%(n)s page", "%(n)s pages", pages) % {"n": pages},
        filesizeformat(size).replace("\xa0", " "),
        _("not encrypted"),
        _("no scripts or attachments"),
    ]


@dataclass(frozen=True)
class Prepared:
    """A file as it was checked: `content` is the PDF to keep, if the report is ok.

    `looks_like` is "letter" or "bill", by the words on its first pages; "" if there are too few to tell.
    """

    report: Report
    content: bytes
    made_from_photo: bool = False
    looks_like: str = ""

    @property
    def cleaned(self) -> bool:
        return self.report.cleaned


def is_photo(content: bytes) -> bool:
    """Return True if the first bytes are those of a photo that prepare() makes into a PDF; 16 bytes are enough."""
    return content.startswith(
        (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
    ) or (
        (content[:4] == b"RIFF" and content[8:12] == b"WEBP")
        or (content[4:8] == b"ftyp" and content[8:12] in HEIF_BRANDS)
    )


HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def most_bytes(content: bytes) -> int:
    """Return how large a file that starts like this may be; 16 bytes are enough."""
    return MOST_PHOTO_BYTES if is_photo(content) else MOST_BYTES


def check(content: bytes) -> Report:
    """Check a whole file. This takes up to 45 seconds, normally less than one: don't call it in a transaction."""
    return prepare(content).report


def prepare(content: bytes) -> Prepared:
    """Check a whole file, and return the PDF to keep. As slow as check(), for a photo twice."""
    if not is_photo(content):
        return prepare_pdf(content)
    if len(content) > MOST_PHOTO_BYTES:
        return refused(content, "size_photo")
    answer = run("hosted.documents.photo", content)
    if answer["problems"]:
        return replace(refused(content, *answer["problems"]), made_from_photo=True)
    return replace(prepare_pdf(b64decode(answer["pdf"])), made_from_photo=True)


def prepare_pdf(content: bytes) -> Prepared:
    pdf, problem = trimmed(content)
    if len(pdf) > MOST_BYTES and problem in ("", "truncated"):
        problem = "size"
    if problem:
        return refused(content, problem)
    answer = run("hosted.documents.inspect", pdf)
    if answer.get("repaired"):
        pdf = b64decode(answer["repaired"])
    if len(pdf) > MOST_BYTES:
        return refused(content, "size")
    findings = tuple(map(Finding, answer["problems"]))
    report = Report(len(pdf), answer["pages"], findings, cleaned=not findings and pdf != content)
    return Prepared(report, pdf, looks_like=answer.get("looks_like", ""))


def refused(content: bytes, *codes: str) -> Prepared:
    return Prepared(Report(len(content), 0, tuple(map(Finding, codes))), content)


def trimmed(content: bytes) -> tuple[bytes, str]:
    """Return the PDF without what stands before and after it, and the code of a problem that shows on the outside."""
    if not content:
        return content, "empty"
    start = content.find(START, 0, HEAD + len(START))
    # Without NULs, because a web page may be in UTF-16.
    before = content[: max(start, 0)].replace(b"\0", b"")
    if start < 0 or before.startswith(OTHER_FILES) or MARKUP.search(before):
        return content, "not_pdf"
    end = content.rfind(END)
    after = content[max(end, start) :].removeprefix(END)
    if end < start or CUT_OFF.search(after):
        unmarked = UNMARKED.search(content, max(start, len(content) - TAIL))
        return (content[start : unmarked.end(1)] + END + b"\n", "") if unmarked else (content, "truncated")
    # A blank line after the end belongs to it.
    whole = len(after) <= 16 and not after.strip(b"\r\n ")
    return (content[start:] if whole else content[start : end + len(END)] + b"\n"), ""


def run(module: str, content: bytes) -> dict[str, Any]:
    """Return the answer of inspect.py or photo.py, or what its failure means. Never raises, whatever the content."""
    try:
        return apart.read(module, content, seconds=WALL_SECONDS)
    except apart.TooMuch:
        problem = "bomb"
    except apart.TooLate:
        problem = "late"
    except apart.Busy:
        problem = "busy"
    except apart.NotRead:
        problem = "unchecked"
    return {"pages": 0, "problems": [problem]}
