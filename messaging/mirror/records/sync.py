"""Ask Telnyx what it has: one record again, everything that may have changed, or everything there is."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from messaging.telnyx.client import Client
from messaging.telnyx.errors import AccountBlocked, NotFound, SlowDown, TelnyxError

from .. import breaker, clock, heartbeat, locks, pace
from ..models import (
    Heartbeat,
    OutboxEntry,
    Source,
    StatusChange,
    SyncState,
    TelnyxResource,
    WholeList,
)
from ..outbound import outbox
from . import pages
from .bulk_copy import copy_in

logger = logging.getLogger(__name__)

BATCH = 20
IMPORTED_AT_ONCE = 1000
READS = "reads"
# A COPY raises the driver's own error.
DUPLICATE = (IntegrityError, connection.Database.IntegrityError)  # type: ignore[attr-defined]
# Seconds to wait for the pace before a read is put off.
LONGEST_WAIT = 3.0


def resources() -> list[type[TelnyxResource]]:
    """Return every kind of record that is mirrored."""
    return [model for model in apps.get_models() if issubclass(model, TelnyxResource)]


def listed() -> list[type[TelnyxResource]]:
    """Return every kind of record that Telnyx lists."""
    return [model for model in resources() if model.is_listed]


def whole_lists() -> list[type[WholeList]]:
    """Return every list that is read as a whole because its entries have no id."""
    return [model for model in apps.get_models() if issubclass(model, WholeList)]


def refresh(resource: TelnyxResource, client: Client, source: str = Source.SYNC) -> None:
    """Read one record again and write what changed. Raise TelnyxError; a record that is gone is only noted."""
    asked_at = clock.ask()
    try:
        record, facts = resource.fetch(client)
    except NotFound:
        resource.gone(asked_at)
        return
    resource.apply(record, source=source, as_of=asked_at, facts=facts)


def ask_soon(resource: TelnyxResource, source: str) -> None:
    """Let the next poll, seconds from now, read this record again."""
    type(resource)._base_manager.filter(pk=resource.pk).update(next_poll_at=Now(), poll_because=source)


def poll_due(client: Client, *, seconds: float = 8.0) -> int:
    """Refresh records that are due, for about `seconds`; return how many we asked for.

    Only one process polls at a time, so that if Telnyx hangs, it holds one worker and not all of them.
    """
    end = time.monotonic() + seconds
    with locks.alone(locks.POLLING) as mine:
        if not mine or breaker.closed():
            return 0
        asked = 0
        for resource in [row for model in resources() for row in _due(model)]:
            if time.monotonic() > end or pace.take(READS, settings.TELNYX_READS_PER_SECOND):
                break
            _poll(resource, client)
            asked += 1
        return asked


def _due(model: type[TelnyxResource]) -> QuerySet[TelnyxResource]:
    return model._base_manager.filter(next_poll_at__lte=Now()).order_by("next_poll_at")[:BATCH]


def _poll(resource: TelnyxResource, client: Client) -> None:
    # Whatever happens to this read, the next one is a minute away; a good answer reschedules it.
    retry_at = Now() + timedelta(seconds=60)
    type(resource)._base_manager.filter(pk=resource.pk).update(next_poll_at=retry_at)
    try:
        refresh(resource, client, resource.poll_because)
    except TelnyxError as error:
        obey(error)
        logger.info("Polling %s %s failed: %s", resource._meta.label, resource.pk, error.reason)


def obey(error: TelnyxError) -> None:
    """Do what a failed read demands of all processes: slow down, or stop until the account works again."""
    if isinstance(error, SlowDown) and error.answer:
        pace.pause(READS, error.retry_after or 60)
    if isinstance(error, AccountBlocked):
        breaker.close(error.reason)


def pull_whole(client: Client) -> None:
    """Pull every kind of record that isn't polled one by one. If a list fails, the others are still read."""
    with locks.alone(locks.PULLING) as mine:
        if not mine or breaker.closed():
            return
        heartbeat.beat(Heartbeat.PULL_BEGUN)
        reads: list[tuple[str, Callable[[], Any]]] = [
            (model._meta.label, partial(pull, model, client))
            for model in resources()
            if model.is_pulled_whole
        ]
        reads += [(entries._meta.label, partial(entries.read_whole, client)) for entries in whole_lists()]
        # A list and not a generator: one that fails must not keep the others from being read.
        done = [_did(label, read) for label, read in reads]
        if all(done):
            heartbeat.beat(Heartbeat.PULLED)


