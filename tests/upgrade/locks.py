"""Which steps of `migrate` would keep people and webhooks waiting on a table that is big in a desk of years.

PostgreSQL itself is asked: it reports (at DEBUG1) when a statement rewrites a table, reads all of it or builds an
index, and it knows which locks the transaction holds. `python -m tests.upgrade.locks` brings a desk of the oldest
version that is still upgraded up to date, on a PostgreSQL of its own, and names each such step; `./run check` runs it.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import django
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg.errors import Diagnostic

from .big_tables import ACCEPTED, BIG

HELD = """
SELECT DISTINCT c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
 WHERE l.pid = pg_backend_pid() AND l.granted AND c.relname = ANY(%s) AND l.mode IN
       ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""
THERE = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relname = ANY(%s)"
LONG = re.compile(r'(rewriting|verifying) table "(\w+)"|building index "\w+" on table "(\w+)"')
VERB = re.compile(r"\s*(UPDATE|DELETE|TRUNCATE|MERGE|INSERT|SELECT|WITH|DO|COPY)\b", re.IGNORECASE)
CHANGES = re.compile(r'\b(?:UPDATE|DELETE\s+FROM|TRUNCATE|MERGE\s+INTO)\s+(?:ONLY\s+)?"?(\w+)', re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """A step of a migration during which a big table can't be used as usual."""

    migration: str
    table: str
    why: str
    statement: str

    def __str__(self) -> str:
        return f"{self.migration}: {self.table}: {self.why}\n    {self.statement}"


class Watch:
    """Listens to the statements of `migrate`; `found` is what would keep others waiting."""

    def __init__(self) -> None:
        self.found: list[Finding] = []
        self.migration = "after the migrations"
        self.there: list[str] = []  # the big tables that the migration did not make itself
        self.notices: list[str] = []

    @contextmanager
    def listening(self) -> Iterator["Watch"]:
        apply = MigrationExecutor.apply_migration

        def noted(executor: MigrationExecutor, state: Any, migration: Any, *args: Any, **how: Any) -> Any:
            self.migration = f"{migration.app_label}.{migration.name}"
            self.there = self._ask(THERE)
            try:
                return apply(executor, state, migration, *args, **how)
            finally:
                self.migration = "after the migrations"

        def heard(notice: Diagnostic) -> None:
            self.notices.append(notice.message_primary or "")

        connection.ensure_connection()
        session = connection.connection
        self.there = self._ask(THERE)
        session.add_notice_handler(heard)
        session.execute("SET client_min_messages = debug1")
        with (
            patch.object(MigrationExecutor, "apply_migration", noted),
            connection.execute_wrapper(self._look),
        ):
            yield self
        session.execute("RESET client_min_messages")
        session.remove_notice_handler(heard)

    def _look(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        self.notices.clear()
        statement = " ".join(str(sql).split())
        if connection.in_atomic_block or "CONCURRENTLY" in statement:
            result = execute(sql, params, many, context)
            self._judge(statement)
            return result
        # A statement by itself: its locks can be seen only until its transaction ends.
        with transaction.atomic():
            result = execute(sql, params, many, context)
            self._judge(statement)
            return result

    def _judge(self, statement: str) -> None:
        said = list(self.notices)
        held = self._ask(HELD) if connection.in_atomic_block else []
        for line in said:
            if match := LONG.search(line):
                table = match[2] or match[3]
                for locked in held:
                    if table in self.there:
                        self._add(locked, f"is locked while PostgreSQL is {match[0]}", statement)
        if not VERB.match(statement):
            return
        for table in CHANGES.findall(statement):
            if table in self.there:
                self._add(table, "has its rows locked by a change of all of them at once", statement)
        for table in self.there:
            if held and re.search(rf"\b{table}\b", statement):
                self._add(held[0], f"is locked while the rows of {table} are read or changed", statement)

    def _add(self, table: str, why: str, statement: str) -> None:
        if table in self.there:
            self.found.append(Finding(self.migration, table, why, statement[:300]))

    def _ask(self, query: str) -> list[str]:
        return [name for (name,) in connection.connection.execute(query, [list(BIG)]).fetchall()]


def watched_migrate() -> list[Finding]:
    """Run `migrate` on the database of the settings and return every such step, those in ACCEPTED too."""
    with Watch().listening() as watch:
        call_command("migrate", interactive=False, verbosity=0)
    return watch.found


def judged(found: list[Finding]) -> list[str]:
    """Return what is wrong: a step nobody accepted, and an exception that nothing needs anymore."""
    wrong = [str(each) for each in found if each.table not in ACCEPTED.get(each.migration, {})]
    needed = {(each.migration, each.table) for each in found}
    for migration, tables in ACCEPTED.items():
        wrong += [
            f"{migration}: {table}: accepted in tests/upgrade/big_tables.py, but it doesn't happen"
            for table in tables
            if (migration, table) not in needed
        ]
    return wrong


def main() -> int:
    """Migrate the database of DATABASE_URL, print what is wrong, and return 1 if anything is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    wrong = judged(watched_migrate())
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def check() -> int:
    """Do that on a throw-away PostgreSQL with a desk of the oldest version."""
    from config.local import private  # noqa: PLC0415 - only needed without a server

    from .old import load  # noqa: PLC0415

    with private.throw_away_postgresql() as server:
        load(server.url())
        return subprocess.run(
            [sys.executable, "-m", "tests.upgrade.locks", "here"],
            env=os.environ | {"DATABASE_URL": server.url()},
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(main() if sys.argv[1:] == ["here"] else check())
