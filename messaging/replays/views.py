"""The pages: look at what processing events again would change, do it with a reason, and see what became of each."""

from collections import Counter, defaultdict
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from messaging.desk import acts, many, outbox_words
from messaging.desk.pages import reason_of, says_something, user_of
from messaging.mirror.inbound import drain
from messaging.mirror.models import Replay, WebhookEvent

from .preview import would_change

REPLAY = "mirror.replay_webhookevent"
VIEW = "mirror.view_webhookevent"
# So many of the newest whose errors are counted.
MOST_COUNTED = 5000
State = WebhookEvent.State
# What is still to be processed.
UNDER_WAY = (State.PENDING, State.WAITING)


def patterns() -> list[URLPattern]:
    """Return the addresses of these pages, for the admin site."""
    view = admin.site.admin_view
    return [
        path("desk/replay/", view(ask), name="desk_replay"),
        path("desk/replays/<uuid:id>/", view(show), name="desk_replay_result"),
        path("desk/event-errors/", view(errors), name="desk_event_errors"),
    ]


def ask(request: HttpRequest) -> HttpResponse:
    """Show what processing the events of the list's filter again would change; on POST, have it done."""
    user = user_of(request)
    if not (user.has_perm(VIEW) and user.has_perm(REPLAY)):
        raise PermissionDenied(REPLAY)
    try:
        found = _chosen(request)
    except IncorrectLookupParameters:
        return HttpResponseRedirect(many.list_url(WebhookEvent))
    reason = reason_of(request) if request.method == "POST" else ""
    if request.method == "POST":
        until = request.POST.get("until", "")
        # What came after the look wasn't looked at.
        found = found.filter(
            pk__lte=int(until) if until.isascii() and until.isdigit() and len(until) < 19 else 0
        )
        if says_something(reason):
            return _start(request, list(found[: many.MOST].values_list("pk", flat=True)), reason)
        messages.error(
            request, _("Nothing has been done yet. Say in a few words why you want to process them again.")
        )
    events = list(found[: many.MOST + 1])
    looked_at = [(event, would_change(event, user)) for event in events[: many.MOST_LOOKED_AT]]
    return many.page(
        request,
        "replay",
        _("Process events again"),
        count=min(len(events), many.MOST),
        has_more=len(events) > many.MOST,
        looked_at=looked_at,
        nothing=sum(not words for _event, words in looked_at),
        until=events[0].pk if events else 0,
        reason=reason,
        list_url=many.list_url(WebhookEvent, request.GET.urlencode()),
    )


def _chosen(request: HttpRequest) -> QuerySet[WebhookEvent]:
    """Return the events that the list shows with this filter and that can be processed again, newest first."""
    rows = many.shown(request, WebhookEvent)
    return rows.filter(state__in=WebhookEvent.RELEASABLE).exclude(body=b"").order_by("-pk")


def _start(request: HttpRequest, ids: list[int], reason: str) -> HttpResponse:
    user = user_of(request)
    if not ids:
        messages.warning(request, _("Nothing was done: none of these events can be processed again anymore."))
        return HttpResponseRedirect(many.list_url(WebhookEvent))
    with transaction.atomic():
        replay = Replay.objects.create(asked_by=user, reason=reason, event_ids=ids)
        released = drain.release(WebhookEvent.objects.filter(pk__in=ids))
        acts.record(user, replay, _("Processed events again: %(n)s") % {"n": released}, reason=reason)
    said = ngettext(
        "%(n)s event will be processed again. Follow it below.",
        "%(n)s events will be processed again. Follow each one below.",
        released,
    )
    messages.success(request, said % {"n": released})
    return HttpResponseRedirect(reverse("admin:desk_replay_result", args=[replay.pk]))


@require_safe
def show(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show what became of each event that was processed again."""
    if not user_of(request).has_perm(VIEW):
        raise PermissionDenied(VIEW)
    replay = get_object_or_404(Replay.objects.select_related("asked_by"), pk=id)
    events = list(WebhookEvent.objects.filter(pk__in=replay.event_ids).defer("body").order_by("-pk"))
    counts = Counter(event.state for event in events)
    return many.page(
        request,
        "replay_result",
        _("Events processed again"),
        replay=replay,
        rows=[
            (event, outbox_words.EVENT_GROUPS[event.state], outbox_words.EVENT_WORDS[event.state])
            for event in events
        ],
        totals=[
            (outbox_words.EVENT_GROUPS[state], outbox_words.EVENT_WORDS[state], counts[state])
            for state in State
            if counts[state]
        ],
        is_under_way=any(counts[state] for state in UNDER_WAY),
    )


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """Show the errors of events that didn't take effect, the same ones together."""
    if not user_of(request).has_perm(VIEW):
        raise PermissionDenied(VIEW)
    troubled = [State.DEAD, State.KEPT, State.WAITING, State.QUARANTINED, State.NEEDS_REVIEW]
    rows: list[tuple[Any, ...]] = []
    is_cut = False
    for state in troubled:
        events = WebhookEvent.objects.filter(state=state).order_by("-pk")
        few = list(events.values_list("state", "event_type", "error", "received_at")[: MOST_COUNTED + 1])
        is_cut |= len(few) > MOST_COUNTED
        rows += few[:MOST_COUNTED]
    groups: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
    for state, kind, error, at in rows:
        # After its class, an error's text can repeat the body.
        groups[state, kind, error.partition(":")[0]].append(at)
    found = [
        {
            "state": outbox_words.EVENT_WORDS[state],
            "group": outbox_words.EVENT_GROUPS[state],
            "kind": kind or _("(no type)"),
            "error": error,
            "count": len(times),
            "newest": max(times),
            "url": f"{many.list_url(WebhookEvent)}?state__exact={state}&{urlencode({'type': kind, 'error': error})}",
        }
        for (state, kind, error), times in sorted(groups.items(), key=lambda each: -len(each[1]))[:200]
    ]
    return many.page(
        request,
        "event_errors",
        _("Events by error"),
        found=found,
        is_cut=is_cut,
        most=MOST_COUNTED,
    )


TITLE = gettext_lazy("Events by error")
