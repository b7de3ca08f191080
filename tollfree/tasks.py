"""Work for toll-free requests that waits for strangers' websites, away from what waits for Telnyx."""

from celery import shared_task

from messaging.mirror import account

from .links import work


@shared_task
def check_links() -> None:
    """Open the web addresses that are due."""
    work.check_due(account.client())
