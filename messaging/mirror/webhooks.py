"""Process stored events: find their handler, run it in a savepoint, note what came of it.

One bad event never delays another, and every handler is safe to run twice. Handlers live in `<app>/webhooks.py`.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from . import outbox
from .models import WebhookEvent

logger = logging.getLogger(__name__)

State = WebhookEvent.State
Matches = Callable[[Mapping[str, Any]], bool]
Handler = Callable[[WebhookEvent], None]

# After each failure the event waits; after the last it is dead until a person releases it.
WAITS = (5, 30, 300, 1800, 7200)
BATCH = 100

_handlers: list[tuple[Matches, Handler]] = []


class UnknownResource(Exception):
    """The event is about a record we do not know yet: it waits, since an answer may be slower than its webhook."""


def handler(matches: Matches) -> Callable[[Handler], Handler]:
    """Register a function for the events whose data `matches`."""

    def register(function: Handler) -> Handler:
        _handlers.append((matches, function))
        return function

    return register


def drain(batch: int = BATCH) -> int:
    """Process the events that are due; return how many. Any number of processes may drain at once."""
    total = 0
    while done := _drain_fresh(batch) + _drain_one_retry():
        total += done
    return total


def _due() -> Any:
    rows = WebhookEvent.objects.filter(state__in=[State.PENDING, State.WAITING], not_before__lte=Now())
    return rows.select_for_update(skip_locked=True).order_by("id")


def _drain_fresh(batch: int) -> int:
    with transaction.atomic():
        events = list(_due().filter(attempts_made=0)[:batch])
        for event in events:
            _process(event)
    return len(events)


def _drain_one_retry() -> int:
    # An event that failed before may be what kills the process. Its attempt is counted and committed first.
    with transaction.atomic():
        event = _due().filter(attempts_made__gt=0).first()
        if event is None:
            return 0
        if event.attempts_made > len(WAITS):
            _end(event, State.DEAD)
            return 1
        _wait(event, event.state, event.error)
    with transaction.atomic():
        locked = WebhookEvent.objects.select_for_update(skip_locked=True).filter(pk=event.pk).first()
        if locked:
            _process(locked, counted=True)
    return 1


def _process(event: WebhookEvent, *, counted: bool = False) -> None:
    if event.callback_token:
        outbox.heard_of(event.callback_token)
    try:
        with transaction.atomic():
            function = find_handler(event)
            if function:
                function(event)
    except UnknownResource as error:
        _fail(event, State.WAITING, str(error), counted)
    except Exception as error:  # one bad event must not stop the others
        _fail(event, State.PENDING, _describe(error), counted)
        logger.warning("Webhook event %s failed: %s", event.pk, _describe(error))
    else:
        _end(event, State.DONE if function else State.KEPT)


def find_handler(event: WebhookEvent) -> Handler | None:
    """Return the function for this event, or None. Raise ValueError or RecursionError on an unreadable body."""
    data = event.data()
    return next((function for matches, function in _handlers if matches(data)), None)


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
    )


def _end(event: WebhookEvent, state: str) -> None:
    error = event.error if state == State.DEAD else ""
    WebhookEvent.objects.filter(pk=event.pk).update(state=state, error=error[:500], processed_at=Now())


def release(events: Any) -> int:
    """Process events again, which is safe: every handler may run twice. Return how many it will be."""
    return events.filter(Q(state__in=WebhookEvent.RELEASABLE)).update(
        state=State.PENDING, not_before=Now(), attempts_made=0, error=""
    )
