"""Promises to Telnyx and every attempt to keep them: to view, to search, and to decide what we can't."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from messaging.desk import bodies, outbox_words, show, sight
from messaging.desk.base_admin import ListedAdmin
from messaging.desk.revealing import RevealingAdmin
from messaging.desk.show import Step
from messaging.desk.sight import JSON, Sight
from messaging.telnyx.errors import TelnyxError

from .. import retention
from ..audit.context import acting
from ..masking import starts_of, without_personal
from ..models import Attempt, OutboxEntry
from ..outbound import actions, decide
from ..records import sync
from ..wording import kept_for
from . import undo

LONGEST_TIMELINE = 100
SHORTEST_PREFIX = 6
REVEAL = "mirror.reveal_outboxentry"


class StateFilter(admin.SimpleListFilter):
    """Choose a state. "All open" is a choice of its own because open entries have their own index."""

    title = gettext_lazy("state")
    parameter_name = "state"
    nothing: Mapping[str, Any] = {"open": gettext_lazy("Nothing is on its way to Telnyx.")}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("All open")), *OutboxEntry.State.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value is None:
            return queryset
        if value not in OutboxEntry.ENDED:
            queryset = queryset.exclude(state__in=OutboxEntry.ENDED)
        return queryset if value == "open" else queryset.filter(state=value)


class KindFilter(admin.SimpleListFilter):
    """Choose a kind of record."""

    title = gettext_lazy("record type")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(model._meta.label_lower, model._meta.verbose_name) for model in sync.resources()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        for model in sync.resources():
            if model._meta.label_lower == self.value():
                return queryset.filter(resource_type=ContentType.objects.get_for_model(model))
        return queryset


def link_to(site: admin.AdminSite, row: Model | None) -> SafeString | str:
    """Return a link to the page of `row`, or its name if it has none; mask other people's numbers in it."""
    if row is None:
        return _("(no longer here)")
    name = str(row) or str(row.pk)
    if not getattr(row, "has_open_name", False):
        # The beginning of an id, by which some records go, isn't a number even if it has only digits.
        name = without_personal(name, ours=starts_of(row.pk))
    if not site.is_registered(type(row)):
        return name
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a class="desk-link" href="{}">{}</a>', url, name)


def calls_url(entry: OutboxEntry) -> str:
    """Return the address of the list of all calls to Telnyx for an entry."""
    return f"{reverse('admin:mirror_apicall_changelist')}?q={entry.pk}"


