"""The time zone of a phone number, as far as the number itself tells."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone as zones


def zone_of(number: str) -> ZoneInfo | None:
    """Return the time zone of a number, or None if it may be in several."""
    try:
        found = zones.time_zones_for_number(phonenumbers.parse(number))
        return ZoneInfo(found[0]) if len(found) == 1 else None
    except (phonenumbers.NumberParseException, ZoneInfoNotFoundError):
        return None
