"""Undo: what a person just submitted waits a moment, and until it is sent it can be taken back."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.models import OutboxEntry
from messaging.mirror.wording import Words

from .show import to_the_second

QUEUED: Words = gettext_lazy("Queued for Telnyx.")


@dataclass(frozen=True)
class Undo:
    """What templates/desk/undo.html shows: when it is sent, if that is known, and where to post, if this person may."""

    sends_at: datetime | None
    url: str


def queued(entry: OutboxEntry, otherwise: Words = QUEUED) -> str:
    """Return what is said to a person who has just submitted this, `otherwise` if it can't be taken back."""
    if not entry.waits_for_undo():
        return str(otherwise)
    words = _("It will be sent at %(time)s. Until then, “Undo” takes it back.")
    return words % {"time": to_the_second(entry.not_before)}


def offered(entry: OutboxEntry | None, user: User) -> Undo | None:
    """Return what a page says about taking back the newest promise of a record, or None if it can't be taken back."""
    if entry is None or not entry.can_be_taken_back():
        return None
    may = user.has_perm(entry.get_operation().permission_for(entry.resource))
    return Undo(
        entry.not_before if entry.waits_for_undo() else None,
        reverse("admin:mirror_outboxentry_undo", args=[entry.pk]) if may else "",
    )
