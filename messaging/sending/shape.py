"""Checks of rich content, as JSON of any shape: one sentence per problem, with the member it is about.

Nothing here assumes that a value has the right type. Each kind of message adds its own rules and limits.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from messaging.mirror.records.wire import UNSTORABLE
from messaging.mirror.wording import Words
from messaging.validators import check_public_url

E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True)
class Problem:
    """One broken rule; `pointer` names the member, such as `rich_card.carousel_card.card_contents.3.title`."""

    pointer: str
    words: str


@dataclass(frozen=True)
class Placed:
    """One problem in the content: its place, as an RFC 6901 pointer and in words, and what is wrong."""

    pointer: str
    where: str
    words: str


Found = Iterator[Problem]


def placed(problem: Problem, where: Callable[[list[str]], str]) -> Placed:
    """Return a problem with its place in words, for the list above a form and for its fields."""
    steps = problem.pointer.split(".") if problem.pointer else []
    return Placed("".join(f"/{step}" for step in steps), where(steps), problem.words)


def at(pointer: str, name: str | int) -> str:
    return f"{pointer}.{name}" if pointer else str(name)


def malformed() -> str:
    return _("This part isn't in the format Telnyx needs. Remove it and add it again.")


def empty() -> str:
    return _("This is empty. Type something or remove it.")


def only(value: Any, pointer: str, names: Sequence[str], *, elsewhere: Sequence[str] = ()) -> Found:
    """Yield what is wrong with an object itself: not an object, or members it must not have.

    `elsewhere` are members that Telnyx describes, but that only other kinds of messages have.
    """
    if not isinstance(value, Mapping):
        yield Problem(pointer, malformed())
        return
    for name in value:
        if name in names:
            continue
        words = _("Telnyx doesn't recognize “%(name)s” here. Remove it.")
        if name in elsewhere:
            words = _("A message of this kind doesn't have “%(name)s”. Remove it.")
        yield Problem(at(pointer, name), words % {"name": name})


def text(
    owner: Mapping[str, Any],
    name: str,
    pointer: str,
    longest: int | None,
    missing: Words = "",
    *,
    in_bytes: bool = False,
) -> Found:
    """Check a text in an object; `missing` is the sentence to show if a required text is missing."""
    value, here = owner.get(name), at(pointer, name)
    if name not in owner or value == "":
        if missing:
            yield Problem(here, str(missing))
        elif name in owner:
            yield Problem(here, empty())
    elif not isinstance(value, str):
        yield Problem(here, _("This must be text."))
    elif UNSTORABLE.search(value):
        yield Problem(here, _("This contains a character that can't be sent. Type the text again."))
    elif not value.strip():
        yield Problem(here, str(missing) or _("There are only spaces here."))
    elif longest and (size := len(value.encode() if in_bytes else value)) > longest:
        yield Problem(here, _too_long(longest, size, in_bytes=in_bytes))


def _too_long(most: int, size: int, *, in_bytes: bool) -> str:
    words = _("At most %(most)s characters; you have %(n)s.")
    if in_bytes:
        words = _("At most %(most)s bytes; you have %(n)s. Accents take 2 bytes and emoji take 4 or more.")
    return words % {"most": most, "n": size}


def one_of(
    owner: Mapping[str, Any], name: str, pointer: str, words: Sequence[str], *, needed: bool = True
) -> Found:
    if name not in owner:
        if needed:
            yield Problem(at(pointer, name), _("Choose one; Telnyx requires it."))
    elif owner[name] not in words:
        yield Problem(at(pointer, name), _("Choose one of: %(words)s.") % {"words": ", ".join(words)})


def url(owner: Mapping[str, Any], name: str, pointer: str, longest: int | None, missing: Words = "") -> Found:
    wrong = list(text(owner, name, pointer, longest, missing))
    yield from wrong
    if name in owner and not wrong:
        try:
            check_public_url(owner[name])
        except ValidationError as error:
            yield Problem(at(pointer, name), str(error.message))


def yes_or_no(owner: Mapping[str, Any], name: str, pointer: str) -> Found:
    if not isinstance(owner.get(name, False), bool):
        yield Problem(at(pointer, name), _("This must be yes or no."))


def exactly_one(owner: Mapping[str, Any], names: Sequence[str]) -> bool:
    return len([name for name in names if name in owner]) == 1
