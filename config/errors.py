"""What a visitor gets when something of ours fails: one sentence, a way back, and never a traceback."""

import logging
import sys

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template import loader

from messaging.desk.typed import page_of, path_of
from messaging.mirror import permissions
from messaging.team.approvals import OwnWork

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 413 with what to do if the request was larger than we ever read, otherwise 400."""
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        page = "" if user_is_known(request) else path_of(request, request.headers.get("Referer", ""))
        return HttpResponse(loader.get_template("413.html").render({"page": page}), status=413)
    return HttpResponse(loader.get_template("400.html").render(), status=400)


def user_is_known(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated


# The permission an admin URL needs, by the last word of its name; everything else needs "view".
NEEDS = {"add": "add", "delete": "delete"}


@login_not_required
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403, naming the missing permission if it's known and who can grant it."""
    names = permissions.lacking(request.user, *_needed(request, exception))
    why = str(exception) if isinstance(exception, OwnWork) else ""
    html = loader.get_template("403.html").render({"permission": names[0] if names else "", "why": why})
    return HttpResponse(html, status=403)


def _needed(request: HttpRequest, exception: Exception) -> list[str]:
    """Return the permission the view asked for, then the one the URL itself needs."""
    match = request.resolver_match
    app, _under, rest = (match.url_name or "" if match else "").partition("_")
    model, _under, act = rest.partition("_")
    return [str(exception), f"{app}.{NEEDS.get(act, 'view')}_{model}"]


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 with the way back to the form: its text is kept in the browser's tab (static/desk/typed.js)."""
    html = loader.get_template("403_csrf.html").render({"page": page_of(request)})
    return HttpResponse(html, status=403)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 if the database is away, otherwise 500. Django calls this while it handles the exception."""
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return HttpResponse(loader.get_template("500.html").render(), status=500)
    connection.close()
    headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
    if request.path.startswith("/webhooks/"):
        return HttpResponse(status=503, headers=headers)
    return HttpResponse(loader.get_template("503.html").render(), status=503, headers=headers)
