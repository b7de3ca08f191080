"""The bell, one's own notices, and the page "Notice settings" on which people choose what they are told."""

import re
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import available_timezones

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from messaging.desk import acts, show
from messaging.desk.pages import user_of
from messaging.mirror import clock, throttle
from messaging.models import Notice, NoticeSending, NoticeSettings
from messaging.models.notices import EMAIL

from . import chat, kinds, mail, own, tell, wishes, words
from .kinds import EMAIL_WORDS, Email
from .wishes import Choice

PAGE = 30
TESTS = throttle.Limit("notice_test", 5)
State = NoticeSending.State


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show a person's own notices, newest first, as far as they may still see what these are about."""
    user = user_of(request)
    number = request.GET.get("page", "")
    at = int(number) if re.fullmatch("[1-9][0-9]{0,2}", number) else 1
    rows = list(own.of(user)[(at - 1) * PAGE : at * PAGE + 1])
    seen = [row for row in rows[:PAGE] if words.may_see(row, user)]
    names = words.names(seen, user)
    shown = [
        {
            "notice": row,
            "says": words.sentence(row, names.get(row.resource_id, "")),
            "repeats": kinds.BY_ID[row.kind].repeats and not row.over_at,
            "end": words.of_the_end(row),
        }
        for row in seen
    ]
    return _page(
        request,
        "notices",
        _("Notices"),
        shown=shown,
        is_any_unread=own.unread(user) > 0,
        before=at - 1,
        after=at + 1 if len(rows) > PAGE else 0,
    )


@require_POST
def open_one(request: HttpRequest, id: UUID) -> HttpResponse:
    """Mark a notice as read, and lead to what it is about."""
    notice = get_object_or_404(own.of(request.user), pk=id)
    own.of(request.user).filter(pk=notice.pk, read_at=None).update(read_at=clock.now())
    return HttpResponseRedirect(words.path(notice))


@require_POST
def acknowledge(request: HttpRequest, id: UUID) -> HttpResponse:
    """Stop the repeating of a notice."""
    notice = get_object_or_404(Notice, pk=id, user=request.user)
    now = clock.now()
    Notice.objects.filter(pk=notice.pk).update(acknowledged_at=now, read_at=notice.read_at or now)
    messages.success(request, _("Acknowledged. You won't be reminded of this one again."))
    return HttpResponseRedirect(reverse("admin:desk_notices"))


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all of one's notices as read."""
    own.of(request.user).filter(read_at=None).update(read_at=clock.now())
    return HttpResponseRedirect(reverse("admin:desk_notices"))


