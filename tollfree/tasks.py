"""Work for toll-free requests, away from what waits for Telnyx: strangers' websites, and counting answers."""

from celery import shared_task

from messaging.mirror import account

from .lessons import learn as lessons
from .links import work


@shared_task
def check_links() -> None:
    """Open the web addresses that are due."""
    work.check_due(account.client())


@shared_task
def learn() -> None:
    """Count what Telnyx answered."""
    lessons.learn()
