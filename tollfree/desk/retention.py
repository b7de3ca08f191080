"""How long we keep what a business declared for its verification."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Case, DateTimeField, Q, When
from django.utils.translation import gettext_lazy as _

from messaging.mirror import retention
from messaging.mirror.models import KnownCopy, PortalChange, StatusChange, SyncState
from messaging.mirror.retention import Kept, Rule
from messaging.models import Approval, Mention, Note

from ..models import (
    Answer,
    BulkImport,
    BusinessProfile,
    LinkCheck,
    RejectionReason,
    RuleHistory,
    VerificationRequest,
    WarningReason,
)

# The request's id at Telnyx, and Telnyx's words for the status.
HOW_TELNYX_KNOWS_IT = {"remote_id", "remote_status", "known_status"}
# Long enough to import a table and to correct what stayed out of it.
TABLE_DAYS = 7
TEXTS = tuple(sorted(retention.texts(VerificationRequest) - HOW_TELNYX_KNOWS_IT))
GONE = Q(gone_at__isnull=False)
DRAFT = Q(remote_id=None, sync_state__in=[SyncState.DRAFT, SyncState.REFUSED])


def _forget_history(ids: Sequence[UUID]) -> None:
    retention.forget_reasons(VerificationRequest, ids)
    retention.forget_copies(VerificationRequest, ids)
    WarningReason.objects.filter(request__in=ids).delete()
    LinkCheck.objects.filter(request__in=ids).delete()
    Note.forget_for(VerificationRequest, ids)
    Approval.forget_for(VerificationRequest, ids)


RULES = (
    Rule(
        "tollfree",
        _("Toll-free verifications, after they are gone from Telnyx; drafts, after their last change"),
        retention.record_days,
        VerificationRequest,
        Case(When(GONE, then="gone_at"), default="updated_at", output_field=DateTimeField()),
        where=(GONE | DRAFT) & retention.NOTHING_OPEN,
        still=retention.holds(VerificationRequest, TEXTS)
        | Note.exist_for(VerificationRequest)
        | Approval.exist_for(VerificationRequest),
        empties=TEXTS,
        also=_forget_history,
        others={
            StatusChange: ("reason",),
            KnownCopy: (),
            PortalChange: (),
            WarningReason: (),
            LinkCheck: (),
            Note: (),
            Mention: (),
            Approval: (),
        },
    ),
    Rule(
        "tollfree_tables",
        _("Tables of toll-free requests that were uploaded"),
        lambda: TABLE_DAYS,
        BulkImport,
        "uploaded_at",
        empties=("table",),
    ),
)
KEPT = (
    Kept(
        _("Business profiles"),
        _(
            "Companies and their contacts, for the next request. They are deleted by hand when no request "
            "needs them."
        ),
        BusinessProfile,
    ),
    Kept(
        _("Which tables of requests were imported"),
        _("It keeps the same table from being imported twice by accident. What was in it is deleted."),
        BulkImport,
        ("sha256",),
    ),
    Kept(
        _("Telnyx's IDs and statuses of toll-free verifications"),
        _("They say which verification Telnyx approved or rejected, and when."),
        VerificationRequest,
        tuple(sorted(HOW_TELNYX_KNOWS_IT)),
    ),
    Kept(
        _("How often Telnyx approved and rejected requests, and for which kinds of reasons"),
        _(
            "They keep the figures of “Approvals and rejections” right. They hold nothing of a request's "
            "text."
        ),
        Answer,
    ),
    Kept(
        _("How often Telnyx rejected what was sent despite a warning"),
        _("It is shown next to the same warning. It holds rules, fields and counts."),
        RuleHistory,
    ),
    Kept(
        _("Explanations of Telnyx's rejection reasons"),
        _("They explain the next rejection too. Keep names and numbers of people out of them."),
        RejectionReason,
    ),
)
