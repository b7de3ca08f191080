"""Carry one promise to Telnyx: claim it, record that sending starts, send once, record the outcome.

Each step is its own commit, so a crash between any two is visible in the row. Nothing here sends a second time;
what the answer doesn't settle is left as unsure for `resolve`.
"""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.telnyx.client import Client
from messaging.telnyx.errors import AccountBlocked, NotFound, TelnyxError

from .. import breaker, clock, locks, pace, sealing, trace
from ..audit.context import acting
from ..failpoints import failpoint
from ..models import Attempt, OutboxEntry
from . import outbox, outcomes, restored
from .outbox import State

logger = logging.getLogger(__name__)

# Don't send if this much time has passed since we recorded that sending starts.
STALE_AFTER = 2.0
LOOK_AGAIN_SECONDS = 15.0
GIVE_UP_AFTER = timedelta(hours=24)


def relay(entry_id: UUID, client: Client) -> float:
    """Send one queued entry if it is due and no other process has it.

    Return 0.0, or the seconds to wait if its endpoint's pace didn't let it go.
    """
    with locks.held(entry_id) as mine, acting(cause=f"entry {entry_id}"):
        if not mine or breaker.closed() or restored.unfinished():
            return 0.0
        entry = OutboxEntry.objects.filter(pk=entry_id, state=State.QUEUED, not_before__lte=Now()).first()
        if entry is None or _too_old(entry):
            return 0.0
        wait = pace.take(pace.endpoint(entry), settings.TELNYX_WRITES_PER_SECOND)
        with trace.about(request_id=entry.request_id, entry=entry.pk):
            if not wait and _may_try(entry, client) and claim(entry):
                _send(entry, client)
        return wait


def claim(entry: OutboxEntry) -> bool:
    """Take a due entry for this process by one conditional UPDATE. Return False if another process was first."""
    return outbox.move(
        entry,
        expect=[State.QUEUED],
        state=State.SENDING,
        lease_token=uuid4(),
        claimed_at=Now(),
        send_started_at=None,
        attempts_made=F("attempts_made") + 1,
        reason="",
    )


def _too_old(entry: OutboxEntry) -> bool:
    old = OutboxEntry.objects.filter(pk=entry.pk, created_at__lte=Now() - GIVE_UP_AFTER)
    if entry.resolution or not old.exists():
        return False
    reason = _("It could not be sent for 24 hours. Retry or cancel it.")
    outbox.move(entry, expect=[State.QUEUED], state=State.NEEDS_PERSON, reason=reason)
    logger.error("Outbox entry %s could not be sent for 24 hours; a person decides.", entry.pk)
    return True


def _may_try(entry: OutboxEntry, client: Client) -> bool:
    """Return True if what Telnyx has now doesn't speak against sending; otherwise the entry is withdrawn or put off."""
    look = entry.get_operation().look
    if look is None:
        return True
    try:
        objection = look(entry, entry.resource, client)
    except (AccountBlocked, NotFound):
        return True  # sending gets the same answer, and records it
    except TelnyxError:
        outbox.later(entry, LOOK_AGAIN_SECONDS, _("Telnyx isn't answering."), expect=[State.QUEUED])
        return False
    if objection:
        outbox.move(
            entry,
            expect=[State.QUEUED],
            state=State.CANCELLED,
            reason=objection[:500],
            resolved_at=Now(),
        )
    return not objection


def _send(entry: OutboxEntry, client: Client) -> None:
    failpoint("after_claim")
    written = clock.up_for()
    if not _may_go(entry) or not outbox.move(
        entry, expect=[State.SENDING], lease=entry.lease_token, send_started_at=Now(), sends=F("sends") + 1
    ):
        return
    failpoint("before_send")
    if clock.up_for() - written > STALE_AFTER:
        outcomes.note(entry, Attempt.Outcome.NOT_SENT, error="stalled before sending")
        outbox.later(
            entry,
            0,
            _("Our worker was held up before sending."),
            expect=[State.SENDING],
            lease=entry.lease_token,
        )
        return
    operation = entry.get_operation()
    logger.info("Entry %s is sent, try %d.", entry.pk, entry.attempts_made)
    try:
        answer = client.send(
            entry.method,
            entry.path,
            body=entry.wire_body(),
            content_type=entry.content_type,
            idempotency_key=str(entry.pk) if operation.keyed else "",
        )
    except TelnyxError as error:
        failpoint("after_answer")
        _surely(entry, partial(outcomes.failed, entry, error))
    else:
        failpoint("after_answer")
        _surely(entry, partial(outcomes.succeeded, entry, answer))
    failpoint("after_record")


def _may_go(entry: OutboxEntry) -> bool:
    """Return True if the promise can be read and still holds; otherwise leave it to a person."""
    objection = _objection(entry)
    if not objection:
        return True
    outcomes.note(entry, Attempt.Outcome.NOT_SENT, error=objection)
    outbox.move(
        entry,
        expect=[State.SENDING],
        lease=entry.lease_token,
        state=State.NEEDS_PERSON,
        reason=objection[:500],
    )
    logger.error("Outbox entry %s was stopped before sending; a person decides.", entry.pk)
    return False


def _objection(entry: OutboxEntry) -> str:
    try:
        entry.wire_body()
    except sealing.Unreadable:
        return _("The request to Telnyx can no longer be read: a key is missing.")
    guard = entry.get_operation().guard
    return guard(entry, entry.resource) if guard else ""


def _surely(entry: OutboxEntry, record: Callable[[], None]) -> None:
    """Record an outcome even if the database is just restarting. After these tries the sweep finds the row."""
    for pause in (0.2, 0.5, 1, 2, 4):
        try:
            return record()
        except (OperationalError, InterfaceError):
            logger.warning("The database went away while recording entry %s.", entry.pk)
            connection.close()
            time.sleep(pause)
    return record()
