"""Telnyx's JSON within limits: what we can't store or read to its end is left out or cut."""

import json
import math
from typing import Any

LONGEST_NUMBER = 100
LONGEST_TEXT, LONGEST_NAME, MOST_ITEMS, DEEPEST = 20_000, 200, 100, 20


def loads(content: bytes | str) -> Any:
    """Return parsed JSON, with null for numbers that are infinite or too long for a database.

    Raises ValueError, or RecursionError if it is nested too deep to be read.
    """
    return json.loads(content, parse_constant=_nothing, parse_float=finite, parse_int=whole)


def _nothing(name: str) -> None:
    """Read NaN and Infinity, which are not JSON, as null."""


def finite(text: str) -> float | None:
    """Return the number in a text, or None for one too large to be finite. Raise ValueError if it isn't a number."""
    value = float(text)
    return value if math.isfinite(value) else None


def whole(text: str) -> int | None:
    """Return the whole number in a text, or None if it has more digits than LONGEST_NUMBER. Raise ValueError if it
    isn't a number.
    """
    return int(text) if len(text) <= LONGEST_NUMBER else None


def cut(value: Any, deepest: int = DEEPEST) -> Any:
    """Return JSON data with long texts and lists cut, and without what is nested deeper than `deepest`."""
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    if not isinstance(value, dict | list):
        return value
    if not deepest:
        return None
    if isinstance(value, list):
        return [cut(item, deepest - 1) for item in value[:MOST_ITEMS]]
    first = list(value.items())[:MOST_ITEMS]
    return {name[:LONGEST_NAME]: cut(item, deepest - 1) for name, item in first}
