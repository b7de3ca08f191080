"""The five steps of each number in an order: eligible, ordered, owned, documents, live."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..choices import NUMBER_FAILURES, TRANSFER_OPEN, DocumentKind, NumberStatus, OrderStatus
from ..state import eligibility
from . import wanted

if TYPE_CHECKING:
    from ..models import Document, HostedOrder, OrderNumber


class StepName(TextChoices):
    ELIGIBLE = "eligible", gettext_lazy("Eligible")
    ORDERED = "ordered", gettext_lazy("Ordered")
    OWNED = "owned", gettext_lazy("Ownership")
    DOCUMENTS = "documents", gettext_lazy("Documents")
    LIVE = "live", gettext_lazy("Live")


class StepState(TextChoices):
    DONE = "done", gettext_lazy("Done")
    NOW = "now", gettext_lazy("To do")
    WAITING = "waiting", gettext_lazy("In progress")
    FAILED = "failed", gettext_lazy("Failed")
    LATER = "later", gettext_lazy("Later")
    # What people ended on purpose, and what doesn't come about because of it or of a failure.
    REMOVED = "removed", gettext_lazy("Removed")
    CANCELED = "canceled", gettext_lazy("Canceled")
    NEVER = "never", gettext_lazy("Not needed")


@dataclass(frozen=True)
class Step:
    name: StepName
    state: StepState
    words: str | Promise = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Track:
    """One number and its five steps."""

    number: "OrderNumber"
    steps: tuple[Step, ...]

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)


# What to do about each failure (docs/telnyx.md, T3.5); a status we don't know is shown as it is.
FAILURES: dict[str, Promise] = {
    NumberStatus.FAILED: gettext_lazy("It failed and is closed. Ask Telnyx support."),
    NumberStatus.FAILED_ACTIVATION: gettext_lazy("Telnyx could not turn it on. Ask Telnyx support."),
    NumberStatus.FAILED_CARRIER_REJECTED: gettext_lazy(
        "The current provider refused. Call the provider, then order it again."
    ),
    NumberStatus.FAILED_INELIGIBLE_CARRIER: gettext_lazy(
        "The current provider doesn't allow it. Porting is the other option."
    ),
    NumberStatus.FAILED_NUMBER_ALREADY_HOSTED: gettext_lazy(
        "It is hosted elsewhere. Have it removed there, or ask Telnyx support."
    ),
    NumberStatus.FAILED_NUMBER_NOT_FOUND: gettext_lazy(
        "The number wasn't found. Check its digits with the provider."
    ),
    NumberStatus.FAILED_OWNERSHIP_VERIFICATION: gettext_lazy(
        "Ownership wasn't proven. Order it again and request new codes."
    ),
    NumberStatus.FAILED_TIMEOUT: gettext_lazy(
        "It took too long. Order it again; if that fails too, ask Telnyx support."
    ),
}
# What an order that ended this way means for a number about which Telnyx said nothing else.
UNSUCCESSFUL: dict[str, Promise] = {
    OrderStatus.FAILED: gettext_lazy("The order failed. Ask Telnyx support."),
    OrderStatus.CARRIER_REJECTED: FAILURES[NumberStatus.FAILED_CARRIER_REJECTED],
    OrderStatus.INELIGIBLE_CARRIER: FAILURES[NumberStatus.FAILED_INELIGIBLE_CARRIER],
    OrderStatus.COMPLIANCE_REVIEW_FAILED: gettext_lazy(
        "Telnyx's compliance review declined it. Ask Telnyx support why."
    ),
}
ELIGIBILITY_STATES: Mapping[str, StepState] = {
    eligibility.Kind.ELIGIBLE: StepState.DONE,
    eligibility.Kind.INELIGIBLE: StepState.FAILED,
    eligibility.Kind.UNKNOWN: StepState.NOW,
    eligibility.Kind.UNCHECKED: StepState.NOW,
}


def tracks(
    order: "HostedOrder", numbers: "Iterable[OrderNumber]", documents: "Iterable[Document]"
) -> list[Track]:
    """Return the steps of these numbers, all in one order. Makes no queries."""
    papers = _papers(order, list(documents))
    return [Track(number, _steps(order, number, papers)) for number in numbers]


def _steps(order: "HostedOrder", number: "OrderNumber", papers: Step) -> tuple[Step, ...]:
    eligible, ordered, owned = _eligible(order, number), _ordered(order, number), _owned(number)
    live = _live(order, number, papers)
    rest = (owned, papers, live)
    if ordered.state in (StepState.REMOVED, StepState.CANCELED):
        rest = (_never(owned), _never(papers, is_over=True), _never(live, is_over=not number.is_in_order()))
    elif number.has_failed():
        rest = (_never(owned), _never(papers), live)
    elif not order.remote_id:
        rest = (Step(owned.name, StepState.LATER), Step(papers.name, StepState.LATER), live)
    return (eligible, ordered, *rest)


def _never(step: Step, *, is_over: bool = False) -> Step:
    """Return a step that is not needed anymore, unless it was done or failed."""
    is_settled = step.state in (StepState.DONE, StepState.FAILED)
    return step if is_settled and not is_over else Step(step.name, StepState.NEVER)


def _eligible(order: "HostedOrder", number: "OrderNumber") -> Step:
    verdict = eligibility.verdict(number)
    state = ELIGIBILITY_STATES[verdict.kind]
    if verdict.may_override and number.is_overridden():
        return Step(StepName.ELIGIBLE, StepState.DONE, _("Ordered anyway."), number.override_at)
    if order.remote_id and state != StepState.DONE:
        return Step(StepName.ELIGIBLE, StepState.DONE, _accepted_anyway(verdict), number.checked_at)
    return Step(StepName.ELIGIBLE, state, verdict.words, number.checked_at)


def _accepted_anyway(verdict: eligibility.Verdict) -> str:
    if verdict.kind == eligibility.Kind.UNCHECKED:
        return _("Not checked, but Telnyx accepted the order.")
    return _("Telnyx accepted the order anyway.")


def _ordered(order: "HostedOrder", number: "OrderNumber") -> Step:
    if number.gone_at or number.status == NumberStatus.DELETED:
        return Step(StepName.ORDERED, StepState.REMOVED, _("Removed from the order."), number.gone_at)
    if order.gone_at or order.remote_status == OrderStatus.DELETED:
        return Step(StepName.ORDERED, StepState.CANCELED, _("The order was canceled."), order.gone_at)
    if order.remote_id:
        return Step(StepName.ORDERED, StepState.DONE)
    if order.is_under_way():
        return Step(StepName.ORDERED, StepState.WAITING, order.get_sync_state_display())
    return Step(StepName.ORDERED, StepState.NOW)


def _owned(number: "OrderNumber") -> Step:
    if number.is_owned():
        return Step(StepName.OWNED, StepState.DONE, at=number.owned_at)
    if number.status == NumberStatus.FAILED_OWNERSHIP_VERIFICATION:
        return Step(StepName.OWNED, StepState.FAILED, FAILURES[number.status], number.status_at)
    if number.code_error:
        return Step(StepName.OWNED, StepState.NOW, _("The code could not be sent."), number.code_sent_at)
    if number.code_result:
        return Step(
            StepName.OWNED,
            StepState.NOW,
            _("The code was wrong or expired. Type it again or request a new one."),
            number.code_checked_at,
        )
    if number.code_sent_at:
        return Step(StepName.OWNED, StepState.NOW, _("A code was sent. Type it in."), number.code_sent_at)
    return Step(StepName.OWNED, StepState.NOW, _("Request a code."))


def _papers(order: "HostedOrder", documents: "Sequence[Document]") -> Step:
    current = [document for document in documents if document.is_current()]
    held = [document for document in current if document.is_with_telnyx()]
    if order.remote_status in (OrderStatus.PROVISIONING, OrderStatus.SUCCESSFUL):
        return Step(StepName.DOCUMENTS, StepState.DONE)
    if any(document.is_on_its_way() for document in current):
        return Step(StepName.DOCUMENTS, StepState.WAITING, _("On their way to Telnyx."))
    if len(held) == len(DocumentKind):
        sent_at = max(document.sent_at for document in held if document.sent_at)
        return Step(StepName.DOCUMENTS, StepState.DONE, _("With Telnyx."), sent_at)
    if order.remote_status == OrderStatus.LOA_FILE_SUCCESSFUL:
        return Step(StepName.DOCUMENTS, StepState.DONE, _("With Telnyx."))
    found = wanted.of(order, documents)
    return Step(StepName.DOCUMENTS, StepState.NOW, found.title if found else "")


def _live(order: "HostedOrder", number: "OrderNumber", papers: Step) -> Step:
    """Return the last step: in progress only while somebody else acts, later while it is our turn."""
    status, at = number.status, number.status_at
    if status == NumberStatus.SUCCESSFUL:
        return Step(StepName.LIVE, StepState.DONE, at=at)
    if status in NUMBER_FAILURES:
        return Step(StepName.LIVE, StepState.FAILED, FAILURES[status], at)
    if order.remote_status in UNSUCCESSFUL:
        return Step(
            StepName.LIVE, StepState.FAILED, UNSUCCESSFUL[order.remote_status], order.remote_status_at
        )
    if not order.remote_id or not number.is_owned():
        return Step(StepName.LIVE, StepState.LATER)
    if status == NumberStatus.PROVISIONING:
        return Step(StepName.LIVE, StepState.WAITING, _("The carrier is switching texting over."), at)
    if not number.is_status_known():
        words = _("%(status)s (new status, meaning not known yet)") % {"status": status}
        return Step(StepName.LIVE, StepState.WAITING, words, at)
    if order.transfer_state in TRANSFER_OPEN:
        return Step(
            StepName.LIVE, StepState.WAITING, _("The current owner of the numbers has to answer first."), at
        )
    if papers.state != StepState.DONE:
        return Step(StepName.LIVE, StepState.LATER)
    return Step(StepName.LIVE, StepState.WAITING, _("Telnyx and the carrier act next."))
