"""What we send to Telnyx's hosted service, what its answers mean, and how to find out whether a request arrived."""

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging import files
from messaging.desk import acts
from messaging.desk.show import within
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry, Source, TelnyxResource
from messaging.mirror.records.operations import Absent, Finding, Found, Multipart, Operation, Unclear
from messaging.mirror.records.wire import storable
from messaging.telnyx.client import Client, Part, path
from messaging.telnyx.errors import NotFound
from messaging.validators import display_number

from .choices import NUMBER_LOST, ORDER_LOST, OWNED_RESULTS, CodeResult, NumberStatus, OrderStatus
from .state import merge

if TYPE_CHECKING:
    from .models import HostedOrder

logger = logging.getLogger(__name__)

Record = dict[str, Any]

ORDERS = "/messaging_hosted_number_orders"
ORDER = ORDERS + "/{id}"
NUMBERS = "/messaging_hosted_numbers"


# Create.


def order_body(resource: TelnyxResource, callback_url: str) -> Record:
    """Return the body of a new order: the numbers it has claimed (`workflow.submit`), under its profile."""
    order = cast("HostedOrder", resource)
    taken = order.numbers.filter(live=True).order_by("phone_number")
    numbers = list(taken.values_list("phone_number", flat=True))
    if not numbers:
        raise ValueError("An order without numbers is not sent; submit it through hosted.orders.workflow.")
    return {**order.wire.dump(order), "phone_numbers": numbers}


