"""The list of auto-responses, and the URLs of each one's pages."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from messaging.autoresponses import lint, page, views
from messaging.autoresponses.words import op_label
from messaging.desk import drift, show
from messaging.desk.base_admin import MOST_STEPS, ShownAdmin, record_urls
from messaging.desk.show import Step
from messaging.models import AutoResponse

NAME = "messaging_autoresponse"
PAGES = (
    ("edit", views.edit),
    ("take-theirs", views.take_theirs),
    ("push-ours", views.push_ours),
    ("delete-remote", views.delete),
    ("delete-draft", views.delete_draft),
    ("ask", views.ask),
    ("copy", views.copy),
)


@admin.register(AutoResponse)
class AutoResponseAdmin(ShownAdmin):
    show_view = staticmethod(views.show)
    new_view = staticmethod(views.new)
    list_display = ("what", "on_profile", "country", "words", "state")
    list_filter = ("op", "differs")
    list_before_template = "admin/messaging/autoresponse/before.html"
    list_select_related = ("profile",)
    page_select_related = ("profile", "created_by")
    search_fields = ("profile__name",)
    search_help_text = _("Profile, keyword or Telnyx ID")
    empty_words = _(
        "No messaging profile has an auto-response. Telnyx answers STOP, START and HELP automatically."
    )
    custom_urls = (
        ("simulator/", f"{NAME}_simulator", views.try_it),
        *record_urls(NAME, PAGES),
    )

    def history_steps(self, request: HttpRequest, record: AutoResponse) -> list[Step]:
        found = [*super().history_steps(request, record), *drift.steps(record, page.lines, MOST_STEPS)]
        return sorted(found, key=lambda step: step.at, reverse=True)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        named = Q(profile__name__icontains=term) | Q(keywords__contains=[term.upper()]) | Q(remote_id=term)
        return queryset.filter(named), False

    @admin.display(description=_("what it does"))
    def what(self, config: AutoResponse) -> str:
        return op_label(config.op)

    @admin.display(description=_("messaging profile"))
    def on_profile(self, config: AutoResponse) -> str:
        return str(config.profile)

    @admin.display(description=_("phones in"))
    def country(self, config: AutoResponse) -> str:
        return lint.country_label(config.country_code)

    @admin.display(description=_("keywords"))
    def words(self, config: AutoResponse) -> str:
        return ", ".join(config.keywords)[:120] or "-"

    @admin.display(description=_("status"))
    def state(self, config: AutoResponse) -> SafeString:
        return show.pill(*page.our_side(config))
