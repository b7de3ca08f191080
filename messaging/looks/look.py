"""Look for new records at Telnyx: every few minutes, and when somebody asks. The worker does it along with polling."""

import logging
from datetime import datetime, timedelta

from django.db.models.functions import Now

from messaging.mirror import breaker, clock, locks
from messaging.mirror.calls import made_for
from messaging.mirror.models import ApiCall, TelnyxResource
from messaging.mirror.records import pages, sync
from messaging.mirror.records.sync import Report
from messaging.models import Look
from messaging.telnyx.client import Client
from messaging.telnyx.errors import (
    AccountBlocked,
    IncompleteList,
    RequestRefused,
    SlowDown,
    TelnyxError,
)

logger = logging.getLogger(__name__)

WHOLE_EVERY = timedelta(days=1)
# If Telnyx counts more than we have; not at every look, in case it counts something that it doesn't list.
SHORT_EVERY = timedelta(minutes=9)
# The first that fits counts; anything else is a silence.
PROBLEMS: tuple[tuple[type[TelnyxError], str], ...] = (
    (AccountBlocked, Look.Problem.KEY),
    (SlowDown, Look.Problem.SLOW),
    (IncompleteList, Look.Problem.MOVED),
    (RequestRefused, Look.Problem.REFUSED),
)


def kinds() -> dict[str, type[TelnyxResource]]:
    """Return every kind of record that people make in Telnyx's portal and look for here."""
    return {model._meta.label: model for model in sync.resources() if model.is_looked_for}


def ask(*models: type[TelnyxResource]) -> None:
    """Let a worker look within seconds, unless one is about to or just does."""
    for model in models:
        row, _made = Look.objects.get_or_create(kind=model._meta.label)
        if not row.is_asked_for() and not row.is_running():
            Look.objects.filter(pk=row.pk).update(asked_at=Now())


def look_due(client: Client) -> int:
    """Do the look that has been due the longest; return how many were done. One process looks at a time."""
    rows = {row.kind: row for row in Look.objects.all()}
    due = [kind for kind in kinds() if kind not in rows or rows[kind].is_due()]
    if not due or breaker.closed():
        return 0
    with locks.alone(locks.LOOKING) as mine:
        if not mine:
            return 0
        # Asked for first, then what waited longest. One at a time: if Telnyx hangs, each takes half a minute.
        kind = min(due, key=lambda kind: _order(rows.get(kind)))
        row, _made = Look.objects.get_or_create(kind=kind)
        if not row.is_due():  # another process did it meanwhile
            return 0
        with made_for(ApiCall.Purpose.LISTS):
            _look(row, kinds()[kind], client)
        return 1


def _order(row: Look | None) -> tuple[bool, float]:
    if row is None:
        return True, 0.0
    return not row.is_asked_for(), row.began_at.timestamp() if row.began_at else 0.0


def _look(row: Look, model: type[TelnyxResource], client: Client) -> None:
    began_at = clock.now()
    # Where a list tells everything about a record, a person who asks wants to see what changed, too.
    is_whole = (
        (model.is_pulled_whole and row.is_asked_for())
        or model.wire.pages not in pages.PAGED
        or _is_old(row.whole_at, began_at, WHOLE_EVERY)
    )
    mine = Look.objects.filter(pk=row.pk)
    mine.update(began_at=began_at)
    problem, report = "", Report()
    try:
        if not is_whole:
            report = sync.find_new(model, client)
            is_whole = report.is_short and _is_old(row.whole_at, began_at, SHORT_EVERY)
        if is_whole:
            whole = sync.pull(model, client)
            report.imported += whole.imported
            report.skipped = whole.skipped
    except TelnyxError as error:
        problem = _problem(error)
        logger.info("Looking for new %s failed: %s", model._meta.label, error.reason)
    mine.update(
        ended_at=clock.now(),
        problem=problem,
        found=len(report.imported),
        left=len(report.skipped),
        **({"whole_at": began_at} if is_whole and not problem else {}),
    )


def _is_old(at: datetime | None, now: datetime, most: timedelta) -> bool:
    return at is None or now - at > most


def _problem(error: TelnyxError) -> str:
    sync.obey(error)
    return next((problem for kind, problem in PROBLEMS if isinstance(error, kind)), Look.Problem.SILENT)
