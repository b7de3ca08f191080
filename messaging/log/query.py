"""Understand what was typed into the search box: a number in any form, its last digits, a message id, or words."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

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


# Words in texts: the index knows them as they were written, so a word is looked up with and without its accents.

ACCENTED = {
    "a": "áàâäãåąă",
    "c": "çćč",
    "d": "ďđ",
    "e": "éèêëęě",
    "g": "ğ",
    "i": "íìîïı",
    "l": "łľĺ",
    "n": "ñńň",
    "o": "óòôöõøő",
    "r": "řŕ",
    "s": "šśşș",
    "t": "ťţț",
    "u": "úùûüůű",
    "y": "ýÿ",
    "z": "žźż",
}
PLAIN = str.maketrans({sign: plain for plain, signs in ACCENTED.items() for sign in signs})
MOST_ACCENTS = 2
MOST_SPELLINGS = 600
PUNCTUATION = re.compile(r"^[^\w]+|[^\w]+$")


def unsearchable(text: str) -> str:
    """Return the emoji and signs in a text, which no index of words holds."""
    return "".join(dict.fromkeys(sign for sign in text if unicodedata.category(sign) in ("So", "Sk", "Cs")))


def in_texts(words: str) -> str:
    """Return PostgreSQL's query for texts that hold all of these words, whatever their accents."""
    found = (PUNCTUATION.sub("", word) for word in unicodedata.normalize("NFC", words).split())
    return " & ".join(f"({' | '.join(map(_quoted, _spellings(word)))})" for word in found if word)


def _spellings(word: str) -> list[str]:
    """Return a word as it was typed, without accents, and with up to MOST_ACCENTS of them."""
    small = word.lower()
    if not small.isalpha():
        return [word]
    bare = small.translate(PLAIN)
    found = [word, bare]
    places = [place for place, sign in enumerate(bare) if sign in ACCENTED]
    for count in range(1, MOST_ACCENTS + 1):
        more = [spelling for chosen in combinations(places, count) for spelling in _with(bare, chosen)]
        if len(found) + len(more) > MOST_SPELLINGS:
            break
        found += more
    return list(dict.fromkeys(found))


def _with(bare: str, places: Sequence[int]) -> list[str]:
    """Return a word with an accent at each of some places, in every way."""
    found = []
    for signs in product(*(ACCENTED[bare[place]] for place in places)):
        letters = list(bare)
        for place, sign in zip(places, signs, strict=True):
            letters[place] = sign
        found.append("".join(letters))
    return found


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
