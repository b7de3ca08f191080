"""The doorbell: tasks carry only ids, call one function, and may be lost or doubled without harm."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from celery import shared_task, signals
from django.dispatch import receiver

from . import account, heartbeat, periodic, retention, tallies
from .audit import chain
from .audit.context import work_of, work_over
from .calls import made_for
from .inbound import drain as webhooks
from .inbound import own_test, recover
from .models import ApiCall, Heartbeat
from .outbound import relay as relaying
from .outbound import sweep as sweeping
from .outbound.outbox import promised
from .records import importing, sync

logger = logging.getLogger(__name__)
Purpose = ApiCall.Purpose

NUDGE_SECONDS = 0.3
# Runs of the retention that may follow the one of beat, which comes every ten minutes.
MORE_PURGES = 14
_bell = ThreadPoolExecutor(1, thread_name_prefix="nudge")


@receiver(promised)
def nudge(sender: Any, entry_id: UUID, delay: float, **_: Any) -> None:
    """Call a worker for when it is due. Whatever Redis does, the page waits 0.3 s at most; the sweep finds the row."""
    try:
        _bell.submit(_ring, entry_id, delay).result(NUDGE_SECONDS)
    except Exception as error:
        logger.warning(
            "The worker could not be nudged (%s); the sweep will find entry %s.",
            type(error).__name__,
            entry_id,
        )


def _ring(entry_id: UUID, delay: float) -> None:
    relay.apply_async((str(entry_id),), countdown=delay, retry=False)


@shared_task
def relay(entry_id: str) -> None:
    """Send one outbox entry; the text is its UUID."""
    relaying.relay(UUID(entry_id), account.client())


@shared_task
def sweep() -> None:
    """Send and check what is due, and show that a worker is alive."""
    heartbeat.beat(Heartbeat.WORKER)
    sweeping.sweep(account.client())


@shared_task
def drain() -> None:
    """Process the webhook events that are due, and show that a worker is alive."""
    heartbeat.beat(Heartbeat.WORKER)
    webhooks.drain()


@shared_task
def poll() -> None:
    """Do what is due every few seconds: polls, lists and checks people requested, and the apps' periodic work."""
    with made_for(Purpose.POLL):
        sync.poll_due(account.client())
    with made_for(Purpose.LISTS):
        sync.pull_if_asked(account.client())
    with made_for(Purpose.WEBHOOKS):
        recover.asked_for(account.client())
    periodic.run(account.client())


@shared_task
def pull() -> None:
    """Read from Telnyx every list that isn't polled record by record."""
    with made_for(Purpose.LISTS):
        sync.pull_whole(account.client())


# Telnyx's longest list is read in one go; whatever takes longer is cut short and tried again.
@shared_task(soft_time_limit=600, time_limit=630)
def import_asked() -> None:
    """Continue the import from Telnyx that somebody asked for."""
    with made_for(Purpose.IMPORT):
        importing.work(account.client())


@shared_task
def fetch_lost_webhooks() -> None:
    """Check Telnyx's list of deliveries for webhooks that never came."""
    with made_for(Purpose.WEBHOOKS):
        recover.by_the_clock(account.client())


@shared_task
def test_webhooks() -> None:
    """Send the test webhooks that people asked for to our own address."""
    own_test.send_asked()


@shared_task
def purge(more: int = MORE_PURGES) -> None:
    """Delete what is past its retention. A run that uses all its time is followed by another, after a pause as long."""
    started = time.monotonic()
    retention.run()
    if more and time.monotonic() - started >= retention.SECONDS:
        purge.apply_async((more - 1,), countdown=retention.SECONDS)


@shared_task
def seal_audit() -> None:
    """Seal the days of the audit that are over."""
    chain.seal_due()


@signals.task_prerun.connect
def say_which_task(task: Any, **_: Any) -> None:
    """Put what a task changes on record with its name."""
    work_of(f"task {task.name}")


@signals.task_postrun.connect
def say_no_task(**_: Any) -> None:
    """Let the worker's next task start without this one's name."""
    work_over()


@signals.worker_ready.connect
def begin_at_once(**_: Any) -> None:
    """Sweep when a worker starts, without waiting for beat."""
    sweep.delay()
    pull.delay()


@signals.worker_process_init.connect
def begin_to_count(**_: Any) -> None:
    """Write what each process of the worker counts."""
    tallies.keep_writing()


@signals.worker_process_shutdown.connect
def write_the_rest(**_: Any) -> None:
    """Write what a process that ends has counted since the last time."""
    tallies.write()
