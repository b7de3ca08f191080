"""Lists by who has a record: a filter, links above the list, and a column."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from messaging.desk.filters import with_choice

ME, NOBODY, OTHERS, LEFT = "me", "nobody", "others", "left"
CHOICES = (
    (ME, _("Mine")),
    (NOBODY, _("Unassigned")),
    (OTHERS, _("With colleagues")),
    (LEFT, _("Login disabled")),
)
# The links above a list; all choices are in its filters.
SHORT = (ME, NOBODY, OTHERS)


class WithFilter(admin.SimpleListFilter):
    """Choose by who has a record. An unknown value leaves the list unfiltered."""

    title = _("who has it")
    parameter_name = "with"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return CHOICES

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = {
            ME: Q(assigned_to=request.user.pk),
            NOBODY: Q(assigned_to=None),
            OTHERS: Q(assigned_to__isnull=False) & ~Q(assigned_to=request.user.pk),
            LEFT: Q(assigned_to__is_active=False),
        }.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen)


def links(request: HttpRequest) -> dict[str, Any]:
    """Return the links to these choices above a list, which keep its other filters."""
    name = WithFilter.parameter_name
    chosen = request.GET.get(name, "")
    return {
        "with_links": [
            # the chosen one leads back to all
            (with_choice(request, name, "" if value == chosen else value), label, value == chosen)
            for value, label in CHOICES
            if value in SHORT
        ]
    }
