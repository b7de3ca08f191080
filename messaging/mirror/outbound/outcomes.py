"""Record the outcome of a request: one clear rule from answer to state.

Only a 2xx with an id, a 4xx with Telnyx's errors, or proof that nothing was sent is definite. All else is unsure.
"""

import logging
import os
import random
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.telnyx.client import Answer
from messaging.telnyx.errors import (
    ACCOUNT_STOPPED,
    AccountBlocked,
    NotFound,
    OutcomeUnknown,
    Problem,
    RequestNotSent,
    RequestRefused,
    SlowDown,
    StillRunning,
    TelnyxError,
)

from .. import breaker, calls, clock, pace, tallies, trace
from ..models import Attempt, OutboxEntry, Source, TelnyxResource
from ..records.wire import storable
from . import outbox
from .outbox import State

logger = logging.getLogger(__name__)

Outcome = Attempt.Outcome

LONGEST_BACKOFF = 300.0
STILL_RUNNING_SECONDS = 5.0
# Something is in the way: among much else, that the key came before with another request (docs/telnyx.md, T9.8).
UNPROCESSABLE = "10027"


def succeeded(entry: OutboxEntry, answer: Answer) -> None:
    """Record a 2xx. Without an id a create has not proved anything, so it is unsure."""
    resource = entry.resource
    if entry.get_operation().taken:
        record, remote_id = answer.body, resource.remote_id or ""
    else:
        record = answer.body if isinstance(answer.body, dict) else {}
        remote_id = resource.wire.remote_id(record) or (resource.remote_id or "")
    if not remote_id and entry.method != "DELETE" and not entry.get_operation().taken:
        failed(entry, OutcomeUnknown("the answer has no id", answer=answer))
        return
    replayed = answer.headers.get("idempotent-replayed", "").lower() == "true"
    resolution = OutboxEntry.Resolution.ADOPTED if replayed else OutboxEntry.Resolution.ANSWERED
    if not accept(entry, record, remote_id, resolution, lease=entry.lease_token, answer=answer):
        note(entry, Outcome.LATE, answer=answer)
        logger.error("A late success for entry %s: Telnyx may hold %s twice.", entry.pk, remote_id)


def accept(
    entry: OutboxEntry,
    record: Any,
    remote_id: str,
    resolution: str,
    *,
    lease: UUID | None = None,
    answer: Answer | None = None,
    source: str = Source.API,
) -> bool:
    """Settle a promise as kept and mirror `record`, in one transaction. Return False if it was already settled."""
    outcome = Outcome.ACCEPTED if answer else Outcome.FOUND

    def settle(mirror: Callable[[], None]) -> bool:
        with transaction.atomic():
            if not outbox.move(
                entry,
                expect=[State.SENDING, State.UNSURE] if lease else [State.UNSURE, State.NEEDS_PERSON],
                lease=lease,
                state=State.ACCEPTED,
                remote_id=remote_id or None,
                http_status=answer.status if answer else entry.http_status,
                errors=[],
                reason="",
                resolution=resolution,
                resolved_at=Now(),
                attempt=_attempt(entry, outcome, answer=answer),
                releasing=outbox.meant_by(
                    [remote_id, getattr(entry.resource, "remote_id", None)], entry.callback_token
                ),
            ):
                return False
            mirror()
        return True

    session = connection.connection
    try:
        is_settled = settle(partial(_mirror, entry, record, answer, source))
    except _NotMirrored as error:
        # Django opens another connection when one is lost in a transaction.
        if connection.connection is not session and isinstance(
            error.__cause__, DatabaseError | InterfaceError
        ):
            raise error.__cause__ from None  # nothing is recorded yet; the caller tries all of it again
        # The request was accepted whatever its answer looks like; the next poll reads the record again. The error's
        # text stays out of the log, since it can repeat the answer.
        name = type(error.__cause__).__name__
        logger.error("The answer to entry %s could not be mirrored (%s).", entry.pk, name)
        is_settled = settle(partial(_read_later, entry))
    else:
        if is_settled:
            calls.written()
    if is_settled:
        _say(entry, outcome)
    return is_settled


class _NotMirrored(Exception):
    """What Telnyx answered could not be stored, and the whole transaction was rolled back."""


