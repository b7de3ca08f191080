"""What became of messages sent from here, in one status: Telnyx's once it has one, until then ours."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from messaging.log import parsing
from messaging.mirror.models import SyncState
from messaging.mirror.wording import Words
from messaging.models import Message, SentMessage

from . import page

READ = ("remote_id", "their_address", "status", "status_rank", "type")


def told(messages: Iterable[SentMessage]) -> dict[str, list[Message]]:
    """Return what the log holds of them, by Telnyx's ID. One query."""
    ids = [id for row in messages if (id := parsing.uuid(row.remote_id))]
    found: dict[str, list[Message]] = {}
    for row in Message.objects.filter(remote_id__in=ids).only(*READ):
        found.setdefault(str(row.remote_id), []).append(row)
    return found


def of(message: SentMessage, rows: Sequence[Message]) -> tuple[str, Words]:
    """Return look and words of one: of several recipients, the one that is furthest behind."""
    if rows:
        row = min(rows, key=lambda row: row.status_rank)
        return page.STATUS_GROUPS.get(row.status, "reviewing"), page.row_status(row)
    state = SyncState(message.sync_state)
    return page.OUR_GROUPS[state], _("Withdrawn") if state == SyncState.DRAFT else state.label
