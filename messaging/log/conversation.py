"""Everything two sides said to each other, whatever its type, one page at a time.

Our side is one address. If we also talk to that person as an RCS agent, it includes the agents of the same profile.
"""

from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from messaging.models import Message

from . import keyset
from .keyset import OURS, THEIRS, Condition, Page, Place, Plan

SIZE = 30
NEWER_AROUND = 10
BY_TEXT_TOO = "type IN ('RCS', 'SMS', 'MMS')"
BY_RCS = "(type = 'RCS' OR (type IN ('SMS', 'MMS') AND direction = 'outbound' AND body <> '{}'))"


@dataclass
class Day:
    """The messages of one day in the viewer's time zone, oldest first."""

    date: date
    messages: list[Message] = field(default_factory=list)


def around(message: Message) -> Page:
    """Return the page that contains `message`, with what came before it and a little of what came after."""
    place = Place.of(message)
    after = _look(message, after=place, size=NEWER_AROUND)
    # Starts one past the place, so that the message itself is included.
    until = _look(message, before=Place(place.happened_at, place.id + 1), size=SIZE - len(after.rows))
    return Page([*after.rows, *until.rows], until.older, after.newer)


def page(message: Message, *, before: Place | None = None, after: Place | None = None) -> Page:
    """Return the page of this conversation before or after a place, or the newest page without one."""
    return _look(message, before=before, after=after, size=SIZE)


def _look(message: Message, *, before: Place | None = None, after: Place | None = None, size: int) -> Page:
    return keyset.look(
        Plan(branches=(_between(message),)), before=before, after=after, size=size, columns=keyset.WHOLE
    )


def _between(message: Message) -> Condition:
    """Return the condition for rows that `belongs` accepts: an agent and its profile's numbers are one side."""
    pair, profile = (message.their_address, message.our_address), message.messaging_profile_id
    if profile is None:
        return Condition(f"{THEIRS} AND {OURS}", pair)
    others = BY_TEXT_TOO if _is_by_rcs(message) else BY_RCS
    return Condition(f"{THEIRS} AND ({OURS} OR (messaging_profile_id = %s AND {others}))", (*pair, profile))


def belongs(message: Message, other: Message) -> bool:
    """Return True if `other` is part of the conversation of `message`."""
    if other.their_address != message.their_address:
        return False
    if other.our_address == message.our_address:
        return True
    is_same = message.messaging_profile_id is not None and (
        other.messaging_profile_id == message.messaging_profile_id
    )
    if _is_by_rcs(message):
        return is_same and other.type in ("RCS", "SMS", "MMS")
    return is_same and _is_by_rcs(other)


def _is_by_rcs(message: Message) -> bool:
    return message.type == "RCS" or message.fell_back()


def days(rows: list[Message]) -> list[Day]:
    """Group rows, newest first, into days, oldest first, in the viewer's time zone."""
    found: list[Day] = []
    for row in reversed(rows):
        day = timezone.localdate(row.happened_at)
        if not found or found[-1].date != day:
            found.append(Day(day))
        found[-1].messages.append(row)
    return found
