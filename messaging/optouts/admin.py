"""The list of opt-outs, and the URLs of the pages around it."""

from collections.abc import Mapping
from typing import Any, cast

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.views import ChangeList

from messaging.desk import show
from messaging.desk.filters import NumberFilter
from messaging.desk.pages import user_of
from messaging.desk.revealing import RevealingAdmin
from messaging.log import reveals
from messaging.models import OptOut
from messaging.optouts import consents, page, reconcile, views
from messaging.validators import TOLD_APART, display_number

NAME = "messaging_optout"


class ActiveFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"
    nothing: Mapping[str, Any] = {
        "out": gettext_lazy("No number is opted out, as far as we know."),
        "lifted": gettext_lazy("No opt-out has ended."),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("out", _("Opted out")), ("lifted", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() in ("out", "lifted"):
            return queryset.filter(lifted_at__isnull=self.value() == "out")
        return queryset


class OfNumber(NumberFilter):
    def about(self, number: str) -> Q:
        return Q(to_number=number)


class OptOutList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = page.with_names(list(self.result_list))  # type: ignore[has-type]


@admin.register(OptOut)
class OptOutAdmin(RevealingAdmin):
    """Numbers are masked in the list, whoever is looking; the page of one is opened on record, as a message is."""

    reveal_permission = reveals.ONE
    hidden_words = gettext_lazy("Show the number")
    list_display = ("handset", "state", "since", "word", "sender", "on_profile")
    list_filter = (ActiveFilter, "is_ours", OfNumber)
    list_before_template = f"{views.FOLDER}before.html"
    page_template = f"{views.FOLDER}row.html"
    empty_words = gettext_lazy("No opt-outs in Telnyx's list or in the texts we received.")
    actions = None
    custom_urls = (
        ("look-up/", f"{NAME}_look_up", views.look_up),
        ("add-promise/", f"{NAME}_promise", views.add_promise),
        ("consent/", f"{NAME}_consent", views.add_consent),
        ("consent/<int:pk>/strike-out/", f"{NAME}_strike_consent", views.strike_consent),
        ("import-consents/", f"{NAME}_import_consents", views.import_consents),
        ("read-again/", f"{NAME}_read_again", views.read_again),
        ("<int:pk>/withdraw/", f"{NAME}_withdraw", views.withdraw),
    )

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return OptOutList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        user = user_of(request)
        shown = {
            "reading": reconcile.reading(),
            "may_ask": page.may_ask(user),
            "may_add": user.has_perm(page.ADD),
            "may_record": user.has_perm(consents.ADD),
        }
        return super().changelist_view(request, {**(extra_context or {}), **shown})

    @admin.display(description=gettext_lazy("Phone"))
    def handset(self, row: Any) -> SafeString | str:
        if row.shown == str(row):
            return row.shown
        return format_html('<span title="{}">{}</span>', TOLD_APART, row.shown)

    @admin.display(description=gettext_lazy("State"))
    def state(self, row: OptOut) -> SafeString:
        return page.pill(row)

    @admin.display(description=gettext_lazy("Since"))
    def since(self, row: OptOut) -> SafeString | str:
        ended = row.lifted_at if row.was_blocked() else row.started_at
        return show.age(ended or row.stopped_at)

    @admin.display(description=gettext_lazy("Keyword"))
    def word(self, row: OptOut) -> str:
        return row.keyword or "-"

    @admin.display(description=gettext_lazy("Our sender"))
    def sender(self, row: OptOut) -> str:
        return display_number(row.from_number) or "-"

    @admin.display(description=gettext_lazy("Messaging profile"))
    def on_profile(self, row: Any) -> str:
        return str(row.profile_name)

    def page(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        [named] = page.with_names([cast(OptOut, row)])
        is_open = self.is_open(request, named)
        return {
            "row": named,
            "number": display_number(named.to_number) if is_open else str(named),
            "pill": page.pill(named),
            "is_out_at_telnyx": named.is_active() and not named.is_ours,
            "may_withdraw": page.may_withdraw(user_of(request), named),
            **self.reveal_context(request, named, is_open=is_open),
        }
