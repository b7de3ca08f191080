"""Open a masked record for who may and says why, and the list of who opened what."""

from typing import Any, cast

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from .. import reveals, show
from ..masking import without_personal
from ..models import RecordView
from .base import ReadOnlyAdmin

LONGEST_REASON = 300


class RevealingAdmin(ReadOnlyAdmin):
    """A read-only page that is masked until a person who holds `reveal_permission` opens it on record."""

    reveal_permission = ""
    # What is hidden, in words for the button.
    hidden_words: Any = ""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.reveal))
        name = f"{self.opts.app_label}_{self.opts.model_name}_reveal"
        return [path("<path:object_id>/reveal/", view, name=name), *super().get_urls()]

    def reveal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open one record to a person who may and says why, and come back to its page."""
        if not self.has_view_permission(request) or not request.user.has_perm(self.reveal_permission):
            raise PermissionDenied(self.reveal_permission)
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404
        reason = " ".join(request.POST.get("reason", "").split())[:LONGEST_REASON]
        if reason:
            reveals.reveal(cast(User, request.user), record, reason)
        else:
            messages.error(request, _("Nothing was opened. Please say why you need to see it."))
        return HttpResponseRedirect(page_url(record))

    def is_open(self, request: HttpRequest, record: Model) -> bool:
        """Say whether this person opened it a short while ago, and still may."""
        may = request.user.has_perm(self.reveal_permission)
        return may and reveals.is_open(request.user, record)

    def reveal_context(
        self, request: HttpRequest, record: Model, *, is_open: bool, hides: bool = True
    ) -> dict[str, Any]:
        """Return what templates/desk/reveal.html needs; `hides` says whether anything is left to open."""
        names = (self.opts.app_label, self.opts.model_name)
        return {
            "reveal": {
                "url": reverse("admin:{}_{}_reveal".format(*names), args=[record.pk]),
                "words": self.hidden_words,
                "hides": hides,
                "is_open": is_open,
                "may": request.user.has_perm(self.reveal_permission),
                "minutes": int(reveals.LASTS.total_seconds() // 60),
            }
        }


def page_url(record: Model) -> str:
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])


@admin.register(RecordView)
class RecordViewAdmin(ReadOnlyAdmin):
    """Who opened which record, and why."""

    list_display = ("when", "user", "what", "record", "why")
    list_display_links = None
    list_select_related = ("user",)
    search_fields = ("key",)
    search_help_text = gettext_lazy("The id of a record, or a user name")
    empty_words = gettext_lazy("Nobody has opened a request, an event or an opt-out yet.")
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(key=term) | queryset.filter(user__username=term), False

    @admin.display(description=gettext_lazy("when"))
    def when(self, view: RecordView) -> SafeString | str:
        return show.moment(view.at)

    @admin.display(description=gettext_lazy("what"))
    def what(self, view: RecordView) -> str:
        return capfirst(str(apps.get_model(view.kind)._meta.verbose_name))

    @admin.display(description=gettext_lazy("record"))
    def record(self, view: RecordView) -> SafeString | str:
        try:
            url = reverse(f"admin:{view.kind.replace('.', '_')}_change", args=[view.key])
        except NoReverseMatch:
            return view.key
        return format_html('<a class="desk-link desk-mono" href="{}">{}</a>', url, view.key)

    @admin.display(description=gettext_lazy("why"))
    def why(self, view: RecordView) -> str:
        return without_personal(view.reason)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A view has no page of its own: its line says everything."""
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:mirror_recordview_changelist"))
