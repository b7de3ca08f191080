"""What we send to Telnyx's toll-free service, and how to find out whether it arrived."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from messaging.mirror import heartbeat, locks
from messaging.mirror.models import OutboxEntry, TelnyxResource
from messaging.mirror.records import sync
from messaging.mirror.records.operations import Absent, Finding, Found, Unclear
from messaging.telnyx import times
from messaging.telnyx.client import Client, path
from messaging.telnyx.errors import IncompleteList, NotFound
from messaging.validators import display_number

from .checks import validation
from .choices import Status, UseCase

if TYPE_CHECKING:
    from .models import VerificationRequest

Record = dict[str, Any]

BASE = "/messaging_tollfree/verification/requests"
RECORD = BASE + "/{id}"
HISTORY = RECORD + "/status_history"

CALLBACK = "webhookUrl"
TOKEN = re.compile("[0-9a-f]{32}")


def one_after_another() -> None:
    """Keep anyone else from promising a request until this transaction ends.

    Otherwise two drafts with the same number, submitted at the same moment, would both find the number free.
    """
    locks.one_after_another(locks.VERIFICATIONS)


def body(resource: TelnyxResource, callback_url: str) -> Record:
    """Return the complete body of a new request or a correction: both replace every field (docs/telnyx.md, T2.1)."""
    request = cast("VerificationRequest", resource)
    sent = request.wire.dump(request)
    if request.use_case != UseCase.POLITICAL:
        sent.pop("campaignVerifyAuthorizationToken", None)
    if callback_url:
        sent[CALLBACK] = callback_url
    return sent


def still_unverified(entry: OutboxEntry, resource: TelnyxResource) -> str:
    """Return an objection if a number was verified since this was submitted: sending it switches that off.

    What whoever submitted it had confirmed is no objection.
    """
    request = cast("VerificationRequest", resource)
    given = getattr(entry, "warning_reason", None)
    confirmed = given.of_verified()[0] if given else []
    request.others = request.find_others()
    numbers = [number for number in validation.verified_numbers(request) if number not in confirmed]
    if not numbers:
        return ""
    return _(
        "%(numbers)s was verified after this was submitted, and a new request switches that off until it is approved "
        "again. Cancel this request; to send it all the same, submit again and confirm that."
    ) % {"numbers": get_text_list([display_number(number) for number in numbers], _("and"))}


def find_created(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Look under each of its numbers for the request that may exist at Telnyx although its answer was lost.

    We compare the bytes that were sent (`entry`), because the row may have changed since.
    """
    sent = json.loads(bytes(entry.body))
    listed = _listed(resource, client, sorted(_numbers(sent)))
    mine = [record for record in listed if entry.callback_token in _callback(record)]
    unknown = _unknown(listed, resource)
    if not mine:
        mine = [record for record in unknown if _looks_like(record, sent, entry)]
    if len(mine) == 1:
        return Found(mine[0])
    if mine:
        return Unclear(
            _(
                "Telnyx has %(count)s requests that look like this one. Find the right one in Telnyx's portal and "
                "enter its ID on this request to Telnyx."
            )
            % {"count": len(mine)}
        )
    if unknown:
        return Unclear(
            _(
                "Telnyx already has a request for one of these numbers that wasn't made "
                "here. Take it over and correct it instead of filing a second one."
            )
        )
    return Absent()


