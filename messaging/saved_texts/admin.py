"""The list of saved texts, and the URLs of their pages."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import show
from messaging.desk.base_admin import ShownAdmin
from messaging.desk.pages import user_of
from messaging.models import SavedText
from messaging.sending.choices import Kind
from messaging.sending.forms import purposes

from . import page, rules, views
from .views import NAME

SHOWN = 120


class InUse(admin.SimpleListFilter):
    """Hide what was put away unless a person asks for it."""

    title = gettext_lazy("in use")
    parameter_name = "in_use"
    nothing: Mapping[str, Any] = {"no": gettext_lazy("Every saved text is in use.")}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Not in use")), ("all", _("All, in use or not"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset if self.value() == "all" else queryset.filter(is_in_use=self.value() != "no")


@admin.register(SavedText)
class SavedTextAdmin(ShownAdmin):
    show_view = staticmethod(views.show)
    new_view = staticmethod(views.new)
    list_display = ("called", "says", "language", "changed", "who", "use")
    list_display_links = ("called",)
    list_filter = (InUse,)
    list_before_template = "admin/messaging/savedtext/before_list.html"
    list_select_related = ("changed_by",)
    page_select_related = ("created_by", "changed_by")
    search_fields = ("name", "text")
    search_help_text = gettext_lazy("Name, or words of the text")
    empty_words = gettext_lazy(
        "No saved texts yet. A text that is written here once can start any number of messages."
    )
    custom_urls = (("<uuid:pk>/edit/", f"{NAME}_edit", views.edit),)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return rules.may_keep(user_of(request), page.ADD)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_add": self.has_add_permission(request)}
        return super().changelist_view(request, {**(extra_context or {}), **context})

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display if purposes(user_of(request)) else self.list_display[:-1]

    @admin.display(description=gettext_lazy("Name"))
    def called(self, saved: SavedText) -> SafeString | str:
        if saved.is_in_use:
            return saved.name
        return format_html("{} {}", saved.name, show.pill("closed", _("Not in use")))

    @admin.display(description=gettext_lazy("Text"))
    def says(self, saved: SavedText) -> str:
        return Truncator(saved.text).chars(SHOWN)

    @admin.display(description=gettext_lazy("Changed"))
    def changed(self, saved: SavedText) -> SafeString | str:
        return show.age(saved.changed_at)

    @admin.display(description=gettext_lazy("By"))
    def who(self, saved: SavedText) -> str:
        return str(saved.changed_by or "-")

    @admin.display(description="")
    def use(self, saved: SavedText) -> SafeString | str:
        if not saved.is_in_use:
            return ""
        url = reverse("admin:messaging_composedmessage_compose", args=[Kind.MESSAGE])
        return format_html(
            '<a class="desk-button is-small" href="{}?saved_text={}">{}</a>',
            url,
            saved.pk,
            _("Use text"),
        )
