"""Files from outside are read in a process of their own, with bounded memory and time (rights.py).

A hostile file can make any reader use up memory and time; this way it harms neither the process that serves our pages
nor, since only a few of them run at once, the machine. The answer crosses as JSON.
"""

import errno
import hashlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from django.conf import settings

logger = logging.getLogger(__name__)

# Each may take 512 MB (rights.py). They are counted for the whole machine, over all web processes.
AT_ONCE = 2
WAIT_SECONDS = 5.0
# What a Python that was built elsewhere needs to start; nothing else of our environment, least of all secrets.
INHERITED = ("PATH", "LD_LIBRARY_PATH")


# How a process ends that reached a limit. Every other signal came from outside, for example from a machine that is
# short of memory or shutting down, and says nothing about the file.
OF_LIMITS = (signal.SIGXCPU, signal.SIGXFSZ, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)


class NotRead(Exception):
    """No answer: TooMuch, TooLate and Busy say why; else the reader could not run."""


class TooMuch(NotRead):
    """The reader reached the limit of its memory or processor time."""


class TooLate(NotRead):
    """The reader took too long by the clock, which says as much about the machine as about the file."""


class Busy(NotRead):
    """Other files were being read all the time that we waited."""


def read(module: str, content: bytes, *, seconds: float) -> dict[str, Any]:
    """Return what `python -m module` says about the content. Raises NotRead; it may wait, so not in a transaction."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    with take_turn():
        try:
            done = subprocess.run(  # noqa: S603 - our own module, and no shell
                [sys.executable, "-E", "-s", "-B", "-m", module],
                input=content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=settings.BASE_DIR,
                env=environment,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TooLate from None
    # A signal that ended the process is a negative number here.
    if -done.returncode in OF_LIMITS:
        raise TooMuch
    if done.returncode:
        logger.error("%s ended with code %s", module, done.returncode)
        raise NotRead
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def take_turn() -> socket.socket:
    """Wait for one of the turns of this machine and return it, to be closed. Raises Busy.

    A turn is a name that only one socket can have; the kernel gives it free when we close the socket, or die.
    """
    ours = hashlib.sha256(f"{os.geteuid()} {settings.BASE_DIR}".encode()).hexdigest()[:16]
    until = time.monotonic() + WAIT_SECONDS
    while True:
        for number in range(AT_ONCE):
            turn = socket.socket(socket.AF_UNIX)
            try:
                turn.bind(f"\0telnyx-desk-reader-{ours}-{number}")
                return turn
            except OSError as error:
                turn.close()
                if error.errno != errno.EADDRINUSE:
                    raise
        if time.monotonic() >= until:
            raise Busy
        time.sleep(0.05)
