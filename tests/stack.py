"""The product as real processes: gunicorn, worker and beat on a database of their own, to be killed and frozen.

A test requests the fixture `stack`. Together with `private_postgres` or `private_valkey` the processes use those
servers, which the test may also stop, kill and freeze. Nothing here outlives pytest: see config/local/leash.py.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from config.local import private
from config.local.places import ROOT, CannotStart
from config.local.servers import PostgreSQL, Valkey, children, free_port, leashed
from tests.conftest import RUN, WORKER, on_database
from tests.sandbox.control import Sandbox
from tests.visitor import Visitor

TEMPLATE = f"template_desk_{RUN}"
STATIC = Path(tempfile.gettempdir()) / f"telnyx-desk-static-{RUN}"
Answer = TypeVar("Answer")


def patience(seconds: float) -> float:
    """Return what so many seconds of a quiet machine are now: more, by as many times as its cores are overcommitted."""
    return seconds * max(1.0, os.getloadavg()[0] / len(os.sched_getaffinity(0)))


def wait_until(predicate: Callable[[], Answer], seconds: float, what: str) -> Answer:
    """Ask again and again until the answer is true, and return it; fail with `what` after so many quiet seconds."""
    started = time.monotonic()
    while not (answer := predicate()):
        if time.monotonic() - started > patience(seconds):
            pytest.fail(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)
    return answer


def run_sql(url: str, query: str, *parameters: object) -> list[tuple]:
    """Run one statement on a fresh connection, outside any transaction."""
    with psycopg.connect(url.replace("postgres://", "postgresql://", 1), autocommit=True) as connection:
        cursor = connection.execute(query, parameters or None)
        return cursor.fetchall() if cursor.description else []


def named(url: str, database: str) -> str:
    """Return the URL of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def prepare(database_url: str) -> None:
    """Migrate a database, create the demo logins, and collect the static files of this run."""
    command = [sys.executable, "-m", "config.local.prepare", "--demo"]
    environment = os.environ | {"DATABASE_URL": database_url, "STATIC_ROOT": str(STATIC)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def runs(pid: int) -> bool:
    """Say whether a process is there and more than a zombie that nobody has collected yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Process:
    """One process of the product with its children. It can be started repeatedly, with the same log."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self.arguments = arguments
        self.environment = environment
        self.log = log
        self.popen: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> "Process":
        """Start it. The arguments are environment variables for this start only, e.g. FAILPOINT="name:kill9"."""
        assert not self.alive(), f"{self.name} is running already"
        with self.log.open("ab") as log:
            log.write(f"--- start {environment}\n".encode())
            self.popen = subprocess.Popen(
                leashed("-m", *self.arguments),
                cwd=ROOT,
                env=self.environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def alive(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def tree(self) -> list[int]:
        """Return the ids of the process and of everything it forked, parents first."""
        found = [self.popen.pid] if self.popen and self.alive() else []
        for pid in found:
            found += children(pid)
        return found

    def send(self, number: int) -> None:
        for pid in self.tree():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """Kill -9 the process and its children."""
        self.send(signal.SIGKILL)
        if self.popen:
            self.popen.wait(10)

    def stop(self, seconds: float = 45) -> float:
        """Ask it to stop, as a deploy does, and return how many seconds that took."""
        assert self.popen
        started = time.monotonic()
        self.popen.terminate()
        self.popen.wait(seconds)
        return time.monotonic() - started

    def freeze(self) -> None:
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    def log_text(self) -> str:
        """Return what it has logged since its last start."""
        if not self.log.exists():
            return ""
        return self.log.read_text(errors="replace").rpartition("--- start ")[2]


class Stack:
    """Web, worker, beat and a sandbox for one test. Only the sandbox runs from the start."""

    def __init__(
        self, directory: Path, database_url: str, redis_url: str, sandbox: Sandbox, port: int
    ) -> None:
        self.database_url = database_url
        self.redis_url = redis_url
        self.sandbox = sandbox
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.sessions: dict[str, str] = {}
        self.environment = os.environ | {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "STATIC_ROOT": str(STATIC),
            "PUBLIC_URL": self.url,
            "TELNYX_BASE_URL": sandbox.base_url,
            "TELNYX_API_KEY": sandbox.api_key,
            "TELNYX_PUBLIC_KEYS": ",".join(sandbox.public_keys),
            # Ten seconds become one.
            "SWEEP_SECONDS": "1",
            "TESTING": "1",
            "PYTHONUNBUFFERED": "1",
        }
        self.environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        gunicorn = [
            "gunicorn",
            "config.wsgi",
            "--preload",
            "--bind",
            f"127.0.0.1:{port}",
            "--worker-class",
            "gthread",
        ]
        celery = ["celery", "-A", "config"]
        quiet = ["--without-gossip", "--without-mingle"]

        def process(name: str, *arguments: str) -> Process:
            return Process(name, [*arguments], self.environment, directory / f"{name}.log")

        self.web = process("web", *gunicorn, "--workers", "2", "--threads", "4")
        self.worker = process("worker", *celery, "worker", "--concurrency", "2", "--loglevel", "INFO", *quiet)
        self.beat = process("beat", *celery, "beat", "--loglevel", "INFO")
        self.processes = [self.web, self.worker, self.beat]

    def start(self, *names: str, **environment: str) -> "Stack":
        """Start the named processes (without a name, all three) and wait until each does its work."""
        wanted = [process for process in self.processes if not names or process.name in names]
        for process in wanted:
            process.start(**environment)
        for process in wanted:
            self.wait_ready(process)
        return self

    def wait_ready(self, process: Process) -> None:
        """Wait until a started process listens, consumes or ticks."""
        ready = {"web": self.web_answers, "worker": self.worker_is_ready, "beat": self.beat_ticks}[
            process.name
        ]
        started = time.monotonic()
        while not ready():
            if not process.alive() or time.monotonic() - started > patience(40):
                pytest.fail(f"{process.name} does not start:\n{process.log_text()[-4000:]}")
            time.sleep(0.05)

    def web_answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code < 500
        return False

    def worker_is_ready(self) -> bool:
        return " ready." in self.worker.log_text()

    def beat_ticks(self) -> bool:
        return "beat: Starting" in self.beat.log_text()

    def login(self, username: str) -> Visitor:
        """Return a visitor who is logged in as one of the demo users."""
        return Visitor(self.url).login(username)

    def session(self, username: str) -> str:
        """Return the session of a demo user who logs in once and stays logged in."""
        if username not in self.sessions:
            with closing(self.login(username)) as visitor:
                self.sessions[username] = visitor.cookies["sessionid"]
        return self.sessions[username]

    def visitor(self) -> Visitor:
        return Visitor(self.url)

    def sql(self, query: str, *parameters: object) -> list[tuple]:
        """Run one statement on the processes' database; return rows as tuples."""
        return run_sql(self.database_url, query, *parameters)

    def logs(self) -> str:
        """Return everything the processes logged."""
        files = [process.log for process in self.processes if process.log.exists()]
        return "\n".join(f"=== {log.stem}\n{log.read_text(errors='replace')}" for log in files)

    def kill(self) -> None:
        for process in self.processes:
            process.kill()


@pytest.fixture
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    """The product on its own database, with none of its processes started yet, and a running sandbox."""
    with open_stack(request, tmp_path) as opened:
        yield opened


@contextmanager
def open_stack(request: pytest.FixtureRequest, directory: Path) -> Iterator[Stack]:
    redis_url = on_database(os.environ["REDIS_URL"], 2 * int(WORKER.removeprefix("gw")) + 1)
    if "private_valkey" in request.fixturenames:
        redis_url = request.getfixturevalue("private_valkey").url()
    port = free_port()
    with (
        database(request) as database_url,
        Sandbox(webhooks=f"http://127.0.0.1:{port}/webhooks/telnyx/") as sandbox,
    ):
        opened = Stack(directory, database_url, redis_url, sandbox, port)
        try:
            yield opened
        finally:
            opened.kill()
            print(opened.logs()[-12000:])  # pytest shows it if the test failed


@contextmanager
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the URL of a fresh, migrated database with the demo logins."""
    if "private_postgres" in request.fixturenames:
        yield request.getfixturevalue("private_postgres").url()
        return
    server = os.environ["DATABASE_URL"]
    name = f"stack_desk_{RUN}_{secrets.token_hex(4)}"
    copy_template(server, name)
    try:
        yield named(server, name)
    finally:
        drop_database(server, name)


def copy_template(server: str, name: str) -> None:
    """Make a migrated database with the demo logins."""
    make_template(server)
    run_sql(named(server, "postgres"), f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')


def drop_database(server: str, name: str) -> None:
    run_sql(named(server, "postgres"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def make_template(server: str) -> None:
    """Make the database that every database of this run is copied from, unless another worker has."""
    admin = named(server, "postgres").replace("postgres://", "postgresql://", 1)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [TEMPLATE])
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            return
        connection.execute(f'CREATE DATABASE "{TEMPLATE}"')
        try:
            prepare(named(server, TEMPLATE))
        except BaseException:
            connection.execute(f'DROP DATABASE "{TEMPLATE}" WITH (FORCE)')
            raise


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Clean up what the workers of this run shared."""
    if hasattr(session.config, "workerinput"):
        return
    with suppress(psycopg.OperationalError):
        drop_database(os.environ["DATABASE_URL"], TEMPLATE)
    shutil.rmtree(STATIC, ignore_errors=True)


@pytest.fixture(scope="session")
def prepared_cluster() -> Iterator[PostgreSQL]:
    """A stopped PostgreSQL with a migrated database, to be copied."""
    with private.throw_away_postgresql() as server:
        prepare(server.url())
        server.stop()
        yield server


@pytest.fixture
def private_postgres(request: pytest.FixtureRequest) -> Iterator[PostgreSQL]:
    """A PostgreSQL for this test alone, which it may stop, kill, freeze and restart."""
    with or_skip(), private.scratch("postgresql") as directory:
        source: PostgreSQL = request.getfixturevalue("prepared_cluster")
        server = PostgreSQL(directory, directory / "log", durable=False)
        shutil.copyfile(source.directory / "password", directory / "password")
        server.tool("cp", "-R", str(source.data), str(server.data))
        server.start()
        try:
            yield server
        finally:
            server.drop()


@pytest.fixture
def private_valkey() -> Iterator[Valkey]:
    """A Valkey for this test alone, which it may stop, kill, freeze and flush."""
    with or_skip(), private.throw_away_valkey() as server:
        yield server


@contextmanager
def or_skip() -> Iterator[None]:
    """Skip if no server is available, which CI does not accept."""
    try:
        yield
    except CannotStart as reason:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(reason))
