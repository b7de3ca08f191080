"""Hold an entry as long as this process lives: a stalled worker keeps it, a killed one frees it at once.

Session advisory locks need a session, so there must be no connection pooler in transaction mode in between.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import BooleanField, Func, TextField
from django.db.models.functions import Cast

# Every advisory lock of the desk is a pair of numbers: one of SPACES, and one within it. No other module takes a lock
# with a number of its own (tests/mirror/test_advisory_locks.py checks that), so two kinds of locks never collide.
RELAY_LOCKS, ROUNDS, DRAINING, TURNS = SPACES = 77, 78, 79, 80
# Within ROUNDS.
ROUND_KEYS = tuple(range(1, 13))
(
    REAPING,
    POLLING,
    PULLING,
    RECOVERING,
    PURGING,
    LOOKING,
    LEARNING,
    IMPORTING,
    NOTICING,
    SEALING,
    TESTING,
    ACTING,
) = ROUND_KEYS
# Within TURNS.
VERIFICATIONS, MESSAGES, LINKS, SIGN_INS = TURN_KEYS = 1, 2, 3, 4


class Taking(Func):
    """Take the entry of each row that a query returns: True where this process now holds it, as in `held`.

    PostgreSQL computes it only for rows that meet the query's conditions. What the row says may be a moment older than
    the lock, so whoever acts on it repeats what matters in the UPDATE. The entry is given back by `released`.
    """

    template = f"pg_try_advisory_lock({RELAY_LOCKS}, hashtext(%(expressions)s))"
    output_field = BooleanField()

    def __init__(self) -> None:
        super().__init__(Cast("pk", TextField()))


@contextmanager
def released(entry_id: UUID) -> Iterator[None]:
    """Give an entry that `Taking` took back at the end."""
    try:
        yield
    finally:
        _release(RELAY_LOCKS, f"hashtext('{entry_id}')")


@contextmanager
def held(entry_id: UUID) -> Iterator[bool]:
    """Yield True while this process alone holds the entry, False if another one does."""
    with advisory_lock(RELAY_LOCKS, f"hashtext('{entry_id}')") as mine:
        yield mine


@contextmanager
def alone(what: int) -> Iterator[bool]:
    """Yield True if no other process is doing `what` right now, such as REAPING."""
    with advisory_lock(ROUNDS, what) as mine:
        yield mine


def one_after_another(what: int) -> None:
    """Wait until no other transaction has the turn of `what`, such as VERIFICATIONS, and keep it.

    The turn ends with the transaction, so call this inside `transaction.atomic()`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [TURNS, what])


@contextmanager
def advisory_lock(space: int, key: int | str) -> Iterator[bool]:
    """Yield True if this session got the advisory lock (`space`, `key`), False if another one holds it.

    `key` is a number or SQL that yields one; it goes into the statement as is, so never pass what people typed.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({space}, {key})")  # noqa: S608 - constants and a UUID
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            _release(space, key)


def _release(space: int, key: int | str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({space}, {key})")  # noqa: S608 - constants and a UUID
    except (DatabaseError, InterfaceError):
        connection.close()  # the lock ended with its session
