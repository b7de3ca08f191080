"""No text of the desk is written where gettext cannot reach it: beside the tags of a template, or in a script."""

import re
from html.parser import HTMLParser

from django.template.base import Lexer, TokenType

from tests.translation import catalog
from tests.translation.plain_words import MACHINE, NAMES, SHOWN, VOID

WORD = re.compile(r"[A-Za-z]{2,}")
# Said to machines, and the same in every language.
SAID_AS_IT_IS = {"POST", "SHA", "webhook_url", "demo"}


class Written(HTMLParser):
    """Collect the words that stand in a template itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.within: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_button = tag == "input" and given.get("type") in ("submit", "button", "reset")
        names = [*SHOWN, *(["value"] if is_button else [])]
        self.found += [given[name] or "" for name in names if name in given]
        if tag not in VOID:
            is_icon = "material-symbols" in (given.get("class") or "")
            self.within.append((tag, is_icon or tag in MACHINE - {"code", "pre"}))

    def handle_endtag(self, tag: str) -> None:
        while self.within and self.within.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(is_machine for _tag, is_machine in self.within):
            self.found.append(data)


# Blocks of templates/desk/ that take names of classes.
LOOKS = {"look", "form_look", "tone"}


def written(source: str) -> list[str]:
    """Return the texts of a template that no tag of it translates."""
    kept, skipped = [], ""
    for token in Lexer(source).tokenize():
        tag, *rest = token.contents.split() or [""]
        if token.token_type == TokenType.BLOCK:
            if tag in ("blocktranslate", "blocktrans", "comment"):
                skipped = f"end{tag}"
            elif tag == "block" and rest[0] in LOOKS:
                skipped = "endblock"
            elif tag == skipped:
                skipped = ""
        elif token.token_type == TokenType.TEXT and not skipped:
            kept.append(token.contents)
    reader = Written()
    reader.feed("".join(kept))
    reader.close()
    return [" ".join(text.split()) for text in reader.found]


def test_templates_hold_no_text_outside_their_tags():
    allowed = {*NAMES.split(), *SAID_AS_IT_IS}
    found = [
        f"{path.relative_to(catalog.ROOT)}: {text}"
        for path in catalog.files(".html")
        for text in written(path.read_text(encoding="utf-8"))
        if not allowed.issuperset(re.findall(r"[A-Za-z_]{2,}", text))
    ]

    assert found == []


STRING = re.compile(r"""(["'`])((?:\\.|(?!\1)[^\\\n])*)\1""")
# Selectors, and names of classes and tags.
SELECTOR = re.compile(r"[\[\]#>=;]|^[.:]|\$\{.*\(|^(?:[a-z]+-[a-z-]+|input|select|textarea|button|[, ])+$")


def sentences(source: str) -> list[str]:
    """Return the strings of a script with two words or more that a person could read."""
    code = re.sub(r"^\s*//.*$|\s//\s.*$", "", source, flags=re.M)
    found = []
    for _quote, text in STRING.findall(code):
        words = WORD.findall(re.sub(r"\$\{[^}]*\}", "", text))
        if len(words) > 1 and " " in text.strip() and not SELECTOR.search(text):
            found.append(text)
    return found


def test_scripts_take_their_texts_from_the_page():
    found, scripts = [], catalog.scripts()
    for path in scripts:
        source = path.read_text(encoding="utf-8")
        found += [f"{path.relative_to(catalog.ROOT)}: {text}" for text in sentences(source)]
        # What is shown at once: a text in the place of a text.
        shown = re.findall(r"\.(?:textContent|title|placeholder|innerText) = ([\"'`].*?);", source)
        shown += re.findall(r"setCustomValidity\(([\"'`].+?)\)", source)
        found += [
            f"{path.relative_to(catalog.ROOT)}: {text}"
            for text in shown
            if re.search("[A-Za-z]", re.sub(r"\$\{[^}]*\}", "", text.replace(r"\u00b7", "")))
        ]

    assert scripts
    assert found == []
