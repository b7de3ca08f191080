"""What an administrator does about a colleague's sign-ins: end them all, and let somebody try again."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from config import login, security, sessions
from messaging.desk import acts
from messaging.desk.pages import user_of
from messaging.mirror import clock

CHANGE = "auth.change_user"


def patterns() -> list[URLPattern]:
    """Return the addresses, for the admin site."""
    return [
        path("desk/sign-in/of/<int:id>/end/", end_all, name="desk_end_all_of"),
        path("desk/sign-in/of/<int:id>/unlock/", unlock, name="desk_unlock"),
    ]


def context(user: User) -> dict[str, Any]:
    """Return what the page of a person says about their sign-ins."""
    return {
        "whose": user,
        "open_sign_ins": sum(1 for _each in sessions.living(user)),
        "locked_until": login.locked_until(user.get_username(), clock.now()),
    }


def _of(view: Callable[[HttpRequest, User], None]) -> Callable[..., HttpResponse]:
    """Open a POST to administrators, about a person; their page comes next."""

    @security.of_the_desk
    @require_POST
    def wrapped(request: HttpRequest, id: int) -> HttpResponse:
        by = user_of(request)
        if not (by.is_superuser and by.has_perm(CHANGE)):
            raise PermissionDenied(CHANGE)
        whose = get_object_or_404(User, pk=id)
        view(request, whose)
        return security.page_of_person(whose)

    return wrapped


@_of
def end_all(request: HttpRequest, whose: User) -> None:
    """End all sign-ins of a person, except the one that asks for it."""
    with transaction.atomic():
        ended = sessions.end_all(whose.pk, but=request.session.session_key)
        acts.record(user_of(request), whose, gettext_lazy("Signed out everywhere"))
    words = ngettext("%(n)s sign-in has ended.", "%(n)s sign-ins have ended.", ended)
    messages.success(request, words % {"n": ended})


@_of
def unlock(request: HttpRequest, whose: User) -> None:
    """Forget the wrong passwords and codes of a person, so that they can try again at once."""
    login.unlock(whose.get_username())
    acts.record(user_of(request), whose, gettext_lazy("Allowed to try to sign in again"))
    messages.success(request, _("They can try again now."))
