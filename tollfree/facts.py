"""What Telnyx tells about a request's status, with Telnyx's own times."""

from datetime import datetime
from typing import Any

from messaging.mirror.models import Fact
from messaging.mirror.records import pages
from messaging.mirror.records.wire import storable
from messaging.telnyx import times
from messaging.telnyx.client import Client
from messaging.telnyx.errors import NotFound


def dated(record: Any, by: datetime) -> Fact | None:
    """Return the status in a record or a history entry, or None when it has no word or no time that can be by then."""
    if not isinstance(record, dict):
        return None
    status, reason = record.get("verificationStatus"), record.get("reason")
    occurred_at = times.read_past(record.get("updatedAt"), by)
    if not isinstance(status, str) or not status or not occurred_at:
        return None
    return Fact(storable(status), occurred_at, storable(reason) if isinstance(reason, str) else "")


def at_telnyx(client: Client, path: str, by: datetime) -> list[Fact]:
    """Return the status history at `path`, all pages of it, without entries whose time cannot have been by then.

    Raise TelnyxError when it cannot be read to its end. A request without a history has none to tell.
    """
    try:
        entries = list(pages.history_pages(client, path))
    except NotFound:
        return []
    return [fact for entry in entries if (fact := dated(entry, by))]


def is_news(record: dict[str, Any], history: list[Fact], by: datetime) -> bool:
    """Say whether a record tells more than its history: an edit in the portal moves its time, not its status."""
    newest = max(history, key=lambda fact: fact.occurred_at, default=None)
    if newest is None:
        return True
    own = dated(record, by)
    if own is None:
        return bool(record.get("verificationStatus") != newest.status)
    return (own.status, own.reason) != (newest.status, newest.reason)