def _mirror(entry: OutboxEntry, record: Any, answer: Answer | None, source: str) -> None:
    """Store the answer, and the call in the log. Raise _NotMirrored if that fails."""
    resource: TelnyxResource = entry.resource
    taken = entry.get_operation().taken
    try:
        calls.write_waiting()
        if taken and answer:
            taken(entry, resource, record)
        elif entry.method == "DELETE" and not entry.get_operation().judges_state:
            resource.gone(clock.now())
            return
        else:
            with resource.at_hand():
                resource.apply(record, source=source, as_of=_as_of(entry, answer))
            return
    except Exception as error:
        raise _NotMirrored from error
    _poll_soon(resource)


def _read_later(entry: OutboxEntry) -> None:
    """Keep the ID alone; the next poll shows the rest."""
    resource: TelnyxResource = entry.resource
    if not entry.get_operation().taken:
        resource.remote_id = resource.remote_id or entry.remote_id
        resource.save(update_fields=["remote_id"])
    _poll_soon(resource)


def _poll_soon(resource: TelnyxResource) -> None:
    if resource.remote_id:
        type(resource)._base_manager.filter(pk=resource.pk).update(next_poll_at=Now())


def _as_of(entry: OutboxEntry, answer: Answer | None) -> datetime:
    """Return the time an answer speaks for: Telnyx's Date, but within the time the request took by our clock."""
    now = clock.now()
    told = answer.date - timedelta(seconds=1) if answer and answer.date else now
    return min(max(told, entry.send_started_at or told), now)


def failed(entry: OutboxEntry, error: TelnyxError) -> None:
    """Record an outcome other than success, by what it proves."""
    operation = entry.get_operation()
    if operation.judge:
        error = operation.judge(entry, error)
    if operation.judges_state:
        error = _of_the_record(error)
    elif entry.method == "DELETE" and (isinstance(error, NotFound) or _is_success(error)):
        accept(entry, {}, "", OutboxEntry.Resolution.ANSWERED, lease=entry.lease_token, answer=error.answer)
        return
    if operation.keyed and UNPROCESSABLE in error.codes and _may_have_arrived(entry):
        _second_refused(entry, error)
        return
    for kind, record in RECORDS:
        if isinstance(error, kind):
            record(entry, error)
            return
    if operation.repeatable:
        _not_sent(entry, error, Outcome.UNKNOWN)
    else:
        unsure(entry, error.reason, error=error)


def _of_the_record(error: TelnyxError) -> TelnyxError:
    """Treat a 403 as being about this record, unless the account itself is blocked."""
    if isinstance(error, AccountBlocked) and error.status == 403 and not ACCOUNT_STOPPED & set(error.codes):
        return RequestRefused(error.reason, answer=error.answer, errors=error.errors)
    return error


def _may_have_arrived(entry: OutboxEntry) -> bool:
    """Return True if an earlier try got no answer, so that Telnyx may know its key."""
    return entry.attempts.filter(outcome__in=Attempt.LOST).exists()


def _second_refused(entry: OutboxEntry, error: TelnyxError) -> None:
    """Leave it to a person: the refusal can mean that the first try was carried out, or that none ever will be."""
    note(entry, Outcome.UNCLEAR, error=error)
    outbox.move(
        entry,
        expect=[State.SENDING],
        lease=entry.lease_token,
        state=State.NEEDS_PERSON,
        reason=_(
            "The first try got no answer, and Telnyx refused the second. That may mean that the first was carried "
            "out: check at Telnyx whether it has this request."
        ),
        http_status=error.status,
    )
    logger.error("Telnyx refused the second try of entry %s after a lost answer; a person decides.", entry.pk)


def _is_success(error: TelnyxError) -> bool:
    # Deleting answers 200 without a declared body (docs/telnyx.md, T2.8), so an unreadable body raises no doubt.
    return error.status is not None and 200 <= error.status < 300


def _not_sent(entry: OutboxEntry, error: TelnyxError, outcome: str = Outcome.NOT_SENT) -> None:
    seconds = random.uniform(1, min(LONGEST_BACKOFF, 2.0**entry.attempts_made))  # noqa: S311 - jitter, no secret
    note(entry, outcome, error=error)
    _requeue(entry, seconds, _("Telnyx isn't answering."))


def _slowed(entry: OutboxEntry, error: SlowDown) -> None:
    seconds = error.retry_after
    if seconds is None:
        seconds = min(LONGEST_BACKOFF, 2.0**entry.attempts_made)
    note(entry, Outcome.SLOWED, error=error)
    pace.pause(pace.endpoint(entry), seconds)
    _requeue(entry, seconds, _("Telnyx asked us to slow down."))


