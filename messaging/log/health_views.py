"""The page of one of our senders, reached from one of its messages, so that no number appears in a URL."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check, frame
from messaging.log import health, masking
from messaging.models import Message, SenderAlert
from messaging.validators import display_number

from .list_page import FOLDER

MOST_ALERTS = 5


@require_safe
def sender(request: HttpRequest, pk: int, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show how the sender of a message is doing."""
    check(request, model_admin)
    message = get_object_or_404(Message.objects.only("pk", "our_address"), pk=pk)
    if not message.our_address:
        raise Http404
    context = {
        **frame(request, model_admin, _("How our number is doing")),
        "message": message,
        "shown": display_number(message.our_address),
        "health": health.of(message.our_address),
        "alerts": _alerts(message.our_address),
        "most": health.MOST,
    }
    return TemplateResponse(request, f"{FOLDER}sender.html", context)


def _alerts(address: str) -> list[dict[str, Any]]:
    """Return the newest alerts with what their codes mean, and the first message that failed if it is still kept."""
    rows = list(SenderAlert.objects.filter(our_address=address)[:MOST_ALERTS])
    first = Message.objects.filter(pk__in=[row.first_message_id for row in rows])
    kept = set(first.values_list("pk", flat=True))
    return [
        {
            "row": row,
            "codes": [(code or "-", n, masking.explained(code, "")) for code, n in row.codes],
            "first_url": reverse("admin:messaging_message_change", args=[row.first_message_id])
            if row.first_message_id in kept
            else "",
        }
        for row in rows
    ]
