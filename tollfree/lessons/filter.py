"""The list of requests behind one figure of "Approvals and rejections"."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import VerificationRequest
from . import figures


class BehindFilter(admin.SimpleListFilter):
    """Shows the requests behind a figure. The page of figures links here; the list doesn't offer it by itself."""

    title = gettext_lazy("what rejections teach")
    parameter_name = "behind"

    @classmethod
    def words(cls, request: HttpRequest) -> str:
        """Return what to say above the list, or "" if it isn't behind a figure."""
        is_chosen = request.GET.get(cls.parameter_name)
        return _("Only the requests behind a figure of “Approvals and rejections”.") if is_chosen else ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        value = request.GET.get(self.parameter_name)
        return [(value, _("Only the requests behind that figure"))] if value else []

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[VerificationRequest]
    ) -> QuerySet[VerificationRequest]:
        if not self.value():
            return queryset
        figure, days, key = (*(self.value() or "").split(".", 2), "", "")[:3]
        if figure not in figures.FIGURES or days not in map(str, figures.PERIODS):
            return queryset.none()
        return queryset.filter(pk__in=figures.behind(figure, int(days), key).values("request"))


def value(figure: str, days: int, key: str = "") -> str:
    """Return what the filter takes for the requests behind a figure."""
    return f"{figure}.{days}.{key}"
