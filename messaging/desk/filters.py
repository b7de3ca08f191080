"""What lists of records share: choosing by stage, and by whether a record is still at Telnyx."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .turns import Group


class TurnFilter(admin.SimpleListFilter):
    """Choose a stage, which is the chip of a record. An app says with `in_group` which of its records show a chip.

    A value that is no stage, such as one of an old bookmark, leaves the list unfiltered.
    """

    title = gettext_lazy("stage")
    parameter_name = "group"

    def in_group(self, group: str) -> Q:
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Group.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        group = self.value()
        return queryset.filter(self.in_group(group)) if group in Group.values else queryset


class ThereFilter(admin.SimpleListFilter):
    """Hide what is gone at Telnyx unless a person asks for it."""

    title = gettext_lazy("at Telnyx")
    parameter_name = "there"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("gone", _("No longer at Telnyx")), ("all", _("All"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "all":
            return queryset
        return queryset.filter(gone_at__isnull=self.value() != "gone")


def group_links(request: HttpRequest, new_label: str) -> dict[str, Any]:
    """Return what templates/desk/groups.html shows above a list: links to the groups, and to a new record."""
    chosen, name = request.GET.get(TurnFilter.parameter_name, ""), TurnFilter.parameter_name
    links = [
        (f"?{name}={value}" if value else "?", label, value == chosen)
        for value, label in [("", _("All")), *Group.choices]
    ]
    return {"group_links": links, "new_label": new_label}
