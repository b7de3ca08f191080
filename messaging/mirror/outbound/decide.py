"""What a person may decide about a promise that we couldn't settle automatically."""

from django.utils.translation import gettext as _

from messaging.telnyx.client import Client
from messaging.telnyx.errors import NotFound

from ..models import Attempt, OutboxEntry, Source, TelnyxResource
from . import outcomes
from .outbox import State

Outcome = Attempt.Outcome

# After one of these nothing of the promise can be at Telnyx.
NOTHING_ARRIVED = (Outcome.NOT_SENT, Outcome.SLOWED, Outcome.BLOCKED)


class NotThisOne(Exception):
    """The record a person named can't be what the request made; the message tells them why."""


def gave_up(entry: OutboxEntry) -> bool:
    """Return True if it waits for a person only because it couldn't be sent for too long."""
    if entry.state != State.NEEDS_PERSON:
        return False
    newest = entry.attempts.first()
    if newest and newest.outcome == Outcome.RESTORED:
        return False
    return newest is None or newest.outcome in NOTHING_ARRIVED or entry.get_operation().repeatable


def adopt(entry: OutboxEntry, remote_id: str, client: Client) -> bool:
    """Settle a promise as kept by the record a person names; read it at Telnyx first.

    `remote_id` counts for a create; any other request is about the record we know. Return False if the entry
    was settled meanwhile. Raise NotThisOne, or a TelnyxError if Telnyx doesn't answer; then nothing changes.
    """
    resource: TelnyxResource = entry.resource
    remote_id = resource.remote_id or remote_id
    if _other_owner(resource, remote_id):
        raise NotThisOne(_("This Telnyx ID already belongs to another record of ours."))
    resource.remote_id = remote_id  # not saved: `accept` writes it once Telnyx has confirmed it
    try:
        record, _facts = resource.fetch(client)
    except NotFound:
        raise NotThisOne(_("Telnyx has no record with this ID.")) from None
    if resource.wire.remote_id(record) != remote_id:
        raise NotThisOne(_("Telnyx answered with another record."))
    person = OutboxEntry.Resolution.PERSON
    return outcomes.accept(entry, record, remote_id, person, source=Source.PERSON)


def _other_owner(resource: TelnyxResource, remote_id: str) -> bool:
    return type(resource)._base_manager.filter(remote_id=remote_id).exclude(pk=resource.pk).exists()
