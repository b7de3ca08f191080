"""A QR code as a single SVG path, so that a template can show it without markup from elsewhere."""

from dataclasses import dataclass

import segno

QUIET = 4  # modules of white space around it, as scanners need


@dataclass(frozen=True)
class Drawing:
    size: int
    path: str


def draw(text: str) -> Drawing | None:
    """Return the QR code of a text, or None if it is too long for one."""
    try:
        matrix = segno.make(text, error="m", micro=False).matrix
    except segno.DataOverflowError:
        return None
    dark = [
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(matrix)
        for x, bit in enumerate(row)
        if bit
    ]
    return Drawing(len(matrix) + 2 * QUIET, "".join(dark))
