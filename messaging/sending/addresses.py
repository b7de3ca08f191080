"""What somebody typed as a sender or a recipient when it isn't a phone number: a short code, or a name."""

import re
from collections.abc import Sequence

from django.core.exceptions import ValidationError

from messaging.models.senders import WELL_FORMED

from .choices import Kind

# Short codes that one can text have five or six digits in the US and Canada.
SHORT_CODE = re.compile(r"[0-9]{5,6}")
# Ways to send that reach a short code (the `to` of docs/telnyx.md, T5.28), and ways where a name was surely meant
# for another way.
REACH_SHORT_CODES = (Kind.MESSAGE, Kind.NUMBER_POOL, Kind.LONG_CODE, Kind.SHORT_CODE, Kind.SCHEDULE)
TAKE_NO_NAME = (Kind.MESSAGE, Kind.LONG_CODE, Kind.SCHEDULE)


def is_short_code(address: str) -> bool:
    return SHORT_CODE.fullmatch(address) is not None


def short_code(kind: str, rows: Sequence[str]) -> list[str]:
    """Return the one short code somebody typed, if this way to send reaches those, or []."""
    typed = [row.strip() for row in rows]
    return typed if kind in REACH_SHORT_CODES and len(typed) == 1 and is_short_code(typed[0]) else []


def is_name(kind: str, typed: str) -> bool:
    """Return True if a sender looks like a name (an alphanumeric sender) where a number is needed."""
    if kind not in TAKE_NO_NAME:
        return False
    try:
        WELL_FORMED(typed)
    except ValidationError:
        return False
    return True
