"""The list of messaging profiles, and the URLs of each one's pages."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.desk import filters, show
from messaging.desk.base_admin import ShownAdmin, record_urls
from messaging.desk.show import Step
from messaging.mirror.models import SyncState
from messaging.models import MessagingProfile
from messaging.profiles import assign_views, page, views, webhook_check

NAME = "messaging_messagingprofile"
PAGES = (
    ("progress", views.progress),
    ("edit", views.edit),
    ("remove", views.delete),
    ("secret", views.secret),
    ("reveal", views.reveal),
    ("figures", views.figures),
    ("fix-webhook", views.fix_webhook),
    ("ask", views.ask),
    ("discard", views.discard),
    ("assign", assign_views.assign),
)
# The group that gives the state of the last promise its shape and color.
OURS = {
    SyncState.DRAFT: "draft",
    SyncState.QUEUED: "under_way",
    SyncState.SENDING: "under_way",
    SyncState.REFUSED: "needs_us",
    SyncState.UNSURE: "unsure",
}


def our_side(row: Any) -> SafeString:
    """Return whether a record is at Telnyx, or how far the last request about it has got."""
    if row.gone_at:
        return show.pill("closed", _("No longer at Telnyx"))
    if row.sync_state == SyncState.ACCEPTED:
        return show.pill("done", _("At Telnyx"))
    return show.pill(OURS[row.sync_state], SyncState(row.sync_state).label)


@admin.register(MessagingProfile)
class MessagingProfileAdmin(ShownAdmin):
    show_view = staticmethod(views.show)
    new_view = staticmethod(views.new)
    list_display = ("profile", "destinations", "events", "limit", "state", "as_of")
    list_display_links = ("profile",)
    list_filter = (filters.ThereFilter,)
    list_before_template = "admin/messaging/messagingprofile/above.html"
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name, or Telnyx ID")
    empty_words = gettext_lazy("No messaging profiles yet. We read them from Telnyx every hour.")
    custom_urls = (
        ("figures/", f"{NAME}_all_figures", views.all_figures),
        *record_urls(NAME, PAGES),
        ("<uuid:pk>/assigned/<uuid:assignment_pk>/", f"{NAME}_assigned", assign_views.assigned),
    )

    def history_steps(self, request: HttpRequest, record: Any) -> Iterable[Step]:
        return page.everything(record)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("created_by").defer("remote_data")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        return queryset.filter(Q(name__icontains=term) | Q(remote_id=term)) if term else queryset, False

    @admin.display(description=gettext_lazy("Profile"))
    def profile(self, profile: MessagingProfile) -> str:
        return str(profile)

    @admin.display(description=gettext_lazy("Can send to"))
    def destinations(self, profile: MessagingProfile) -> str:
        codes = profile.whitelisted_destinations
        return (
            page.destinations(codes)
            if len(codes) <= 3
            else ngettext("%(n)s country", "%(n)s countries", len(codes)) % {"n": len(codes)}
        )

    @admin.display(description=gettext_lazy("Events"))
    def events(self, profile: MessagingProfile) -> SafeString | str:
        if not profile.is_there():
            return "-"
        if webhook_check.problems(profile):
            return show.pill("needs_us", _("Not to this desk"))
        return show.pill("done", _("To this desk")) if webhook_check.our_address() else "-"

    @admin.display(description=gettext_lazy("Daily limit"))
    def limit(self, profile: MessagingProfile) -> str:
        return page.money(profile.daily_spend_limit) if profile.daily_spend_limit_enabled else "-"

    @admin.display(description=gettext_lazy("State"))
    def state(self, profile: MessagingProfile) -> SafeString:
        return our_side(profile)

    @admin.display(description=gettext_lazy("Last checked"))
    def as_of(self, profile: MessagingProfile) -> SafeString | str:
        return show.age(profile.remote_as_of)
