"""Read what a web page says: `python -m tollfree.links.text < PAGE`, in a process apart (apart.py).

It prints JSON: how much text there is without running scripts, and which of a few kinds of sentences it has. The text
itself stays here.
"""

import re
from html.parser import HTMLParser
from typing import Any

from messaging import rights

CPU_SECONDS = 5
UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "head"})
IN_LINE = frozenset({"a", "b", "em", "i", "span", "strong", "u", "small", "sup", "sub", "font", "mark"})

# A page that is not finished, or not a business's own. Looked for only on short pages.
SHORT = 4000
UNFINISHED = re.compile(
    r"under construction|coming soon|(?:site|website) is (?:being built|not (?:yet )?(?:published|available))|"
    r"launching soon|domain (?:name )?(?:is|may be) for sale|buy this domain|parked (?:free|domain)|domain parking|"
    r"welcome to nginx|apache2? .{0,20}default page|default web(?: ?site)? page|account (?:has been )?suspended|"
    r"maintenance mode|index of /|hello world!",
    re.IGNORECASE,
)
# Words about the data of people who get texts, and about giving it away: both close together make a sentence.
TEXTING = re.compile(
    r"\bsms\b|\bmms\b|text[ -]?messag\w*|\btexting\b|mobile (?!device|app|browser|site|version)\w+|"
    r"cell(?:ular)? (?:phone|number)|(?:phone|telephone) numbers?|opt[ -]?in\b",
    re.IGNORECASE,
)
SHARING = re.compile(
    r"\bshar(?:e|es|ed|ing)\b|\bs(?:ell|ells|old|elling)\b|\bdisclos\w+|\brent(?:s|ed|ing)?\b|third[ -]?part(?:y|ies)|"
    r"\baffiliates?\b",
    re.IGNORECASE,
)
NEAR = 200


class Page(HTMLParser):
    """Collects what people see, and whether there is a field for a password and anything that runs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.title = ""
        self.hidden: list[str] = []
        self.in_title = False
        self.scripts = 0
        self.has_password = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_title = tag == "title"
        self.scripts += tag == "script"
        if tag == "input" and ("type", "password") in [(n, (v or "").lower()) for n, v in attrs]:
            self.has_password = True
        if tag == "body":  # a head that was never closed
            self.hidden.clear()
        if tag in UNSEEN:
            self.hidden.append(tag)
        elif tag not in IN_LINE:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.in_title = False
        if tag in self.hidden:
            del self.hidden[self.hidden.index(tag) :]
        elif tag not in IN_LINE:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if self.in_title:
            self.title += data
        elif not self.hidden:
            self.pieces.append(data)


def read(content: bytes) -> dict[str, Any]:
    """Return what is known of a page."""
    page = Page()
    page.feed(decoded(content))
    page.close()
    text = " ".join("".join(page.pieces).split())
    said = f"{page.title} {text}"
    unfinished = UNFINISHED.search(said) if len(text) < SHORT else None
    return {
        "characters": len(text),
        "runs": page.scripts > 0,
        "password": page.has_password,
        "unfinished": unfinished.group()[:60] if unfinished else "",
        "sharing": any(
            SHARING.search(text, max(0, found.start() - NEAR), found.end() + NEAR)
            for found in TEXTING.finditer(text)
        ),
    }


def decoded(content: bytes) -> str:
    """Return the text of a page; the English words we look for are the same in nearly every encoding."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def get_ready() -> None:
    """Load the encodings, before nothing can be opened anymore."""
    for start in (b"\xff\xfe", b"\xff", b"<p>&amp;"):
        read(start)


if __name__ == "__main__":
    rights.answer(read, CPU_SECONDS, get_ready=get_ready)
