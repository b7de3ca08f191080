"""What a process gives up before it reads a file from outside, and how it answers (apart.py)."""

import json
import resource
import sys
from collections.abc import Callable
from typing import Any

MEMORY = 512 * 1024 * 1024


def give_up(cpu_seconds: int, memory: int = MEMORY) -> None:
    """Limit memory and time, and give up every way to open or write a file or a connection."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # The lower limit sends SIGXCPU, which nothing else sends. If both were equal, it would be SIGKILL.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def answer(
    read: Callable[[bytes], Any],
    cpu_seconds: int,
    memory: int = MEMORY,
    *,
    get_ready: Callable[[], object] = lambda: None,
) -> None:
    """Print as JSON what `read` says about the file on the standard input.

    `get_ready` loads what libraries load on first use, before nothing can be opened anymore.
    """
    content = sys.stdin.buffer.read()
    get_ready()
    give_up(cpu_seconds, memory)
    print(json.dumps(read(content)))  # noqa: T201
