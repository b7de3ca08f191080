"""Django's `migrate`, which never lets people and webhooks wait for it, however long it waits itself."""

import time
from typing import Any

from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

from messaging.mirror.building import timeouts

# While it waits for a table, everybody else waits behind it.
WAIT = "900ms"
TRIES = 40
PAUSE = 3.0


class Command(migrate.Command):
    """Migrate. A table that is in use is left alone after a second and asked for again a little later."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        for left in reversed(range(TRIES)):
            try:
                with timeouts(connection, lock=WAIT, statement="0"):
                    super().handle(*args, **options)
                return
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable) or not left:
                    raise
                self.stdout.write("\n  A table is in use. Trying again in a few seconds; nothing is lost.")
                time.sleep(PAUSE)
