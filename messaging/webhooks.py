"""What Telnyx tells about messages. The payload is believed: there is no other place to read most of them from.

They come in thousands, so a whole batch is merged at once (`log.store`); order and repetition do not matter there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from messaging.mirror import webhooks
from messaging.mirror.models import WebhookEvent
from messaging.mirror.wire import storable
from messaging.telnyx import times

from . import optouts
from .log import reading, store
from .log.choices import Direction
from .media import notes
from .models import LinkClick, SpendLimitReached
from .sending import arrived

Batch = Sequence[tuple[WebhookEvent, Mapping[str, Any]]]

# contract 6.4; `message.delivered` is named on one page of Telnyx's and denied on others: it is kept, unhandled.
ABOUT_MESSAGES = frozenset(
    ("message.sent", "message.finalized", "message.received", "message.read", "message.echo")
)
CLICK = "link_clicked"


def is_about_a_message(data: Mapping[str, Any]) -> bool:
    return data.get("event_type") in ABOUT_MESSAGES


@webhooks.batch_handler(is_about_a_message)
def messages_moved(batch: Batch) -> None:
    """Merge what the events say of messages, take in opt-outs, and settle sends of ours whose answer we miss.

    Files that came along are noted for a worker to fetch. Safe to run any number of times, in any order.
    """
    rows = [row for event, data in batch for row in _rows(event, data)]
    store.merge(rows)
    notes.note(rows)
    for row in rows:
        if row["autoresponse_type"] and row["direction"] == Direction.INBOUND:
            _hear(row)
    arrived.settle({event.callback_token: data["payload"] for event, data in batch if event.callback_token})


def _hear(row: reading.Row) -> None:
    at = times.read(row["happened_at"])
    if at:
        words = (row["our_address"], row["their_address"], row["autoresponse_type"])
        optouts.heard(row["messaging_profile_id"], *words, at, row["text"].strip().upper()[:20])


def _rows(event: WebhookEvent, data: Mapping[str, Any]) -> list[reading.Row]:
    payload = data.get("payload")
    if not isinstance(payload, Mapping):
        raise reading.NotAMessage("the event has no payload")
    at = times.read_past(data.get("occurred_at"), event.received_at) or event.received_at
    clean = storable(payload) if b"\\u" in bytes(event.body) else payload
    return reading.rows(clean, at=at, event_id=event.dedupe_key, source=event.source())


def is_a_click(data: Mapping[str, Any]) -> bool:
    """Say whether a body is a click on a link: it has no event type (contract 1.10)."""
    return data.get("record_type") == CLICK or data.get("event_type") == "message.link_click"


@webhooks.batch_handler(is_a_click)
def links_clicked(batch: Batch) -> None:
    """Note the clicks, each once: the event's own hash is their id."""
    LinkClick.objects.bulk_create([_click(event, data) for event, data in batch], ignore_conflicts=True)


def _click(event: WebhookEvent, data: Mapping[str, Any]) -> LinkClick:
    told = data if data.get("record_type") == CLICK else data.get("payload")
    if not isinstance(told, Mapping):
        raise reading.NotAMessage("the event has no payload")
    told = storable(told)
    number = reading.text(told.get("to"), reading.LONGEST_ADDRESS)
    return LinkClick(
        message_id=reading.message_id({"id": told.get("message_id")}),
        their_address=f"+{number}" if number.isdigit() else number,  # without plus in Telnyx's example
        url=reading.text(told.get("url")),
        clicked_at=times.read_past(told.get("time_clicked"), event.received_at) or event.received_at,
        event_id=event.dedupe_key,
    )


@webhooks.batch_handler(lambda data: data.get("event_type") == "messaging-profile.spend-limit-reached")
def limits_reached(batch: Batch) -> None:
    """Note that budgets are used up, each event once; the payload is believed (contract 6.4)."""
    rows = [_limit(event, data) for event, data in batch]
    SpendLimitReached.objects.bulk_create(rows, ignore_conflicts=True)


def _limit(event: WebhookEvent, data: Mapping[str, Any]) -> SpendLimitReached:
    payload = data.get("payload")
    told = storable(payload) if isinstance(payload, Mapping) else {}
    profile = reading.uuid(told.get("profile_id"))
    if profile is None:
        raise reading.NotAMessage("the event names no profile")
    return SpendLimitReached(
        messaging_profile_id=profile,
        configured_limit=reading.text(told.get("configured_limit"), 20),
        current_cost=reading.text(told.get("current_cost"), 20),
        reached_at=times.read_past(data.get("occurred_at"), event.received_at) or event.received_at,
        event_id=event.dedupe_key,
    )
