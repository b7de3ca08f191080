"""Store one signed delivery with one statement. The signed bytes are kept before anyone reads them."""

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from messaging.telnyx import times

from ..failpoints import failpoint
from ..models import WebhookEvent
from ..models.inbox import event_data

logger = logging.getLogger(__name__)

SAFE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
UNPARSED = "unparsed"

# How far a signature's time may be from ours, either way: as in Telnyx's own SDK (docs/telnyx.md, T6.2).
TOLERANCE_SECONDS = 300

# PostgreSQL's clock judges the signature's time here: the clocks of the web processes may differ. A delivery of a
# held-back event with a fresh signature releases it; its body counts, since the retention may have taken the first.
STORE = """
WITH delivery AS (
    SELECT extract(epoch FROM statement_timestamp()) - %(signed_at)s::bigint AS age
), judged AS (
    SELECT coalesce(abs(age) <= %(tolerance)s, true) AS is_fresh, coalesce(age, 0) AS age FROM delivery
), stored AS (
    INSERT INTO mirror_webhookevent AS e
           (dedupe_key, data_sha256, event_type, occurred_at, received_at, last_received_at, deliveries,
            key_fingerprint, callback_token, waits_for, body, state, not_before, attempts_made, error)
    SELECT %(key)s, %(sha256)s, %(event_type)s, %(occurred_at)s, clock_timestamp(), clock_timestamp(), 1,
           %(fingerprint)s, %(token)s, '{}', %(body)s, CASE WHEN is_fresh THEN %(state)s ELSE 'quarantined' END,
           clock_timestamp(), 0, ''
      FROM judged
    ON CONFLICT (dedupe_key) DO UPDATE
       SET deliveries = e.deliveries + 1, last_received_at = clock_timestamp(),
           (state, not_before, body)
           = (SELECT told.state, told.not_before, told.body
                FROM (VALUES (true, excluded.state, excluded.not_before, excluded.body),
                             (false, e.state, e.not_before, e.body)) AS told (is_released, state, not_before, body)
               WHERE told.is_released = (e.state = 'quarantined' AND excluded.state <> 'quarantined'
                                         AND e.data_sha256 = excluded.data_sha256))
    RETURNING data_sha256
)
SELECT stored.data_sha256, judged.is_fresh, judged.age FROM stored, judged
"""


@dataclass(frozen=True)
class Envelope:
    """What a body says about itself, without trusting it."""

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
    # Only the envelope's id names an event; a bare toll-free callback has the id of its request.
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


def store(body: bytes, fingerprint: str, *, token: str = "", signed_at: int | None = None) -> bool:
    """Commit one delivery, or count it if it is known. Return False if it is held back because of its time.

    `signed_at` is Telnyx's time of the signature in Unix seconds, None for fetched events, which have none. Safe to
    repeat. A restart of PostgreSQL leaves this process with a dead connection, so the statement is tried again on a
    fresh one. Raises OperationalError or InterfaceError if the database is away.
    """
    # Don't check the connection before the statement: the second try covers a dead one.
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return _store(body, fingerprint, token, signed_at)
    except (OperationalError, InterfaceError):
        connection.close()
        return _store(body, fingerprint, token, signed_at)


def _store(body: bytes, fingerprint: str, token: str, signed_at: int | None) -> bool:
    envelope = open_envelope(body)
    values = {
        "key": envelope.key,
        "sha256": envelope.sha256,
        "event_type": envelope.event_type,
        "occurred_at": envelope.occurred_at,
        "fingerprint": fingerprint,
        "token": token[:32],
        "body": body,
        "state": WebhookEvent.State.PENDING,
        "signed_at": signed_at,
        "tolerance": TOLERANCE_SECONDS,
    }
    failpoint("webhook_before_insert")
    kept, is_fresh, age = _insert(values)
    if kept != envelope.sha256:
        # The same id with other content: the first one counts, this one waits for a person.
        values.update(key=f"conflict:{envelope.key}:{envelope.sha256}", state=WebhookEvent.State.NEEDS_REVIEW)
        _insert(values)
    if not is_fresh:
        logger.error("A signed webhook is %.0f s off PostgreSQL's clock; it is held back.", age)
    return is_fresh


def _insert(values: Mapping[str, Any]) -> tuple[str, bool, float]:
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)
        kept, is_fresh, age = cursor.fetchone()
    return str(kept), bool(is_fresh), float(age)
