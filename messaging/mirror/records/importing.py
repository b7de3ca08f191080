"""Import what exists at Telnyx: the page (`..admin.imports`) asks, a worker reads kind by kind.

All is kept in rows, so a worker that is killed leaves nothing behind that the next one can't continue: a list is read
again, and of the records read one by one only those that are left. Nothing is sent to Telnyx but reads.
"""

import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser, User
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.db.models.functions import Now

from messaging.telnyx.client import Client
from messaging.telnyx.errors import (
    AccountBlocked,
    IncompleteList,
    RequestNotSent,
    RequestRefused,
    SlowDown,
    TelnyxError,
)

from .. import breaker, clock, locks
from ..models import Import, ImportPart, TelnyxResource, WholeList
from ..models.imports import Stopped
from . import sync

logger = logging.getLogger(__name__)

IMPORT = "mirror.import_from_telnyx"
# A list is read in one go; after this many seconds the next task continues with the next one.
SECONDS = 20.0
# How often a kind is tried before people read why it failed.
MOST_TRIES = 3
MOST_NAMES = 20
SHOW_EVERY = 50
# Seconds until it continues after Telnyx failed to answer, and after others took our turn to read.
AGAIN_AFTER, HELD_UP = 20.0, 3.0
State, Problem = ImportPart.State, ImportPart.Problem
Kind = type[TelnyxResource] | type[WholeList]

# The first that fits counts; anything else is a silence.
PROBLEMS: tuple[tuple[type[TelnyxError], str], ...] = (
    (AccountBlocked, Problem.KEY),
    (SlowDown, Problem.SLOW),
    (IncompleteList, Problem.MOVED),
    (RequestRefused, Problem.REFUSED),
    (RequestNotSent, Problem.AWAY),
)
# Trying again soon would change nothing.
FINAL = (Problem.KEY, Problem.REFUSED)


def kinds() -> dict[str, Kind]:
    """Return everything that can be imported, by label, in the order in which it is imported."""
    by_hand = [model for model in sync.resources() if not model.is_listed and model.import_permission]
    found: list[Kind] = [*sync.listed(), *by_hand, *sync.whole_lists()]
    return {kind._meta.label: kind for kind in found}


def kinds_for(user: User | AnonymousUser) -> dict[str, Kind]:
    """Return what this person may import."""
    if not user.has_perm(IMPORT):
        return {}
    return {label: kind for label, kind in kinds().items() if user.has_perm(kind.import_permission)}


def work(client: Client, *, seconds: float = SECONDS) -> None:
    """Continue the import that is open, for about `seconds`; if it is done, end it. One process at a time."""
    due = Import.objects.filter(state=Import.State.OPEN, next_at__lte=Now())
    if not due.exists():
        return
    with locks.alone(locks.IMPORTING) as mine:
        if not mine or not (found := due.first()):
            return
        end = time.monotonic() + seconds
        for part in found.parts.exclude(state__in=ImportPart.ENDED):
            if time.monotonic() > end or not _advance(found, part, client, end):
                return
        _finish(found)


def _finish(found: Import) -> None:
    failed = found.parts.filter(state=State.FAILED).exists()
    Import.objects.filter(pk=found.pk, state=Import.State.OPEN).update(
        state=Import.State.PARTLY if failed else Import.State.DONE, finished_at=Now()
    )


def _advance(found: Import, part: ImportPart, client: Client, end: float) -> bool:
    """Continue with one kind; return True once it has ended."""
    try:
        if breaker.closed():
            part.move(state=State.FAILED, problem=Problem.KEY)
        elif part.state == State.DETAILS:
            _read_each(part, client, end)
        elif part.tries >= MOST_TRIES:
            part.move(state=State.FAILED, problem=part.problem or Problem.CUT)
        else:
            part.move(state=State.LISTING, tries=part.tries + 1, seen=0)
            _read(part, client, end, only_look=found.only_look)
    except Stopped:
        return False
    except TelnyxError as error:
        if isinstance(error, SlowDown) and error.answer is None:  # our own pace: others are reading
            return _later(found, HELD_UP)
        sync.obey(error)
        logger.info("Importing %s failed: %s", part.kind, error.reason)
        return _failed(found, part, _problem(error), getattr(error, "retry_after", None))
    except (InterfaceError, OperationalError):
        raise  # nothing can be written down now; the next task continues
    except Exception as error:
        # Only the class: the text may contain what a record holds.
        logger.error("Importing %s failed (%s).", part.kind, type(error).__name__)
        return _failed(found, part, Problem.FAULT)
    return part.has_ended()


