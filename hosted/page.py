"""What the page of one order shows: both state lines, the five steps of each number, and what may be done now."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.mirror import outbox
from messaging.mirror.admin import words
from messaging.mirror.models import OutboxEntry, StatusChange
from messaging.mirror.show import Step, Words
from messaging.validators import display_number

from . import alerts, codes, eligibility, tracker
from .choices import DocumentKind
from .documents import checklist, store
from .documents.views import may_download, may_preview
from .models import Document, HostedOrder, OrderNumber

ADD = "hosted.add_hostedorder"
CHANGE = "hosted.change_hostedorder"
SUBMIT = "hosted.submit_hostedorder"
CANCEL = "hosted.cancel_hostedorder"
OVERRIDE = "hosted.override_eligibility"
UPLOAD = "hosted.upload_document"
SEE_DOCUMENTS = "hosted.view_document"
SEE_OUTBOX = "mirror.view_outboxentry"

LONGEST = 100
# Seconds between two looks at a page: while something is under way here, and while Telnyx has it.
SOON, NOW_AND_THEN = 2, 5


@dataclass(frozen=True)
class Row:
    """One number with its steps, what its check said, and what its proof allows."""

    number: OrderNumber
    steps: tuple[tracker.Step, ...]
    verdict: eligibility.Verdict
    is_old: bool
    resend_at: datetime | None
    needs_proof: bool
    needs_support: bool
    is_blocked: bool


@dataclass(frozen=True)
class Paper:
    """One kind of document: its newest version with its checklist, the earlier ones, and whether it is open."""

    kind: str
    label: Words
    document: Document | None
    ticks: list[checklist.Tick]
    warnings: list[str]
    earlier: list[Document]
    is_open: bool
    may_preview: bool


def page_url(order: HostedOrder) -> str:
    return reverse("admin:hosted_hostedorder_change", args=[order.pk])


def may(order: HostedOrder, user: User) -> dict[str, bool]:
    """Return what this person may do with this order now."""
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


def rows(order: HostedOrder, numbers: Sequence[OrderNumber], documents: Sequence[Document]) -> list[Row]:
    """Return the numbers as the page shows them; asks the database for nothing."""
    return [_row(track) for track in tracker.tracks(order, numbers, documents)]


def _row(track: tracker.Track) -> Row:
    number = track.number
    return Row(
        number=number,
        steps=track.steps,
        verdict=eligibility.verdict(number),
        is_old=eligibility.is_old(number),
        resend_at=codes.resend_at(number),
        needs_proof=number.is_in_order() and not number.is_owned() and not number.has_failed(),
        needs_support=codes.needs_support(number),
        is_blocked=not eligibility.may_be_ordered(number),
    )


def papers(documents: Sequence[Document], user: User) -> list[Paper]:
    """Return both kinds of documents; `documents` are all versions of one order."""
    return [_paper(kind, [paper for paper in documents if paper.kind == kind], user) for kind in DocumentKind]


def _paper(kind: DocumentKind, versions: list[Document], user: User) -> Paper:
    document = next((paper for paper in versions if paper.is_current()), None)
    return Paper(
        kind=kind.value,
        label=kind.label,
        document=document,
        ticks=checklist.ticks(document) if document else [],
        warnings=checklist.warnings(document) if document else [],
        earlier=[paper for paper in versions if paper is not document],
        is_open=store.is_open(document),
        may_preview=document is not None and may_preview(user, document),
    )


def to_send(documents: Iterable[Document]) -> list[Document]:
    """Return the newest documents that Telnyx was not sent yet."""
    return [paper for paper in documents if paper.is_current() and not paper.sent_at and store.is_open(paper)]


def context(order: HostedOrder, user: User) -> dict[str, Any]:
    """Return everything the page shows, with a fixed number of queries however many numbers there are."""
    numbers = list(order.numbers.all())
    documents = list(order.documents.select_related("promise", "uploaded_by", "checked_by"))
    entries = list(outbox.entries(order).select_related("requested_by", "resource_type").defer("body"))
    shown = rows(order, numbers, documents)
    allowed = may(order, user)
    moving = next((entry for entry in entries if entry.moves_record), None)
    turn, since = order.turn(), order.turn_since()
    check = next((entry for entry in entries if entry.operation == "check_eligibility"), None)
    return {
        "record": order,
        "may": allowed,
        "rows": shown,
        "numbers_total": len(shown),
        "ours": entry_line(moving),
        "telnyx_label": _status_words(order),
        "requests": [entry_line(entry) for entry in entries if entry.is_open() and not entry.moves_record],
        "refused": [entry for entry in entries[:1] if entry.state == OutboxEntry.State.REFUSED],
        "turn": turn,
        "since": since,
        "due_at": order.due_at(),
        "alert": alerts.current(order),
        "failed_check": eligibility.failed_check(check) if order.is_editable() else None,
        "steps": history(order, numbers, entries),
        "papers": papers(documents, user) if allowed["see_documents"] else [],
        "can_send": bool(to_send(documents)),
        "support_text": codes.support_text(order, numbers) if allowed["prove"] else "",
        "refresh": _refresh(order, entries),
        "shape": shape(order, numbers, documents, entries),
    }


@dataclass(frozen=True)
class Line:
    """Where one promise of ours stands."""

    label: Words
    group: str
    status: Words
    reason: Words
    at: datetime
    errors: list[str]
    url: str


def entry_line(entry: OutboxEntry | None) -> Line | None:
    """Return the state of a promise in words, or None when nothing was promised."""
    if entry is None:
        return None
    said = [": ".join(filter(None, (error.get("title"), error.get("detail")))) for error in entry.errors]
    url = reverse("admin:mirror_outboxentry_change", args=[entry.pk])
    return Line(
        entry.get_operation_label(),
        words.ENTRY_GROUPS[entry.state],
        entry.get_state_display(),
        entry.reason,
        entry.resolved_at or entry.created_at,
        said,
        url,
    )


def history(order: HostedOrder, numbers: Sequence[OrderNumber], entries: Sequence[OutboxEntry]) -> list[Step]:
    """Return what was promised and what Telnyx said of the order and its numbers, newest first. One query."""
    names = {number.pk: display_number(number.phone_number) for number in numbers}
    kinds = ContentType.objects.get_for_models(HostedOrder, OrderNumber)
    told = StatusChange.objects.filter(
        Q(resource_type=kinds[HostedOrder], resource_id=order.pk)
        | Q(resource_type=kinds[OrderNumber], resource_id__in=list(names))
    ).order_by("-occurred_at", "-id")[:LONGEST]
    found = [
        Step(order.created_at, _("Draft begun"), who=str(order.created_by or ""), group="draft"),
        *(step for entry in entries for step in _promised(entry)),
        *(_told(change, names.get(change.resource_id, "")) for change in told),
    ]
    return sorted(found, key=lambda step: step.at, reverse=True)[:LONGEST]


def _promised(entry: OutboxEntry) -> Iterator[Step]:
    who, label = str(entry.requested_by or ""), entry.get_operation_label()
    yield Step(entry.created_at, _("%(what)s: asked for") % {"what": label}, who=who, group="under_way")
    if entry.resolved_at:
        title = f"{label}: {entry.get_state_display()}"
        yield Step(entry.resolved_at, title, entry.reason, group=words.ENTRY_GROUPS[entry.state])


def _told(change: StatusChange, number: str) -> Step:
    title = _("Telnyx: %(status)s") % {"status": change.status}
    title = f"{number} · {title}" if number else title
    source = change.get_source_display().lower()
    return Step(change.occurred_at, title, change.reason, source, "reviewing")


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
) -> str:
    """Return a word that changes when the forms of the page, and not only its state lines, have to."""
    facts: list[Any] = [order.sync_state, order.remote_status, order.gone_at, order.transfer_acknowledged_at]
    facts += [(n.checked_at, n.status, n.owned_at, n.code_sent_at, n.code_checked_at) for n in numbers]
    facts += [(paper.pk, paper.sent_at, paper.refused_at) for paper in documents]
    facts += [(entry.pk, entry.state) for entry in entries]
    return sha256(repr(facts).encode()).hexdigest()[:16]
