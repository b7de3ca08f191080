"""The page "Calendar", where a person makes, replaces and turns off the link, and what calendars read behind it."""

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.desk.pages import say_refusals, user_of

from . import calendar_feed, calendar_link, kinds


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show whether there is a link, what it shows and who can read it."""
    return _page(request, _person(request))


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make or replace the link, and show it: this is the only time."""
    user = _person(request)
    with say_refusals(request, calendar_link.Changed):
        secret = calendar_link.make(user, was=_was(request), with_free="free" in request.POST)
        return _page(request, user, address=_base(request) + reverse("calendar", args=[secret]))
    return _back()


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Set whether the calendar shows what nobody has taken."""
    user = _person(request)
    with say_refusals(request, calendar_link.Changed):
        calendar_link.choose(user, was=_was(request), with_free="free" in request.POST)
        messages.success(
            request,
            _("Saved. Your calendar follows when it next reads the link, usually within a few hours."),
        )
    return _back()


@require_POST
def turn_off(request: HttpRequest) -> HttpResponse:
    """Delete the link."""
    user = _person(request)
    with say_refusals(request, calendar_link.Changed):
        calendar_link.turn_off(user, was=_was(request))
        messages.success(
            request,
            _(
                "The link is off. Nobody can read it anymore; remove the calendar where you added it, "
                "since it may keep the dates it has."
            ),
        )
    return _back()


@login_not_required
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Return the calendar behind a link. Whoever has no valid one learns nothing else."""
    link = calendar_link.opened_by(secret)
    if link is None:
        raise Http404
    return HttpResponse(
        calendar_feed.feed(link, _base(request)),
        content_type="text/calendar; charset=utf-8",
        headers={
            "Cache-Control": "private, no-store",
            "Content-Disposition": 'inline; filename="due-dates.ics"',
            "Referrer-Policy": "no-referrer",
        },
    )


def _person(request: HttpRequest) -> User:
    user = user_of(request)
    if not calendar_link.may_have(user):
        raise PermissionDenied
    return user


def _was(request: HttpRequest) -> str:
    return request.POST.get("seen", "")


def _base(request: HttpRequest) -> str:
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")


def _page(request: HttpRequest, user: User, address: str = "") -> HttpResponse:
    link = calendar_link.of(user)
    seen = [kind for kind in kinds.every() if user.has_perm(kind.view)]
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "title": _("Calendar"),
        "link": link,
        "seen": calendar_link.seen(link),
        "address": address,
        "kinds": [kind.plural for kind in seen],
        "may_have_work": any(kind.may_have(user) for kind in seen),
        "may_approve": any(kind.approve and user.has_perm(kind.approve) for kind in seen),
        "most": calendar_feed.MOST,
    }
    return TemplateResponse(request, "desk/team/calendar.html", context)


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:desk_calendar"))
