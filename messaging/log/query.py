"""Understand what was typed into the search box: a number in any form, its last digits, a message id, or words."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from messaging.numbers import EXTENSION, INVISIBLE, QUOTES, find_number, plain, read_row

from . import parsing
from .choices import TermKind

LONGEST = 200
LONGEST_ADDRESS = 64
# Digits and what people write between them; any letter makes it words.
LOOKS_LIKE_A_NUMBER = re.compile(r"(?:tel:)?[\d\s+().\-/\u2010-\u2015]*\d[\d\s+().\-/\u2010-\u2015]*")
SHORT_CODE = re.compile(r"\d{3}|\d{5,6}")
# What comes along when a number is copied from a spreadsheet or an address book.
AROUND = "<> " + QUOTES
WORD = re.compile(r"\w")
PUNCTUATION = re.compile(r"^[^\w]+|[^\w]+$")


@dataclass(frozen=True)
class Term:
    """What was typed, and what it means: addresses, their last four digits, an id, or words (then `meant` is empty)."""

    text: str = ""
    kind: str = ""
    meant: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.kind)


NOTHING = Term()


def read(
    typed: str, *, addresses: Callable[[str], Sequence[str]] = lambda name: (), as_words: bool = False
) -> Term:
    """Return what `typed` means. `addresses` finds the senders and recipients with a name instead of a number."""
    text = INVISIBLE.sub("", typed).strip()[:LONGEST]
    if not text or not WORD.search(text):
        return NOTHING
    if as_words:
        return Term(text, TermKind.WORDS)
    if id := parsing.uuid(text):
        return Term(text, TermKind.ID, (id,))
    if LOOKS_LIKE_A_NUMBER.fullmatch(shape := plain(text).strip(AROUND)):
        return _number(shape)
    if len(text) <= LONGEST_ADDRESS and (found := addresses(text)):
        return Term(text, TermKind.ADDRESS, tuple(found))
    # With words beside it, such as a name or an extension.
    if found := [piece.number for piece in read_row(EXTENSION.sub("", text)) if piece.number]:
        return Term(text, TermKind.ADDRESS, tuple(dict.fromkeys(found)))
    return Term(text, TermKind.WORDS)


def _number(text: str) -> Term:
    digits = re.sub(r"\D", "", text)
    if len(digits) == 4 and "+" not in text:
        return Term(text, TermKind.LAST_FOUR, (digits,))
    if SHORT_CODE.fullmatch(digits):
        return Term(text, TermKind.ADDRESS, (digits,))
    # A foreign number written without its plus looks like one of ours with too many digits.
    candidates = [piece.number for piece in read_row(text) if piece.number]
    candidates += [number] if (number := find_number(f"+{digits}")) else []
    return Term(text, TermKind.ADDRESS, tuple(dict.fromkeys(candidates or [f"+{digits}"])))


def unsearchable(text: str) -> str:
    """Return the emoji and signs in a text, which no index of words holds."""
    return "".join(dict.fromkeys(sign for sign in text if unicodedata.category(sign) in ("So", "Sk", "Cs")))


def in_texts(words: str) -> str:
    """Return PostgreSQL's query for texts that hold all of these words. Accents go later, with those of the texts."""
    found = (PUNCTUATION.sub("", word) for word in words.split())
    return " & ".join(_quoted(word) for word in found if word)


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
