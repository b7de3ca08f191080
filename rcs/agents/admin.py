"""The lists of RCS agents and of what phones can receive, and the URLs of their pages."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import filters, show
from messaging.desk.base_admin import ReadOnlyAdmin, ShownAdmin, record_urls
from messaging.desk.pages import user_of, uuid_or_none
from messaging.desk.show import Step
from messaging.mirror.models import SyncState
from messaging.models import MessagingProfile
from messaging.numbers import find_number

from ..handsets import features
from ..models import Capability, RcsAgent
from . import page, views, webhook_check

AGENT, CAPABILITY = "rcs_rcsagent", "rcs_capability"
PAGES = (
    ("progress", views.progress),
    ("edit", views.edit),
    ("fix-webhook", views.fix_webhook),
    ("ask", views.ask),
    ("invite", views.invite),
    ("links", views.links),
    ("made-links", views.link_progress),
)
MOST_OFFERED = 50
UNDER_WAY = (SyncState.QUEUED, SyncState.SENDING)


@admin.register(RcsAgent)
class RcsAgentAdmin(ShownAdmin):
    show_view = staticmethod(views.show)
    list_display = ("agent", "identifier", "state", "profile", "events", "as_of")
    list_display_links = ("agent",)
    list_filter = (filters.ThereFilter, "enabled")
    list_before_template = "admin/rcs/rcsagent/above.html"
    search_fields = ("agent_name",)
    search_help_text = gettext_lazy("Name, or Telnyx ID")
    empty_words = gettext_lazy(
        "No RCS agents yet. Agents are registered with Telnyx; we read them every hour."
    )
    custom_urls = (
        *record_urls(AGENT, PAGES),
        ("<uuid:pk>/invite/<uuid:handset_pk>/", f"{AGENT}_invite_again", views.invite_again),
    )

    def history_steps(self, request: HttpRequest, record: Any) -> Iterable[Step]:
        return page.everything(record, user_of(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        profile = MessagingProfile.objects.filter(remote_id=OuterRef("messaging_profile_id"))
        found = super().get_queryset(request).defer("remote_data")
        return found.annotate(profile_name=Subquery(profile.values("name")[:1]))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        named = Q(agent_name__icontains=term) | Q(remote_id=term)
        return queryset.filter(named) if term else queryset, False

    @admin.display(description=gettext_lazy("Agent"))
    def agent(self, agent: RcsAgent) -> str:
        return str(agent)

    @admin.display(description=gettext_lazy("Telnyx ID"))
    def identifier(self, agent: RcsAgent) -> SafeString:
        return format_html('<span class="desk-mono">{}</span>', agent.remote_id or "-")

    @admin.display(description=gettext_lazy("State"))
    def state(self, agent: RcsAgent) -> SafeString:
        return state(agent)

    @admin.display(description=gettext_lazy("Messaging profile"))
    def profile(self, agent: Any) -> str:
        if not agent.messaging_profile_id:
            return _("None")
        return agent.profile_name or _("unknown here")

    @admin.display(description=gettext_lazy("Events"))
    def events(self, agent: RcsAgent) -> SafeString | str:
        if not agent.is_there():
            return "-"
        if webhook_check.problems(agent):
            return show.pill("needs_us", _("Not to this desk"))
        return show.pill("done", _("To this desk")) if webhook_check.our_address() else "-"

    @admin.display(description=gettext_lazy("Last checked"))
    def as_of(self, agent: RcsAgent) -> SafeString | str:
        return show.age(agent.remote_as_of)


def state(agent: RcsAgent) -> SafeString:
    """Return whether an agent can be used, or the state of its last change."""
    if agent.gone_at:
        return show.pill("closed", _("No longer at Telnyx"))
    if agent.sync_state in UNDER_WAY:
        return show.pill("under_way", SyncState(agent.sync_state).label)
    if agent.sync_state == SyncState.UNSURE:
        return show.pill("unsure", SyncState.UNSURE.label)
    if agent.sync_state == SyncState.REFUSED:
        return show.pill("needs_us", _("Change refused"))
    return show.pill("done", _("Enabled")) if agent.enabled else show.pill("closed", _("Disabled"))


class AgentFilter(admin.SimpleListFilter):
    title = gettext_lazy("agent")
    parameter_name = "agent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        there = RcsAgent.at_telnyx().order_by("agent_name", "pk")
        return [(str(agent.pk), str(agent)) for agent in there.defer("remote_data")[:MOST_OFFERED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return by_uuid(queryset, "agent", self.value())


class KnownFilter(admin.SimpleListFilter):
    title = gettext_lazy("RCS")
    parameter_name = "rcs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("yes", _("With RCS")),
            ("no", _("Without RCS")),
            ("unknown", _("Unknown")),
            ("waiting", _("Checking")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        known = queryset.filter(as_of__isnull=False, error="")
        if self.value() == "yes":
            return known.filter(has_rcs=True)
        if self.value() == "no":
            return known.filter(has_rcs=False)
        if self.value() == "unknown":
            return queryset.filter(wanted_at=None).exclude(error="")
        return queryset.filter(wanted_at__isnull=False) if self.value() == "waiting" else queryset


class CheckFilter(admin.SimpleListFilter):
    """The numbers of one check, chosen only by its id in the URL."""

    title = gettext_lazy("check")
    parameter_name = "check"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        chosen = request.GET.get(self.parameter_name, "")
        return [(chosen, _("this check"))] if chosen else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return by_uuid(queryset, "checks", self.value())


def by_uuid(queryset: QuerySet, field: str, value: str | None) -> QuerySet:
    if not value:
        return queryset
    pk = uuid_or_none(value)
    return queryset.filter(**{field: pk}) if pk else queryset.none()


@admin.register(Capability)
class CapabilityAdmin(ReadOnlyAdmin):
    list_display_links = None
    list_filter = (KnownFilter, AgentFilter, CheckFilter)
    list_before_template = "admin/rcs/capability/above.html"
    search_fields = ("phone_number",)
    search_help_text = gettext_lazy("Number in any format")
    empty_words = gettext_lazy(
        "No phones have been checked yet. A check asks Telnyx whether a phone has RCS, and the answer is kept here."
    )
    actions = None
    show_add_link = False
    custom_urls = (
        ("check/", f"{CAPABILITY}_new", views.check_numbers),
        ("check/<uuid:pk>/", f"{CAPABILITY}_check", views.check),
        ("check/<uuid:pk>/progress/", f"{CAPABILITY}_check_progress", views.check_progress),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("agent").defer("agent__remote_data")

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = partial(page.number_for, user_of(request), page.CHECK)

        @admin.display(description=gettext_lazy("Number"))
        def number(capability: Capability) -> str:
            return shown(capability.phone_number)

        @admin.display(description=gettext_lazy("Can receive"))
        def can(capability: Capability) -> str:
            error = page.error_for(user_of(request), capability)
            return error or capfirst(features.in_words(capability)) or "-"

        return (number, "agent_name", "state", can, "told")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Search for one exact number, so that people who see masked numbers can't find them by guessing."""
        if not search_term.strip():
            return queryset, False
        number = find_number(search_term)
        if not number or not user_of(request).has_perm(page.CHECK):
            return queryset.none(), False
        return queryset.filter(phone_number=number), False

    @admin.display(description=gettext_lazy("RCS agent"))
    def agent_name(self, capability: Capability) -> str:
        return str(capability.agent)

    @admin.display(description=gettext_lazy("RCS"))
    def state(self, capability: Capability) -> SafeString:
        return show.pill(*features.state(capability))

    @admin.display(description=gettext_lazy("Reported by Telnyx"))
    def told(self, capability: Capability) -> SafeString | str:
        return show.age(capability.as_of)

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        raise Http404  # everything there is to know is in the list
