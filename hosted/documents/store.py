"""Documents: stored only after the checks, read only if unchanged, and every view recorded first."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import date
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging import files
from messaging.desk import acts
from messaging.files import CannotStore, NotKept
from messaging.mirror import retention, sealing, throttle
from messaging.mirror.models import OutboxEntry

from ..choices import DocumentKind, LookAction
from ..models import Document, DocumentLook, HostedOrder
from ..models.document import FILE
from . import doubts, names, preflight
from .preflight import Finding
from .uploads import Oversized

__all__ = [
    "Answered",
    "CannotStore",
    "Closed",
    "DocumentChanged",
    "NotKept",
    "Refused",
    "add",
    "check",
    "current",
    "discard",
    "forgotten",
    "keep",
    "look",
    "read",
    "save",
    "swap",
    "unchanged",
    "waiting",
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


class Answered(NotKept):
    """This upload was kept, discarded or replaced meanwhile."""


def save(order: HostedOrder, kind: str, upload: UploadedFile, **about: Any) -> Document:
    """Check one upload and store it: check() and add()."""
    return add(*check(order, kind, upload, **about))


def check(
    order: HostedOrder,
    kind: str,
    upload: UploadedFile,
    *,
    by: User,
    signed_on: date | None = None,
    bill_date: date | None = None,
) -> tuple[Document, bytes]:
    """Check an upload; return what add() stores, with its doubts. Raise NotKept (Refused or Closed).

    This may take ten seconds: call it outside a transaction.
    """
    refuse_if_closed(order, kind)
    prepared = preflight.prepare(_content(upload))
    if not prepared.report.ok:
        raise Refused(prepared.report.findings)
    document = Document(
        order=order,
        kind=kind,
        display_name=names.display_name(upload.name or ""),
        sent_name=names.sent_name(upload.name or ""),
        size=prepared.report.size,
        pages=prepared.report.pages,
        sha256=hashlib.sha256(prepared.content).hexdigest(),
        uploaded_by=by,
        signed_on=signed_on,
        bill_date=bill_date,
    )
    document.doubts = doubts.of(document, prepared)
    return document, prepared.content


def already_here(document: Document) -> Document | None:
    """Return the newest version of a checked upload's kind if it is the same file with the same dates.

    People upload a file a second time when no answer came the first time.
    """
    newest: Document | None = document.order.documents.filter(kind=document.kind, replaced_by=None).first()
    if newest is None or newest.refused_at:
        return None
    facts = attrgetter("sha256", "signed_on", "bill_date")
    return newest if facts(newest) == facts(document) else None


def add(document: Document, content: bytes) -> Document:
    """Store a checked upload as the next version of its kind; the previous version stays, marked as replaced.

    While there are doubts it only waits: see keep(). Files don't roll back: call it outside a transaction. Raise
    NotKept (Closed or CannotStore); then there is neither a row nor a file.
    """
    assert document.file_id
    files.write(document.file_id, sealing.seal(content))
    try:
        _add(document)
    except BaseException:
        files.remove(document.file_id)
        raise
    return document


@transaction.atomic
def _add(document: Document) -> None:
    """Add the row while holding its order's lock, so that two uploads at once become two versions."""
    order = HostedOrder.objects.select_for_update().get(pk=document.order_id)
    refuse_if_closed(order, document.kind)
    replaced = []
    for other in waiting(order).filter(kind=document.kind):
        _forget(other)
        replaced = [_("It replaces the upload that was waiting for an answer.")]
    if document.doubts:
        document.version = 0
        document.save(force_insert=True)
        what = _("%(name)s uploaded, waiting for an answer")
        _record(document, what, [*doubts.words(document), *replaced])
    else:
        _take(document)
        _record(document, _("%(name)s uploaded: version %(version)s"), replaced)
    DocumentLook.objects.create(document=document, user=document.uploaded_by, action=LookAction.UPLOAD)


def _take(document: Document) -> None:
    """Make it the newest version of its kind."""
    refuse_if_closed(document.order, document.kind)
    same = document.order.documents.filter(kind=document.kind)
    document.version = (same.aggregate(newest=Max("version"))["newest"] or 0) + 1
    document.doubts = []
    document.save()
    same.filter(replaced_by=None).exclude(pk=document.pk).update(replaced_by=document)
    document.order.edited()


