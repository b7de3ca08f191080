"""The list of who opened which masked record, and why."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from messaging.desk import show
from messaging.desk.base_admin import ListedAdmin
from messaging.desk.record_views import SinceFilter, UntilFilter, ViewList, WhoFilter, with_words

from ..masking import without_personal
from ..models import RecordView


@admin.register(RecordView)
class RecordViewAdmin(ListedAdmin):
    """Who opened which record, and why."""

    list_display = ("when", "user", "what", "record", "why")
    list_display_links = None
    list_select_related = ("user",)
    list_filter = (WhoFilter, SinceFilter, UntilFilter)
    search_fields = ("key",)
    search_help_text = gettext_lazy("The ID of a record, a person, or words from the reason")
    empty_words = gettext_lazy(
        "No one has opened what is masked in a request, an event or an opt-out yet. Only opening it counts, "
        "not visiting a masked page."
    )
    actions = None

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        """Return the list that names the records."""
        return ViewList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(Q(key=term) | with_words(queryset, term)), False

    @admin.display(description=gettext_lazy("When"))
    def when(self, view: RecordView) -> SafeString | str:
        return show.moment(view.at)

    @admin.display(description=gettext_lazy("What"))
    def what(self, view: RecordView) -> str:
        return capfirst(str(apps.get_model(view.kind)._meta.verbose_name))

    @admin.display(description=gettext_lazy("Record"))
    def record(self, view: RecordView) -> SafeString | str:
        called = getattr(view, "called", "") or view.key
        try:
            url = reverse(f"admin:{view.kind.replace('.', '_')}_change", args=[view.key])
        except NoReverseMatch:
            return called
        return format_html('<a class="desk-link" href="{}">{}</a>', url, called)

    @admin.display(description=gettext_lazy("Why"))
    def why(self, view: RecordView) -> str:
        return without_personal(view.reason)
