"""What to do next with an order: one title, one sentence, and the part of the page to do it in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from messaging.mirror.wording import Words

from ..choices import NumberStatus
from ..models import Document, HostedOrder
from ..state import turns
from ..state.eligibility import Kind
from . import wanted
from .rows import Row
from .steps import StepState


@dataclass(frozen=True)
class NextStep:
    """`part` names the section that is open at the top (prove, papers, move); `action` is a draft's single button.

    `marks` says that the numbers with something to do are marked.
    """

    title: Words
    text: Words = ""
    part: str = ""
    action: str = ""
    marks: bool = False


PROVE = NextStep(
    gettext_lazy("Prove the numbers are yours"),
    gettext_lazy(
        "Telnyx sends an ownership code to each number, as a text or a call to that line. Whoever answers "
        "the line tells you the code, and you type it here. If a code arrives even though the page says it "
        "could not be sent, type it anyway: it still counts."
    ),
    "prove",
)
ASKED = NextStep(
    gettext_lazy("Keep or discard the upload"),
    gettext_lazy("Until somebody decides, the file isn't kept as a document of this order and isn't sent."),
    "papers",
)
SENDING = gettext_lazy("The documents are on their way to Telnyx.")
ALREADY_LIVE = ngettext_lazy("%(n)s number is live already.", "%(n)s numbers are live already.", "n")
NOTHING = gettext_lazy("No action needed. This page updates automatically.")
MEANWHILE = gettext_lazy("Meanwhile there is something to do for some numbers. It is marked “To do” below.")
MOVE = gettext_lazy("You can create a new order from the numbers that failed. The two orders stay linked.")

DECISION = NextStep(
    gettext_lazy("Decide what happened to a request"),
    gettext_lazy(
        "We don't know whether Telnyx received it, and only a person may decide. "
        "Requesting it again on this page also counts as a decision."
    ),
    "prove",
)
PAPERS = ("both_refused", "letter_refused", "bill_refused", "incomplete", "documents")
CLOSED = (
    "cancelled",
    "partly_done",
    "live",
    "cannot_host",
    "moved",
)
FAILED = ("partly", "some_failed", "provider_refused", "transfer_rejected", "failed", "review_failed")


def of(
    order: HostedOrder, rows: Sequence[Row], documents: Sequence[Document], context: dict[str, Any]
) -> NextStep:
    """Return the next step; `context` is what the page knows so far. Makes no further queries."""
    rule = turns.standing(order).rule
    if rule in ("approval", "papers_approval") and not context.get("problems"):
        is_to_do = rule == "papers_approval" and any(row.needs_proof for row in rows)
        words = MEANWHILE if is_to_do else order.turn().words
        return NextStep(turns.turn(order).group.label, words, marks=is_to_do)
    if order.is_editable():
        return _after_refusal(_draft(order, rows, context), rows, context)
    if rule in ("unsure", "papers_unsure"):
        return NextStep(order.turn().words, context["checking"] or NOTHING)
    if rule in ("queued", "sending", "papers_sending"):
        return NextStep(order.turn().words, NOTHING)
    if rule in FAILED or (rule == "decision" and context["movable"]):
        return NextStep(order.turn().words, MOVE if context["movable"] else "", "move")
    if rule == "decision":
        return DECISION
    if rule == "codes":
        return PROVE
    if rule in PAPERS:
        if any(paper.state == "asked" for paper in context["papers"]):
            return ASKED
        return _papers(order, rows, documents)
    if rule in CLOSED:
        return NextStep(order.turn().words)
    is_to_do = any(step.state == StepState.NOW for row in rows for step in row.steps)
    if rule == "transfer_unseen":
        said = [turns.owners_answer(order), *([MEANWHILE] if is_to_do else [])]
        return NextStep(order.turn().words, " ".join(map(str, said)), marks=is_to_do)
    return NextStep(order.turn().words, MEANWHILE if is_to_do else NOTHING, marks=is_to_do)


def _papers(order: HostedOrder, rows: Sequence[Row], documents: Sequence[Document]) -> NextStep:
    found = wanted.of(order, documents)
    if found is None:
        return NextStep(SENDING, NOTHING)
    live = sum(row.number.status == NumberStatus.SUCCESSFUL and row.number.is_in_order() for row in rows)
    said = [ALREADY_LIVE % {"n": live}] if live else []
    return NextStep(found.title, " ".join(map(str, [*found.why, *said])), "papers")


def _after_refusal(step: NextStep, rows: Sequence[Row], context: dict[str, Any]) -> NextStep:
    """Say first what Telnyx refused; what a draft needs otherwise stays possible."""
    refused = next(iter(context["refusals"]), None)
    if refused is None or not rows or context.get("is_checking"):
        return step
    text = " ".join(map(str, refused.advice))
    return NextStep(refused.title, text, action="drop" if refused.numbers else step.action)


def _draft(order: HostedOrder, rows: Sequence[Row], context: dict[str, Any]) -> NextStep:
    kinds = [row.verdict.kind for row in rows if row.is_blocked]
    bad = kinds.count(Kind.INELIGIBLE)
    good = sum(not row.is_blocked for row in rows)
    if not rows:
        return NextStep(_("Add numbers"), _("Paste them below. You see the result for every line."))
    if context["is_checking"]:
        return NextStep(
            _("Checking with Telnyx which numbers are eligible"), _("The answer appears here automatically.")
        )
    if context["failed_check"]:
        found = context["failed_check"]
        return NextStep(found.words, found.next_step, action="check")
    if Kind.UNCHECKED in kinds or any(row.is_old for row in rows):
        text = _("Telnyx says whether each number can be hosted. Checking doesn't order anything.")
        return NextStep(_("Check eligibility"), text, action="check")
    if bad == len(rows):
        text = _("What to do instead is beside each number. Porting a number is always another option.")
        return NextStep(_("None of these numbers can be hosted"), text, action="export")
    if bad and good:
        text = _("The others can be ordered. You can paste removed numbers again at any time.")
        if Kind.UNKNOWN in kinds:
            text = _(
                "Others could not be checked: check them again or remove them before you order the rest. "
                "You can paste removed numbers again at any time."
            )
        return NextStep(_("Remove the ineligible numbers"), text, action="keep")
    if Kind.UNKNOWN in kinds:
        text = _("Some numbers could not be checked, so we don't know yet. Check again.")
        if good:
            text = _(
                "Some numbers could not be checked, so we don't know yet. Check again, or remove them and order the "
                "others. You can paste removed numbers again at any time."
            )
        return NextStep(_("Check again"), text, action="check")
    if order.messaging_profile is None:
        text = _("Numbers are assigned to it once they are live. Without one, Telnyx sends no events.")
        return NextStep(_("Choose a messaging profile"), text, action="profile")
    if context.get("problems"):
        return NextStep(
            _("Something is blocking this order"), _("The reasons are below, beside Create order.")
        )
    text = _("All numbers are eligible. You see the order again before anything is sent.")
    return NextStep(_("Create order"), text, action="submit")
