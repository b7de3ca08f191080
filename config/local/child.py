"""One supervised process: its output, with its name in front, and its restarts."""

import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import IO

from .places import ROOT
from .servers import KILLED, leashed, say

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 4.0
STEADY_SECONDS = 20.0
MOST_FAILURES = 4


class Child:
    """A Python module of the product that runs until it is stopped. Start it only from the main thread."""

    def __init__(
        self, name: str, arguments: list[str], environment: dict[str, str], log: Path, *, echo: bool
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.environment = environment
        self.log = log
        self.echo = echo
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.due_at: float | None = None
        self.failures = 0

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.due_at = None
        self.process = subprocess.Popen(
            leashed("-m", *self.arguments),
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            umask=0o077,
            start_new_session=True,  # Ctrl-C is for the supervisor, which stops everything in order
        )
        assert self.process.stdout
        threading.Thread(target=self.pump, args=[self.process.stdout], daemon=True).start()

    def pump(self, output: IO[bytes]) -> None:
        with self.log.open("ab") as log:
            for line in output:
                log.write(line)
                log.flush()
                if self.echo:
                    say(f"{self.name:8}| {line.decode(errors='replace').rstrip()}")

    def ended(self) -> int | None:
        """Return the exit code of a process that has ended, or None while it runs or if it never started."""
        return self.process.poll() if self.process else None

    def look_after(self, excused_until: float = 0.0) -> None:
        """Start it again: a second after it was killed, after longer pauses if it keeps exiting by itself.

        An exit doesn't count against a process that started before `excused_until`: a server it needs was away.
        """
        code = self.ended()
        if code is None:
            return
        now = time.monotonic()
        if self.due_at is None:
            if code in KILLED or self.started_at < excused_until:
                self.failures = 0
            else:
                self.failures = self.failures + 1 if now - self.started_at < STEADY_SECONDS else 1
            pause = min(FIRST_PAUSE * 2 ** max(self.failures - 1, 0), LONGEST_PAUSE)
            self.due_at = now + pause
            say(f"{self.name} ended with code {code}; it starts again in {pause:g} s.")
        elif now >= self.due_at:
            self.start()

    def keeps_failing(self) -> bool:
        """Return True if it keeps exiting by itself soon after each start."""
        return self.failures >= MOST_FAILURES

    def signal(self, number: int) -> None:
        if self.process:
            self.process.send_signal(number)

    def stop(self, seconds: float) -> None:
        """Wait for a process that was asked to end; kill it if it doesn't (its leash takes its children)."""
        if not self.process:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            say(f"{self.name} did not end within {seconds:g} s; killing it.")
            self.signal(signal.SIGKILL)
            self.process.wait()
