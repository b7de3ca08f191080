"""The list of hosted orders, and the way to the pages of each."""

import re
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.views import ChangeList

from messaging.desk import filters, home, number_lookup, show
from messaging.desk.base_admin import ShownAdmin
from messaging.desk.turns import OURS
from messaging.log import why
from messaging.validators import display_number

from ..desk import senders
from ..desk.home import my_work
from ..desk.number_lookup import orders
from ..documents import views as document_views
from ..models import HostedOrder, OrderNumber
from ..state import turns
from . import actions as deeds
from . import views

home.contribute(my_work)
number_lookup.contribute(orders)
why.about_senders(senders.hosting)

NAME = "hosted_hostedorder"
SHORTEST_FRAGMENT = 4
DEEDS = (
    ("progress", views.progress),
    ("submit", deeds.submit),
    ("cancel", deeds.cancel),
    ("letter", views.make_letter),
    ("check", deeds.check),
    ("add-numbers", deeds.add_numbers),
    ("drop-number", deeds.drop_number),
    ("keep-eligible", deeds.keep_eligible),
    ("save-draft", deeds.save_draft),
    ("override", deeds.override),
    ("send-codes", deeds.send_codes),
    ("check-codes", deeds.check_codes),
    ("remove-number", deeds.remove_number),
    ("upload", deeds.upload),
    ("tick", deeds.tick),
    ("send-documents", deeds.send_documents),
    ("move-failed", deeds.move_failed),
    ("acknowledge", deeds.acknowledge),
    ("check-again", deeds.check_again),
)
EXPORT = ("<uuid:pk>/eligibility.csv", f"{NAME}_export", views.export)


class TurnFilter(filters.TurnFilter):
    def in_group(self, group: str) -> Q:
        return turns.in_group(group)


class OrderList(ChangeList):
    """A page of the list, with what tells each turn looked up for all rows at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)  # type: ignore[has-type]
        turns.with_standing(rows)
        self.result_list = rows


@admin.register(HostedOrder)
class HostedOrderAdmin(ShownAdmin):
    list_display = ("numbers", "order", "stage", "telnyx_status", "since")
    list_display_links = ("numbers", "order")
    list_filter = (TurnFilter,)
    list_before_template = "desk/groups.html"
    search_fields = ("note",)
    search_help_text = gettext_lazy("Number in any format, or Telnyx ID")
    empty_words = gettext_lazy("No hosted orders yet.")
    sortable_by = ()
    actions = None
    show_add_link = False
    custom_urls = (
        *((f"<uuid:pk>/{name}/", f"{NAME}_{name.replace('-', '_')}", view) for name, view in DEEDS),
        EXPORT,
    )

    def get_urls(self) -> list[URLPattern]:
        return [*document_views.patterns(self.admin_site.admin_view), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return OrderList

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        if request.GET.get(TurnFilter.parameter_name):
            return ["-created_at"]  # by its index; within one stage it orders nothing
        ours_first = Case(When(turns.in_group(*OURS), then=Value(0)), default=Value(1))
        return [ours_first.asc(), "-created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        first = OrderNumber.objects.filter(order=OuterRef("pk")).order_by("phone_number")
        return super().get_queryset(request).annotate(first_number=Subquery(first.values("phone_number")[:1]))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        return queryset.filter(named(term)) if term else queryset, False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        links = filters.group_links(request, _("New hosted order"))
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

    @admin.display(description=gettext_lazy("Status at Telnyx"))
    def telnyx_status(self, order: HostedOrder) -> str:
        return order.remote_status or "-"

    @admin.display(description=gettext_lazy("Since"))
    def since(self, order: HostedOrder) -> SafeString | str:
        return show.age(order.turn_since())

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return views.new(request, self)

    def show(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return views.show(request, views.get(request, pk, self), self)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def named(term: str) -> Q:
    """Return the filter for a number in any shape, the end of one, or a Telnyx id."""
    found = Q(remote_id=term) | Q(note__icontains=term)
    digits = re.sub(r"\D", "", term)
    if len(digits) >= SHORTEST_FRAGMENT and not re.search("[a-zA-Z]", term):
        ends = OrderNumber.objects.filter(order=OuterRef("pk"), phone_number__contains=digits)
        found |= Q(Exists(ends))
    return found
