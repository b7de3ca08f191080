"""Write messages: one statement for any number of rows, and the same result whatever order they come in.

Each column merges by a rule that is commutative, associative and idempotent, so events may come twice, late, or along
with the answer to our own request. What comes together is merged here before PostgreSQL sees it, by the same rules:

- status, its time, event and errors: the larger rank wins; of equal ones what a webhook says, the newest; what we only
  read at Telnyx counts from the first time we read it
- trail: the union
- cost, details: the newest one that has any
- type: a text or picture message was sent in place of an RCS message, so its type and its text win
- everything else does not change at Telnyx: a value beats a missing one
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from .parsing import Row

BATCH = 2000

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

# Fields that change together with the fact that wins.
STANDING = ("status", "status_rank", "status_at", "status_event", "errors", "error_code")
# A webhook says when a status came about, a reading only when we asked: the first reading is nearest to it.
PLACE = (
    "({row}.status_rank, {row}.status_event <> '', "
    "CASE WHEN {row}.status_event = '' THEN -1 ELSE 1 END * EXTRACT(EPOCH FROM {row}.status_at), "
    '{row}.status_event COLLATE "C")'
)
NEWEST_STANDING = f"{PLACE.format(row='new')} > {PLACE.format(row='m')}"
PRICE = ("cost", "currency", "cost_at")
NEWEST_PRICE = (
    "(new.cost_at, new.cost) > (m.cost_at, m.cost) OR (m.cost_at IS NULL AND new.cost_at IS NOT NULL)"
)
# Of two readings of the same moment the larger one wins, whichever came first.
NEWEST_DETAILS = "(new.details_at, new.details) > (m.details_at, m.details)"
TEXTS = ("SMS", "MMS")
BY_TEXT = f"IN {TEXTS}"
OWN_RULES = {
    "type": "CASE WHEN (new.type NOT IN ('', 'RCS'), new.type COLLATE \"C\") > "
    "(m.type NOT IN ('', 'RCS'), m.type COLLATE \"C\") THEN new.type ELSE m.type END",
    "text": f"CASE WHEN m.type = 'RCS' AND new.type {BY_TEXT} THEN new.text"
    f" WHEN new.type = 'RCS' AND m.type {BY_TEXT} THEN m.text"
    ' ELSE GREATEST(m.text COLLATE "C", new.text COLLATE "C") END',
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


# A value beats a missing one; of two values, which Telnyx never sends, the larger one wins.
LARGER = tuple(name for name in COLUMNS if name not in OWN_RULES and name not in KEY)
# Only PostgreSQL can tell which of two such values is larger.
DOCUMENTS = tuple(name for name in LARGER if COLUMNS[name] == "jsonb")
SIMPLE = tuple(name for name in LARGER if name not in DOCUMENTS)


def _rule(name: str) -> str:
    # By code point, which is the same in every database and in Python.
    collate = ' COLLATE "C"' if COLUMNS[name] == "text" else ""
    return f"{name} = {OWN_RULES.get(name, f'GREATEST(m.{name}{collate}, new.{name}{collate})')}"


NAMES = ", ".join(COLUMNS)
RULES = ", ".join(_rule(name) for name in COLUMNS if name not in KEY)
# Rows are passed as lists in the order of COLUMNS: PostgreSQL takes a third of the time it needs with objects.
VALUES = ", ".join(
    f"row -> {place}" if type == "jsonb" else f"(row ->> {place})::{type}"
    for place, type in enumerate(COLUMNS.values())
)
# A repeat changes nothing, and is not written.
MERGE = f"""
INSERT INTO messaging_message AS m ({NAMES})
SELECT {VALUES} FROM jsonb_array_elements(%s::jsonb) AS row
ON CONFLICT (remote_id, their_address) DO UPDATE SET {RULES.replace("new.", "EXCLUDED.")}
WHERE NOT m.trail @> EXCLUDED.trail
"""  # noqa: S608 - names of our own columns


def merge(told: Sequence[Row]) -> None:
    """Merge rows of `parsing.rows` into the log; a repeat changes nothing."""
    for once in _rounds(told):
        for start in range(0, len(once), BATCH):
            with connection.cursor() as cursor:
                rows = [[row[name] for name in COLUMNS] for row in once[start : start + BATCH]]
                cursor.execute(MERGE, [json.dumps(rows)])


def _rounds(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield the rows in batches that have no message twice, since PostgreSQL can't merge that in one statement."""
    rest = list(rows)
    while rest:
        once: dict[tuple[str, str], Row] = {}
        again: list[Row] = []
        for row in rest:
            key = (row["remote_id"], row["their_address"])
            together = _together(once[key], row) if key in once else row
            if together is None:
                again.append(row)
            else:
                once[key] = together
        # Every process uses the same order, so that two of them cannot wait for each other.
        yield [once[key] for key in sorted(once)]
        rest = again


def _together(first: Row, then: Row) -> Row | None:
    """Return what two rows for one phone say as one, by the rules of `MERGE`; None if only PostgreSQL can tell."""
    if then["trail"].items() <= first["trail"].items():
        return first
    if any(first[name] and then[name] and first[name] != then[name] for name in DOCUMENTS):
        return None
    if first["details_at"] == then["details_at"] and first["details"] != then["details"]:
        return None
    merged = {**first, "trail": first["trail"] | then["trail"]}
    for name in SIMPLE:
        if first[name] != then[name]:
            merged[name] = _larger(first[name], then[name])
    for name in DOCUMENTS:
        merged[name] = first[name] or then[name]
    merged["type"] = max(first["type"], then["type"], key=lambda type: (type not in ("", "RCS"), type))
    merged["text"] = _text(first, then)
    merged["happened_at"] = min(first["happened_at"], then["happened_at"])
    for names, rank in ((STANDING, _standing), (PRICE, _price), (("details", "details_at"), _details)):
        if rank(then) > rank(first):
            merged |= {name: then[name] for name in names}
    return merged


def _text(first: Row, then: Row) -> str:
    for row, other in ((first, then), (then, first)):
        if row["type"] in TEXTS and other["type"] == "RCS":
            return str(row["text"])
    return max(first["text"], then["text"])


def _larger(one: Any, other: Any) -> Any:
    return max((value for value in (one, other) if value is not None), default=None)


def _standing(row: Row) -> tuple[Any, ...]:
    is_heard, at = bool(row["status_event"]), datetime.fromisoformat(row["status_at"]).timestamp()
    return row["status_rank"], is_heard, at if is_heard else -at, row["status_event"]


def _price(row: Row) -> tuple[Any, ...]:
    return (row["cost_at"], Decimal(row["cost"])) if row["cost_at"] else ("", Decimal(0))


def _details(row: Row) -> tuple[Any, ...]:
    return (row["details_at"],)
