"""How many parts a text takes, against a table of its own: GSM 03.38 by code point, and UTF-16 by bytes."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from messaging import segments
from tests.sandbox.messages import text as sandbox

# 3GPP TS 23.038, section 6.2.1, as Unicode code points; written out again so that an error in the product shows.
TABLE = [
    *[0x40, 0xA3, 0x24, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0x0A, 0xD8, 0xF8, 0x0D, 0xC5, 0xE5],
    *[0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0xC6, 0xE6, 0xDF, 0xC9],
    *[0x20, 0x21, 0x22, 0x23, 0xA4, *range(0x25, 0x40)],
    *[0xA1, *range(0x41, 0x5B), 0xC4, 0xD6, 0xD1, 0xDC, 0xA7],
    *[0xBF, *range(0x61, 0x7B), 0xE4, 0xF6, 0xF1, 0xFC, 0xE0],
]
EXTENSION = [0x0C, 0x5E, 0x7B, 0x7D, 0x5C, 0x5B, 0x7E, 0x5D, 0x7C, 0x20AC]

gsm = st.text(st.sampled_from([chr(point) for point in TABLE + EXTENSION]), max_size=400)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def cut(units: list[int], alone: int, joined: int, firsts: range) -> int:
    """Cut units into parts as a phone would, one earlier where a pair would be split; return how many there are."""
    if len(units) <= alone:
        return 1
    found = 0
    while units:
        end = joined - (len(units) > joined and units[joined - 1] in firsts)
        units, found = units[end:], found + 1
    return found


def septets(text: str) -> list[int]:
    return [unit for c in text for unit in ([27, ord(c)] if ord(c) in EXTENSION else [ord(c)])]


def utf16(text: str) -> list[int]:
    content = text.encode("utf-16-be")
    return [int.from_bytes(content[n : n + 2]) for n in range(0, len(content), 2)]


def test_the_alphabet_is_that_of_the_standard():
    assert len(TABLE) == 127
    assert sorted(map(ord, segments.BASIC)) == sorted(TABLE)
    assert sorted(map(ord, segments.EXTENDED)) == sorted(EXTENSION)


@given(gsm)
@example("x" * 160)
@example("x" * 161)
@example("\u20ac" * 80)
@example("\u20ac" * 81)
@example("]" * 153)
@example("]" * 152 + "x")
@example("x" + "]" * 153)
@example("x" * 152 + "]" * 8)
def test_a_text_of_the_alphabet_takes_septets(text):
    units = septets(text)
    size = segments.measure(text)

    assert (size.encoding, size.units, size.parts) == (
        "GSM-7",
        len(units),
        cut(units, 160, 153, range(27, 28)),
    )
    assert size.foreign == ()


@given(anything.filter(lambda text: any(ord(c) not in TABLE + EXTENSION for c in text)))
@example("\u0142" * 70)
@example("\u0142" * 71)
@example("\U0001f600" * 35)
@example("\U0001f600" * 36)
@example("\U0001f600" * 67)
@example("\u0142" * 66 + "\U0001f600" * 3)
def test_one_foreign_character_makes_the_whole_text_ucs2(text):
    units = utf16(text)
    size = segments.measure(text)

    assert (size.encoding, size.units, size.parts) == (
        "UCS-2",
        len(units),
        cut(units, 70, 67, range(0xD800, 0xDC00)),
    )
    assert set(size.foreign) == {c for c in text if ord(c) not in TABLE + EXTENSION}


@given(anything, st.sampled_from(["auto", "gsm7", "ucs2"]))
def test_what_is_left_fits_and_one_more_does_not(text, encoding):
    size = segments.measure(text, encoding)
    filler = "x" if size.encoding == "GSM-7" else "\u0142"

    assert segments.measure(text + filler * size.left, encoding).parts == size.parts
    if size.encoding == segments.measure(text + filler, encoding).encoding:
        assert segments.measure(text + filler * (size.left + 1), encoding).parts == size.parts + 1


@pytest.mark.parametrize(
    ("text", "left"), [("", 160), ("x" * 160, 0), ("x" * 161, 145), ("\u0142", 69), ("]" * 153, 151)]
)
def test_what_is_left_is_counted_from_the_room_of_the_parts(text, left):
    assert segments.measure(text).left == left


def test_brackets_are_never_split_between_parts():
    assert segments.measure("]" * 153).parts == 3
    assert segments.measure("]" * 760).parts == 10
    assert segments.measure("]" * 761).parts == 11


@given(gsm | anything)
@example("]" * 153)
@example("\U0001f600" * 67)
def test_the_sandbox_counts_the_same(text):
    assert sandbox.measure(text).parts == segments.measure(text).parts
