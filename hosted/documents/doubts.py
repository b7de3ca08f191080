"""What is asked about an upload before it becomes a document of its order.

A doubt is kept as a code. One about a version has its number behind it, and one about the same file in both places what
the words on its pages say it is.
"""

from collections.abc import Iterator, Mapping, Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy

from messaging.mirror.wording import Words

from ..choices import DocumentKind
from ..models import Document
from . import preflight

WORDS: dict[str, Words] = {
    "photo": gettext_lazy("We made this PDF from the photo. Check that it is legible."),
    "cleaned": gettext_lazy(
        "This file had errors that programs read in different ways, so we rewrote it. Check that nothing is "
        "missing."
    ),
    "bill": gettext_lazy("Its text reads like a bill, not like a letter of authorization."),
    "letter": gettext_lazy("Its text reads like a letter of authorization, not like a bill."),
    "same_refused": gettext_lazy("This is the same file that Telnyx refused before."),
    "same_version": gettext_lazy("This is the same file as version %(version)s."),
    "partner": gettext_lazy("The file uploaded with it may be the wrong one, so look at this one too."),
}
# The same file as letter and as bill: which of the two is wrong, by the words on its pages.
_IS_LETTER = gettext_lazy(
    "This is the same file as the bill. It reads like the letter, so it belongs here. Upload the right bill."
)
_IS_BILL = gettext_lazy(
    "This is the same file as the letter. It reads like the bill, so it belongs here. Upload the right "
    "letter."
)
_NOT_LETTER = gettext_lazy(
    "This is the same file as the bill, and it reads like the bill. Upload the letter here instead."
)
_NOT_BILL = gettext_lazy(
    "This is the same file as the letter, and it reads like the letter. Upload the bill here instead."
)
_EITHER = gettext_lazy(
    "This is the same file as the other document. Telnyx needs two different documents. Look at both, and "
    "replace the wrong one."
)
SAME_FILE: Mapping[tuple[str, str], Words] = {
    (DocumentKind.LOA, "letter"): _IS_LETTER,
    (DocumentKind.LOA, "bill"): _NOT_LETTER,
    (DocumentKind.LOA, ""): _EITHER,
    (DocumentKind.BILL, "letter"): _NOT_BILL,
    (DocumentKind.BILL, "bill"): _IS_BILL,
    (DocumentKind.BILL, ""): _EITHER,
}
# By its words it is a document of the other kind.
SWAPPED = ("bill", "letter")
SAME = "same_other"


def words(document: Document) -> list[str]:
    """Return what is asked about an upload, in sentences."""
    found = (code.partition(":") for code in document.doubts)
    return [
        str(SAME_FILE[document.kind, more]) if code == SAME else str(WORDS[code]) % {"version": more}
        for code, _colon, more in found
    ]


def is_swapped(document: Document) -> bool:
    return any(code in SWAPPED for code in document.doubts)


def of(document: Document, prepared: preflight.Prepared) -> list[str]:
    """Return the doubts about one upload, by itself and beside what the order has."""
    same = list(_same(document, prepared.looks_like))
    return [code for code in _by_itself(document, prepared) if not (same and code in SWAPPED)] + same


def of_pair(documents: Sequence[Document]) -> None:
    """Add the doubts about documents uploaded together. If one may be the other, both are asked about."""
    if len({document.sha256 for document in documents}) < len(documents):
        looks_like = next((code for document in documents for code in document.doubts if code in SWAPPED), "")
        for document in documents:
            others = [code for code in document.doubts if code not in SWAPPED and not code.startswith(SAME)]
            document.doubts = [*others, f"{SAME}:{looks_like}"]
    if any(is_swapped(document) for document in documents):
        for document in documents:
            document.doubts = document.doubts or ["partner"]


def _by_itself(document: Document, prepared: preflight.Prepared) -> Iterator[str]:
    if prepared.made_from_photo:
        yield "photo"
    elif prepared.cleaned:
        yield "cleaned"
    if prepared.looks_like == ("bill" if document.kind == DocumentKind.LOA else "letter"):
        yield prepared.looks_like


def _same(document: Document, looks_like: str) -> Iterator[str]:
    """Look for the same file among its earlier versions, in the other document, and in the other upload that waits."""
    same = Document.everything.filter(order=document.order_id, sha256=document.sha256)
    same = same.filter(Q(kind=document.kind) | Q(replaced_by=None))
    same = same.exclude(version=0, file_id=None).exclude(version=0, kind=document.kind)
    other = same.order_by("-uploaded_at").first()
    if other is None:
        return
    if other.kind != document.kind:
        yield f"{SAME}:{looks_like}"
    elif other.refused_at:
        yield "same_refused"
    else:
        yield f"same_version:{other.version}"
