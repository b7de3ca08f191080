"""A webhook to the URL of one of our sends proves that Telnyx has the message, whatever happened to the answer."""

from collections.abc import Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType

from messaging.log import parsing
from messaging.mirror import trace
from messaging.mirror.models import OutboxEntry, Source
from messaging.mirror.outbound import outcomes
from messaging.mirror.records.wire import storable
from messaging.models import SentMessage

State = OutboxEntry.State


def settle(told: Mapping[str, Any], events: Mapping[str, int]) -> None:
    """Settle promises whose answer was lost, including those that wait for a person, by what webhooks `told`.

    `told` maps callback tokens to payloads, `events` to the events that brought them. No one looks the message up.
    Safe to run again.
    """
    if not told:
        return
    kinds = ContentType.objects.get_for_models(*SentMessage.kinds())
    lost = OutboxEntry.objects.filter(
        callback_token__in=list(told),
        resource_type__in=kinds.values(),
        operation__startswith="create",
        state__in=[State.UNSURE, State.NEEDS_PERSON],
    )
    for entry in lost:
        record = storable(told[entry.callback_token])
        remote_id = str(parsing.message_id(record))
        with trace.about(event=events[entry.callback_token]):
            outcomes.accept(entry, record, remote_id, OutboxEntry.Resolution.ADOPTED, source=Source.WEBHOOK)
