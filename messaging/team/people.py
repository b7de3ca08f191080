"""Colleagues: how they are named, and how one is found by what somebody typed."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

# How many names a page offers while somebody types, and how many it lists as meant.
MOST_OFFERED, MOST_MEANT = 100, 10


def name(user: User | None) -> str:
    """Return a person's name as lists show it; "" for nobody."""
    return user.get_full_name() or user.get_username() if user else ""


def with_words(user: User | None) -> str:
    """Return who has a record, as a sentence of a list says it."""
    return _("with %(who)s") % {"who": name_and_state(user)} if user else _("nobody has it")


def name_and_state(user: User | None) -> str:
    """Return a person's name, with the remark that they no longer work here, or can't sign in."""
    if user is None or (user.is_active and user.is_staff):
        return name(user)
    if user.is_active:
        return _("%(name)s (can't sign in)") % {"name": name(user)}
    return _("%(name)s (login disabled)") % {"name": name(user)}


def who_may(*permissions: str) -> "QuerySet[User]":
    """Return the people who work here now and have one of the permissions."""
    found = User.objects.none()
    for permission in permissions:
        found |= User.objects.with_perm(permission)
    return found.filter(is_staff=True).order_by("username")


def meant(typed: str, among: "QuerySet[User]") -> Sequence[User]:
    """Return the people whom somebody can mean: the one with that user name or full name, or all whose names hold it.

    At most MOST_MEANT + 1.
    """
    text = " ".join(typed.split())
    if not text:
        return []
    named = among.annotate(full_name=Concat("first_name", Value(" "), "last_name"))
    exact = list(named.filter(Q(username__iexact=text) | Q(full_name__iexact=text))[: MOST_MEANT + 1])
    same = [user for user in exact if user.username == text] or exact
    if same:
        return same
    return list(named.filter(Q(username__icontains=text) | Q(full_name__icontains=text))[: MOST_MEANT + 1])
