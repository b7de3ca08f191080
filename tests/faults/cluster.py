"""Where PostgreSQL keeps the databases of a run: in a folder for this time only, or in one that is kept."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.local import places, private
from config.local.servers import PostgreSQL, Server

# After a crash PostgreSQL reads all of its folder again, which takes minutes on a disk that others keep busy.
RECOVERY_SECONDS = 1800


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
