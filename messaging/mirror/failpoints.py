"""Let a test stop the process at a named line, the way a crash would. Inert unless TESTING=1."""

import logging
import os
import signal
import time

logger = logging.getLogger(__name__)
WANTED = os.environ.get("FAILPOINT", "") if os.environ.get("TESTING") == "1" else ""


def failpoint(name: str) -> None:
    """Act when FAILPOINT is `name:kill9`, `name:raise` (a RuntimeError) or `name:sleep=SECONDS`."""
    wanted, _, action = WANTED.partition(":")
    if wanted != name:
        return
    logger.warning("failpoint %s: %s", name, action)
    if action == "kill9":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "raise":
        raise RuntimeError(f"failpoint {name}")
    elif action.startswith("sleep="):
        time.sleep(float(action.removeprefix("sleep=")))
