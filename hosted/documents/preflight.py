"""The checks before a document is stored: it must be a PDF that Telnyx accepts and that does nothing by itself.

The first and last bytes and the size are checked here; the inside is checked by a process with limited memory and time
(inspect.py), so that no file can harm the process that serves our pages.
"""

from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from . import apart

# Telnyx accepts 5 MB per file (docs/telnyx.md, T3.14). It doesn't say which kind of MB; the smaller one is safe.
MOST_BYTES = 5_000_000
MOST_PAGES = 100
WALL_SECONDS = 10.0
START = b"%PDF-"
END = b"%%EOF"
TAIL = 1024

# Code -> what is wrong and what to do.
WORDS: dict[str, tuple[Any, Any]] = {
    "empty": (gettext_lazy("The file is empty."), gettext_lazy("Choose the file again.")),
    "size": (
        gettext_lazy("The file is larger than the 5 MB that Telnyx takes."),
        gettext_lazy("Scan it in black and white at 200 dpi, or leave out pages that aren't needed."),
    ),
    "not_pdf": (
        gettext_lazy("This isn't a PDF, whatever its name says."),
        gettext_lazy(
            "Open it and choose Print, then Save as PDF. This works for photos too. Renaming "
            "a file doesn't help."
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
        gettext_lazy("The PDF refers to other files, which Telnyx and the carrier don't get."),
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
        gettext_lazy("The PDF has more than 100 pages."),
        gettext_lazy("Keep the pages that show the account holder, address and numbers."),
    ),
    "damaged": (
        gettext_lazy("The PDF is damaged inside or has no pages."),
        gettext_lazy("Open it, choose Print, then Save as PDF, and upload that copy."),
    ),
    "bomb": (
        gettext_lazy("The PDF would take too much memory or time to open."),
        gettext_lazy("Ask whoever made it for a simpler copy, or print and scan it."),
    ),
    "busy": (
        gettext_lazy("Other files are being checked just now."),
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
    """The result: no findings means that the file may be stored."""

    size: int
    pages: int
    findings: tuple[Finding, ...]

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


def check(content: bytes) -> Report:
    """Check a whole file. This takes up to 10 seconds: don't call it in a transaction."""
    codes = outside(content)
    if codes:
        return Report(len(content), 0, tuple(map(Finding, codes)))
    answer = inside(content)
    return Report(len(content), answer["pages"], tuple(map(Finding, answer["problems"])))


def outside(content: bytes) -> list[str]:
    """Return the codes of problems that show without reading the structure."""
    if not content:
        return ["empty"]
    # Readers tolerate text before the header, and a file that is also a web page hides there.
    if not content.startswith(START):
        return ["not_pdf"]
    if len(content) > MOST_BYTES:
        return ["size"]
    return [] if END in content[-TAIL:] else ["truncated"]


def inside(content: bytes) -> dict[str, Any]:
    """Return the answer of inspect.py, or what its failure means. Never raises, whatever the content."""
    try:
        return apart.read("hosted.documents.inspect", content, seconds=WALL_SECONDS)
    except (apart.TooMuch, apart.TooLate):
        problem = "bomb"
    except apart.Busy:
        problem = "busy"
    except apart.NotRead:
        problem = "unchecked"
    return {"pages": 0, "problems": [problem]}
