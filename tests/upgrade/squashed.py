"""`migrate`, also as it was before there were squashed migrations: `python -m tests.upgrade.squashed old`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import django
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from tests.sandbox.control import REPO


@contextmanager
def none_squashed() -> Iterator[None]:
    """Let Django find only the migrations that the squashed ones replace."""
    load = MigrationLoader.load_disk

    def load_old(loader: MigrationLoader) -> None:
        load(loader)
        found = loader.disk_migrations
        loader.disk_migrations = {
            key: migration for key, migration in found.items() if not migration.replaces
        }

    with patch.object(MigrationLoader, "load_disk", load_old):
        yield


def migrated(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this module as a process."""
    command = [sys.executable, "-m", "tests.upgrade.squashed", *arguments]
    return subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)


def main(arguments: list[str]) -> None:
    """Migrate the database of DATABASE_URL and print what runs; after `old`, to a migration that may be named."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if arguments:
        with none_squashed():
            call_command("migrate", *arguments[1:], interactive=False)
    else:
        call_command("migrate", interactive=False)


if __name__ == "__main__":
    main(sys.argv[1:])
