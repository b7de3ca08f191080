"""The five steps of each number in an order: eligible, ordered, owned, documents, live."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..choices import NUMBER_FAILURES, DocumentKind, NumberStatus, OrderStatus
from ..state import eligibility

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
        "It took too long. Order it again once, then ask Telnyx support."
    ),
}
REFUSED_PAPERS: dict[str, Promise] = {
    OrderStatus.LOA_FILE_INVALID: gettext_lazy("Telnyx could not accept the letter."),
    OrderStatus.INCORRECT_BILLING_INFORMATION: gettext_lazy("The bill doesn't match."),
    OrderStatus.INCOMPLETE_DOCUMENTATION: gettext_lazy("Documents are missing."),
}
UPLOAD = gettext_lazy("Upload the letter and the bill.")
COMPARE = gettext_lazy("Compare the documents, then send them.")
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
    current = {document.kind: document for document in documents if document.is_current()}
    papers = _papers(order, current)
    return [Track(number, _steps(order, number, papers)) for number in numbers]


def _steps(order: "HostedOrder", number: "OrderNumber", papers: Step) -> tuple[Step, ...]:
    steps = (_eligible(order, number), _ordered(order, number), _owned(number), papers, _live(number))
    return tuple(_later(order, number, step) for step in steps)


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
        return _("Not checked, but Telnyx took the order.")
    return _("Telnyx took the order anyway.")


def _ordered(order: "HostedOrder", number: "OrderNumber") -> Step:
    if number.gone_at or number.status == NumberStatus.DELETED:
        return Step(StepName.ORDERED, StepState.FAILED, _("Removed from the order."), number.gone_at)
    if order.gone_at or order.remote_status == OrderStatus.DELETED:
        return Step(StepName.ORDERED, StepState.FAILED, _("The order was canceled."), order.gone_at)
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


def _papers(order: "HostedOrder", current: "Mapping[str, Document]") -> Step:
    held = [document for document in current.values() if document.is_with_telnyx()]
    if order.remote_status in (OrderStatus.PROVISIONING, OrderStatus.SUCCESSFUL):
        return Step(StepName.DOCUMENTS, StepState.DONE)
    if any(document.is_on_its_way() for document in current.values()):
        return Step(StepName.DOCUMENTS, StepState.WAITING, _("On their way to Telnyx."))
    if len(held) == len(DocumentKind):
        accepted = order.remote_status == OrderStatus.LOA_FILE_SUCCESSFUL
        sent_at = max(document.sent_at for document in held if document.sent_at)
        words = _("Telnyx accepted them.") if accepted else _("With Telnyx.")
        return Step(StepName.DOCUMENTS, StepState.DONE, words, sent_at)
    if order.remote_status == OrderStatus.LOA_FILE_SUCCESSFUL:
        return Step(StepName.DOCUMENTS, StepState.DONE, _("Telnyx accepted them."))
    if len(current) == len(DocumentKind) and not any(document.refused_at for document in current.values()):
        return Step(StepName.DOCUMENTS, StepState.NOW, COMPARE)
    return Step(StepName.DOCUMENTS, StepState.NOW, REFUSED_PAPERS.get(order.remote_status, UPLOAD))


def _live(number: "OrderNumber") -> Step:
    status, at = number.status, number.status_at
    if status == NumberStatus.SUCCESSFUL:
        return Step(StepName.LIVE, StepState.DONE, at=at)
    if status in NUMBER_FAILURES:
        return Step(StepName.LIVE, StepState.FAILED, FAILURES[status], at)
    if status == NumberStatus.PROVISIONING:
        return Step(StepName.LIVE, StepState.WAITING, _("The carrier is switching texting over."), at)
    if not number.is_status_known():
        words = _("%(status)s (new status, meaning not known yet)") % {"status": status}
        return Step(StepName.LIVE, StepState.WAITING, words, at)
    return Step(StepName.LIVE, StepState.WAITING, _("Telnyx and the carrier act next."))


def _later(order: "HostedOrder", number: "OrderNumber", step: Step) -> Step:
    """Mark what cannot be done yet as later: proof and documents need an order, going live needs both."""
    is_over = number.has_failed() or not number.is_in_order() or order.gone_at is not None
    pending = step.state in (StepState.NOW, StepState.WAITING)
    if step.name in (StepName.OWNED, StepName.DOCUMENTS) and pending and (not order.remote_id or is_over):
        return Step(step.name, StepState.LATER)
    is_early = is_over or not number.is_owned()
    if step.name == StepName.LIVE and step.state == StepState.WAITING and is_early:
        return Step(step.name, StepState.LATER)
    return step
