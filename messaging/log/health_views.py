"""The page of one of our senders, reached from one of its messages, so that no number appears in a URL."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check, frame
from messaging.log import health
from messaging.models import Message
from messaging.validators import display_number

from .list_page import FOLDER


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
        "most": health.MOST,
    }
    return TemplateResponse(request, f"{FOLDER}sender.html", context)
