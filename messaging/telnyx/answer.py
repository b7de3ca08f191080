"""What came back over HTTP, not yet judged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_WAIT = 3600.0
EPOCH_FROM = 10**6  # x-ratelimit-reset is in seconds on one page, an epoch on another (docs/telnyx.md, T9.5)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; anything in it that a person may have written stays out of its repr.

    `data` is the parsed JSON, or None. `elapsed` is in seconds, from the search for a connection to the last byte.
    `date` is Telnyx's clock, from the Date header. `headers` are case-insensitive.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    data: Any = field(repr=False)
    content: bytes = field(repr=False)
    elapsed: float
    date: datetime | None = None
    request_id: str = ""

    @property
    def body(self) -> Any:
        """The payload without its envelope; Telnyx's toll-free service sends none."""
        if isinstance(self.data, dict):
            return self.data.get("data", self.data)
        return self.data

    @property
    def retry_after(self) -> float | None:
        """The seconds Telnyx asks us to wait, 0 to 3600, or None.

        Retry-After counts first, as seconds or a date; otherwise x-ratelimit-reset, as seconds or an epoch. Dates are
        compared with the answer's own Date header and ignored without one, so a wrong clock here changes nothing.
        """
        wait = _seconds(self.headers.get("retry-after", ""), self.date)
        if wait is None:
            wait = _reset(self.headers.get("x-ratelimit-reset", ""), self.date)
        return None if wait is None else min(max(wait, 0.0), LONGEST_WAIT)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", text) else None


def _seconds(text: str, now: datetime | None) -> float | None:
    number = _number(text)
    if number is not None:
        return number
    at = http_date(text)
    return None if at is None or now is None else (at - now).total_seconds()


def _reset(text: str, now: datetime | None) -> float | None:
    number = _number(text)
    if number is None or number <= EPOCH_FROM:
        return number
    return None if now is None else number - now.timestamp()


def http_date(text: str) -> datetime | None:
    """Read an HTTP date as an aware datetime, or None if it isn't one."""
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
