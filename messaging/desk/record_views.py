"""A list of who opened what, with each record in its own words."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.forms import CharField, DateInput, Form
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import TextFilter

from messaging.mirror.masking import without_personal
from messaging.mirror.models import OutboxEntry
from messaging.mirror.wording import Words

from .filters import day_in, midnight

# How many reasons, the newest, are looked through for a word.
MOST_REASONS = 1000


def people_called(name: str) -> "QuerySet[User]":
    """Return the people whose user name or name holds these words."""
    return User.objects.filter(
        Q(username__icontains=name) | Q(first_name__icontains=name) | Q(last_name__icontains=name)
    )


def with_words(rows: QuerySet, term: str) -> Q:
    """Return the filter for views by a person, or for a reason, with these words.

    A reason is searched as it's shown: nobody finds out, guess by guess, what is masked in it.
    """
    reasons = rows.filter(reason__icontains=term).order_by("-pk").values_list("pk", "reason")[:MOST_REASONS]
    found = [pk for pk, reason in reasons if term.casefold() in without_personal(reason).casefold()]
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


class ViewList(ChangeList):
    """Names the records of a page; one query for each kind of record."""

    def record_of(self, row: Any) -> tuple[str, str]:
        """Return the kind and the key of the record that a row is about."""
        return row.kind, row.key

    def get_results(self, request: HttpRequest) -> None:
        """Give each view of the page the words of its record, if this person may see the record."""
        super().get_results(request)
        rows = list(self.result_list)
        keys: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            kind, key = self.record_of(row)
            keys[kind].add(key)
        names: dict[tuple[str, str], str] = {}
        for kind, wanted in keys.items():
            model = apps.get_model(kind)
            if request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
                found = model._base_manager.filter(pk__in=wanted)
                if model is OutboxEntry:
                    found = found.select_related("resource_type").defer("body")
                names |= {(kind, str(record.pk)): str(record) for record in found}
        for row in rows:
            row.called = names.get(self.record_of(row), "")
        self.result_list = rows
