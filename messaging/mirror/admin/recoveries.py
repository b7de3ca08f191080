"""Check Telnyx's own delivery log for webhooks that never arrived, and fetch them."""

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from messaging.desk import show
from messaging.desk.base_admin import ReadOnlyAdmin

from .. import clock
from ..inbound import recover
from ..models import Recovery
from ..wording import Words

RECOVER = "mirror.recover_webhookevent"
LIST = "admin:mirror_recovery_changelist"
LOCAL_TIME = "%Y-%m-%dT%H:%M"
SOON = 2
State = Recovery.State

GROUPS = {State.QUEUED: "under_way", State.FOUND: "needs_us", State.DONE: "done", State.FAILED: "unsure"}
MEANINGS: dict[str, Words] = {
    State.QUEUED: gettext_lazy("The worker is reading Telnyx's log. This page updates automatically."),
    State.FOUND: gettext_lazy("Checked only: nothing has been fetched yet."),
    State.DONE: gettext_lazy(
        "What was missing is in the list of webhook events and is processed like any other. "
        "What we already had wasn't added twice."
    ),
    State.FAILED: gettext_lazy(
        "Telnyx's log wasn't read to the end. What was fetched before that is kept; it is safe to try again."
    ),
}
NOTHING = gettext_lazy("Telnyx's log shows nothing in this period that we don't have.")


class PeriodForm(forms.Form):
    """The period to check, in the viewer's zone."""

    since = forms.DateTimeField(
        label=gettext_lazy("Deliveries since"),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "desk-field"}, format=LOCAL_TIME
        ),
    )
    until = forms.DateTimeField(
        label=gettext_lazy("Until"),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "desk-field"}, format=LOCAL_TIME
        ),
    )

    def clean_until(self) -> datetime:
        """Return the end of the minute: what came just now is part of it."""
        until: datetime = self.cleaned_data["until"]
        return until + timedelta(minutes=1)


@admin.register(Recovery)
class RecoveryAdmin(ReadOnlyAdmin):
    """The list of checks for lost webhooks, and the way to start one."""

    page_template = "admin/mirror/recovery.html"
    list_display = ("period", "state_pill", "found", "who", "asked")
    list_display_links = ("period",)
    list_select_related = ("requested_by",)
    list_before_template = "admin/mirror/recovery_ask.html"
    empty_words = gettext_lazy("No one has checked yet, and the scheduled check found nothing.")
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(RECOVER)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("look/", wrap(require_POST(self.look)), name="mirror_recovery_look"),
            path("<int:pk>/again/", wrap(require_POST(self.again)), name="mirror_recovery_again"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        now = timezone.localtime(clock.now()).replace(second=0, microsecond=0)
        form = PeriodForm(initial={"since": now - timedelta(days=1), "until": now})
        title = _("Lost webhooks")
        return super().changelist_view(request, {"title": title, "form": form, **(extra_context or {})})

    def look(self, request: HttpRequest) -> HttpResponse:
        """Record what someone wants to check; the worker does the check."""
        self._check(request)
        form = PeriodForm(request.POST)
        if form.is_valid():
            try:
                return self._ask(
                    request, form.cleaned_data["since"], form.cleaned_data["until"], only_look=True
                )
            except ValueError as error:
                form.add_error("since", str(error))
        return self.changelist_view(request, {"form": form})

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Fetch what a check found, or retry one that failed."""
        self._check(request)
        before = get_object_or_404(Recovery, pk=pk)
        fetches = before.state == State.FOUND or not before.only_look
        try:
            return self._ask(request, before.since, before.until, only_look=not fetches)
        except ValueError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse(LIST))

    def _check(self, request: HttpRequest) -> None:
        if not request.user.has_perm(RECOVER):
            raise PermissionDenied(RECOVER)

    def _ask(self, request: HttpRequest, since: Any, until: Any, *, only_look: bool) -> HttpResponse:
        asked = recover.ask(since, until, by=request.user, only_look=only_look)
        return HttpResponseRedirect(reverse("admin:mirror_recovery_change", args=[asked.pk]))

    def page(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        recovery = cast(Recovery, row)
        is_over = recovery.state in (State.FOUND, State.DONE)
        return {
            "title": _("Lost webhooks"),
            "recovery": recovery,
            "group": _group(recovery),
            "meaning": NOTHING if is_over and not recovery.missing else MEANINGS[recovery.state],
            "missing": sorted(recovery.missing.items()),
            "total": sum(recovery.missing.values()),
            "may_fetch": recovery.state == State.FOUND and recovery.missing,
            "may_try_again": recovery.state == State.FAILED,
            "refresh": SOON if recovery.state == State.QUEUED else 0,
        }

    @admin.display(description=gettext_lazy("Period"))
    def period(self, recovery: Recovery) -> str:
        return f"{show.when(recovery.since)} – {show.when(recovery.until)}"

    @admin.display(description=gettext_lazy("State"))
    def state_pill(self, recovery: Recovery) -> SafeString:
        return show.pill(_group(recovery), recovery.get_state_display())

    @admin.display(description=gettext_lazy("Missing events"))
    def found(self, recovery: Recovery) -> str:
        return str(sum(recovery.missing.values()) or "-")

    @admin.display(description=gettext_lazy("Requested by"))
    def who(self, recovery: Recovery) -> str:
        return _("the schedule") if recovery.is_by_clock else str(recovery.requested_by or "-")

    @admin.display(description=gettext_lazy("When"))
    def asked(self, recovery: Recovery) -> SafeString | str:
        return show.age(recovery.finished_at or recovery.requested_at)


def _group(recovery: Recovery) -> str:
    if recovery.state == State.FOUND and not recovery.missing:
        return "done"
    return GROUPS[State(recovery.state)]
