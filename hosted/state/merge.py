"""Merge what Telnyx reports about an order and its numbers, so that neither sequence nor repetition matters.

An order's state is a function of the set of its facts; a number keeps the newest status. Both end up matching
Telnyx's next answer, because every event is followed by a read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction

from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry, Source, StatusChange

from ..choices import (
    NUMBER_LOST,
    NUMBER_RANKS,
    ORDER_ENDS,
    ORDER_LOST,
    ORDER_RANKS,
    TRANSFER_RANKS,
    DocumentKind,
    LookAction,
    NumberStatus,
    OrderStatus,
    TransferState,
)

if TYPE_CHECKING:
    from ..models import Document, HostedOrder, OrderNumber

LONG_AGO = datetime.min.replace(tzinfo=UTC)
ENDED_RANK = 90
BY_WEBHOOK = (Source.WEBHOOK, Source.FETCHED)
# Five kinds of events, each of which may come with another time or deadline.
MOST_TOLD = 50

# Which documents a status is about. If there are both, Telnyx doesn't say which is incomplete, so both can be resent.
REFUSED_PAPERS: dict[str, tuple[str, ...]] = {
    OrderStatus.LOA_FILE_INVALID: (DocumentKind.LOA,),
    OrderStatus.INCORRECT_BILLING_INFORMATION: (DocumentKind.BILL,),
    OrderStatus.INCOMPLETE_DOCUMENTATION: (DocumentKind.LOA, DocumentKind.BILL),
}
PAPERS_ACCEPTED = (OrderStatus.LOA_FILE_SUCCESSFUL, OrderStatus.PROVISIONING, OrderStatus.SUCCESSFUL)


@dataclass(frozen=True)
class Told:
    """What was reported about one number."""

    status: str
    remote_id: str = ""


# Orders.


def newest(changes: Iterable[StatusChange]) -> StatusChange | None:
    """Return the fact that counts: the latest, except that no webhook moves an order out of an end state.

    Webhooks may be late or delivered again; only Telnyx's answer can say that an ended order is open again.
    """
    return next(iter(_last_run(changes)[-1:]), None)


def counts_since(changes: Iterable[StatusChange]) -> datetime | None:
    """Return since when the fact that counts does: Telnyx repeats a status, which starts no clock again.

    One that refuses documents counts from its last report: each may be about other documents.
    """
    run = _last_run(changes)
    if not run:
        return None
    return (run[-1] if run[-1].status in REFUSED_PAPERS else run[0]).counts_at()


def times(changes: Iterable[StatusChange], status: str) -> int:
    """Return how many times an order came to a status."""
    return sum(run[0].status == status for run in _runs(changes))


def _last_run(changes: Iterable[StatusChange]) -> list[StatusChange]:
    """Return the last facts that say the same, oldest first."""
    return next(iter(_runs(changes)[-1:]), [])


def _runs(changes: Iterable[StatusChange]) -> list[list[StatusChange]]:
    """Return the facts that count, oldest first; those that say the same one after the other are together."""
    runs: list[list[StatusChange]] = []
    for change in sorted(changes, key=_order_key):
        if runs and _is_late(runs[-1][-1], change):
            continue
        if runs and change.status == runs[-1][-1].status:
            runs[-1].append(change)
        else:
            runs.append([change])
    return runs


def _order_key(change: StatusChange) -> tuple[datetime, int, str, str]:
    return (
        change.counts_at(),
        ORDER_RANKS.get(change.status, 0),
        change.status,
        change.reason,
    )


def _is_late(state: StatusChange, change: StatusChange) -> bool:
    leaves = state.status in ORDER_ENDS and change.status not in (state.status, OrderStatus.DELETED)
    return leaves and change.source in BY_WEBHOOK


# Numbers.


def merge_numbers(
    order: "HostedOrder", told: Mapping[str, Told], *, at: datetime, source: str, complete: bool = False
) -> list[str]:
    """Merge what was reported about numbers at one time; return those that changed.

    The order's row must be locked. `complete` means that Telnyx listed every number in the order: numbers we don't
    know are added, and missing ones are marked as gone.
    """
    numbers = {number.phone_number: number for number in order.numbers.all()}
    if complete:
        _add_unknown(order, numbers, told)
    before = {number.pk: _merged(number) for number in numbers.values()}
    changes = [
        change
        for phone_number, said in told.items()
        if phone_number in numbers
        if (change := _merge(numbers[phone_number], said, at, source))
    ]
    if complete:
        _mark_missing(numbers, told, at)
    touched = [number for number in numbers.values() if _merged(number) != before[number.pk]]
    order.numbers.bulk_update(touched, MERGED_FIELDS)
    StatusChange.objects.bulk_create(changes, ignore_conflicts=True)
    settle_live(order, list(numbers.values()))
    return [
        number.phone_number
        for number in touched
        if (number.status, number.gone_at) != (before[number.pk]["status"], before[number.pk]["gone_at"])
    ]


MERGED_FIELDS = ["remote_number_id", "status", "status_at", "status_as_of", "owned_at", "gone_at"]


def _merged(number: "OrderNumber") -> dict[str, Any]:
    return {name: getattr(number, name) for name in MERGED_FIELDS}


def _add_unknown(order: "HostedOrder", numbers: "dict[str, OrderNumber]", told: Mapping[str, Told]) -> None:
    unknown = [phone_number[:20] for phone_number in told if phone_number not in numbers]
    made = order.numbers.bulk_create(
        [order.numbers.model(order=order, phone_number=phone_number) for phone_number in unknown]
    )
    numbers.update({number.phone_number: number for number in made})


def _mark_missing(numbers: "Mapping[str, OrderNumber]", told: Mapping[str, Told], at: datetime) -> None:
    for phone_number, number in numbers.items():
        number.gone_at = None if phone_number in told else number.gone_at or at


def _merge(number: "OrderNumber", said: Told, at: datetime, source: str) -> StatusChange | None:
    """Merge the report into the row; return the history entry it adds, if any."""
    before = number.status
    number.remote_number_id = said.remote_id[:100] or number.remote_number_id
    if not said.status or (source in BY_WEBHOOK and _ended(before) and not _ended(said.status)):
        return None
    if said.status == NumberStatus.OWNERSHIP_SUCCESSFUL:
        number.owned_at = min(number.owned_at or at, at)
    word = before
    if _number_key(at, said.status) > _number_key(number.status_as_of, before):
        word, number.status_as_of = said.status[:200], at
    # REST has no status for a proven number and may keep saying pending (docs/telnyx.md, T3.4); proof is never revoked.
    if word == NumberStatus.PENDING and number.owned_at:
        word = NumberStatus.OWNERSHIP_SUCCESSFUL
    if word != before:
        number.status, number.status_at = word, at
    is_news = said.status != before and not (said.status == NumberStatus.PENDING and number.owned_at)
    return _history(number, said.status, at, source) if is_news else None


def _ended(status: str) -> bool:
    return NUMBER_RANKS.get(status, 0) >= ENDED_RANK


def _number_key(at: datetime | None, status: str) -> tuple[datetime, int, str]:
    return at or LONG_AGO, NUMBER_RANKS.get(status, 0), status


def _history(number: "OrderNumber", status: str, at: datetime, source: str) -> StatusChange:
    kind = ContentType.objects.get_for_model(number)
    return StatusChange(
        resource_type=kind, resource_id=number.pk, status=status[:200], occurred_at=at, source=source
    )


# Which order holds a number.


def settle_live(order: "HostedOrder", numbers: "Sequence[OrderNumber]") -> None:
    """Release the numbers this order lost, and hold those it has, unless another order holds them."""
    if order.remote_id is None:
        return
    freed = [number.pk for number in numbers if number.live and not _holds(order, number)]
    order.numbers.filter(pk__in=freed).update(live=False)
    wanted = [number for number in numbers if not number.live and _holds(order, number)]
    if wanted:
        _claim(order, wanted)


def _holds(order: "HostedOrder", number: "OrderNumber") -> bool:
    if order.gone_at or order.remote_status == OrderStatus.DELETED or number.gone_at:
        return False
    if number.status in NUMBER_LOST:
        return False
    return order.remote_status not in ORDER_LOST or number.status == NumberStatus.SUCCESSFUL


def _claim(order: "HostedOrder", wanted: "list[OrderNumber]") -> None:
    phone_numbers = [number.phone_number for number in wanted]
    held = order.numbers.model.objects.filter(live=True, phone_number__in=phone_numbers)
    taken = set(held.values_list("phone_number", flat=True))
    free = [number.pk for number in wanted if number.phone_number not in taken]
    try:
        with transaction.atomic():
            order.numbers.filter(pk__in=free).update(live=True)
    except IntegrityError:
        return  # another order took one at the same moment; the next read tries again


# Transfers.


def take_transfer(order: "HostedOrder", state: str, at: datetime, deadline: datetime | None) -> None:
    """Merge one event about a transfer: a decision outranks a question, and the latest deadline counts.

    The order's row must be locked.
    """
    if _transfer_key(state, at) > _transfer_key(order.transfer_state, order.transfer_at):
        order.transfer_state, order.transfer_at = state, at
    order.transfer_deadline = max(filter(None, (order.transfer_deadline, deadline)), default=None)
    told = [at.isoformat(), str(state), deadline.isoformat() if deadline else ""]
    if told not in order.transfer_told:
        order.transfer_told = sorted([*order.transfer_told, told])[-MOST_TOLD:]
    order.save(update_fields=["transfer_state", "transfer_at", "transfer_deadline", "transfer_told"])


def _transfer_key(state: str, at: datetime | None) -> tuple[int, datetime, str]:
    return TRANSFER_RANKS[TransferState(state)], at or LONG_AGO, state


# Documents.


def is_news(order: "HostedOrder", status: str) -> bool:
    """Return True if a status is news: it is different, or it refuses documents sent since it was last reported."""
    if status != order.remote_status:
        return True
    at = order.remote_status_at
    return status in REFUSED_PAPERS and at is not None and order.documents.filter(sent_at__gt=at).exists()


def note_sent(order: "HostedOrder") -> None:
    """Set the sent date of documents whose promise was kept, however we learned of it."""
    kept = order.documents.filter(sent_at=None, promise__state=OutboxEntry.State.ACCEPTED)
    for document in kept.select_related("promise__requested_by"):
        promise = document.promise
        document.sent_at = (promise and promise.send_started_at) or clock.now()
        document.save(update_fields=["sent_at"])
        document.looks.create(user=promise.requested_by if promise else None, action=LookAction.SENT)


def note_refused(order: "HostedOrder") -> None:
    """Mark as refused the documents that were sent before a status that refuses them.

    The answer to the upload itself is dated just before it; the read that follows corrects the date.
    """
    at = order.remote_status_at
    if at is None:
        return
    if order.remote_status in PAPERS_ACCEPTED:
        # A document still called invalid right after it was sent had just not been reviewed yet.
        order.documents.filter(replaced_by=None, refused_at__lt=at).update(refused_at=None, refused_reason="")
    if order.remote_status in REFUSED_PAPERS:
        for status, said_at in _refusals(order):
            _note_refusal(order, status, said_at)


def _refusals(order: "HostedOrder") -> list[tuple[str, datetime]]:
    """Return every status that refuses documents since they were last accepted, oldest first.

    The newest status alone would forget the letter if the bill was refused a moment later.
    """
    found: list[tuple[str, datetime]] = []
    for change in sorted(order.history(), key=_order_key):
        if change.status in PAPERS_ACCEPTED:
            found = []
        elif change.status in REFUSED_PAPERS:
            found.append((change.status, change.counts_at()))
    return found


def _note_refusal(order: "HostedOrder", status: str, at: datetime) -> None:
    kinds = REFUSED_PAPERS[status]
    held = order.documents.filter(replaced_by=None, refused_at=None, sent_at__lte=at)
    papers = list(held.filter(kind__in=kinds))
    # While one document is still missing, "incomplete" says nothing about the other.
    if status == OrderStatus.INCOMPLETE_DOCUMENTATION and len(papers) < len(kinds):
        return
    for paper in papers:
        _refuse(paper, status, max(at, paper.sent_at or at))


def _refuse(document: "Document", status: str, at: datetime) -> None:
    document.refused_at, document.refused_reason = at, status
    document.save(update_fields=["refused_at", "refused_reason"])
