"""How long we keep what a business declared for its verification."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Case, DateTimeField, Q, When
from django.utils.translation import gettext_lazy as _

from messaging.mirror import retention
from messaging.mirror.models import KnownCopy, PortalChange, StatusChange, SyncState
from messaging.mirror.retention import Kept, Rule
from messaging.models import Mention, Note
from messaging.team import notes

from ..models import VerificationRequest

# The request's id at Telnyx, and Telnyx's words for the status.
HOW_TELNYX_KNOWS_IT = {"remote_id", "remote_status", "known_status"}
TEXTS = tuple(sorted(retention.texts(VerificationRequest) - HOW_TELNYX_KNOWS_IT))
GONE = Q(gone_at__isnull=False)
DRAFT = Q(remote_id=None, sync_state__in=[SyncState.DRAFT, SyncState.REFUSED])


def _forget_history(ids: Sequence[UUID]) -> None:
    retention.forget_reasons(VerificationRequest, ids)
    retention.forget_copies(VerificationRequest, ids)
    notes.forget(VerificationRequest, ids)


RULES = (
    Rule(
        "tollfree",
        _("Toll-free verifications, after they are gone from Telnyx; drafts, after their last change"),
        retention.record_days,
        VerificationRequest,
        Case(When(GONE, then="gone_at"), default="updated_at", output_field=DateTimeField()),
        where=(GONE | DRAFT) & retention.NOTHING_OPEN,
        still=retention.holds(VerificationRequest, TEXTS) | notes.exist(VerificationRequest),
        empties=TEXTS,
        also=_forget_history,
        others={StatusChange: ("reason",), KnownCopy: (), PortalChange: (), Note: (), Mention: ()},
    ),
)
KEPT = (
    Kept(
        _("Telnyx's IDs and statuses of toll-free verifications"),
        _("They say which verification Telnyx approved or rejected, and when."),
        VerificationRequest,
        tuple(sorted(HOW_TELNYX_KNOWS_IT)),
    ),
)
