"""Plain English on a page of the desk: what was never given to gettext, unless it is data."""

import json
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

from django.apps import apps
from django.contrib.auth.models import Permission

# Said as they are in every language: names, a key, and the words that Django has for a row without a name.
NAMES = "telnyx desk Telnyx WhatsApp esc object"
# Rows that Django makes itself, in English, hold words of the desk.
NOT_DATA = {"auth.permission", "contenttypes.contenttype", "sessions.session"}
SHOWN = ("title", "aria-label", "placeholder", "alt", "data-done")
# Letters that name icons, and what is written for machines.
MACHINE = {"script", "style", "code", "pre", "svg"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
WORD = re.compile(r"(?<![\w@/.:_-])[A-Za-z][A-Za-z'’]+(?![\w@/:_]|-\w|\.\w)")


class Texts(HTMLParser):
    """Collect what a person reads, hears or hovers over."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.within: list[tuple[str, bool]] = []
        self.words_of = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        kinds = given.get("type") or ""
        self.found += [given[name] or "" for name in SHOWN if name in given]
        if tag == "input" and kinds in ("submit", "button", "reset"):
            self.found.append(given.get("value") or "")
        if tag not in VOID:
            is_machine = tag in MACHINE or "material-symbols" in (given.get("class") or "")
            # Examples of texts stay in the language of the people who get them.
            is_machine = is_machine or given.get("translate") == "no"
            self.within.append((tag, is_machine))
        self.words_of = given.get("id") or "" if tag == "script" and kinds == "application/json" else ""

    def handle_endtag(self, tag: str) -> None:
        self.words_of = ""
        while self.within and self.within.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.words_of.endswith("-words"):
            self.found += json.loads(data).values()
        elif data.strip() and not any(is_machine for _tag, is_machine in self.within):
            self.found.append(data)


def texts(html: str) -> list[str]:
    reader = Texts()
    reader.feed(html)
    reader.close()
    return [" ".join(text.split()) for text in reader.found if text.strip()]


def data() -> str:
    """Return all that the rows of the database hold, in one text."""
    held = []
    for model in apps.get_models():
        if model._meta.label_lower not in NOT_DATA:
            held += [str(row) for row in model._default_manager.values_list()]
    # Django makes these in English and keeps them so.
    held += [str(permission) for permission in Permission.objects.select_related("content_type")]
    return " ".join(" ".join(held).split()).lower()


def runs(text: str) -> Iterator[str]:
    """Yield the plain words of a text, those together that stand beside each other."""
    last, start = -2, -1
    for word in WORD.finditer(text):
        if start >= 0 and text[last : word.start()].strip():
            yield text[start:last]
            start = -1
        start = word.start() if start < 0 else start
        last = word.end()
    if start >= 0:
        yield text[start:last]


def is_said_everywhere(run: str) -> bool:
    """Return True if these words are names, or in capitals: codes, keywords, abbreviations."""
    return all(word in NAMES.split() or word.isupper() for word in WORD.findall(run))


@cache
def is_in(run: str, known: str) -> bool:
    """Return True if these words stand in the data, and not as parts of others."""
    return re.search(rf"(?<![a-z]){re.escape(run)}(?![a-z])", known) is not None


def plain_words(html: str, known: str) -> list[str]:
    """Return the texts of a page with words that are neither data nor names, each with those words."""
    found = []
    for text in texts(html):
        wrong = [run for run in runs(text) if not is_said_everywhere(run) and not is_in(run.lower(), known)]
        if wrong:
            found.append(f"{' / '.join(wrong)}  in  {text[:160]}")
    return found
