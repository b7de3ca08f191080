"""What the page of a saved text shows, and what became of the messages made from it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from messaging import segments
from messaging.log import parsing
from messaging.log.choices import OPEN, STATUS_GROUPS, Status
from messaging.mirror.models import SyncState
from messaging.mirror.wording import Words
from messaging.models import ComposedMessage, Message, SavedText

from ..sending.forms import purposes
from . import placeholders, rules

ADD, CHANGE = "messaging.add_savedtext", "messaging.change_savedtext"
# Outcomes are counted for so many of the newest messages: a text may be in millions.
MOST = 1000

# What can become of a message to one recipient: its name, the look of its mark (messaging.desk.turns.Group), and what
# it is called.
ARRIVED, FAILED, UNCONFIRMED, UNDER_WAY, CANCELED, REFUSED, UNKNOWN = (
    *("arrived", "failed", "unconfirmed", "under_way", "canceled", "refused", "unknown"),
)
OUTCOMES: Sequence[tuple[str, str, Words]] = (
    (ARRIVED, "done", _("Delivered or read")),
    (FAILED, "needs_us", _("Failed")),
    (REFUSED, "needs_us", _("Refused by Telnyx")),
    (UNCONFIRMED, "unsure", _("Sent, delivery never confirmed")),
    (UNDER_WAY, "under_way", _("No final status yet")),
    (CANCELED, "closed", _("Canceled")),
    (UNKNOWN, "closed", _("No longer in the message log")),
)
OF_STATUS: Mapping[str, str] = {
    **{status: name for name in (ARRIVED, FAILED, UNCONFIRMED) for status in STATUS_GROUPS[name]},
    **dict.fromkeys(OPEN, UNDER_WAY),
    Status.CANCELLED: CANCELED,
}
OF_OURS: Mapping[str, str] = {SyncState.DRAFT: CANCELED, SyncState.REFUSED: REFUSED}


@dataclass(frozen=True)
class Outcome:
    """How many recipients had one outcome."""

    group: str
    words: Words
    count: int


@dataclass(frozen=True)
class Used:
    """What became of the newest messages made from a saved text."""

    messages: int
    has_more: bool
    outcomes: list[Outcome]


def context(saved: SavedText, user: User) -> dict[str, Any]:
    """Return what the page of a saved text shows."""
    return {
        "record": saved,
        "original": saved,
        "placeholders": [f"{{{name}}}" for name in placeholders.names(saved.text)],
        "size": segments.measure(saved.text),
        "used": used(saved),
        "may": {
            "use": saved.is_in_use and bool(purposes(user)),
            "change": rules.may_keep(user, CHANGE),
        },
    }


def used(saved: SavedText) -> Used:
    """Count what became of the newest messages, for each recipient; an index of its own holds them."""
    sent = ComposedMessage.objects.filter(saved_text=saved).order_by("-created_at")
    rows = list(sent.values_list("remote_id", "sync_state", "recipient_count")[: MOST + 1])
    has_more, rows = len(rows) > MOST, rows[:MOST]
    counts: Counter[str] = Counter()
    there: dict[Any, int] = {}
    for remote_id, state, recipients in rows:
        if id := parsing.uuid(remote_id):
            there[id] = recipients
        else:
            counts[OF_OURS.get(state, UNDER_WAY)] += recipients
    told = Message.objects.filter(remote_id__in=list(there)).order_by().values_list("status")
    known = 0
    for status, number in told.annotate(number=Count("pk")):
        counts[OF_STATUS.get(status, UNDER_WAY)] += number
        known += number
    counts[UNKNOWN] += max(0, sum(there.values()) - known)
    found = [Outcome(group, words, counts[name]) for name, group, words in OUTCOMES if counts[name]]
    return Used(len(rows), has_more, found)
