"""Exports of the log: what one will contain before it starts, one's own list with progress, and the file."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import (
    attached,
    check,
    frame,
    no_file,
    reason_of,
    says_something,
    user_of,
    uuid_or_none,
)
from messaging.exports import build
from messaging.log import filters, searches, writing
from messaging.log.choices import TermKind
from messaging.log.searches import Search
from messaging.mirror import heartbeat, throttle
from messaging.mirror.models import Heartbeat
from messaging.models import Export, MessagingProfile
from messaging.validators import display_number, mask_number

from ..log import list_page
from ..log.list_page import PARAMETERS

FOLDER = "admin/messaging/export/"
LIST = "admin:messaging_export_changelist"
MOST_SHOWN = 50
MOST_DOWNLOADS = 20
SOON = 2
PILLS = {
    Export.State.QUEUED: "under_way",
    Export.State.RUNNING: "under_way",
    Export.State.READY: "done",
    Export.State.FAILED: "needs_us",
}


# Before the start.


def start(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what an export of a search will contain, and start it on POST."""
    user = check(request, model_admin, build.EXPORT)
    given = request.POST if request.method == "POST" else request.GET
    search = _search(request, given)
    if not build.may(user, kind=search.term.kind):
        raise PermissionDenied
    error, reason = "", reason_of(request)
    is_open = bool(request.POST.get("open"))
    if request.method == "POST":
        if is_open and not user.has_perm(build.OPEN):
            raise PermissionDenied(build.OPEN)
        if is_open and not says_something(reason):
            error = _("Nothing was started. Say why you need full numbers and texts.")
        else:
            try:
                build.start(
                    user,
                    search,
                    zone=timezone.get_current_timezone_name(),
                    is_open=is_open,
                    reason=reason if is_open else "",
                )
            except build.Refused as refused:
                error = str(refused)
            else:
                messages.success(
                    request, _("The export is waiting for a worker. This page shows its progress.")
                )
                return HttpResponseRedirect(reverse(LIST))
    counted = build.count(search)
    zone = timezone.get_current_timezone_name()
    context = {
        **frame(request, model_admin, _("Export messages")),
        "search": search,
        "chosen": search.criteria.as_json().items() if not search.id else (),
        "what": _what(search),
        "until": build.span(search)[1],
        "counted": counted,
        "is_too_many": bool(counted) and counted[0] > settings.EXPORT_MOST_ROWS,  # type: ignore[index]
        "most": settings.EXPORT_MOST_ROWS,
        "hours": settings.EXPORT_KEPT_HOURS,
        "zone": zone,
        "columns": writing.headings(zone, is_open=False),
        "more_columns": writing.headings(zone, is_open=True)[len(writing.headings(zone, is_open=False)) :],
        "may_open": user.has_perm(build.OPEN),
        "is_open": is_open,
        "reason": reason,
        "error": error,
        "back": list_page.address(search),
        "is_worker_down": not heartbeat.alive(Heartbeat.WORKER),
    }
    return TemplateResponse(request, f"{FOLDER}start.html", context)


def _search(request: HttpRequest, given: Any) -> Search:
    wanted = given.get("view", "")
    if not wanted:
        return Search(criteria=filters.read({name: given.get(name, "") for name in PARAMETERS}))
    id = uuid_or_none(wanted)
    found = searches.get(user_of(request), id) if id else None
    if found is None:
        raise Http404
    return found


def _what(search: Search) -> list[str]:
    """Return in words what is searched for, with other people's numbers masked."""
    term, chosen = search.term, search.criteria
    names: dict[str, str] = {}
    if chosen.profile:
        name = (
            MessagingProfile.objects.filter(remote_id=chosen.profile).values_list("name", flat=True).first()
        )
        names = {chosen.profile: name or chosen.profile}
    found = [words for _name, words in filters.chips(chosen, names, display_number(chosen.sender))]
    if term.kind == TermKind.ADDRESS:
        shown = mask_number(term.meant[0])
    else:
        shown = term.text
    return [f"{TermKind(term.kind).label}: {shown}", *found] if term else found


