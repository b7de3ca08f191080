"""The secret link to a person's calendar: made, replaced and turned off by that person alone, each on record."""

import secrets
from hashlib import sha256

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.desk import acts
from messaging.mirror import clock
from messaging.models import CalendarLink

from . import kinds

# 48 hexadecimal digits, which config/logs.py keeps out of every log.
SECRET_BYTES = 24


class Changed(Exception):
    """The link changed after the page was shown; the message says so, in words for people."""


def may_have(user: User) -> bool:
    """Return True if this person sees anything that can be in a calendar."""
    return any(user.has_perm(kind.view) for kind in kinds.every())


def of(user: User) -> CalendarLink | None:
    return CalendarLink.objects.filter(user=user).first()


def seen(link: CalendarLink | None) -> str:
    """Return what a form was shown with: which link there was, if any."""
    return link.made_at.isoformat() if link else ""


def opened_by(secret: str) -> CalendarLink | None:
    """Return the link with this secret, if its person still works here and sees anything that can be in it.

    The same query whether there is such a link or not: only its digest is compared, by an index.
    """
    people = {"user__is_active": True, "user__is_staff": True}
    link = CalendarLink.objects.select_related("user").filter(digest=_digest(secret), **people).first()
    return link if link and may_have(link.user) else None


@transaction.atomic
def make(user: User, *, was: str, with_free: bool) -> str:
    """Make a link, or replace the one there is, which keeps what it shows. Return the secret, which is kept nowhere.

    Raise Changed if `was` is not `seen` anymore: the page was sent twice, or another one made a link.
    """
    person, link = _locked(user, was)
    secret = secrets.token_hex(SECRET_BYTES)
    new = {"digest": _digest(secret), "made_at": clock.now()}
    if link:
        CalendarLink.objects.filter(user=user).update(**new)
    else:
        CalendarLink.objects.create(user=user, with_free=with_free, **new)
    acts.record(
        person, person, _("Link to the calendar replaced") if link else _("Link to the calendar made")
    )
    return secret


@transaction.atomic
def choose(user: User, *, was: str, with_free: bool) -> None:
    """Set whether the calendar shows what nobody has taken. Raise Changed as `make` does."""
    _locked(user, was)
    CalendarLink.objects.filter(user=user).update(with_free=with_free)


@transaction.atomic
def turn_off(user: User, *, was: str) -> None:
    """Delete the link. Raise Changed as `make` does."""
    person, _link = _locked(user, was)
    CalendarLink.objects.filter(user=user).delete()
    acts.record(person, person, _("Link to the calendar turned off"))


def _locked(user: User, was: str) -> tuple[User, CalendarLink | None]:
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    link = of(user)
    if seen(link) != was:
        raise Changed(
            _(
                "Your link changed after this page was shown, so nothing was done. "
                "A link is shown only once: if you didn't copy it, replace it."
            )
            if link
            else _("Your link was turned off after this page was shown, so nothing was done.")
        )
    return person, link


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
