"""Which documents an order wants from us, in one title and one sentence: the box on top and the steps both say it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from messaging.mirror.wording import Words

from ..choices import DocumentKind, OrderStatus
from ..documents.page import state_of
from ..models import Document, HostedOrder

MISSING, REFUSED = "missing", "refused"
LOA, BILL = DocumentKind.LOA, DocumentKind.BILL


@dataclass(frozen=True)
class Wanted:
    """What to do with the documents, and why."""

    title: Words
    why: tuple[Words, ...] = ()


TITLES: Mapping[tuple[str, str], Words] = {
    (MISSING, MISSING): gettext_lazy("Upload the letter and the bill"),
    (REFUSED, REFUSED): gettext_lazy("Upload a new letter and a new bill"),
    (REFUSED, MISSING): gettext_lazy("Upload a new letter and the bill"),
    (MISSING, REFUSED): gettext_lazy("Upload the letter and a new bill"),
    (MISSING, ""): gettext_lazy("Upload the letter"),
    (REFUSED, ""): gettext_lazy("Upload a new letter"),
    ("", MISSING): gettext_lazy("Upload the bill"),
    ("", REFUSED): gettext_lazy("Upload a new bill"),
}
COMPARE = Wanted(
    gettext_lazy("Compare the documents"),
    (gettext_lazy("View each document and check off what is right. Then send them."),),
)
SEND = Wanted(
    gettext_lazy("Send the documents"),
    (gettext_lazy("Everything is checked off. Telnyx gets exactly the files that were compared."),),
)
BOTH_NEEDED = gettext_lazy(
    "Telnyx needs a signed letter of authorization and the latest bill, both as PDF. "
    "Compare each with the order, then send both together."
)
LETTER_REFUSED = gettext_lazy("Telnyx could not accept the letter.")
BILL_REFUSED = gettext_lazy("The bill doesn't match the provider's records.")
BOTH_REFUSED = gettext_lazy(
    "Telnyx could not accept the letter, and the bill doesn't match the provider's records."
)
INCOMPLETE = gettext_lazy("Something is missing, and Telnyx doesn't say what. Check both.")
# What Telnyx said, by the statuses that refused the documents.
SAID: Mapping[frozenset[str], Words] = {
    frozenset({OrderStatus.LOA_FILE_INVALID}): LETTER_REFUSED,
    frozenset({OrderStatus.INCORRECT_BILLING_INFORMATION}): BILL_REFUSED,
    frozenset({OrderStatus.LOA_FILE_INVALID, OrderStatus.INCORRECT_BILLING_INFORMATION}): BOTH_REFUSED,
    frozenset({OrderStatus.INCOMPLETE_DOCUMENTATION}): INCOMPLETE,
}
NOT_SENT_HERE = gettext_lazy("Neither document was sent from here, so upload both.")
# What becomes of a document that is not wanted, by its kind and state.
KEPT: Mapping[tuple[str, str], Words] = {
    (LOA, "sent"): gettext_lazy("The letter stays as it is."),
    (BILL, "sent"): gettext_lazy("The bill stays as it is."),
    **dict.fromkeys(
        ((LOA, "compare"), (LOA, "ready")),
        gettext_lazy("The letter is here already, and both are sent together."),
    ),
    **dict.fromkeys(
        ((BILL, "compare"), (BILL, "ready")),
        gettext_lazy("The bill is here already, and both are sent together."),
    ),
}


def of(order: HostedOrder, documents: Iterable[Document]) -> Wanted | None:
    """Return what the documents want from us, or None if all are with Telnyx or on their way. Makes no queries.

    What counts is each document, not the order's status: that names only what Telnyx said last.
    """
    current = {document.kind: document for document in documents if document.is_current()}
    states = {kind: state_of(current.get(kind)) for kind in (LOA, BILL)}
    wrong = {kind: state if state in (MISSING, REFUSED) else "" for kind, state in states.items()}
    missing = wrong[LOA], wrong[BILL]
    if missing not in TITLES:
        found = set(states.values())
        return COMPARE if "compare" in found else SEND if "ready" in found else None
    refused = frozenset(document.refused_reason for document in current.values() if document.refused_at)
    why = [SAID[refused]] if refused in SAID else []
    if not current and frozenset({order.remote_status}) in SAID:
        why = [SAID[frozenset({order.remote_status})], NOT_SENT_HERE]
    elif not current:
        why = [BOTH_NEEDED]
    return Wanted(TITLES[missing], (*why, *(KEPT[pair] for pair in states.items() if pair in KEPT)))
