"""Sign-ins that end by PostgreSQL's clock: the web processes' clocks may differ.

One ends when nobody has used the desk for SESSION_IDLE_MINUTES, and SESSION_COOKIE_AGE after it began at the latest.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare

from messaging.mirror import clock

# In a session: when it ends whatever happens, in seconds since 1970, and the browser it began in.
UNTIL, BROWSER = "desk_until", "desk_browser"
# How much of the idle time may pass unrecorded, so that not every page writes.
SLACK = timedelta(seconds=60)
LONGEST_BROWSER = 300


class SessionStore(db.SessionStore):
    """Django's own database sessions, but with PostgreSQL's time and an end for whoever walked away."""

    ends_in: timedelta | None = None

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        ends = kwargs.get("modification", clock.now()) + idle()
        if UNTIL in self:
            ends = min(ends, datetime.fromtimestamp(self[UNTIL], UTC))
        return ends

    def _get_session_from_db(self) -> Session | None:
        found = (
            Session.objects.annotate(now=Now())
            .filter(session_key=self.session_key, expire_date__gt=Now())
            .first()
        )
        if found is None:
            self._session_key = None
        else:
            self.ends_in = found.expire_date - found.now
        return found

    def save(self, must_create: bool = False) -> None:
        """Save it. A database that goes away meanwhile is no session that was ended, as Django calls it (5.2)."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError):
                raise error.__context__ from None
            raise

    def is_stale(self) -> bool:
        """Return True if the end it was loaded with is to be moved."""
        return self.ends_in is not None and self.ends_in < idle() - SLACK


def idle() -> timedelta:
    return timedelta(minutes=settings.SESSION_IDLE_MINUTES)


def start(request: HttpRequest) -> None:
    """Note when a sign-in that begins now ends whatever happens, and the browser it's in."""
    request.session[UNTIL] = clock.now().timestamp() + settings.SESSION_COOKIE_AGE
    request.session[BROWSER] = request.headers.get("User-Agent", "")[:LONGEST_BROWSER]


def last_while_used(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable:
    """Let a sign-in last while somebody uses the desk, and end it if their login doesn't count anymore.

    An open page that asks for news by itself isn't use.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        session: Any = request.session
        if not session.accessed or SESSION_KEY not in session:
            return response
        # Their login was turned off. This stays ended when it's turned on again.
        if not request.user.is_authenticated:
            session.flush()
        elif _is_use(request) and session.is_stale():
            session.modified = True
        return response

    return middleware


def _is_use(request: HttpRequest) -> bool:
    if "X-Desk-Active" in request.headers:  # somebody types or clicks in an open page (static/desk/desk.js)
        return True
    is_page = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return is_page and "X-Desk-Refresh" not in request.headers


def of_user(pk: Any) -> Iterator[tuple[Session, dict[str, Any]]]:
    """Yield a person's sign-ins that last, the newest end first, with what is in them."""
    for session in Session.objects.filter(expire_date__gt=Now()).order_by("-expire_date").iterator():
        held = session.get_decoded()
        if held.get(SESSION_KEY) == str(pk):
            yield session, held


def living(user: User) -> Iterator[tuple[Session, dict[str, Any]]]:
    """Yield a person's sign-ins that still count: a new password ends those from before it."""
    right = user.get_session_auth_hash()
    for session, held in of_user(user.pk):
        if constant_time_compare(held.get(HASH_SESSION_KEY, ""), right):
            yield session, held


def last_used(session: Session, held: dict[str, Any]) -> datetime | None:
    """Return when a sign-in was last used, to the minute; None near its end, which says nothing about its use."""
    is_last_part = session.expire_date.timestamp() >= held.get(UNTIL, 0) - 1
    return None if is_last_part else session.expire_date - idle()


def end_all(pk: Any, *, but: str | None = None) -> int:
    """End a person's sign-ins, except one if its key is given; return how many ended."""
    keys = [session.pk for session, _held in of_user(pk) if session.pk != but]
    return Session.objects.filter(pk__in=keys).delete()[0]
