"""A list of who opened what, with each record in its own words, and its file."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.forms import CharField, DateInput, Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import TextFilter

from messaging import list_csv
from messaging.desk.base_admin import ListedAdmin
from messaging.desk.filters import day_in, midnight
from messaging.desk.finding import has_all, people_called, words_in
from messaging.desk.pages import user_of
from messaging.list_csv import Column
from messaging.mirror.masking import without_personal
from messaging.mirror.models import OutboxEntry
from messaging.mirror.permissions import may_view
from messaging.mirror.wording import Words

# Whoever takes the audit along takes these along, too.
EXPORT = "mirror.export_auditentry"
# How many reasons, the newest, are looked through for a word: so many that no file lacks one.
MOST_REASONS = list_csv.MOST + 1


def with_words(rows: QuerySet, term: str) -> Q:
    """Return the filter for views by a person, or for a reason, with all these words.

    A reason is searched as it's shown: nobody finds out, guess by guess, what is masked in it.
    """
    reasons = rows.filter(words_in(term, "reason")).order_by("-pk").values_list("pk", "reason")[:MOST_REASONS]
    found = [pk for pk, reason in reasons if has_all(term, without_personal(reason))]
    return Q(user__in=people_called(term)) | Q(pk__in=found)


class WhoFilter(TextFilter):
    """Keep what one person opened; a text box, since there may be many people."""

    title = _("person")
    parameter_name = "who"
    label: Words = _("Person")

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(self.value(), self.value())] if self.value() else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        name = (self.value() or "").strip()
        return queryset.filter(user__in=people_called(name)) if name else queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Yield the form with what was typed."""
        name = self.parameter_name
        yield {"form": self.form_class(name=name, label=self.label, data={name: self.value()})}


class DayForm(Form):
    """Asks for a day."""

    def __init__(self, name: str, label: Words, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        widget = DateInput(attrs={"type": "date", "class": "desk-field"})
        self.fields[name] = CharField(label=str(label), required=False, widget=widget)


class SinceFilter(WhoFilter):
    """Keep what was opened on that day of the viewer, or later."""

    title = _("first day")
    parameter_name = "since"
    label = _("From")
    form_class = DayForm

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        day = day_in(self.value() or "")
        return queryset.filter(at__gte=midnight(day)) if day else queryset


class UntilFilter(SinceFilter):
    """Keep what was opened on that day of the viewer, or earlier."""

    title = _("last day")
    parameter_name = "until"
    label = _("Until")

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        day = day_in(self.value() or "")
        return queryset.filter(at__lt=midnight(day + timedelta(days=1))) if day else queryset


RecordOf = Callable[[Any], tuple[str, str]]


def name_records(rows: Sequence[Any], user: User, record_of: RecordOf) -> None:
    """Give each view the words of its record as `called`, or "" if this person may not see it.

    `record_of` returns the kind and the key of what a row is about. One query for each kind of record.
    """
    keys: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        kind, key = record_of(row)
        keys[kind].add(key)
    names: dict[tuple[str, str], str] = {}
    for kind, wanted in keys.items():
        model = apps.get_model(kind)
        if may_view(user, kind):
            found = model._base_manager.filter(pk__in=wanted)
            if model is OutboxEntry:
                found = found.select_related("resource_type").defer("body")
            names |= {(kind, str(record.pk)): str(record) for record in found}
    for row in rows:
        row.called = names.get(record_of(row), "")


class ViewList(ChangeList):
    """Names the records of a page."""

    model_admin: "ViewsAdmin"

    def get_results(self, request: HttpRequest) -> None:
        """Give each view of the page the words of its record."""
        super().get_results(request)
        rows = list(self.result_list)
        name_records(rows, user_of(request), self.model_admin.record_of)
        self.result_list = rows


class ViewsAdmin(ListedAdmin):
    """The base of the lists of who opened what."""

    list_display_links = None
    list_select_related = ("user",)
    list_before_template = "desk/csv.html"
    actions = None
    csv_columns: Sequence[Column] = ()

    def record_of(self, row: Any) -> tuple[str, str]:
        """Return the kind and the key of the record that a row is about."""
        raise NotImplementedError

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        """Return the list that names the records."""
        return ViewList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, with the way to its file for those who may take it along."""
        link = list_csv.link(request, self) if user_of(request).has_perm(EXPORT) else {}
        return super().changelist_view(request, {**(extra_context or {}), **link})

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses of the list and of its file."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_csv"
        return [path("csv/", self.admin_site.admin_view(self.csv), name=name), *super().get_urls()]

    def csv(self, request: HttpRequest) -> HttpResponseBase:
        """Return what the list finds as a CSV file, on record."""

        def prepare(rows: list[Any], user: User) -> None:
            name_records(rows, user, self.record_of)

        return list_csv.view(self.csv_columns, prepare, EXPORT)(request, self)
