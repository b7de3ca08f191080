"""What Telnyx says about messages. We believe the payload: most of them can't be read anywhere else.

They come by the thousands, so a whole batch is merged at once (`log.store`); order and repetition don't matter there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from messaging.mirror.inbound import drain
from messaging.mirror.models import WebhookEvent
from messaging.mirror.records.wire import storable
from messaging.telnyx import times, values

from .log import parsing, store
from .log.choices import Direction
from .media import notes
from .models import LinkClick, SpendLimitReached
from .optouts import reconcile
from .sending import settle_by_webhook

Batch = Sequence[tuple[WebhookEvent, Mapping[str, Any]]]

# docs/telnyx.md, T6.8; `message.delivered` is named on one page and denied on others: it is kept, unhandled.
ABOUT_MESSAGES = frozenset(
    ("message.sent", "message.finalized", "message.received", "message.read", "message.echo")
)
CLICK = "link_clicked"
# Most events are smaller and plainer than this; the others are first cut down to size.
SMALL, FEW = 16_000, 60
MOST_NAMES = 20


def is_about_a_message(data: Mapping[str, Any]) -> bool:
    event_type = data.get("event_type")
    return isinstance(event_type, str) and event_type in ABOUT_MESSAGES


@drain.batch_handler(is_about_a_message)
def messages_moved(batch: Batch) -> None:
    """Merge what the events say about messages, store opt-outs, and settle our sends whose answer we lack.

    Files that came along are noted for a worker to fetch. Safe to run any number of times, in any order.
    """
    rows = [row for event, data in batch for row in _rows(event, data)]
    store.merge(rows)
    notes.note(rows)
    for row in rows:
        if row["autoresponse_type"] and row["direction"] == Direction.INBOUND:
            _hear(row)
    settle_by_webhook.settle(
        {
            event.callback_token: _payload(event, data["payload"])
            for event, data in batch
            if event.callback_token
        },
        {event.callback_token: event.pk for event, _data in batch},
    )


def _hear(row: parsing.Row) -> None:
    at = times.read(row["happened_at"])
    if at:
        words = (row["our_address"], row["their_address"], row["autoresponse_type"])
        reconcile.heard(row["messaging_profile_id"], *words, at, row["text"].strip().upper()[:20])


def _rows(event: WebhookEvent, data: Mapping[str, Any]) -> list[parsing.Row]:
    payload = _payload(event, data.get("payload"))
    at = times.read_past(data.get("occurred_at"), event.received_at) or event.received_at
    try:
        return parsing.rows(
            payload,
            at=at,
            received_at=event.received_at,
            event_id=event.dedupe_key,
            source=event.source(),
        )
    except parsing.NotAMessage as error:
        raise drain.Unusable(str(error)) from None


def _payload(event: WebhookEvent, told: Any) -> Mapping[str, Any]:
    """Return what an event says, within limits we can store: only the few events that need it are walked through."""
    if not isinstance(told, Mapping):
        raise drain.Unusable("the event has no payload")
    body = bytes(event.body)
    if _is_large(body, told):
        kept = values.cut(told)
        left_out = sorted(name for name in told if kept.get(name) != told[name])[:MOST_NAMES]
        told = {**kept, parsing.LEFT_OUT: left_out} if left_out else kept
    is_plain = body.isascii() and b"\\u" not in body and b"\0" not in body
    return told if is_plain else storable(told)


def _is_large(body: bytes, told: Mapping[str, Any]) -> bool:
    lists = (value for value in told.values() if isinstance(value, list))
    has_many = body.count(b"[") + body.count(b"{") > FEW or any(len(one) > values.MOST_ITEMS for one in lists)
    return has_many or len(body) > SMALL


def is_a_click(data: Mapping[str, Any]) -> bool:
    """Return True if a body is a click on a link: it has no event type (docs/telnyx.md, T6.9)."""
    return data.get("record_type") == CLICK or data.get("event_type") == "message.link_click"


@drain.batch_handler(is_a_click)
def links_clicked(batch: Batch) -> None:
    """Record the clicks, each once: the event's own hash is their id."""
    LinkClick.objects.bulk_create([_click(event, data) for event, data in batch], ignore_conflicts=True)


def _click(event: WebhookEvent, data: Mapping[str, Any]) -> LinkClick:
    told = _payload(event, data if data.get("record_type") == CLICK else data.get("payload"))
    try:
        message_id = parsing.message_id({"id": told.get("message_id")})
    except parsing.NotAMessage as error:
        raise drain.Unusable(str(error)) from None
    number = parsing.text(told.get("to"), parsing.LONGEST_ADDRESS)
    return LinkClick(
        message_id=message_id,
        # Telnyx's example has no plus.
        their_address=f"+{number}"[: parsing.LONGEST_ADDRESS] if number.isdigit() else number,
        url=parsing.text(told.get("url")),
        clicked_at=times.read_past(told.get("time_clicked"), event.received_at) or event.received_at,
        event_id=event.dedupe_key,
    )


@drain.batch_handler(lambda data: data.get("event_type") == "messaging-profile.spend-limit-reached")
def limits_reached(batch: Batch) -> None:
    """Record that budgets are used up, each event once; we believe the payload (docs/telnyx.md, T6.10)."""
    rows = [_limit(event, data) for event, data in batch]
    SpendLimitReached.objects.bulk_create(rows, ignore_conflicts=True)


def _limit(event: WebhookEvent, data: Mapping[str, Any]) -> SpendLimitReached:
    told = _payload(event, data.get("payload"))
    profile = parsing.uuid(told.get("profile_id"))
    if profile is None:
        raise drain.Unusable("the event names no profile")
    return SpendLimitReached(
        messaging_profile_id=profile,
        configured_limit=parsing.text(told.get("configured_limit"), 20),
        current_cost=parsing.text(told.get("current_cost"), 20),
        reached_at=times.read_past(data.get("occurred_at"), event.received_at) or event.received_at,
        event_id=event.dedupe_key,
    )
