"""The pages: look at what would happen with all that a filter finds, have it done, and see what became of each."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from messaging.desk import acts, many, outbox_words
from messaging.desk.pages import form_token, reason_of, says_something, user_of
from messaging.mirror.masking import without_personal
from messaging.mirror.models import Attempt, OutboxAct, OutboxActRow, OutboxEntry

from .judge import judge, permission

VIEW = "mirror.view_outboxentry"
Act, Result = OutboxAct.Act, OutboxActRow.Result
QUESTIONS = {
    Act.RETRY: gettext_lazy("Why try them now?"),
    Act.CANCEL: gettext_lazy("Why cancel them?"),
}
PLEDGES = {
    Act.RETRY: gettext_lazy(
        "The next step of each is done now instead of at its scheduled time. That can't lead to a second "
        "request at Telnyx: what may have arrived there is looked up first."
    ),
    Act.CANCEL: gettext_lazy(
        "None of them is sent. Records that Telnyx doesn't have yet become drafts again, and the others stay as they "
        "are there. What may already have reached Telnyx is left out."
    ),
}
DONE = {Act.RETRY: gettext_lazy("Moved up"), Act.CANCEL: gettext_lazy("Canceled")}


def patterns() -> list[URLPattern]:
    """Return the addresses of these pages, for the admin site."""
    view = admin.site.admin_view
    return [
        path("desk/outbox/try-now/", view(ask), {"act": Act.RETRY}, name="desk_outbox_retry"),
        path("desk/outbox/cancel/", view(ask), {"act": Act.CANCEL}, name="desk_outbox_cancel"),
        path("desk/outbox/<uuid:id>/", view(show), name="desk_outbox_act"),
    ]


def ask(request: HttpRequest, act: str) -> HttpResponse:
    """Show what would happen with the requests of the list's filter; on POST, have it done by a worker."""
    user = user_of(request)
    if not (user.has_perm(VIEW) and user.has_perm(permission(act))):
        raise PermissionDenied(permission(act))
    try:
        found = _chosen(request)
    except IncorrectLookupParameters:
        return HttpResponseRedirect(many.list_url(OutboxEntry))
    reason = reason_of(request) if request.method == "POST" else ""
    if request.method == "POST":
        # What came after the look wasn't looked at.
        until = _time(request.POST.get("until", ""))
        found = found.filter(created_at__lte=until) if until else found.none()
        if says_something(reason):
            return _start(request, act, found, without_personal(reason))
        messages.error(request, _("Nothing has been done yet. Say why in a few words."))
    entries = list(found[: many.MOST + 1])
    judged = [(entry, *judge(entry, act, user)) for entry in entries[: many.MOST]]
    left_out = Counter(why for _entry, action, why in judged if not action)
    states = Counter(entry.state for entry, action, _why in judged if action)
    model_admin: Any = admin.site.get_model_admin(OutboxEntry)
    return many.page(
        request,
        "outbox_act",
        str(Act(act).label),
        act=act,
        pledge=PLEDGES[Act(act)],
        question=QUESTIONS[Act(act)],
        count=len(judged),
        fitting=sum(states.values()),
        has_more=len(entries) > many.MOST,
        states=[
            (outbox_words.ENTRY_GROUPS[state], state.label, states[state])
            for state in OutboxEntry.State
            if states[state]
        ],
        left_out=[(why.label, left_out[why]) for why in Result if left_out[why]],
        looked_at=[
            (
                entry,
                model_admin.record(entry),
                outbox_words.ENTRY_GROUPS[entry.state],
                Result(why).label if why else "",
            )
            for entry, _action, why in judged[: many.MOST_LOOKED_AT]
        ],
        until=entries[0].created_at.isoformat() if entries else "",
        reason=reason,
        form_token=uuid4().hex,
        list_url=many.list_url(OutboxEntry, request.GET.urlencode()),
    )


def _chosen(request: HttpRequest) -> QuerySet[OutboxEntry]:
    """Return the open requests that the list shows with this filter, newest first."""
    attempts = Prefetch("attempts", Attempt.objects.defer("error", "codes"))
    rows = many.shown(request, OutboxEntry).exclude(state__in=OutboxEntry.ENDED)
    return rows.prefetch_related(attempts).order_by("-created_at")


def _time(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at and is_aware(at) else None


def _start(request: HttpRequest, act: str, found: QuerySet[OutboxEntry], reason: str) -> HttpResponse:
    user, token = user_of(request), form_token(request)
    # In the order in which they were queued.
    ids = list(found[: many.MOST].values_list("pk", flat=True))[::-1]
    if not ids:
        messages.warning(request, _("Nothing was done: none of these requests is still open."))
        return HttpResponseRedirect(many.list_url(OutboxEntry))
    try:
        with transaction.atomic():
            made = OutboxAct.objects.create(asked_by=user, reason=reason, act=act, form_token=token)
            OutboxActRow.objects.bulk_create(OutboxActRow(of=made, entry_id=pk) for pk in ids)
            acts.record(user, made, f"{made.get_act_display()}: {len(ids)}", reason=reason)
    except IntegrityError:
        made = get_object_or_404(OutboxAct, form_token=token, asked_by=user)
    return HttpResponseRedirect(reverse("admin:desk_outbox_act", args=[made.pk]))


@require_safe
def show(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show what became of each request of an act."""
    if not user_of(request).has_perm(VIEW):
        raise PermissionDenied(VIEW)
    made = get_object_or_404(OutboxAct.objects.select_related("asked_by"), pk=id)
    rows = list(made.rows.all())
    light = OutboxEntry.objects.select_related("resource_type").defer("body", "errors")
    entries = light.in_bulk([row.entry_id for row in rows])
    counts = Counter(_pill(row.result, made) for row in rows)
    waiting = sum(not row.result for row in rows)
    done = sum(row.result == Result.DONE for row in rows)
    if made.act == Act.RETRY:
        said = ngettext(
            "%(done)s of %(n)s request goes ahead now. What has happened to it is below.",
            "%(done)s of %(n)s requests go ahead now. What has happened to each is below.",
            len(rows),
        )
    else:
        said = ngettext(
            "%(done)s of %(n)s request was canceled.", "%(done)s of %(n)s requests were canceled.", len(rows)
        )
    return many.page(
        request,
        "outbox_act_result",
        made.get_act_display(),
        act=made,
        is_under_way=bool(waiting),
        lead=said % {"done": done, "n": len(rows)},
        totals=[(*pill, count) for pill, count in counts.items()],
        rows=[_shown(row, entries[row.entry_id], made) for row in rows if row.entry_id in entries],
        list_url=many.list_url(OutboxEntry),
    )


def _shown(row: OutboxActRow, entry: OutboxEntry, made: OutboxAct) -> dict[str, Any]:
    is_left_out = row.result not in ("", Result.DONE)
    return {
        "entry": entry,
        "pill": _pill(row.result, made),
        "why": Result(row.result).label if is_left_out else "",
        "at": row.done_at,
        "now": entry.get_state_display(),
    }


def _pill(result: str, made: OutboxAct) -> tuple[str, str]:
    if not result:
        return "under_way", _("Waiting")
    if result == Result.DONE:
        return "done", str(DONE[Act(made.act)])
    return ("needs_us", _("Failed")) if result == Result.FAILED else ("closed", _("Left out"))
