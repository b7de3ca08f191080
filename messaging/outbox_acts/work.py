"""Do what was asked for, request by request, by a worker: the rows are the truth.

What is done with a request and what its row says about it are one transaction. So a worker that is killed leaves each
row either done or waiting, and the next one continues with those that wait.
"""

import logging
import time

from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError, transaction
from django.db.models.functions import Now

from messaging.desk import acts
from messaging.mirror import locks
from messaging.mirror.audit.context import acting_for
from messaging.mirror.failpoints import failpoint
from messaging.mirror.inbound.drain import CONTENTION
from messaging.mirror.models import OutboxActRow
from messaging.mirror.outbound import outbox
from messaging.telnyx.client import Client

from .judge import judge

logger = logging.getLogger(__name__)

Result = OutboxActRow.Result
SECONDS = 5.0


def act_due(client: Client, *, seconds: float = SECONDS) -> None:
    """Work on the rows that wait, the oldest first, for about `seconds`. One process at a time."""
    waiting = OutboxActRow.objects.filter(result="").order_by("pk")
    if not waiting.exists():
        return
    with locks.alone(locks.ACTING) as mine:
        if not mine:
            return
        end = time.monotonic() + seconds
        for pk in list(waiting.values_list("pk", flat=True)[:1000]):
            if time.monotonic() > end:
                return
            _do(pk)


def _do(pk: int) -> None:
    """Do one row. One that fails says so and stops no other; one that met a lock keeps its turn."""
    try:
        with transaction.atomic():
            _act(pk)
            failpoint("outbox_act_before_commit")
    except OperationalError as error:
        if not isinstance(error.__cause__, CONTENTION):
            raise  # nothing can be written down now; the next round continues
    except Exception as error:
        # Only the class: the text may hold what a record holds.
        logger.error("Row %s of an act on requests failed (%s).", pk, type(error).__name__)
        OutboxActRow.objects.filter(pk=pk, result="").update(result=Result.FAILED, done_at=Now())


def _act(pk: int) -> None:
    rows = OutboxActRow.objects.select_for_update(of=("self",), skip_locked=True)
    row = rows.select_related("of").filter(pk=pk, result="").first()
    if row is None:
        return
    asked, user = row.of, row.of.asked_by
    entry = outbox.hold(row.entry_id)
    # Asked again for each row, because a permission may have been taken away since.
    action, why = judge(entry, asked.act, user or AnonymousUser())
    if action and user:
        whom = {"user_id": user.pk, "actor": user.get_username(), "cause": f"act on requests {asked.pk}"}
        with acting_for(lambda: whom):
            if action.run(entry, asked.reason):
                acts.record(user, entry, f"{action.label}: {asked.reason}")
            else:
                why = Result.ENDED
    OutboxActRow.objects.filter(pk=pk).update(result=why or Result.DONE, done_at=Now())
