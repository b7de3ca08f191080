"""Times as Telnyx writes them, and how far we believe them.

Order, history, lists and retention depend on them, so one mistyped year would win, or hold something back, for years.
The limit is a time of ours: when we received or asked for what states the time, by PostgreSQL's clock. So a
repetition is judged the same way at any hour.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

# Telnyx did not exist before, and nothing is planned for after: such a time is a mistake and counts as missing.
EARLIEST, LATEST = datetime(2010, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# How far Telnyx's clock may be ahead of ours.
AHEAD = timedelta(minutes=5)


def read(value: Any) -> datetime | None:
    """Return a moment in UTC (also assumed if no zone is named), or None if it can't be one of Telnyx's."""
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
    """Return `at` if it can have happened by then, give or take a clock; otherwise None."""
    return at if at is not None and EARLIEST <= at <= by + AHEAD else None


def read_past(value: Any, by: datetime) -> datetime | None:
    """Return a moment that can have happened by then, or None."""
    return past(read(value), by)
