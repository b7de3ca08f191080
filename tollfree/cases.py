"""Close the case of a request that cannot be approved: nothing is sent, and it leaves everybody's work.

A case is closed over one answer of Telnyx's. A newer answer opens it again, and so does whoever submits a correction.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from messaging.desk import acts
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import (
    NotAllowed,
    frame,
    get_or_404,
    reason_of,
    say_refusals,
    says_something,
    user_of,
)

from . import page
from .models import VerificationRequest


def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Ask why the case is closed, or offer to reopen it; on POST, do that."""
    record: VerificationRequest = get_or_404(request, pk, model_admin, page.CHANGE)
    reopens = record.is_case_closed()
    if not reopens and not record.can_close_case():
        messages.warning(
            request, _("Nothing was closed: only a rejected case with nothing still open can be closed.")
        )
        return HttpResponseRedirect(page.page_url(record))
    reason, wrong = reason_of(request), ""
    if request.method == "POST":
        if says_something(reason):
            return _do(request, record)
        wrong = _("Nothing was changed. Say why, in a few words that a colleague will understand next month.")
    context: dict[str, Any] = {
        **frame(request, model_admin, _("Reopen case") if reopens else _("Close case")),
        "original": record,
        "record": record,
        "reopens": reopens,
        "reason": reason,
        "wrong": wrong,
    }
    return TemplateResponse(request, "admin/tollfree/verificationrequest/case.html", context)


def _do(request: HttpRequest, record: VerificationRequest) -> HttpResponse:
    reopens = "reopen" in request.POST
    with say_refusals(request):
        change(record, by=user_of(request), reason=reason_of(request), reopens=reopens)
        messages.success(
            request,
            _("Case reopened. Nothing was sent to Telnyx.")
            if reopens
            else _("Case closed. Nothing was sent to Telnyx; the request stays rejected there."),
        )
    return HttpResponseRedirect(page.page_url(record))


def change(record: VerificationRequest, *, by: User, reason: str, reopens: bool) -> None:
    """Close or reopen the case of a request, on record. Raise NotAllowed if that was done or it moved on."""
    with transaction.atomic():
        locked = record.lock()
        if reopens and not locked.is_case_closed():
            raise NotAllowed(_("Nothing was changed: the case is open already."))
        if not reopens and not locked.can_close_case():
            raise NotAllowed(_("Nothing was changed: the case was closed already, or the request moved on."))
        reopen(locked) if reopens else _set(locked, locked.remote_status_at)
        acts.record(by, locked, _("Case reopened") if reopens else _("Case closed"), reason=reason)


def reopen(record: VerificationRequest) -> None:
    """Open the case again, as part of another act."""
    _set(record, None)


def _set(record: VerificationRequest, at: Any) -> None:
    # Not `save`: that would count as an edit.
    VerificationRequest.objects.filter(pk=record.pk).update(closed_answer_at=at)
    record.closed_answer_at = at
