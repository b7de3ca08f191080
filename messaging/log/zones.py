"""The country and the time zones of a phone number, as far as the number itself tells."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone as zones


def country_of(number: str) -> str:
    """Return the country of a number, or "" if it doesn't tell."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def zones_of(number: str) -> list[ZoneInfo]:
    """Return the time zones that a number may be in; none if nothing is known."""
    try:
        names = zones.time_zones_for_number(phonenumbers.parse(number))
        return [ZoneInfo(name) for name in names if name != zones.UNKNOWN_TIMEZONE]
    except (phonenumbers.NumberParseException, ZoneInfoNotFoundError):
        return []


def zone_of(number: str) -> ZoneInfo | None:
    """Return the time zone of a number, or None if it may be in several."""
    found = zones_of(number)
    return found[0] if len(found) == 1 else None
