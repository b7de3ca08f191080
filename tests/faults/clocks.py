"""Gives each process a clock of its own: libfaketime shifts the time of day that the process reads.

Monotonic time stays right, as it does on a host whose clock is wrong, and so do file times.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # importing it needs the servers of a run
    from tests.stack import Process

PROCESSES = ("web", "worker", "beat")
# Of the two libraries, the one for programs with threads.
LIBRARY = "*/faketime/libfaketimeMT.so.1"


class NoClocks(Exception):
    """Clocks cannot be shifted as asked. The message says why."""


def read(text: str) -> dict[str, float]:
    """Read `web=+420,worker=-300` as seconds by process. Raise NoClocks if that is not possible."""
    try:
        pairs = [part.split("=") for part in text.split(",") if part]
        found = {name.strip(): float(seconds) for name, seconds in pairs}
    except ValueError:
        raise NoClocks(f"{text!r} is not like web=+420,worker=-300,beat=+400 (seconds).") from None
    if unknown := sorted(set(found) - set(PROCESSES)):
        raise NoClocks(f"{', '.join(unknown)}: only the clocks of {', '.join(PROCESSES)} can be shifted.")
    if found and not library():
        raise NoClocks(
            "Clocks are shifted with libfaketime, which is missing (Debian: apt-get install libfaketime)."
        )
    return found


def library() -> Path | None:
    return next(
        (found for root in ("/usr/lib", "/usr/local/lib") for found in Path(root).glob(LIBRARY)), None
    )


def shift(process: "Process", seconds: float) -> None:
    """Shift the time of day that a process and its children read by this many seconds, from its next start on."""
    process.arguments = ["tests.faults.shifted", *process.arguments]
    process.environment = process.environment | {
        "LD_PRELOAD": str(library()),
        "FAKETIME": f"{seconds:+g}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def clean(pids: Iterable[int]) -> None:
    """Remove the shared memory that libfaketime leaves behind when its process is killed."""
    for pid in pids:
        for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
            with suppress(OSError):
                Path("/dev/shm", name).unlink()
