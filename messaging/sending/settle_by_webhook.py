"""A webhook at the address of a send of ours proves that Telnyx has that message, whatever became of the answer."""

from collections.abc import Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType

from messaging.log import parsing
from messaging.mirror.models import OutboxEntry, Source
from messaging.mirror.outbound import outcomes
from messaging.mirror.records.wire import storable
from messaging.models import SentMessage

State = OutboxEntry.State


def settle(told: Mapping[str, Any]) -> None:
    """Settle the promises whose answer was lost, also those that wait for a person, by what webhooks `told`.

    `told` holds payloads by callback token. Nobody needs to look the message up. Safe to run again.
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
        outcomes.accept(entry, record, remote_id, OutboxEntry.Resolution.ADOPTED, source=Source.WEBHOOK)
