"""One change to many hosted numbers: what it does to each, a request per number, and taking back what was not sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.desk import acts
from messaging.mirror.models import Attempt, OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.validators import without_repeats

from ..models import BulkChange, BulkLine, HostedNumber, OrderNumber
from .changing import fingerprint

MOST = 500
State = OutboxEntry.State
LeftOut = BulkLine.LeftOut
Tags = BulkChange.Tags

# Nothing of such a request is at Telnyx: it waits, and no send of it ended with a lost answer. The state alone is not
# enough, because a change whose answer was lost is queued again (`Operation.repeatable`).
LOST = Attempt.objects.filter(entry=OuterRef("pk"), outcome__in=Attempt.LOST)
NOT_SENT = Q(state__in=[State.QUEUED, State.BLOCKED]) & (Q(sends=0) | ~Exists(LOST))


@dataclass(frozen=True)
class Planned:
    """What a change does to one number: what to send, or why it is left out."""

    number: HostedNumber
    changes: Mapping[str, Any]
    left_out: str = ""


def plan(numbers: Sequence[HostedNumber], asks: Mapping[str, Any]) -> list[Planned]:
    """Return what would be sent for each number. A fixed number of queries."""
    busy, leaving = _busy(numbers), _leaving(numbers)
    return [_planned(number, asks, busy, leaving) for number in numbers]


def _planned(number: HostedNumber, asks: Mapping[str, Any], busy: set[UUID], leaving: set[str]) -> Planned:
    changes = _changes(number, asks)
    product = asks["settings"].get("messaging_product")
    reasons = (
        (number.gone_at is not None or not number.remote_id, LeftOut.GONE),
        (number.pk in busy, LeftOut.OPEN),
        (number.phone_number in leaving, LeftOut.REMOVING),
        (not changes, LeftOut.SAME),
        (
            "messaging_product" in changes and product not in number.eligible_messaging_products,
            LeftOut.NOT_OFFERED,
        ),
    )
    why = next((reason for is_so, reason in reasons if is_so), "")
    return Planned(number, {} if why else changes, why)


def _changes(number: HostedNumber, asks: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in asks["settings"].items() if getattr(number, name) != value}
    tags = _tags(number.tags, asks["how_tags"], asks["tags"])
    if tags != number.tags:
        found["tags"] = tags
    return found


def _tags(there: list[str], how: str, named: list[str]) -> list[str]:
    if how == Tags.ADD:
        return there + [tag for tag in named if tag not in there]
    if how == Tags.REMOVE:
        return [tag for tag in there if tag not in named]
    if how == Tags.REPLACE and sorted(named) != sorted(there):
        return without_repeats(named)
    return there


def _busy(numbers: Iterable[HostedNumber]) -> set[UUID]:
    kind = ContentType.objects.get_for_model(HostedNumber)
    entries = OutboxEntry.objects.filter(resource_type=kind, resource_id__in=[n.pk for n in numbers])
    return set(entries.exclude(state__in=OutboxEntry.ENDED).values_list("resource_id", flat=True))


def _leaving(numbers: Iterable[HostedNumber]) -> set[str]:
    """Return the phone numbers among these for which a removal from their order is open."""
    removals = OutboxEntry.objects.filter(operation="remove_number").exclude(state__in=OutboxEntry.ENDED)
    ids = [path.rpartition("/")[2] for path in removals.values_list("path", flat=True)]
    if not ids:
        return set()
    held = OrderNumber.objects.filter(
        remote_number_id__in=ids, phone_number__in=[number.phone_number for number in numbers]
    )
    return set(held.values_list("phone_number", flat=True))


def start(
    seen: Mapping[UUID, str], asks: Mapping[str, Any], *, by: User, reason: str, form_token: str
) -> BulkChange:
    """Promise one request per number, all or none; a second press of the same form returns the first change.

    `seen` holds for each number's id the fingerprint of the settings that the person saw.
    """
    try:
        with transaction.atomic():
            bulk = BulkChange.objects.create(
                form_token=form_token,
                asked_by=by,
                settings=asks["settings"],
                how_tags=asks["how_tags"],
                tags=asks["tags"],
                reason=reason,
            )
            _promise_all(bulk, seen, by)
    except IntegrityError:
        earlier = BulkChange.objects.filter(form_token=form_token).first()
        if earlier is None:
            raise
        return earlier
    return bulk


def _promise_all(bulk: BulkChange, seen: Mapping[UUID, str], by: User) -> None:
    # In the order of their ids, so that two people who choose the same numbers wait for each other.
    rows = list(HostedNumber.objects.select_for_update().filter(pk__in=seen).order_by("pk"))
    planned = plan(rows, bulk.asks())
    lines = []
    for each in planned:
        why = each.left_out
        if not why and fingerprint(each.number) != seen[each.number.pk]:
            why = LeftOut.CHANGED
        entry = None
        if not why:
            entry = outbox.add(each.number, "update", requested_by=by, nudge=False, **each.changes)
            acts.record(
                by, each.number, _what(each.changes, len(rows)), reason=bulk.reason, at=entry.created_at
            )
        lines.append(BulkLine(bulk=bulk, number=each.number, entry=entry, left_out=why))
    BulkLine.objects.bulk_create(lines)


def _what(changes: Mapping[str, Any], total: int) -> str:
    labels = ", ".join(str(HostedNumber._meta.get_field(name).verbose_name) for name in changes)  # type: ignore[union-attr]
    words = ngettext(
        "Change requested for %(n)s number: %(what)s",
        "Change requested together with others, %(n)s numbers in all: %(what)s",
        total,
    )
    return words % {"n": total, "what": labels}


def not_sent(bulk: BulkChange) -> QuerySet[OutboxEntry]:
    """Return the requests of a change of which surely nothing was sent yet."""
    return OutboxEntry.objects.filter(NOT_SENT, pk__in=bulk.lines.values("entry"))


def undo(bulk: BulkChange, *, by: User) -> int:
    """Cancel what has surely not been sent yet; return how many. The rest goes on."""
    return sum(_take_back(pk, by) for pk in not_sent(bulk).values_list("pk", flat=True))


def _take_back(pk: UUID, by: User) -> bool:
    why = _("%(who)s took it back before it was sent.") % {"who": by}
    entry = OutboxEntry.objects.get(pk=pk)
    with transaction.atomic():
        if not outbox.cancel(entry, why, expect=[State.QUEUED, State.BLOCKED], only_if=NOT_SENT):
            return False
        acts.record(by, entry.resource, _("Change taken back before it was sent to Telnyx"))
        return True


def recent(most: int = 3) -> QuerySet[BulkChange]:
    """Return the newest changes to many numbers."""
    return BulkChange.objects.select_related("asked_by")[:most]
