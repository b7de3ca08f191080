"""Write messages: one statement for any number of rows, and the same result in whatever order they come.

Each column merges by a rule that is commutative, associative and idempotent (reliability 3.4), so events may come
twice, late, or beside the answer to our own request:

- status, its time, event and errors: the larger (rank, time, event id) wins
- trail: the union
- cost, details: the newest one that has any
- type: a text or picture message was sent in place of an RCS message, so it beats it, and its text the other text
- everything else does not change at Telnyx: what is there beats what is missing
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from django.db import connection

from .reading import Row

BATCH = 500

COLUMNS = {
    "remote_id": "uuid",
    "direction": "text",
    "type": "text",
    "our_address": "text",
    "their_address": "text",
    "messaging_profile_id": "uuid",
    "group_id": "uuid",
    "happened_at": "timestamptz",
    "status": "text",
    "status_rank": "smallint",
    "status_at": "timestamptz",
    "status_event": "text",
    "error_code": "text",
    "errors": "jsonb",
    "text": "text",
    "subject": "text",
    "media": "jsonb",
    "body": "jsonb",
    "encoding": "text",
    "parts": "smallint",
    "cost": "numeric",
    "currency": "text",
    "cost_at": "timestamptz",
    "their_carrier": "text",
    "their_line_type": "text",
    "sent_at": "timestamptz",
    "completed_at": "timestamptz",
    "autoresponse_type": "text",
    "trail": "jsonb",
    "details": "jsonb",
    "details_at": "timestamptz",
}

# Fields that move together with the fact that wins.
STANDING = ("status", "status_rank", "status_at", "status_event", "errors", "error_code")
NEWEST_STANDING = (
    "(new.status_rank, new.status_at, new.status_event) > (m.status_rank, m.status_at, m.status_event)"
)
PRICE = ("cost", "currency", "cost_at")
NEWEST_PRICE = (
    "(new.cost_at, new.cost) > (m.cost_at, m.cost) OR (m.cost_at IS NULL AND new.cost_at IS NOT NULL)"
)
# Of two readings of the same moment the larger one stands, whichever came first.
NEWEST_DETAILS = "(new.details_at, new.details) > (m.details_at, m.details)"
BY_TEXT = "IN ('SMS', 'MMS')"
OWN_RULES = {
    "type": "CASE WHEN (new.type NOT IN ('', 'RCS'), new.type) > (m.type NOT IN ('', 'RCS'), m.type)"
    " THEN new.type ELSE m.type END",
    "text": f"CASE WHEN m.type = 'RCS' AND new.type {BY_TEXT} THEN new.text"
    f" WHEN new.type = 'RCS' AND m.type {BY_TEXT} THEN m.text ELSE GREATEST(m.text, new.text) END",
    "happened_at": "LEAST(m.happened_at, new.happened_at)",
    "trail": "m.trail || new.trail",
    **{name: f"CASE WHEN {NEWEST_STANDING} THEN new.{name} ELSE m.{name} END" for name in STANDING},
    **{name: f"CASE WHEN {NEWEST_PRICE} THEN new.{name} ELSE m.{name} END" for name in PRICE},
    **{
        name: f"CASE WHEN {NEWEST_DETAILS} THEN new.{name} ELSE m.{name} END"
        for name in ("details", "details_at")
    },
}
KEY = ("remote_id", "their_address")


def _rule(name: str) -> str:
    return f"{name} = {OWN_RULES.get(name, f'GREATEST(m.{name}, new.{name})')}"


NAMES = ", ".join(COLUMNS)
RULES = ", ".join(_rule(name) for name in COLUMNS if name not in KEY)
TYPES = ", ".join(f"{name} {type}" for name, type in COLUMNS.items())
# A repetition changes nothing, and is not written.
MERGE = f"""
INSERT INTO messaging_message AS m ({NAMES})
SELECT {NAMES} FROM jsonb_to_recordset(%s::jsonb) AS r({TYPES})
ON CONFLICT (remote_id, their_address) DO UPDATE SET {RULES.replace("new.", "EXCLUDED.")}
WHERE NOT m.trail @> EXCLUDED.trail
"""  # noqa: S608 - names of our own columns


def merge(rows: Sequence[Row]) -> None:
    """Merge rows of `reading.rows` into the log; a repetition changes nothing."""
    for once in _rounds(rows):
        for start in range(0, len(once), BATCH):
            with connection.cursor() as cursor:
                cursor.execute(MERGE, [json.dumps(once[start : start + BATCH])])


def _rounds(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield the rows so that no message comes twice in one statement, which PostgreSQL cannot merge."""
    rest = list(rows)
    while rest:
        once: dict[tuple[str, str], Row] = {}
        again: list[Row] = []
        for row in rest:
            key = (row["remote_id"], row["their_address"])
            if key in once:
                again.append(row)
            else:
                once[key] = row
        # In one order for every process, so that two of them cannot wait for each other.
        yield [once[key] for key in sorted(once)]
        rest = again
