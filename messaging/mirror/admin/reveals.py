"""The list of who opened which masked record, and why."""

from collections import defaultdict
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from messaging.desk import show
from messaging.desk.base_admin import ListedAdmin

from ..masking import without_personal
from ..models import OutboxEntry, RecordView


class ViewList(ChangeList):
    """Names the records of a page; one query for each kind of record."""

    def get_results(self, request: HttpRequest) -> None:
        """Give each view of the page the words of its record, if this person may see the record."""
        super().get_results(request)
        rows = list(self.result_list)
        keys: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            keys[row.kind].add(row.key)
        called: dict[tuple[str, str], str] = {}
        for kind, wanted in keys.items():
            model = apps.get_model(kind)
            if request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
                found = model._base_manager.filter(pk__in=wanted)
                if model is OutboxEntry:
                    found = found.select_related("resource_type").defer("body")
                called |= {(kind, str(record.pk)): str(record) for record in found}
        for row in rows:
            row.called = called.get((row.kind, row.key), "")
        self.result_list = rows


@admin.register(RecordView)
class RecordViewAdmin(ListedAdmin):
    """Who opened which record, and why."""

    list_display = ("when", "user", "what", "record", "why")
    list_display_links = None
    list_select_related = ("user",)
    search_fields = ("key",)
    search_help_text = gettext_lazy("The id of a record, or a user name")
    empty_words = gettext_lazy(
        "No one has opened what is masked in a request, an event or an opt-out yet. Only opening that counts, not a "
        "visit to a masked page."
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
        return queryset.filter(key=term) | queryset.filter(user__username=term), False

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
