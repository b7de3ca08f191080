"""The reasons for rejections: their list, their form, and the wordings that none of them explains yet."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from messaging.desk import show
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check, frame, user_of
from messaging.mirror.models import StatusChange

from .. import page
from ..models import VerificationRequest
from ..summary import label
from . import matching, unexplained
from .forms import ReasonForm
from .models import RejectionReason

NAME = "tollfree_rejectionreason"
FROM = "from"


@require_safe
def not_explained(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """List the wordings that no reason explains, with the newest request of each."""
    user = check(request, model_admin, "tollfree.view_verificationrequest")
    wordings = unexplained.collected()
    for wording in wordings:
        wording.part = page.seen_of(wording.request, user).words(wording.part)  # type: ignore[arg-type]
    context = {
        **frame(request, model_admin, _("Reasons not explained yet")),
        "wordings": wordings,
        "may_explain": model_admin.has_add_permission(request),
        "is_cut": len(wordings) >= unexplained.MOST_SHOWN,
    }
    return TemplateResponse(request, "admin/tollfree/rejectionreason/unexplained.html", context)


class RejectionReasonAdmin(DeskModelAdmin):
    form = ReasonForm
    list_display = ("called", "what_to_do", "about", "whose", "in_use", "changed")
    list_display_links = ("called",)
    list_filter = ("verdict", "is_active")
    list_before_template = "admin/tollfree/rejectionreason/before.html"
    search_fields = ("title", "phrases", "meaning")
    search_help_text = gettext_lazy("Words of the reason, a phrase or its meaning")
    empty_words = gettext_lazy("No reason has been explained yet.")
    sortable_by = ()
    actions = None
    custom_urls = (("unexplained/", f"{NAME}_unexplained", not_explained),)

    # The list.

    @admin.display(description=gettext_lazy("Reason"))
    def called(self, reason: RejectionReason) -> str:
        return str(reason)

    @admin.display(description=gettext_lazy("What to do"))
    def what_to_do(self, reason: RejectionReason) -> str:
        return reason.get_verdict_display()

    @admin.display(description=gettext_lazy("Fields it is about"))
    def about(self, reason: RejectionReason) -> str:
        names = [label(name) for name in reason.blamed_fields[:3]]
        more = len(reason.blamed_fields) - len(names)
        return ", ".join([*names, *([_("and %(n)s more") % {"n": more}] if more > 0 else [])]) or "-"

    @admin.display(description=gettext_lazy("Whose"))
    def whose(self, reason: RejectionReason) -> str:
        if not reason.key:
            return _("Our own")
        return _("Built in, edited by us") if reason.is_edited else _("Built in")

    @admin.display(description=gettext_lazy("In use"))
    def in_use(self, reason: RejectionReason) -> str:
        return _("Yes") if reason.is_active else _("No")

    @admin.display(description=gettext_lazy("Changed"))
    def changed(self, reason: RejectionReason) -> SafeString | str:
        return show.age(reason.changed_at)

    # One reason.

    @admin.display(description=gettext_lazy("Fields it is about"))
    def all_fields(self, reason: RejectionReason) -> str:
        return ", ".join(label(name) for name in reason.blamed_fields) or "-"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """Show the fields by name to those who may not change them."""
        fields = list(ReasonForm.Meta.fields)
        if obj is not None and not self.has_change_permission(request, obj):
            fields[fields.index("blamed_fields")] = "all_fields"
        return fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        return ("all_fields",) if obj is not None and not self.has_change_permission(request, obj) else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A built-in reason would come back with the next upgrade; it is turned off instead."""
        return super().has_delete_permission(request, obj) and not (obj is not None and obj.key)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start with the wording that somebody wants to explain. Nothing else comes from the address."""
        change = self._from(request)
        if change is None:
            return {}
        seen = self._seen(request, change)
        return {
            "phrases": "\n".join(seen.words(part) for part in unexplained.parts_of(change)),
            "source": _("What Telnyx wrote to us"),
            "source_on": change.occurred_at.date(),
        }

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        change = self._from(request)
        said = self._seen(request, change).words(change.reason) if change else ""
        return super().add_view(request, form_url, {**(extra_context or {}), "telnyx_said": said})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.key and set(form.changed_data) - {"is_active"}:
            obj.is_edited = True
        super().save_model(request, obj, form, change)
        source = None if change else self._from(request)
        if source is not None and not matching.find(source.reason, {obj.pk: obj.lines()}).explained:
            words = _(
                "Saved, but none of these phrases is found in the reason you came from. Leave out words of the phrase, "
                "or copy them from it."
            )
            messages.warning(request, words)

    def _from(self, request: HttpRequest) -> StatusChange | None:
        """Return what Telnyx said that is to be explained."""
        pk = request.GET.get(FROM, "")
        if not pk.isascii() or not pk.isdecimal() or len(pk) > 18:
            return None
        if not user_of(request).has_perm("tollfree.view_verificationrequest"):
            return None
        return unexplained.told().filter(pk=pk).first()

    def _seen(self, request: HttpRequest, change: StatusChange) -> Any:
        about = VerificationRequest.objects.filter(pk=change.resource_id).first() or VerificationRequest()
        return page.seen_of(about, user_of(request))
