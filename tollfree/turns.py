"""The stage of a toll-free request: the table of what each state means for us, as data."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.desk.stages import SINCE, Stages, entries
from messaging.desk.turns import OURS, Group, Turn, days
from messaging.mirror.models import UNDER_WAY, OutboxEntry, SyncState
from messaging.mirror.outbound import outbox
from messaging.models import WAITS_FOR_APPROVAL

from .choices import CORRECTABLE, Status

if TYPE_CHECKING:
    from .models import VerificationRequest

# Usual and recommended times, not guaranteed ones (docs/telnyx.md, T2.20).
TELNYX_REVIEW = "TOLLFREE_REVIEW_DAYS"
CARRIER_REVIEW = "TOLLFREE_CARRIER_DAYS"
OUR_ANSWER = "TOLLFREE_ANSWER_DAYS"

TELNYX_CHECKS = Turn(
    Group.REVIEWING,
    gettext_lazy("Telnyx is checking the request."),
    TELNYX_REVIEW,
    business_days=True,
)

BY_STATUS: dict[str, Turn] = {
    Status.IN_PROGRESS: TELNYX_CHECKS,
    Status.WAITING_FOR_TELNYX: TELNYX_CHECKS,
    Status.WAITING_FOR_VENDOR: Turn(
        Group.CARRIERS,
        gettext_lazy("Telnyx approved it; the carriers are checking."),
        CARRIER_REVIEW,
    ),
    Status.WAITING_FOR_CUSTOMER: Turn(
        Group.NEEDS_US, gettext_lazy("Telnyx asks for a change: %(reason)s"), OUR_ANSWER
    ),
    Status.REJECTED: Turn(Group.NEEDS_US, gettext_lazy("Rejected: %(reason)s"), OUR_ANSWER),
    Status.VERIFIED: Turn(
        Group.DONE,
        gettext_lazy("Verified on %(date)s. Do not submit it again: that would switch its verification off."),
    ),
}

BY_OUR_SIDE: dict[str, Turn] = {
    SyncState.DRAFT: Turn(Group.DRAFT, gettext_lazy("Not submitted yet.")),
    SyncState.QUEUED: Turn(Group.UNDER_WAY, gettext_lazy("Queued for Telnyx.")),
    SyncState.SENDING: Turn(Group.UNDER_WAY, gettext_lazy("Being sent to Telnyx.")),
    SyncState.UNSURE: Turn(
        Group.UNSURE,
        gettext_lazy("We're checking whether Telnyx received it. You don't need to do anything."),
    ),
    SyncState.REFUSED: Turn(Group.NEEDS_US, gettext_lazy("Telnyx refused it.")),
}


WAITING = Turn(
    Group.APPROVAL, gettext_lazy("Nothing has been sent yet: a colleague has to approve it first.")
)
NEEDS_DECISION = Turn(Group.DECISION, gettext_lazy("Needs your decision."))
CASE_CLOSED = Turn(Group.CLOSED, gettext_lazy("Case closed here; at Telnyx it stays rejected."))
GONE = Turn(Group.CLOSED, gettext_lazy("No longer at Telnyx since %(date)s."))


def turn(request: "VerificationRequest") -> Turn:
    """Return the stage: what our side has open or was refused comes before what Telnyx says."""
    if request.sync_state == SyncState.UNSURE:
        return _unsure(request)
    if request.is_under_way():
        return BY_OUR_SIDE[request.sync_state]
    if request.gone_at:
        return _filled(GONE, request, request.gone_at)
    if request.waits_for_approval():
        # Telnyx's clock goes on.
        return (
            replace(_at_telnyx(request), group=WAITING.group, words=WAITING.words)
            if request.remote_id
            else WAITING
        )
    if request.is_case_closed():
        return CASE_CLOSED
    if _is_refused(request):
        return _refused(request)
    if request.remote_id is None:
        return BY_OUR_SIDE[SyncState.DRAFT]
    return _at_telnyx(request)


def since(request: "VerificationRequest") -> datetime:
    """Return when the current turn started: Telnyx's time for Telnyx's status, the last promise's time for ours."""
    if request.is_under_way() or (_is_refused(request) and not request.gone_at):
        entry = newest_entry(request)
        return (entry.resolved_at or entry.created_at) if entry else request.updated_at
    if request.gone_at:
        return request.gone_at
    if request.remote_id is None:
        return request.updated_at
    return request.remote_status_at or request.created_at


