"""Check a backup: every file against its digest, the dump by restoring it, and that our keys open what is sealed."""

import hashlib
from pathlib import Path
from typing import Any

import psycopg

from messaging import files
from messaging.mirror import sealing

from . import manifest, postgres
from .postgres import CannotDo


def verify(folder: Path) -> tuple[manifest.Manifest, list[str]]:
    """Check a backup; return its manifest, and what was opened, in words. Raise CannotDo with all that is wrong."""
    told = whole(folder)
    if missing := manifest.missing_keys(told):
        raise CannotDo(needed(missing))
    with postgres.scratch() as (name, inside):
        postgres.restore(folder / manifest.DUMP, name)
        with inside.cursor() as cursor:
            compare(told, postgres.counts(cursor))
            return told, _open(folder, cursor)


def whole(folder: Path) -> manifest.Manifest:
    """Return the manifest of a backup whose files are as they were written. Raise CannotDo."""
    told = manifest.read(folder)
    if found := manifest.problems(folder, told):
        raise CannotDo("\n".join(["This backup is damaged:", *found]))
    return told


def needed(missing: list[str]) -> str:
    """Return what to do about keys that are missing here."""
    return (
        f"DOCUMENT_KEYS lacks a key that this backup needs, with the fingerprint {', '.join(missing)}. "
        "Without it, files and sealed requests can't be read. Add it behind the first key in .env."
    )


def compare(told: manifest.Manifest, found: dict[str, int]) -> None:
    """Raise CannotDo unless the restored tables have the rows that were counted."""
    wrong = [
        f"{table}: {told['tables'].get(table)} rows in the backup, {found.get(table)} restored"
        for table in sorted(told["tables"].keys() | found.keys())
        if told["tables"].get(table) != found.get(table)
    ]
    if wrong:
        raise CannotDo("\n".join(["What was restored is not what was counted:", *wrong]))


def _open(folder: Path, cursor: Any) -> list[str]:
    found = []
    if _file(folder, cursor):
        found.append("a file was opened")
    if _body(cursor):
        found.append("a sealed request was opened")
    return found


def _file(folder: Path, cursor: Any) -> bool:
    copied = {path.name for path in (folder / manifest.DOCUMENTS).iterdir()}
    for model in files.owners():
        table = model._meta.db_table
        try:
            cursor.execute(f'SELECT file_id, sha256 FROM "{table}" WHERE file_id IS NOT NULL')  # noqa: S608
        except psycopg.errors.UndefinedColumn:
            continue
        for id, sha256 in cursor:
            if str(id) in copied and sha256:
                content = _unsealed((folder / manifest.DOCUMENTS / str(id)).read_bytes(), f"The file {id}")
                if hashlib.sha256(content).hexdigest() != sha256:
                    raise CannotDo(f"The file {id} is not the one that was uploaded.")
                return True
    return False


def _body(cursor: Any) -> bool:
    cursor.execute("SELECT id, body FROM mirror_outboxentry WHERE is_sealed AND body <> '' LIMIT 1")
    for id, body in cursor:
        _unsealed(bytes(body), f"The request {id}")
        return True
    return False


def _unsealed(content: bytes, what: str) -> bytes:
    try:
        return sealing.unseal(content)
    except sealing.Unreadable:
        raise CannotDo(f"{what} can't be opened with any of DOCUMENT_KEYS.") from None
