"""Process stored events: find their handler, run it in a savepoint, note what came of it.

One bad event never delays another, and every handler is safe to run twice. Handlers live in `<app>/webhooks.py`.
Events that come in thousands have a handler that takes many at once.
"""

import logging
import os
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from operator import attrgetter
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from . import fence, outbox
from .models import DrainRound, WebhookEvent

logger = logging.getLogger(__name__)

State = WebhookEvent.State
Data = Mapping[str, Any]
Matches = Callable[[Data], bool]
Handler = Callable[[WebhookEvent], None]
BatchHandler = Callable[[Sequence[tuple[WebhookEvent, Data]]], None]

# After each failure the event waits; after the last it is dead until a person releases it.
WAITS = (5, 30, 300, 1800, 7200)
BATCH = 4000
UNREADABLE = "its body is not JSON that can be read"

# Lock events, note them as done and read what handlers need in one pass. What fails says so itself afterwards.
TAKE = """
UPDATE mirror_webhookevent
   SET state = 'done', error = '', processed_at = clock_timestamp()
 WHERE id IN (SELECT id FROM mirror_webhookevent
               WHERE id = ANY(%s) AND state IN ('pending', 'waiting') AND attempts_made = 0
                 AND not_before <= clock_timestamp()
                 FOR UPDATE SKIP LOCKED)
RETURNING id, dedupe_key, received_at, key_fingerprint, callback_token, body, attempts_made
"""

_handlers: list[tuple[Matches, Handler]] = []
_batch_handlers: list[tuple[Matches, BatchHandler]] = []


class UnknownResource(Exception):
    """The event is about a record we do not know yet: it waits, since an answer may be slower than its webhook."""


class Unusable(Exception):
    """The event lacks what its handler needs, such as an id. Trying again changes nothing: it is kept as it came."""


def handler(matches: Matches) -> Callable[[Handler], Handler]:
    """Register a function for the events whose data `matches`."""

    def register(function: Handler) -> Handler:
        _handlers.append((matches, function))
        return function

    return register


