"""Evidence about a hosted order: numbers, requests, answers, and documents for people who may open them."""

from collections.abc import Collection, Iterator
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.evidence import kinds, requests
from messaging.evidence.kinds import Contents, Kind
from messaging.evidence.summary import both, file_name
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.models import Evidence
from messaging.team.people import name
from messaging.validators import display_number

from ..choices import LookAction
from ..documents import store
from ..documents.views import may_download
from ..models import Document, DocumentLook, HostedOrder, OrderNumber
from ..orders import page
from .home import VIEW
from .team import seen_of

BODIES, DOCUMENTS = "bodies", "documents"
# What all documents in one file may have together; a letter or a bill has at most a few megabytes.
MOST_BYTES = 60 << 20


def _openings(user: User) -> list[str]:
    allowed = {BODIES: user.has_perm(page.CHANGE), DOCUMENTS: may_download(user)}
    return [key for key, may in allowed.items() if may]


def _gather(order: HostedOrder, row: Evidence, opened: Collection[str]) -> Contents:
    numbers = list(order.numbers.all())
    seen, is_open = seen_of(order, row.owner), BODIES in opened
    found = Contents(
        list(_facts(order, numbers, row.zone)),
        page.everything(order),
        consent=kinds.consent_about(row.owner, (number.phone_number for number in numbers)),
        left_out=[_("Ownership codes, which nobody can see."), _("The team's own notes.")],
    )
    found.data["numbers.json"] = [_number(number) for number in numbers]
    entries = outbox.entries(order).select_related("requested_by", "resource_type")
    requests.add(found, list(entries), seen, is_open=is_open)
    requests.add_approvals(found, order, seen)
    requests.add_holding(found, order, is_open=is_open)
    if not is_open:
        found.left_out.append(_("What was sent, in full: your role sees it masked."))
    _add_documents(found, order, row, may_open=DOCUMENTS in opened)
    return found


def _facts(order: HostedOrder, numbers: list[OrderNumber], zone: str) -> Iterator[tuple[Words, str]]:
    yield _("Order"), str(order)
    yield _("Customer"), order.customer
    yield _("Started by"), name(order.created_by)
    yield _("Started"), both(order.created_at, zone)
    said = _("%(meaning)s (“%(status)s”)") % {
        "meaning": page.status_words(order),
        "status": order.remote_status,
    }
    yield from requests.telnyx_facts(order, said)
    yield (
        _("Numbers"),
        "\n".join(
            " · ".join(
                filter(None, [display_number(number.phone_number), number.name, str(number.status_words())])
            )
            for number in numbers
        ),
    )


def _number(number: OrderNumber) -> dict[str, Any]:
    return {
        "number": number.phone_number,
        "name": number.name,
        "status": str(number.status_words()),
        "telnyx_id": number.remote_number_id,
        "no_longer_in_the_order_since": kinds.at(number.gone_at),
    }


def _add_documents(found: Contents, order: HostedOrder, row: Evidence, *, may_open: bool) -> None:
    """Add letters and bills, every version, on record; of what isn't added, what they are and their digests."""
    documents = list(order.documents.select_related("uploaded_by", "checked_by"))
    if not documents:
        return
    listed, total = [], 0
    for document in documents:
        path, why = "", ""
        if may_open and total + document.size <= MOST_BYTES:
            try:
                content = store.read(document)
            except store.DocumentChanged as changed:
                why = str(changed)
            else:
                path, total = _path(document), total + len(content)
                found.files[path] = content
                found.looks.append(
                    DocumentLook(document=document, user=row.owner, action=LookAction.DOWNLOAD)
                )
        elif may_open:
            why = _("Too large together with the others; download it from the order's page.")
        listed.append(_document(document, path, why))
    found.data["documents.json"] = listed
    if not may_open:
        found.left_out.append(
            _("Documents: your role doesn't open them. Their digests are in documents.json.")
        )
    found.left_out += [f"{each['what']}: {each['missing']}" for each in listed if each["missing"]]


def _path(document: Document) -> str:
    return f"documents/{document.kind}-{document.version}-{file_name(document.display_name)}"


def _document(document: Document, path: str, why: str) -> dict[str, Any]:
    return {
        "what": str(document),
        "file": path,
        "missing": why,
        "sha256": document.sha256,
        "bytes": document.size,
        "uploaded_by": name(document.uploaded_by),
        "uploaded_at": kinds.at(document.uploaded_at),
        "checked_by": name(document.checked_by),
        "checked_at": kinds.at(document.checked_at),
        "sent_at": kinds.at(document.sent_at),
        "refused_at": kinds.at(document.refused_at),
        "refused_reason": document.refused_reason,
    }


ORDERS = Kind(
    slug="hosted-order",
    label=gettext_lazy("about the hosted order"),
    may_see=lambda user: user.has_perm(VIEW),
    find=kinds.by_id(HostedOrder),
    named=str,
    page=page.page_url,
    openings=_openings,
    words={BODIES: gettext_lazy("what was sent to Telnyx"), DOCUMENTS: gettext_lazy("documents")},
    gather=_gather,
)
