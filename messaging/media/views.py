"""The files of received messages: listed on the pages, and served one at a time on request, on record."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from messaging import files
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check
from messaging.log import reveals
from messaging.media import keep, kinds
from messaging.models import MediaFile, Message

State = MediaFile.State
Noted = Mapping[UUID, list[MediaFile]]

# Whatever the file is, it can do nothing here: a picture is shown, and anything else can only be saved.
POLICY = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def noted(shown: Iterable[Message]) -> Noted:
    """Return the files of these messages that a worker fetches or has fetched, with one query or none."""
    ids = {row.remote_id for row in shown if not row.is_outbound()}
    found: dict[UUID, list[MediaFile]] = {}
    if ids:
        for file in MediaFile.objects.filter(remote_id__in=ids):
            found.setdefault(file.remote_id, []).append(file)
    return found


def described(file: MediaFile, message: Message, *, is_open: bool) -> dict[str, Any]:
    """Return what a page says about a file; it loads nothing, and links only for people who opened the message."""
    is_kept = file.state == State.KEPT
    return {
        "kind": kinds.words(file.content_type),
        "size": file.size,
        "state": file.state,
        "is_picture": is_kept and kinds.is_picture(file.content_type),
        "reason": keep.reason(file),
        "next_try_at": file.next_try_at if file.attempts else None,
        "kept_url": reverse("admin:messaging_message_file", args=[message.pk, file.position])
        if is_kept and is_open
        else "",
    }


@require_safe
def show(request: HttpRequest, pk: int, position: int, model_admin: DeskModelAdmin) -> HttpResponse:
    """Serve one file to a person who has the message open, and record that first."""
    user = check(request, model_admin)
    if not (user.has_perm(reveals.ONE) or user.has_perm(reveals.WHOLE)):
        raise PermissionDenied(reveals.ONE)
    message = get_object_or_404(Message, pk=pk)
    file = MediaFile.objects.filter(remote_id=message.remote_id, position=position).first()
    if file is None:
        raise Http404
    if not reveals.sight(user, [message]).is_open(message):
        return _back(
            request, message, _("The message isn't open to you now. Say why you need it, then open the file.")
        )
    if file.state != State.KEPT:
        return _back(request, message, _("The file isn't here. The page says what happened to it."))
    reveals.look(user, message, position)
    try:
        content = keep.content(file)
    except files.UNUSABLE:
        return _back(
            request,
            message,
            _("The file is missing from our disk or was changed there. Tell an administrator."),
        )
    return served(content, f"file-{message.pk}-{position + 1}", file.content_type)


def served(content: bytes, name: str, told: str) -> HttpResponse:
    """Answer with a file from outside: a picture to look at, or anything else only to be saved."""
    kind = kinds.picture(content)
    response = HttpResponse(content, content_type=kind or kinds.DATA)
    named = f"{name}.{kinds.ending(kind or told)}"
    response.headers["Content-Disposition"] = content_disposition_header(not kind, named) or ""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _back(request: HttpRequest, message: Message, said: str) -> HttpResponse:
    messages.error(request, said)
    return HttpResponseRedirect(reverse("admin:messaging_message_change", args=[message.pk]))
