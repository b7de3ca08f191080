"""What we send to Telnyx to register a brand or an agent, and how to find out whether it arrived."""

import json
import re
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.models import OutboxEntry, TelnyxResource
from messaging.mirror.records.operations import Absent, Finding, Found, Operation, Unclear
from messaging.profiles.operations import same, unknown
from messaging.telnyx.client import Client, path
from messaging.telnyx.errors import NotFound, TelnyxError

from . import answers
from .choices import AgentStatus, BrandStatus

Record = dict[str, Any]

BRANDS = "/rcs/brands"
AGENTS = "/rcs/agents"
DEVICES = AGENTS + "/{id}/test_devices"


def read_one(base: str, id: str | None, client: Client) -> Any:
    """Return a record at Telnyx. Raise NotFound if it has none, or another TelnyxError."""
    try:
        return client.get(path(base + "/{id}", id=id)).body
    except TelnyxError as error:
        raise answers.read(error) from None


def everything(resource: TelnyxResource, callback_url: str) -> Record:
    return resource.wire.dump(resource)


def only_changes(resource: TelnyxResource, callback_url: str, *, changes: Record) -> Record:
    return changes


# A brand. Creating one takes no key, so it is looked for in the list before anything is sent again.


def find_brand(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Look, by name and EIN, for the draft that a request with a lost answer may have left at Telnyx."""
    sent = json.loads(bytes(entry.body))
    named = [one for one in resource.wire.all(client) if _names(one) == _names(sent)]
    new = unknown(resource, named)
    if len(new) == 1 and new[0].get("status") == BrandStatus.CREATED and _has(new[0], sent):
        return Found(new[0])
    if new:
        return Unclear(
            _(
                "Telnyx has a brand with this name and EIN that this desk doesn't know. Check there whether "
                "it is the one that was requested here."
            )
        )
    return Absent()


def _names(record: Record) -> tuple[Any, ...]:
    identifiers = record.get("identifiers")
    ein = identifiers.get("ein") if isinstance(identifiers, dict) else None
    number = str(ein.get("value", "")) if isinstance(ein, dict) else ""
    return record.get("display_name"), record.get("legal_name"), re.sub(r"\D", "", number)


def _has(record: Record, sent: Record, besides: Collection[str] = ("identifiers",)) -> bool:
    """Return True if a record has everything that was sent; an EIN may be written in two ways."""
    return all(same(value, record.get(name)) for name, value in sent.items() if name not in besides)


# An agent. Its key makes a second try harmless; the list says what became of the first.


def find_agent(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Look among its brand's agents for the draft that a request with a lost answer may have left at Telnyx."""
    sent = json.loads(bytes(entry.body))
    listed = resource.wire.all(client, brand_id=sent["brand_id"])
    named = [one for one in listed if one.get("display_name") == sent["display_name"]]
    new = unknown(resource, named)
    if len(new) == 1 and new[0].get("status") == AgentStatus.CREATED and _has(new[0], sent):
        return Found(new[0])
    if new:
        return Unclear(
            _(
                "Telnyx has an agent of this brand and with this name that this desk doesn't know. Check "
                "there whether it is the one that was requested here."
            )
        )
    return Absent()


# Both. Each of these changes nothing more if it is sent twice (docs/telnyx.md, T4.25).


def find_changed(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Read the record again: either it has every value that was sent, or the change did not arrive."""
    return _look(resource, client, lambda record: _has(record, json.loads(bytes(entry.body)), ()))


def find_submitted(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Read the record again: its review has started, or it may be submitted again."""
    return _look(resource, client, lambda record: record.get("status") != BrandStatus.CREATED)


LAUNCHED = (AgentStatus.LAUNCHING, AgentStatus.LAUNCHED, AgentStatus.LIVE)


def find_launched(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Read the agent again: its launch has started, or it may be requested again."""
    return _look(
        resource,
        client,
        lambda record: record.get("status") in LAUNCHED or bool(record.get("campaign_status")),
    )


def _look(resource: TelnyxResource, client: Client, arrived: Any) -> Finding:
    try:
        record = read_one(resource.wire.path, resource.remote_id, client)
    except NotFound:
        return Unclear(_("Telnyx no longer has this registration, so nothing more can come of the request."))
    if not isinstance(record, dict) or not record.get("status"):
        return Unclear(_("Telnyx's answer about the registration could not be read."))
    return Found(record) if arrived(record) else Absent()


def launch_body(resource: TelnyxResource, callback_url: str, *, launch: Record) -> Record:
    return launch


def device_body(resource: TelnyxResource, callback_url: str, *, phone_number: str) -> Record:
    return {"phone_number": phone_number}


def device_taken(entry: OutboxEntry, resource: TelnyxResource, body: Any) -> None:
    """Store nothing: the agent, read again right after this, names its devices."""


CHANGE_BRAND, SUBMIT_BRAND = "rcs.change_rcsbrand", "rcs.submit_rcsbrand"
CHANGE_AGENT, SUBMIT_AGENT = "rcs.change_rcsagentregistration", "rcs.submit_rcsagentregistration"


def not_asked(resource: TelnyxResource) -> None:
    """Forget what Telnyx was going to be asked to begin."""
    type(resource)._base_manager.filter(pk=resource.pk).update(**{"awaited": ""})


TOO_LATE = gettext_lazy("Telnyx has no way to take it back: ask Telnyx support.")

OF_BRAND = {
    "create": Operation(
        "POST",
        BRANDS,
        gettext_lazy("New RCS brand"),
        body=everything,
        find=find_brand,
        judge=answers.judge,
        permission=CHANGE_BRAND,
    ),
    "update": Operation(
        "PATCH",
        BRANDS + "/{id}",
        gettext_lazy("Change of an RCS brand"),
        body=only_changes,
        find=find_changed,
        judge=answers.judge,
        permission=CHANGE_BRAND,
    ),
    "submit": Operation(
        "POST",
        BRANDS + "/{id}/submit",
        gettext_lazy("Submission of an RCS brand"),
        find=find_submitted,
        judge=answers.judge,
        too_late=TOO_LATE,
        undone=not_asked,
        permission=SUBMIT_BRAND,
    ),
}
OF_AGENT = {
    "create": Operation(
        "POST",
        AGENTS,
        gettext_lazy("New registration of an RCS agent"),
        body=everything,
        find=find_agent,
        keyed=True,
        judge=answers.judge,
        permission=CHANGE_AGENT,
    ),
    "update": Operation(
        "PATCH",
        AGENTS + "/{id}",
        gettext_lazy("Change of an RCS agent's registration"),
        body=only_changes,
        find=find_changed,
        judge=answers.judge,
        permission=CHANGE_AGENT,
    ),
    "submit": Operation(
        "POST",
        AGENTS + "/{id}/submit",
        gettext_lazy("Submission of an RCS agent"),
        find=find_submitted,
        judge=answers.judge,
        too_late=TOO_LATE,
        undone=not_asked,
        permission=SUBMIT_AGENT,
    ),
    "launch": Operation(
        "POST",
        AGENTS + "/{id}/launch",
        gettext_lazy("Launch of an RCS agent"),
        body=launch_body,
        find=find_launched,
        judge=answers.judge,
        too_late=TOO_LATE,
        undone=not_asked,
        permission=SUBMIT_AGENT,
    ),
    "add_device": Operation(
        "POST",
        DEVICES,
        gettext_lazy("Test device of an RCS agent"),
        body=device_body,
        repeatable=True,
        moves_record=False,
        taken=device_taken,
        judge=answers.judge_device,
        permission=CHANGE_AGENT,
    ),
    # A device that is gone already is refused, with Telnyx's words: the agent itself stays.
    "remove_device": Operation(
        "DELETE",
        DEVICES + "/{device_id}",
        gettext_lazy("Removal of an RCS agent's test device"),
        repeatable=True,
        moves_record=False,
        judges_state=True,
        taken=device_taken,
        judge=answers.judge_device,
        permission=CHANGE_AGENT,
    ),
}
