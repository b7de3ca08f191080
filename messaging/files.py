"""Sealed bytes on disk, under random names, outside everything a web server serves.

A model whose rows keep files declares it with `@files.owner`, since a file that no row names is an orphan and gets
deleted. A file is complete or absent: it is written under another name, synced to disk, then renamed. Only we can
read it.
"""

import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from messaging.mirror import sealing

logger = logging.getLogger(__name__)

PART = ".part"
# An upload whose row is still to come, or a write in progress, is never older than this.
ORPHAN_SECONDS = 24 * 3600.0


class NotKept(Exception):
    """An upload was not kept, neither as a file nor as a row. The text tells people why and what to do."""


class CannotStore(NotKept):
    """The disk is full or not writable; the same upload may be tried again."""


class Missing(Exception):
    """The document's file isn't there."""


class Altered(Exception):
    """The file isn't what was uploaded."""


# Why a file can't be used as the one that was uploaded.
UNUSABLE = (Missing, Altered, sealing.Unreadable)


Owner = TypeVar("Owner", bound=type[models.Model])

_owners: list[type[models.Model]] = []
_keepers: list[Callable[[], Iterable[UUID]]] = []


def owner(model: Owner) -> Owner:
    """Declare that rows of `model` keep files, each under its `file_id`."""
    _owners.append(model)
    return model


def keeper(known: Callable[[], Iterable[UUID]]) -> Callable[[], Iterable[UUID]]:
    """Make the sweep spare what `known` returns: files that have no row of their own."""
    _keepers.append(known)
    return known


def owners() -> list[type[models.Model]]:
    return list(_owners)


def owned() -> set[UUID]:
    """Return the id of every file that a row names."""
    rows = (model._base_manager.exclude(file_id=None) for model in _owners)
    named = {id for found in rows for id in found.values_list("file_id", flat=True)}
    return named.union(*(known() for known in _keepers))


def sweep_orphans() -> int:
    """Remove files that no row names, left by a process that died between file and row; return how many.

    Only files a day old are checked, so rows that are added while this runs don't matter.
    """
    return sweep(owned().__contains__)


def write(file_id: UUID, sealed: bytes) -> None:
    """Write a file whole, or replace it whole. If it raises CannotStore, it leaves nothing behind."""
    part = _root() / f"{file_id}.{uuid4().hex}{PART}"
    try:
        _root().mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        part.replace(_place(file_id))
        _sync_folder()
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        logger.error("a document could not be written (errno %s)", error.errno)
        raise CannotStore(
            _("The file could not be saved: our disk is full or can't be written to. Tell an administrator.")
        ) from error


def read(file_id: UUID) -> bytes:
    """Return the sealed bytes. Raises Missing."""
    try:
        return _place(file_id).read_bytes()
    except OSError as error:
        raise Missing(f"errno {error.errno}") from error


def content(file_id: UUID, sha256: str) -> bytes:
    """Return exactly what was uploaded. Raises one of UNUSABLE."""
    found = sealing.unseal(read(file_id))
    if hashlib.sha256(found).hexdigest() != sha256:
        raise Altered("different hash")
    return found


def remove(file_id: UUID) -> None:
    with suppress(FileNotFoundError):
        _place(file_id).unlink()


def stored() -> Iterator[UUID]:
    """Yield the id of every file there is."""
    for path in _files():
        with suppress(ValueError):
            yield UUID(path.name)


def sweep(is_known: Callable[[UUID], bool]) -> int:
    """Remove what was started a day ago and never finished, or has no row; return how many files."""
    removed = 0
    before = time.time() - ORPHAN_SECONDS  # noqa: TID251 - files have this machine's times
    for path in _files():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before and not _is_kept(path, is_known):
                path.unlink()
                removed += 1
    return removed


def _is_kept(path: Path, is_known: Callable[[UUID], bool]) -> bool:
    """Return True if a file stays: it has a row, or it isn't one of ours."""
    if path.name.endswith(PART):
        return False
    try:
        return is_known(UUID(path.name))
    except ValueError:
        return True


def _files() -> list[Path]:
    return sorted(_root().iterdir()) if _root().is_dir() else []


def _root() -> Path:
    return Path(settings.DOCUMENTS_ROOT)


def _place(file_id: UUID) -> Path:
    return _root() / str(file_id)


def _sync_folder() -> None:
    """Sync the new name to disk too."""
    handle = os.open(_root(), os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
