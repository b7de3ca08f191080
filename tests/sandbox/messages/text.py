"""How many parts a text takes: GSM-7 with its extended characters, or UCS-2."""

from collections.abc import Sequence
from dataclasses import dataclass

from .facts import RULES

LENGTHS: dict[str, list[int]] = RULES["part_lengths"]
# GSM 03.38: each character of the second set takes two septets.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}[]~\\|€\f")
# Smart encoding replaces these, so that a single one does not make the whole text UCS-2.
SMART = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})


class NotEncodable(Exception):
    """The text has characters that are not in GSM-7."""


@dataclass(frozen=True)
class Measured:
    encoding: str
    parts: int
    characters: int
    smart: bool = False


def measure(text: str, encoding: str = "auto", *, smart: bool = False) -> Measured:
    """Return the encoding and parts of a text; `encoding` is auto, gsm7 or ucs2, `smart` is the profile's setting.

    Raises NotEncodable if gsm7 is asked for and impossible.
    """
    if encoding == "ucs2":
        return ucs2(text)
    if is_gsm(text):
        return gsm(text)
    if encoding == "gsm7":
        raise NotEncodable
    plain = text.translate(SMART)
    if smart and is_gsm(plain):
        return Measured("GSM-7", gsm(plain).parts, len(text), smart=True)
    return ucs2(text)


def is_gsm(text: str) -> bool:
    return all(character in BASIC or character in EXTENDED for character in text)


def gsm(text: str) -> Measured:
    return Measured("GSM-7", parts("GSM-7", [1 + (c in EXTENDED) for c in text]), len(text))


def ucs2(text: str) -> Measured:
    return Measured("UCS-2", parts("UCS-2", [1 + (ord(c) > 0xFFFF) for c in text]), len(text))


def parts(encoding: str, costs: Sequence[int]) -> int:
    """Return how many parts characters of these costs take; none is split between two parts."""
    alone, joined = LENGTHS[encoding]
    if sum(costs) <= alone:
        return 1
    found, used = 1, 0
    for cost in costs:
        if used + cost > joined:
            found, used = found + 1, 0
        used += cost
    return found
