"""What went to and came from the same phone before and after a message. Each reads one index, up to a limit."""

from dataclasses import dataclass
from datetime import datetime

from messaging.models import Message

from .choices import Direction, Status

# So many messages of a phone are looked through.
MOST = 200


@dataclass(frozen=True)
class Delivery:
    """When a text last arrived at a phone, and through which carrier."""

    carrier: str
    at: datetime


def carrier_that_delivered(message: Message) -> Delivery | None:
    """Return through which carrier a text last arrived at this phone before this message."""
    rows = Message.objects.filter(their_address=message.their_address, happened_at__lt=message.happened_at)
    newest = rows.order_by("-happened_at", "-id").values_list(
        "direction", "status", "their_carrier", "happened_at"
    )
    for direction, status, carrier, at in newest[:MOST]:
        if direction == Direction.OUTBOUND and carrier and status in (Status.DELIVERED, Status.READ):
            return Delivery(carrier, at)
    return None


def answer_after(message: Message) -> datetime | None:
    """Return when this phone first wrote to the same number of ours after this message."""
    rows = Message.objects.filter(their_address=message.their_address, happened_at__gt=message.happened_at)
    newest = rows.order_by("happened_at", "id").values_list("direction", "our_address", "happened_at")
    for direction, ours, at in newest[:MOST]:
        if direction == Direction.INBOUND and ours == message.our_address:
            return at
    return None
