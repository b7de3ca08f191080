"""Daily upkeep of the documents. It does no harm if a run is skipped or repeated."""

from typing import Any

from celery import shared_task, signals

from messaging import files


@shared_task
def sweep_documents() -> None:
    files.sweep_orphans()


@signals.worker_ready.connect
def begin_at_once(**_: Any) -> None:
    """Also sweep when a worker starts: a beat process that is restarted every day would never get to it."""
    sweep_documents.delay()
