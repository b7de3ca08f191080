"""What an order's page shows: both state lines, the five steps of each number, and what can be done now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.desk import outbox_words as words
from messaging.desk import sight
from messaging.desk.show import Step, within
from messaging.desk.sight import Sight
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry, StatusChange
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.validators import display_number

from ..choices import NUMBER_FAILURES, NumberStatus, OrderStatus
from ..documents import page, store
from ..documents.views import may_download
from ..entry.parse import MOST_NUMBERS, TOO_MANY, Verdict, read_text
from ..entry.parse import Line as LeftOut
from ..models import Document, HostedOrder, OrderNumber
from ..state import eligibility, problems, transfer_alerts, turns
from . import grouping, next_step, ownership_codes, rows, workflow

ADD = "hosted.add_hostedorder"
CHANGE = "hosted.change_hostedorder"
SUBMIT = "hosted.submit_hostedorder"
CANCEL = "hosted.cancel_hostedorder"
OVERRIDE = "hosted.override_eligibility"
UPLOAD = "hosted.upload_document"
SEE_DOCUMENTS = "hosted.view_document"
SEE_OUTBOX = "mirror.view_outboxentry"

LONGEST = 100
# Two hundred numbers with five changes each.
MOST_TOLD = 1000
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
# Seconds between refreshes of the page: while something is in progress here, and while Telnyx has the order.
SOON, NOW_AND_THEN = 2, 5


def page_url(order: HostedOrder) -> str:
    return reverse("admin:hosted_hostedorder_change", args=[order.pk])


def may(order: HostedOrder, user: User) -> dict[str, bool]:
    """Return what this person may do with the order now."""
    draft, there = order.is_editable(), order.is_open_at_telnyx()
    return {
        "change": draft and user.has_perm(CHANGE),
        "override": draft and user.has_perm(OVERRIDE),
        "submit": draft and user.has_perm(SUBMIT),
        "prove": there and user.has_perm(SUBMIT),
        "upload": there and user.has_perm(UPLOAD),
        "see_documents": user.has_perm(SEE_DOCUMENTS),
        "download": may_download(user),
        "cancel": order.can_cancel() and user.has_perm(CANCEL),
        "acknowledge": user.has_perm(CHANGE),
        "move": user.has_perm(ADD),
        "remind": order.can_be_checked_again() and user.has_perm(CHANGE),
        "see_outbox": user.has_perm(SEE_OUTBOX),
    }


def context(order: HostedOrder, user: User) -> dict[str, Any]:
    """Return everything the page shows, with a fixed number of queries regardless of how many numbers there are."""
    # Read the promises before the rows they change: if an answer arrives in between, the promise still looks open and
    # the page refreshes. The other way around it would look settled but without its answer, and stay that way.
    entries = list(outbox.entries(order).select_related("requested_by", "resource_type").defer("body"))
    prefetch_related_objects([order], "numbers")
    numbers = list(order.numbers.all())
    documents = list(order.documents.select_related("promise", "uploaded_by", "checked_by"))
    turns.stand(order, numbers, documents, entries)
    shown = rows.of(order, numbers, documents)
    allowed = may(order, user)
    moving = next((entry for entry in entries if entry.moves_record), None)
    check = next((entry for entry in entries if entry.operation == "check_eligibility"), None)
    seen = sight.masked(ours=[number.phone_number for number in numbers])
    steps = history(order, numbers, entries, seen)
    found: dict[str, Any] = {
        "record": order,
        "may": allowed,
        "rows": shown,
        "numbers_total": len(shown),
        "totals": grouping.totals(shown),
        "groups": grouping.by_steps(shown),
        "ours": words.entry_line(moving, seen),
        "telnyx_label": _status_words(order),
        "requests": [
            words.entry_line(entry, seen) for entry in entries if entry.is_open() and not entry.moves_record
        ],
        "turn": order.turn(),
        "since": order.turn_since(),
        "timing": turns.timing(order),
        "is_late": _is_past(order.due_at()),
        "alert": transfer_alerts.current(order),
        "failed_check": None,
        "steps": steps,
        "papers": page.of(documents, user) if allowed["see_documents"] else [],
        "forgotten": store.forgotten(),
        "can_send": bool(page.to_send(documents)),
        "both_here": page.both_here(documents),
        "to_prove": [row for row in shown if row.needs_proof],
        "any_code_sent": any(row.needs_proof and row.number.code_sent_at for row in shown),
        "proved": [row for row in shown if row.number.is_owned()],
        "movable": workflow.movable_numbers(order) if order.remote_id else [],
        "moved_to": list(order.moved_to.all()) if order.remote_id else [],
        "support_text": ownership_codes.support_text(order, numbers) if allowed["prove"] else "",
        "refresh": _refresh(order, entries),
        "shape": shape(order, numbers, documents, entries, len(steps)),
    }
    if order.is_editable():
        found |= _of_draft(order, shown, check)
    return found | {"next_step": next_step.of(order, shown, found["papers"], found)}


def _of_draft(order: HostedOrder, shown: Sequence[rows.Row], check: OutboxEntry | None) -> dict[str, Any]:
    bad = sum(row.verdict.kind == eligibility.Kind.INELIGIBLE and row.is_blocked for row in shown)
    by_rule: dict[str, list[problems.Problem]] = {}
    for problem in problems.find(order, check):
        by_rule.setdefault(problem.rule, []).append(problem)
    return {
        "verdicts": grouping.by_verdict(shown),
        "is_checking": check is not None and check.is_open() and eligibility.failed_check(check) is None,
        "failed_check": eligibility.failed_check(check),
        "bad": bad,
        "keepable": len(shown) - bad,
        "eligible": sum(not row.is_blocked for row in shown),
        "problems": [grouping.shorter(same) for same in by_rule.values()],
        "left_out": _left_out(order, len(shown)),
    }


def _left_out(order: HostedOrder, count: int) -> list[LeftOut]:
    """Return the pasted lines that are not in an order yet, each with the reason."""
    lines = read_text(order.left_out).lines
    if count < MOST_NUMBERS:
        return list(lines)
    return [replace(line, verdict=Verdict.REFUSED, note=line.note or TOO_MANY) for line in lines]


def _is_past(at: datetime | None) -> bool:
    return at is not None and at < clock.now()


def _started(order: HostedOrder, entries: Sequence[OutboxEntry]) -> Step:
    is_ours = not order.remote_id or order.created_by_id or any(entry.makes_a_record() for entry in entries)
    words = _("Draft started") if is_ours else _("Found at Telnyx and imported")
    return Step(order.created_at, words, who=str(order.created_by or ""), group="draft")


def history(
    order: HostedOrder, numbers: Sequence[OrderNumber], entries: Sequence[OutboxEntry], seen: Sight
) -> list[Step]:
    """Return what was promised and what Telnyx said about the order and its numbers, newest first. One query."""
    names = {number.pk: display_number(number.phone_number) for number in numbers}
    kinds = ContentType.objects.get_for_models(HostedOrder, OrderNumber)
    told = StatusChange.objects.filter(
        Q(resource_type=kinds[HostedOrder], resource_id=order.pk)
        | Q(resource_type=kinds[OrderNumber], resource_id__in=list(names))
    ).order_by("-occurred_at", "-id")[:MOST_TOLD]
    found = [
        _started(order, entries),
        *(step for entry in entries for step in words.entry_steps(entry, seen)),
        *_all_told(told, names),
    ]
    return sorted(found, key=lambda step: step.at, reverse=True)[:LONGEST]


def _all_told(changes: Iterable[StatusChange], names: Mapping[Any, str]) -> Iterator[Step]:
    """Show the same report about many numbers as one step."""
    alike: dict[Any, list[StatusChange]] = {}
    for change in changes:
        about = "number" if change.resource_id in names else "order"
        key = (about, change.status, change.occurred_at, change.source, change.reason)
        alike.setdefault(key, []).append(change)
    for same in alike.values():
        if len(same) > grouping.SHOWN:
            yield _told(same[0], ngettext("%(n)s number", "%(n)s numbers", len(same)) % {"n": len(same)})
        else:
            yield from (_told(change, names.get(change.resource_id, "")) for change in same)


def _told(change: StatusChange, about: str) -> Step:
    labels = dict(NumberStatus.choices if about else OrderStatus.choices)
    label = str(labels.get(change.status, ""))
    is_plain = not label or label.lower() == change.status.lower()
    title = _("Telnyx: %(status)s") % {
        "status": (label or change.status) if is_plain else f"{label} ({change.status})"
    }
    source = within(change.get_source_display())
    group = next((group for group, words in TONES.items() if change.status in words), "reviewing")
    return Step(change.occurred_at, f"{about} · {title}" if about else title, change.reason, source, group)


def _status_words(order: HostedOrder) -> Words:
    return str(dict(order.Status.choices).get(order.remote_status, order.remote_status))


def _refresh(order: HostedOrder, entries: Sequence[OutboxEntry]) -> int | None:
    if order.is_under_way() or any(entry.is_open() for entry in entries):
        return SOON
    return NOW_AND_THEN if order.remote_id and not order.gone_at else None


def shape(
    order: HostedOrder,
    numbers: Sequence[OrderNumber],
    documents: Sequence[Document],
    entries: Sequence[OutboxEntry],
    told: int,
) -> str:
    """Return a string that changes when the page's forms have to change, not only its state lines."""
    facts: list[Any] = [order.sync_state, order.remote_status, order.gone_at, told]
    facts += [order.transfer_state, order.transfer_deadline, order.transfer_acknowledged_at]
    facts += [(n.checked_at, n.status, n.owned_at, n.code_sent_at, n.code_checked_at) for n in numbers]
    facts += [(paper.pk, paper.sent_at, paper.refused_at) for paper in documents]
    facts += [(entry.pk, entry.state) for entry in entries]
    return sha256(repr(facts).encode()).hexdigest()[:16]
