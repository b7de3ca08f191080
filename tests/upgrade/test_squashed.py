"""The squashed migrations make the same database as those they replace, and only where none of those has run."""

import os
import re
import secrets
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from tests.conftest import RUN
from tests.stack import drop_database, named, run_sql
from tests.upgrade import catalog
from tests.upgrade.old import RELEASED
from tests.upgrade.squashed import migrated, none_squashed

Key = tuple[str, str]
OURS = ("hosted", "messaging", "mirror", "rcs", "tollfree")
# What a database of ours has at least one of.
HELD = {
    "table",
    "column",
    "index",
    "constraint",
    "trigger",
    "function",
    "sequence",
    "comment",
    "permission",
    "group",
}


class Loader(MigrationLoader):
    """Finds one migration more in each app, as a later version adds it.

    `makemigrations` lets it depend on the squashed one, and people on the last one that was replaced.
    """

    def load_disk(self) -> None:
        super().load_disk()
        for label in OURS:
            ours = sorted(key for key in self.disk_migrations if key[0] == label)
            named = [ours[-1], *(key for key in ours if "_squashed_" in key[1])]
            later = type("Migration", (Migration,), {"dependencies": named})
            self.disk_migrations[label, "9999_later"] = later("9999_later", label)


def in_order(loader: MigrationLoader) -> list[Key]:
    """Return what an empty database runs, in the order of `migrate`."""
    graph = loader.graph
    return list(dict.fromkeys(key for leaf in graph.leaf_nodes() for key in graph.forwards_plan(leaf)))


def left_to_do(applied: list[Key]) -> list[Key]:
    """Return what `migrate` runs in a database that has run these. Django looks first whether they fit together."""
    rows: dict[Key, Any] = dict.fromkeys(applied)
    with patch.object(MigrationRecorder, "applied_migrations", lambda recorder: dict(rows)):
        loader = Loader(connection)
        loader.check_consistent_history(connection)
    assert not loader.detect_conflicts()
    return [key for key in in_order(loader) if key not in loader.applied_migrations]


def replaced() -> dict[Key, list[Key]]:
    """Return the squashed migrations, each with those it replaces."""
    disk = MigrationLoader(None).disk_migrations
    return {
        key: list(migration.replaces)
        for key, migration in disk.items()
        if key[0] in OURS and migration.replaces
    }


def test_an_empty_database_runs_the_squashed_ones_and_what_came_after():
    runs = set(left_to_do([]))

    assert {label for label, _ in replaced()} == set(OURS)
    assert replaced().keys() <= runs
    assert {(label, "9999_later") for label in OURS} <= runs
    assert not runs & {key for keys in replaced().values() for key in keys}


@pytest.mark.promise("B30")
def test_a_database_in_between_goes_on_where_it_is():
    with none_squashed():
        old = in_order(MigrationLoader(None))
    released = [key for key in old if key[0] not in OURS or key[1][:4] <= RELEASED.get(key[0], "")]
    every = {*old, *((label, "9999_later") for label in OURS)}
    replaces = replaced()

    # Each state on the way that `migrate` takes through the old files, and 0.1.0, which is none of these.
    for applied in (*(old[:number] for number in range(len(old) + 1)), released):
        steps = [each for key in left_to_do(applied) for each in replaces.get(key, [key])]

        assert len(steps) == len(set(steps))
        assert not set(steps) & set(applied), "nothing runs twice"
        assert set(steps) | set(applied) == every, "nothing is left out"


@pytest.fixture
def empty() -> Iterator[tuple[str, str]]:
    """Two empty databases."""
    server, names = os.environ["DATABASE_URL"], [f"squashed_{RUN}_{secrets.token_hex(4)}" for _ in range(2)]
    for name in names:
        run_sql(named(server, "postgres"), f'CREATE DATABASE "{name}"')
    yield named(server, names[0]), named(server, names[1])
    for name in names:
        drop_database(server, name)


def ran(database_url: str, *arguments: str) -> set[Key]:
    """Run `migrate` and return which of our migrations ran."""
    done = migrated(os.environ | {"DATABASE_URL": database_url}, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    applied = re.findall(r"Applying (\w+)\.(\w+)\.\.\.", done.stdout)
    return {(label, name) for label, name in applied if label in OURS}


@pytest.mark.long
def test_both_ways_make_the_same_database(empty):
    old, new = empty
    by_the_old = ran(old, "old")
    before = catalog.read(old)
    assert ran(old) == set()
    recorded = [f"migration {'.'.join(key)}: None is ''" for key in sorted(replaced())]
    assert catalog.differences(before, catalog.read(old)) == recorded

    left = ran(new)

    assert replaced().keys() <= left
    assert by_the_old - left == {key for keys in replaced().values() for key in keys}
    found = catalog.read(new)
    assert {kind for kind, _ in found} >= HELD
    assert catalog.differences(catalog.read(old), found) == []
