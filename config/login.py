"""Who may log in, and how often somebody may try.

Guesses are counted by account and by address before the password is looked at. Whoever guesses uses up the tries of
strangers only: a browser that has signed in to the account has tries of its own, and so has an address it signed in
from, so nobody locks a colleague out. No answer says whether a user exists.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.contrib.postgres.expressions import ArraySubquery
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy, ngettext
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm

from messaging.management.commands import demo_users
from messaging.mirror import tallies, throttle
from messaging.mirror.throttle import Limit, TooOften


class Tries(NamedTuple):
    """How many tries there are of one kind."""

    # A browser, or an address, that has signed in to this account.
    known: Limit
    # Everyone else: from one address to one account, to one account from everywhere, from one address to all accounts.
    pair: Limit
    account: Limit
    address: Limit


PASSWORD = Tries(
    Limit("password-known", 8),
    Limit("password-pair", 8),
    Limit("password", 12),
    Limit("password-address", 60),
)
CODE = Tries(Limit("code-known", 5), Limit("code-pair", 5), Limit("code", 10), Limit("code-address", 60))
# A form in an open session that asks for the old password.
OLD_PASSWORD = Limit("old-password", 8)

# Where the counts of an account's wrong tries are gathered.
TRIES_OF = "tries-of"

BROWSER_COOKIE = "desk_browser" if settings.PRIVATE else "__Host-desk_browser"
BROWSER_SALT = "desk.browser"
BROWSER_SECONDS = 180 * 86400
ADDRESS_SECONDS = 30 * 86400
# How many accounts a browser stays known for.
MOST_ACCOUNTS = 5


class Backend(ModelBackend):
    """Django's own backend, except that nobody gets into a public desk with the demo's password.

    Such a desk refuses to start if that password is in use. This also covers the case that the database couldn't be
    asked at the start.
    """

    def authenticate(
        self, request: HttpRequest | None, username: Any = None, password: Any = None, **kwargs: Any
    ) -> Any:
        if password == demo_users.PASSWORD and not settings.PRIVATE:
            return None
        # The password is looked at in any case: how long it takes says nothing about the name.
        user: Any = super().authenticate(request, username=username, password=password, **kwargs)
        return user if user is not None and has_password_here(user.get_username()) else None

    def get_user(self, user_id: Any) -> Any:
        """Return a person with the names of their groups, which every page asks for."""
        names = ArraySubquery(Group.objects.filter(user=OuterRef("pk")).values("name"))
        user = User.objects.annotate(group_names=names).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def _get_user_permissions(self, user: Any) -> Any:
        """Return all permissions of a person, their own and those of their groups: every page asks for both."""
        return Permission.objects.filter(Q(user=user) | Q(group__user=user)).distinct()

    def _get_group_permissions(self, user: Any) -> Any:
        return Permission.objects.none()


def has_password_here(name: str) -> bool:
    """Return True if a password counts for this login: where the company signs people in, for the desk's own alone."""
    return not settings.OIDC_ISSUER or name in settings.LOCAL_ACCOUNTS


class SignInForm(AuthenticationForm):
    """The form of the log-in page, which looks at a password only while there are tries left."""

    # One sentence for both: nobody learns from it that a password was right, or that there is such an account.
    error_messages = dict.fromkeys(
        ("invalid_login", "inactive"),
        gettext_lazy(
            "This user name and password don't match, or this account can't sign in here. Try again, or ask "
            "an administrator."
        ),
    )
    is_too_often = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = gettext_lazy("User name")

    def clean(self) -> Any:
        name = self.cleaned_data.get("username")
        if not name or not self.cleaned_data.get("password"):
            return super().clean()
        try:
            with attempt(self.request, name):
                return super().clean()
        except TooOften as too_often:
            self.is_too_often = True
            raise ValidationError(wait_words(too_often.minutes)) from None


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """The form in which somebody changes their password: an open session is no way to guess the old one."""

    def clean_old_password(self) -> str:
        try:
            throttle.spend(OLD_PASSWORD, self.user.pk)
        except TooOften as too_often:
            raise ValidationError(wait_words(too_often.minutes)) from None
        checked: str = super().clean_old_password()
        throttle.refund(OLD_PASSWORD, self.user.pk)
        return checked


