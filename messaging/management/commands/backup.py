"""`manage.py backup`: everything the desk holds, in one folder; `--verify` checks such a folder."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.backups import checking, making, series
from messaging.backups.manifest import Manifest, files_in
from messaging.backups.postgres import CannotDo


class Command(BaseCommand):
    help = "Back up the database and the files into a new folder, while people work. Keep the keys elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--verify",
            action="store_true",
            help="check a backup instead: restore it into a database of its own, which is dropped afterwards",
        )
        parser.add_argument(
            "--dated",
            action="store_true",
            help="FOLDER holds backups: make one in it, named after the time; with --verify, check the newest",
        )
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="with --dated: once the new backup is complete, delete all but the newest N",
        )

    def handle(
        self, *args: Any, folder: Path, verify: bool, dated: bool, keep: int | None, **options: Any
    ) -> None:
        if keep is not None and (keep < 1 or verify or not dated):
            raise CommandError(
                "--keep needs --dated and a number of at least 1, and doesn't go with --verify."
            )
        try:
            if dated:
                folder = series.newest(folder) if verify else series.next_in(folder)
            if verify:
                told, opened = checking.verify(folder.absolute())
                self.stdout.write(f"{folder} can be restored: {_holds(told)}.")
                self.stdout.write(
                    f"With the keys here, {' and '.join(opened)}." if opened else "It holds nothing sealed."
                )
                return
            told = making.make(folder.absolute())
        except CannotDo as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(f"{folder}: {_holds(told)}.")
        if told["documents_gone"]:
            self.stdout.write(
                f"{len(told['documents_gone'])} files that rows name are not there; the manifest lists them."
            )
        self.stdout.write("It doesn't hold .env: keep DOCUMENT_KEYS in another place.")
        if keep:
            self._thin(folder.parent, keep)

    def _thin(self, folder: Path, keep: int) -> None:
        try:
            for gone in series.thin(folder, keep):
                self.stdout.write(f"{gone} is deleted (--keep {keep}).")
        except CannotDo as reason:
            raise CommandError(str(reason)) from None


def _holds(told: Manifest) -> str:
    rows = sum(told["tables"].values())
    return f"{rows} rows in {len(told['tables'])} tables and {files_in(told)}, as of {told['taken_at']}"
