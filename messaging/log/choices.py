"""The words of the message log: Telnyx's statuses with their ranks, and what they are called on screen."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Direction(TextChoices):
    OUTBOUND = "outbound", _("Sent")
    INBOUND = "inbound", _("Received")


class Status(TextChoices):
    """Every status that Telnyx documents (docs/telnyx.md, T5.6), and ECHO. Any other word is kept as it is."""

    SCHEDULED = "scheduled", _("Scheduled")
    QUEUED = "queued", _("Waiting at Telnyx")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent, no final status yet")
    RECEIVED = "received", _("Received")
    WEBHOOK_DELIVERED = "webhook_delivered", _("Received")
    DELIVERY_UNCONFIRMED = "delivery_unconfirmed", _("Sent, delivery never confirmed")
    SENDING_FAILED = "sending_failed", _("Not sent")
    DELIVERY_FAILED = "delivery_failed", _("Not delivered")
    EXPIRED = "expired", _("Expired before it could be sent")
    CANCELLED = "cancelled", _("Canceled")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")
    # Our own word: Telnyx mirrors what is written in the WhatsApp Business app, and never says more (T6.19).
    ECHO = "echo", _("Sent from the WhatsApp Business app")


# Words from detail records and group messages, and the status each one means (docs/telnyx.md, T5.7).
SYNONYMS: Mapping[str, str] = {
    "failed": Status.DELIVERY_FAILED,
    "gw_timeout": Status.SENDING_FAILED,
    "dlr_timeout": Status.DELIVERY_UNCONFIRMED,
    "canceled": Status.CANCELLED,
}

# The higher rank wins, whatever the order of arrival; a late "delivered" corrects a failure.
RANKS: Mapping[str, int] = {
    Status.SCHEDULED: 5,
    Status.QUEUED: 10,
    Status.SENDING: 20,
    Status.SENT: 30,
    Status.RECEIVED: 50,
    Status.WEBHOOK_DELIVERED: 50,
    Status.ECHO: 80,
    Status.DELIVERY_UNCONFIRMED: 80,
    Status.SENDING_FAILED: 90,
    Status.DELIVERY_FAILED: 90,
    Status.EXPIRED: 90,
    Status.CANCELLED: 90,
    Status.DELIVERED: 95,
    Status.READ: 100,
}
FINAL_RANK = 80

FAILED = (Status.SENDING_FAILED, Status.DELIVERY_FAILED, Status.EXPIRED)
# A status without a rank here goes into the trail but does not change the message's status.
UNKNOWN_RANK = 0

# These say that a message has left Telnyx; any other may still wait there, or never went out.
LEFT = (
    Status.SENT,
    Status.ECHO,
    Status.DELIVERY_UNCONFIRMED,
    Status.DELIVERY_FAILED,
    Status.DELIVERED,
    Status.READ,
)

# The outcome of these is not known yet.
OPEN = (Status.SCHEDULED, Status.QUEUED, Status.SENDING, Status.SENT)

# Statuses as people ask for them; any other word is taken as one of Telnyx's.
STATUS_GROUPS: Mapping[str, tuple[str, ...]] = {
    "failed": FAILED,
    "open": OPEN,
    "arrived": (Status.DELIVERED, Status.READ),
    "unconfirmed": (Status.DELIVERY_UNCONFIRMED,),
    "came_in": (Status.RECEIVED, Status.WEBHOOK_DELIVERED),
}
STATUS_GROUP_WORDS = (
    ("failed", _("Not delivered (all)")),
    ("open", _("No final status yet")),
    ("arrived", _("Delivered or read")),
    ("unconfirmed", _("Sent, delivery never confirmed")),
    ("came_in", _("Received")),
)

# Which of the desk's looks (messaging.desk.turns.Group) each status has.
PILLS: Mapping[str, str] = {
    **dict.fromkeys(FAILED, "needs_us"),
    **dict.fromkeys(OPEN, "under_way"),
    Status.DELIVERED: "done",
    Status.READ: "done",
    Status.DELIVERY_UNCONFIRMED: "unsure",
}


class TermKind(TextChoices):
    """What a person typed into the search box."""

    ADDRESS = "address", _("a number")
    LAST_FOUR = "last_four", _("the last digits of a number")
    ID = "id", _("a message ID")
    WORDS = "words", _("words in the text")
