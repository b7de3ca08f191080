"""The two documents of an order as shown on its page: how far along each is, what to compare, what can be done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
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
    earlier: list[Document]
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


def of(documents: Sequence[Document], user: User) -> list[Paper]:
    """Return both kinds of documents; `documents` are all versions in one order."""
    return [_paper(kind, [paper for paper in documents if paper.kind == kind], user) for kind in DocumentKind]


def _paper(kind: DocumentKind, versions: list[Document], user: User) -> Paper:
    document = next((paper for paper in versions if paper.is_current()), None)
    state = state_of(document)
    return Paper(
        kind=kind.value,
        label=kind.label,
        document=document,
        state=state,
        ticks=checklist.ticks(document) if document else [],
        facts=preflight.ticks(document.pages or 0, document.size) if document else [],
        warnings=checklist.warnings(document) if document else [],
        causes=checklist.causes(document) if document else (),
        earlier=[paper for paper in versions if paper is not document],
        is_open=store.is_open(document),
        may_preview=document is not None and may_preview(user, document),
        form=UploadForm(kind, auto_id=f"id_{kind.value}_%s"),
    )


def state_of(document: Document | None) -> str:
    """Return how far along a document is: a key of PAPER_STATES."""
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


def both_here(documents: Iterable[Document]) -> bool:
    """Return True if both letter and bill are here, and neither was refused."""
    return {paper.kind for paper in documents if paper.is_current() and not paper.refused_at} == set(
        DocumentKind
    )
