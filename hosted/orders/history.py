"""The history of an order in one list: what people did, what we asked for, what Telnyx said; newest first."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.desk import acts
from messaging.desk import outbox_words as words
from messaging.desk.show import Step, exact, within
from messaging.desk.sight import Sight
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry, StatusChange
from messaging.mirror.wording import Words
from messaging.telnyx import times
from messaging.validators import display_number

from ..choices import NUMBER_FAILURES, TRANSFER_OPEN, NumberStatus, OrderStatus, TransferState
from ..documents import checklist
from ..models import Document, HostedOrder, OrderNumber
from . import grouping

# Two hundred numbers with five changes each.
MOST_TOLD = 1000
MOST_ACTS = 1000
TONES: dict[str, Sequence[str]] = {
    "done": (NumberStatus.SUCCESSFUL, NumberStatus.OWNERSHIP_SUCCESSFUL),
    "needs_us": (
        *NUMBER_FAILURES,
        OrderStatus.LOA_FILE_INVALID,
        OrderStatus.INCOMPLETE_DOCUMENTATION,
        OrderStatus.INCORRECT_BILLING_INFORMATION,
        OrderStatus.COMPLIANCE_REVIEW_FAILED,
        OrderStatus.CARRIER_REJECTED,
        OrderStatus.INELIGIBLE_CARRIER,
    ),
}
TRANSFERS: Mapping[str, tuple[Words, str]] = {
    TransferState.DETECTED: (
        gettext_lazy("Transfer: the numbers are on another Telnyx account"),
        "reviewing",
    ),
    TransferState.REQUESTED: (gettext_lazy("Transfer: Telnyx asked the current owner"), "reviewing"),
    TransferState.APPROVED: (gettext_lazy("Transfer: the current owner approved"), "done"),
    TransferState.AUTO_APPROVED: (
        gettext_lazy("Transfer: approved, because the current owner did not answer"),
        "done",
    ),
    TransferState.REJECTED: (gettext_lazy("Transfer: the current owner rejected it"), "needs_us"),
}


# A number as the acts on record name it: in their line, or in a list of its own below.
NUMBER = re.compile(r"\+\d[\d ]{6,18}\d")
NUMBERS = re.compile(rf"{NUMBER.pattern}(?:, {NUMBER.pattern})*(?::.*)?")


def people(order: HostedOrder) -> list[Step]:
    """Return what people did with the order, newest first."""
    return list(acts.steps(order, MOST_ACTS))


def once_here(done: Iterable[Step]) -> Iterator[str]:
    """Yield the numbers that were in the order at any time, as far as the acts on record name them."""
    for step in done:
        yield from NUMBER.findall(str(step.title))
        for line in str(step.text).splitlines():
            if NUMBERS.fullmatch(line):
                yield from NUMBER.findall(line.partition(":")[0])


def steps(
    order: HostedOrder,
    numbers: Sequence[OrderNumber],
    entries: Sequence[OutboxEntry],
    done: Sequence[Step],
    seen: Sight,
    documents: Iterable[Document],
) -> list[Step]:
    """Return everything that happened, newest first. One query; `entries` are all the order's requests.

    What Telnyx said is placed by our clock where ours decides the order: nothing is answered before it was sent.
    """
    told_better = acts.told_better(done, entries)
    ours = [
        words.started(order, entries),
        *(
            replace(step, title=seen.words(str(step.title)), text=seen.words(str(step.text)))
            for step in reversed(done)
        ),
        *(
            step
            for entry in reversed(entries)
            for step in words.entry_steps(entry, seen)
            if step.at not in told_better
        ),
        *_transfer(order),
        *_reminder(order),
    ]
    found = [*((step.at, step) for step in ours), *_all_told(order, numbers, entries)]
    # The last of several at one time is the newest.
    placed = sorted(enumerate(found), key=lambda pair: (pair[1][0], pair[0]), reverse=True)
    return list(_without_repeats((step for _position, (_at, step) in placed), documents))


def _transfer(order: HostedOrder) -> Iterator[Step]:
    told = order.transfer_told or [_last_told(order)]
    for at, state, deadline in (row for row in told if len(row) == 3 and row[1] in TRANSFERS):
        title, group = TRANSFERS[state]
        until = times.read(deadline)
        text = _("They have until %(at)s to answer.") % {"at": exact(until)} if until else ""
        yield Step(times.read(at) or order.created_at, title, text, _("Webhook"), group)
    ended_at = None if order.transfer_state in TRANSFER_OPEN else order.transfer_at
    if order.transfer_deadline and order.transfer_deadline <= (ended_at or clock.now()):
        yield Step(order.transfer_deadline, _("Transfer: the time to answer ran out"), group="reviewing")


def _last_told(order: HostedOrder) -> list[str]:
    """Return what is known about a transfer from before its events were kept."""
    if not order.transfer_state or order.transfer_at is None:
        return []
    return [order.transfer_at.isoformat(), order.transfer_state, ""]


def _reminder(order: HostedOrder) -> Iterator[Step]:
    if order.is_to_be_checked_again() and order.check_again_at:
        yield Step(order.check_again_at, _("Reminder: back to “Action needed”"), group="needs_us")


def _without_repeats(found: Iterable[Step], documents: Iterable[Document]) -> Iterator[Step]:
    """Leave out all but the newest of what one person saved of a checklist, item by item, with nothing between."""
    checklists = {checklist.saved(document) for document in documents}
    last, run = "", set[str]()
    for step in found:
        title = str(step.title)
        if title not in checklists or step.who != last:
            last, run = str(step.who), set()
        if title not in run:
            yield step
        if title in checklists:
            run.add(title)


@dataclass
class Fact:
    """One thing Telnyx said, with every way in which we heard it before anything else happened."""

    first: StatusChange
    sources: dict[str, None]


def _facts(told: Iterable[StatusChange], asked: Sequence[datetime]) -> list[Fact]:
    """Return what was said, oldest first; `asked` are the times of our requests.

    The same word again is a new fact if we asked for something between.
    """
    found: list[Fact] = []
    newest: dict[Any, Fact] = {}
    for change in sorted(told, key=lambda change: (_place(change), change.pk)):
        source = within(change.get_source_display())
        known = newest.get(change.resource_id)
        if known and _is_repeat(known.first, change, asked):
            known.sources[source] = None
            continue
        newest[change.resource_id] = Fact(change, {source: None})
        found.append(newest[change.resource_id])
    return found


def _is_repeat(first: StatusChange, change: StatusChange, asked: Sequence[datetime]) -> bool:
    is_same = (first.status, first.reason) == (change.status, change.reason)
    return is_same and not any(_place(first) < at <= _place(change) for at in asked)


def _all_told(
    order: HostedOrder, numbers: Sequence[OrderNumber], entries: Iterable[OutboxEntry]
) -> Iterator[tuple[datetime, Step]]:
    """Show the same report about many numbers as one step, and one that came in several ways as well."""
    names = {number.pk: display_number(number.phone_number) for number in numbers}
    kinds = ContentType.objects.get_for_models(HostedOrder, OrderNumber)
    told = StatusChange.objects.filter(
        Q(resource_type=kinds[HostedOrder], resource_id=order.pk)
        | Q(resource_type=kinds[OrderNumber], resource_id__in=list(names))
    ).order_by("-occurred_at", "-id")[:MOST_TOLD]
    alike: dict[Any, list[Fact]] = {}
    for fact in _facts(
        told, [entry.created_at for entry in entries if entry.operation == "upload_documents"]
    ):
        change = fact.first
        about = "number" if change.resource_id in names else "order"
        alike.setdefault((about, change.status, change.occurred_at, change.reason), []).append(fact)
    for same in alike.values():
        change, place = same[0].first, _place(same[0].first)
        if len(same) > grouping.SHOWN:
            about = ngettext("%(n)s number", "%(n)s numbers", len(same)) % {"n": len(same)}
            listed = ", ".join(names[fact.first.resource_id] for fact in same)
            heard = dict.fromkeys(source for fact in same for source in fact.sources)
            yield place, _told(change, heard, about, listed)
        else:
            for fact in same:
                yield place, _told(fact.first, fact.sources, names.get(fact.first.resource_id, ""))


def _place(change: StatusChange) -> datetime:
    """Return the time that decides a report's place: ours, unless it is about something long before we heard of it.

    Telnyx's clock may be minutes off ours, and then a report would seem older than the request that caused it.
    """
    heard_at = change.recorded_at or change.occurred_at
    return change.occurred_at if heard_at - change.occurred_at > times.AHEAD else heard_at


def _told(change: StatusChange, heard: Iterable[str], about: str, text: str = "") -> Step:
    labels = dict(NumberStatus.choices if about else OrderStatus.choices)
    label = str(labels.get(change.status, ""))
    is_plain = not label or label.lower() == change.status.lower()
    title = _("Telnyx: %(status)s") % {
        "status": (label or change.status) if is_plain else f"{label} ({change.status})"
    }
    source = ", ".join(heard)
    return Step(
        change.occurred_at,
        f"{about} · {title}" if about else title,
        change.reason or text,
        source,
        tone(change.status),
    )


def tone(status: str) -> str:
    """Return the look of a status in a history."""
    return next((group for group, words in TONES.items() if status in words), "reviewing")
