"""Hold an entry for as long as this process lives: a stalled worker keeps it, a killed one frees it at once.

Session advisory locks need a session, so a connection pooler in transaction mode must not stand in between.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection

RELAY_LOCKS = 77
ROUNDS = 78
DRAINING = 79
REAPING, POLLING, PULLING, RECOVERING, PURGING = 1, 2, 3, 4, 5


@contextmanager
def held(entry_id: UUID) -> Iterator[bool]:
    """Yield True while this process alone holds the entry, False when another one does."""
    with advisory_lock(RELAY_LOCKS, f"hashtext('{entry_id}')") as mine:
        yield mine


@contextmanager
def alone(what: int) -> Iterator[bool]:
    """Yield True when no other process is REAPING, or whatever `what` names, just now."""
    with advisory_lock(ROUNDS, what) as mine:
        yield mine


@contextmanager
def advisory_lock(space: int, key: int | str) -> Iterator[bool]:
    """Yield True when this session got the advisory lock (`space`, `key`), False when another one holds it.

    `key` is a number or SQL that yields one; it goes into the statement as it is, so it never holds what people typed.
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
