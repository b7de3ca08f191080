"""Have the web addresses of a request opened again, follow that, and see the thumbnail of an image."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import QUIET, get_or_404, user_of
from messaging.media.views import served

from .. import page as request_page
from ..models import VerificationRequest
from . import page, work


@require_POST
def check(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Have a worker open the addresses again, unless it just did. A script that stays on its page gets the words."""
    record: VerificationRequest = get_or_404(request, pk, model_admin, page.CHANGE)
    if not settings.LINK_CHECK:
        level, said = (
            messages.WARNING,
            _("This desk doesn't open web addresses; an administrator turned that off."),
        )
    elif work.ask(record):
        level, said = messages.INFO, _("The web addresses are being opened. What is found appears below.")
    else:
        level, said = (
            messages.INFO,
            _("Each address was opened less than a minute ago. What was found then is below."),
        )
    if QUIET in request.headers:
        return HttpResponse(said, content_type="text/plain; charset=utf-8")
    messages.add_message(request, level, said)
    return HttpResponseRedirect(f"{request_page.page_url(record)}#links")


@require_safe
def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show only the parts of a page that change while addresses are opened."""
    record: VerificationRequest = get_or_404(request, pk, model_admin)
    user = user_of(request)
    entries = request_page.promises(record)
    refused = request_page.refusal(
        record, entries[0] if entries else None, request_page.seen_of(record, user)
    )
    is_open = record.is_editable()
    may_edit = request_page.may(record, user)["edit"]
    context = {
        **page.context(record, user),
        "original": record,
        "readiness": request_page.ready(record, refused, user) if is_open else [],
        "links": may_edit,
        "live": request_page.live_url(record) if may_edit else "",
    }
    return render(request, "admin/tollfree/verificationrequest/web_parts.html", context)


@require_safe
def thumbnail(request: HttpRequest, pk: UUID, link: int, model_admin: DeskModelAdmin) -> HttpResponse:
    """Serve our own small copy of an opt-in image."""
    record: VerificationRequest = get_or_404(request, pk, model_admin)
    found = record.links.filter(pk=link).exclude(thumbnail=None).values_list("thumbnail", flat=True).first()
    if found is None:
        raise Http404
    return served(bytes(found), f"opt-in-{link}", "image/jpeg")
