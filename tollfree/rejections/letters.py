"""The page with an email to Telnyx to copy, and the record that it was sent."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.desk import acts
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import frame, get_or_404, user_of

from .. import page
from ..models import VerificationRequest
from . import explain, letter


@require_safe
def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show an email to Telnyx about a rejection, ready to copy."""
    record = _record(request, pk, model_admin)
    explained = explain.of(record)
    if explained is None:
        return _too_late(request, record)
    context: dict[str, Any] = {
        **frame(request, model_admin, _("Write to Telnyx")),
        "original": record,
        "record": record,
        "letter": letter.to_telnyx(record, explained, user_of(request)),
        "explained": explained,
    }
    return TemplateResponse(request, "admin/tollfree/verificationrequest/write.html", context)


@require_POST
def wrote(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Put on record that somebody has written to Telnyx."""
    record = _record(request, pk, model_admin)
    if explain.of(record) is None:
        return _too_late(request, record)
    with transaction.atomic():
        acts.record(user_of(request), record, _("Wrote to Telnyx about the rejection."))
    messages.success(request, _("The history now says that you wrote to Telnyx."))
    return HttpResponseRedirect(page.page_url(record))


def _too_late(request: HttpRequest, record: VerificationRequest) -> HttpResponse:
    messages.warning(request, _("Telnyx isn't waiting for an answer to this request."))
    return HttpResponseRedirect(page.page_url(record))


def _record(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> VerificationRequest:
    """Return the request, for those who write requests or decide to send them."""
    record: VerificationRequest = get_or_404(request, pk, model_admin)
    if not page.sees_contacts(user_of(request)):
        raise PermissionDenied(page.CHANGE)
    return record