@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show what a person is told and how; on POST, keep what they chose."""
    user = user_of(request)
    wish = wishes.of(user)
    wrong = ""
    if request.method == "POST":
        wrong = _take(request, user, wish)
        if not wrong:
            messages.success(request, _("Saved. It applies to everything from now on."))
            return HttpResponseRedirect(reverse("admin:desk_notice_settings"))
    rooms = list(chat.rooms())
    return _page(
        request,
        "settings",
        _("Notice settings"),
        wish=wish,
        zone=wish.zone or str(timezone.get_current_timezone()),
        wrong=wrong,
        hours=[(hour, f"{hour:02}:00") for hour in range(24)],
        rows=[_row(user, wish, kind, rooms) for kind in kinds.CHOSEN if kind.is_for(user)],
        emails=EMAIL_WORDS.items(),
        rooms=rooms,
        has_mail=mail.is_set_up(),
        tested=_tested(user),
    )


@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """Make a test notice on every channel; the page says what became of it."""
    user = user_of(request)
    back = HttpResponseRedirect(reverse("admin:desk_notice_settings") + "#test")
    try:
        throttle.spend(TESTS, user.pk)
    except throttle.TooOften as error:
        messages.error(
            request,
            _("Nothing was sent: you sent several tests just now. Try again in %(n)s min.")
            % {"n": error.minutes},
        )
        return back
    with transaction.atomic():
        notice = Notice.objects.create(user=user, kind=kinds.TEST.id, event=f"test:{uuid4()}")
        wish = NoticeSettings(user=user)  # at once, whatever the hour
        tell.send_out([(notice, wish, Choice(True, Email.NOW, list(chat.rooms())))], clock.now())
    return back


def _take(request: HttpRequest, user: User, wish: NoticeSettings) -> str:
    """Keep what was posted; return what is wrong with it, or ""."""
    posted = request.POST
    quiet = [_hour(posted.get(name, "")) for name in ("quiet_from", "quiet_until")]
    wish.zone = posted.get("zone", "").strip()
    wish.quiet_from, wish.quiet_until = quiet
    digest = _hour(posted.get("digest_at", ""))
    wish.digest_at = wish.digest_at if digest is None else digest
    wish.choices = {
        **wish.choices,
        **{kind.id: _chosen(request, kind) for kind in kinds.CHOSEN if kind.is_for(user)},
    }
    if wish.zone not in available_timezones():
        return _(
            "Nothing was saved: there is no time zone with that name. Choose one from the list, such as "
            "America/Chicago."
        )
    if (quiet[0] is None) != (quiet[1] is None):
        return _("Nothing was saved: quiet hours need a start and an end, or neither.")
    with transaction.atomic():
        wish.save()
        acts.record(user, user, _("Notice settings chosen"))
    return ""


def _chosen(request: HttpRequest, kind: kinds.Kind) -> dict[str, Any]:
    email = request.POST.get(f"{kind.id}-email", "")
    return {
        "desk": f"{kind.id}-desk" in request.POST,
        "email": email if email in list(Email) else str(kind.email),
        "rooms": [room for room in chat.rooms() if room in request.POST.getlist(f"{kind.id}-room")],
    }


def _hour(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 and int(text) < 24 else None


def _row(user: User, wish: NoticeSettings, kind: kinds.Kind, rooms: list[str]) -> dict[str, Any]:
    is_default = not kind.by_default or user.has_perm(kind.by_default)
    choice = wishes.choice(wish, kind, by_default=is_default)
    return {
        "kind": kind,
        "choice": choice,
        "rooms": [(room, room in choice.rooms) for room in rooms],
    }


def _tested(user: User) -> dict[str, Any] | None:
    """Return what became of the newest test: a sentence for each channel, and whether any is still under way."""
    notice = Notice.objects.filter(user=user, kind=kinds.TEST.id).first()
    if notice is None:
        return None
    rows = list(notice.sendings.order_by("pk"))
    said = [_("In the desk: it is in your list of notices.")]
    if not any(row.channel == EMAIL for row in rows):
        said.append(_why_no_mail(user))
    said += [_result(row, user) for row in rows]
    open_states = (State.DUE, State.CLAIMED, State.SENDING)
    return {"at": notice.created_at, "said": said, "is_open": any(row.state in open_states for row in rows)}


def _why_no_mail(user: User) -> str:
    if not mail.is_set_up():
        return _("Email: mail isn't set up here. Ask an administrator.")
    if not user.email:
        return _("Email: your account has no email address. An administrator can add one under People.")
    return _("Email: nothing was sent. Send another test.")


def _result(row: NoticeSending, user: User) -> str:
    at = show.to_the_second(row.ended_at) if row.ended_at else ""
    if row.channel == EMAIL:
        said = {
            State.SENT: _(
                "Email: the mail server accepted it for %(to)s at %(at)s. If it doesn't arrive, check your "
                "spam folder."
            ),
            State.FAILED: _(
                "Email: the mail server didn't accept it for %(to)s (%(at)s). The worker's log says why."
            ),
            State.UNKNOWN: _(
                "Email: the connection broke while it was being sent to %(to)s (%(at)s), so it may or may not arrive."
            ),
            State.SKIPPED: _("Email: not sent, because you read the test in the desk first (%(at)s)."),
        }
        waits = _("Email: waiting for the worker, usually a few seconds.")
    else:
        said = {
            State.SENT: _("%(room)s: posted at %(at)s."),
            State.FAILED: _(
                "%(room)s: the chat didn't accept it (%(at)s). Ask whoever runs the desk to check "
                "NOTICE_CHANNELS."
            ),
            State.UNKNOWN: _("%(room)s: the connection broke (%(at)s), so it may or may not be there."),
            State.SKIPPED: _("%(room)s: not posted (%(at)s)."),
        }
        waits = _("%(room)s: waiting for the worker, usually a few seconds.")
    return said.get(State(row.state), waits) % {"to": user.email, "at": at, "room": row.channel}


def _page(request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
    request.current_app = admin.site.name
    context = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"desk/notices/{name}.html", context)


def patterns() -> list[URLPattern]:
    """Return the addresses of these pages; each is about the person who asks, whoever that is."""
    view = admin.site.admin_view
    return [
        path("desk/notices/", view(page), name="desk_notices"),
        path("desk/notices/read/", view(read_all), name="desk_notices_read"),
        path("desk/notices/settings/", view(settings_page), name="desk_notice_settings"),
        path("desk/notices/test/", view(test), name="desk_notice_test"),
        path("desk/notices/<uuid:id>/open/", view(open_one), name="desk_notice_open"),
        path("desk/notices/<uuid:id>/acknowledge/", view(acknowledge), name="desk_notice_acknowledge"),
    ]
