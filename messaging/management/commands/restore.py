"""`manage.py restore`: a backup into an empty desk, of which nothing is sent before it was checked at Telnyx."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.backups import restoring
from messaging.backups.postgres import CannotDo
from messaging.mirror.models import OutboxEntry

State = OutboxEntry.State


class Command(BaseCommand):
    help = "Restore a backup into an empty database and an empty folder. If it was cut short, run it again."
    # There are no tables yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            done = restoring.restore(folder.absolute(), self.stdout.write)
        except CannotDo as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(
            f"Restored. Of the requests to Telnyx that were open, {done[State.UNSURE]} will be looked up there before "
            f"anything is sent, and {done[State.NEEDS_PERSON]} wait for a person under Outbox."
        )
