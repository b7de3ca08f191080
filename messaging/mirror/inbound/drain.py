"""Process stored events: find their handler, run it in a savepoint, record the result.

One bad event never delays another, and every handler is safe to run twice. Handlers live in `<app>/webhooks.py`.
Events that come by the thousands have a handler that takes many at once.
"""

import logging
import os
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from operator import attrgetter
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import DateTimeField, F, Func, Q, QuerySet
from django.db.models.functions import Now
from psycopg import errors

from .. import locks, retention, trace
from ..audit.context import acting
from ..models import DrainRound, WebhookEvent
from ..outbound import outbox
from ..wording import Words

logger = logging.getLogger(__name__)

State = WebhookEvent.State
Data = Mapping[str, Any]
Matches = Callable[[Data], bool]
Handler = Callable[[WebhookEvent], None]
BatchHandler = Callable[[Sequence[tuple[WebhookEvent, Data]]], None]

# After each failure the event waits; after the last it is dead until a person releases it.
WAITS = (5, 30, 300, 1800, 7200)
BATCH, FEWEST = 4000, 100
# Accepting a request waits for the rows of its events, so a round ends well before a lock times out (5 seconds).
ROUND_SECONDS = 2.0
MOST_IDS = 20
# The longest an event waits for a record we don't know. After an hour it shows on the home page.
WAIT_DAYS = 14
# Another process held a row that the handler needs: that says nothing about the event. Within its first hour it is
# tried again without counting.
CONTENTION = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
CONTENTION_SECONDS = 2
TAKE_BACK_PAUSES = (0.2, 0.5, 1, 2)
SERVER_START = Func(function="pg_postmaster_start_time", output_field=DateTimeField())
UNREADABLE = "its body is not JSON that can be read"

# Lock events, mark them as done and read what handlers need in one pass. What fails is marked again afterwards.
TAKE = """
UPDATE mirror_webhookevent
   SET state = 'done', error = '', processed_at = clock_timestamp()
 WHERE id IN (SELECT id FROM mirror_webhookevent
               WHERE id = ANY(%s) AND state IN ('pending', 'waiting') AND attempts_made = 0
                 AND not_before <= clock_timestamp()
                 FOR UPDATE SKIP LOCKED)
RETURNING id, dedupe_key, received_at, key_fingerprint, callback_token, body, attempts_made
"""

# An event whose record is unknown is tried again after a quarter of its age, between 5 seconds and 15 minutes. This
# counts no attempt: only its age ends the wait.
AWAIT = """
UPDATE mirror_webhookevent AS e
   SET state = CASE WHEN is_over THEN 'dead' ELSE 'waiting' END,
       processed_at = CASE WHEN is_over THEN at END,
       not_before = at + least(greatest((at - e.received_at) / 4, interval '5 seconds'), interval '15 minutes'),
       error = %(error)s, waits_for = %(ids)s
  FROM (SELECT id, statement_timestamp() AS at, received_at < statement_timestamp() - %(limit)s AS is_over
          FROM mirror_webhookevent WHERE id = %(id)s) AS judged
 WHERE e.id = judged.id
RETURNING e.state
"""

_handlers: list[tuple[Matches, Handler]] = []
_batch_handlers: list[tuple[Matches, BatchHandler]] = []


# What people should do about an event of a type while its record is unknown, if waiting isn't enough.
_advice: dict[str, Words] = {}


def advise(event_type: str, words: Words) -> None:
    """Register what people should do about events of this type whose record isn't here."""
    _advice[event_type] = words


def advice(event: WebhookEvent) -> Words:
    """Return what people should do about an event that waits for its record, or "" if it can simply wait."""
    return _advice.get(event.event_type, "") if event.state == State.WAITING else ""


class UnknownResource(Exception):
    """The event is about a record we don't know yet: it waits, since its webhook may be faster than our answer.

    `ids` are Telnyx's ids of the record; the event is tried again as soon as we know one of them.
    """

    def __init__(self, reason: str, ids: Iterable[str] = ()) -> None:
        super().__init__(reason)
        self.ids = [id for id in ids if id and len(id) <= 100][:MOST_IDS]


class Unusable(Exception):
    """The event lacks something its handler needs, such as an id. Trying again won't help: it is kept as it came."""


def handler(matches: Matches) -> Callable[[Handler], Handler]:
    """Register a function for the events whose data `matches`."""

    def register(function: Handler) -> Handler:
        _handlers.append((matches, function))
        return function

    return register


def batch_handler(matches: Matches) -> Callable[[BatchHandler], BatchHandler]:
    """Register a function that takes many events whose data `matches`, all or none of them.

    If it raises, it gets each event alone, so that one bad event is found and delays nobody.
    """

    def register(function: BatchHandler) -> BatchHandler:
        _batch_handlers.append((matches, function))
        return function

    return register


