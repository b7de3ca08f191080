"""Delete document files that no row refers to."""

from typing import Any

from django.core.management.base import BaseCommand

from messaging import files


class Command(BaseCommand):
    help = "Delete files without a row that are older than a day, left by processes that died. A worker does so daily."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Files removed: {files.sweep_orphans()}")
