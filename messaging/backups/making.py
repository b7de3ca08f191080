"""Make a backup while people work: one snapshot of the database, then the files that its rows name."""

import json
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from messaging import files
from messaging.mirror import clock
from messaging.mirror.outbound import restored

from . import manifest, postgres
from .postgres import CannotDo


def make(folder: Path) -> manifest.Manifest:
    """Make a backup in a folder that doesn't exist yet: all of it, or nothing. Return its manifest. Raise CannotDo."""
    if os.path.lexists(folder):
        raise CannotDo(f"{folder} exists already. Name a folder that doesn't.")
    if restored.unfinished():
        raise CannotDo("A restore of this database is not finished. Run `manage.py restore` again first.")
    unfinished = folder.with_name(f".{folder.name}.unfinished-{os.getpid()}")
    try:
        unfinished.mkdir(mode=0o700)
    except OSError as error:
        raise CannotDo(f"{folder} can't be made: {error.strerror}.") from None
    try:
        told = _fill(unfinished)
        _write(unfinished / manifest.NAME, json.dumps(told, indent=1, sort_keys=True).encode())
        _sync(unfinished / manifest.DOCUMENTS)
        _sync(unfinished)
        unfinished.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        raise CannotDo(f"The backup can't be written: {error.strerror}.") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return told


def _fill(folder: Path) -> manifest.Manifest:
    postgres.patient()
    # Before the snapshot: whatever is sent and not in it was sent after this.
    taken_at = clock.ask()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        dump = folder / manifest.DUMP
        postgres.run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={dump}")
        dump.chmod(0o600)
        tables = postgres.counts(cursor)
        named = files.owned()
        told = _about(cursor, taken_at)
    documents = _copy(folder / manifest.DOCUMENTS)
    copied = {each["name"] for each in documents}
    with dump.open("rb") as file:
        os.fsync(file.fileno())
    return told | {
        "tables": tables,
        "dump": manifest.about(dump),
        "documents": documents,
        # Deleted while the backup was made, or lost before.
        "documents_gone": sorted(str(id) for id in named if str(id) not in copied),
    }


def _about(cursor: Any, taken_at: datetime) -> manifest.Manifest:
    cursor.execute("SHOW server_version")
    return {
        "format": manifest.FORMAT,
        "version": settings.VERSION,
        "taken_at": taken_at.isoformat(),
        "postgresql": cursor.fetchone()[0],
        "migrations": sorted(".".join(each) for each in MigrationRecorder(connection).applied_migrations()),
        "keys": manifest.keys_needed(),
    }


def _copy(target: Path) -> list[dict[str, Any]]:
    """Copy the sealed files as they are. A file that disappears meanwhile isn't copied."""
    target.mkdir(mode=0o700)
    found = []
    for id in sorted(files.stored()):
        try:
            _write(target / str(id), files.read(id))
        except files.Missing:
            continue
        found.append(manifest.about(target / str(id)))
    return found


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
