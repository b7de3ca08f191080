"""The ways to send, what each takes, and the limits of all of them (docs/telnyx.md, T5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models import SyncState
from messaging.mirror.wording import Words


class Kind(TextChoices):
    MESSAGE = "message", _("Text or picture message")
    GROUP = "group_mms", _("Group message")
    ALPHANUMERIC = "alphanumeric_sender_id", _("Text from a name")
    NUMBER_POOL = "number_pool", _("From any number on a profile")
    WHATSAPP = "whatsapp", _("WhatsApp message")
    LONG_CODE = "long_code", _("From a long code only")
    SHORT_CODE = "short_code", _("From a short code only")
    SCHEDULE = "schedule", _("Scheduled, the older way")


class Purpose(TextChoices):
    TEST = "test", _("Test")
    MANUAL = "manual", _("To a customer")


class Encoding(TextChoices):
    AUTO = "auto", _("Use the profile's setting")
    GSM7 = "gsm7", _("GSM-7 only, otherwise refuse")
    UCS2 = "ucs2", _("UCS-2, every character as typed")


class Content(StrEnum):
    """Whether a WhatsApp message may be sent at any time, or, as everything but templates, only for 24 hours."""

    TEXT = "text"
    TEMPLATE = "template"


@dataclass(frozen=True)
class Way:
    """One way to send: its path and operation, what its request contains, in that order, and who it is for."""

    path: str
    operation: str
    members: tuple[str, ...]
    words: Words
    keyed: bool = True
    is_rare: bool = False


PLAIN = ("text", "subject", "media_urls", "type", "auto_detect", "encoding")

WAYS: Mapping[str, Way] = {
    Kind.MESSAGE: Way(
        "/messages",
        "create",
        ("from", "to", "messaging_profile_id", *PLAIN, "send_at"),
        _("To one person, from one of your numbers, now or at a time you choose."),
    ),
    Kind.GROUP: Way(
        "/messages/group_mms",
        "create_group",
        ("from", "to", "text", "subject", "media_urls"),
        _("To 2 to 8 people in the US or Canada, who all see each other and each other's replies."),
    ),
    Kind.ALPHANUMERIC: Way(
        "/messages/alphanumeric_sender_id",
        "create_alphanumeric",
        ("from", "to", "text", "messaging_profile_id"),
        _(
            "From a name instead of a number. No one can reply to it, and it reaches no one "
            "in the US, Canada or Puerto Rico."
        ),
    ),
    Kind.NUMBER_POOL: Way(
        "/messages/number_pool",
        "create_from_pool",
        ("to", "messaging_profile_id", *PLAIN),
        _("Telnyx chooses the number; the profile's number pool must be on."),
    ),
    Kind.WHATSAPP: Way(
        "/messages/whatsapp",
        "create_whatsapp",
        ("from", "to", "whatsapp_message", "type", "messaging_profile_id"),
        _(
            "Texts, files, buttons, lists and more within 24 hours of their last message, otherwise an "
            "approved template."
        ),
    ),
    Kind.LONG_CODE: Way(
        "/messages/long_code",
        "create_long_code",
        ("from", "to", *PLAIN),
        _("Like a text message, but Telnyx refuses it if the sender isn't a long code."),
        is_rare=True,
    ),
    Kind.SHORT_CODE: Way(
        "/messages/short_code",
        "create_short_code",
        ("from", "to", *PLAIN),
        _("Like a text message, but Telnyx refuses it if the sender isn't a short code."),
        is_rare=True,
    ),
    Kind.SCHEDULE: Way(
        "/messages/schedule",
        "create_scheduled",
        (
            "from",
            "to",
            "messaging_profile_id",
            "text",
            "subject",
            "media_urls",
            "type",
            "auto_detect",
            "send_at",
        ),
        _(
            "Telnyx's older way to send later. It has no key against duplicates, so a lost "
            "answer is harder to settle. Choose “Text or picture message” with a time "
            "instead."
        ),
        keyed=False,
        is_rare=True,
    ),
}

# From now: Telnyx accepts 5 minutes to 5 days (docs/telnyx.md, T5.15); the rest is time for our queue.
EARLIEST, EARLIEST_AT_TELNYX, LATEST = timedelta(minutes=7), timedelta(minutes=5), timedelta(days=5)
LAST_CANCEL = timedelta(minutes=1)
# Telnyx keeps keys for 24 hours and shows a message for 10 days (docs/telnyx.md, T9.7, T5.3).
REPLAYABLE, READABLE = timedelta(hours=23), timedelta(days=10)
MOST_MEDIA, LONGEST_SUBJECT = 10, 255
FEWEST_IN_GROUP, MOST_IN_GROUP = 2, 8
GROUP_COUNTRIES = ("US", "CA")
NO_NAMES_IN = ("US", "CA", "PR")

# Which of the desk's looks (messaging.desk.turns.Group) our side of a message has.
OUR_GROUPS: Mapping[str, str] = {
    SyncState.DRAFT: "closed",
    SyncState.QUEUED: "under_way",
    SyncState.SENDING: "under_way",
    SyncState.ACCEPTED: "done",
    SyncState.REFUSED: "needs_us",
    SyncState.UNSURE: "unsure",
}
