"""Read files from outside in a separate process with limited memory and time (rights.py).

A hostile file can make any reader use up memory and time. This way it harms neither the process that serves our pages
nor, because only a few readers run at once, the machine. The answer comes back as JSON.
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

# Each may take 512 MB (rights.py), or 1 GB for a photo (photo.py). The limit covers the whole machine, across all web
# processes.
AT_ONCE = 2
WAIT_SECONDS = 5.0
# What a Python built elsewhere needs to start. Nothing else from our environment, least of all secrets.
INHERITED = ("PATH", "LD_LIBRARY_PATH")


# How a process ends when it reaches a limit. Any other signal came from outside, for example from a machine that is
# low on memory or shutting down, and says nothing about the file.
OF_LIMITS = (signal.SIGXFSZ, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)


class NotRead(Exception):
    """No answer. TooMuch, TooLate and Busy say why; otherwise the reader could not run.

    `code` names the reason, for the sentences of whoever asked.
    """

    code = "unread"


class TooMuch(NotRead):
    """The reader reached its limit of memory."""

    code = "bomb"


class TooLate(NotRead):
    """The reader took too long, which says as much about the machine as about the file."""

    code = "late"


class Busy(NotRead):
    """Other files were being read the whole time we waited."""

    code = "busy"


def read(module: str, content: bytes, *, seconds: float) -> dict[str, Any]:
    """Return what `python -m module` says about the content. Raise NotRead. It may wait, so not in a transaction."""
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
    # If a signal ended the process, the return code is its negative number.
    if -done.returncode == signal.SIGXCPU:
        raise TooLate
    if -done.returncode in OF_LIMITS:
        raise TooMuch
    if done.returncode:
        logger.error("%s ended with code %s", module, done.returncode)
        raise NotRead
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def take_turn() -> socket.socket:
    """Wait for one of this machine's turns and return it; the caller closes it. Raise Busy.

    A turn is a name that only one socket can have. The kernel frees it when we close the socket, or die.
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