def _problem(error: TelnyxError) -> str:
    return next((problem for kind, problem in PROBLEMS if isinstance(error, kind)), Problem.SILENT)


def _failed(found: Import, part: ImportPart, problem: str, retry_after: float | None = None) -> bool:
    """Try again soon, or give up; return True if it has ended."""
    try:
        if problem in FINAL or part.tries >= MOST_TRIES:
            part.move(state=State.FAILED, problem=problem, ids=[], made=[])
            return True
        is_listed = part.state == State.DETAILS
        again = {"tries": part.tries + 1} if is_listed else {"state": State.WAITING}
        part.move(problem=problem, **again)
    except Stopped:
        return False
    return _later(found, AGAIN_AFTER if retry_after is None else retry_after)


def _later(found: Import, seconds: float) -> bool:
    Import.objects.filter(pk=found.pk).update(next_at=Now() + timedelta(seconds=max(seconds, 1.0)))
    return False


def _read(part: ImportPart, client: Client, end: float, *, only_look: bool) -> None:
    kind = kinds().get(part.kind)
    if kind is None:  # of an app that is no longer installed
        part.move(state=State.FAILED, problem=Problem.FAULT)
    elif issubclass(kind, TelnyxResource):
        _read_records(part, kind, client, end, only_look=only_look)
    else:
        asked_at = clock.ask()
        read = kind.read_whole(client, dry_run=only_look)
        found = {"seen": read.seen, "new": read.new, "missing": read.missing}
        part.move(state=State.DONE, problem="", listed_at=asked_at, **found)


def _read_records(
    part: ImportPart, model: type[TelnyxResource], client: Client, end: float, *, only_look: bool
) -> None:
    def heard(read: int) -> None:
        if read % SHOW_EVERY == 0:
            part.move(seen=read)

    listed = sync.compare(model, client, heard)
    report = listed.report
    # What a try that was interrupted imported is here now, and still new to the people who asked.
    made = {*part.made, *report.imported}
    new = [id for id in listed.records if id in made]
    changed = [id for id in report.changed if id not in made]
    part.move(
        state=State.DONE if only_look else State.WRITING,
        problem="",
        listed_at=listed.asked_at,
        seen=report.seen,
        new=len(new),
        changed=len(changed),
        missing=len(report.missing),
        left=len(report.skipped),
        names={
            "new": [[id, model.name_in(listed.records[id])] for id in new[:MOST_NAMES]],
            "changed": _names(model, changed),
            "missing": _names(model, report.missing),
        },
        made=[] if only_look else new,
    )
    if only_look:
        return
    sync.take(listed)
    # Where a list tells everything about a record, only those it lacks are asked for by their ids.
    ids = [*([] if model.is_pulled_whole else [*new, *changed]), *report.missing]
    part.move(state=State.DETAILS, ids=ids, to_read=len(ids), tries=0)
    _read_each(part, client, end)


def _names(model: type[TelnyxResource], ids: list[str]) -> list[list[str]]:
    rows: Mapping[Any, TelnyxResource] = {
        row.remote_id: row for row in model._base_manager.filter(remote_id__in=ids[:MOST_NAMES])
    }
    return [[id, str(rows[id])] for id in ids[:MOST_NAMES] if id in rows]


def _read_each(part: ImportPart, client: Client, end: float) -> None:
    """Read the records of `ids` that are left, with their histories; polling may have read some of them before."""
    model = cast(type[TelnyxResource], kinds()[part.kind])
    as_old = Q(remote_as_of__isnull=True) | Q(remote_as_of__lte=part.listed_at)
    for id in part.ids[part.in_full :]:
        if time.monotonic() > end:
            return
        row = model._base_manager.filter(as_old, remote_id=id, gone_at=None).first()
        is_read = row is None or _refreshed(row, client)
        part.move(in_full=part.in_full + 1, unread=part.unread + (not is_read), problem="")
    part.move(state=State.DONE, ids=[], made=[])


def _refreshed(row: TelnyxResource, client: Client) -> bool:
    """Read one record again; return False if it can't be read now. Polling goes on trying. Raise what concerns all."""
    sync.wait_for_turn()
    try:
        sync.refresh(row, client)
    except (AccountBlocked, SlowDown):
        raise
    except TelnyxError as error:
        logger.info("Reading %s %s failed: %s", row._meta.label, row.pk, error.reason)
        return False
    return True
