"""What is sent to Telnyx about a profile, and how to find out whether it arrived."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror import clock, heartbeat
from messaging.mirror.models import OutboxEntry, Source, TelnyxResource
from messaging.mirror.records.operations import Absent, Finding, Found, Operation, Unclear
from messaging.models.assignments import NumberAssignment
from messaging.models.cached_reads import Reading
from messaging.models.secrets import NewSecret, mark_of, secret_in
from messaging.telnyx import times
from messaging.telnyx.client import Client, path
from messaging.telnyx.errors import NotFound

Record = dict[str, Any]

BASE = "/messaging_profiles"
PROFILE = BASE + "/{id}"
NUMBERS_OF = PROFILE + "/phone_numbers"
ASSIGNMENTS = "/messaging_numbers_bulk_updates"
# Sent or held, these all mean that nothing is set.
NOTHING: tuple[Any, ...] = (None, "", [])
# Money is a decimal string, and Telnyx may write 10 as 10.00 (docs/telnyx.md, T1.12).
DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


def profile_body(resource: TelnyxResource, callback_url: str) -> Record:
    """Return the body of a new profile: what was typed, without what was left empty."""
    return resource.wire.dump(resource)


def find_created(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Look, by its exact name, for the profile that a request with a lost answer may have left at Telnyx.

    Names may repeat, so only a profile that is unknown here and was created after we sent can be ours.
    """
    name = json.loads(bytes(entry.body))["name"]
    listed = resource.wire.all(client, **{"filter[name][eq]": name})
    same = unknown(resource, [record for record in listed if record.get("name") == name])
    since = heartbeat.earliest_at_telnyx(entry)
    ours = [record for record in same if _made_since(record, since)]
    if len(ours) == 1:
        return Found(ours[0])
    if ours:
        return Unclear(
            _(
                "Telnyx holds %(count)s new profiles with this name. Say which one is ours, "
                "and delete the others there."
            )
            % {"count": len(ours)}
        )
    return Absent()


def unknown(resource: TelnyxResource, records: Iterable[Record]) -> list[Record]:
    """Return the records that are not linked to any of ours."""
    by_id = {resource.wire.remote_id(record): record for record in records}
    known = type(resource)._base_manager.filter(remote_id__in=by_id).values_list("remote_id", flat=True)
    held = set(known)
    return [record for id, record in by_id.items() if id not in held]


def _made_since(record: Record, since: Any) -> bool:
    """Return True if a record was created after `since`; one without a readable date may have been."""
    made_at = times.read(record.get("created_at"))
    return made_at is None or bool(made_at >= since)


def profile_changes(resource: TelnyxResource, callback_url: str, *, changes: Record) -> Record:
    """Return only what is to change: Telnyx keeps what is left out."""
    return changes


