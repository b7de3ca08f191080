"""Documents: stored only after the checks, read only if unchanged, and every view recorded first."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from uuid import uuid4

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging import files
from messaging.files import CannotStore, NotKept
from messaging.mirror import retention, sealing
from messaging.mirror.models import OutboxEntry
from messaging.mirror.wording import Words

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
    """The checks found something; `findings` say what is wrong and what to do."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(" ".join(map(str, self.findings)))


class Closed(NotKept):
    """This document is on its way or with Telnyx, and no replacement was asked for."""


class DocumentChanged(Exception):
    """The file on our disk is not what was uploaded: missing, altered, or sealed with a key we no longer have."""


def save(
    order: HostedOrder,
    kind: str,
    upload: UploadedFile,
    *,
    by: User,
    signed_on: date | None = None,
    bill_date: date | None = None,
) -> Document:
    """Check an upload and store it as the next version of its kind; the previous version stays, marked as replaced.

    This may take ten seconds, and files don't roll back: call it outside a transaction. Raise NotKept (Refused, Closed
    or CannotStore); then there is neither a row nor a file.
    """
    refuse_if_closed(order, kind)
    content = _content(upload)
    prepared = preflight.prepare(content)
    report, content = prepared.report, prepared.content
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
    document.doubts = tuple(_doubts(document, prepared))
    return document


def _doubts(document: Document, prepared: preflight.Prepared) -> Iterator[Words]:
    """Yield what a person should look at before this document goes anywhere."""
    is_letter = document.kind == DocumentKind.LOA
    if prepared.made_from_photo:
        yield _("We made a PDF of the photo. Check that it can be read.")
    elif prepared.cleaned:
        yield _("Programs read errors in this file in different ways, so we wrote it again. Check it.")
    same = Document.objects.filter(order=document.order_id, sha256=document.sha256).exclude(pk=document.pk)
    # What the other document is now counts; a version that was replaced matters only for its own kind.
    other = same.filter(Q(kind=document.kind) | Q(replaced_by=None)).order_by("-uploaded_at").first()
    if other and other.kind != document.kind:
        yield SAME_FILE[document.kind, prepared.looks_like]
        return
    if is_letter and prepared.looks_like == "bill":
        yield _("By its words this looks like a bill, not like a letter. If so, upload the letter instead.")
    if not is_letter and prepared.looks_like == "letter":
        yield _("By its words this looks like a letter of authorization, not like a bill.")
    if other and other.refused_at:
        yield _("This is the same file that Telnyx refused before. Upload a corrected one.")
    elif other:
        yield _("This is the same file as version %(version)s.") % {"version": other.version}


# The same file as letter and as bill: which of the two is wrong, by the words on its pages.
_IS_LETTER = gettext_lazy(
    "This is the same file as the bill. By its words it is the letter, so it belongs here. Upload the right bill."
)
_IS_BILL = gettext_lazy(
    "This is the same file as the letter. By its words it is the bill, so it belongs here. Upload the right letter."
)
_NOT_LETTER = gettext_lazy(
    "This is the same file as the bill, and by its words it is the bill. Upload the letter here instead."
)
_NOT_BILL = gettext_lazy(
    "This is the same file as the letter, and by its words it is the letter. Upload the bill here instead."
)
_EITHER = gettext_lazy(
    "This is the same file as the other document. Telnyx needs both. Look at both, and upload the right one where "
    "it is wrong."
)
SAME_FILE: Mapping[tuple[str, str], Words] = {
    (DocumentKind.LOA, "letter"): _IS_LETTER,
    (DocumentKind.LOA, "bill"): _NOT_LETTER,
    (DocumentKind.LOA, ""): _EITHER,
    (DocumentKind.BILL, "letter"): _NOT_BILL,
    (DocumentKind.BILL, "bill"): _IS_BILL,
    (DocumentKind.BILL, ""): _EITHER,
}


def current(order: HostedOrder) -> dict[str, Document]:
    """Return the newest uploaded version of each kind."""
    found = order.documents.filter(replaced_by=None).select_related("promise", "uploaded_by", "checked_by")
    return {document.kind: document for document in found}


def is_open(document: Document | None) -> bool:
    """Return True if another version may replace this one: Telnyx refused it, or it was never sent."""
    if document is None:
        return True
    if document.promise and document.promise.state not in OutboxEntry.ENDED:
        return False
    return not document.is_with_telnyx()


def refuse_if_closed(order: HostedOrder, kind: str) -> None:
    """Raise Closed if this document must stay as it is; after a refusal only the refused one can be replaced."""
    if not is_open(current(order).get(kind)):
        name = DocumentKind(kind).label
        raise Closed(
            _("%(name)s can't be replaced: it is with Telnyx or on its way, and wasn't refused.")
            % {"name": name}
        )


def read(document: Document) -> bytes:
    """Return exactly the bytes that were uploaded. Raise DocumentChanged."""
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
    """Return why an old document's file is gone."""
    days = retention.days("hosted_documents")
    words = ngettext(
        "The file was deleted: this desk keeps documents for %(days)d day after their order has ended.",
        "The file was deleted: this desk keeps documents for %(days)d days after their order has ended.",
        days,
    )
    return words % {"days": days}


def unchanged(document: Document) -> bool:
    """Return True if the file is still what was uploaded; checked right before it is sent."""
    try:
        read(document)
    except DocumentChanged:
        return False
    return True


def look(document: Document, by: User | None, action: LookAction) -> None:
    """Record a view, durably, before any bytes are shown. Raise RuntimeError inside a transaction."""
    with transaction.atomic(durable=True):
        DocumentLook.objects.create(document=document, user=by, action=action)


def _content(upload: UploadedFile) -> bytes:
    """Read an upload to its end, or until it is too large."""
    if (upload.size or 0) > preflight.MOST_PHOTO_BYTES:
        raise Refused([Finding("size")])
    content = bytearray()
    for chunk in upload.chunks():
        content += chunk
        start = bytes(content[:16])
        if len(content) > preflight.most_bytes(start):
            raise Refused([Finding("size_photo" if preflight.is_photo(start) else "size")])
    return bytes(content)


@transaction.atomic
def _add(document: Document) -> None:
    """Add the row while holding its order's lock, so that two uploads at once become two versions."""
    order = HostedOrder.objects.select_for_update().get(pk=document.order_id)
    refuse_if_closed(order, document.kind)
    same = order.documents.filter(kind=document.kind)
    document.version = (same.aggregate(newest=Max("version"))["newest"] or 0) + 1
    document.save(force_insert=True)
    same.filter(replaced_by=None).exclude(pk=document.pk).update(replaced_by=document)
    DocumentLook.objects.create(document=document, user=document.uploaded_by, action=LookAction.UPLOAD)
