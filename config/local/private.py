"""Servers for one command: those DATABASE_URL and REDIS_URL name, and private ones for the rest."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import places
from .servers import DATABASES, PostgreSQL, Server, Valkey

LOGS = places.VAR / "log"


@dataclass
class Kept:
    """The servers ./run keeps data in: ours, started, and the URLs the product should use."""

    database_url: str
    redis_url: str
    servers: list[Server]
    home: Path | None = None  # of our own PostgreSQL

    def is_seeded(self) -> bool:
        """Return True if our PostgreSQL has had its demo data. Any other one is False, and filled only while empty."""
        return self.home is not None and (self.home / "seeded").exists()

    def are_starting(self) -> bool:
        """Restart those of our servers that died, and return True if one is still starting."""
        starting = [server.look_after() for server in self.servers]
        return any(starting)

    def mark_seeded(self) -> None:
        if self.home:
            (self.home / "seeded").touch()


@contextmanager
def kept(live: bool) -> Iterator[Kept]:
    """Run the servers whose data survives, except those that DATABASE_URL and REDIS_URL name."""
    folder(places.VAR / "documents")
    account = places.server_account()
    found = Kept(os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", ""), [])
    with ExitStack() as stack:
        if not found.database_url:
            database = PostgreSQL(places.folder("postgresql", account), fresh_log("postgresql"))
            found.servers.append(database)
            found.home = database.directory
            stack.callback(database.stop)
            database.start()
            found.database_url = database.url(DATABASES[live])
        if not found.redis_url:
            broker = Valkey(places.folder("valkey", places.OURSELVES), fresh_log("valkey"))
            found.servers.append(broker)
            stack.callback(broker.stop)
            broker.start()
            found.redis_url = broker.url()
        yield found


def folder(path: Path) -> None:
    """Make a folder only we can open, and close one that was open to others, with the files in it."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    for file in path.iterdir():
        if file.is_file() and not file.is_symlink():
            file.chmod(0o600)


def fresh_log(name: str) -> Path:
    """Return the path of an empty log; the one from the previous start stays next to it."""
    folder(LOGS)
    log = LOGS / f"{name}.log"
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    log.touch(0o600)
    return log


@contextmanager
def throw_away() -> Iterator[dict[str, str]]:
    """Run servers for the tests and yield the variables that name them; leave nothing behind."""
    environment = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    with ExitStack() as stack:
        if "DATABASE_URL" not in environment:
            environment["DATABASE_URL"] = stack.enter_context(throw_away_postgresql()).url()
        if "REDIS_URL" not in environment:
            environment["REDIS_URL"] = stack.enter_context(throw_away_valkey()).url()
        yield environment


@contextmanager
def throw_away_postgresql() -> Iterator[PostgreSQL]:
    """Run an empty PostgreSQL that doesn't wait for the disk."""
    with scratch("postgresql") as directory:
        server = PostgreSQL(directory, directory / "log", durable=False)
        try:
            server.start()
            yield server
        finally:
            server.drop()


@contextmanager
def throw_away_valkey() -> Iterator[Valkey]:
    """Run an empty Valkey."""
    with scratch("valkey") as directory:
        server = Valkey(directory, directory / "log")
        try:
            server.start()
            yield server
        finally:
            server.kill()


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """Yield a temporary folder that PostgreSQL's account can reach, wherever TMPDIR points."""
    directory = Path(tempfile.mkdtemp(prefix=f"telnyx-desk-{name}-"))
    account = places.server_account()
    account.own(directory)
    if not account.can("-x", directory):
        directory.rmdir()
        directory = Path(tempfile.mkdtemp(prefix=f"telnyx-desk-{name}-", dir="/var/tmp"))  # noqa: S108
        account.own(directory)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
