"""Backups in one folder, each named after its time: what a timer makes, checks and deletes."""

import re
import shutil
from datetime import UTC
from pathlib import Path

from messaging.mirror import clock

from . import manifest
from .postgres import CannotDo

NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")


def next_in(folder: Path) -> Path:
    """Return where the backup of this moment goes, by PostgreSQL's clock. Make the folder around it. Raise CannotDo."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotDo(f"{folder} can't be made: {error.strerror}.") from None
    return folder / clock.ask().astimezone(UTC).strftime("%Y-%m-%dT%H%M%SZ")


def newest(folder: Path) -> Path:
    """Return the newest backup. Raise CannotDo if there is none."""
    found = _complete(folder)
    if not found:
        raise CannotDo(f"There is no backup in {folder}.")
    return found[-1]


def thin(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest; return those. What isn't one of these backups stays. Raise CannotDo."""
    gone = _complete(folder)[:-keep]
    for each in gone:
        try:
            # Without its manifest, what is left of it is no backup.
            (each / manifest.NAME).unlink()
            shutil.rmtree(each)
        except OSError as error:
            raise CannotDo(f"{each} can't be deleted: {error.strerror}.") from None
    return gone


def _complete(folder: Path) -> list[Path]:
    return sorted(
        each for each in folder.glob("*Z") if NAME.fullmatch(each.name) and (each / manifest.NAME).is_file()
    )