def wait_words(minutes: int) -> str:
    """Return what somebody reads who tried too often."""
    return ngettext(
        "There were too many attempts with this name or from this network, so what you typed was not "
        "checked. Wait %(minutes)s minute and try again, or use a browser you have signed in with before.",
        "There were too many attempts with this name or from this network, so what you typed was not "
        "checked. Wait %(minutes)s minutes and try again, or use a browser you have signed in with before.",
        minutes,
    ) % {"minutes": minutes}


@contextmanager
def attempt(request: HttpRequest, name: str, tries: Tries = PASSWORD) -> Iterator[None]:
    """Count an attempt before it is made, and take it back unless it ends in a ValidationError.

    Raise TooOften if it may not be made.
    """
    counts = counted(request, account_of(name), tries)
    spent: list[tuple[Limit, object]] = []
    try:
        for limit, who in counts:
            throttle.spend(limit, who)
            spent.append((limit, who))
        yield
    except ValidationError:
        throttle.gather(TRIES_OF, account_of(name), [each for each in counts if each[0] != tries.address])
        tallies.add(tallies.FAILED_LOGINS, tries.account.name)
        raise
    except TooOften:
        tallies.add(tallies.FAILED_LOGINS, "too_often")
        _refund(spent)
        raise
    except BaseException:
        _refund(spent)
        raise
    _refund(spent)


def counted(request: HttpRequest, account: str, tries: Tries) -> list[tuple[Limit, object]]:
    """Return what an attempt counts against, the narrowest first: what that refuses uses up nothing wider."""
    browser, accounts = browser_of(request)
    address = address_of(request)
    if account in accounts:
        return [(tries.known, (browser, account))]
    if address and throttle.remembers("address", (account, address)):
        return [(tries.known, (address, account))]
    everyone: list[tuple[Limit, object]] = [(tries.account, account)]
    return [(tries.pair, (address, account)), (tries.address, address), *everyone] if address else everyone


def locked_until(name: str, at: datetime) -> datetime | None:
    """Return until when somebody's wrong passwords and codes keep them from trying again; None if they don't."""
    seconds = throttle.seconds_left(TRIES_OF, account_of(name))
    return at + timedelta(seconds=seconds) if seconds else None


def unlock(name: str) -> None:
    """Forget somebody's wrong passwords and codes."""
    throttle.forget(TRIES_OF, account_of(name))


def _refund(spent: list[tuple[Limit, object]]) -> None:
    for limit, who in spent:
        throttle.refund(limit, who)


def know(request: HttpRequest, response: HttpResponse, name: str) -> None:
    """Remember the browser and the address of somebody who has just signed in."""
    account, (browser, accounts) = account_of(name), browser_of(request)
    kept = [account, *(other for other in accounts if other != account)][:MOST_ACCOUNTS]
    response.set_cookie(
        BROWSER_COOKIE,
        signing.dumps([browser or secrets.token_urlsafe(12), kept], salt=BROWSER_SALT),
        max_age=BROWSER_SECONDS,
        secure=not settings.PRIVATE,
        httponly=True,
        samesite="Lax",
    )
    if address := address_of(request):
        throttle.remember("address", (account, address), ADDRESS_SECONDS)


def browser_of(request: HttpRequest) -> tuple[str, list[str]]:
    """Return the ID of the browser and the accounts it has signed in to; nothing if it isn't known."""
    try:
        browser, accounts = signing.loads(
            request.COOKIES.get(BROWSER_COOKIE, ""), salt=BROWSER_SALT, max_age=BROWSER_SECONDS
        )
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return browser, accounts


def account_of(name: str) -> str:
    """Return what stands for an account where its name must not be read. Upper and lower case are one account."""
    return salted_hmac("desk.account", name.strip().casefold(), algorithm="sha256").hexdigest()[:32]


def address_of(request: HttpRequest) -> str:
    """Return the visitor's address, or for IPv6 their network; "" if only the proxy's is known.

    X-Forwarded-For counts behind trusted proxies alone, and there only the entry that the outermost of them added:
    a client can write any others before it.
    """
    named = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXY:
        entries = request.headers.get("X-Forwarded-For", "").split(",")
        count = int(settings.TRUSTED_PROXY_COUNT)
        named = entries[-count] if 0 < count <= len(entries) else ""
    return network_of(named.strip())


def network_of(text: str) -> str:
    """Return an IPv4 address, or the /64 of an IPv6 one, which is what one customer has; "" for anything else."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Network((address, 64), strict=False))
    return str(address)
