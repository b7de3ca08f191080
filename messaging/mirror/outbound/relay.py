"""Carry one promise to Telnyx: claim it and record that sending starts, send once, record the outcome.

Each step is its own commit, so a crash between any two is visible in the row. Nothing here sends a second time;
what the answer doesn't settle is left as unsure for `resolve`.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.telnyx.client import Client
from messaging.telnyx.errors import AccountBlocked, NotFound, TelnyxError

from .. import calls, clock, pace, sealing, trace
from ..audit.context import acting
from ..failpoints import failpoint
from ..models import Attempt, OutboxEntry, TelnyxResource
from . import outbox, outcomes
from .outbox import State
from .taking import taken

logger = logging.getLogger(__name__)

# Don't send if this much time has passed since we recorded that sending starts.
STALE_AFTER = 2.0
LOOK_AGAIN_SECONDS = 15.0


def relay(entry_id: UUID, client: Client) -> float:
    """Send one queued entry if it is due and no other process has it.

    Return 0.0, or the seconds to wait if its endpoint's pace didn't let it go.
    """
    with acting(cause=f"entry {entry_id}"), taken(entry_id, State.QUEUED) as entry:
        if entry is None or _too_old(entry):
            return 0.0
        wait = pace.take(pace.endpoint(entry), settings.TELNYX_WRITES_PER_SECOND)
        with trace.about(request_id=entry.request_id, entry=entry.pk):
            if not wait and _may_try(entry, client) and claim(entry, Q(not_before__lte=Now())):
                _send(entry, client)
        return wait


def claim(entry: OutboxEntry, only_if: Any = None) -> bool:
    """Take an entry for this process and record that sending starts, in one commit, unless something speaks against it.

    Return False if another process was first, or if a person has to decide. The record stays locked while its guard
    looks at it, so what the guard saw is what is sent.
    """
    with transaction.atomic():
        resource = outbox.lock_record(entry)
        if resource is not None:
            entry.resource = resource
        objection = _objection(entry)
        if objection:
            _stop(entry, objection, resource)
            return False
        entry.recording_began = clock.up_for()  # type: ignore[attr-defined] # for `_send`
        mine = outbox.move(
            entry,
            expect=[State.QUEUED],
            only_if=only_if,
            locked=resource,
            state=State.SENDING,
            lease_token=uuid4(),
            claimed_at=Now(),
            send_started_at=Now(),
            attempts_made=F("attempts_made") + 1,
            sends=F("sends") + 1,
            reason="",
        )
        failpoint("before_claim")
    return mine


def _stop(entry: OutboxEntry, objection: str, resource: TelnyxResource | None) -> None:
    """Leave an entry to a person before anything of it is sent."""
    if outbox.move(
        entry,
        expect=[State.QUEUED],
        locked=resource,
        state=State.NEEDS_PERSON,
        claimed_at=Now(),
        send_started_at=None,
        attempts_made=F("attempts_made") + 1,
        reason=objection[:500],
    ):
        outcomes.note(entry, Attempt.Outcome.NOT_SENT, error=objection)
        logger.error("Outbox entry %s was stopped before sending; a person decides.", entry.pk)


def _too_old(entry: OutboxEntry) -> bool:
    if entry.resolution or not entry.is_old:  # type: ignore[attr-defined] # see `taken`
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
    failpoint("before_send")
    if clock.up_for() - entry.recording_began > STALE_AFTER:  # type: ignore[attr-defined] # see `claim`
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
    with calls.waiting():
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
