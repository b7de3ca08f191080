"""What the documents need done once a day; it may be lost or doubled without harm."""

from typing import Any

from celery import shared_task, signals

from messaging import files


@shared_task
def sweep_documents() -> None:
    files.sweep_orphans()


@signals.worker_ready.connect
def begin_at_once(**_: Any) -> None:
    """Sweep when a worker starts, too: a beat that is restarted every day would never come to it."""
    sweep_documents.delay()
