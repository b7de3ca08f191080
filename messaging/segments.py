"""How many parts a text takes (T5.8): GSM 03.38 septets if every character has one, otherwise UTF-16 units.

A character of two units is never split between parts, so a part may stay one unit short. Telnyx's smart encoding may
replace characters and so need fewer parts; it never needs more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy, ngettext

from messaging.mirror.wording import Words

GSM, UCS2 = "GSM-7", "UCS-2"
MOST_PARTS = 10
# What they are, for people who don't know the names.
ENCODINGS: Mapping[str, Words] = {
    GSM: gettext_lazy("GSM-7 is the usual alphabet of texts: 160 characters fit into one part."),
    UCS2: gettext_lazy("UCS-2 has every character, such as emoji, but only 70 fit into one part."),
}
# Units in a one-part message, and in each part of a longer one: the header that joins the parts takes the rest.
ROOM = {GSM: (160, 153), UCS2: (70, 67)}

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these is an escape and a character, so it costs two.
EXTENDED = "\f^{}\\[~]|€"


@dataclass(frozen=True)
class Size:
    """What a text takes: `units` of its encoding, in `parts`; `left` more fit into the last part."""

    encoding: str
    units: int
    parts: int
    left: int
    foreign: tuple[str, ...] = ()
    characters: int = 0


def measure(text: str, encoding: str = "auto") -> Size:
    """Return the size of a text; `encoding` is auto, gsm7 or ucs2. `foreign` are characters GSM-7 lacks."""
    foreign = tuple(dict.fromkeys(c for c in text if c not in BASIC and c not in EXTENDED))
    if encoding == "ucs2" or (foreign and encoding != "gsm7"):
        costs, used = [1 + (ord(c) > 0xFFFF) for c in text], UCS2
    else:
        costs, used = [1 + (c in EXTENDED) for c in text], GSM
    units = sum(costs)
    alone, joined = ROOM[used]
    parts, left = (1, alone - units) if units <= alone else fill(costs, joined)
    return Size(used, units, parts, left, foreign, len(text))


def too_long(size: Size) -> str:
    """Return what to say of a text in more parts than Telnyx sends, or ""."""
    if size.parts <= MOST_PARTS:
        return ""
    words = ngettext(
        "This takes %(n)s part; Telnyx sends at most 10. Shorten it.",
        "This takes %(n)s parts; Telnyx sends at most 10. Shorten it.",
        size.parts,
    )
    return words % {"n": size.parts}


def fill(costs: Iterable[int], room: int) -> tuple[int, int]:
    """Return how many parts characters of these costs fill, and the room left in the last one."""
    parts, left = 1, room
    for cost in costs:
        if cost > left:
            parts, left = parts + 1, room
        left -= cost
    return parts, left
