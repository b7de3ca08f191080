"""Placeholders in a saved text, such as `{order number}`: what is wrong with them, and how they are filled in."""

import re
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

# Letters and digits of any language, in words with one space between them.
NAME = re.compile(r"[^\W_]+(?: [^\W_]+)*")
PLACEHOLDER = re.compile(rf"\{{({NAME.pattern})\}}")
BRACE = re.compile(r"[{}]")
MOST, LONGEST_NAME = 10, 30
# So much of a text is repeated to show where something is wrong.
SHOWN = 30

Values = Mapping[str, str]


def names(text: str) -> list[str]:
    """Return the names of the placeholders, in order, each once; capital letters make no difference."""
    found: dict[str, str] = {}
    for name in PLACEHOLDER.findall(text):
        found.setdefault(key(name), name)
    return list(found.values())


def key(name: str) -> str:
    """Return what the value of a placeholder is called in forms."""
    return "value_" + name.casefold().replace(" ", "_")


def fill(text: str, values: Values) -> str:
    """Return the text with its placeholders filled in, by `key`; one without a value stays as it is."""
    return PLACEHOLDER.sub(lambda found: values.get(key(found[1])) or found[0], text)


def read(text: str, filled: str) -> dict[str, str] | None:
    """Return the values with which a text was filled in, or None if they can't be read off."""
    pieces = PLACEHOLDER.split(text)
    *between, last = pieces[2::2] or [""]
    values: dict[str, str] = {}
    at = len(pieces[0])
    for name, literal in zip(pieces[1::2], [*between, None], strict=False):
        end = len(filled) - len(last) if literal is None else filled.find(literal, at)
        if end < at:
            return None
        values.setdefault(key(name), filled[at:end])
        at = end + len(literal or "")
    return values if fill(text, values) == filled else None


def problems(text: str) -> Iterator[str]:
    """Yield what is wrong with the braces of a text, in sentences."""
    opened = -1
    for brace in BRACE.finditer(text):
        if brace[0] == "{":
            if opened >= 0:
                yield _unclosed(text, opened)
            opened = brace.start()
        elif opened < 0:
            words = _("The } after “%(text)s” has no { before it. Write placeholders like {order number}.")
            before = text[: brace.start()].rpartition("\n")[2].strip()
            yield words % {"text": f"…{before[-SHOWN:]}" if len(before) > SHOWN else before}
        else:
            yield from _of_name(text[opened + 1 : brace.start()])
            opened = -1
    if opened >= 0:
        yield _unclosed(text, opened)
    found = names(text)
    if len(found) > MOST:
        yield _("A text can have at most %(most)s placeholders; you have %(n)s.") % {
            "most": MOST,
            "n": len(found),
        }
    if found and not NAME.search(PLACEHOLDER.sub("", text)):
        yield _("Write some words around the placeholders: with placeholders alone, it says nothing.")


def _unclosed(text: str, at: int) -> str:
    words = _("The { before “%(text)s” is never closed. Write placeholders like {order number}.")
    after = text[at + 1 :].partition("\n")[0].strip()
    return words % {"text": f"{after[:SHOWN]}…" if len(after) > SHOWN else after}


def _of_name(name: str) -> Iterator[str]:
    if not name.strip():
        yield _("There is nothing between { and }. Write what goes there, such as {order number}.")
    elif not NAME.fullmatch(name):
        words = _(
            "{%(name)s} can't be a placeholder. Use only letters, digits and single spaces between words, such as "
            "{order number}."
        )
        yield words % {"name": name}
    elif len(name) > LONGEST_NAME:
        words = _("{%(name)s} is too long: the name of a placeholder has at most %(most)s characters.")
        yield words % {"name": name, "most": LONGEST_NAME}
