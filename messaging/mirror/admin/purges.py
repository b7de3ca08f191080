"""How long everything is kept, and what was deleted when its time was up."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import show
from messaging.desk.base_admin import ReadOnlyAdmin

from .. import retention
from ..models import Purge
from ..wording import kept_for


@admin.register(Purge)
class PurgeAdmin(ReadOnlyAdmin):
    """Reads the rules above the list from the rules in force, so the page can't state other days than those applied."""

    list_display = ("what", "kept", "before_when", "rows", "when")
    list_display_links = None
    list_before_template = "admin/mirror/purge_rules.html"
    empty_words = gettext_lazy("Nothing has been old enough to delete yet.")
    actions = None

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        rules = [(rule.label, kept_for(rule.days()) if rule.days() else "") for rule in retention.rules()]
        context = {
            "title": _("Retention"),
            "rules": rules,
            "kept": dict.fromkeys((each.label, each.because) for each in retention.kept()),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A run has no page of its own: its row says everything."""
        return HttpResponseRedirect(reverse("admin:mirror_purge_changelist"))

    @admin.display(description=gettext_lazy("What"))
    def what(self, purge: Purge) -> str:
        names = {rule.name: str(rule.label) for rule in retention.rules()}
        return names.get(purge.rule, purge.rule)

    @admin.display(description=gettext_lazy("Rule at the time"))
    def kept(self, purge: Purge) -> str:
        return _("kept for %(time)s") % {"time": kept_for(purge.days)}

    @admin.display(description=gettext_lazy("Older than"))
    def before_when(self, purge: Purge) -> SafeString | str:
        return show.moment(purge.before)

    @admin.display(description=gettext_lazy("Deleted"))
    def when(self, purge: Purge) -> SafeString | str:
        return show.moment(purge.finished_at or purge.started_at)