def _forget(document: Document) -> None:
    """Delete the file of an upload that is not kept. Who uploaded and viewed it stays on record."""
    if document.file_id:
        transaction.on_commit(partial(files.remove, document.file_id))
    Document.everything.filter(pk=document.pk).update(**retention.emptied(Document, FILE))


def _record(
    document: Document,
    what: str,
    why: Iterable[str] = (),
    by: User | None = None,
    *,
    is_edit: bool = True,
) -> None:
    """Put on record what became of an upload; the name of its file stays out of it."""
    by = by or document.uploaded_by
    assert by
    values = {"name": document.get_kind_display(), "version": document.version}
    lines = list(why)
    if document.version > 1:
        lines.append(_("It replaces version %(version)s.") % {"version": document.version - 1})
    acts.record(by, document.order, what % values, reason="\n".join(lines), is_edit=is_edit)


# An upload that waits for an answer.


def waiting(order: HostedOrder) -> QuerySet[Document]:
    """Return the uploads about which a person is asked something; none of them is a document of the order yet."""
    found = Document.everything.filter(order=order, version=0).exclude(file_id=None)
    return found.select_related("uploaded_by")


def _lock_waiting(order: HostedOrder, ids: Collection[UUID]) -> list[Document]:
    """Lock the order, and return these of its uploads that wait. Raise Answered unless all of them do."""
    order = HostedOrder.objects.select_for_update().get(pk=order.pk)
    found = [document for document in waiting(order) if document.pk in ids]
    if not found or len(found) != len(ids):
        raise Answered(
            _("Somebody kept, discarded or replaced this upload in the meantime. Nothing was changed.")
        )
    for document in found:
        document.order = order
    return found


@transaction.atomic
def keep(order: HostedOrder, document_id: UUID, *, by: User) -> Document:
    """Make a document of an upload as it is. Raise NotKept (Answered or Closed)."""
    [document] = _lock_waiting(order, [document_id])
    _take(document)
    _record(document, _("%(name)s kept: version %(version)s"), by=by)
    return document


@transaction.atomic
def discard(order: HostedOrder, document_id: UUID, *, by: User) -> Document:
    """Delete an upload that is not to be kept. Raise Answered."""
    [document] = _lock_waiting(order, [document_id])
    _forget(document)
    _record(document, _("%(name)s: upload discarded"), by=by, is_edit=False)
    return document


@transaction.atomic
def swap(order: HostedOrder, ids: Collection[UUID], *, by: User, day: date | None = None) -> list[Document]:
    """Keep uploads as documents of the other kind: both, each with the date typed for its kind; or one with this date.

    Raise NotKept (Answered or Closed).
    """
    documents = _lock_waiting(order, ids)
    if len(documents) == 1 and waiting(order).count() > 1:
        raise Answered(_("There are two uploads now. Look at both. Nothing was changed."))
    days = {document.kind: document.signed_on or document.bill_date for document in documents}
    for document in documents:
        was = document.get_kind_display()
        document.kind = other_kind(document.kind)
        typed = days.get(document.kind, day)
        is_letter = document.kind == DocumentKind.LOA
        document.signed_on, document.bill_date = (typed, None) if is_letter else (None, typed)
        _take(document)
        _record(
            document,
            _("%(name)s kept: version %(version)s"),
            [_("It was uploaded as: %(kind)s") % {"kind": was}],
            by,
        )
    return documents


def other_kind(kind: str) -> str:
    return DocumentKind.BILL if kind == DocumentKind.LOA else DocumentKind.LOA


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
    """Record a view, durably, before any bytes are shown.

    Raise TooOften for a person who opened very many just now, and RuntimeError inside a transaction.
    """
    if by:
        throttle.spend(throttle.FILES, by.pk)
    with transaction.atomic(durable=True):
        DocumentLook.objects.create(document=document, user=by, action=action)


def _content(upload: UploadedFile) -> bytes:
    """Read an upload to its end, or until it is too large."""
    if isinstance(upload, Oversized):
        raise Refused([Finding("size_photo" if preflight.is_photo(upload.start) else "size")])
    content = bytearray()
    for chunk in upload.chunks():
        content += chunk
        start = bytes(content[:16])
        if len(content) > preflight.most_bytes(start):
            raise Refused([Finding("size_photo" if preflight.is_photo(start) else "size")])
    return bytes(content)
