"""What an order's page shows: both state lines, the five steps of each number, and what can be done now."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import outbox_words as words
from messaging.desk import sight, undoing
from messaging.desk.show import Step
from messaging.desk.sight import Sight
from messaging.desk.turns import Group
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.team import approvals

from ..choices import CodeMethod
from ..documents import page, store
from ..documents.views import may_download
from ..entry.parse import MOST_NUMBERS, TOO_MANY, Verdict, alike, read_text
from ..entry.parse import Line as LeftOut
from ..models import Document, HostedOrder, OrderNumber
from ..state import eligibility, merge, problems, transfer_alerts, turns
from . import grouping, history, next_step, ownership_codes, refusals, rows, workflow

ADD = "hosted.add_hostedorder"
CHANGE = "hosted.change_hostedorder"
SUBMIT = "hosted.submit_hostedorder"
CANCEL = "hosted.cancel_hostedorder"
DELETE = "hosted.delete_hostedorder"
APPROVE = "hosted.approve_hostedorder"
OVERRIDE = "hosted.override_eligibility"
UPLOAD = "hosted.upload_document"
SEE_DOCUMENTS = "hosted.view_document"
SEE_OUTBOX = "mirror.view_outboxentry"

LONGEST = 100
# What was read of more lines than this is shown folded.
SHORT_READING = 12
State = OutboxEntry.State
# What is read again for a page; the records it leads to stay as they are.
SCALARS = [field.name for field in HostedOrder._meta.concrete_fields if not field.is_relation]
# Seconds between refreshes of the page: while something is in progress here, and while Telnyx has the order.
SOON, NOW_AND_THEN = 2, 5


def page_url(order: HostedOrder) -> str:
    return reverse("admin:hosted_hostedorder_change", args=[order.pk])


def may(order: HostedOrder, user: User) -> dict[str, bool]:
    """Return what this person may do with the order now."""
    draft, there, waits = order.is_editable(), order.is_open_at_telnyx(), order.waits_for_approval()
    return {
        "change": draft and user.has_perm(CHANGE),
        "rename": user.has_perm(CHANGE),
        "override": draft and user.has_perm(OVERRIDE),
        "submit": draft and not waits and user.has_perm(SUBMIT),
        "prove": there and user.has_perm(SUBMIT),
        "upload": there and user.has_perm(UPLOAD),
        "send": there and not waits and user.has_perm(UPLOAD),
        "see_documents": user.has_perm(SEE_DOCUMENTS),
        "download": may_download(user),
        "cancel": order.can_cancel() and user.has_perm(CANCEL),
        "delete": draft and user.has_perm(DELETE) and order.can_delete_draft(),
        "acknowledge": user.has_perm(CHANGE),
        "move": user.has_perm(ADD),
        "remind": order.can_be_checked_again() and user.has_perm(CHANGE),
        "see_outbox": user.has_perm(SEE_OUTBOX),
    }


def context(order: HostedOrder, user: User) -> dict[str, Any]:
    """Return everything the page shows, with a fixed number of queries regardless of how many numbers there are."""
    # Read the promises before the rows they change: if an answer arrives in between, the promise still looks open and
    # the page refreshes. The other way around it would look settled but without its answer, and stay that way. The
    # order was read before all of them.
    entries = _entries(order)
    order.refresh_from_db(fields=SCALARS)
    prefetch_related_objects([order], "numbers")
    numbers = list(order.numbers.all())
    documents = list(order.documents.select_related("promise", "uploaded_by", "checked_by"))
    waiting = list(store.waiting(order)) if order.remote_id else []
    turns.stand(order, numbers, documents, entries)
    allowed = may(order, user)
    moving = next((entry for entry in entries if entry.moves_record), None)
    check = next((entry for entry in entries if entry.operation == "check_eligibility"), None)
    done = history.people(order)
    seen = _sight(numbers, done)
    steps = history.steps(order, numbers, entries, done, seen, documents)
    refused = refusals.current(order, numbers, documents, entries, seen)
    shown = rows.of(order, numbers, documents, _marked(refused))
    found: dict[str, Any] = {
        "record": order,
        "may": allowed,
        "rows": shown,
        "numbers_total": turns.standing(order).total,
        "removed": len(shown) - turns.standing(order).total,
        "totals": grouping.totals(shown),
        "groups": grouping.by_steps(shown),
        "ours": words.entry_line(moving, seen),
        "undo": undoing.offered(moving, user),
        "telnyx_label": status_words(order),
        "requests": [
            words.entry_line(entry, seen) for entry in entries if entry.is_open() and not entry.moves_record
        ],
        "turn": order.turn(),
        "needs_approval": approvals.is_needed(order),
        # What waits for approval says itself since when.
        "since": None if order.turn().group == Group.APPROVAL else order.turn_since(),
        "timing": turns.timing(order),
        "is_late": _is_past(order.due_at()),
        "alert": transfer_alerts.current(order),
        "campaigns_lost": transfer_alerts.CAMPAIGNS_LOST if transfer_alerts.loses_campaigns(order) else "",
        "failed_check": None,
        "refusals": refused,
        "checking": next((words.checking(entry) for entry in entries if entry.state == State.UNSURE), ""),
        "steps": steps[:LONGEST],
        "older": len(steps) > LONGEST,
        "history_url": reverse("admin:hosted_hostedorder_history", args=[order.pk]),
        "profile_at_telnyx": _profile_at_telnyx(order),
        "newer_papers": _newer_papers(order, documents),
        "papers": page.of(documents, waiting, user) if allowed["see_documents"] else [],
        "forgotten": store.forgotten(),
        "can_send": page.is_open(documents),
        "missing": page.missing(documents, waiting),
        "unticked": page.UNTICKED,
        "unsendable": page.unsendable(documents, waiting),
        "to_prove": [row for row in shown if row.needs_proof],
        "code_calls": _codes_by(shown, CodeMethod.CALL),
        "code_texts": _codes_by(shown, CodeMethod.SMS),
        "is_sending_codes": any(
            entry.is_open() and entry.state != State.NEEDS_PERSON
            for entry in entries
            if entry.operation in workflow.SENDINGS
        ),
        "is_checking_codes": any(entry.is_open() for entry in entries if entry.operation == "validate_codes"),
        "few_codes": ownership_codes.FEW,
        "any_code_sent": any(row.needs_proof and row.number.code_sent_at for row in shown),
        "proved": [row for row in shown if row.number.is_owned()],
        "movable": workflow.movable_numbers(order) if order.remote_id else [],
        "moved_to": list(order.moved_to.all()) if order.remote_id else [],
        "support_text": ownership_codes.support_text(order, numbers) if allowed["prove"] else "",
        "refresh": _refresh(order, entries),
        # Not what people did: a tick that was saved must not reload the page it was made on.
        "shape": shape(order, numbers, [*documents, *waiting], entries, len(steps) - len(done)),
    }
    if order.is_editable():
        found |= _of_draft(order, shown, check, refused)
    return found | {"next_step": next_step.of(order, shown, documents, found)}


def _codes_by(shown: Sequence[rows.Row], way: CodeMethod) -> int:
    """Count the numbers that a press of "Send codes" calls, or texts, if nobody chooses another method."""
    return sum(row.needs_proof and not row.resend_at and row.way == way for row in shown)


def _profile_at_telnyx(order: HostedOrder) -> list[str]:
    """Return which profile Telnyx names for the order, and below it the one chosen here if that is another."""
    if not order.remote_id or "messaging_profile_id" not in order.remote_data:
        return []
    ours, theirs = order.messaging_profile, order.remote_data["messaging_profile_id"] or ""
    if ours and ours.remote_id == theirs:
        return [_("Messaging profile: %(name)s") % {"name": ours}]
    found = [_("Messaging profile: %(name)s") % {"name": theirs or _("none")}]
    return [*found, _("Chosen here, not sent: %(name)s") % {"name": ours}] if ours else found


def _newer_papers(order: HostedOrder, documents: Sequence[Document]) -> str:
    """Return what to say beside a status that refuses documents once their correction is under way."""
    kinds, at = merge.REFUSED_PAPERS.get(order.remote_status, ()), order.remote_status_at
    newer = [
        paper for paper in documents if paper.kind in kinds and paper.is_current() and not paper.refused_at
    ]
    if at is None or not newer:
        return ""
    if any(paper.is_with_telnyx() for paper in newer):
        return _("That was about an earlier version. Telnyx hasn't reported on the new one yet.")
    return _("That was about an earlier version. The new one hasn't reached Telnyx yet.")


def _marked(refused: Iterable[refusals.Refusal]) -> dict[str, str]:
    """Return Telnyx's words about each number that a refusal names; the newest count."""
    found: dict[str, str] = {}
    for one in refused:
        found = one.numbers | found
    return found


