"""The two documents of an order as shown on its page: how far along each is, what to compare, what can be done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.wording import Words

from ..choices import DocumentKind
from ..models import Document
from . import checklist, doubts, preflight, store
from .forms import DateForm, UploadForm
from .views import may_preview


@dataclass
class Asked:
    """An upload that waits for an answer; `swapped` are the uploads that may be kept the other way round."""

    document: Document
    doubts: list[str]
    may_preview: bool
    swapped: Sequence[Document]

    @property
    def other_label(self) -> Words:
        return DocumentKind(store.other_kind(self.document.kind)).label

    @property
    def date_form(self) -> DateForm | None:
        """Return what one upload needs to be kept as the other kind: the date of that kind."""
        if len(self.swapped) != 1:
            return None
        day = self.document.signed_on or self.document.bill_date
        return DateForm(store.other_kind(self.document.kind), initial={"day": day}, auto_id="id_swapped_%s")


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
    asked: Asked | None
    form: UploadForm

    @property
    def pill(self) -> tuple[str, Words]:
        """Return the group and the label of its state."""
        return PAPER_STATES[self.state]

    def must_upload(self) -> bool:
        """Return True if the form for uploads is open at once."""
        return self.state in ("missing", "refused") or bool(self.form.errors)


PAPER_STATES: dict[str, tuple[str, Words]] = {
    "missing": ("draft", gettext_lazy("Not uploaded yet")),
    "refused": ("needs_us", gettext_lazy("Refused by Telnyx")),
    "asked": ("needs_us", gettext_lazy("Needs your answer")),
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
UNANSWERED = gettext_lazy("Keep or discard the upload first.")
UNTICKED = gettext_lazy("Check off every item on the checklist first.")


def of(documents: Sequence[Document], waiting: Sequence[Document], user: User) -> list[Paper]:
    """Return both kinds of documents; `documents` are all versions in one order, `waiting` its open questions."""
    papers = [
        _paper(kind, [paper for paper in documents if paper.kind == kind], user) for kind in DocumentKind
    ]
    open_kinds = {paper.kind for paper in papers if paper.is_open}
    for paper in papers:
        for upload in waiting:
            if upload.kind == paper.kind:
                swapped = _swapped(upload, waiting, open_kinds)
                paper.asked = Asked(upload, doubts.words(upload), may_preview(user, upload), swapped)
                paper.state = "asked"
    return papers


def _swapped(upload: Document, waiting: Sequence[Document], open_kinds: set[str]) -> Sequence[Document]:
    is_possible = doubts.is_swapped(upload) and store.other_kind(upload.kind) in open_kinds
    return waiting if is_possible else ()


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
        earlier=[(paper, may_preview(user, paper)) for paper in versions if paper is not document],
        is_open=store.is_open(document),
        may_preview=document is not None and may_preview(user, document),
        asked=None,
        form=UploadForm(kind),
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


def is_open(documents: Iterable[Document]) -> bool:
    """Return True while a document is still to be sent, whether it is here or not."""
    closed = {paper.kind for paper in documents if paper.is_current() and not store.is_open(paper)}
    return closed != set(DocumentKind)


def missing(documents: Iterable[Document], waiting: Sequence[Document]) -> Words:
    """Return what to upload or answer before anything can be sent, or "" if letter and bill are here, not refused."""
    if waiting:
        return UNANSWERED
    here = {paper.kind for paper in documents if paper.is_current() and not paper.refused_at}
    if here == set(DocumentKind):
        return ""
    return MISSING.get(next(iter(here), ""), _("Upload the letter and the bill first."))


def unsendable(documents: Sequence[Document], waiting: Sequence[Document]) -> Words:
    """Return why "Send documents" can't work now, or "" if it can. The page and the refusal say the same."""
    if words := missing(documents, waiting):
        return words
    return "" if all(map(checklist.is_complete, to_send(documents))) else UNTICKED
