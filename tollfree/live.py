"""The panel "Ready to submit?" for what stands in the form right now: nothing is saved, nothing is sent."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.forms.models import construct_instance
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from messaging.desk import sight
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import get_or_404, user_of

from . import page
from .forms import VerificationForm
from .models import VerificationRequest


class TypedForm(VerificationForm):
    """The form as saving would leave it, in an instance that nobody saves: no row is locked, and nothing is refused."""

    def _post_clean(self) -> None:
        construct_instance(self, self.instance, self._meta.fields)
        self.instance.clean()


@require_POST
def show(request: HttpRequest, model_admin: DeskModelAdmin, pk: UUID | None = None) -> HttpResponse:
    """Show what is missing or doubtful in the fields that were posted. Whoever may use the form may ask."""
    if pk is None:
        if not model_admin.has_add_permission(request):
            raise PermissionDenied(page.ADD)
        record, entries = VerificationRequest(), []
    else:
        record = get_or_404(request, pk, model_admin, page.CHANGE)
        entries = page.promises(record)
        if not record.is_editable():
            return HttpResponse(status=204)
    form = TypedForm(request.POST, instance=record)
    form.is_valid()
    if pk is None:
        # The draft that this form has made already, by a second click, is not another request.
        record.pk = form.cleaned_data.get("draft_id") or record.pk
    refused = page.refusal(record, entries[0] if entries else None, sight.WHOLE)
    context = {
        "original": None if pk is None else record,
        "readiness": page.ready(record, refused, user_of(request)),
        "links": True,
        "live": page.live_url(None if pk is None else record),
    }
    return render(request, "admin/tollfree/verificationrequest/readiness.html", context)
