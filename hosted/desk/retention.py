"""How long hosted orders, their numbers and their documents are kept."""

from collections.abc import Collection, Sequence
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Case, DateTimeField, Exists, OuterRef, Q, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from messaging import files
from messaging.desk import acts
from messaging.mirror import retention
from messaging.mirror.models import OutboxEntry, StatusChange, SyncState
from messaging.mirror.retention import Kept, Rule
from messaging.models import Approval, Mention, Note

from ..choices import ORDER_ENDS, ORDER_LOST
from ..models import (
    BulkChange,
    BulkLine,
    Document,
    DocumentLook,
    HostedNumber,
    HostedOrder,
    LetterDetails,
    OrderNumber,
    SettingChange,
    TransferAlert,
)
from ..models.document import FILE

WORDS = (
    "customer",
    "note",
    "left_out",
    "cancelled_reason",
    "transfer_told",
    "remote_reason",
    "remote_data",
)
# How long an upload waits for somebody to answer the doubts about it.
WAITING_DAYS = 1
DRAFT = Q(remote_id=None, sync_state__in=[SyncState.DRAFT, SyncState.REFUSED])
# A number can be live even though its order failed.
LIVE = Q(Exists(OrderNumber.objects.filter(order=OuterRef("pk"), live=True)))
OVER = Q(gone_at__isnull=False) | (Q(remote_status__in=ORDER_LOST) & ~LIVE)
UNDER_WAY = (
    BulkLine.objects.filter(bulk=OuterRef("pk"))
    .exclude(entry=None)
    .exclude(entry__state__in=OutboxEntry.ENDED)
)


def _remove(file_ids: Collection[UUID]) -> None:
    for file_id in file_ids:
        files.remove(file_id)


def _remove_files(ids: Sequence[UUID]) -> None:
    """Delete the files of these documents from disk once the transaction is committed."""
    file_ids = Document.everything.filter(pk__in=ids).values_list("file_id", flat=True)
    transaction.on_commit(partial(_remove, [id for id in file_ids if id]))


def _forget_order(ids: Sequence[UUID]) -> None:
    documents = Document.everything.filter(order__in=ids)
    _remove_files(list(documents.values_list("pk", flat=True)))
    documents.update(**retention.emptied(Document, FILE))
    numbers = OrderNumber.objects.filter(order__in=ids)
    retention.forget_reasons(HostedOrder, ids)
    retention.forget_reasons(OrderNumber, list(numbers.values_list("pk", flat=True)))
    numbers.delete()
    LetterDetails.objects.filter(order__in=ids).delete()
    acts.forget(HostedOrder, ids)
    Note.forget_for(HostedOrder, ids)
    Approval.forget_for(HostedOrder, ids)


RULES = (
    Rule(
        "hosted_documents",
        _("Letters and bills, after their order has ended"),
        lambda: settings.RETENTION_DOCUMENT_DAYS,
        Document,
        Coalesce("order__gone_at", "order__remote_status_at"),
        where=(Q(order__gone_at__isnull=False) | Q(order__remote_status__in=ORDER_ENDS))
        & (Q(promise=None) | Q(promise__state__in=OutboxEntry.ENDED)),
        empties=FILE,
        also=_remove_files,
    ),
    Rule(
        "hosted_uploads",
        _("Letters and bills that were uploaded and never kept"),
        lambda: WAITING_DAYS,
        Document,
        "uploaded_at",
        where=Q(version=0),
        empties=FILE,
        also=_remove_files,
    ),
    Rule(
        "hosted_orders",
        _("Hosted orders and their numbers, after they are over; drafts, after their last change"),
        retention.record_days,
        HostedOrder,
        Case(
            When(gone_at__isnull=False, then="gone_at"),
            When(remote_id=None, then="updated_at"),
            default="remote_status_at",
            output_field=DateTimeField(),
        ),
        where=(OVER | DRAFT) & retention.NOTHING_OPEN,
        still=retention.holds(HostedOrder, WORDS)
        | Q(Exists(OrderNumber.objects.filter(order=OuterRef("pk"))))
        | Note.exist_for(HostedOrder)
        | Approval.exist_for(HostedOrder),
        empties=WORDS,
        also=_forget_order,
        others={
            OrderNumber: (),
            Document: FILE,
            StatusChange: ("reason",),
            Note: (),
            Mention: (),
            Approval: (),
        },
    ),
    Rule(
        "hosted_numbers",
        _("Hosted numbers, after they are gone from Telnyx"),
        retention.record_days,
        HostedNumber,
        "gone_at",
        others={SettingChange: ()},
    ),
    Rule(
        "hosted_bulk_changes",
        _("Changes to many hosted numbers: who requested what, why, and for which numbers"),
        retention.audit_days,
        BulkChange,
        "asked_at",
        where=~Q(Exists(UNDER_WAY)),
        others={BulkLine: ()},
    ),
    Rule(
        "letter_details",
        _("What was typed for letters of authorization, after it was last used"),
        lambda: settings.RETENTION_DOCUMENT_DAYS,
        LetterDetails,
        "typed_at",
    ),
    Rule("document_views", _("Who opened which document"), retention.audit_days, DocumentLook, "at"),
)
KEPT = (
    Kept(
        _("Telnyx's IDs and statuses of hosted orders"),
        _("They say which order Telnyx accepted or rejected, and when."),
        HostedOrder,
        ("remote_id", "remote_status", "known_status", "kept_stage"),
    ),
    Kept(
        _("Fingerprints of letters and bills, and how Telnyx refused them"),
        _("A fingerprint proves later which file was sent. The file itself is deleted."),
        Document,
        ("sha256", "refused_reason"),
    ),
    Kept(_("Reminders of transfers"), _("They hold no texts or phone numbers."), TransferAlert),
)