# The list and the file.


def show_list(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    user = user_of(request)
    sees_all = user.has_perm("messaging.view_export")
    is_all = sees_all and "all" in request.GET
    found = Export.objects.select_related("owner").prefetch_related("downloads__user")
    before = request.GET.get("before", "")
    if not is_all:
        found = found.filter(owner=user)
    if before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: MOST_SHOWN + 1])
    shown = rows[:MOST_SHOWN]
    under_way = any(export.is_under_way() for export in shown)
    context = {
        **frame(request, model_admin, _("Exports") if is_all else _("My exports")),
        "rows": [_row(request, export) for export in shown],
        "is_all": is_all,
        "sees_all": sees_all,
        "may_start": user.has_perm(build.EXPORT),
        "older": shown[-1].pk if len(rows) > MOST_SHOWN else 0,
        "refresh": SOON if under_way else 0,
        "is_worker_down": under_way and not heartbeat.alive(Heartbeat.WORKER),
        "hours": settings.EXPORT_KEPT_HOURS,
    }
    return TemplateResponse(request, f"{FOLDER}list.html", context)


def _row(request: HttpRequest, export: Export) -> dict[str, Any]:
    user = user_of(request)
    is_over = export.state == Export.State.READY and not export.is_ready()
    state = Export.State.EXPIRED if is_over else Export.State(export.state)
    return {
        "export": export,
        "group": PILLS.get(state, "closed"),
        "state": state.label,
        "what": _what(build.search_of(export)),
        "may_take": export.is_ready() and build.may_take(user, export),
        "may_cancel": export.is_under_way() and _is_theirs(request, export),
        "downloads": list(export.downloads.all())[:MOST_DOWNLOADS],
    }


def _is_theirs(request: HttpRequest, export: Export) -> bool:
    return export.owner_id == user_of(request).pk or user_of(request).has_perm(build.ANY)


def _get(request: HttpRequest, key: UUID) -> Export:
    """Return an export of this person's own, or anyone's if they may download any; else answer 404."""
    user = user_of(request)
    if not user.has_perm(build.EXPORT):
        raise PermissionDenied(build.EXPORT)
    export = Export.objects.filter(key=key).first()
    if export is None or not _is_theirs(request, export):
        raise Http404
    return export


@require_POST
def cancel(request: HttpRequest, key: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Cancel an export that is in progress."""
    export = _get(request, key)
    if build.cancel(export):
        messages.success(request, _("Export canceled. None of it is kept."))
    else:
        messages.warning(request, _("It had already ended. Nothing was changed."))
    return HttpResponseRedirect(reverse(LIST))


@require_safe
def download(request: HttpRequest, key: UUID, model_admin: DeskModelAdmin) -> HttpResponseBase:
    """Serve a file as an attachment, on record. The permissions that count are today's, not those at the start."""
    export, user = _get(request, key), user_of(request)
    if not build.may_take(user, export):
        raise PermissionDenied
    if not export.is_ready():
        return _no_file(
            request, _("This file doesn't exist or is no longer kept. See the list of exports."), 410
        )
    if not build.is_whole(export):
        return _no_file(
            request, _("This file was changed or lost on our disk, or its key is missing. Export again."), 409
        )
    throttle.spend(throttle.FILES, user.pk)
    build.took(user, export)
    day = timezone.localtime(export.made_at)
    response = StreamingHttpResponse(_content(export), content_type="text/csv; charset=utf-8")
    response.headers["Content-Length"] = str(export.size)
    return attached(response, f"messages-{day:%Y-%m-%d-%H%M}.csv")


def _content(export: Export) -> Iterator[bytes]:
    yield from build.content(export)


def _no_file(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return no_file(request, why, status, list_url=reverse(LIST), list_words=_("Go to exports"))
