"""How a person wants to be told: what they chose on the page "Notice settings", else what the kinds say."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from messaging.models import NoticeSettings

from . import chat, hours, mail
from .kinds import Email, Kind


@dataclass(frozen=True)
class Choice:
    """How one person is told of one kind of event."""

    desk: bool
    email: Email
    rooms: Collection[str] = ()

    def is_any(self) -> bool:
        """Return True if they are told at all."""
        return self.desk or self.email != Email.OFF or bool(self.rooms)


OFF = Choice(False, Email.OFF)


def choice(wishes: NoticeSettings, kind: Kind, *, by_default: bool = True) -> Choice:
    """Return what a person chose for a kind; `by_default` says whether those who chose nothing are told."""
    chosen = wishes.choices.get(kind.id)
    if chosen is None:
        return Choice(True, kind.email) if by_default else OFF
    known = chosen.get("email")
    email = Email(known) if known in list(Email) else kind.email
    rooms = [room for room in chosen.get("rooms", ()) if room in chat.rooms()]
    return Choice(bool(chosen.get("desk")), email, rooms)


def of(user: User) -> NoticeSettings:
    """Return a person's settings, unsaved if they have none."""
    return NoticeSettings.objects.filter(user=user).first() or NoticeSettings(user=user)


def of_each(users: Collection[User]) -> dict[int, NoticeSettings]:
    """Return the settings of several people. One query."""
    found = NoticeSettings.objects.in_bulk([user.pk for user in users])
    return {user.pk: found.get(user.pk) or NoticeSettings(user=user) for user in users}


def quiet(wishes: NoticeSettings) -> tuple[int, int] | None:
    """Return the person's quiet hours, or None."""
    if wishes.quiet_from is None or wishes.quiet_until is None:
        return None
    return wishes.quiet_from, wishes.quiet_until


def email_at(wishes: NoticeSettings, how: Email, now: datetime) -> datetime | None:
    """Return when an email about something that happens `now` goes out, or None for never."""
    if how == Email.OFF or not mail.is_set_up() or not wishes.user.email:
        return None
    zone = hours.zone_of(wishes.zone)
    at = hours.next_at(wishes.digest_at, now, zone) if how == Email.DIGEST else now
    return hours.after_quiet(at, quiet(wishes), zone)
