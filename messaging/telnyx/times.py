"""Times as Telnyx writes them, and how far they are believed.

Order, history, lists and retention go by them, so one mistyped year would win, or hold something back, for years. The
bound is a time of ours: when we received or asked for what says the time, by PostgreSQL's clock. So a repetition is
judged the same, whatever the hour.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

# Telnyx did not exist before, and nothing is planned for after: such a time is a mistake and counts as missing.
EARLIEST, LATEST = datetime(2010, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# By so much may Telnyx's clock be ahead of ours.
AHEAD = timedelta(minutes=5)


def read(value: Any) -> datetime | None:
    """Return a moment in UTC, which it also is when it names no zone, or None for what is no moment of Telnyx's."""
    return _read(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _read(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if EARLIEST <= found <= LATEST else None


def past(at: datetime | None, by: datetime) -> datetime | None:
    """Return `at` when it can have happened by then, give or take a clock; else None."""
    return at if at is not None and EARLIEST <= at <= by + AHEAD else None


def read_past(value: Any, by: datetime) -> datetime | None:
    """Return a moment that can have happened by then, or None."""
    return past(read(value), by)
