"""Find out what happened to a request whose answer was lost. Only GETs leave from here.

It is sent again only after two complete negatives and the settling time, both counted from the latest lost answer, or
with a key that Telnyx answers once; never more than three sends in all. Everything else goes to a person.
"""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.telnyx.client import Client
from messaging.telnyx.errors import TelnyxError

from .. import clock, trace
from ..audit.context import acting
from ..models import Attempt, OutboxEntry, Source
from ..records.operations import Absent, Found, NotSeen, Unclear
from . import outbox, outcomes, restored
from .outbox import State
from .taking import taken

logger = logging.getLogger(__name__)

NEGATIVES_NEEDED = 2
MOST_SENDS = 3
HOURLY = 3600.0


def resolve(entry_id: UUID, client: Client) -> None:
    """Check one unsure entry at Telnyx, if it is due and no other process has it."""
    with acting(cause=f"entry {entry_id}"), taken(entry_id, State.UNSURE) as mine:
        # Read it again now that nobody else can move it: the negatives of an earlier send must not count.
        due = OutboxEntry.objects.filter(pk=entry_id, state=State.UNSURE, not_before__lte=Now())
        if mine and (entry := due.first()):
            with trace.about(request_id=entry.request_id, entry=entry.pk):
                _look_up(entry, client)


def _look_up(entry: OutboxEntry, client: Client) -> None:
    find = entry.get_operation().find
    if find is None:
        hand_over(entry, _("The answer was lost and Telnyx offers no way to look it up."))
        return
    try:
        finding = find(entry, entry.resource, client)
    except TelnyxError as error:
        outcomes.note(entry, Attempt.Outcome.CHECK_FAILED, error=error)
        _check_again(entry, _retry_seconds())
        return
    if isinstance(finding, Found):
        remote_id = entry.resource.wire.remote_id(finding.record)
        outcomes.accept(entry, finding.record, remote_id, OutboxEntry.Resolution.ADOPTED, source=Source.SYNC)
    elif isinstance(finding, Unclear):
        outcomes.note(entry, Attempt.Outcome.UNCLEAR, error=finding.reason)
        hand_over(entry, finding.reason)
    elif isinstance(finding, NotSeen):
        _not_seen(entry)
    elif isinstance(finding, Absent):
        _absent(entry)


def _absent(entry: OutboxEntry) -> None:
    outcomes.note(entry, Attempt.Outcome.ABSENT)
    negatives = entry.negatives + 1
    if negatives < NEGATIVES_NEEDED or not _has_settled(entry):
        _check_again(entry, _next_delay(entry), negatives=negatives)
    elif not entry.makes_a_record() and (story := restored.story(entry)):
        # Since the backup it may have been made, and changed again.
        hand_over(entry, story + " " + _("Telnyx doesn't show this change now."))
    elif entry.sends >= MOST_SENDS:
        hand_over(entry, _("It was sent %(count)s times and Telnyx never had it.") % {"count": entry.sends})
    else:
        reason = _("Telnyx doesn't have it. It will be sent again.")
        outbox.later(entry, 0, reason, expect=[State.UNSURE])


def _has_settled(entry: OutboxEntry) -> bool:
    """Return True if the last answer was lost so long ago that Telnyx would by now show a result of the request."""
    settled = Now() - timedelta(seconds=settings.TELNYX_SETTLE_SECONDS)
    lost = entry.attempts.filter(outcome__in=Attempt.LOST)
    return not lost.filter(finished_at__gt=settled).exists()


def _not_seen(entry: OutboxEntry) -> None:
    """Check again while something may still turn up; then send it again with its key if allowed, else ask a person."""
    outcomes.note(entry, Attempt.Outcome.UNCLEAR, error="not seen, which proves nothing")
    if _may_replay(entry):
        reason = _(
            "It will be sent again with its key. If Telnyx already has it, Telnyx answers as "
            "before and sends nothing twice."
        )
        outbox.later(entry, 0, reason, expect=[State.UNSURE])
    elif entry.checks + 1 < len(outcomes.resolve_delays()) or not _has_settled(entry):
        _check_again(entry, _next_delay(entry), negatives=entry.negatives)
    else:
        hand_over(entry, _no_trace(entry))


def _no_trace(entry: OutboxEntry) -> str:
    if story := restored.story(entry):
        return story + " " + _("Telnyx shows no trace of it, which doesn't prove that it wasn't sent.")
    return _(
        "The answer was lost, and Telnyx shows no trace of the request. That doesn't prove it wasn't sent."
    )


def _may_replay(entry: OutboxEntry) -> bool:
    window = entry.get_operation().replayable_for
    young = window is not None and clock.ask() - entry.first_sent_at() < window
    return settings.TELNYX_REPLAY_SENDS and young and entry.sends < MOST_SENDS


def _next_delay(entry: OutboxEntry) -> float:
    """Return the seconds to the next check. Checking early and often doesn't put off the one that settles it."""
    delays = outcomes.resolve_delays()
    if entry.checks + 1 < len(delays):
        return delays[entry.checks + 1]
    return HOURLY if _has_settled(entry) else settings.TELNYX_SETTLE_SECONDS / 5


def _retry_seconds() -> float:
    return min(60.0, settings.TELNYX_SETTLE_SECONDS / 5)


def _check_again(entry: OutboxEntry, seconds: float, negatives: int | None = None) -> None:
    # A failed check is not a negative and doesn't use up the schedule.
    progress: dict[str, Any] = (
        {} if negatives is None else {"negatives": negatives, "checks": F("checks") + 1}
    )
    not_before = Now() + timedelta(seconds=seconds)
    outbox.move(entry, expect=[State.UNSURE], not_before=not_before, **progress)


def hand_over(entry: OutboxEntry, reason: str) -> None:
    """Leave the decision to a person, with the reason they read."""
    outbox.move(entry, expect=[State.UNSURE], state=State.NEEDS_PERSON, reason=reason[:500])
    logger.error("Outbox entry %s needs a person.", entry.pk)
