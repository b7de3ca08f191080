"""Understand what was typed into the search box: a number in any form, its last digits, a message id, or words."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from messaging.numbers import INVISIBLE, QUOTES, find_number, plain

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
    return Term(text, TermKind.WORDS)


def _number(text: str) -> Term:
    digits = re.sub(r"\D", "", text)
    if len(digits) == 4 and "+" not in text:
        return Term(text, TermKind.LAST_FOUR, (digits,))
    if SHORT_CODE.fullmatch(digits):
        return Term(text, TermKind.ADDRESS, (digits,))
    # A foreign number written without its plus looks like one of ours with too many digits.
    candidates = [number for shape in (text, f"+{digits}") if (number := find_number(shape))]
    return Term(text, TermKind.ADDRESS, tuple(dict.fromkeys(candidates or [f"+{digits}"])))
