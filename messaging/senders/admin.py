"""The list of alphanumeric senders, of all profiles or of one, and the URLs of each one's pages."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import filters, show
from messaging.desk.base_admin import ShownAdmin, record_urls
from messaging.models import AlphanumericSender, MessagingProfile
from messaging.senders import views
from messaging.validators import display_number

from ..profiles.admin import our_side

NAME = "messaging_alphanumericsender"
PAGES = (
    ("progress", views.progress),
    ("remove", views.remove),
    ("ask", views.ask),
    ("discard", views.discard),
)
MOST_PROFILES = 50


class ProfileFilter(admin.SimpleListFilter):
    """Choose a profile by its Telnyx id; the first ones by name are offered."""

    title = gettext_lazy("profile")
    parameter_name = "profile"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        there = MessagingProfile.at_telnyx().order_by("name")
        offered = list(there.values_list("remote_id", "name")[:MOST_PROFILES])
        chosen = request.GET.get(self.parameter_name, "")
        if chosen and chosen not in dict(offered):
            offered += there.filter(remote_id=chosen).values_list("remote_id", "name")
        return [(remote_id, name or remote_id) for remote_id, name in offered if remote_id]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(messaging_profile_id=self.value()) if self.value() else queryset


@admin.register(AlphanumericSender)
class AlphanumericSenderAdmin(ShownAdmin):
    show_view = staticmethod(views.show)
    new_view = staticmethod(views.new)
    list_display = ("sender", "profile", "fallback", "state", "as_of")
    list_display_links = ("sender",)
    list_filter = (filters.ThereFilter, ProfileFilter)
    list_before_template = "admin/messaging/alphanumericsender/above.html"
    search_fields = ("alphanumeric_sender_id",)
    search_help_text = gettext_lazy("Sender, or Telnyx ID")
    empty_words = gettext_lazy("No alphanumeric senders yet. We read them from Telnyx every hour.")
    custom_urls = record_urls(NAME, PAGES)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        profile = MessagingProfile.objects.filter(remote_id=OuterRef("messaging_profile_id"))
        found = super().get_queryset(request).select_related("created_by").defer("remote_data")
        return found.annotate(profile_name=Subquery(profile.values("name")[:1]))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        named = Q(alphanumeric_sender_id__icontains=term) | Q(remote_id=term)
        return queryset.filter(named) if term else queryset, False

    @admin.display(description=gettext_lazy("Sender"))
    def sender(self, sender: AlphanumericSender) -> str:
        return str(sender)

    @admin.display(description=gettext_lazy("Messaging profile"))
    def profile(self, sender: Any) -> str:
        return sender.profile_name or _("unknown here")

    @admin.display(description=gettext_lazy("US fallback number"))
    def fallback(self, sender: AlphanumericSender) -> str:
        return display_number(sender.us_long_code_fallback) if sender.us_long_code_fallback else "-"

    @admin.display(description=gettext_lazy("State"))
    def state(self, sender: AlphanumericSender) -> SafeString:
        return our_side(sender)

    @admin.display(description=gettext_lazy("Last checked"))
    def as_of(self, sender: AlphanumericSender) -> SafeString | str:
        return show.age(sender.remote_as_of)
