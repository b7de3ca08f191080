"""What Telnyx reports about hosted orders: eight event types, documented by Telnyx (docs/telnyx.md, T3.21).

Their facts are believed, dated by `occurred_at`; the order is read again after each event, and that read decides.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from messaging.mirror.inbound import drain
from messaging.mirror.models import WebhookEvent
from messaging.mirror.records import sync
from messaging.telnyx import times

from .choices import TransferState
from .models import HostedOrder
from .operations import text
from .state import merge, transfer_alerts

PREFIX = "messaging_hosted_numbers_orders."
TRANSFER_ASKED = PREFIX + "internal_transfer_approval_requested"
TRANSFER = {
    "internal_transfer_detected": TransferState.DETECTED,
    "internal_transfer_approval_requested": TransferState.REQUESTED,
    "internal_transfer_approved": TransferState.APPROVED,
    "internal_transfer_rejected": TransferState.REJECTED,
    "internal_transfer_auto_approved": TransferState.AUTO_APPROVED,
}
# A transfer is answered within days. A later deadline is a mistake, and would count until then.
LONGEST_DEADLINE = timedelta(days=60)
# Lower numbers are a duration in seconds, higher ones a Unix time (docs/telnyx.md, T3.22).
EPOCH_FROM = 10**6


UNKNOWN_TRANSFER = _(
    "Another Telnyx account has asked for these numbers, and their order is not in this desk. Answer in "
    "Telnyx's portal: without an answer the transfer is approved 72 hours after Telnyx asked."
)
drain.advise(TRANSFER_ASKED, UNKNOWN_TRANSFER)


def is_about_an_order(data: Mapping[str, Any]) -> bool:
    """Return True if an event is about a hosted order, even if its type is new."""
    event_type = data.get("event_type")
    return isinstance(event_type, str) and event_type.startswith(PREFIX)


@drain.handler(is_about_an_order)
def order_changed(event: WebhookEvent) -> None:
    """Take in what an event says about an order, its numbers and its transfer, and have the order read again.

    Safe to run repeatedly and in any order. Raise UnknownResource for an order that is not ours, or not here yet.
    """
    data = event.data()
    payload = data.get("payload")
    told = payload if isinstance(payload, Mapping) else {}
    remote_id = text(told, "order_id")
    order = HostedOrder.objects.filter(remote_id=remote_id or None).first()
    if order is None:
        raise drain.UnknownResource("No order in this desk has this id.", [remote_id])
    at = times.past(event.occurred_at, event.received_at)
    if at is not None:
        # Telnyx's clock may be ahead of ours, and the read that follows must win.
        at = min(at, event.received_at)
        order.hear(text(told, "order_status"), _numbers(told), at, event.source())
        _take_transfer(order, str(data["event_type"]).removeprefix(PREFIX), told, at)
    sync.ask_soon(order, event.source())


def _numbers(told: Mapping[str, Any]) -> dict[str, merge.Told]:
    listed = told.get("numbers")
    entries = [entry for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list) else []
    return {text(entry, "value"): merge.Told(text(entry, "status")) for entry in entries}


def _take_transfer(order: HostedOrder, kind: str, told: Mapping[str, Any], at: datetime) -> None:
    state = TRANSFER.get(kind)
    if state is None:
        return
    deadline = _deadline(told.get("approval_deadline"), at)
    if deadline is None and state == TransferState.REQUESTED:
        deadline = at + transfer_alerts.ANSWER_WITHIN
    with transaction.atomic():
        row = order.lock()
        merge.take_transfer(row, state, at, deadline)
        transfer_alerts.plan(row, at)


def _deadline(value: Any, at: datetime) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < times.LATEST.timestamp():
        return None
    deadline = datetime.fromtimestamp(value, UTC) if value > EPOCH_FROM else at + timedelta(seconds=value)
    return deadline if deadline - at <= LONGEST_DEADLINE else None