def drain(batch: int = BATCH, *, seconds: float = 20.0) -> int:
    """Process the events that are due, for about `seconds`; return how many. Any number of processes may drain."""
    end = time.monotonic() + seconds
    total = 0
    _reap()
    while (now := time.monotonic()) < end:
        fresh, left = _drain_fresh(batch, min(end, now + ROUND_SECONDS))
        done = fresh + _drain_one_retry()
        if not done:
            break
        total += done
        if left:
            batch = max(fresh, FEWEST)
    return total


def _due() -> QuerySet[WebhookEvent]:
    rows = WebhookEvent.objects.filter(state__in=[State.PENDING, State.WAITING], not_before__lte=Now())
    return rows.order_by("id")


def _drain_fresh(batch: int, end: float) -> tuple[int, int]:
    """Process events never tried before, until `end` of time.monotonic(); return how many, and how many are left."""
    ids = list(_due().filter(attempts_made=0).values_list("pk", flat=True)[:batch])
    if not ids:
        return 0, 0
    with _round(ids):
        events = sorted(WebhookEvent.objects.raw(TAKE, [ids]), key=attrgetter("pk"))
        outbox.heard_of(events)
        left = _process_all(events, end)
        WebhookEvent.objects.filter(pk__in=left).update(state=State.PENDING, processed_at=None)
    return len(events) - len(left), len(left)


def _drain_one_retry() -> int:
    """Process one event that failed before, alone: it may be the one that kills the process."""
    busy = DrainRound.objects.filter(event_ids__len=1).values_list("event_ids", flat=True)
    retries = _due().filter(attempts_made__gt=0).exclude(pk__in=[ids[0] for ids in busy])
    pk = retries.values_list("pk", flat=True).first()
    if pk is None:
        return 0
    with _round([pk]):
        event = _due().select_for_update(skip_locked=True).filter(pk=pk, attempts_made__gt=0).first()
        if event is None:  # another process was first; it counts the result
            return 0
        outbox.heard_of([event])
        _process(event, is_retry=True)
    return 1


@contextmanager
def _round(ids: Sequence[int]) -> Iterator[None]:
    """Process events in one transaction. First record which ones: one of them may kill the process.

    If the database goes away this process lives on, so no event is to blame and the record is removed.
    """
    this_round = DrainRound.objects.create(
        event_ids=list(ids), worker=f"{socket.gethostname()}:{os.getpid()}"
    )
    try:
        with locks.advisory_lock(locks.DRAINING, this_round.pk), transaction.atomic():
            yield
            DrainRound.objects.filter(pk=this_round.pk).delete()
    except (OperationalError, InterfaceError):
        connection.close()
        _take_back(this_round)
        raise


def _take_back(this_round: DrainRound) -> None:
    for pause in TAKE_BACK_PAUSES:
        time.sleep(pause)
        try:
            DrainRound.objects.filter(pk=this_round.pk).delete()
        except (OperationalError, InterfaceError):
            connection.close()
        else:
            return


def _reap() -> None:
    """Release the events a process was working on when it died: from now on they are tried one at a time.

    A round from before PostgreSQL's last start may have ended with its connection, so no event of it is to blame.
    """
    for this_round in DrainRound.objects.annotate(is_cut_off=Q(started_at__lt=SERVER_START)):
        with locks.advisory_lock(locks.DRAINING, this_round.pk) as ownerless:
            if ownerless:
                with transaction.atomic():
                    # Its owner may have ended it between our reading and our lock.
                    if DrainRound.objects.filter(pk=this_round.pk).delete()[0] and not this_round.is_cut_off:
                        _suspect(this_round.event_ids)


def _suspect(ids: Sequence[int]) -> None:
    """Count against events that the process working on them died; one that was alone is tried again later."""
    lost = WebhookEvent.objects.filter(pk__in=ids, state__in=[State.PENDING, State.WAITING])
    if len(ids) == 1 and (event := lost.filter(attempts_made__gt=0).select_for_update().first()):
        _fail(event, "our process stopped while working on this event")
    lost.filter(attempts_made=0).update(attempts_made=1)


def _process_all(events: Sequence[WebhookEvent], end: float) -> list[int]:
    """Give each event to its handler; a batch handler gets its events together. Every event ends in its own state.

    Return the ids of those there was no time for: a worker that takes too long is killed, and its events blamed.
    """
    together: dict[BatchHandler, list[tuple[WebhookEvent, Data]]] = defaultdict(list)
    alone = []
    for event in events:
        try:
            data = event.data()
            function = _find(_batch_handlers, data)
        except Exception:  # the same error comes up, and is recorded, when it is processed alone
            function = None
        if function:
            together[function].append((event, data))
        else:
            alone.append(event)
    for function, batch in together.items():
        if not _process_batch(function, batch):
            alone += [event for event, _data in batch]
    for done, event in enumerate(alone):
        if done and time.monotonic() >= end:
            return [event.pk for event in alone[done:]]
        _process(event)
    return []


