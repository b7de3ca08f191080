"""Whether the desk keeps its promises right now, as PostgreSQL sees it: what is late or held back, whose clock is off.

A worker that is up but deaf doesn't count: the oldest thing due decides. One statement answers all of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import clock
from .heartbeat import LATE, TELNYX
from .outbound.restored import MARK
from .wording import duration

# Requests may wait for their endpoint's pace while others go out, but not forever.
LATEST = timedelta(minutes=10)
# A clock that is off by more than this is named; at 300 seconds Telnyx's webhooks are held back.
MOST_SKEW = timedelta(seconds=60)
MANY = 1000

READ = """
WITH held AS (
    SELECT last_received_at FROM mirror_webhookevent WHERE state = 'quarantined' ORDER BY id DESC LIMIT %(many)s
)
SELECT statement_timestamp() AS at,
       (SELECT min(not_before) FROM mirror_outboxentry
         WHERE state IN ('queued', 'blocked', 'sending', 'unsure')) AS oldest_entry,
       (SELECT count(*) FROM (SELECT 1 FROM mirror_outboxentry
                               WHERE state IN ('queued', 'blocked', 'sending', 'unsure')
                               LIMIT %(many)s) AS entries) AS waiting,
       (SELECT finished_at FROM mirror_attempt ORDER BY id DESC LIMIT 1) AS worked_at,
       (SELECT closed_at FROM mirror_gate WHERE name = 'account') AS key_refused_at,
       (SELECT reason FROM mirror_gate WHERE name = 'account') AS refusal,
       to_regclass(%(mark)s) IS NOT NULL AS being_restored,
       (SELECT min(not_before) FROM mirror_webhookevent WHERE state IN ('pending', 'waiting')) AS oldest_event,
       (SELECT count(*) FROM held) AS held_back,
       (SELECT max(last_received_at) FROM held) AS held_back_at,
       (SELECT count(*) FROM (SELECT 1 FROM mirror_webhookevent
                               WHERE state = 'waiting' AND received_at < statement_timestamp() - interval '1 hour'
                               LIMIT %(many)s) AS long) AS without_record,
       (SELECT count(*) FROM (SELECT 1 FROM mirror_webhookevent WHERE state = 'dead' LIMIT %(many)s) AS dead)
           AS given_up,
       (SELECT coalesce(jsonb_object_agg(name, ahead), '{}') FROM mirror_clockreading
         WHERE read_at > statement_timestamp() - interval '10 minutes') AS clocks
"""


@dataclass(frozen=True)
class Pause:
    """Sending has stopped: since when, how many requests wait, whether Telnyx refuses us, and what it said then.

    If it `is_partial`, other requests are being sent.
    """

    since: datetime
    waiting: int
    key_refused: bool
    reason: str = ""
    is_partial: bool = False

    @property
    def has_many(self) -> bool:
        """Return True if more may wait than were counted."""
        return self.waiting >= MANY


@dataclass(frozen=True)
class Health:
    """What one read of the database shows. Times are PostgreSQL's; counts stop at `MANY`."""

    at: datetime
    oldest_entry: datetime | None
    waiting: int
    worked_at: datetime | None
    key_refused_at: datetime | None
    refusal: str | None
    being_restored: bool
    oldest_event: datetime | None
    held_back: int
    held_back_at: datetime | None
    without_record: int
    given_up: int
    clocks: Mapping[str, float]

    @cached_property
    def pause(self) -> Pause | None:
        """Why and since when sending has stopped, or None while it works."""
        if self.key_refused_at:
            return Pause(self.key_refused_at, self.waiting, key_refused=True, reason=self.refusal or "")
        late = self._late_by(self.oldest_entry)
        has_worked = self.worked_at is not None and self.at - self.worked_at < LATE
        if self.oldest_entry is None or late < (LATEST if has_worked else LATE):
            return None
        return Pause(self.oldest_entry, self.waiting, key_refused=False, is_partial=has_worked)

    @cached_property
    def events_late_since(self) -> datetime | None:
        """When the oldest overdue event became due for processing, or None while all are processed in time."""
        return self.oldest_event if self._late_by(self.oldest_event) >= LATE else None

    @cached_property
    def is_holding_back(self) -> bool:
        """True if webhooks of the last few minutes are being held back because of their signature's time."""
        return self.held_back_at is not None and self.at - self.held_back_at < LATEST

    @cached_property
    def skews(self) -> list[str]:
        """One sentence for each clock that is off."""
        return [_skew(name, ahead) for name, ahead in self._off]

    @cached_property
    def public_skews(self) -> list[str]:
        """The same without host names, for people who aren't logged in."""
        return list(dict.fromkeys(_skew(name.split()[0], ahead) for name, ahead in self._off))

    @cached_property
    def _off(self) -> list[tuple[str, float]]:
        found = {**self.clocks, "web": clock.ahead()}
        return [each for each in sorted(found.items()) if abs(each[1]) > MOST_SKEW.total_seconds()]

    @cached_property
    def held_back_words(self) -> str:
        """How many events are held back, as a sentence, or ""."""
        if not self.held_back:
            return ""
        said = ngettext(
            "%(n)s event is held back; is the clock right?",
            "%(n)s events are held back; is the clock right?",
            self.held_back,
        )
        return said % {"n": self.held_back}

    def _late_by(self, due_at: datetime | None) -> timedelta:
        return self.at - due_at if due_at else timedelta()


def _skew(name: str, ahead: float) -> str:
    off = {"span": duration(timedelta(seconds=ahead)), "name": name}
    if name == TELNYX:
        if ahead > 0:
            return _("PostgreSQL's clock is %(span)s behind Telnyx's. Set the database server's clock.") % off
        return _("PostgreSQL's clock is %(span)s ahead of Telnyx's. Set the database server's clock.") % off
    if ahead > 0:
        return _("The clock of %(name)s is %(span)s ahead of PostgreSQL's. Set that machine's clock.") % off
    return _("The clock of %(name)s is %(span)s behind PostgreSQL's. Set that machine's clock.") % off


def read() -> Health:
    """Read everything once. Raises OperationalError if PostgreSQL is away."""
    with connection.cursor() as cursor:
        cursor.execute(READ, {"many": MANY, "mark": MARK})
        names = [column.name for column in cursor.description]
        values: dict[str, Any] = dict(zip(names, cursor.fetchone(), strict=True))
    return Health(**{**values, "clocks": json.loads(values["clocks"])})
