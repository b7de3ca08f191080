"""What we send to Telnyx about RCS agents and test handsets, and how to find out whether it arrived."""

import json
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry, Source, TelnyxResource
from messaging.mirror.records.operations import Absent, Finding, Found, Operation, Unclear
from messaging.profiles.operations import same
from messaging.telnyx.client import Client, path
from messaging.telnyx.errors import NotFound

Record = dict[str, Any]

AGENTS = "/messaging/rcs/agents"
INVITES = "/messaging/rcs/test_number_invite"
BULK = "/messaging/rcs/bulk_capabilities"
CAPABILITY = "/messaging/rcs/capabilities/{agent_id}/{phone_number}"
DEEPLINK = "/messages/rcs/deeplinks/{agent_id}"


def agent_changes(resource: TelnyxResource, callback_url: str, *, changes: Record) -> Record:
    """Return only what changes; null clears a setting, and Telnyx keeps whatever is left out."""
    return changes


def find_changed(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Read the agent again: either it has every value that was sent, or the change did not arrive.

    A change that did not arrive is safe to send again: sending the same values twice gives the same agent.
    """
    try:
        record = client.get(path(AGENTS + "/{id}", id=resource.remote_id)).body
    except NotFound:
        return Unclear(_("The agent is no longer at Telnyx, so it cannot be changed."))
    if not isinstance(record, dict):
        return Unclear(_("Telnyx's answer about the agent could not be read."))
    sent = json.loads(bytes(entry.body))
    return Found(record) if all(same(value, record.get(name)) for name, value in sent.items()) else Absent()


def invite_taken(entry: OutboxEntry, resource: TelnyxResource, body: Any) -> None:
    """Store the status of an invitation, whatever Telnyx calls it."""
    if isinstance(body, dict) and isinstance(body.get("status"), str):
        resource.apply(body, source=Source.API, as_of=entry.send_started_at or clock.now())


OF_AGENT = {
    "update": Operation(
        "PATCH",
        AGENTS + "/{id}",
        gettext_lazy("Change"),
        body=agent_changes,
        find=find_changed,
        permission="rcs.change_rcsagent",
    )
}
OF_INVITE = {
    # Telnyx publishes nothing about repeating it (docs/telnyx.md, T4.6); we take a PUT for a single handset to be safe.
    "invite": Operation(
        "PUT",
        INVITES + "/{agent_id}/{phone_number}",
        gettext_lazy("Invitation"),
        repeatable=True,
        taken=invite_taken,
        permission="rcs.add_testinvite",
    )
}
