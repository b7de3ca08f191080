"""When something may be sent: after the quiet hours of a person, or with the daily summary, by the clock on their wall.

A wall clock skips an hour in spring and repeats one in autumn. What falls into the skipped hour happens when it ends;
what falls into the repeated one happens the first time.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of a person's clock; without one, that of the desk."""
    return ZoneInfo(name or settings.TIME_ZONE)


def next_at(hour: int, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the next time after `now` at which the wall clock shows this hour."""
    today = now.astimezone(zone).date()
    return next(at for days in range(3) if (at := _at(today + timedelta(days=days), hour, zone)) > now)


def after_quiet(now: datetime, quiet: tuple[int, int] | None, zone: ZoneInfo) -> datetime:
    """Return `now`, or when the quiet hours it falls into end. They may go past midnight; equal hours are none."""
    if quiet is None or quiet[0] == quiet[1]:
        return now
    start, end = quiet
    hour = now.astimezone(zone).hour
    is_quiet = start <= hour < end if start < end else hour >= start or hour < end
    return next_at(end, now, zone) if is_quiet else now


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)
