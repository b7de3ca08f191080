"""What makes an event one of its own: the text that is the same for everyone who is told of it, and for no other."""

from datetime import datetime
from typing import Any

from messaging.mirror.models import OutboxEntry

from .kinds import OUR_TURN, Kind


def of_record(kind: Kind, model: Any, key: str, mark: object) -> str:
    """Return the event of this kind about a record; `mark` tells it from others about the same record."""
    return f"{kind.id}:{model._meta.label_lower}:{key}:{mark}"


def of_turn(kind: Kind, model: Any, key: str, since: datetime, due: datetime | None) -> str:
    """Return the event that a record is our turn since then, or that it is due then."""
    until = due.isoformat() if due else ""
    return of_record(kind, model, key, f"{since.isoformat()}/{until}" if kind is OUR_TURN else until)


def is_same_turn(one: str, other: str) -> bool:
    """Return True if both are about the same turn, even if a setting has changed when it is due."""
    return one.partition("/")[0] == other.partition("/")[0]


def of_decision(key: Any, attempts: int, sends: int) -> str:
    """Return the event that a request needs a decision: sent again by a person, it may come to need another."""
    return f"decision:{key}:{attempts}:{sends}"


def of_entry(entry: OutboxEntry) -> str:
    return of_decision(entry.pk, entry.attempts_made, entry.sends)


def of_approval(key: Any) -> str:
    """Return the event that a colleague asks for approval."""
    return f"approval:{key}"
