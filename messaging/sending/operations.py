"""What is sent to Telnyx's message service, and how to find out whether it arrived."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.log import parsing
from messaging.log.choices import Status
from messaging.mirror import heartbeat
from messaging.mirror.models import OutboxEntry, TelnyxResource, WebhookEvent
from messaging.mirror.records import pages
from messaging.mirror.records.operations import Absent, Finding, Found, NotSeen, Operation, Unclear
from messaging.telnyx import times
from messaging.telnyx.client import Client, path
from messaging.telnyx.errors import IncompleteList, NotFound

from . import events, guards
from .choices import REPLAYABLE, WAYS, Encoding, Kind, Purpose

if TYPE_CHECKING:
    from messaging.models import ComposedMessage

Record = dict[str, Any]

BASE = "/messages"
RECORD = BASE + "/{id}"
GROUP = BASE + "/group/{id}"
DETAILS = "/detail_records"
DETAIL_CALLBACK = "delivery_status_webhook_url"
MOST_EVENTS = 20


def body(resource: TelnyxResource, callback_url: str) -> Record:
    """Return the body of a send: the members of its way to send, in their order, without empty ones."""
    message = cast("ComposedMessage", resource)
    found = {name: value for name, value in _members(message) if name in WAYS[message.kind].members}
    sent = {
        name: found[name]
        for name in WAYS[message.kind].members
        if found.get(name) not in (None, "", [], {}, False)
    }
    of_profile = message.messaging_profile.webhook_url if message.messaging_profile else ""
    return {**sent, **events.addresses(message.kind, message.events, of_profile, callback_url)}


def _members(message: "ComposedMessage") -> Iterator[tuple[str, Any]]:
    yield "from", message.sender
    yield "to", message.recipients if message.kind == Kind.GROUP else message.recipients[0]
    yield "messaging_profile_id", message.messaging_profile and message.messaging_profile.remote_id
    yield "text", message.text
    yield "subject", message.subject
    yield "media_urls", message.media_urls
    yield "type", type_of(message)
    yield "auto_detect", message.auto_detect
    yield "encoding", "" if message.encoding == Encoding.AUTO else message.encoding
    yield "send_at", message.send_at and message.send_at.astimezone(UTC).isoformat(timespec="seconds")
    yield "whatsapp_message", message.whatsapp


def type_of(message: "ComposedMessage") -> str:
    """Return what Telnyx is asked to send it as."""
    if message.kind == Kind.WHATSAPP:
        return "WHATSAPP"
    return "MMS" if message.media_urls or message.subject or message.as_mms else "SMS"


def find_sent(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Look for a message whose answer was lost: in the webhooks sent to its own URL, then in the detail records.

    Telnyx does not list messages, and detail records contain only finished ones, so not finding one proves nothing.
    """
    told = _told_about(entry)
    if told:
        return Found(told)
    recorded = _recorded(entry, client)
    return Found(recorded) if recorded else NotSeen()


def _told_about(entry: OutboxEntry) -> Record | None:
    events = WebhookEvent.objects.filter(
        callback_token=entry.callback_token,
        state__in=[WebhookEvent.State.PENDING, WebhookEvent.State.DONE, WebhookEvent.State.WAITING],
    )
    for event in events.order_by("-id")[:MOST_EVENTS]:
        try:
            payload = event.data().get("payload")
        except (ValueError, RecursionError):
            continue  # its own handler reports that
        if isinstance(payload, Mapping) and parsing.uuid(payload.get("id")):
            return dict(payload)
    return None


def _recorded(entry: OutboxEntry, client: Client) -> Record | None:
    sent = json.loads(bytes(entry.body))
    to = sent["to"] if isinstance(sent["to"], str) else sent["to"][0]
    since = heartbeat.earliest_at_telnyx(entry)
    params = {
        "filter[record_type]": "messaging",
        "filter[created_at][gte]": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "filter[cld]": to,
    }
    try:
        for row in pages.data_pages(client, DETAILS, params, size=50):
            if entry.callback_token in parsing.text(row.get(DETAIL_CALLBACK)):
                id = parsing.uuid(row.get("uuid")) or parsing.uuid(row.get("id"))
                if id:
                    return {"id": id}
    except IncompleteList:
        return None  # only a hit counts, so a list that changes while it is read does no harm
    return None


def find_cancelled(entry: OutboxEntry, resource: TelnyxResource, client: Client) -> Finding:
    """Read the message again: it is canceled, still waiting for its time, or too late to cancel."""
    try:
        record = client.get(path(RECORD, id=resource.remote_id)).body
    except NotFound:
        return Unclear(_("Telnyx no longer shows this message, so we don't know whether it was canceled."))
    if not isinstance(record, dict):
        return NotSeen()
    told = statuses(record)
    if told == {Status.CANCELLED}:
        return Found(record)
    if told == {Status.SCHEDULED}:
        return Absent()
    return Unclear(
        _("It is no longer scheduled: its time came before it was canceled. It can't be withdrawn.")
    )


def statuses(record: Mapping[str, Any]) -> set[str]:
    """Return the statuses that a record reports for its recipients."""
    if not record.get("to") or not parsing.uuid(record.get("id")):
        return set()
    rows = parsing.rows(record, at=times.EARLIEST, source="")
    return {row["status"] for row in rows if row["status"]}


def to_send(message: "ComposedMessage | None") -> str:
    """Return the permission needed to send this one: tests have one of their own."""
    is_test = message is not None and message.purpose == Purpose.TEST
    return "messaging.send_test_composedmessage" if is_test else "messaging.send_composedmessage"


def _send(kind: str) -> Operation:
    way = WAYS[kind]
    return Operation(
        "POST",
        way.path,
        gettext_lazy("Message"),
        body=body,
        find=find_sent,
        keyed=way.keyed,
        replayable_for=REPLAYABLE if way.keyed else None,
        guard=guards.before_sending,
        permission=to_send,
    )


OF_MESSAGE: Mapping[str, Operation] = {
    **{way.operation: _send(kind) for kind, way in WAYS.items()},
    "cancel": Operation(
        "DELETE",
        RECORD,
        gettext_lazy("Cancellation"),
        find=find_cancelled,
        moves_record=False,
        judges_state=True,
        permission="messaging.cancel_composedmessage",
    ),
}
