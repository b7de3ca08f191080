"""`manage.py verify_evidence FILE`: say whether an evidence file is what this desk made."""

from argparse import ArgumentParser
from datetime import UTC
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging.evidence import archive, life


class Command(BaseCommand):
    help = "Say whether an evidence file (zip) is exactly what this desk made, and when it was made."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="The zip, as it was downloaded or received.")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        try:
            content = Path(file).read_bytes()
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}.") from error
        try:
            manifest = archive.check(content)
        except archive.NotOurs as wrong:
            raise CommandError(f"Not as this desk made it. {wrong}") from wrong
        row = life.made_here(manifest)
        if row is None:
            raise CommandError("Its files fit its manifest, but this desk made no file with this manifest.")
        made = row.ended_at.astimezone(UTC) if row.ended_at else None
        self.stdout.write(
            f"Exactly what this desk made{f' on {made:%Y-%m-%d at %H:%M:%S} UTC' if made else ''}, "
            f"for {row.owner.get_username()}."
        )
