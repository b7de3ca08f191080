"""Kills, freezes and restarts what the desk runs on, without any help from ./run.

Everything here runs in the main thread, because a process dies with the thread that started it (config/local/leash.py).
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import redis

from config.local.servers import PostgreSQL, Valkey, children
from tests.faults.cluster import start
from tests.faults.hosts import Hosts
from tests.faults.plan import Step
from tests.stack import Process, patience

Thing = TypeVar("Thing")


READY_SECONDS = 120


class NotReady(Exception):
    """A process does not start. The message says which."""


class Tormentor:
    """Does the steps of the plan to the processes, and restarts what is gone."""

    def __init__(self, stack: Hosts, postgres: PostgreSQL, valkey: Valkey) -> None:
        self.stack, self.postgres, self.valkey = stack, postgres, valkey
        self.done: Counter[str] = Counter()
        self.frozen: list[tuple[float, int]] = []
        self.started: set[int] = set()
        self.torments: dict[str, Callable[[Step], bool]] = {
            "worker child killed": lambda step: self.hit(self.child("worker", step), signal.SIGKILL),
            "web child killed": lambda step: self.hit(self.child("web", step), signal.SIGKILL),
            "database connection ended": lambda step: self.hit(self.backend(step), signal.SIGTERM),
            "database backend killed": lambda step: self.hit(self.backend(step), signal.SIGKILL),
            "worker child frozen": lambda step: self.freeze(self.child("worker", step), step),
            "web child frozen": lambda step: self.freeze(self.child("web", step), step),
            "worker killed": lambda step: self.kill("worker", step),
            "web killed": lambda step: self.kill("web", step),
            "beat killed": lambda step: self.kill("beat", step),
            "PostgreSQL killed": lambda step: self.replace(postgres),
            "Valkey killed": lambda step: self.replace(valkey),
            "Valkey wiped": lambda step: bool(redis.from_url(valkey.url()).flushall()),
            "whole host killed": self.kill_host,
        }

    def does(self, step: Step) -> bool:
        return step.what in self.torments

    def torment(self, step: Step) -> None:
        """Do it. It counts only if its victim is alive."""
        if self.torments[step.what](step):
            self.done[step.what] += 1

    def look_after(self) -> None:
        """Restart what is gone, and let what was frozen long enough continue."""
        now = time.monotonic()
        for until, pid in self.frozen:
            if until <= now:
                self.hit(pid, signal.SIGCONT)
        self.frozen = [(until, pid) for until, pid in self.frozen if until > now]
        back = [process for host in self.stack.hosts if host.back_at <= now for process in host.processes]
        for process in [*self.stack.others, *back]:
            if not process.alive():
                process.start()
                self.started.add(process.popen.pid)

    def stop(self) -> None:
        """Let everything continue, and wait until all of it works; raise NotReady if it doesn't."""
        self.frozen = [(0.0, pid) for _, pid in self.frozen]
        for host in self.stack.hosts:
            host.back_at = 0.0
        started = time.monotonic()
        while waits := self.waits_for():
            if time.monotonic() - started > patience(READY_SECONDS):
                raise NotReady(f"{waits} not ready:\n{self.stack.logs()[-4000:]}")
            time.sleep(0.2)

    def waits_for(self) -> list[str]:
        """Restart what is gone, and return what does not work yet."""
        self.look_after()
        waits = [process.name for process in self.stack.processes if not self.stack.is_ready(process)]
        return waits or ([] if self.stack.web_answers() else ["the pages"])

    def child(self, role: str, step: Step) -> int | None:
        living = [process for process in self.stack.of(role) if process.alive()]
        return pick([pid for process in living for pid in children(process.popen.pid)], step)

    def backend(self, step: Step) -> int | None:
        """Return a PostgreSQL server process that works for the desk."""
        return pick([pid for pid in children(self.postgres.pid) if is_backend(pid)], step)

    def hit(self, pid: int | None, number: int) -> bool:
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False

    def freeze(self, pid: int | None, step: Step) -> bool:
        self.frozen += [(time.monotonic() + step.seconds, pid)] if pid else []
        return self.hit(pid, signal.SIGSTOP)

    def kill(self, role: str, step: Step) -> bool:
        process: Process | None = pick([one for one in self.stack.of(role) if one.alive()], step)
        if process:
            process.kill()
        return process is not None

    def kill_host(self, step: Step) -> bool:
        """Kill everything on a host at one moment, and keep it away for a while. One host always remains."""
        here = [host for host in self.stack.hosts if host.alive()]
        if len(here) < 2:
            return False
        host = here[int(step.which * len(here))]
        for process in host.processes:
            process.send(signal.SIGKILL)
        for process in host.processes:
            process.kill()
        host.back_at = time.monotonic() + step.seconds
        return True

    def replace(self, server: PostgreSQL | Valkey) -> bool:
        """Kill a server with all its children. PostgreSQL recovers from the crash; Valkey loses everything."""
        server.kill()
        start(server)
        return True


def pick(found: Sequence[Thing], step: Step) -> Thing | None:
    return found[int(step.which * len(found))] if found else None


def is_backend(pid: int) -> bool:
    with suppress(OSError):
        return b"127.0.0.1(" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
