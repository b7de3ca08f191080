"""What lists of records share: choosing by stage, by whether a record is still at Telnyx, by a number."""

from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_date
from django.utils.functional import cached_property
from django.utils.timezone import get_current_timezone, localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.views import ChangeList

from messaging.mirror.clock import now
from messaging.mirror.masking import without_personal

from .number_address import number_in
from .turns import Group

SUNDAY = 6


class TurnFilter(admin.SimpleListFilter):
    """Choose a stage, which is the chip of a record. An app says with `in_group` which of its records show a chip.

    A value that is no stage, such as one of an old bookmark, leaves the list unfiltered.
    """

    title = gettext_lazy("stage")
    parameter_name = "group"
    nothing: Mapping[str, Any] = dict.fromkeys(Group.values, gettext_lazy("Nothing is in this stage."))

    def in_group(self, group: str) -> Q:
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return _stages(model_admin.opts.app_label)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        group = self.value()
        return queryset.filter(self.in_group(group)) if group in Group.values else queryset


class DueFilter(admin.SimpleListFilter):
    """Choose by when we are due, in days of the viewer. An app says with `due` when its records are, as an expression.

    A week ends on Sunday. Overdue, this week with today, later and none are all there is.
    """

    title = gettext_lazy("due date")
    parameter_name = "due"
    nothing: Mapping[str, Any] = {
        "overdue": gettext_lazy("Nothing is overdue."),
        "today": gettext_lazy("Nothing is due today."),
        "week": gettext_lazy("Nothing is due this week."),
        "7days": gettext_lazy("Nothing is due in the next 7 days."),
        "later": gettext_lazy("Nothing is due after this week."),
    }

    def due(self) -> Any:
        """Return the expression: when we are due, or null."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("overdue", _("Overdue")),
            ("today", _("Due today")),
            ("week", _("Due this week, today through Sunday")),
            ("7days", _("Due today or in the next 7 days")),
            ("later", _("Due after this week")),
            ("none", _("No due date")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        at = now()
        today, week = _midnight_after(at, 0), _midnight_after(at, SUNDAY - localdate(at).weekday())
        conditions = {
            "overdue": Q(due_for_us__lt=at),
            "today": Q(due_for_us__gte=at, due_for_us__lt=today),
            "week": Q(due_for_us__gte=at, due_for_us__lt=week),
            "7days": Q(due_for_us__gte=at, due_for_us__lt=_midnight_after(at, 7)),
            "later": Q(due_for_us__gte=week),
            "none": Q(due_for_us=None),
        }
        condition = conditions.get(self.value() or "")
        return queryset.alias(due_for_us=self.due()).filter(condition) if condition else queryset


def _midnight_after(at: datetime, days: int) -> datetime:
    """Return when the day that comes `days` after the one of `at` ends for the viewer."""
    return midnight(localdate(at) + timedelta(days=days + 1))


def day_in(text: str) -> date | None:
    """Return the day in an address. The first and the last year that Python knows have no midnight in every zone."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and MINYEAR < found.year < MAXYEAR else None


def midnight(day: date) -> datetime:
    """Return when a day starts for the viewer."""
    return datetime.combine(day, time.min, tzinfo=get_current_timezone())


class Undated:
    """Sorts a list by an expression, with rows that have no date last in both directions."""

    def __init__(self, expression: Any) -> None:
        self.expression = expression
        # By this Django's list tells an expression from the name of a field.
        self.resolve_expression = expression.resolve_expression

    def asc(self) -> Any:
        """Return the order that starts with the earliest."""
        return self.expression.asc(nulls_last=True)

    def desc(self) -> Any:
        """Return the order that starts with the latest."""
        return self.expression.desc(nulls_last=True)


class DueList(ChangeList):
    """A list whose column "due" sorts by when we are due. An app says when with `due`, as a `DueFilter` does."""

    def due(self) -> Any:
        """Return the expression: when we are due, or null."""
        raise NotImplementedError

    @cached_property
    def by_due(self) -> Undated:
        """Return the order by due date. Django asks for it with every row, and an app's rules make it costly."""
        return Undated(self.due())

    def get_ordering_field(self, field_name: str) -> Any:
        """Return what a column sorts by."""
        return self.by_due if field_name == "due" else super().get_ordering_field(field_name)


class ThereFilter(admin.SimpleListFilter):
    """Hide what is gone at Telnyx unless a person asks for it."""

    title = gettext_lazy("at Telnyx")
    parameter_name = "there"
    nothing: Mapping[str, Any] = {"gone": gettext_lazy("Nothing in this list has gone from Telnyx.")}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("gone", _("No longer at Telnyx")), ("all", _("All"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "all":
            return queryset
        return queryset.filter(gone_at__isnull=self.value() != "gone")


def group_links(request: HttpRequest, new_label: str) -> dict[str, Any]:
    """Return what templates/desk/groups.html shows above a list: links to the groups, and to a new record."""
    chosen, name = request.GET.get(TurnFilter.parameter_name, ""), TurnFilter.parameter_name
    app = (request.resolver_match.url_name or "").split("_")[0] if request.resolver_match else ""
    links = [
        (with_choice(request, name, value) if value else "?", label, value == chosen)
        for value, label in [("", _("All")), *_stages(app)]
    ]
    return {"group_links": links, "new_label": new_label}


def _stages(app: str) -> list[tuple[str, Any]]:
    """Return the stages that records of an app can be in."""
    return [
        (value, label)
        for value, label in Group.choices
        if value != Group.APPROVAL or app in settings.FOUR_EYES
    ]


def with_choice(request: HttpRequest, name: str, value: str) -> str:
    """Return the query of the list with this choice, or without one; its other filters are kept."""
    query = request.GET.copy()
    query.pop("p", None)
    query.pop(name, None)
    if value:
        query[name] = value
    return f"?{query.urlencode()}"


class NumberFilter(admin.SimpleListFilter):
    """Keep what is about one number. A link from its page names it by a token; the list itself doesn't offer this.

    A value that is no token leaves the list unfiltered.
    """

    title = gettext_lazy("number")
    parameter_name = "number"

    def about(self, number: str) -> Q:
        """Return the filter for what is about a number."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        token = self.value() or ""
        number = number_in(token)
        return [(token, without_personal(number))] if number else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        number = number_in(self.value() or "")
        return queryset.filter(self.about(number)) if number else queryset
