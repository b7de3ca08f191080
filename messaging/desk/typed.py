"""What people type survives the end of their sign-in: the browser's half is static/desk/typed.js.

The script keeps typed text in its tab and names it in each form it sends: `IDS` says what the form carries, `PAGE` the
page that holds the form, which is often another one than the address the form is sent to.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, UnreadablePostError
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

IDS = "desk_typed"
PAGE = "desk_page"
# A cookie with this prefix and an id tells the script that the text is saved and can be erased in the tab, or that it
# was refused.
SAVED = "desk_saved_"
SAVED_SECONDS = 600
ID = re.compile(r"[0-9a-f]{16}")
MOST_IDS = 20
SAFE = ("GET", "HEAD", "OPTIONS")


def page_of(request: HttpRequest) -> str:
    """Return the path of the page that holds the form which was sent, or of the home page if it isn't known."""
    home = reverse("admin:index")
    named = ""
    with suppress(UnreadablePostError):
        named = request.POST.get(PAGE, "")
    return path_of(request, named) or path_of(request, request.headers.get("Referer", "")) or home


def path_of(request: HttpRequest, url: str) -> str:
    """Return the path and query of an address of our own pages, otherwise ""."""
    if not url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(url)
    is_ours = parts.path.startswith(reverse("admin:index")) and parts.path != reverse("admin:login")
    return parts._replace(scheme="", netloc="", fragment="").geturl() if is_ours else ""


class BackToTheForm(LoginRequiredMiddleware):
    """Ask for a login. Whoever sent a form without one comes back to the page that holds the form."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable) -> HttpResponseRedirect:
        """Return the way to the sign-in page, and from there to the page that was asked for or holds the form."""
        if request.method in SAFE:
            return super().handle_no_permission(request, view_func)
        return redirect_to_login(page_of(request), self.get_login_url(view_func))


def say_what_is_saved(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable:
    """Tell the script which of the texts it keeps are saved, since only then it erases them, and which are refused."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method == "POST" and request.user.is_authenticated and response.status_code < 400:
            is_done = _is_done(request, response)
            for key in ID.findall(request.POST.get(IDS, ""))[:MOST_IDS]:
                response.set_cookie(
                    SAVED + key,
                    "1" if is_done else "0",
                    max_age=SAVED_SECONDS,
                    secure=request.is_secure(),
                    samesite="Lax",
                )
        return response

    return middleware


def _is_done(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return True if the form did what it says.

    A refusal shows the form again, or says an error or a warning on another page. A warning beside a success is about
    what was saved.
    """
    said = {message.level for message in messages.get_messages(request)._queued_messages}  # type: ignore[union-attr]
    is_refused = messages.ERROR in said or (messages.WARNING in said and messages.SUCCESS not in said)
    is_file = response.headers.get("Content-Disposition", "").startswith("attachment")
    return (response.status_code in (302, 303, 204) or is_file) and not is_refused
