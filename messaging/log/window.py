"""The 24 hours in which WhatsApp takes any message: they begin with each message from the customer (T5.14).

The desk knows of what reached it. Where it may have missed a message, it says so instead of calling the window closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from messaging.desk.show import exact
from messaging.mirror import clock
from messaging.mirror.models import Incident
from messaging.mirror.wording import Words
from messaging.models.messages import Message

from . import whatsapp
from .choices import FAILED, Direction

LASTS = timedelta(hours=24)
# Of rows that no index tells apart by their type, no more than this many are looked at.
MOST_ROWS = 500
# Failures of the desk (messaging/mirror/checkup.py): while webhooks are late, and when some may have been lost.
LATE, LOST = ("beat", "database", "inbox", "webhooks", "worker"), ("database", "webhooks")
# Whether these count as a message from the customer isn't published, so they don't (T6.21).
NO_MESSAGE = ("reaction", "edit", "revoke", "system")
# What retention emptied, or came without a type, counts.
COUNTS = ~Q(body__has_key="type") | ~Q(body__type__in=NO_MESSAGE)
# Codes under which Telnyx reports that WhatsApp refused a message, and how Meta calls the reason (T6.20).
CODES = ("40008", "41000")
SAID = ("131047", "re-engagement", "24 hour", "24-hour")


@dataclass(frozen=True)
class Window:
    """Until when one of our numbers may write freely to a customer; `until` is None if that isn't known to be so."""

    until: datetime | None = None
    heard_at: datetime | None = None
    # Why the desk may not know of their newest message; "" if nothing speaks for that.
    doubt: Words = ""

    def is_closed(self) -> bool:
        """Return True if it is closed as far as one can know here."""
        return self.until is None and not self.doubt

    def words(self) -> str:
        """Return what can be sent now, and why, for people who want to write."""
        if self.until:
            words = _("You can write freely until %(time)s. After that, WhatsApp takes only a template.")
            return words % {"time": _soon(self.until)}
        if self.heard_at:
            last = _("Their last WhatsApp message to this number came %(at)s.") % {"at": exact(self.heard_at)}
        else:
            last = _("The log has no WhatsApp message from them to this number.")
        if self.doubt:
            words = _(
                "%(last)s This desk may have missed one: %(doubt)s If they wrote within the last 24 hours, "
                "you can write freely; otherwise WhatsApp takes only a template."
            )
            return words % {"last": last, "doubt": self.doubt}
        words = _(
            "Only a template can be sent now. %(last)s WhatsApp takes other messages for 24 hours after it."
        )
        if not self.heard_at:
            words = _(
                "Only a template can be sent now. %(last)s WhatsApp takes other messages only in the 24 hours after "
                "a message from the customer."
            )
        return words % {"last": last}


def look(our_number: str, their_number: str, at: datetime | None = None) -> Window:
    """Return what is known about the window, now or at an earlier time. One query if it is open, four otherwise."""
    at = at or clock.now()
    newest = _newest(our_number, their_number, at)
    if newest:
        return Window(newest + LASTS, newest)
    near = Message.objects.filter(their_address=their_number, our_address=our_number, happened_at__lte=at)
    heard = _heard(near).values_list("happened_at", flat=True).first()
    return Window(None, heard, _doubt(our_number, at))


def is_named(message: Message) -> bool:
    """Return True if an error of a WhatsApp message that failed names the window as its reason."""
    told = str(message.errors).lower() if message.type == whatsapp.TYPE and message.status in FAILED else ""
    return any(words in told for words in SAID)


def may_explain(message: Message) -> bool:
    """Return True for a WhatsApp message that failed in a way, and has a content, that the window may explain."""
    is_free = bool(message.body) and not whatsapp.is_template(message.body)
    return message.type == whatsapp.TYPE and message.status in FAILED and is_free


def _newest(ours: str, theirs: str, at: datetime) -> datetime | None:
    rows = Message.objects.filter(
        their_address=theirs,
        our_address=ours,
        direction=Direction.INBOUND,
        type=whatsapp.TYPE,
        happened_at__gt=at - LASTS,
        happened_at__lte=at,
    ).filter(COUNTS)
    return rows.order_by("-happened_at", "-id").values_list("happened_at", flat=True).first()


def _heard(rows: "QuerySet[Message]") -> "QuerySet[Message]":
    """Return the received WhatsApp messages among the newest of some rows."""
    newest = rows.order_by("-happened_at", "-id").values("pk")[:MOST_ROWS]
    found = Message.objects.filter(pk__in=newest, direction=Direction.INBOUND, type=whatsapp.TYPE)
    return found.filter(COUNTS).order_by("-happened_at", "-id")


def _doubt(ours: str, at: datetime) -> str:
    """Return why the desk may have missed a message to one of our numbers in the 24 hours before `at`, or ""."""
    return next(_doubts(ours, at), "")


def _doubts(ours: str, at: datetime) -> Iterator[str]:
    before = Message.objects.filter(our_address=ours, happened_at__lte=at - LASTS)
    if not _heard(before).exists():
        yield _("Its first WhatsApp message to this number came less than 24 hours ago, or hasn't come yet.")
    failing = Q(kind__in=LATE, ended_at=None) | Q(kind__in=LOST, ended_at__gt=at - LASTS)
    gap = (
        Incident.objects.filter(failing, is_certain=True, started_at__lte=at).order_by("-started_at").first()
    )
    if gap:
        words = _("Reports from Telnyx were late or lost after %(at)s (see Incidents).")
        yield words % {"at": exact(gap.started_at)}


def _soon(at: datetime) -> str:
    """Return a time within the next day as people say it: "14:05 today"."""
    local = timezone.localtime(at)
    is_today = local.date() == timezone.localdate()
    words = _("%(time)s today") if is_today else _("%(time)s tomorrow")
    return words % {"time": f"{date_format(local, 'H:i')} {local.tzname()}"}
