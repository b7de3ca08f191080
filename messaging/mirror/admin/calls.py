"""Every call to Telnyx, reads too: a list to search and one page for each, for engineers."""

import json
import shlex
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import bodies, outbox_words, show
from messaging.desk.base_admin import ReadOnlyAdmin

from .. import calls, retention, sealing
from ..clock import now
from ..models import ApiCall, Attempt, OutboxEntry
from ..models.api_call import SLOW
from ..wording import kept_for
from .outbox import entries_named, link_to

MOST_ENTRIES = 100
# How long after a call the attempt it belonged to may have been written.
ATTEMPT_WITHIN = timedelta(minutes=2)
GROUPS = {
    ApiCall.Answered.NOTHING: "unsure",
    ApiCall.Answered.DONE: "done",
    ApiCall.Answered.ELSEWHERE: "unsure",
    ApiCall.Answered.REFUSED: "needs_us",
    ApiCall.Answered.FAILED: "unsure",
}


class MethodFilter(admin.SimpleListFilter):
    """Choose a method. "All but reads" finds what changed something."""

    title = gettext_lazy("method")
    parameter_name = "method"
    methods = ("GET", "POST", "PATCH", "PUT", "DELETE")
    writes = methods[1:]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("writes", _("All but GET")), *((method, method) for method in self.methods)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value == "writes":
            return queryset.filter(method__in=self.writes)
        return queryset.filter(method=value) if value in self.methods else queryset


class SlowFilter(admin.SimpleListFilter):
    """Choose the calls that took long."""

    title = gettext_lazy("duration")
    parameter_name = "slow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        words = _("%(n)s seconds or longer")
        return [(str(ms), words % {"n": ms // 1000}) for ms in (SLOW, 5000, 10_000)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = dict(self.lookup_choices).keys()
        if self.value() not in chosen:
            return queryset
        # The first condition is the one of the index.
        return queryset.filter(milliseconds__gte=SLOW).filter(milliseconds__gte=int(self.value() or 0))


class WhenFilter(admin.SimpleListFilter):
    """Choose by when a call was made."""

    title = gettext_lazy("time")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("10", _("In the last 10 minutes")),
            ("60", _("In the last hour")),
            ("1440", _("In the last 24 hours")),
            ("4320", _("In the last 3 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(at__gte=now() - timedelta(minutes=int(value)))


@admin.register(ApiCall)
class ApiCallAdmin(ReadOnlyAdmin):
    """The list of calls and the page of one. Nothing here was ever stored unmasked, so nobody can unmask it."""

    page_template = "admin/mirror/apicall.html"
    list_display = ("called", "answer_pill", "duration", "made_for", "whose", "when")
    list_display_links = ("called",)
    list_filter = (MethodFilter, "answered", SlowFilter, "purpose", WhenFilter)
    list_select_related = ("asked_by",)
    search_fields = ("id",)
    search_help_text = gettext_lazy(
        "Telnyx's request ID, or the ID of an outbox entry or record (entry ID, record ID, Telnyx ID)"
    )
    empty_words = gettext_lazy(
        "No calls to Telnyx yet. The first ones appear within a minute after the worker and beat have started."
    )
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found = super().get_queryset(request)
        is_page = bool(request.resolver_match and "object_id" in request.resolver_match.kwargs)
        if is_page:
            return found.select_related("asked_by", "entry__resource_type", "entry__requested_by")
        return found.defer("request_body", "answer_body")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        named = OutboxEntry.objects.filter(entries_named(term)).order_by("-created_at")
        entries = list(named.values_list("pk", flat=True)[:MOST_ENTRIES])
        return queryset.filter(Q(request_id=term) & ~Q(request_id="") | Q(entry__in=entries)), False

    @admin.display(description=gettext_lazy("Call"))
    def called(self, call: ApiCall) -> SafeString:
        return format_html('<span class="desk-mono desk-break">{} {}</span>', call.method, call.path)

    @admin.display(description=gettext_lazy("Answer"))
    def answer_pill(self, call: ApiCall) -> SafeString:
        group = GROUPS[ApiCall.Answered(call.answered)]
        words = str(call.status) if call.status else _("No answer")
        said = " · ".join(filter(None, [call.codes, call.error]))
        return show.chip(group, words, said) if said else show.pill(group, words)

    @admin.display(description=gettext_lazy("Time (ms)"))
    def duration(self, call: ApiCall) -> int:
        return call.milliseconds

    @admin.display(description=gettext_lazy("Purpose"))
    def made_for(self, call: ApiCall) -> str:
        return call.get_purpose_display()

    @admin.display(description=gettext_lazy("Asked by"))
    def whose(self, call: ApiCall) -> str:
        return str(call.asked_by or "-")

    @admin.display(description=gettext_lazy("When"))
    def when(self, call: ApiCall) -> SafeString | str:
        return show.age(call.at)

    def page(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        call = cast(ApiCall, row)
        asked, told = _opened(call, "request_body"), _opened(call, "answer_body")
        attempt = None
        if call.entry_id:
            after = Attempt.objects.filter(entry=call.entry_id, finished_at__gte=call.at)
            attempt = after.filter(finished_at__lte=call.at + ATTEMPT_WITHIN).order_by("id").first()
        return {
            "call": call,
            "path": bodies.visible(call.path),
            "group": GROUPS[ApiCall.Answered(call.answered)],
            "answer": str(call.status) if call.status else _("No answer"),
            "asked": asked,
            "told": told,
            "entry": link_to(self.admin_site, call.entry) if call.entry_id else "",
            "attempt": attempt.get_outcome_display() if attempt else "",
            "attempt_group": outbox_words.OUTCOME_GROUPS.get(attempt.outcome, "under_way") if attempt else "",
            "curl": curl(call, asked["text"]),
            "kept_for": kept_for(retention.days("api_calls")),
        }


def _opened(call: ApiCall, name: str) -> dict[str, Any]:
    """Return what a page shows of a body: its text, or why there is none."""
    held_key, text, is_lost = call.held_key, "", False
    try:
        text = call.opened(name)
    except sealing.Unreadable:
        is_lost = True
    # Also when the key was changed to one that was no key yet when the row was written.
    if calls.holds_key(text):
        held_key, text = True, ""
    return {"text": bodies.visible(text), "held_key": held_key, "is_lost": is_lost}


def curl(call: ApiCall, body: str) -> str:
    """Return the call as a command for a shell that has our key in TELNYX_API_KEY. What is masked stays masked."""
    address = settings.TELNYX_BASE_URL.rstrip("/") + call.path
    parts = [f"curl --globoff -X {call.method} {shlex.quote(address)}"]
    parts.append('-H "Authorization: Bearer $TELNYX_API_KEY"')
    if call.content_type:
        parts.append(f"-H {shlex.quote(f'Content-Type: {call.content_type}')}")
    if body:
        parts.append(f"--data {shlex.quote(_in_one_line(body))}")
    command = " \\\n  ".join(parts)
    return "" if calls.holds_key(command) else bodies.visible(command)


def _in_one_line(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:  # it was cut short
        return body
