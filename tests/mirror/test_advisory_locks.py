"""No two kinds of advisory locks share a number."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from messaging.mirror import locks

ROOMS = ("config", "hosted", "messaging", "rcs", "tollfree")


@pytest.mark.parametrize("numbers", [locks.SPACES, locks.ROUND_KEYS, locks.TURN_KEYS])
def test_every_number_of_the_registry_is_there_once(numbers):
    assert len(set(numbers)) == len(numbers)


def test_only_the_registry_asks_postgresql_for_advisory_locks():
    callers = {
        path
        for room in ROOMS
        for path in Path(settings.BASE_DIR, room).rglob("*.py")
        if re.search("pg_(try_)?advisory", path.read_text())
    }

    assert callers == {Path(locks.__file__)}


@pytest.mark.parametrize("what", locks.TURN_KEYS)
def test_a_turn_is_no_lock_of_a_round_of_the_drain(what, db):
    with transaction.atomic(), connection.cursor() as cursor:
        locks.one_after_another(what)
        cursor.execute(
            "SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        held = cursor.fetchall()

    assert held == [(locks.TURNS, what)]
