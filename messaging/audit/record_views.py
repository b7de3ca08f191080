"""The list of who opened which masked record, and why."""

from django.apps import apps
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from messaging.desk import show
from messaging.list_csv import Column
from messaging.mirror.masking import without_personal
from messaging.mirror.models import RecordView

from .seen import SinceFilter, UntilFilter, ViewsAdmin, WhoFilter, with_words


def kind_of(view: RecordView) -> str:
    """Return what the kind of record is called that somebody opened."""
    return capfirst(str(apps.get_model(view.kind)._meta.verbose_name))


@admin.register(RecordView)
class RecordViewAdmin(ViewsAdmin):
    """Who opened which record, and why."""

    list_display = ("when", "user", "what", "record", "why")
    list_filter = (WhoFilter, SinceFilter, UntilFilter)
    csv_columns = (
        Column(gettext_lazy("When (%(zone)s)"), lambda view, user: view.at),
        Column(gettext_lazy("Who"), lambda view, user: view.user.get_username()),
        Column(gettext_lazy("What"), lambda view, user: kind_of(view)),
        # Without the plus sign of a masked number, a spreadsheet takes it for text.
        Column(gettext_lazy("Record"), lambda view, user: view.called.removeprefix("+")),
        Column(gettext_lazy("ID of the record"), lambda view, user: view.key),
        Column(gettext_lazy("Why"), lambda view, user: without_personal(view.reason)),
    )
    search_fields = ("key",)
    search_help_text = gettext_lazy("The ID of a record, a person, or words from the reason")
    empty_words = gettext_lazy(
        "No one has opened what is masked in a request, an event or an opt-out yet. Only opening it counts, "
        "not visiting a masked page."
    )

    def record_of(self, row: RecordView) -> tuple[str, str]:
        """Return the record that a view opened."""
        return row.kind, row.key

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
        return kind_of(view)

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