def _of_draft(
    order: HostedOrder,
    shown: Sequence[rows.Row],
    check: OutboxEntry | None,
    refused: Sequence[refusals.Refusal],
) -> dict[str, Any]:
    bad = sum(row.verdict.kind == eligibility.Kind.INELIGIBLE and row.is_blocked for row in shown)
    unsure = sum(row.verdict.kind == eligibility.Kind.UNKNOWN and row.is_blocked for row in shown)
    # A refused check is answered once the numbers it named are gone.
    is_refused = check is not None and check.state == State.REFUSED
    was_answered = is_refused and all(one.operation != "check_eligibility" for one in refused)
    by_rule: dict[str, list[problems.Problem]] = {}
    left_out = lines_left_out(order, len(shown))
    for problem in problems.find(order, check):
        by_rule.setdefault(problem.rule, []).append(problem)
    return {
        "verdicts": grouping.by_verdict(shown),
        "is_checking": check is not None and check.is_open() and eligibility.failed_check(check) is None,
        "failed_check": None if was_answered else eligibility.failed_check(check),
        "bad": bad,
        "keepable": len(shown) - bad,
        "unsure": unsure if unsure < len(shown) else 0,
        "eligible": sum(not row.is_blocked for row in shown),
        "problems": [grouping.shorter(same) for same in by_rule.values()],
        "left_out": left_out,
        "alike": alike(left_out),
        "is_long": len(left_out) > SHORT_READING,
    }


