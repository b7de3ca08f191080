"""Small work that an app wants done every few seconds beside polling: `periodic.add(function)`.

It is given the client, is quick, and does the same whether it runs once, twice or in two processes.
"""

import logging
from collections.abc import Callable

from messaging.telnyx.client import Client

logger = logging.getLogger(__name__)

Work = Callable[[Client], object]

_work: list[Work] = []


def add(*functions: Work) -> None:
    """Let these run after each round of polling."""
    _work.extend(function for function in functions if function not in _work)


def run(client: Client) -> None:
    """Do all the work; a part that fails leaves the others alone."""
    for function in _work:
        try:
            function(client)
        except Exception as error:
            # Only the kind of the error: its words may hold what the work is there to hide.
            logger.error("Periodic work %s failed (%s).", function.__name__, type(error).__name__)
