"""The stage of a record: the one chip that a person reads first. Whose turn it is follows from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SATURDAY = 5


class Group(TextChoices):
    """The chips: what a status means for us. People have saved addresses with the values (?group=...)."""

    DRAFT = "draft", _("Draft")
    # The outcome of a request to Telnyx is unknown, and only a person can settle it.
    DECISION = "decision", _("Needs your decision")
    # Anything else that we must do.
    NEEDS_US = "needs_us", _("Action needed")
    # What one person submitted, until a colleague approves it.
    APPROVAL = "approval", _("Waiting for approval")
    UNDER_WAY = "under_way", _("Sending")
    UNSURE = "unsure", _("Checking with Telnyx")
    REVIEWING = "reviewing", _("In review (Telnyx)")
    CARRIERS = "carriers", _("In review (carriers)")
    DONE = "done", _("Done")
    CLOSED = "closed", _("Closed")


# The line below the chip where a reason may be long and name people.
ASKS_DECISION = _("Open it and say what happened.")
# Those that wait for us, and those that wait for somebody else.
OURS = (Group.DECISION, Group.NEEDS_US, Group.APPROVAL)
IN_REVIEW = (Group.REVIEWING, Group.CARRIERS)


@dataclass(frozen=True)
class Turn:
    """The stage, what happens now in words for people, and how long that usually takes or may take.

    `setting` names the setting with the days of its clock, so a changed setting counts for open records too. The clock
    counts business days, Monday to Friday, if `business_days` is set.
    """

    group: Group
    words: str | Promise
    setting: str = ""
    business_days: bool = False

    @property
    def clock(self) -> timedelta | None:
        """Return how long this usually takes or may take, or None without a clock."""
        return days(self.setting) if self.setting else None

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


def days(setting: str) -> timedelta:
    """Return the days in a setting as a length of time."""
    return timedelta(days=getattr(settings, setting))


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
