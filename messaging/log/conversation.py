"""All that two addresses said to each other, whatever its type, a page at a time."""

from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from messaging.models import Message

from . import walk
from .walk import OURS, THEIRS, Condition, Page, Place, Plan

SIZE = 30
NEWER_AROUND = 10


@dataclass
class Day:
    """The messages of one day of the viewer's, the oldest first."""

    date: date
    messages: list[Message] = field(default_factory=list)


def around(message: Message) -> Page:
    """Return the page that holds `message`, with what came before it and a little of what came after."""
    place = Place.of(message)
    after = _look(message, after=place, size=NEWER_AROUND)
    # One more than the place, so that the message itself is among them.
    until = _look(message, before=Place(place.happened_at, place.id + 1), size=SIZE - len(after.rows))
    return Page([*after.rows, *until.rows], until.older, after.newer)


def page(message: Message, *, before: Place | None = None, after: Place | None = None) -> Page:
    """Return the page of this conversation before or after a place, the newest one without."""
    return _look(message, before=before, after=after, size=SIZE)


def _look(message: Message, *, before: Place | None = None, after: Place | None = None, size: int) -> Page:
    pair = Condition(f"{THEIRS} AND {OURS}", (message.their_address, message.our_address))
    return walk.look(Plan(branches=(pair,)), before=before, after=after, size=size, columns=walk.WHOLE)


def days(rows: list[Message]) -> list[Day]:
    """Return rows, the newest first, as days, the oldest first, in the viewer's zone."""
    found: list[Day] = []
    for row in reversed(rows):
        day = timezone.localdate(row.happened_at)
        if not found or found[-1].date != day:
            found.append(Day(day))
        found[-1].messages.append(row)
    return found
