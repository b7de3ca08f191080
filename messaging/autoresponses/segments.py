"""How many parts a text is sent in: 160 characters of the GSM alphabet fit one, or 70 of any other."""

from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these takes the room of two.
EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True)
class Size:
    """`dear` are the characters because of which only 70 fit."""

    characters: int
    parts: int
    dear: tuple[str, ...] = ()


def measure(text: str) -> Size:
    """Return how a text is sent, by GSM 03.38; what Telnyx's smart encoding would replace is not looked at."""
    dear = tuple(dict.fromkeys(c for c in text if c not in BASIC and c not in EXTENDED))
    if dear:
        return Size(len(text), _parts([len(c.encode("utf-16-le")) // 2 for c in text], 70, 67), dear)
    return Size(len(text), _parts([2 if c in EXTENDED else 1 for c in text], 160, 153))


def _parts(widths: list[int], alone: int, joined: int) -> int:
    if sum(widths) <= alone:
        return 1 if widths else 0
    parts, room = 1, joined
    for width in widths:
        if width > room:
            parts, room = parts + 1, joined
        room -= width
    return parts