def _process_batch(function: BatchHandler, batch: Sequence[tuple[WebhookEvent, Data]]) -> bool:
    """Process events together. Return False if that failed; then nothing was changed."""
    try:
        with transaction.atomic(), acting(cause=f"events {batch[0][0].pk}-{batch[-1][0].pk}"):
            function(batch)
    except Exception as error:
        logger.info("%d webhook events will be tried one by one (%s).", len(batch), type(error).__name__)
        return False
    return True


def _process(event: WebhookEvent, *, is_retry: bool = False) -> None:
    with trace.about(event=event.pk):
        _process_it(event, is_retry=is_retry)


def _process_it(event: WebhookEvent, *, is_retry: bool) -> None:
    try:
        with transaction.atomic(), acting(cause=f"event {event.pk}"):
            function = find_handler(event)
            if function:
                function(event)
    except UnknownResource as error:
        _await(event, error)
    except Unusable as error:
        event.error = str(error)
        _end(event, State.KEPT)
    except DatabaseError as error:
        if not (isinstance(error.__cause__, CONTENTION) and _put_off(event)):
            _note_failure(event, error)
    except Exception as error:  # one bad event must not stop the others
        _note_failure(event, error)
    else:
        # A fresh event was marked as done when it was taken.
        if is_retry or not function:
            _end(event, State.DONE if function else State.KEPT)


def _note_failure(event: WebhookEvent, error: Exception) -> None:
    _fail(event, _describe(error))
    # Only the error's class: its text, which is stored with the event, may repeat the event.
    logger.warning("Webhook event %s failed (%s).", event.pk, type(error).__name__)


def _put_off(event: WebhookEvent) -> bool:
    """Let an event that met a row someone else holds be tried again soon; return False once it is an hour old."""
    young = WebhookEvent.objects.filter(pk=event.pk, received_at__gt=Now() - timedelta(hours=1))
    soon = Now() + timedelta(seconds=CONTENTION_SECONDS)
    return bool(young.update(state=State.PENDING, not_before=soon, processed_at=None))


def _await(event: WebhookEvent, error: UnknownResource) -> None:
    kept = retention.days("webhook_bodies")  # an event without a body can no longer be processed
    limit = timedelta(days=min(WAIT_DAYS, max(kept - 1, 1)) if kept else WAIT_DAYS)
    values: dict[str, Any] = {"id": event.pk, "error": str(error)[:500], "ids": error.ids, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(AWAIT, values)
        (state,) = cursor.fetchone()
    if state == State.DEAD:
        logger.error("Webhook event %s is given up: its record never came.", event.pk)


def find_handler(event: WebhookEvent) -> Handler | None:
    """Return the function for this event, or None. Raise Unusable if its body can't be read."""
    try:
        data = event.data()
    except (ValueError, RecursionError):
        raise Unusable(UNREADABLE) from None
    function = _find(_batch_handlers, data)
    return partial(_alone, function, data) if function else _find(_handlers, data)


def is_handled(data: Data) -> bool:
    """Return True if one of our handlers takes events like this one."""
    return bool(_find(_batch_handlers, data) or _find(_handlers, data))


def _alone(function: BatchHandler, data: Data, event: WebhookEvent) -> None:
    function([(event, data)])


def _find(handlers: Sequence[tuple[Matches, Any]], data: Data) -> Any:
    return next((function for matches, function in handlers if matches(data)), None)


def _describe(error: Exception) -> str:
    # A database error's text can contain row values, so only its class is kept.
    return (
        type(error).__name__ if isinstance(error, DatabaseError) else f"{type(error).__name__}: {error}"[:200]
    )


def _fail(event: WebhookEvent, error: str) -> None:
    """Count a failure: the event waits for its next try, or is given up."""
    if event.attempts_made >= len(WAITS):
        event.error = error
        _end(event, State.DEAD)
        logger.error("Webhook event %s is given up.", event.pk)
        return
    WebhookEvent.objects.filter(pk=event.pk).update(
        state=State.PENDING,
        error=error[:500],
        attempts_made=F("attempts_made") + 1,
        not_before=Now() + timedelta(seconds=WAITS[event.attempts_made]),
        processed_at=None,
    )


def _end(event: WebhookEvent, state: str) -> None:
    error = event.error if state in (State.DEAD, State.KEPT) else ""
    WebhookEvent.objects.filter(pk=event.pk).update(state=state, error=error[:500], processed_at=Now())


def release(events: Any) -> int:
    """Process events again, which is safe: every handler may run twice. Return how many."""
    kept = events.filter(Q(state__in=WebhookEvent.RELEASABLE)).exclude(body=b"")  # emptied by the retention
    return kept.update(state=State.PENDING, not_before=Now(), attempts_made=0, error="")