def batch_handler(matches: Matches) -> Callable[[BatchHandler], BatchHandler]:
    """Register a function that takes many events whose data `matches`, all or none of them.

    When it raises, each event is given to it alone, so that one bad event is found and delays nobody.
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
    while time.monotonic() < end and (done := _drain_fresh(batch) + _drain_one_retry()):
        total += done
    return total


def _due() -> QuerySet[WebhookEvent]:
    rows = WebhookEvent.objects.filter(state__in=[State.PENDING, State.WAITING], not_before__lte=Now())
    return rows.order_by("id")


def _drain_fresh(batch: int) -> int:
    """Process events that were never tried. What is begun is written down first: one of them may kill the process."""
    ids = list(_due().filter(attempts_made=0).values_list("pk", flat=True)[:batch])
    if not ids:
        return 0
    begun = DrainRound.objects.create(event_ids=ids, worker=f"{socket.gethostname()}:{os.getpid()}")
    with fence.advisory_lock(fence.DRAINING, begun.pk), transaction.atomic():
        events = sorted(WebhookEvent.objects.raw(TAKE, [ids]), key=attrgetter("pk"))
        outbox.heard_of([event.callback_token for event in events if event.callback_token])
        _process_all(events)
        begun.delete()
    return len(events)


def _reap() -> None:
    """Events that a process was busy with when it died are tried one at a time from now on."""
    for begun in DrainRound.objects.all():
        with fence.advisory_lock(fence.DRAINING, begun.pk) as ownerless:
            if ownerless:
                with transaction.atomic():
                    lost = WebhookEvent.objects.filter(pk__in=begun.event_ids, attempts_made=0)
                    lost.filter(state__in=[State.PENDING, State.WAITING]).update(attempts_made=1)
                    begun.delete()


def _process_all(events: Sequence[WebhookEvent]) -> None:
    """Give each event to its handler, those of a batch handler together. Every event ends in a state of its own."""
    together: dict[BatchHandler, list[tuple[WebhookEvent, Data]]] = defaultdict(list)
    for event in events:
        try:
            data = event.data()
            function = _find(_batch_handlers, data)
        except Exception:  # the very same error is met, and noted, where it is processed alone
            function = None
        if function:
            together[function].append((event, data))
        else:
            _process(event)
    for function, batch in together.items():
        _process_batch(function, batch)


def _process_batch(function: BatchHandler, batch: Sequence[tuple[WebhookEvent, Data]]) -> None:
    try:
        with transaction.atomic():
            function(batch)
    except Exception as error:
        logger.info("%d webhook events are tried one by one: %s", len(batch), _describe(error))
        for event, _data in batch:
            _process(event)


def _drain_one_retry() -> int:
    # An event that failed before may be what kills the process. Its attempt is counted and committed first.
    with transaction.atomic():
        event = _due().select_for_update(skip_locked=True).filter(attempts_made__gt=0).first()
        if event is None:
            return 0
        if event.attempts_made > len(WAITS):
            _end(event, State.DEAD)
            return 1
        _wait(event, event.state, event.error)
    with transaction.atomic():
        locked = WebhookEvent.objects.select_for_update(skip_locked=True).filter(pk=event.pk).first()
        if locked:
            outbox.heard_of([locked.callback_token] if locked.callback_token else [])
            _process(locked, counted=True)
    return 1


def _process(event: WebhookEvent, *, counted: bool = False) -> None:
    try:
        with transaction.atomic():
            function = find_handler(event)
            if function:
                function(event)
    except UnknownResource as error:
        _fail(event, State.WAITING, str(error), counted)
    except Unusable as error:
        event.error = str(error)
        _end(event, State.KEPT)
    except Exception as error:  # one bad event must not stop the others
        _fail(event, State.PENDING, _describe(error), counted)
        logger.warning("Webhook event %s failed: %s", event.pk, _describe(error))
    else:
        # A fresh event was noted as done when it was taken.
        if counted or not function:
            _end(event, State.DONE if function else State.KEPT)


def find_handler(event: WebhookEvent) -> Handler | None:
    """Return the function for this event, or None. Raise Unusable when its body cannot be read."""
    try:
        data = event.data()
    except (ValueError, RecursionError):
        raise Unusable(UNREADABLE) from None
    function = _find(_batch_handlers, data)
    return partial(_alone, function, data) if function else _find(_handlers, data)


def is_handled(data: Data) -> bool:
    """Say whether something of ours takes events like this one."""
    return bool(_find(_batch_handlers, data) or _find(_handlers, data))


def _alone(function: BatchHandler, data: Data, event: WebhookEvent) -> None:
    function([(event, data)])


def _find(handlers: Sequence[tuple[Matches, Any]], data: Data) -> Any:
    return next((function for matches, function in handlers if matches(data)), None)


def _describe(error: Exception) -> str:
    # The words of a database error can hold row values, so only its class is kept.
    return (
        type(error).__name__ if isinstance(error, DatabaseError) else f"{type(error).__name__}: {error}"[:200]
    )


def _fail(event: WebhookEvent, state: str, error: str, counted: bool) -> None:
    if event.attempts_made >= len(WAITS):
        event.error = error
        _end(event, State.DEAD)
        logger.error("Webhook event %s is given up.", event.pk)
        return
    _wait(event, state, error, count=not counted)


def _wait(event: WebhookEvent, state: str, error: str, *, count: bool = True) -> None:
    seconds = WAITS[min(event.attempts_made, len(WAITS) - 1)]
    WebhookEvent.objects.filter(pk=event.pk).update(
        state=state,
        error=error[:500],
        attempts_made=F("attempts_made") + (1 if count else 0),
        not_before=Now() + timedelta(seconds=seconds),
        processed_at=None,
    )


def _end(event: WebhookEvent, state: str) -> None:
    error = event.error if state in (State.DEAD, State.KEPT) else ""
    WebhookEvent.objects.filter(pk=event.pk).update(state=state, error=error[:500], processed_at=Now())


def release(events: Any) -> int:
    """Process events again, which is safe: every handler may run twice. Return how many it will be."""
    kept = events.filter(Q(state__in=WebhookEvent.RELEASABLE)).exclude(body=b"")  # emptied by the retention
    return kept.update(state=State.PENDING, not_before=Now(), attempts_made=0, error="")
