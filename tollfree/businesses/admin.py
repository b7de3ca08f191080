"""The list of business profiles, and the URLs of their pages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from messaging.desk import show
from messaging.desk.base_admin import ShownAdmin, record_urls
from messaging.desk.finding import tidy
from messaging.desk.pages import user_of

from ..desk import finding
from ..models import BusinessProfile
from . import views
from .page import NAME


@admin.register(BusinessProfile)
class BusinessProfileAdmin(ShownAdmin):
    show_view = staticmethod(views.show)
    new_view = staticmethod(views.new)
    list_display = ("called", "legal", "website", "changed", "who")
    list_display_links = ("called",)
    list_before_template = "admin/tollfree/businessprofile/before_list.html"
    list_select_related = ("created_by",)
    page_select_related = ("created_by",)
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name, legal name, brand, website, contact, or address")
    empty_words = gettext_lazy("No business profiles yet. Make one here, or on the page of a request.")
    unsaid_fields = views.UNSAID
    custom_urls = (
        ("start/", f"{NAME}_start_named", views.start_named),
        *record_urls(
            NAME,
            (("edit", views.edit), ("remove", views.remove), ("start", views.start), ("bring", views.bring)),
        ),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = tidy(search_term)
        return queryset.filter(finding.business_named(term, user_of(request))) if term else queryset, False

    @admin.display(description=gettext_lazy("Name"))
    def called(self, profile: BusinessProfile) -> str:
        return profile.name

    @admin.display(description=gettext_lazy("Legal business name"))
    def legal(self, profile: Any) -> str:
        return profile.business_name or "-"

    @admin.display(description=gettext_lazy("Website"))
    def website(self, profile: Any) -> str:
        return profile.corporate_website or "-"

    @admin.display(description=gettext_lazy("Changed"))
    def changed(self, profile: BusinessProfile) -> SafeString | str:
        return show.age(profile.changed_at)

    @admin.display(description=gettext_lazy("By"))
    def who(self, profile: BusinessProfile) -> str:
        return str(profile.created_by or "-")