def find_updated(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Read the request again and compare it with the correction that was sent."""
    try:
        record = client.get(path(RECORD, id=resource.remote_id)).body
    except NotFound:
        return Unclear(_("The request is no longer at Telnyx, so it can't be corrected."))
    sent = json.loads(bytes(entry.body))
    if isinstance(record, dict) and _holds(record, sent, entry):
        return Found(record)
    if isinstance(record, dict) and record.get("verificationStatus") == Status.VERIFIED:
        return Unclear(
            _(
                "The request was verified in the meantime. Sending the correction again would "
                "start a new review."
            )
        )
    return Absent()


def look_first(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> str:
    """Read the request again before a correction replaces all of it; say why not to send it, or "".

    What someone changed in Telnyx's portal since the correction was submitted must not be replaced unseen.
    """
    request = cast("VerificationRequest", resource)
    sync.refresh(request, client)
    if request.remote_status == Status.VERIFIED:
        return _("Nothing was sent: Telnyx verified the request in the meantime.")
    if request.undecided():
        return _(
            "Nothing was sent: someone changed the request in Telnyx's portal after it was submitted here. Decide "
            "which copy is right, then submit again."
        )
    return ""


def _listed(resource: TelnyxResource, client: Client, numbers: Iterable[str]) -> list[Record]:
    records = [record for number in numbers for record in resource.wire.all(client, phone_number=number)]
    by_id = {resource.wire.remote_id(record): record for record in records}
    if "" in by_id:
        raise IncompleteList("Telnyx listed a request without an id, so the list proves nothing.")
    return list(by_id.values())


def _unknown(records: list[Record], resource: TelnyxResource) -> list[Record]:
    """Return the records that are not linked to any of our rows."""
    ids = [resource.wire.remote_id(record) for record in records]
    known = set(type(resource)._base_manager.filter(remote_id__in=ids).values_list("remote_id", flat=True))
    return [record for id, record in zip(ids, records, strict=True) if id not in known]


def _looks_like(record: Record, sent: Record, entry: OutboxEntry) -> bool:
    created_at = times.read(record.get("createdAt"))
    return (
        created_at is not None
        and created_at >= heartbeat.earliest_at_telnyx(entry)
        and _numbers(record) == _numbers(sent)
        and record.get("businessName") == sent.get("businessName")
        and not _is_of_another_promise(record, entry)
    )


def _is_of_another_promise(record: Record, entry: OutboxEntry) -> bool:
    tokens = TOKEN.findall(_callback(record))
    return OutboxEntry.objects.filter(callback_token__in=tokens).exclude(pk=entry.pk).exists()


def _callback(record: Record) -> str:
    url = record.get(CALLBACK)
    return url if isinstance(url, str) else ""


def _holds(record: Record, sent: Record, entry: OutboxEntry) -> bool:
    """Return True if Telnyx stored this correction.

    Its callback URL has a unique token, which is proof enough. Whether Telnyx returns a changed callback URL is not
    published (docs/telnyx.md, check 8), so matching fields count too, unless the record was last changed before we
    sent ours.
    """
    if CALLBACK in sent and _callback(record) == sent[CALLBACK]:
        return True
    changed_at = times.read(record.get("updatedAt"))
    if changed_at is not None and changed_at < heartbeat.earliest_at_telnyx(entry):
        return False
    return all(_same(record.get(name), value) for name, value in sent.items() if name != CALLBACK)


def _same(held: Any, sent: Any) -> bool:
    if isinstance(sent, list):
        return isinstance(held, list) and sorted(map(_value, held)) == sorted(map(_value, sent))
    return bool(held == sent)


def _value(entry: Any) -> str:
    return str(next(iter(entry.values()), "")) if isinstance(entry, dict) else str(entry)


def _numbers(record: Record) -> set[str]:
    entries = record.get("phoneNumbers")
    return set(strings("phoneNumber")(entries)) if isinstance(entries, list) else set()


def objects(key: str) -> Any:
    """Return a function that writes a list of strings as Telnyx wants it: each as an object with one key."""

    def dump(values: Any) -> list[Record]:
        return [{key: value} for value in values or []]

    return dump


def strings(key: str) -> Any:
    """Return a function that reads such a list: other keys, and values that are not strings, are dropped."""

    def load(entries: Any) -> list[str]:
        return list(_texts(entries if isinstance(entries, list) else [], key))

    return load


def _texts(entries: Iterable[Any], key: str) -> Iterator[str]:
    for entry in entries:
        value = entry.get(key) if isinstance(entry, dict) else entry
        if isinstance(value, str) and value:
            yield value
