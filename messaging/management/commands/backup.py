"""`manage.py backup`: everything the desk holds, in one folder; `--verify` checks such a folder."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.backups import checking, making
from messaging.backups.manifest import Manifest
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

    def handle(self, *args: Any, folder: Path, verify: bool, **options: Any) -> None:
        try:
            if verify:
                told, opened = checking.verify(folder.absolute())
                self.stdout.write(f"This backup can be restored: {_holds(told)}.")
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


def _holds(told: Manifest) -> str:
    rows = sum(told["tables"].values())
    return f"{rows} rows in {len(told['tables'])} tables and {len(told['documents'])} files, as of {told['taken_at']}"