def _did(label: str, read: Callable[[], Any]) -> bool:
    try:
        read()
    except TelnyxError as error:
        logger.warning("Pulling %s failed: %s", label, error.reason)
        return False
    return True


@dataclass(frozen=True)
class Pulls:
    """When everything was last listed at Telnyx, and since when a person has waited for it; None means never."""

    read_at: datetime | None
    asked_at: datetime | None
    is_wanted: bool


def pulls() -> Pulls:
    """Return the state of the listing of everything."""
    names = (Heartbeat.PULL_ASKED, Heartbeat.PULL_BEGUN, Heartbeat.PULLED)
    at = dict(Heartbeat.objects.filter(name__in=names).values_list("name", "seen_at"))
    asked, started, read = (at.get(name) for name in names)
    is_waiting = asked is not None and (read is None or read < asked)
    is_wanted = asked is not None and (started is None or started < asked)
    return Pulls(read, asked if is_waiting else None, is_wanted)


def ask_for_pull() -> bool:
    """Let a worker list everything within seconds. Return False if one is about to anyway."""
    if pulls().is_wanted:
        return False
    heartbeat.beat(Heartbeat.PULL_ASKED)
    return True


def pull_if_asked(client: Client) -> None:
    """List everything if a person asked for it since the last list started."""
    if pulls().is_wanted:
        pull_whole(client)


@dataclass
class Report:
    """What a pull found. `imported` and `changed` hold Telnyx ids; `skipped` those left for the next pull."""

    seen: int = 0
    imported: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    # Whether Telnyx counts more records than are here: some are new, and not at an end of the list.
    is_short: bool = False


@dataclass(frozen=True)
class Compared:
    """What Telnyx lists of one kind, compared with what is here. Nothing is changed before `take`."""

    model: type[TelnyxResource]
    asked_at: datetime
    # Both by Telnyx's id.
    records: dict[str, dict[str, Any]]
    known: dict[str, TelnyxResource]
    report: Report


def pull(model: type[TelnyxResource], client: Client, *, dry_run: bool = False) -> Report:
    """List everything at Telnyx: refresh what we know, import what we don't, check what is missing there.

    Raise TelnyxError if the list isn't complete.
    """
    found = compare(model, client)
    if not dry_run:
        take(found)
    return found.report


def compare(
    model: type[TelnyxResource], client: Client, heard: Callable[[int], object] = lambda read: None
) -> Compared:
    """List everything at Telnyx and compare it with what is here; change nothing. Raise TelnyxError as `pull` does.

    While a create of ours is unclear, unknown records are left alone: one of them may be its result. `heard` is
    called for each record with how many were read so far.
    """
    report = Report()
    here = model._base_manager.filter(remote_id__isnull=False).only("remote_id", "remote_data", "gone_at")
    known = {row.remote_id or "": row for row in here.iterator()}
    asked_at = clock.ask()
    records = {}
    for record in model.wire.all(client):
        records[model.wire.remote_id(record)] = record
        heard(len(records))
    # In this order: whatever was accepted while Telnyx listed is either still unclear or already here.
    unclear = _open_creates(model)
    new = model._base_manager.filter(remote_id__in=records.keys() - known.keys())
    accepted_meanwhile = set(new.values_list("remote_id", flat=True))
    for remote_id, record in records.items():
        report.seen += 1
        if remote_id in known:
            row = known[remote_id]
            if record != row.remote_data or row.gone_at is not None:
                report.changed.append(remote_id)
        elif remote_id in accepted_meanwhile:
            continue
        elif unclear:
            report.skipped.append(remote_id)
        else:
            report.imported.append(remote_id)
    report.missing = [id for id, row in known.items() if id not in records and row.gone_at is None]
    return Compared(model, asked_at, records, known, report)


def take(found: Compared) -> None:
    """Write what was found. Nothing is deleted: only the answer about a record itself says that it is gone."""
    model, report, asked_at = found.model, found.report, found.asked_at
    for remote_id in report.changed:
        row = found.known[remote_id]
        row.apply(found.records[remote_id], source=Source.SYNC, as_of=asked_at)
        _look_closer(row)
    _import(model, [found.records[remote_id] for remote_id in report.imported], asked_at)
    outbox.release_waiting_events(report.imported)
    for remote_id in report.missing:
        # A list doesn't prove it is gone; its own address, asked next, does.
        ask_soon(found.known[remote_id], Source.SYNC)


