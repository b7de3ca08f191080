"""The list of hosted orders, and the URLs of their pages."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.views import ChangeList

from messaging import list_csv as csv
from messaging.desk import filters, show, stages
from messaging.desk.base_admin import ShownAdmin, record_urls
from messaging.desk.finding import tidy
from messaging.desk.show import Step
from messaging.desk.turns import OURS
from messaging.looks import views as looks
from messaging.team import approval_views, note_views
from messaging.team import filters as with_whom
from messaging.team import views as team
from messaging.team.people import name_and_state
from messaging.validators import display_number

from ..choices import NumberStatus
from ..desk import finding
from ..documents import views as document_views
from ..models import HostedOrder, OrderNumber
from ..state import turn_rules, turns
from . import actions, approving, list_csv, page, views

NAME = "hosted_hostedorder"
PAGES = (
    ("progress", views.progress),
    ("submit", actions.submit),
    ("approve", approving.approve),
    ("check-to-approve", actions.check_to_approve),
    ("cancel", actions.cancel),
    ("delete-draft", actions.delete_draft),
    ("letter", views.make_letter),
    ("names", views.edit_names),
    ("check", actions.check),
    ("add-numbers", actions.add_numbers),
    ("drop-number", actions.drop_number),
    ("keep-eligible", actions.keep_eligible),
    ("save-draft", actions.save_draft),
    ("override", actions.override),
    ("send-codes", actions.send_codes),
    ("check-codes", actions.check_codes),
    ("remove-number", actions.remove_number),
    ("upload", actions.upload),
    ("answer-upload", actions.answer_upload),
    ("tick", actions.tick),
    ("send-documents", actions.send_documents),
    ("move-failed", actions.move_failed),
    ("acknowledge", actions.acknowledge),
    ("check-again", actions.check_again),
)
EXPORT = ("<uuid:pk>/eligibility.csv", f"{NAME}_export", views.export)


class TurnFilter(filters.TurnFilter):
    def in_group(self, group: str) -> Q:
        return turns.in_group(group)


class DueFilter(filters.DueFilter):
    def due(self) -> Case:
        return turn_rules.due()


class OrderList(filters.DueList):
    """A page of the list, with what the turns are derived from looked up for all rows at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)  # type: ignore[has-type]
        turns.with_standing(rows)
        self.result_list = rows

    def due(self) -> Case:
        return turn_rules.due()


@admin.register(HostedOrder)
class HostedOrderAdmin(ShownAdmin):
    show_view = staticmethod(views.show)
    new_view = staticmethod(views.new)
    list_display = ("numbers", "order", "stage", "due", "with_person", "telnyx_status", "since")
    list_display_links = ("numbers", "order")
    list_filter = (TurnFilter, with_whom.WithFilter, DueFilter)
    list_select_related = ("assigned_to",)
    sortable_by = ("due",)
    list_before_template = "desk/groups.html"
    search_fields = ("note",)
    search_help_text = gettext_lazy("Number, its name, customer, note, author, or part of an ID")
    empty_words = gettext_lazy(
        "No hosted orders yet. Those started here appear here, and within minutes those made in Telnyx's portal."
    )
    page_select_related = ("created_by", "messaging_profile", "moved_from", "assigned_to")
    custom_urls = (
        *record_urls(NAME, PAGES),
        EXPORT,
        *team.urls(NAME),
        *note_views.urls(NAME),
        *approval_views.urls(NAME),
        ("look/", f"{NAME}_look", looks.button(page.CHANGE)),
        ("csv/", f"{NAME}_csv", csv.view(list_csv.COLUMNS, list_csv.prepare)),
    )

    def history_steps(self, request: HttpRequest, record: Any) -> Iterable[Step]:
        return page.everything(record)

    def get_urls(self) -> list[URLPattern]:
        return [*document_views.patterns(self.admin_site.admin_view), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return OrderList

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        if request.GET.get(TurnFilter.parameter_name):
            return ["-created_at"]  # by its index; within one stage it orders nothing
        return stages.in_list(turn_rules.names_of(*OURS))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        is_removed = Case(When(Q(gone_at=None) & ~Q(status=NumberStatus.DELETED), then=0), default=1)
        first = OrderNumber.objects.filter(order=OuterRef("pk")).order_by(is_removed, "phone_number")
        return super().get_queryset(request).annotate(first_number=Subquery(first.values("phone_number")[:1]))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = tidy(search_term)
        return finding.found(queryset, term) if term else queryset, False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        links = filters.group_links(request, _("New hosted order")) | looks.context(
            request, self, page.CHANGE
        )
        links |= csv.link(request, self) | with_whom.links(request)
        return super().changelist_view(request, {**(extra_context or {}), **links})

    @admin.display(description=gettext_lazy("Numbers"))
    def numbers(self, order: Any) -> str:
        if not order.first_number:
            return _("No numbers yet")
        more = turns.standing(order).total - 1
        shown = display_number(order.first_number)
        return _("%(number)s and %(n)s more") % {"number": shown, "n": more} if more > 0 else shown

    @admin.display(description=gettext_lazy("Order"))
    def order(self, order: HostedOrder) -> str:
        return str(order)

    @admin.display(description=gettext_lazy("Stage"))
    def stage(self, order: HostedOrder) -> SafeString:
        group = order.turn().group
        return show.chip(group, group.label, turns.line(order))

    @admin.display(description=gettext_lazy("Due"), ordering="due_for_us")
    def due(self, order: HostedOrder) -> SafeString | str:
        return show.due(turns.due_for_us(order), order.turn_since())

    @admin.display(description=gettext_lazy("Assigned to"))
    def with_person(self, order: HostedOrder) -> str:
        return name_and_state(order.assigned_to) or "-"

    @admin.display(description=gettext_lazy("Status at Telnyx"))
    def telnyx_status(self, order: HostedOrder) -> str:
        return str(page.status_words(order)) or "-"

    @admin.display(description=gettext_lazy("Since"))
    def since(self, order: HostedOrder) -> SafeString | str:
        return show.age(order.turn_since())