def due() -> Case:
    """Return an expression on requests: when our answer is due, or null where no clock of ours runs."""
    due = ExpressionWrapper(SINCE + Value(days(OUR_ANSWER), DurationField()), DateTimeField())
    return Case(When(ASKED, then=due), output_field=DateTimeField())


def waiting_since() -> Coalesce:
    """Return an expression on requests that wait for us: since when, as `since` says it."""
    ours = Q(sync_state__in=UNDER_WAY) | REFUSED
    entries = OutboxEntry.objects.filter(resource_type=_resource_type(), resource_id=OuterRef("pk"))
    when = DateTimeField()
    newest = entries.order_by("-created_at").values(
        at=Coalesce("resolved_at", "created_at", output_field=when)
    )
    promised = Case(When(ours, then=Subquery(newest[:1])), output_field=when)
    return Coalesce(promised, "remote_status_at", "created_at", output_field=when)


def due_at(request: "VerificationRequest") -> datetime | None:
    """Return when our answer is due, as `due` says it."""
    turn = request.turn()
    return turn.due_at(request.turn_since()) if turn.group in OURS else None


def with_entries(requests: Iterable["VerificationRequest"]) -> None:
    """Give each request its newest promise with one query, so that a list doesn't need a query per row."""
    by_id = {request.pk: request for request in requests}
    newest = OutboxEntry.objects.filter(resource_type=_resource_type(), resource_id__in=by_id).defer("body")
    found = {
        entry.resource_id: entry
        for entry in newest.order_by("resource_id", "-created_at").distinct("resource_id")
    }
    for pk, request in by_id.items():
        request.known_entry = found.get(pk)


def newest_entry(request: "VerificationRequest") -> OutboxEntry | None:
    """Return the last promise. Only one is open at a time, so it decides the state of our side."""
    return request.known_entry or outbox.entries(request).first()


def refused_fields(request: "VerificationRequest", entry: OutboxEntry) -> set[str]:
    """Return the fields that Telnyx's errors point to."""
    named = (request.wire.field_for(error.get("pointer", "")) for error in entry.errors)
    return {field for field in named if field}


def statuses_of(group: str) -> list[str]:
    """Return Telnyx's statuses that belong to a group."""
    return [status for status, turn in BY_STATUS.items() if turn.group == group]


def in_group(*groups: str) -> Q:
    """Return the filter for the requests that show one of these chips, as `turn` says it for each."""
    return Q(kept_stage__in=list(groups))


def stage() -> Case:
    """Return an expression on requests that gives the chip of each; the database keeps it (messaging.desk.stages)."""
    cases = [When(fits(), then=Value(group.value)) for group, fits in RULES.items()]
    return Case(*cases, default=Value(Group.REVIEWING.value), output_field=CharField())


def _is_refused(request: "VerificationRequest") -> bool:
    """Return True if a refusal still needs something from us: not if Telnyx's review went on without the correction."""
    is_ours = request.remote_id is None or request.remote_status in CORRECTABLE
    if request.waits_for_approval() or request.is_case_closed():
        return False
    return is_ours and request.sync_state == SyncState.REFUSED


def _unsure(request: "VerificationRequest") -> Turn:
    entry = newest_entry(request)
    if entry and entry.state == OutboxEntry.State.NEEDS_PERSON:
        return replace(NEEDS_DECISION, words=entry.reason or NEEDS_DECISION.words)
    return BY_OUR_SIDE[SyncState.UNSURE]


