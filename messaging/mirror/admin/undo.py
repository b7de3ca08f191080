"""Take back what was just submitted, from the page of its record. Reading the outbox isn't needed for that."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from messaging.desk import acts
from messaging.desk.pages import user_of

from ..models import OutboxEntry
from ..outbound import actions, outbox
from ..wording import Words

State = OutboxEntry.State

ON_RECORD: Words = gettext_lazy("%(what)s: taken back before it was sent to Telnyx")
DONE: Words = gettext_lazy("Taken back. Nothing was sent to Telnyx.")
TOO_LATE: Mapping[str, Words] = {
    State.CANCELLED: gettext_lazy("It was already taken back. Nothing more will be sent."),
    State.REFUSED: gettext_lazy("Too late to undo: it was sent, and Telnyx refused it. The page says why."),
    State.NEEDS_PERSON: gettext_lazy(
        "Too late to undo: a person has to decide about it now. The page says why."
    ),
    State.ACCEPTED: gettext_lazy("Too late to undo: Telnyx has received it. %(next)s"),
}
STARTED: Words = gettext_lazy("Too late to undo: sending has started. The answer will appear here. %(next)s")


@require_POST
def undo(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Take back one promise, on record, or say why that is too late. Raise PermissionDenied as submitting it would."""
    entry = get_object_or_404(OutboxEntry.objects.select_related("resource_type"), pk=object_id)
    if not entry.get_operation().too_late or entry.resource is None:
        raise Http404
    if not actions.may_ask_for(request.user, entry):
        raise PermissionDenied(entry.get_operation().permission_for(entry.resource))
    user, what = user_of(request), entry.get_operation_label()
    with transaction.atomic():
        done = entry.can_be_taken_back() and outbox.take_back(entry, user)
        if done:
            words = str(ON_RECORD) % {"what": what}
            acts.record(user, entry.resource, words, at=entry.resolved_at)
    if done:
        messages.success(request, str(DONE))
    else:
        entry.refresh_from_db()
        words = str(TOO_LATE.get(entry.state, STARTED))
        messages.warning(request, words % {"next": entry.get_operation().too_late})
    record = entry.resource
    return HttpResponseRedirect(
        reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])
    )