def find_order(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Look for the order that a request with a lost answer may have created, by its set of numbers among all orders.

    Telnyx's list of orders has no filter, no times and no reference of ours (docs/telnyx.md, T3.2).
    """
    sent = set(json.loads(bytes(entry.body))["phone_numbers"])
    listed = [record for record in resource.wire.all(client) if record.get("status") not in ORDER_LOST]
    ids = [resource.wire.remote_id(record) for record in listed]
    known = set(type(resource)._base_manager.filter(remote_id__in=ids).values_list("remote_id", flat=True))
    unknown = [record for id, record in zip(ids, listed, strict=True) if id not in known]
    same = [record for record in unknown if set(told_numbers(record)) == sent]
    if len(same) == 1:
        return Found(same[0])
    if same:
        return Unclear(
            _(
                "Telnyx holds %(count)s orders for exactly these numbers. Cancel all but one in Telnyx's portal."
            )
            % {"count": len(same)}
        )
    if any(sent & _alive(record) for record in unknown):
        return Unclear(_("Telnyx already holds an order for some of these numbers that wasn't created here."))
    return Absent()


def _alive(record: Record) -> set[str]:
    return {number for number, told in told_numbers(record).items() if told.status not in NUMBER_LOST}


def told_numbers(record: Mapping[str, Any]) -> dict[str, merge.Told]:
    """Return what an order in Telnyx's answer says about each of its numbers."""
    listed = record.get("phone_numbers")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return {
        text(entry, "phone_number"): merge.Told(text(entry, "status"), text(entry, "id"))
        for entry in entries
        if text(entry, "phone_number")
    }


def text(record: Mapping[str, Any], name: str) -> str:
    """Return a string from Telnyx that can be stored, or "" for anything else."""
    value = record.get(name)
    return str(storable(value)) if isinstance(value, str) else ""


# Eligibility.


def eligibility_body(resource: TelnyxResource, callback_url: str) -> Record:
    order = cast("HostedOrder", resource)
    numbers = order.numbers.order_by("phone_number").values_list("phone_number", flat=True)
    return {"phone_numbers": list(numbers)}


def eligibility_taken(entry: OutboxEntry, resource: TelnyxResource, body: Any) -> None:
    """Store the verdict for each number we asked about, even if the answer leaves it out."""
    order = cast("HostedOrder", resource)
    told = {text(row, "phone_number"): row for row in rows(body, "phone_numbers")}
    numbers = list(order.numbers.filter(phone_number__in=_sent(entry)["phone_numbers"]))
    for number in numbers:
        row = told.get(number.phone_number, {})
        said = text(row, "eligible_status")[:200]
        if said != number.eligibility:
            # A decision based on one verdict does not apply to another.
            number.override_by, number.override_at, number.override_reason = None, None, ""
        number.eligibility = said
        number.eligible = row["eligible"] if isinstance(row.get("eligible"), bool) else None
        number.eligibility_detail = text(row, "detail")
        number.checked_at = _asked_at(entry)
    order.numbers.bulk_update(numbers, ELIGIBILITY_FIELDS)


ELIGIBILITY_FIELDS = [
    "eligibility",
    "eligible",
    "eligibility_detail",
    "checked_at",
    "override_by",
    "override_at",
    "override_reason",
]


# Codes. They are never recorded: not here, not in a log, and in the promise only sealed.


def send_codes_body(
    resource: TelnyxResource, callback_url: str, *, phone_numbers: Sequence[str], method: str
) -> Record:
    return {"phone_numbers": list(phone_numbers), "verification_method": method}


def codes_sent(entry: OutboxEntry, resource: TelnyxResource, body: Any) -> None:
    """Record for each number whether a code was sent; a 200 may contain errors (docs/telnyx.md, T3.10)."""
    order = cast("HostedOrder", resource)
    sent = _sent(entry)
    told = {text(row, "phone_number"): row for row in rows(body, "data")}
    results: Results = defaultdict(list)
    for number in sent["phone_numbers"]:
        row = told.get(number)
        error = text(row, "error") if row else _("Telnyx's answer doesn't mention this number.")
        results[Outcome(_("not sent"), error, is_bad=True) if error else Outcome(_("sent"))].append(number)
        order.numbers.filter(phone_number=number).update(
            code_method=sent["verification_method"],
            code_sent_at=_asked_at(entry),
            code_error=error[:500],
            code_result="",
            code_checked_at=None,
            codes_sent=F("codes_sent") + 1,
        )
    _results_on_record(entry, order, results)


@dataclass(frozen=True)
class Outcome:
    """What came of one number's code."""

    words: str
    why: str = ""
    is_bad: bool = False


Results = dict[Outcome, list[str]]


def _results_on_record(entry: OutboxEntry, order: "HostedOrder", results: Results) -> None:
    """Put on record what came of codes: counted in the title, number by number below it, what went wrong first.

    Never the codes themselves.
    """
    if not entry.requested_by or not results:
        return
    counts: Counter[str] = Counter()
    for outcome in sorted(results, key=lambda outcome: outcome.is_bad):
        counts[outcome.words] += len(results[outcome])
    lines = [
        ": ".join(filter(None, [", ".join(map(display_number, numbers)), outcome.words, outcome.why]))
        for outcome, numbers in sorted(results.items(), key=lambda pair: not pair[0].is_bad)
    ]
    counted = ", ".join(_("%(n)s %(outcome)s") % {"n": n, "outcome": words} for words, n in counts.items())
    what = _("%(what)s: %(outcome)s") % {"what": entry.get_operation_label(), "outcome": counted}
    acts.record(entry.requested_by, order, what, reason="\n".join(lines))


def validate_codes_body(resource: TelnyxResource, callback_url: str, *, codes: Mapping[str, str]) -> Record:
    pairs = sorted(codes.items())
    return {"verification_codes": [{"phone_number": number, "code": code} for number, code in pairs]}


def codes_validated(entry: OutboxEntry, resource: TelnyxResource, body: Any) -> None:
    """Record each number's result; a correct code moves it to `ownership_successful` (docs/telnyx.md, T3.12)."""
    order = cast("HostedOrder", resource)
    proved = {}
    results: Results = defaultdict(list)
    for row in rows(body, "phone_numbers"):
        number, result = text(row, "phone_number"), text(row, "status")[:100]
        numbers = order.numbers.filter(phone_number=number)
        if not numbers.update(code_result=result, code_checked_at=_asked_at(entry)):
            continue
        words = within(str(dict(CodeResult.choices).get(result.lower(), result)))
        results[Outcome(words, is_bad=result.lower() not in OWNED_RESULTS)].append(number)
        if result.lower() in OWNED_RESULTS:
            proved[number] = merge.Told(NumberStatus.OWNERSHIP_SUCCESSFUL)
    merge.merge_numbers(order.lock(), proved, at=_asked_at(entry), source=Source.API)
    _results_on_record(entry, order, results)


# Documents.


def upload_body(resource: TelnyxResource, callback_url: str, *, parts: Sequence[Part]) -> Multipart:
    return Multipart(tuple(parts))


def documents_unchanged(entry: OutboxEntry, resource: TelnyxResource) -> str:
    """Return an objection if a file on our disk is no longer the one that was promised."""
    order = cast("HostedOrder", resource)
    for document in order.documents.filter(promise=entry):
        if not _is_unchanged(document.file_id, document.sha256):
            return _(
                "The document changed: the file “%(name)s” isn't the one that was queued. Upload it again."
            ) % {"name": document.get_kind_display()}
    return ""


def _is_unchanged(file_id: Any, sha256: str) -> bool:
    try:
        files.content(file_id, sha256)
    except files.UNUSABLE:
        return False
    return True


def find_upload(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Read the order again: once documents have arrived, its status moves on or says what is wrong with them.

    A second upload replaces the first with the same bytes, so if in doubt we send them again.
    """
    try:
        record = client.get(path(ORDER, id=resource.remote_id)).body
    except NotFound:
        return Unclear(_("The order is no longer at Telnyx, so nothing can be uploaded to it."))
    status = text(record, "status") if isinstance(record, dict) else ""
    if status in ("", OrderStatus.PENDING):
        return Absent()
    since = resource.remote_status_at
    if status == resource.remote_status and since is not None and since < entry.first_sent_at():
        return Absent()
    return Found(record)


# Cancel and remove.


def cancelled(entry: OutboxEntry, resource: TelnyxResource, body: Any) -> None:
    """Take in the canceled order from Telnyx's answer; if Telnyx no longer has it, record that it is gone."""
    if isinstance(body, dict) and resource.wire.remote_id(body) == resource.remote_id:
        resource.apply(body, source=Source.API, as_of=_asked_at(entry))
    else:
        resource.gone(clock.now())


def number_removed(entry: OutboxEntry, resource: TelnyxResource, body: Any) -> None:
    """Take in the order without the number: Telnyx answers with the order, not the number (docs/telnyx.md, T3.18).

    For a number that was already gone, Telnyx answers 404; then the next read of the order shows it.
    """
    order = cast("HostedOrder", resource)
    if isinstance(body, dict) and order.wire.remote_id(body) == order.remote_id:
        order.apply(body, source=Source.API, as_of=_asked_at(entry))


# Inventory.


def number_changes(resource: TelnyxResource, callback_url: str, **changes: Any) -> Record:
    """Return only what changes: at Telnyx, null keeps a profile and "" removes it (docs/telnyx.md, T3.20)."""
    return changes


def rows(body: Any, name: str) -> Iterable[Record]:
    """Return a list of objects that comes bare or under `name`, with or without the envelope."""
    if isinstance(body, dict) and isinstance(body.get("data"), dict):
        body = body["data"]
    found = body.get(name) if isinstance(body, dict) else body
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _sent(entry: OutboxEntry) -> Record:
    return cast(Record, json.loads(bytes(entry.body)))


def _asked_at(entry: OutboxEntry) -> datetime:
    return entry.send_started_at or clock.now()


def release_numbers(resource: TelnyxResource) -> None:
    """Leave the numbers of an order whose request was canceled free for others, unless Telnyx has it after all."""
    order = cast("HostedOrder", resource)
    if order.remote_id is None:
        order.numbers.update(live=False)


SUBMIT = "hosted.submit_hostedorder"

OF_ORDER = {
    "create": Operation(
        "POST",
        ORDERS,
        gettext_lazy("New order"),
        body=order_body,
        find=find_order,
        too_late=gettext_lazy("If it is wrong, cancel the order on this page."),
        undone=release_numbers,
        permission=SUBMIT,
    ),
    "check_eligibility": Operation(
        "POST",
        f"{ORDERS}/eligibility_numbers_check",
        gettext_lazy("Eligibility check"),
        body=eligibility_body,
        repeatable=True,
        moves_record=False,
        taken=eligibility_taken,
        permission="hosted.change_hostedorder",
    ),
    # Neither looked up nor repeated: each one rings someone's phone.
    "send_codes": Operation(
        "POST",
        f"{ORDER}/verification_codes",
        gettext_lazy("Ownership codes"),
        body=send_codes_body,
        moves_record=False,
        taken=codes_sent,
        permission=SUBMIT,
    ),
    "call_codes": Operation(
        "POST",
        f"{ORDER}/verification_codes",
        gettext_lazy("Ownership codes by phone call"),
        body=send_codes_body,
        moves_record=False,
        taken=codes_sent,
        permission=SUBMIT,
    ),
    # A code that was accepted before gets `already_verified`, so sending it again is safe (docs/telnyx.md, T3.12).
    "validate_codes": Operation(
        "POST",
        f"{ORDER}/validation_codes",
        gettext_lazy("Code check"),
        body=validate_codes_body,
        repeatable=True,
        moves_record=False,
        sealed=True,
        taken=codes_validated,
        permission=SUBMIT,
    ),
    "upload_documents": Operation(
        "POST",
        f"{ORDER}/actions/file_upload",
        gettext_lazy("Document upload"),
        body=upload_body,
        find=find_upload,
        moves_record=False,
        sealed=True,
        guard=documents_unchanged,
        permission="hosted.upload_document",
    ),
    "cancel": Operation(
        "DELETE",
        ORDER,
        gettext_lazy("Cancellation"),
        repeatable=True,
        taken=cancelled,
        permission="hosted.cancel_hostedorder",
    ),
    "remove_number": Operation(
        "DELETE",
        NUMBERS + "/{number_id}",
        gettext_lazy("Number removal"),
        repeatable=True,
        moves_record=False,
        taken=number_removed,
        permission="hosted.remove_hostednumber",
    ),
}

OF_NUMBER = {
    "update": Operation(
        "PATCH",
        NUMBERS + "/{id}",
        gettext_lazy("Change"),
        body=number_changes,
        repeatable=True,
        permission="hosted.change_hostednumber",
    )
}
