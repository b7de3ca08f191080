"""Evidence files: what one will contain before it is asked for, one's own list, and the download."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from messaging import files
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import attached, frame, no_file, reason_of, says_something, user_of
from messaging.mirror import heartbeat
from messaging.mirror.masking import without_personal
from messaging.mirror.models import Heartbeat
from messaging.models import Evidence

from . import kinds, life
from .summary import file_name

FOLDER = "admin/messaging/evidence/"
LIST = "admin:messaging_evidence_changelist"
VIEW = "messaging.view_evidence"
MOST_SHOWN = 50
MOST_DOWNLOADS = 20
SOON = 2
PILLS = {
    Evidence.State.QUEUED: "under_way",
    Evidence.State.READY: "done",
    Evidence.State.FAILED: "needs_us",
}


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, kind: str, key: str, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what the file will contain, and ask for it on POST, with a reason."""
    user, about = user_of(request), kinds.get(kind)
    if about is None:
        raise Http404
    if not life.may_make(user, about):
        raise PermissionDenied(life.MAKE)
    subject = about.find(key)
    if subject is None:
        raise Http404
    error, reason = "", reason_of(request)
    if request.method == "POST":
        if not says_something(reason):
            error = _("Nothing was started. Say in a few words what the file is for.")
        else:
            try:
                life.start(
                    user, about, subject, key, zone=timezone.get_current_timezone_name(), reason=reason
                )
            except life.Refused as refused:
                error = str(refused)
            else:
                messages.success(
                    request, _("The file is waiting for a worker. This page shows its progress.")
                )
                return HttpResponseRedirect(reverse(LIST))
    context = {
        **frame(request, model_admin, _("Make an evidence file")),
        "about": f"{about.label} {about.named(subject)}",
        "holds": about.holds,
        "opened": kinds.words(about, about.openings(user)),
        "zone": timezone.get_current_timezone_name(),
        "days": settings.EVIDENCE_KEPT_DAYS,
        "back": about.page(subject),
        "reason": reason,
        "error": error,
        "is_worker_down": not heartbeat.alive(Heartbeat.WORKER),
    }
    return TemplateResponse(request, f"{FOLDER}start.html", context)


def show_list(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show one's own files, or everyone's to people who may see them."""
    user = user_of(request)
    sees_all = user.has_perm(VIEW)
    is_all = sees_all and "all" in request.GET
    found = Evidence.objects.select_related("owner").prefetch_related("downloads__user")
    before = request.GET.get("before", "")
    if not is_all:
        found = found.filter(owner=user)
    if before.isascii() and before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: MOST_SHOWN + 1])
    shown = rows[:MOST_SHOWN]
    is_waiting = any(row.state == Evidence.State.QUEUED for row in shown)
    context = {
        **frame(request, model_admin, _("Evidence files") if is_all else _("My evidence files")),
        "rows": [_row(request, row) for row in shown],
        "is_all": is_all,
        "sees_all": sees_all,
        "older": shown[-1].pk if len(rows) > MOST_SHOWN else 0,
        "refresh": SOON if is_waiting else 0,
        "is_worker_down": is_waiting and not heartbeat.alive(Heartbeat.WORKER),
    }
    return TemplateResponse(request, f"{FOLDER}list.html", context)


def _row(request: HttpRequest, row: Evidence) -> dict[str, Any]:
    user, kind = user_of(request), kinds.get(row.kind)
    is_over = row.state == Evidence.State.READY and not row.is_ready()
    state = Evidence.State.EXPIRED if is_over else Evidence.State(row.state)
    return {
        "evidence": row,
        "about": f"{kind.label} {row.about}" if kind else row.about,
        "group": PILLS.get(state, "closed"),
        "state": state.label,
        "opened": kinds.words(kind, row.opened) if kind else [],
        "reason": row.reason if row.owner_id == user.pk else without_personal(row.reason),
        "may_take": row.is_ready() and life.may_take(user, row),
        "downloads": list(row.downloads.all())[:MOST_DOWNLOADS],
    }


@require_safe
def download(request: HttpRequest, key: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Serve a file as an attachment to its owner, on record. The permissions that count are today's."""
    user = user_of(request)
    if not user.has_perm(life.MAKE):
        raise PermissionDenied(life.MAKE)
    row = Evidence.objects.select_related("owner").filter(key=key, owner=user).first()
    if row is None:
        raise Http404
    if not row.is_ready():
        return _no_file(request, _("This file doesn't exist or is no longer kept. See the list."), 410)
    if not life.may_take(user, row):
        raise PermissionDenied(life.lost(user, row))
    try:
        content = life.content(row)
    except files.UNUSABLE:
        words = _("This file was changed or lost on our disk, or its key is missing. Ask for it again.")
        return _no_file(request, words, 409)
    life.took(user, row)
    day = timezone.localtime(row.made_at)
    response = HttpResponse(content, content_type="application/zip")
    return attached(response, f"evidence-{file_name(row.kind)}-{day:%Y-%m-%d-%H%M}.zip")


def _no_file(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return no_file(request, why, status, list_url=reverse(LIST), list_words=_("Go to evidence files"))
