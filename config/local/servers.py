"""A private PostgreSQL and a private Valkey: on loopback, each with a password, gone when their starter is."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from . import places
from .places import CannotStart

LEASH = Path(__file__).with_name("leash.py")
START_SECONDS = 30.0
STOP_SECONDS = 10.0
RELAUNCH_SECONDS = 0.2
USER = "desk"
# What the sandbox invented must never be sent to Telnyx, so a start with a real key has its own database.
DATABASES = ("desk", "desk_live")

# Errors that pass by themselves: a killed server takes a moment to go, or part of the new one was killed.
PASSING = (
    "postmaster.pid",
    "pre-existing shared memory",
    "Address already in use",
    "was terminated by signal 9",
)
# What initdb, or the shell inside it, says about a program that was killed.
WAS_KILLED = ("failed with -9:", "exit code 137", "terminated by signal 9")
# Exit codes of something that was ended from outside.
KILLED = tuple(
    -number for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGQUIT, signal.SIGINT, signal.SIGHUP)
)


def say(text: str) -> None:
    """Print a line; carry on silently if the terminal is gone."""
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


def free_port() -> int:
    """Return a TCP port of loopback that is free right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def obstacle(port: int) -> str:
    """Return why we can't listen on this port of loopback, or ""."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return (error.strerror or "taken").lower()
    return ""


def leashed(*command: str) -> list[str]:
    """Return the command line that runs `command` (after leash.py's own options) until we die."""
    return [sys.executable, str(LEASH), str(os.getpid()), *command]


def children(pid: int) -> list[int]:
    """Return the ids of the direct children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it may already be gone
            # The name is in parentheses and may contain anything; state and parent follow the last parenthesis.
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(stat.parent.name))
    return found


class Server:
    """One server process: start, stop, kill, freeze, thaw. The subclasses say how.

    Start it from a thread that lives as long as the server should: the leash is tied to the starting thread.
    """

    name = ""
    gentle = signal.SIGTERM

    def __init__(self, directory: Path, log: Path) -> None:
        self.directory = directory
        self.log = log
        self.port = 0
        self.was_up = False  # from then on the port stays: others use it
        self.process: subprocess.Popen[bytes] | None = None
        self.is_starting = False
        self.end_is_known = False
        self.launched_at = 0.0
        self.deadline = 0.0

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def stdin(self) -> IO[bytes] | None:
        return None

    def start(self) -> None:
        """Start and wait until it answers. Raises CannotStart with the last lines of the log."""
        self.launch()
        while self.look_after():
            time.sleep(0.01)

    def look_after(self) -> bool:
        """Start it again if it ended, and return True if it is still starting.

        Raises CannotStart, with the last lines of the log, if it keeps failing by itself or takes too long.
        """
        if not self.process:
            return False
        code = self.process.poll()
        if code is None and not self.is_starting:
            return False
        now = time.monotonic()
        if code is None and self.answers():
            self.is_starting, self.was_up = False, True
            return False
        if code is not None and not self.end_is_known:
            self.end_is_known = True
            if self.was_up:
                say(f"{self.name} ended with code {code}; it starts again.")
            if code in KILLED or not self.is_starting:
                self.is_starting, self.deadline = True, now + START_SECONDS
        passes = code is None or code in KILLED or any(word in self.last_words() for word in PASSING)
        if now > self.deadline or not (passes or self.was_up):
            raise CannotStart(f"{self.name} does not start. The end of {self.log}:\n{self.last_words()}")
        if code is not None and now > self.launched_at + RELAUNCH_SECONDS:
            self.launch()
        return True

    def launch(self) -> None:
        """Start it without waiting."""
        if not self.was_up:
            self.port = free_port()
        self.launched_at = time.monotonic()
        self.end_is_known = False
        if not self.is_starting:
            self.is_starting, self.deadline = True, self.launched_at + START_SECONDS
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.directory,
                stdin=self.stdin() or subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                umask=0o077,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops the servers last
            )

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])

    def stop(self, number: int | None = None) -> None:
        """Stop it with its gentle signal or the given one, and wait; kill it if it doesn't end."""
        if not self.process:
            return
        self.thaw()
        self.process.send_signal(number or self.gentle)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process, self.is_starting = None, False

    def kill(self) -> None:
        """Kill it (-9) with all its children, and wait until it is gone."""
        if not self.process:
            return
        for pid in [self.process.pid, *children(self.process.pid)]:
            self.send(pid, signal.SIGKILL)
        self.process.wait()
        self.process, self.is_starting = None, False

    def restart(self) -> None:
        """Stop it and start it again, on the same port."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Pause the server and its children: connections stay open, nothing answers."""
        if self.process:
            for pid in [self.process.pid, *children(self.process.pid)]:
                self.send(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        if self.process:
            for pid in [self.process.pid, *children(self.process.pid)]:
                self.send(pid, signal.SIGCONT)

    def send(self, pid: int, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    def password(self) -> str:
        """Return this server's password, made once and kept next to its files."""
        path = self.directory / "password"
        if not path.exists():
            write_secret(path, secrets.token_hex(16))
        return path.read_text()


class PostgreSQL(Server):
    """A cluster of its own. `durable=False` is for tests: no fsync, so it won't survive a crash of the machine."""

    name = "PostgreSQL"
    gentle = signal.SIGINT  # "fast": end the connections, write a checkpoint

    def __init__(self, directory: Path, log: Path, *, durable: bool = True) -> None:
        super().__init__(directory, log)
        self.durable = durable
        self.account = places.server_account()
        self.binaries = places.postgresql(self.account)
        self.data = directory / f"data-{self.binaries.major}"

    def start(self) -> None:
        while not (self.data / "PG_VERSION").exists():
            try:
                self.create_cluster()
            except CannotStart as reason:
                if not any(word in str(reason) for word in WAS_KILLED):
                    raise
        super().start()

    def launch(self) -> None:
        self.clear()
        super().launch()

    def clear(self) -> None:
        """End what a killed postmaster left behind, and remove its lock.

        Its processes hold shared memory that keeps a successor from starting, and its process id may belong to another
        process by now. All of them work in the data folder, which belongs to this checkout alone.
        """
        for place in Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                program = place.with_name("exe").readlink()
                if place.readlink() == self.data.resolve() and program.name == "postgres":
                    self.send(int(place.parent.name), signal.SIGKILL)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def create_cluster(self) -> None:
        self.account.own(self.directory)
        unfinished = self.directory / "unfinished"
        self.tool("rm", "-rf", str(unfinished))
        password = self.directory / "password"
        self.password()
        self.account.own(password)
        # Non-ASCII letters must fold the same everywhere; older versions only know the system's locales.
        locale = ["--locale=C.UTF-8"]
        if self.binaries.major >= 17:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        login = [f"--username={USER}", f"--pwfile={password}", "--auth=scram-sha-256"]
        sync = [] if self.durable else ["--no-sync"]
        initdb = str(self.binaries.bin / "initdb")
        self.tool(initdb, "-D", str(unfinished), "--encoding=UTF8", *login, *locale, *sync)
        # Done by the server itself, before anyone can connect: the cluster appears with its databases or not at all.
        statements = "".join(f"CREATE DATABASE {name};\n" for name in DATABASES)
        single = [str(self.binaries.bin / "postgres"), "--single", "-D", str(unfinished)]
        self.tool(*single, *([] if self.durable else ["-F"]), "postgres", statements=statements)
        unfinished.rename(self.data)

    def tool(self, *command: str, statements: str = "") -> None:
        """Run one of PostgreSQL's programs as the server's account. Raises CannotStart with what it printed."""
        done = subprocess.run(
            command,
            cwd=self.directory,
            check=False,
            capture_output=True,
            text=True,
            input=statements,
            **self.account.popen(),
        )
        if done.returncode:
            raise CannotStart(f"{command[0]} failed with {done.returncode}:\n{done.stdout}{done.stderr}")

    def command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",  # a path longer than 108 characters would keep it from starting
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": 150,
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = [f"--{name}={value}" for name, value in options.items()]
        # QUIT, not KILL: the postmaster takes its backends along and leaves no shared memory behind.
        leash = [*self.account.leash(), "--signal", "QUIT", "--"]
        return leashed(*leash, str(self.binaries.bin / "postgres"), "-D", str(self.data), *settings)

    def answers(self) -> bool:
        # The eighth line of the lock file is the server's status; pg_ctl reads it too (since PostgreSQL 10).
        with contextlib.suppress(OSError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return len(lines) > 7 and int(lines[0]) == self.pid and lines[7].strip() == "ready"
        return False

    def drop(self) -> None:
        """Stop at once, without a checkpoint. A kill would leave shared memory behind at every start."""
        self.stop(signal.SIGQUIT)

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def url(self, database: str = DATABASES[0]) -> str:
        """Return the URL of a database, for DATABASE_URL."""
        return f"postgres://{USER}:{self.password()}@127.0.0.1:{self.port}/{database}"


class Valkey(Server):
    """A broker that keeps nothing: it only holds doorbells, and the database remembers the work."""

    name = "Valkey"

    def stdin(self) -> IO[bytes]:
        # The configuration goes through a pipe: anyone could read a password among the arguments.
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password()}",
            'save ""',
            "appendonly no",
            "databases 64",
            "loglevel warning",
        ]
        file = tempfile.TemporaryFile()  # noqa: SIM115 - start() hands it to the server
        file.write("\n".join(lines).encode())
        file.seek(0)
        return file

    def command(self) -> list[str]:
        return leashed("--", str(places.valkey()), "-")

    def answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.5) as link:
            link.sendall(f"AUTH {self.password()}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                part = link.recv(100)
                if not part:
                    return False
                answer += part
            return answer == b"+OK\r\n+PONG\r\n"
        return False

    def url(self, number: int = 0) -> str:
        """Return the URL of a numbered database (0 to 63), for REDIS_URL."""
        return f"redis://:{self.password()}@127.0.0.1:{self.port}/{number}"


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    unfinished.rename(path)
