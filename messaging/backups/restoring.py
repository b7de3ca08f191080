"""Restore a backup into an empty desk, so that nothing of it is sent before it was checked at Telnyx.

A mark stands in the database before anything else and goes in the transaction that makes the requests safe. While it
is there, no process sends (messaging/mirror/outbound/restored.py). So a restore may be killed anywhere: the same
command continues it.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from messaging import files
from messaging.mirror.failpoints import failpoint
from messaging.mirror.outbound import restored

from . import checking, manifest, postgres
from .postgres import CannotDo

Say = Callable[[str], object]


def restore(folder: Path, say: Say) -> Counter[str]:
    """Restore a backup, or continue with it. Return how many open requests are in which state now. Raise CannotDo."""
    told = checking.whole(folder)
    if missing := manifest.missing_keys(told):
        raise CannotDo(checking.needed(missing))
    if manifest.ends_sessions(told):
        say("SECRET_KEY is another one than at the backup: everybody signs in again.")
    newer = _newer_than_we_know(told)
    if newer:
        raise CannotDo(
            f"This backup was made by version {told['version']}, which is newer than this one: it has the migration "
            f"{newer[0]}. Install that version, and restore with it."
        )
    postgres.patient()
    with connection.cursor() as cursor:
        _begin(cursor, told["dump"]["sha256"])
        say("Nothing is sent from here until the restore has finished.")
        for each in told["documents"]:
            files.write(UUID(each["name"]), (folder / manifest.DOCUMENTS / each["name"]).read_bytes())
        say(f"Restored: {manifest.files_in(told)}.")
        if postgres.is_empty(cursor):
            postgres.restore(folder / manifest.DUMP)
            _compare(told, cursor)
            say(f"Restored: {sum(told['tables'].values())} rows in {len(told['tables'])} tables.")
    failpoint("restored_not_safe")
    _migrate(say)
    with transaction.atomic():
        done = restored.make_safe(datetime.fromisoformat(told["taken_at"]))
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {restored.MARK}")
    return done


def _newer_than_we_know(told: manifest.Manifest) -> list[str]:
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    ours = {name.partition(".")[0] for name in known}
    return [each for each in told["migrations"] if each not in known and each.partition(".")[0] in ours]


def _begin(mark: Any, digest: str) -> None:
    """Mark the database as being restored; if it is marked, check that it is with this backup."""
    if restored.unfinished():
        mark.execute(f"SELECT digest FROM {restored.MARK}")  # noqa: S608 - our own name
        if mark.fetchone() != (digest,):
            raise CannotDo("A restore of another backup is not finished here. Use an empty database.")
        return
    if not postgres.is_empty(mark):
        raise CannotDo(
            "The database is not empty. A restore never replaces anything: make a new database, and set "
            "DATABASE_URL to it. (`migrate` must not run there before.)"
        )
    if any(files.stored()):
        raise CannotDo(
            "The folder DOCUMENTS_ROOT is not empty. Set it to an empty folder, or move its files away."
        )
    mark.execute(f"CREATE TABLE {restored.MARK} AS SELECT %s::text AS digest", [digest])


def _compare(told: manifest.Manifest, cursor: Any) -> None:
    try:
        checking.compare(told, postgres.counts(cursor))
    except CannotDo:
        # The mark stays, and nothing continues with these rows.
        cursor.execute(f"UPDATE {restored.MARK} SET digest = ''")  # noqa: S608 - our own name
        raise


def _migrate(say: Say) -> None:
    ContentType.objects.clear_cache()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("The backup is of an older version: its tables are brought up to date.")
        call_command("migrate", verbosity=0, interactive=False)
        ContentType.objects.clear_cache()
