"""Decide about what waits for approval: approve it, send it back with the reason, or take it back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.desk import undoing
from messaging.desk.base_admin import DeskModelAdmin, record_urls
from messaging.desk.pages import get_or_404, reason_of, say_refusals, says_something, user_of
from messaging.mirror.models import OutboxEntry
from messaging.models import Approval

from . import approvals, kinds

# Promises exactly what was asked for a locked record. Raises Answered, with the reason, if it can't go out anymore.
Send = Callable[[Any, Approval], OutboxEntry]


def approve(
    request: HttpRequest, record: Any, send: Send, *refusals: type[Exception]
) -> HttpResponseRedirect:
    """Promise what was asked and put the approval on record, or say why not; `refusals` as `say_refusals` has them."""
    user = user_of(request)
    with say_refusals(request, approvals.Answered, *refusals), transaction.atomic():
        locked = record.lock()
        waiting = approvals.lock_open(locked, request.POST.get("asked", ""), by=user)
        entry = send(locked, waiting)
        approvals.approved(waiting, locked, entry, by=user)
        messages.success(request, _("Approved. %(next)s") % {"next": undoing.queued(entry)})
    return HttpResponseRedirect(kinds.url_of(record))


@require_POST
def send_back(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Send it back to whoever asked, with what to change; without words nothing happens."""
    record = get_or_404(request, pk, model_admin, kinds.of(model_admin.model).approve)
    words = reason_of(request)
    if not says_something(words):
        messages.error(
            request,
            _("Nothing has been sent back yet. Say in a few words what to change."),
        )
        return HttpResponseRedirect(kinds.url_of(record, "approve"))
    with say_refusals(request, approvals.Answered):
        approvals.send_back(record, request.POST.get("asked", ""), words, by=user_of(request))
        messages.success(request, _("Sent back. Nothing was sent to Telnyx."))
    return HttpResponseRedirect(kinds.url_of(record))


@require_POST
def take_back(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Take the question back: whoever asked may, and colleagues who may change the record."""
    record = get_or_404(request, pk, model_admin)
    user, asked = user_of(request), approvals.newest(record)
    is_own = asked is not None and asked.asked_by_id == user.pk
    if not is_own and not user.has_perm(kinds.of(record).change):
        raise PermissionDenied(kinds.of(record).change)
    with say_refusals(request, approvals.Answered):
        approvals.take_back(record, request.POST.get("asked", ""), by=user)
        messages.success(request, _("Taken back. Nothing was sent; you can edit it and submit it again."))
    return HttpResponseRedirect(kinds.url_of(record))


def urls(model: str) -> tuple[tuple[str, str, Any], ...]:
    """Return the addresses that the admin of such records adds to its own; `model` as in "hosted_hostedorder"."""
    return record_urls(model, [("send_back", send_back), ("take_back", take_back)])
