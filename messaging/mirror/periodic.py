"""Small work that an app wants done every few seconds along with polling: `periodic.add(function)`.

The function gets the client, is quick, and has the same effect whether it runs once, twice or in two processes.
"""

import logging
from collections.abc import Callable

from messaging.telnyx.client import Client

from .calls import made_for
from .models import ApiCall

logger = logging.getLogger(__name__)

Work = Callable[[Client], object]

_work: list[Work] = []
_watches: list[Callable[[], object]] = []


def add(*functions: Work) -> None:
    """Run these after each round of polling."""
    _work.extend(function for function in functions if function not in _work)


def run(client: Client) -> None:
    """Do all the work; if one function fails, the others still run."""
    for function in _work:
        try:
            with made_for(ApiCall.Purpose.OTHER, f"{function.__module__}.{function.__name__}"):
                function(client)
        except Exception as error:
            # Only the error's class: its text may contain what the work is there to hide.
            logger.error("Periodic work %s failed (%s).", function.__name__, type(error).__name__)


def watch(*functions: Callable[[], object]) -> None:
    """Run these in the beat process, about every half minute: for what a worker can't do because it is gone."""
    _watches.extend(function for function in functions if function not in _watches)


def run_watches() -> None:
    """Run all of them; if one fails, the others still run."""
    for function in _watches:
        try:
            function()
        except Exception as error:
            logger.error("%s failed (%s).", function.__name__, type(error).__name__)
