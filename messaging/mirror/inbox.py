"""Store one signed delivery with one statement. What Telnyx signed is kept as bytes before anyone reads it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from messaging.telnyx import times

from .failpoints import failpoint
from .models import WebhookEvent
from .models.inbox import event_data

SAFE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
UNPARSED = "unparsed"

STORE = """
INSERT INTO mirror_webhookevent AS e
       (dedupe_key, data_sha256, event_type, occurred_at, received_at, last_received_at, deliveries,
        key_fingerprint, callback_token, body, state, not_before, attempts_made, error)
VALUES (%(key)s, %(sha256)s, %(event_type)s, %(occurred_at)s, clock_timestamp(), clock_timestamp(), 1,
        %(fingerprint)s, %(token)s, %(body)s, %(state)s, clock_timestamp(), 0, '')
ON CONFLICT (dedupe_key) DO UPDATE
   SET deliveries = e.deliveries + 1, last_received_at = clock_timestamp()
RETURNING e.id, e.data_sha256
"""


@dataclass(frozen=True)
class Envelope:
    """What can be told of a body without trusting it."""

    key: str
    sha256: str
    event_type: str
    occurred_at: datetime | None


def open_envelope(body: bytes) -> Envelope:
    """Read id, type and time from `body`; never raise. `meta` changes with each attempt and is left out of the hash."""
    try:
        data = event_data(json.loads(body))
        sha256 = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    except (ValueError, RecursionError):
        data = {}
    if not data:
        sha256 = hashlib.sha256(body).hexdigest()
        return Envelope(f"sha256:{sha256}", sha256, UNPARSED, None)
    id = data.get("id")
    # Only the envelope's id names an event; a bare toll-free callback carries the id of its request.
    named = isinstance(id, str) and "event_type" in data and SAFE_ID.fullmatch(id)
    key, occurred_at = str(id) if named else f"sha256:{sha256}", times.read(data.get("occurred_at"))
    return Envelope(key, sha256, _text(data, "event_type"), occurred_at)


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return (
        "".join(c for c in value if c.isprintable() and not "\ud800" <= c <= "\udfff")[:200]
        if isinstance(value, str)
        else ""
    )


def store(body: bytes, fingerprint: str, *, token: str = "", state: str = WebhookEvent.State.PENDING) -> None:
    """Commit one delivery, or count it when it is known. Safe to repeat.

    A restart of PostgreSQL leaves this process with a dead connection, so the statement is tried once more on a
    fresh one. Raise OperationalError or InterfaceError when the database is away.
    """
    # No question before the statement whether the connection is alive: the second try answers it.
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        _store(body, fingerprint, token, state)
    except (OperationalError, InterfaceError):
        connection.close()
        _store(body, fingerprint, token, state)


def _store(body: bytes, fingerprint: str, token: str, state: str) -> None:
    envelope = open_envelope(body)
    values = {
        "key": envelope.key,
        "sha256": envelope.sha256,
        "event_type": envelope.event_type,
        "occurred_at": envelope.occurred_at,
        "fingerprint": fingerprint,
        "token": token[:32],
        "body": body,
        "state": state,
    }
    failpoint("webhook_before_insert")
    if _insert(values) == envelope.sha256:
        return
    # The same id with other content: the first one stands, this one waits for a person.
    values.update(key=f"conflict:{envelope.key}:{envelope.sha256}", state=WebhookEvent.State.NEEDS_REVIEW)
    _insert(values)


def _insert(values: Mapping[str, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)
        return str(cursor.fetchone()[1])
