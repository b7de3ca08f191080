"""The list of the numbers Telnyx hosts for us, which Telnyx's portal lacks, and the URLs of their pages."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Collate, Reverse
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import TextFilter
from unfold.views import ChangeList

from messaging import list_csv as csv
from messaging.desk import show
from messaging.desk.base_admin import ReadOnlyAdmin
from messaging.desk.pages import user_of, uuid_or_none
from messaging.desk.show import Step
from messaging.looks import views as looks
from messaging.models import MessagingProfile
from messaging.numbers import find_number

from ..desk import finding
from ..models import HostedNumber
from ..orders.page import page_url as order_url
from . import bulk, bulk_page, bulk_views, list_csv, page, views, wording

NAME = "hosted_hostednumber"
SHORTEST_FRAGMENT = 4
SHOWN_TAGS = 2

HERE, NO_PROFILE, GONE, ALL = "", "no_profile", "gone", "all"


class PlaceFilter(admin.SimpleListFilter):
    """Choose between numbers at Telnyx and numbers that are gone. A search covers both unless one is chosen."""

    title = gettext_lazy("status")
    parameter_name = "place"
    nothing: Mapping[str, Any] = {
        NO_PROFILE: gettext_lazy("Every number has a profile."),
        GONE: gettext_lazy("No number has gone from Telnyx."),
    }
    words: Sequence[tuple[str, Any]] = (
        (HERE, gettext_lazy("At Telnyx")),
        (NO_PROFILE, gettext_lazy("Without a messaging profile")),
        (GONE, gettext_lazy("No longer at Telnyx")),
        (ALL, gettext_lazy("All")),
    )

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [pair for pair in self.words if pair[0]]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": self.words[0][1]}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value == GONE:
            return queryset.filter(gone_at__isnull=False)
        if value == NO_PROFILE:
            return queryset.filter(gone_at=None, messaging_profile_id="")
        if value == ALL or request.GET.get("q"):
            return queryset
        return queryset.filter(gone_at=None)


class ProfileFilter(TextFilter):
    """Find by the profile's typed name or id: there may be more profiles than a select can show."""

    title = gettext_lazy("messaging profile (name or id)")
    parameter_name = "profile"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        typed = (self.value() or "").strip()
        if not typed:
            return queryset
        named = MessagingProfile.objects.filter(name__icontains=typed).values("remote_id")
        return queryset.filter(Q(messaging_profile_id=typed) | Q(messaging_profile_id__in=named))


