"""The servers of a run: Valkey, and PostgreSQL in a folder for this time only, or in one that is kept."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.local import places, private
from config.local.servers import PostgreSQL, Server, Valkey

# After a crash PostgreSQL reads all of its folder again, which takes minutes on a disk that others keep busy.
RECOVERY_SECONDS = 1800


@contextmanager
def servers(kept: Path | None) -> Iterator[tuple[PostgreSQL, Valkey]]:
    """Yield PostgreSQL and Valkey, named in the environment; from then on the settings of the tests can be imported."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is cleaned up
    with home(kept) as directory, private.throw_away_valkey() as valkey:
        # What it commits must survive a kill, so its durability stays fully on.
        postgres = PostgreSQL(directory, directory / "log")
        try:
            start(postgres)
            os.environ |= {"DATABASE_URL": postgres.url(), "REDIS_URL": valkey.url()}
            import tests.conftest  # noqa: F401, PLC0415 - the settings of the tests, once the servers are named
            from tests.stack import STATIC  # noqa: PLC0415

            try:
                yield postgres, valkey
            finally:
                shutil.rmtree(STATIC, ignore_errors=True)
        finally:
            postgres.stop() if kept else postgres.drop()


@contextmanager
def home(kept: Path | None) -> Iterator[Path]:
    """Yield the folder of PostgreSQL."""
    if kept is None:
        with private.scratch("postgresql") as directory:
            yield directory
        return
    kept.mkdir(parents=True, exist_ok=True)
    places.server_account().own(kept)
    yield kept.resolve()


def start(server: Server) -> None:
    """Start a server, however long it needs to recover."""
    if isinstance(server, PostgreSQL) and not (server.data / "PG_VERSION").exists():
        server.start()
        return
    server.launch()
    wait(server)


def wait(server: Server) -> None:
    """Wait until a server that was started answers."""
    server.deadline = time.monotonic() + RECOVERY_SECONDS
    while server.look_after():
        time.sleep(0.05)
