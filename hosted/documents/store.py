"""Documents: kept only after the checks, read only unchanged, and every look at them written down first."""

import hashlib
from collections.abc import Iterable
from datetime import date
from uuid import uuid4

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging import files
from messaging.files import CannotStore, NotKept
from messaging.mirror import retention, sealing
from messaging.mirror.models import OutboxEntry

from ..choices import DocumentKind, LookAction
from ..models import Document, DocumentLook, HostedOrder
from . import names, preflight
from .preflight import Finding

__all__ = [
    "CannotStore",
    "Closed",
    "DocumentChanged",
    "NotKept",
    "Refused",
    "current",
    "forgotten",
    "look",
    "read",
    "save",
    "unchanged",
]


class Refused(NotKept):
    """The checks found something; `findings` say what it is and what to do."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(" ".join(map(str, self.findings)))


class Closed(NotKept):
    """This paper is under way or with Telnyx, and nobody asked for another one."""


class DocumentChanged(Exception):
    """The file on our disk is not what was uploaded: gone, altered, or sealed with a key that is gone."""


def save(
    order: HostedOrder,
    kind: str,
    upload: UploadedFile,
    *,
    by: User,
    signed_on: date | None = None,
    bill_date: date | None = None,
) -> Document:
    """Check an upload and keep it as the next version of its kind; the one before stays, replaced by it.

    It may take ten seconds, and a file is no part of a transaction: call it outside of one. Raises NotKept: Refused,
    Closed, or CannotStore; then there is neither a row nor a file.
    """
    refuse_if_closed(order, kind)
    content = _content(upload)
    report = preflight.check(content)
    if not report.ok:
        raise Refused(report.findings)
    file_id = uuid4()
    files.write(file_id, sealing.seal(content))
    document = Document(
        order=order,
        kind=kind,
        file_id=file_id,
        display_name=names.display_name(upload.name or ""),
        sent_name=names.sent_name(upload.name or ""),
        size=report.size,
        pages=report.pages,
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_by=by,
        signed_on=signed_on,
        bill_date=bill_date,
    )
    try:
        _add(document)
    except BaseException:
        files.remove(file_id)
        raise
    return document


def current(order: HostedOrder) -> dict[str, Document]:
    """Return the newest version of each kind that was uploaded."""
    found = order.documents.filter(replaced_by=None).select_related("promise", "uploaded_by", "checked_by")
    return {document.kind: document for document in found}


def is_open(document: Document | None) -> bool:
    """Say whether another version may take this one's place: Telnyx refused it, or it never left."""
    if document is None:
        return True
    if document.promise and document.promise.state not in OutboxEntry.ENDED:
        return False
    return not document.is_with_telnyx()


def refuse_if_closed(order: HostedOrder, kind: str) -> None:
    """Raise Closed when this paper must stay as it is; after a refusal only the refused one is open."""
    if not is_open(current(order).get(kind)):
        name = DocumentKind(kind).label
        raise Closed(
            _("%(name)s can't be replaced: it is with Telnyx or on its way, and wasn't refused.")
            % {"name": name}
        )


def read(document: Document) -> bytes:
    """Return what was uploaded, to the byte. Raises DocumentChanged."""
    if document.file_id is None:
        raise DocumentChanged(forgotten())
    try:
        return files.content(document.file_id, document.sha256)
    except files.Missing:
        raise DocumentChanged(_("This document's file is missing from our disk. Upload it again.")) from None
    except sealing.Unreadable:
        raise DocumentChanged(
            _("This document's file was changed on our disk, or its key is missing. Upload it again.")
        ) from None
    except files.Altered:
        raise DocumentChanged(_("This document's file was changed on our disk. Upload it again.")) from None


def forgotten() -> str:
    """Return why the file of an old document is gone."""
    days = retention.days("hosted_documents")
    words = ngettext(
        "The file was deleted: this desk keeps documents for %(days)d day after their order has ended.",
        "The file was deleted: this desk keeps documents for %(days)d days after their order has ended.",
        days,
    )
    return words % {"days": days}


def unchanged(document: Document) -> bool:
    """Say whether the file is still what was uploaded; asked right before it is sent."""
    try:
        read(document)
    except DocumentChanged:
        return False
    return True


def look(document: Document, by: User | None, action: LookAction) -> None:
    """Write down a look, for good, before its bytes are shown. Raises RuntimeError inside a transaction."""
    with transaction.atomic(durable=True):
        DocumentLook.objects.create(document=document, user=by, action=action)


def _content(upload: UploadedFile) -> bytes:
    """Read an upload to its end, or to the first byte too much."""
    if (upload.size or 0) > preflight.MOST_BYTES:
        raise Refused([Finding("size")])
    content = bytearray()
    for chunk in upload.chunks():
        content += chunk
        if len(content) > preflight.MOST_BYTES:
            raise Refused([Finding("size")])
    return bytes(content)


@transaction.atomic
def _add(document: Document) -> None:
    """Add the row, after all others of its order: two uploads at once become two versions."""
    order = HostedOrder.objects.select_for_update().get(pk=document.order_id)
    refuse_if_closed(order, document.kind)
    same = order.documents.filter(kind=document.kind)
    document.version = (same.aggregate(newest=Max("version"))["newest"] or 0) + 1
    document.save(force_insert=True)
    same.filter(replaced_by=None).exclude(pk=document.pk).update(replaced_by=document)
    DocumentLook.objects.create(document=document, user=document.uploaded_by, action=LookAction.UPLOAD)