def _still_running(entry: OutboxEntry, error: StillRunning) -> None:
    note(entry, Outcome.SLOWED, error=error)
    _requeue(entry, STILL_RUNNING_SECONDS, _("Telnyx is still working on this request."))


def _requeue(entry: OutboxEntry, seconds: float, reason: str) -> None:
    outbox.later(entry, seconds, reason, expect=[State.SENDING], lease=entry.lease_token)


def _blocked(entry: OutboxEntry, error: AccountBlocked) -> None:
    note(entry, Outcome.BLOCKED, error=error)
    outbox.move(
        entry,
        expect=[State.SENDING],
        lease=entry.lease_token,
        state=State.BLOCKED,
        reason=_("Telnyx refuses our API key or our account."),
        http_status=error.status,
    )
    breaker.close(error.reason)


def _refused(entry: OutboxEntry, error: RequestRefused) -> None:
    note(entry, Outcome.REFUSED, error=error)
    outbox.move(
        entry,
        expect=[State.SENDING],
        lease=entry.lease_token,
        state=State.REFUSED,
        reason=_done_before(entry),
        http_status=error.status,
        errors=[_kept(problem, entry.is_sealed) for problem in error.errors],
        resolution=OutboxEntry.Resolution.ANSWERED,
        resolved_at=Now(),
    )


def _done_before(entry: OutboxEntry) -> str:
    """Return what a refusal leaves open, or "": a try before it may have been done, and nobody looked."""
    if not entry.get_operation().repeatable or not entry.may_have_arrived():
        return ""
    return _("An earlier answer was lost, so Telnyx may have done it before it refused.")


def _kept(problem: Problem, is_sealed: bool) -> dict[str, str]:
    """Return an error to keep; Telnyx's detail may repeat what was sent, so it isn't kept for a sealed body."""
    return storable({**problem.as_json(), "detail": ""} if is_sealed else problem.as_json())


def unsure(
    entry: OutboxEntry, why: str, *, error: TelnyxError | None = None, outcome: str = Outcome.UNKNOWN
) -> None:
    """Nobody knows whether Telnyx has it: plan the first check."""
    note(entry, outcome, error=error or why)
    outbox.move(
        entry,
        expect=[State.SENDING],
        lease=entry.lease_token,
        state=State.UNSURE,
        reason=_("The answer was lost. We're checking whether Telnyx received it."),
        http_status=error.status if error else None,
        not_before=Now() + timedelta(seconds=resolve_delays()[0]),
        checks=0,
        negatives=0,
    )


def resolve_delays() -> tuple[float, ...]:
    """Return the seconds before each check; together they last as long as Telnyx may need to settle."""
    settle = settings.TELNYX_SETTLE_SECONDS
    return settle / 15, settle / 5, settle * 11 / 15


def note(
    entry: OutboxEntry, outcome: str, *, answer: Answer | None = None, error: TelnyxError | str | None = None
) -> None:
    """Add the attempt to the log: codes and times, never a body or the text of an exception that may contain data."""
    _attempt(entry, outcome, answer=answer, error=error).save(force_insert=True)
    _say(entry, outcome)


def _attempt(
    entry: OutboxEntry, outcome: str, *, answer: Answer | None, error: TelnyxError | str | None = None
) -> Attempt:
    told = error if isinstance(error, TelnyxError) else None
    answer = answer or (told.answer if told else None)
    return Attempt(
        entry=entry,
        outcome=outcome,
        worker=f"{socket.gethostname()}:{os.getpid()}",
        started_at=entry.send_started_at,
        milliseconds=round(answer.elapsed * 1000) if answer else None,
        http_status=answer.status if answer else (told.status if told else None),
        codes=list(told.codes) if told else [],
        request_id=answer.request_id[:200] if answer else "",
        error=(told.reason if told else str(error or ""))[:500],
    )


def _say(entry: OutboxEntry, outcome: str) -> None:
    tallies.add(tallies.ATTEMPTS, str(outcome))
    with trace.about(request_id=entry.request_id, entry=entry.pk):
        logger.info("Entry %s: %s.", entry.pk, str(outcome))


# The more specific error comes first.
RECORDS: tuple[tuple[type[TelnyxError], Callable[..., None]], ...] = (
    (RequestNotSent, _not_sent),
    (SlowDown, _slowed),
    (StillRunning, _still_running),
    (AccountBlocked, _blocked),
    (RequestRefused, _refused),
)
