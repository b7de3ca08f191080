"""PostgreSQL's own programs, and the few statements around them. A password is never an argument of a program."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from django.conf import settings
from django.db import connection

from messaging.mirror.outbound.restored import MARK

# What libpq reads from the environment instead of the command line.
VARIABLES: Mapping[str, str] = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "connect_timeout": "PGCONNECT_TIMEOUT",
}
TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
    "AND relname <> %s ORDER BY relname"
)
PATIENT = (
    "SET statement_timeout = 0",
    "SET lock_timeout = 0",
    "SET idle_in_transaction_session_timeout = 0",
)


class CannotDo(Exception):
    """One or more sentences for the person at the terminal: what is wrong, and what to do."""


def run(program: str, *arguments: str, database: str = "") -> None:
    """Run one of PostgreSQL's programs on the desk's database, or on another one of the same server."""
    command = [find(program), "--no-password", *arguments]
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program, and no shell
        command,
        env=environment(database),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise CannotDo(f"{program} failed with {done.returncode}:\n{done.stderr.strip()[-2000:]}")


def find(program: str) -> str:
    """Return the path of one of PostgreSQL's programs. Raise CannotDo."""
    found = shutil.which(program, path=str(settings.PG_BIN) if settings.PG_BIN else None)
    if found:
        return str(Path(found))
    where = f"the folder {settings.PG_BIN} (PG_BIN)" if settings.PG_BIN else "PATH"
    raise CannotDo(
        f"{program} is not in {where}. Install PostgreSQL's client programs (on Debian: apt-get install "
        "postgresql-client), of the server's version, or set PG_BIN to their folder."
    )


def environment(database: str = "") -> dict[str, str]:
    """Return the environment in which PostgreSQL's programs find the database, and nothing else of ours."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    kept |= {name: value for name, value in os.environ.items() if name.startswith("PG")}
    found = parameters() | ({"dbname": database} if database else {})
    return kept | {VARIABLES[name]: str(value) for name, value in found.items() if value not in (None, "")}


def parameters() -> dict[str, Any]:
    """Return how the desk's database is reached, without the desk's limits for each statement."""
    found = connection.get_connection_params()
    return {name: value for name, value in found.items() if name in VARIABLES}


def patient() -> None:
    """Let the statements of this process take as long as they need."""
    with connection.cursor() as cursor:
        for statement in PATIENT:
            cursor.execute(statement)


def counts(cursor: Any) -> dict[str, int]:
    """Return how many rows each table has."""
    cursor.execute(TABLES, [MARK])
    tables = [name for (name,) in cursor.fetchall()]
    found = {}
    for name in tables:
        cursor.execute(f'SELECT count(*) FROM public."{name}"')  # noqa: S608 - a name from the catalog
        found[name] = cursor.fetchone()[0]
    return found


def is_empty(cursor: Any) -> bool:
    """Return True if the database has no tables, apart from the mark of a restore."""
    cursor.execute(TABLES, [MARK])
    return cursor.fetchone() is None


def restore(dump: Path, database: str = "") -> None:
    """Put a dump into an empty database: all of it, or nothing."""
    whole = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-comments"]
    name = database or str(parameters()["dbname"])
    run("pg_restore", *whole, f"--dbname={name}", str(dump), database=database)


@contextmanager
def scratch() -> Iterator[tuple[str, psycopg.Connection[Any]]]:
    """Yield the name of a new database on the same server, and a connection to it; drop it afterwards."""
    name = f"desk_verify_{uuid4().hex[:12]}"
    with psycopg.connect(**parameters(), autocommit=True) as server:
        try:
            server.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        except psycopg.errors.InsufficientPrivilege:
            raise CannotDo(
                "The desk's database user may not create the database into which the backup is restored for the "
                "check. Allow it (ALTER ROLE ... CREATEDB), or set DATABASE_URL to a server where it may."
            ) from None
        try:
            with psycopg.connect(**parameters() | {"dbname": name}, autocommit=True) as inside:
                yield name, inside
        finally:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
