"""Show or download a document: for the right person only, and recorded before the first byte.

People who may not open any document get 403 from every address here, so the answer gives nothing away; people who
may open some get 404 for all others.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from messaging.desk.pages import user_of

from ..choices import LookAction
from ..models import Document
from . import store

ORDERS = "hosted.view_hostedorder"
UPLOAD = "hosted.upload_document"
DOWNLOAD = "hosted.download_document"

# If a browser opens a downloaded file anyway, the file can do nothing.
DOWNLOADED = "sandbox; default-src 'none'; frame-ancestors 'none'"
# The sandbox is set in the response: with the sandbox attribute on the frame, Chromium doesn't show PDFs (2026-11).
FRAMED = "sandbox; default-src 'none'; frame-ancestors 'self'"

Wrap = Callable[[Callable[..., HttpResponse]], Callable[..., Any]]


def patterns(wrap: Wrap) -> list[URLPattern]:
    """Return the URL patterns of documents, each view wrapped by the admin site's `admin_view`."""
    one = "<uuid:order_id>/documents/<uuid:document_id>/"
    return [
        path(one, wrap(preview), name="hosted_document_preview"),
        path(f"{one}download/", wrap(download), name="hosted_document_download"),
    ]


@require_safe
def preview(request: HttpRequest, order_id: UUID, document_id: UUID) -> HttpResponse:
    """Show a document in a frame on our page."""
    document = _get(request, order_id, document_id, (DOWNLOAD, UPLOAD))
    if not may_preview(request.user, document):
        raise Http404
    store.look(document, user_of(request), LookAction.PREVIEW)
    return _answer(document, as_attachment=False)


@require_safe
def download(request: HttpRequest, order_id: UUID, document_id: UUID) -> HttpResponse:
    """Return a document as a file to download."""
    document = _get(request, order_id, document_id, (DOWNLOAD,))
    store.look(document, user_of(request), LookAction.DOWNLOAD)
    return _answer(document, as_attachment=True)


def may_download(user: AbstractBaseUser | AnonymousUser) -> bool:
    return user.has_perms((ORDERS, DOWNLOAD))  # type: ignore[union-attr]


def may_preview(user: AbstractBaseUser | AnonymousUser, document: Document) -> bool:
    """Return True if a person may view it: any document, or their own upload as long as it has not been sent."""
    if may_download(user):
        return True
    is_own = document.uploaded_by_id == user.pk and document.sent_at is None
    return is_own and user.has_perms((ORDERS, UPLOAD))  # type: ignore[union-attr]


def pdf(content: bytes, name: str, *, as_attachment: bool) -> HttpResponse:
    """Return a PDF with headers that allow only our own frame, or a download to disk."""
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment, name) or ""
    return _guarded(response, DOWNLOADED if as_attachment else FRAMED, framed=not as_attachment)


def _get(request: HttpRequest, order_id: UUID, document_id: UUID, enough: tuple[str, ...]) -> Document:
    user = request.user
    if not user.has_perm(ORDERS) or not any(map(user.has_perm, enough)):
        raise PermissionDenied(enough[0])
    document = Document.everything.filter(pk=document_id, order=order_id).first()
    if document is None or (document.version == 0 and not document.is_waiting()):
        raise Http404
    return document


def _answer(document: Document, *, as_attachment: bool) -> HttpResponse:
    try:
        content = store.read(document)
    except store.DocumentChanged as changed:
        response = HttpResponse(str(changed), content_type="text/plain; charset=utf-8", status=409)
        return _guarded(response, DOWNLOADED, framed=not as_attachment)
    return pdf(content, document.display_name, as_attachment=as_attachment)


def _guarded(response: HttpResponse, policy: str, *, framed: bool) -> HttpResponse:
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Frame-Options"] = "SAMEORIGIN" if framed else "DENY"
    return response
