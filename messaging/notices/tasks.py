"""What beat rings for. Each may be lost or doubled without harm."""

from celery import shared_task

from . import look, post


@shared_task
def notice() -> None:
    """Find what people are to be told."""
    look.look()


@shared_task
def notice_senders() -> None:
    """Find senders of whose messages far more fail than usual."""
    look.look_at_senders()


@shared_task
def tell() -> None:
    """Send what is due."""
    post.post()
