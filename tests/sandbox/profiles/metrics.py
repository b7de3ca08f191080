"""Figures that look like traffic. Telnyx does not document their members, so their whole shape is an assumption."""

import hashlib
from datetime import UTC, datetime, timedelta
from math import pi, sin

from ..state import Record, iso

# The buckets of each time frame: how many, and how long each is.
FRAMES = {
    "1h": (12, timedelta(minutes=5)),
    "3h": (12, timedelta(minutes=15)),
    "24h": (24, timedelta(hours=1)),
    "3d": (24, timedelta(hours=3)),
    "7d": (28, timedelta(hours=6)),
    "30d": (30, timedelta(days=1)),
}
PER_HOUR = 700
ERRORS = (("40300", 0.5), ("40002", 0.3), ("40008", 0.2))


def detailed(profile_id: str, time_frame: str, now: datetime | None = None) -> Record:
    """Return the figures of one profile for a time frame, with a row for each bucket."""
    count, length = FRAMES[time_frame]
    end = now or datetime.now(UTC)
    series = [bucket(profile_id, end - length * (count - n), length) for n in range(count)]
    totals = {name: sum(row[name] for row in series) for name in ("sent", "delivered", "failed", "received")}
    errors = [{"code": code, "count": round(totals["failed"] * share)} for code, share in ERRORS]
    return {
        "record_type": "messaging_profile_metrics",
        "messaging_profile_id": profile_id,
        "time_frame": time_frame,
        "from": iso(end - length * count),
        "to": iso(end),
        "outbound": {name: totals[name] for name in ("sent", "delivered", "failed")},
        "inbound": {"received": totals["received"]},
        "errors": [error for error in errors if error["count"]],
        "series": series,
    }


def high_level(profile_id: str, time_frame: str) -> Record:
    found = detailed(profile_id, time_frame)
    return {name: value for name, value in found.items() if name not in ("series", "errors")}


def bucket(profile_id: str, begin: datetime, length: timedelta) -> Record:
    """Return the traffic of one period, always the same for the same period."""
    seed = hashlib.sha256(
        f"{profile_id} {int(begin.timestamp() // length.total_seconds())}".encode()
    ).digest()
    by_day = 1 + sin((begin.hour - 6) / 24 * 2 * pi)
    sent = round(PER_HOUR * length.total_seconds() / 3600 * by_day * (0.6 + seed[0] / 320))
    failed = round(sent * seed[1] / 2550)
    return {
        "timestamp": iso(begin),
        "sent": sent,
        "delivered": sent - failed,
        "failed": failed,
        "received": round(sent * seed[2] / 1020),
    }
