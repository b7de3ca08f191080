"""Run a program that dies with the process that started it.

    leash.py PARENT_PID [--user UID:GID] [--signal QUIT] -- PROGRAM ARGUMENTS
    leash.py PARENT_PID -m MODULE ARGUMENTS

The kernel sends the signal (KILL unless named) when the starter is gone, however it went. A Python module passes the
leash on to whatever it forks, so gunicorn's workers and Celery's pool go too. Run this file by its path, not as a
module of the package: that way the servers start without importing any of the product.
"""

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def tie(parent: int, number: int = signal.SIGKILL) -> None:
    """Ask for a signal when `parent` dies, and exit at once if it is already dead."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def tie_forks() -> None:
    """Put every process forked from now on on the same leash."""
    pid = os.getpid()

    def remember() -> None:
        nonlocal pid
        pid = os.getpid()

    os.register_at_fork(before=remember, after_in_child=lambda: tie(pid))


def become(user: str) -> None:
    """Give up root. Changing the user also clears the leash, so this comes before tie()."""
    uid, gid = (int(part) for part in user.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def main(arguments: list[str]) -> None:
    parent, rest = int(arguments[0]), arguments[1:]
    number = signal.SIGKILL
    while rest[0] in ("--user", "--signal"):
        option, value, *rest = rest
        if option == "--user":
            become(value)
        else:
            number = signal.Signals[f"SIG{value}"]
    tie(parent, number)

    if rest[0] == "--":
        os.execv(rest[1], rest[1:])  # noqa: S606 - without a shell on purpose
    tie_forks()
    sys.path[0] = os.getcwd()
    sys.argv = rest[1:]
    runpy.run_module(rest[1], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
