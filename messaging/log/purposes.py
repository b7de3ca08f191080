"""Which messages of the log were sent from here as tests."""

from collections.abc import Iterable
from uuid import UUID

from messaging.models import Message, SentMessage
from messaging.sending.choices import Purpose


def tests(messages: Iterable[Message]) -> set[UUID]:
    """Return Telnyx's IDs of those that are tests. One query, if any was sent."""
    ids = {str(message.remote_id) for message in messages if message.is_outbound()}
    if not ids:
        return set()
    first, *others = (
        kind._base_manager.filter(remote_id__in=ids, purpose=Purpose.TEST).order_by().values_list("remote_id")
        for kind in SentMessage.kinds()
    )
    return {UUID(id) for (id,) in first.union(*others, all=True)}
