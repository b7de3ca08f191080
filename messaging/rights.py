"""What a process gives up before it reads a file from outside."""

import resource

MEMORY = 512 * 1024 * 1024


def give_up(cpu_seconds: int, memory: int = MEMORY) -> None:
    """Limit memory and time, and give up every way to open or write a file or a connection."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # The lower limit sends SIGXCPU, which nothing else sends. If both were equal, it would be SIGKILL.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
