"""Which notices are over: the record isn't our turn anymore or somebody else has it now, or the question is decided.

The sweep marks them, and then they count as read; nothing is sent that is over by then. What becomes so again is
unread again: whoever finds the events (`look`) sees to that.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from messaging.desk.turns import Group
from messaging.mirror.models import OutboxEntry
from messaging.models import WAITS_FOR_APPROVAL, Approval, Notice
from messaging.team import kinds as work

from . import awaited, events, holders, kinds

# How many unread notices a sweep looks at. Where there are more, it takes some of them, from a random place on.
MOST = 500
OF_TURNS = {kind.id: kind for kind in (kinds.OUR_TURN, kinds.HALF, kinds.LAST_DAY)}


def mark(now: datetime) -> None:
    """Mark unread notices that are over; from then on they count as read."""
    unread = Notice.objects.filter(read_at=None, is_in_desk=True, kind__in=FINDERS).order_by("pk")
    start = uuid.uuid4()
    rows = list(unread.filter(pk__gte=start)[:MOST])
    rows += unread.filter(pk__lt=start)[: MOST - len(rows)]
    if ended := among(rows):
        Notice.objects.filter(pk__in=ended, read_at=None).update(read_at=now, over_at=now)


def again(notices: Collection[uuid.UUID]) -> None:
    """Let notices that were over be unread again, because it is so again."""
    Notice.objects.filter(pk__in=notices, over_at__isnull=False).update(over_at=None, read_at=None)


def among(notices: Iterable[Notice], *, for_anyone: bool = False) -> set[uuid.UUID]:
    """Return the keys of those that are over, for their person or, if asked so, for anyone.

    A fixed number of queries for each kind of record.
    """
    groups: dict[Callable[..., set[uuid.UUID]], dict[int, list[Notice]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for notice in notices:
        if (finder := FINDERS.get(notice.kind)) and notice.resource_type_id is not None:
            groups[finder][notice.resource_type_id].append(notice)
    found: set[uuid.UUID] = set()
    for finder, by_type in groups.items():
        for type_id, rows in by_type.items():
            model = ContentType.objects.get_for_id(type_id).model_class()
            found |= finder(model, rows, {row.resource_id for row in rows}, for_anyone)
    return found


def _turns(model: Any, rows: Sequence[Notice], keys: Collection[str], for_anyone: bool) -> set[uuid.UUID]:
    kind = work.get(model)
    if kind is None:
        return set()
    waiting = _waiting(kind, keys)
    have = holders.of(kind, keys)

    def is_so(notice: Notice) -> bool:
        if not notice.event.startswith(
            events.of_record(OF_TURNS[notice.kind], model, notice.resource_id, "")
        ):
            return True  # nobody knows which turn it is about
        if notice.resource_id not in waiting:
            return False
        group, since, due = waiting[notice.resource_id]
        what = OF_TURNS[notice.kind]
        if what is kinds.OUR_TURN and group != Group.NEEDS_US:
            return False
        now = events.of_turn(what, model, notice.resource_id, since, due)
        if not events.is_same_turn(now, notice.event):
            return False
        return for_anyone or any(user.pk == notice.user_id for user in have.told_of(notice.resource_id))

    return {row.pk for row in rows if not is_so(row)}


def _waiting(kind: work.Kind, keys: Collection[str]) -> Mapping[str, tuple[Group, datetime, datetime | None]]:
    """Return of those of these records that wait for us the stage, since when, and when they are due. Two queries."""
    found = {}
    for group in (Group.NEEDS_US, Group.APPROVAL):
        parts: list[QuerySet] = [part.filter(pk__in=keys).order_by() for part in kind.waiting(group)]
        for _kind, key, _rank, due, since in parts[0].union(*parts[1:], all=True):
            found[key] = (group, since, due)
    return found


def _decisions(_model: Any, rows: Sequence[Notice], keys: Collection[str], _any: bool) -> set[uuid.UUID]:
    waiting = OutboxEntry.objects.filter(pk__in=keys, state=OutboxEntry.State.NEEDS_PERSON).order_by()
    so = {events.of_decision(*entry) for entry in waiting.values_list("pk", "attempts_made", "sends")}
    return {row.pk for row in rows if row.event not in so}


def _approvals(model: Any, rows: Sequence[Notice], keys: Collection[str], _any: bool) -> set[uuid.UUID]:
    """Return those that a colleague answered, or that an edit took back."""
    asked = Approval.objects.filter(
        resource_type=ContentType.objects.get_for_model(model),
        resource_id__in=keys,
        decision=Approval.Decision.OPEN,
    )
    waiting = model._base_manager.filter(WAITS_FOR_APPROVAL, pk__in=keys)
    versions = {str(pk): version for pk, version in waiting.order_by().values_list("pk", "version")}
    so = {
        events.of_approval(pk)
        for pk, key, version in asked.order_by().values_list("pk", "resource_id", "version")
        if versions.get(str(key)) == version
    }
    return {row.pk for row in rows if row.event not in so}


def _done(model: Any, rows: Sequence[Notice], keys: Collection[str], _any: bool) -> set[uuid.UUID]:
    """Return those about records that aren't done anymore."""
    kind = awaited.get(model)
    if kind is None:
        return set()
    so = {str(pk) for pk in kind.done().filter(pk__in=keys).order_by().values_list("pk", flat=True)}
    return {row.pk for row in rows if row.resource_id not in so}


FINDERS: dict[str, Callable[[Any, Sequence[Notice], Collection[str], bool], set[uuid.UUID]]] = {
    **dict.fromkeys(OF_TURNS, _turns),
    kinds.DECISION.id: _decisions,
    kinds.APPROVAL.id: _approvals,
    kinds.DONE.id: _done,
}
