"""The two documents of an order as shown on its page: how far along each is, what to compare, what can be done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.wording import Words

from ..choices import DocumentKind
from ..models import Document
from . import checklist, preflight, store
from .forms import UploadForm
from .views import may_preview


@dataclass
class Paper:
    """One kind of document: its newest version with the checklist, earlier versions, and the form for the next one."""

    kind: str
    label: Words
    document: Document | None
    state: str
    ticks: list[checklist.Tick]
    facts: list[str]
    warnings: list[str]
    causes: Sequence[Words]
    earlier: list[tuple[Document, bool]]  # with whether this person may view it
    is_open: bool
    may_preview: bool
    form: UploadForm

    @property
    def pill(self) -> tuple[str, Words]:
        """Return the group and the label of its state."""
        return PAPER_STATES[self.state]


PAPER_STATES: dict[str, tuple[str, Words]] = {
    "missing": ("draft", gettext_lazy("Not uploaded yet")),
    "refused": ("needs_us", gettext_lazy("Refused by Telnyx")),
    "compare": ("needs_us", gettext_lazy("Not compared yet")),
    "ready": ("done", gettext_lazy("Ready to send")),
    "queued": ("under_way", gettext_lazy("Sending")),
    "sent": ("reviewing", gettext_lazy("With Telnyx")),
}

# What is here -> what is asked for.
MISSING: dict[str, Words] = {
    DocumentKind.LOA: gettext_lazy("Upload the bill first."),
    DocumentKind.BILL: gettext_lazy("Upload the letter first."),
}
UNTICKED = gettext_lazy("Check off every item on the checklist first.")


def of(documents: Sequence[Document], user: User) -> list[Paper]:
    """Return both kinds of documents; `documents` are all versions in one order."""
    return [_paper(kind, [paper for paper in documents if paper.kind == kind], user) for kind in DocumentKind]


def _paper(kind: DocumentKind, versions: list[Document], user: User) -> Paper:
    document = next((paper for paper in versions if paper.is_current()), None)
    state = _paper_state(document)
    return Paper(
        kind=kind.value,
        label=kind.label,
        document=document,
        state=state,
        ticks=checklist.ticks(document) if document else [],
        facts=preflight.ticks(document.pages or 0, document.size) if document else [],
        warnings=checklist.warnings(document) if document else [],
        causes=checklist.causes(document) if document else (),
        earlier=[(paper, may_preview(user, paper)) for paper in versions if paper is not document],
        is_open=store.is_open(document),
        may_preview=document is not None and may_preview(user, document),
        form=UploadForm(kind, auto_id=f"id_{kind.value}_%s"),
    )


def _paper_state(document: Document | None) -> str:
    if document is None:
        return "missing"
    if document.refused_at:
        return "refused"
    if document.sent_at:
        return "sent"
    if not store.is_open(document):
        return "queued"
    return "ready" if checklist.is_complete(document) else "compare"


def to_send(documents: Iterable[Document]) -> list[Document]:
    """Return the newest documents that have not been sent to Telnyx yet."""
    return [paper for paper in documents if paper.is_current() and not paper.sent_at and store.is_open(paper)]


def is_open(documents: Iterable[Document]) -> bool:
    """Return True while a document is still to be sent, whether it is here or not."""
    closed = {paper.kind for paper in documents if paper.is_current() and not store.is_open(paper)}
    return closed != set(DocumentKind)


def missing(documents: Iterable[Document]) -> Words:
    """Return what to upload before anything can be sent, or "" if letter and bill are here and not refused."""
    here = {paper.kind for paper in documents if paper.is_current() and not paper.refused_at}
    if here == set(DocumentKind):
        return ""
    return MISSING.get(next(iter(here), ""), _("Upload the letter and the bill first."))


def unsendable(documents: Sequence[Document]) -> Words:
    """Return why "Send documents" can't work now, or "" if it can. The page and the refusal say the same."""
    if words := missing(documents):
        return words
    return "" if all(map(checklist.is_complete, to_send(documents))) else UNTICKED