def find_changed(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Read the profile again: either it has every value that was sent, or the change did not arrive."""
    try:
        record = client.get(path(PROFILE, id=resource.remote_id)).body
    except NotFound:
        return Unclear(_("The profile is no longer at Telnyx, so it can't be changed."))
    if not isinstance(record, dict):
        return Unclear(_("Telnyx's answer about the profile could not be read."))
    sent = json.loads(bytes(entry.body))
    return Found(record) if all(same(value, record.get(name)) for name, value in sent.items()) else Absent()


def same(sent: Any, held: Any) -> bool:
    """Return True if Telnyx holds a value we sent; an object there may have more members than we sent."""
    if isinstance(sent, Mapping) and isinstance(held, Mapping):
        return all(same(value, held.get(name)) for name, value in sent.items())
    if isinstance(sent, list) and isinstance(held, list):
        return sorted(map(str, sent)) == sorted(map(str, held))
    if (
        isinstance(sent, str)
        and isinstance(held, str)
        and DECIMAL.fullmatch(sent)
        and DECIMAL.fullmatch(held)
    ):
        return Decimal(sent) == Decimal(held)
    return sent == held or (sent in NOTHING and held in NOTHING)


# A new secret. It goes sealed from Telnyx's answer to the one person who asked for it, and nowhere else.


def secret_taken(entry: OutboxEntry, resource: TelnyxResource, body: Any) -> None:
    """Seal the new secret of an answer, to be read once, and mirror the rest."""
    _seal(entry, body)
    if isinstance(body, dict) and resource.wire.remote_id(body) == resource.remote_id:
        resource.apply(body, source=Source.API, as_of=entry.send_started_at or clock.now())


def find_secret(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Read the profile: a secret other than the one before proves that the request arrived, and is the one to deliver.

    The same secret proves nothing while Telnyx may still be working, and is never a reason to send again:
    a second new secret would make the first one worthless.
    """
    promise = NewSecret.objects.filter(pk=entry.pk).first()
    try:
        record = client.get(path(PROFILE, id=resource.remote_id)).body
    except NotFound:
        return Unclear(_("The profile is no longer at Telnyx, so it has no secret."))
    mark = mark_of(secret_in(record))
    if promise is None or not promise.mark_before or not mark:
        return Unclear(_("The previous secret wasn't known here, so we can't tell whether it changed."))
    if mark != promise.mark_before:
        _seal(entry, record)
        return Found(record)
    if clock.ask() - entry.first_sent_at() < timedelta(seconds=settings.TELNYX_SETTLE_SECONDS):
        return Absent()
    return Unclear(_("Telnyx still shows the previous secret. We don't ask again automatically."))


def _seal(entry: OutboxEntry, record: Any) -> None:
    secret = secret_in(record)
    with transaction.atomic():
        promise = NewSecret.objects.select_for_update().filter(pk=entry.pk, read_at=None).first()
        if promise and secret:
            promise.seal(secret)


# Numbers put on a profile.


def assign_body(resource: TelnyxResource, callback_url: str, *, numbers: Sequence[str]) -> Record:
    """Return the body that puts numbers on a profile and changes nothing else about them."""
    return {"messaging_profile_id": resource.remote_id, "numbers": list(numbers), "assign_only": True}


def assigned(entry: OutboxEntry, resource: TelnyxResource, body: Any) -> None:
    """Keep Telnyx's result for each number, and have the lists of the profiles they were and are on read again."""
    made = NumberAssignment.objects.filter(pk=entry.pk).first()
    if made is None:
        return
    made.take(body, entry.send_started_at or clock.now())
    ids = {resource.remote_id, *made.numbers.values()} - {None, ""}
    addresses = [path(NUMBERS_OF, id=id) for id in ids]
    Reading.objects.filter(address__in=addresses).update(due_at=Now())


OF_PROFILE = {
    # The same numbers put on the same profile twice are on it once.
    "assign_numbers": Operation(
        "POST",
        ASSIGNMENTS,
        gettext_lazy("Numbers for this profile"),
        body=assign_body,
        repeatable=True,
        moves_record=False,
        taken=assigned,
        too_late=gettext_lazy(
            "To put a number back, assign it to the profile it was on before; the page of this request names it."
        ),
        permission="messaging.change_messagingprofile",
    ),
    "create": Operation(
        "POST",
        BASE,
        gettext_lazy("New messaging profile"),
        body=profile_body,
        find=find_created,
        permission="messaging.add_messagingprofile",
    ),
    "update": Operation(
        "PATCH",
        PROFILE,
        gettext_lazy("Profile change"),
        body=profile_changes,
        find=find_changed,
        permission="messaging.change_messagingprofile",
    ),
    # Deleting what is gone answers 404, which is the result we want.
    "delete": Operation(
        "DELETE",
        PROFILE,
        gettext_lazy("Profile deletion"),
        repeatable=True,
        too_late=gettext_lazy("If it is still needed, create a new profile."),
        permission="messaging.delete_messagingprofile",
    ),
    "regenerate_secret": Operation(
        "POST",
        f"{PROFILE}/actions/regenerate_secret",
        gettext_lazy("New secret"),
        find=find_secret,
        moves_record=False,
        taken=secret_taken,
        permission="messaging.regenerate_secret_messagingprofile",
    ),
}
