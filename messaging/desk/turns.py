"""Whose turn it is: the one line about a record that a person reads first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SATURDAY = 5


class Group(TextChoices):
    """What a status means for us; it gives the status its shape and color."""

    DRAFT = "draft", _("Draft")
    NEEDS_US = "needs_us", _("Action needed")
    UNDER_WAY = "under_way", _("Sending")
    UNSURE = "unsure", _("Checking with Telnyx")
    REVIEWING = "reviewing", _("In review")
    DONE = "done", _("Done")
    CLOSED = "closed", _("Closed")


class Whose(TextChoices):
    """Who moves next."""

    US = "us", _("Waiting for us")
    TELNYX = "telnyx", _("Waiting for Telnyx")
    CARRIERS = "carriers", _("Waiting for the carriers")
    NOBODY = "nobody", _("No action needed")


@dataclass(frozen=True)
class Turn:
    """Who moves next, in words for people, and how long that usually takes or may take.

    `clock` counts business days, Monday to Friday, if `business_days` is set.
    """

    group: Group
    whose: Whose
    words: str | Promise
    clock: timedelta | None = None
    business_days: bool = False

    def due_at(self, since: datetime) -> datetime | None:
        """Return when the clock that started at `since` runs out, or None if there is none."""
        if self.clock is None:
            return None
        if self.business_days:
            return add_business_days(since, self.clock.days)
        return since + self.clock

    def days_since(self, since: datetime, now: datetime) -> int:
        """Return the age in whole days, counted the way the clock counts."""
        if not self.business_days:
            return max((now - since).days, 0)
        return sum(1 for day in _days_after(since, now) if day.weekday() < SATURDAY)


def add_business_days(start: datetime, days: int) -> datetime:
    """Return the same hour `days` business days after `start`; public holidays aren't known here."""
    end = start
    while days > 0:
        end += timedelta(days=1)
        days -= end.weekday() < SATURDAY
    return end


def _days_after(start: datetime, end: datetime) -> Iterator[datetime]:
    day = start + timedelta(days=1)
    while day <= end:
        yield day
        day += timedelta(days=1)