def lines_left_out(order: HostedOrder, count: int) -> list[LeftOut]:
    """Return the pasted lines that are not in an order yet, each with the reason."""
    lines = read_text(order.left_out).lines
    if count < MOST_NUMBERS:
        return list(lines)
    return [
        line
        if line.verdict == Verdict.REFUSED
        else replace(line, verdict=Verdict.REFUSED, note=TOO_MANY, reasons=(TOO_MANY,))
        for line in lines
    ]


def _is_past(at: datetime | None) -> bool:
    return at is not None and at < clock.now()


def everything(order: HostedOrder) -> list[Step]:
    """Return the whole history, for the page that shows nothing else."""
    numbers, entries, done = list(order.numbers.all()), _entries(order), history.people(order)
    documents = order.documents.all()
    return history.steps(order, numbers, entries, done, _sight(numbers, done), documents)


def _entries(order: HostedOrder) -> list[OutboxEntry]:
    return list(outbox.entries(order).select_related("requested_by", "resource_type").defer("body"))


def _sight(numbers: Sequence[OrderNumber], done: Sequence[Step]) -> Sight:
    """Return what everyone sees of Telnyx's words: the order's own numbers, also those taken out of it."""
    return sight.masked(ours=[*(number.phone_number for number in numbers), *history.once_here(done)])


def status_words(order: HostedOrder) -> Words:
    """Return Telnyx's status of the order in our words; one we don't know as it came."""
    if order.remote_status and not order.is_status_known():
        return _("%(status)s (new status, meaning not known yet)") % {"status": order.remote_status}
    return str(dict(order.Status.choices).get(order.remote_status, order.remote_status))


def _refresh(order: HostedOrder, entries: Sequence[OutboxEntry]) -> int | None:
    if order.is_under_way() or any(entry.is_open() for entry in entries):
        return SOON
    changes = order.remote_id or order.waits_for_approval()
    return NOW_AND_THEN if changes and not order.gone_at else None


def shape(
    order: HostedOrder,
    numbers: Sequence[OrderNumber],
    documents: Sequence[Document],
    entries: Sequence[OutboxEntry],
    told: int,
) -> str:
    """Return a string that changes when the page's forms have to change, not only its state lines."""
    facts: list[Any] = [order.sync_state, order.remote_status, order.gone_at, told, order.asked_version]
    facts += [order.transfer_state, order.transfer_deadline, order.transfer_acknowledged_at]
    facts += [order.campaigns_settled_at]
    facts += [(n.checked_at, n.status, n.owned_at, n.code_sent_at, n.code_checked_at) for n in numbers]
    facts += [(paper.pk, paper.version, paper.sent_at, paper.refused_at) for paper in documents]
    facts += [(entry.pk, entry.state) for entry in entries]
    return sha256(repr(facts).encode()).hexdigest()[:16]
