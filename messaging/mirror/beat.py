"""The clock that rings for periodic work: intervals only, counted by the monotonic clock, which nobody sets.

Messages carry no expiry: sender and receiver would compare it by two clocks. So that nothing piles up while no worker
runs, each task has a queue of its own (CELERY_TASK_QUEUES) and is not rung for while its last ring waits there.
"""

import logging
import time
from typing import Any

from celery.beat import Scheduler
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from . import heartbeat
from .models import Heartbeat

logger = logging.getLogger(__name__)

# Work of every few seconds is rung for at once, and all other within a minute of the start, so that a beat which is
# killed or restarted again and again still does its part.
SHORT = 60.0
LONGEST_NAP = 10.0


class Beat(Scheduler):
    """Ring for what is due of settings.PERIODIC, and show a sign of life each time round. Nothing is kept on disk."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.due_at: dict[str, float] = {}
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Ring for every task whose interval has passed; return the seconds until the next one."""
        show_life()
        for task, interval in settings.PERIODIC.items():
            now = time.monotonic()
            if now >= self.due_at.setdefault(task, now if interval < SHORT else now + SHORT):
                self.due_at[task] = now + interval
                self.ring(task)
        return min([LONGEST_NAP, *(max(at - time.monotonic(), 0.0) for at in self.due_at.values())])

    def ring(self, task: str) -> None:
        """Send the message of one task, unless its last one was not heard yet."""
        try:
            with self.app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1)
                channel: Any = connection.default_channel
                if not channel.queue_declare(settings.CELERY_TASK_ROUTES[task]["queue"]).message_count:
                    self.app.send_task(task, connection=connection, retry=False)
        except Exception as error:
            # The next round rings again; the words of the error can hold the broker's password.
            logger.warning("Beat cannot reach the broker (%s).", type(error).__name__)


def show_life() -> None:
    """Write down that beat is alive; a database that cannot be reached is only logged."""
    try:
        close_old_connections()
        heartbeat.beat(Heartbeat.BEAT)
    except DatabaseError:
        logger.warning("Beat cannot reach the database.")
