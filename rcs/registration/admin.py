"""The lists of registered brands and agents, and the addresses of their pages."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.views import ChangeList

from messaging.desk import show
from messaging.desk.base_admin import ShownAdmin, record_urls
from messaging.desk.pages import user_of
from messaging.desk.show import Step
from messaging.desk.turns import Group

from ..models import RcsAgentRegistration, RcsBrand
from . import page, views
from .choices import AgentStatus, BrandStatus

BRAND, AGENT = "rcs_rcsbrand", "rcs_rcsagentregistration"
PAGES: tuple[tuple[str, Any], ...] = (("progress", views.progress), ("edit", views.edit))


class OpenFilter(admin.SimpleListFilter):
    """Hide what is closed unless a person asks for it."""

    title = gettext_lazy("closed")
    parameter_name = "closed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Closed or gone")), ("all", _("All"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        is_open = Q(closed_at=None, gone_at=None)
        if self.value() == "all":
            return queryset
        return queryset.exclude(is_open) if self.value() == "yes" else queryset.filter(is_open)


class StatusFilter(admin.SimpleListFilter):
    title = gettext_lazy("status at Telnyx")
    parameter_name = "status"
    words: Any

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("Not at Telnyx")), *self.words.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "none":
            return queryset.filter(remote_id=None)
        return queryset.filter(remote_status=self.value()) if self.value() in self.words.values else queryset


class BrandStatusFilter(StatusFilter):
    words = BrandStatus


class AgentStatusFilter(StatusFilter):
    words = AgentStatus


class TurnList(ChangeList):
    """A list whose rows know their stage."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the rows of the page, then the stage of all of them."""
        super().get_results(request)
        page_of_list: Any = self
        page_of_list.result_list = list(page_of_list.result_list)
        for record, turn in page.with_turns(page_of_list.result_list):
            record.shown_turn = turn


class RegistrationAdmin(ShownAdmin):
    show_view = staticmethod(views.show)
    new_view = staticmethod(views.new)
    list_display_links = ("named",)
    list_before_template = "admin/rcs/registration/above.html"
    search_fields = ("display_name",)
    search_help_text = gettext_lazy("Name, or Telnyx ID")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TurnList

    def history_steps(self, request: HttpRequest, record: Any) -> Iterable[Step]:
        return page.everything(record, user_of(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        named = Q(display_name__icontains=term) | Q(remote_id=term)
        return queryset.filter(named) if term else queryset, False

    @admin.display(description=gettext_lazy("Name"))
    def named(self, record: Any) -> str:
        return str(record)

    @admin.display(description=gettext_lazy("Stage"))
    def stage(self, record: Any) -> SafeString:
        group = record.shown_turn.group
        return show.pill(group, Group(group).label)

    @admin.display(description=gettext_lazy("Status at Telnyx"))
    def at_telnyx(self, record: Any) -> str:
        return str(page.status_words(record)) if record.remote_id else "-"

    @admin.display(description=gettext_lazy("Since"))
    def since(self, record: Any) -> SafeString | str:
        return show.age(record.remote_status_at or record.updated_at)

    @admin.display(description=gettext_lazy("Last checked"))
    def as_of(self, record: Any) -> SafeString | str:
        return show.age(record.remote_as_of)


@admin.register(RcsBrand)
class RcsBrandAdmin(RegistrationAdmin):
    list_display = ("named", "legal_name", "stage", "at_telnyx", "since", "as_of")
    list_filter = (OpenFilter, BrandStatusFilter)
    empty_words = gettext_lazy("No RCS brands yet. Start with the business that messages are sent for.")
    custom_urls = (
        ("board/", f"{BRAND}_board", views.board),
        *record_urls(BRAND, (*PAGES, *views.actions(RcsBrand))),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("created_by")


@admin.register(RcsAgentRegistration)
class RcsAgentRegistrationAdmin(RegistrationAdmin):
    list_display = ("named", "use_case", "stage", "at_telnyx", "since", "as_of")
    list_filter = (OpenFilter, AgentStatusFilter)
    empty_words = gettext_lazy("No agents are being registered. An agent needs a brand first.")
    custom_urls = record_urls(
        AGENT,
        (
            *PAGES,
            *views.actions(RcsAgentRegistration),
            ("launch", views.launch),
            ("add-device", views.add_device),
            ("remove-device", views.remove_device),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("created_by")
