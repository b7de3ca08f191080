"""What Telnyx sent us, delivery by delivery: to view, to search, and to process again."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from messaging.desk import bodies, number_events, outbox_words, show, sight
from messaging.desk.filters import NumberFilter
from messaging.desk.number_address import number_in
from messaging.desk.revealing import RevealingAdmin

from .. import permissions, retention
from ..clock import now
from ..inbound import drain
from ..masking import without_personal
from ..models import OutboxEntry, WebhookEvent
from ..models.inbox import EMPTIED
from .outbox import entries_named, link_to

# How many of the newest events supply the types that the filter offers.
LATELY = 500
MOST_ENTRIES = 100

REPLAY = "mirror.replay_webhookevent"
READ = "mirror.read_webhookevent"
HELD_BACK = (WebhookEvent.State.QUARANTINED, WebhookEvent.State.NEEDS_REVIEW)


class TypeFilter(admin.SimpleListFilter):
    """Choose among recent types: listing every type ever stored would read the whole table."""

    title = gettext_lazy("type (recent events)")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = WebhookEvent.objects.order_by("-id").values("event_type")[:LATELY]
        # And the one that is chosen, which may be older: the page of errors leads to it.
        names = {row["event_type"] for row in newest} | {request.GET.get(self.parameter_name, "")}
        return [(name, name) for name in sorted(names) if name]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(event_type=self.value()) if self.value() else queryset


class ErrorFilter(admin.SimpleListFilter):
    """Choose the events that the page of errors counted together. It offers nothing by itself."""

    title = gettext_lazy("error")
    parameter_name = "error"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        chosen = request.GET.get(self.parameter_name, "")
        return [(chosen, chosen)] if chosen else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        # What follows the class can repeat the body, so it is no choice.
        error = (self.value() or "").partition(":")[0]
        return queryset.filter(Q(error=error) | Q(error__startswith=f"{error}:")) if error else queryset


class ReceivedFilter(admin.SimpleListFilter):
    """Choose by when an event was received."""

    title = gettext_lazy("received")
    parameter_name = "received"
    hours = {
        "1": gettext_lazy("In the last hour"),
        "24": gettext_lazy("In the last 24 hours"),
        "168": gettext_lazy("In the last 7 days"),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.hours.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value not in self.hours:
            return queryset
        lately = Q(received_at__gte=now() - timedelta(hours=int(value)))
        # Each event is in one of two indexes by this time; a condition for each lets PostgreSQL use both.
        return queryset.filter(Q(lately, EMPTIED) | Q(lately, ~EMPTIED))


class OfNumber(NumberFilter):
    """Keep the events about one number, as far as this person may see what leads to them."""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        number = number_in(self.value() or "")
        return queryset.filter(number_events.about(request.user, number)) if number else queryset


@admin.register(WebhookEvent)
class WebhookEventAdmin(RevealingAdmin):
    """The list and the page of webhook events, and the way to process one again."""

    reveal_permission = READ
    hidden_words = gettext_lazy("Show what Telnyx sent")
    page_template = "admin/mirror/webhookevent.html"
    list_before_template = "admin/mirror/events_before.html"
    list_display = ("named", "state_pill", "deliveries", "happened", "received", "said")
    list_display_links = ("named",)
    list_filter = ("state", TypeFilter, ReceivedFilter, ErrorFilter, OfNumber)
    search_fields = ("id",)
    search_help_text = gettext_lazy(
        "Event ID (the first characters are enough), or the ID of an outbox entry or record"
    )
    empty_words = gettext_lazy(
        "No webhooks from Telnyx yet. Each one appears here as it arrives. Health says which address Telnyx needs, and "
        "whether it can be reached."
    )
    actions = ("process_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("body")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        return queryset.filter(events_named(search_term)) if search_term else queryset, False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, and say what a search for a number finds."""
        number = number_in(request.GET.get(OfNumber.parameter_name, ""))
        context = {"number": without_personal(number) if number else "", "most": number_events.MOST}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(REPLAY)

    @admin.display(description=gettext_lazy("Event"))
    def named(self, event: WebhookEvent) -> str:
        return event.event_type or event.dedupe_key[:24]

    @admin.display(description=gettext_lazy("State"))
    def state_pill(self, event: WebhookEvent) -> SafeString:
        group, words = outbox_words.EVENT_GROUPS[event.state], outbox_words.EVENT_WORDS[event.state]
        if event.is_tried_again() or event.state == WebhookEvent.State.WAITING:
            return show.chip(group, words, _("Next try: %(at)s") % {"at": show.clock(event.not_before)})
        return show.pill(group, words)

    @admin.display(description=gettext_lazy("Happened"))
    def happened(self, event: WebhookEvent) -> SafeString | str:
        return show.age(event.occurred_at)

    @admin.display(description=gettext_lazy("Received"))
    def received(self, event: WebhookEvent) -> SafeString | str:
        return show.age(event.received_at)

    @admin.display(description=gettext_lazy("Error"))
    def said(self, event: WebhookEvent) -> str:
        # After its class, the error's text can repeat the body, which a list doesn't read.
        return sight.LIST.words(bodies.visible(event.error.partition(":")[0])) or "-"

    @admin.action(description=gettext_lazy("Process again"), permissions=["replay"])
    def process_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._release(request, queryset)

    def page(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        event = cast(WebhookEvent, row)
        entry = OutboxEntry.objects.filter(callback_token=event.callback_token or None).first()
        is_open = self.is_open(request, event)
        seen = sight.of_event(event, is_open=is_open)
        return {
            "event": event,
            "group": outbox_words.EVENT_GROUPS[event.state],
            "meaning": outbox_words.event_meaning(event),
            "advice": drain.advice(event),
            "error": seen.detail(bodies.visible(event.error)),
            "body": seen.body,
            **self.reveal_context(request, event, is_open=is_open, hides=seen.hides),
            "is_emptied": event.is_emptied(),
            "kept_days": retention.days("webhook_bodies"),
            "is_fetched": event.is_fetched(),
            "is_test": event.is_test(),
            "size": len(event.body),
            "entry": link_to(self.admin_site, entry) if entry else "",
            "leads": number_events.leads(request.user, event),
            "repeats": event.deliveries - 1,
            "is_held_back": event.state in HELD_BACK,
            "lacks": [] if event.is_emptied() else permissions.lacking(request.user, REPLAY),
            "may_replay": event.state in WebhookEvent.RELEASABLE
            and not event.is_emptied()
            and self.has_replay_permission(request),
        }

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.replay))
        return [path("<int:object_id>/replay/", view, name="mirror_webhookevent_replay"), *super().get_urls()]

    def replay(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Process one event again. Raise PermissionDenied for a person without the permission."""
        if not self.has_view_permission(request) or not self.has_replay_permission(request):
            raise PermissionDenied(REPLAY)
        event = get_object_or_404(WebhookEvent.objects.defer("body"), pk=object_id)
        self._release(request, WebhookEvent.objects.filter(pk=event.pk))
        return HttpResponseRedirect(reverse("admin:mirror_webhookevent_change", args=[event.pk]))

    def _release(self, request: HttpRequest, queryset: QuerySet) -> None:
        chosen = list(queryset.defer("body")[: self.list_per_page])
        count = drain.release(WebhookEvent.objects.filter(pk__in=[event.pk for event in chosen]))
        for event in chosen:
            self.log_change(request, event, str(_("Process again")))
        if not count:
            messages.warning(request, _("Nothing was changed: it is already waiting to be processed."))
            return
        said = ngettext(
            "%(n)s event will be processed again within seconds.",
            "%(n)s events will be processed again within seconds.",
            count,
        )
        messages.success(request, said % {"n": count})


def events_named(term: str) -> Q:
    """Return the events a person means: by their id, or by that of the entry or record whose callback they reached."""
    term = term.strip()
    found = Q(dedupe_key__startswith=term)
    if term.isascii() and term.isdigit() and len(term) < 19:
        found |= Q(pk=int(term))
    entries = OutboxEntry.objects.filter(entries_named(term)).order_by("-created_at")
    tokens = list(entries.values_list("callback_token", flat=True)[:MOST_ENTRIES])
    if not tokens:
        return found
    return found | Q(callback_token__in=tokens) & ~Q(callback_token="")