def _refused(request: "VerificationRequest") -> Turn:
    turn, entry = BY_OUR_SIDE[SyncState.REFUSED], newest_entry(request)
    fields = refused_fields(request, entry) if entry else set()
    if not fields:
        return turn
    count = len(fields)
    if count == 1:
        [field] = fields
        label = capfirst(str(request._meta.get_field(field).verbose_name))  # type: ignore[union-attr]
        return replace(turn, words=_("Telnyx refused 1 field: %(field)s.") % {"field": label})
    words = ngettext("Telnyx refused %(count)s field.", "Telnyx refused %(count)s fields.", count)
    return replace(turn, words=words % {"count": count})


def _at_telnyx(request: "VerificationRequest") -> Turn:
    known = _filled(BY_STATUS.get(request.known_status, TELNYX_CHECKS), request, request.remote_status_at)
    if request.is_status_known():
        return known
    words = _("%(status)s (new status, meaning not known yet)") % {"status": request.remote_status}
    return replace(known, words=words, setting="")


def _filled(turn: Turn, request: "VerificationRequest", at: datetime | None) -> Turn:
    reason = request.remote_reason or _("no reason given.")
    date = date_format(localtime(at)) if at else ""
    return replace(turn, words=str(turn.words) % {"reason": reason, "date": date})


def _resource_type() -> ContentType:
    return ContentType.objects.get_by_natural_key("tollfree", "verificationrequest")


def _needs_decision() -> Exists:
    return Exists(
        OutboxEntry.objects.filter(
            resource_type=_resource_type(),
            resource_id=OuterRef("pk"),
            state=OutboxEntry.State.NEEDS_PERSON,
        )
    )


HERE = Q(gone_at=None)
WAITS = HERE & ~Q(sync_state__in=UNDER_WAY) & WAITS_FOR_APPROVAL
CLOSED_OVER = Q(remote_status=Status.REJECTED, closed_answer_at=F("remote_status_at"))
SETTLED = HERE & ~WAITS_FOR_APPROVAL & ~CLOSED_OVER
REFUSED = SETTLED & Q(sync_state=SyncState.REFUSED) & (Q(remote_id=None) | Q(remote_status__in=CORRECTABLE))
AT_TELNYX = SETTLED & Q(remote_id__isnull=False) & ~Q(sync_state__in=UNDER_WAY) & ~REFUSED

# The stages in the words of the database. A status at Telnyx that we don't know is one that Telnyx works on.
RULES: dict[Group, Callable[[], Q]] = {
    Group.DRAFT: lambda: SETTLED & Q(remote_id=None, sync_state=SyncState.DRAFT),
    Group.APPROVAL: lambda: WAITS,
    Group.NEEDS_US: lambda: REFUSED | (AT_TELNYX & Q(known_status__in=statuses_of(Group.NEEDS_US))),
    Group.DECISION: lambda: Q(_needs_decision(), sync_state=SyncState.UNSURE),
    Group.UNDER_WAY: lambda: Q(sync_state__in=[SyncState.QUEUED, SyncState.SENDING]),
    Group.UNSURE: lambda: Q(~_needs_decision(), sync_state=SyncState.UNSURE),
    Group.CARRIERS: lambda: AT_TELNYX & Q(known_status__in=statuses_of(Group.CARRIERS)),
    Group.DONE: lambda: AT_TELNYX & Q(known_status__in=statuses_of(Group.DONE)),
    Group.CLOSED: lambda: (
        (Q(gone_at__isnull=False) | CLOSED_OVER & ~WAITS_FOR_APPROVAL) & ~Q(sync_state__in=UNDER_WAY)
    ),
}


# Our answer is due: Telnyx waits for it, also while a colleague has yet to approve it.
ASKED = Q(known_status__in=statuses_of(Group.NEEDS_US), remote_status=F("known_status")) & (
    Q(kept_stage=Group.NEEDS_US.value) & ~Q(sync_state=SyncState.REFUSED.value)
    | Q(kept_stage=Group.APPROVAL.value, remote_id__isnull=False)
)
STAGES = Stages("tollfree.VerificationRequest", stage, [entries("tollfree.VerificationRequest")])