@admin.register(OutboxEntry)
class OutboxEntryAdmin(RevealingAdmin):
    """The list and the page of outbox entries, and what people may decide about one."""

    reveal_permission = REVEAL
    hidden_words = gettext_lazy("Show what is hidden")
    page_template = "admin/mirror/outboxentry.html"
    list_before_template = "admin/mirror/outbox_before.html"
    list_display = ("what", "record", "state_pill", "headline", "asked_by", "promised")
    list_display_links = ("what",)
    list_filter = (StateFilter, KindFilter)
    list_select_related = ("resource_type", "requested_by")
    search_fields = ("id",)
    search_help_text = gettext_lazy("Entry ID, record ID, Telnyx ID or callback token")
    empty_words = gettext_lazy(
        "Nothing has been queued for Telnyx yet. Whatever people submit appears here, with what became of it."
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; what acts on all of it is offered only while some of it is open."""
        answer = super().changelist_view(request, extra_context)
        context = getattr(answer, "context_data", None) or {}
        if "cl" in context:
            found = context["cl"].queryset.exclude(state__in=OutboxEntry.ENDED)
            context["has_open"] = found.order_by().exists()
        return answer

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        light = [model._base_manager.defer("remote_data") for model in sync.resources()]
        return (
            super().get_queryset(request).defer("body").prefetch_related(GenericPrefetch("resource", light))
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        return queryset.filter(entries_named(search_term)) if search_term else queryset, False

    @admin.display(description=gettext_lazy("Request"))
    def what(self, entry: OutboxEntry) -> str:
        return entry.get_operation_label()

    @admin.display(description=gettext_lazy("Record"))
    def record(self, entry: OutboxEntry) -> SafeString | str:
        return link_to(self.admin_site, entry.resource)

    @admin.display(description=gettext_lazy("State"))
    def state_pill(self, entry: OutboxEntry) -> SafeString:
        return show.pill(outbox_words.ENTRY_GROUPS[entry.state], entry.get_state_display())

    @admin.display(description=gettext_lazy("Now"))
    def headline(self, entry: OutboxEntry) -> str:
        return outbox_words.headline(entry, sight.LIST)

    @admin.display(description=gettext_lazy("Requested by"))
    def asked_by(self, entry: OutboxEntry) -> str:
        return str(entry.requested_by or "-")

    @admin.display(description=gettext_lazy("Queued"))
    def promised(self, entry: OutboxEntry) -> SafeString | str:
        return show.age(entry.created_at)

    def page(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        entry = cast(OutboxEntry, row)
        is_open = self.is_open(request, entry)
        seen = sight.of_entry(entry, is_open=is_open)
        return {
            "entry": entry,
            "group": outbox_words.ENTRY_GROUPS[entry.state],
            "headline": outbox_words.headline(entry, seen),
            "reason": seen.words(entry.reason),
            "meaning": outbox_words.meaning(entry),
            "record": link_to(self.admin_site, entry.resource),
            "path": sight.path_of(entry, is_open=is_open),
            "body": seen.body,
            "has_files": entry.content_type != JSON,
            "kept_for": kept_for(retention.days("outbox_bodies")),
            "problems": outbox_words.problems(entry, seen),
            "steps": timeline(entry, seen),
            "actions": actions.offered(entry, request.user),
            "lacks": actions.lacking(entry, request.user),
            "calls_url": calls_url(entry) if request.user.has_perm("mirror.view_apicall") else "",
            **self.reveal_context(request, entry, is_open=is_open, hides=seen.hides),
        }

    def get_urls(self) -> list[URLPattern]:
        def url(action: actions.Action) -> URLPattern:
            view = self.admin_site.admin_view(require_POST(self.do))
            return path(
                f"<uuid:object_id>/{action.name}/",
                view,
                {"name": action.name},
                f"mirror_outboxentry_{action.name}",
            )

        undoing = path(
            "<uuid:object_id>/undo/", self.admin_site.admin_view(undo.undo), name="mirror_outboxentry_undo"
        )
        return [*map(url, actions.ACTIONS), undoing, *super().get_urls()]

    def do(self, request: HttpRequest, object_id: UUID, name: str) -> HttpResponse:
        """Do one action and report the result on the entry's page. Raise PermissionDenied without the permission."""
        action = actions.BY_NAME[name]
        if not self.has_view_permission(request) or not request.user.has_perm(action.permission):
            raise PermissionDenied(action.permission)
        entry = get_object_or_404(OutboxEntry.objects.select_related("resource_type"), pk=object_id)
        if not actions.may_ask_for(request.user, entry):
            raise PermissionDenied(entry.get_operation().permission_for(entry.resource))
        text = request.POST.get("text", "").strip()
        if action.is_sentence:
            text = without_personal(text)
        if action.asks and not text:
            messages.error(request, _("Nothing was changed. Fill in: %(what)s") % {"what": action.asks})
        else:
            self._do(request, entry, action, text)
        return HttpResponseRedirect(reverse("admin:mirror_outboxentry_change", args=[entry.pk]))

    def _do(self, request: HttpRequest, entry: OutboxEntry, action: actions.Action, text: str) -> None:
        try:
            with acting(cause=f"entry {entry.pk}"):
                worked = action.fits(entry) and action.run(entry, text)
        except decide.NotThisOne as error:
            messages.error(request, _("Nothing was changed. %(why)s") % {"why": error})
            return
        except TelnyxError as error:
            said = _("Nothing was changed, because we could not check with Telnyx: %(why)s") % {
                "why": error.reason
            }
            messages.error(request, said)
            return
        if not worked:
            messages.warning(request, _("Nothing was changed: it has moved on in the meantime."))
            return
        self.log_change(request, entry, f"{action.label}: {text}" if text else str(action.label))
        messages.success(request, str(action.done))


def entries_named(term: str) -> Q:
    """Return the entries an id may mean: the entry's own (or its beginning), the record's, Telnyx's, or a token."""
    term = term.strip()
    digits = term.replace("-", "").lower()
    named = _about(_records_at_telnyx(term))
    if len(digits) == 32 and _is_hex(digits):
        return named | Q(pk=UUID(digits)) | _about([UUID(digits)]) | Q(callback_token=digits)
    if SHORTEST_PREFIX <= len(digits) < 32 and _is_hex(digits):
        return named | Q(pk__gte=UUID(digits.ljust(32, "0")), pk__lte=UUID(digits.ljust(32, "f")))
    return named


def _about(records: list[UUID]) -> Q:
    # The index of the records starts with their kind.
    kinds = ContentType.objects.get_for_models(*sync.resources()).values()
    return Q(resource_type__in=list(kinds), resource_id__in=records)


def _records_at_telnyx(remote_id: str) -> list[UUID]:
    return [
        pk
        for model in sync.resources()
        for pk in model._base_manager.filter(remote_id=remote_id).values_list("pk", flat=True)
    ]


def _is_hex(text: str) -> bool:
    return all(c in "0123456789abcdef" for c in text)


def timeline(entry: OutboxEntry, seen: Sight) -> list[Step]:
    """Return what happened to a promise, newest first: the promise, every attempt, what people decided."""
    steps = [attempt_step(attempt, seen) for attempt in entry.attempts.all()[:LONGEST_TIMELINE]]
    kind = ContentType.objects.get_for_model(OutboxEntry)
    for log in LogEntry.objects.filter(content_type=kind, object_id=str(entry.pk)).select_related("user"):
        steps.append(Step(log.action_time, seen.words(log.get_change_message()), who=str(log.user)))
    asked_by = str(entry.requested_by) if entry.requested_by else _("by the system")
    steps.append(
        Step(entry.created_at, _("Queued: %(what)s") % {"what": entry.get_operation_label()}, who=asked_by)
    )
    return sorted(steps, key=lambda step: step.at, reverse=True)


def attempt_step(attempt: Attempt, seen: Sight) -> Step:
    """Return one attempt as a step: its outcome, Telnyx's status and codes, how long it took."""
    facts = [
        f"HTTP {attempt.http_status}" if attempt.http_status else "",
        _("codes %(codes)s") % {"codes": seen.words(", ".join(attempt.codes))} if attempt.codes else "",
        _("%(ms)s ms") % {"ms": attempt.milliseconds} if attempt.milliseconds is not None else "",
        seen.words(attempt.error),
        _("Telnyx request ID %(id)s") % {"id": attempt.request_id} if attempt.request_id else "",
    ]
    return Step(
        attempt.finished_at,
        attempt.get_outcome_display(),
        " · ".join(bodies.visible(fact) for fact in facts if fact),
        _("worker %(name)s") % {"name": attempt.worker},
        outbox_words.OUTCOME_GROUPS.get(attempt.outcome, "under_way"),
    )


@admin.register(Attempt)
class AttemptAdmin(ListedAdmin):
    """The list of attempts; each is shown on the page of its entry."""

    list_display = ("outcome_pill", "entry_link", "http_status", "said", "milliseconds", "finished")
    list_display_links = None
    list_filter = ("outcome",)
    list_select_related = ("entry__resource_type",)
    search_fields = ("id",)
    search_help_text = gettext_lazy("Entry ID, record ID, Telnyx ID or callback token")
    empty_words = gettext_lazy(
        "Nothing has been sent to Telnyx yet. Each try to send what people submit appears here, with Telnyx's answer."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("entry__body", "entry__errors")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        if not search_term:
            return queryset, False
        found = OutboxEntry.objects.filter(entries_named(search_term)).order_by("-created_at")
        return queryset.filter(entry__in=list(found.values_list("pk", flat=True)[:100])), False

    @admin.display(description=gettext_lazy("Outcome"))
    def outcome_pill(self, attempt: Attempt) -> SafeString:
        group = outbox_words.OUTCOME_GROUPS.get(attempt.outcome, "under_way")
        return show.pill(group, attempt.get_outcome_display())

    @admin.display(description=gettext_lazy("Request"))
    def entry_link(self, attempt: Attempt) -> SafeString | str:
        return link_to(self.admin_site, attempt.entry)

    @admin.display(description=gettext_lazy("Codes and error"))
    def said(self, attempt: Attempt) -> str:
        facts: Sequence[str] = [", ".join(attempt.codes), attempt.error]
        return " · ".join(sight.LIST.words(bodies.visible(fact)) for fact in facts if fact) or "-"

    @admin.display(description=gettext_lazy("When"))
    def finished(self, attempt: Attempt) -> SafeString | str:
        return show.age(attempt.finished_at)

    def shown_at(self, request: HttpRequest, object_id: str) -> str:
        """Redirect to the entry, whose page shows the attempt among the others."""
        attempt = self.get_row(request, object_id)
        return reverse("admin:mirror_outboxentry_change", args=[attempt.entry_id])
