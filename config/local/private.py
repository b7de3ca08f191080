"""Servers for one command: what DATABASE_URL and REDIS_URL name, and private ones for what they leave out."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import places
from .servers import PostgreSQL, Valkey


@contextmanager
def throw_away() -> Iterator[dict[str, str]]:
    """Run servers for the tests and yield the variables that name them; afterwards nothing is left."""
    environment = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    with ExitStack() as stack:
        if "DATABASE_URL" not in environment:
            environment["DATABASE_URL"] = stack.enter_context(throw_away_postgresql()).url()
        if "REDIS_URL" not in environment:
            environment["REDIS_URL"] = stack.enter_context(throw_away_valkey()).url()
        yield environment


@contextmanager
def throw_away_postgresql() -> Iterator[PostgreSQL]:
    """Run an empty PostgreSQL that promises nothing to the disk."""
    with scratch("postgresql") as directory:
        server = PostgreSQL(directory, directory / "log", durable=False)
        try:
            server.start()
            yield server
        finally:
            server.kill()


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
    """Yield a temporary folder which PostgreSQL's account can reach, wherever TMPDIR points."""
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
