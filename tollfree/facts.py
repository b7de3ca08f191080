"""What Telnyx reports about a request's status, with Telnyx's own times."""

from datetime import datetime
from typing import Any

from messaging.mirror.models import Fact
from messaging.mirror.records import pages
from messaging.mirror.records.wire import storable
from messaging.telnyx import times
from messaging.telnyx.client import Client
from messaging.telnyx.errors import NotFound


def dated(record: Any, by: datetime) -> Fact | None:
    """Return the status in a record or history entry, or None if it has no status or no plausible time up to `by`."""
    if not isinstance(record, dict):
        return None
    status, reason = record.get("verificationStatus"), record.get("reason")
    occurred_at = times.read_past(record.get("updatedAt"), by)
    if not isinstance(status, str) or not status or not occurred_at:
        return None
    return Fact(storable(status), occurred_at, storable(reason) if isinstance(reason, str) else "")


def at_telnyx(client: Client, path: str, by: datetime) -> list[Fact]:
    """Return the whole status history at `path`, all pages, without entries whose time is not plausible up to `by`.

    Raise TelnyxError if it cannot be read to the end. A request without a history gives an empty list.
    """
    try:
        entries = list(pages.history_pages(client, path))
    except NotFound:
        return []
    return [fact for entry in entries if (fact := dated(entry, by))]


def is_news(record: dict[str, Any], history: list[Fact], by: datetime) -> bool:
    """Return True if a record says more than its history: an edit in the portal changes its time, not its status."""
    newest = max(history, key=lambda fact: fact.occurred_at, default=None)
    if newest is None:
        return True
    own = dated(record, by)
    if own is None:
        return bool(record.get("verificationStatus") != newest.status)
    return (own.status, own.reason) != (newest.status, newest.reason)