class ProductFilter(admin.SimpleListFilter):
    title = gettext_lazy("messaging product")
    parameter_name = "product"
    other = "other"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*wording.PRODUCTS.items(), (self.other, _("Other or none"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == self.other:
            return queryset.exclude(messaging_product__in=list(wording.PRODUCTS))
        return queryset.filter(messaging_product=self.value()) if self.value() else queryset


class TagFilter(TextFilter):
    title = gettext_lazy("tag (whole word)")
    parameter_name = "tag"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        typed = (self.value() or "").strip()
        return queryset.filter(tags__contains=[typed]) if typed else queryset


class NumberList(ChangeList):
    """A page of the list, with profiles, names and orders of its numbers each looked up in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)  # type: ignore[has-type]
        page.look_up(rows, user_of(request))
        self.result_list = rows


@admin.register(HostedNumber)
class HostedNumberAdmin(ReadOnlyAdmin):
    page_template = f"{views.FOLDER}number.html"
    list_display = ("number", "order", "profile", "kind", "tagged", "health", "our_side")
    list_display_links = ("number",)
    list_filter = (PlaceFilter, ProfileFilter, ProductFilter, TagFilter)
    list_before_template = f"{views.FOLDER}places.html"
    search_fields = ("phone_number",)
    search_help_text = gettext_lazy(
        "Number in any format, its last digits (4 or more), its name, or Telnyx ID"
    )
    empty_words = gettext_lazy(
        "No hosted numbers yet. Numbers appear here when an order makes them live. Every few "
        "minutes we also look for others that Telnyx hosts for the account."
    )
    actions = ("change_settings",)
    custom_urls = (
        ("many/", f"{NAME}_many", bulk_views.many),
        ("many/<uuid:pk>/", f"{NAME}_bulk", bulk_views.progress),
        ("many/<uuid:pk>/undo/", f"{NAME}_undo", bulk_views.undo),
        ("csv/", f"{NAME}_csv", csv.view(list_csv.COLUMNS, list_csv.prepare)),
        ("look/", f"{NAME}_look", looks.button(page.CHANGE, MessagingProfile)),
        ("<uuid:pk>/settings/", f"{NAME}_settings", views.settings),
        ("<uuid:pk>/remove/", f"{NAME}_remove", views.remove),
        ("<uuid:pk>/ask/", f"{NAME}_ask", views.ask),
    )

    def history_steps(self, request: HttpRequest, record: Any) -> Iterable[Step]:
        return page.everything(record)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return NumberList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        ending = Collate(Reverse("phone_number"), "C")  # as in the index
        found = named(term)
        if re.search(r"[^\W\d_]", term):  # the index of last digits is of no use beside a name
            found |= finding.of_numbers_called(term, user_of(request))
        return queryset.alias(ending=ending).filter(found), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        chosen = request.GET.get(PlaceFilter.parameter_name, HERE)
        links = [
            (f"?{urlencode({PlaceFilter.parameter_name: value})}" if value else "?", words, value == chosen)
            for value, words in PlaceFilter.words
        ]
        context = {
            "place_links": links,
            **looks.context(request, self, page.CHANGE),
            **csv.link(request, self),
            "query": request.GET.urlencode(),
            "most": bulk.MOST,
            "recent": [(made, bulk_page.address(made)) for made in bulk.recent()],
        }
        return super().changelist_view(request, {**(extra_context or {}), **context})

    def has_settings_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(page.CHANGE)

    @admin.action(description=gettext_lazy("Change settings"), permissions=["settings"])
    def change_settings(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """Open the form for the numbers that are ticked; a page of the list fits into its address.

        `queryset` lacks what the list's filters hide by now, such as a number that is gone. The form names those.
        """
        ticked = [uuid_or_none(id) for id in request.POST.getlist(ACTION_CHECKBOX_NAME)[: self.list_per_page]]
        return HttpResponseRedirect(bulk_views.chosen_url([id for id in ticked if id]))

    @admin.display(description=gettext_lazy("Number"))
    def number(self, row: Any) -> SafeString | str:
        if not row.known_as:
            return format_html('<span class="hn-number">{}</span>', row)
        return format_html(
            '<span class="hn-number">{}</span> <span class="desk-soft hn-name">{}</span>', row, row.known_as
        )

    @admin.display(description=gettext_lazy("Customer or order"))
    def order(self, row: Any) -> SafeString | str:
        if row.order is None:
            return "-"
        return format_html('<a class="desk-link" href="{}">{}</a>', order_url(row.order), row.order)

    @admin.display(description=gettext_lazy("Profile"))
    def profile(self, row: Any) -> str:
        return row.profile_name or _("None")

    @admin.display(description=gettext_lazy("Type"))
    def kind(self, row: HostedNumber) -> SafeString | str:
        said = [words for words in (wording.kind(row), row.messaging_product) if words]
        return format_html_join(SafeString("<br>"), "{}", ([words] for words in said)) or "-"

    @admin.display(description=gettext_lazy("Tags"))
    def tagged(self, row: HostedNumber) -> SafeString | str:
        if not row.tags:
            return "-"
        links = [(urlencode({TagFilter.parameter_name: tag}), tag) for tag in row.tags[:SHOWN_TAGS]]
        shown = format_html_join(" ", '<a class="hn-tag" href="?{}">{}</a>', links)
        more = len(row.tags) - len(links)
        return format_html("{} {}", shown, _("and %(n)s more") % {"n": more}) if more > 0 else shown

    @admin.display(description=gettext_lazy("Health"))
    def health(self, row: HostedNumber) -> SafeString:
        found = wording.health(row)
        pill = show.pill(found.group, found.parts[0])
        more = ", ".join(found.parts[1:])
        return format_html('{} <span class="desk-soft">{}</span>', pill, more) if more else pill

    @admin.display(description=gettext_lazy("Our side"))
    def our_side(self, row: HostedNumber) -> SafeString | str:
        group, words = page.our_side(row)
        return show.pill(group, words) if group else "-"

    def page(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        return page.context(cast(HostedNumber, row), user_of(request))


def named(term: str) -> Q:
    """Return the filter for a number in any format, its last digits, or a Telnyx id; needs `ending`."""
    found = Q(remote_id=term)
    digits = re.sub("[^0-9]", "", term)
    if len(digits) >= SHORTEST_FRAGMENT and not re.search("[a-zA-Z]", term):
        found |= Q(ending__startswith=digits[::-1])
    return found | Q(phone_number=find_number(term))