def find_new(model: type[TelnyxResource], client: Client) -> Report:
    """Import the records that are new at Telnyx, without reading its whole list: read its pages from both ends, on each
    side as long as they hold something new.

    Telnyx doesn't say in what order it lists. If by its count it holds more than that, the report says `is_short`.
    Raise TelnyxError if a page can't be read; what was found before stays.
    """
    report = Report()
    first = _import_page(model, client, 1, report)
    last = math.ceil(first.total / len(first.records)) if first.records else 1
    front, is_new = 1, first.is_new
    while is_new and front < last:
        front += 1
        is_new = _import_page(model, client, front, report).is_new
    is_new = True
    for number in range(last, front, -1):
        if not is_new:
            break
        is_new = _import_page(model, client, number, report).is_new
    here = model._base_manager.filter(remote_id__isnull=False, gone_at=None).count()
    report.is_short = first.total > here + len(report.skipped)
    return report


@dataclass(frozen=True)
class _Seen:
    """One page of a list, and whether it held records that are not here."""

    records: list[dict[str, Any]]
    total: int
    is_new: bool


def _import_page(model: type[TelnyxResource], client: Client, number: int, report: Report) -> _Seen:
    wait_for_turn()
    asked_at = clock.ask()
    page = pages.page_of(model.wire.pages, client, model.wire.path, number)
    records = {model.wire.remote_id(record): record for record in page.records}
    unclear = _open_creates(model)  # first, as in `pull`
    here = model._base_manager.filter(remote_id__in=records).values_list("remote_id", flat=True)
    new = [remote_id for remote_id in records.keys() - set(here) if remote_id]
    report.seen += len(records)
    if unclear:
        report.skipped += new
    else:
        _import(model, [records[remote_id] for remote_id in new], asked_at)
        outbox.release_waiting_events(new)
        report.imported += new
    return _Seen(page.records, page.total, bool(new))


def wait_for_turn() -> None:
    """Wait for the pace of reads. Raise SlowDown if that would take long."""
    for _try in range(10):
        wait = pace.take(READS, settings.TELNYX_READS_PER_SECOND)
        if not wait:
            return
        if wait > LONGEST_WAIT:
            break
        time.sleep(wait)
    raise SlowDown("reads are paused")


def _open_creates(model: type[TelnyxResource]) -> bool:
    promised = OutboxEntry.objects.filter(
        resource_type__model=model._meta.model_name, operation__startswith="create"
    )
    return (
        promised.filter(resource_type__app_label=model._meta.app_label)
        .exclude(state__in=OutboxEntry.ENDED)
        .exists()
    )


def _import(model: type[TelnyxResource], records: Sequence[dict[str, Any]], asked_at: Any) -> None:
    if not model.is_imported_in_bulk:
        for record in records:
            # Another process may import the same record at the same time; then it is here.
            with suppress(IntegrityError):
                with transaction.atomic():
                    row = model._base_manager.create(
                        **model.wire.load(record),
                        remote_id=model.wire.remote_id(record),
                        sync_state=SyncState.ACCEPTED,
                    )
                    row.apply(record, source=Source.SYNC, as_of=asked_at)
                _look_closer(row)
        return
    for start in range(0, len(records), IMPORTED_AT_ONCE):
        found = [model.first_seen(record, asked_at) for record in records[start : start + IMPORTED_AT_ONCE]]
        if not model.is_pulled_whole:
            for row, _changes in found:
                row.next_poll_at = asked_at
        try:
            _copy(found)
        except DUPLICATE:
            # Another process imported some of them at the same time.
            ids = [row.remote_id for row, _changes in found]
            here = set(model._base_manager.filter(remote_id__in=ids).values_list("remote_id", flat=True))
            _copy([pair for pair in found if pair[0].remote_id not in here])


def _copy(found: Sequence[tuple[TelnyxResource, list[StatusChange]]]) -> None:
    with transaction.atomic():
        copy_in([row for row, _changes in found])
        copy_in([change for _row, changes in found for change in changes])


def _look_closer(row: TelnyxResource) -> None:
    if not row.is_pulled_whole:
        ask_soon(row, Source.SYNC)
