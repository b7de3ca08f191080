"""What Telnyx reports about toll-free requests. It doesn't document these events, so they are only hints.

We recognize what a code sample in Telnyx's knowledge base and reports by implementers show (docs/telnyx.md, T2.12):
an event type that names toll-free verification, or a bare body with the id of one of our requests.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from messaging.mirror.inbound import drain
from messaging.mirror.models import OutboxEntry, WebhookEvent
from messaging.mirror.records import sync

from .models import VerificationRequest

TYPE = re.compile("toll[ _-]?free|verification[ _-]?request", re.IGNORECASE)
ID_NAMES = ("id", "verificationRequestId", "verification_request_id")
OWN_ID_NAMES = ID_NAMES[1:]
PLAIN = re.compile("[A-Za-z0-9_.:-]{1,100}")


def is_about_a_request(data: Mapping[str, Any]) -> bool:
    """Return True if a body is about a toll-free request: by its type, its names, or a known id in a bare body."""
    event_type = data.get("event_type")
    if isinstance(event_type, str) and event_type:
        return TYPE.search(event_type) is not None
    if any(name in holder for holder in _holders(data) for name in OWN_ID_NAMES):
        return True
    return VerificationRequest.objects.filter(remote_id__in=ids(data)).exists()


@drain.handler(is_about_a_request)
def request_changed(event: WebhookEvent) -> None:
    """Have the request that an event names read from Telnyx soon; nothing in the payload is believed.

    Safe to run any number of times. Raise UnknownResource if it names something we don't know, or not yet. The event
    need not wait for an open promise: its look-up is due right away, and when it ends, the request is refreshed.
    """
    named = ids(event.data())
    promise = _promise(event.callback_token)
    request = Q(remote_id__in=named)
    if promise:
        request |= Q(pk=promise.resource_id, remote_id__isnull=False)
    known = list(VerificationRequest.objects.filter(request))
    for resource in known:
        sync.ask_soon(resource, event.source())
    if not known and named and not (promise and promise.is_open()):
        raise drain.UnknownResource("No request in this desk has this id.", named)


def ids(data: Mapping[str, Any]) -> list[str]:
    """Return everything in an event that may be the id of a request, without repeats."""
    found = (holder.get(name) for holder in _holders(data) for name in ID_NAMES)
    return list(dict.fromkeys(id for id in found if isinstance(id, str) and PLAIN.fullmatch(id)))


def _holders(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield data
    payload = data.get("payload")
    if isinstance(payload, Mapping):
        yield payload


def _promise(token: str) -> OutboxEntry | None:
    """Return the promise about a request that carried this callback token."""
    kind = ContentType.objects.get_for_model(VerificationRequest)
    return OutboxEntry.objects.filter(callback_token=token, resource_type=kind).first() if token else None
