"""The clock that rings for periodic work: only intervals, counted by the monotonic clock, which nobody sets.

Messages carry no expiry: sender and receiver would compare it by two clocks. To keep messages from piling up while no
worker runs, each task has its own queue (CELERY_TASK_QUEUES) and isn't rung for while its last ring waits there.
"""

import logging
import time
from typing import Any

from celery.beat import Scheduler
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from . import heartbeat, periodic
from .models import Heartbeat

logger = logging.getLogger(__name__)

# Tasks that run every few seconds are rung for at once, all others within a minute of the start, so that a beat that
# is killed or restarted again and again still does its part.
SHORT = 60.0
LONGEST_NAP = 10.0
WATCH_SECONDS = 30.0


class Beat(Scheduler):
    """Ring for whatever is due in settings.PERIODIC, and beat once per round. Keeps nothing on disk."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.due_at: dict[str, float] = {}
        self.watch_at = 0.0
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Ring for every task whose interval has passed; return the seconds until the next one."""
        show_life()
        for task, interval in settings.PERIODIC.items():
            now = time.monotonic()
            if now >= self.due_at.setdefault(task, now if interval < SHORT else now + SHORT):
                self.due_at[task] = now + interval
                self.ring(task)
        if time.monotonic() >= self.watch_at:
            self.watch_at = time.monotonic() + WATCH_SECONDS
            periodic.run_watches()
        return min([LONGEST_NAP, *(max(at - time.monotonic(), 0.0) for at in self.due_at.values())])

    def ring(self, task: str) -> None:
        """Send one task's message, unless its previous one is still waiting."""
        try:
            with self.app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1)
                channel: Any = connection.default_channel
                if not channel.queue_declare(settings.CELERY_TASK_ROUTES[task]["queue"]).message_count:
                    self.app.send_task(task, connection=connection, retry=False)
        except Exception as error:
            # The next round rings again; the error's text may contain the broker's password.
            logger.warning("Beat cannot reach the broker (%s).", type(error).__name__)


def show_life() -> None:
    """Record that beat is alive; if the database can't be reached, only log it."""
    try:
        close_old_connections()
        heartbeat.beat(Heartbeat.BEAT)
    except DatabaseError:
        logger.warning("Beat cannot reach the database.")
