"""Signing in with the company's own account: who somebody is here, and what they may do.

A person is known by issuer and subject. The first time they get the login with their verified email address, if exactly
one has it and it's nobody else's, or a new one. What they may do follows from their groups there, at each sign-in.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import count
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.desk import acts
from messaging.management.commands.demo_users import LOGINS
from messaging.mirror import locks
from messaging.mirror.records.wire import UNSTORABLE

from . import openid, sessions
from .login import has_password_here
from .openid import NotSignedIn

LONGEST_SUBJECT = 191
LONGEST_NAME = 100
LONGEST_EMAIL = 254


# Who somebody is.


def comes_by_company(user: Any) -> bool:
    """Return True if this person signs in with the company's account."""
    return bool(openid.issuer()) and not _is_local(user) and _accounts().filter(user=user.pk).exists()


def is_asked_for_codes(user: Any) -> bool:
    """Return True if the desk's own second factor counts for this person; otherwise their company sees to one."""
    return settings.OIDC_SECOND_FACTOR or not comes_by_company(user)


def admit(claims: dict[str, Any]) -> User:
    """Return the user that these claims are about, with the groups they have now, or raise NotSignedIn."""
    with transaction.atomic():
        locks.one_after_another(locks.SIGN_INS)
        user, why = _judge(claims)
    if user is None:
        raise NotSignedIn(why)
    return user


def _judge(claims: dict[str, Any]) -> tuple[User | None, str]:
    """Return whom to let in; or None, and why. What was taken away from somebody is to be kept."""
    name = {"name": settings.OIDC_NAME}
    subject = claims["sub"]
    if len(subject) > LONGEST_SUBJECT or UNSTORABLE.search(subject):
        return None, _("This desk can't use the account that %(name)s named.") % name
    known = _accounts().select_related("user").filter(uid=subject).first()
    user = known.user if known else None
    if user and _is_local(user):
        return None, _not_by_company()
    groups = groups_of(claims)
    if not groups:
        if user:
            _take_away(user)
        said = _(
            "%(name)s knows you, but none of your groups there may use this desk. Ask an administrator to "
            "add you to one that may."
        )
        return None, said % name
    email = email_of(claims)
    if not email:
        said = _(
            "%(name)s doesn't say that your email address is verified, so nobody was signed in. Ask an administrator."
        )
        return None, said % name
    if user is None:
        user, why = _first_time(claims, email)
        if user is None:
            return None, why
        SocialAccount.objects.create(user=user, provider=openid.issuer(), uid=subject)
    if not user.is_active:
        return None, _("Your login at this desk is turned off. Ask an administrator to turn it on.")
    _give(user, groups, email)
    return user, ""


def _first_time(claims: dict[str, Any], email: str) -> tuple[User | None, str]:
    """Return the login of somebody who comes for the first time: the one with their address, or a new one."""
    found = [one for one in User.objects.filter(email__iexact=email) if one.email.isascii()]
    if not found:
        user = User.objects.create_user(
            free_name(_text(claims, "preferred_username"), email),
            email,
            first_name=_text(claims, "given_name"),
            last_name=_text(claims, "family_name"),
        )
        acts.record(user, user, _("Signed in with the company's account for the first time"))
        return user, ""
    if len(found) > 1:
        said = _(
            "More than one login at this desk has your email address, so it's unclear which is yours. Ask an "
            "administrator to give each its own."
        )
        return None, said
    user = found[0]
    if _is_local(user):
        return None, _not_by_company()
    if not user.is_active:
        return None, _("Your login at this desk is turned off. Ask an administrator to turn it on.")
    if _accounts().filter(user=user).exists():
        said = _(
            "The login with your email address belongs to a different account at %(name)s. If that one was "
            "yours too, ask an administrator to separate them."
        )
        return None, said % {"name": settings.OIDC_NAME}
    # From now on the company decides who gets in, also if this is turned off again.
    user.set_unusable_password()
    user.save(update_fields=["password"])
    acts.record(user, user, _("Linked with the company's account; the password no longer works"))
    return user, ""


def separate(user: User, by: User, reason: str) -> bool:
    """Undo the link with the company's account, on record, and end all sign-ins; return True if there was one."""
    with transaction.atomic():
        if not _accounts().filter(user=user).delete()[0]:
            return False
        acts.record(by, user, _("Separated from the company's account"), reason=reason)
    sessions.end_all(user.pk)
    return True


def _accounts() -> Any:
    return SocialAccount.objects.filter(provider=openid.issuer())


def _is_local(user: User) -> bool:
    """Return True for logins that the company's provider must not open."""
    return user.is_superuser or has_password_here(user.get_username())


def _not_by_company() -> str:
    return _(
        "This login belongs to an administrator who may do everything, or to the desk itself. It can't be "
        "opened with %(name)s, only with its own password."
    ) % {"name": settings.OIDC_NAME}


def free_name(named: str, email: str) -> str:
    """Return a user name that nobody has, that colleagues can mention, and that isn't one of the desk's own."""
    wanted = unicodedata.normalize("NFKC", named.partition("@")[0] or email.partition("@")[0])
    base = re.sub(r"[^\w.+-]", "", wanted)[:LONGEST_NAME].strip(".-+_") or "person"
    kept = {name.casefold() for name in (*settings.LOCAL_ACCOUNTS, *LOGINS)}
    names = (f"{base}{number}" if number > 1 else base for number in count(1))
    return next(
        name
        for name in names
        if name.casefold() not in kept and not User.objects.filter(username__iexact=name).exists()
    )


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return UNSTORABLE.sub("", value).strip()[:LONGEST_NAME] if isinstance(value, str) else ""


def email_of(claims: dict[str, Any]) -> str:
    """Return the address that the provider has verified, or "". Letters that only look like others make it another."""
    is_verified = next((claims[name] for name in openid.VERIFIED if claims.get(name) is not None), None)
    email = claims.get("email")
    if is_verified not in (True, 1, "true", "True", "1") or not isinstance(email, str) or not email.isascii():
        return ""
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email if len(email) <= LONGEST_EMAIL else ""


# What somebody may do.


def groups_of(claims: dict[str, Any]) -> list[Group]:
    """Return the desk's groups that somebody has by their groups at the provider."""
    claimed = claims.get(settings.OIDC_GROUPS_CLAIM)
    values = {claimed} if isinstance(claimed, str) else set(_texts(claimed))
    pairs = (pair.rpartition("=") for pair in settings.OIDC_GROUPS)
    names = {group.strip() for value, _equals, group in pairs if value.strip() in values}
    return list(Group.objects.filter(name__in=names).order_by("name"))


def _texts(claimed: Any) -> Iterable[str]:
    return (value for value in claimed if isinstance(value, str)) if isinstance(claimed, list) else ()


def _give(user: User, groups: list[Group], email: str) -> None:
    if not User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists():
        user.email = email
    _set(user, groups, is_staff=True)


def _take_away(user: User) -> None:
    """Take everything from somebody who may no longer use the desk, and end their sign-ins."""
    _set(user, [], is_staff=False)
    sessions.end_all(user.pk)


def _set(user: User, groups: list[Group], *, is_staff: bool) -> None:
    before = sorted(user.groups.values_list("name", flat=True)) if user.is_staff else []
    after = [group.name for group in groups]
    user.is_staff = is_staff
    user.save(update_fields=["is_staff", "email"])
    user.groups.set(groups)
    user.user_permissions.clear()
    if before != after:
        change = [(_("Groups"), ", ".join(before), ", ".join(after))]
        acts.record(user, user, _("Groups changed by the company's sign-in"), reason=acts.changes(change))
