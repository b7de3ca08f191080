"""Kills, freezes and restarts what the desk runs on, without any help from ./run.

Everything here runs in the main thread, because a process dies with the thread that started it (config/local/leash.py).
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

from config.local.servers import PostgreSQL, Valkey, children
from tests.stack import Process, Stack

# A freeze this long outlasts the two seconds after which a worker no longer sends what it took.
FREEZE_SECONDS = (0.3, 3.0)


class Tormentor:
    """Does one thing to one process each time it is asked, and restarts what is gone."""

    def __init__(self, stack: Stack, postgres: PostgreSQL, valkey: Valkey, random: Random) -> None:
        self.stack, self.postgres, self.valkey, self.random = stack, postgres, valkey, random
        self.done: Counter[str] = Counter()
        self.frozen: list[tuple[float, int]] = []
        self.started: set[int] = set()
        self.torments: dict[str, tuple[float, Callable[[], bool]]] = {
            "worker child killed": (4, lambda: self.hit(self.child_of(stack.worker), signal.SIGKILL)),
            "web child killed": (3, lambda: self.hit(self.child_of(stack.web), signal.SIGKILL)),
            "database connection ended": (2, lambda: self.hit(self.backend(), signal.SIGTERM)),
            "database backend killed": (1, lambda: self.hit(self.backend(), signal.SIGKILL)),
            "worker child frozen": (2, lambda: self.freeze(self.child_of(stack.worker))),
            "web child frozen": (1, lambda: self.freeze(self.child_of(stack.web))),
            "worker killed": (1, lambda: self.kill(stack.worker)),
            "web killed": (1, lambda: self.kill(stack.web)),
            "beat killed": (1, lambda: self.kill(stack.beat)),
            "PostgreSQL killed": (0.7, lambda: self.replace(postgres)),
            "Valkey killed": (1, lambda: self.replace(valkey)),
        }

    def torment(self) -> None:
        """Do one random thing. It counts only if its victim is alive."""
        names = list(self.torments)
        weights = [weight for weight, _ in self.torments.values()]
        name = self.random.choices(names, weights)[0]
        if self.torments[name][1]():
            self.done[name] += 1

    def look_after(self) -> None:
        """Restart what is gone, and let what was frozen long enough continue."""
        now = time.monotonic()
        for until, pid in self.frozen:
            if until <= now:
                self.hit(pid, signal.SIGCONT)
        self.frozen = [(until, pid) for until, pid in self.frozen if until > now]
        for process in self.stack.processes:
            if not process.alive():
                process.start()
                self.started.add(process.popen.pid)

    def stop(self) -> None:
        """Let everything continue, and wait until all of it works."""
        self.frozen = [(0.0, pid) for _, pid in self.frozen]
        self.look_after()
        for process in self.stack.processes:
            self.stack.wait_ready(process)

    def child_of(self, process: Process) -> int | None:
        found = children(process.popen.pid) if process.alive() else []
        return self.random.choice(found) if found else None

    def backend(self) -> int | None:
        """Return a PostgreSQL server process that works for the desk."""
        found = [pid for pid in children(self.postgres.pid) if is_backend(pid)]
        return self.random.choice(found) if found else None

    def hit(self, pid: int | None, number: int) -> bool:
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False

    def freeze(self, pid: int | None) -> bool:
        self.frozen += [(time.monotonic() + self.random.uniform(*FREEZE_SECONDS), pid)] if pid else []
        return self.hit(pid, signal.SIGSTOP)

    def kill(self, process: Process) -> bool:
        if not process.alive():
            return False
        process.kill()
        return True

    def replace(self, server: PostgreSQL | Valkey) -> bool:
        """Kill a server with all its children. PostgreSQL recovers from the crash; Valkey loses everything."""
        server.kill()
        server.start()
        return True


def is_backend(pid: int) -> bool:
    with suppress(OSError):
        return b"127.0.0.1(" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
