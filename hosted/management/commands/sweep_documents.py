"""Remove files of documents that no row knows."""

from typing import Any

from django.core.management.base import BaseCommand

from messaging import files


class Command(BaseCommand):
    help = "Remove files without a row that are older than a day, left by processes that died. A worker does it daily."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Files removed: {files.sweep_orphans()}")
