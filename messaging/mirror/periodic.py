"""Small work that an app wants done every few seconds beside polling: `chores.register(function)`.

A chore is given the client, is quick, and does the same whether it runs once, twice or in two processes.
"""

import logging
from collections.abc import Callable

from messaging.telnyx.client import Client

logger = logging.getLogger(__name__)

Chore = Callable[[Client], object]

_chores: list[Chore] = []


def register(chore: Chore) -> Chore:
    """Let `chore` run after each round of polling."""
    if chore not in _chores:
        _chores.append(chore)
    return chore


def run(client: Client) -> None:
    """Do every chore; one that fails leaves the others alone."""
    for chore in _chores:
        try:
            chore(client)
        except Exception as error:
            # Only the kind of the error: its words may hold what a chore is there to hide.
            logger.error("The chore %s failed (%s).", chore.__name__, type(error).__name__)
