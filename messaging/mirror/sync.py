"""Ask Telnyx what it holds: one record again, everything that may have moved, or everything there is."""

import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from messaging.telnyx.client import Client
from messaging.telnyx.errors import AccountBlocked, NotFound, SlowDown, TelnyxError

from . import fence, gate, pace
from .models import OutboxEntry, Source, SyncState, TelnyxResource

logger = logging.getLogger(__name__)

BATCH = 20
READS = "reads"


def resources() -> list[type[TelnyxResource]]:
    """Return every kind of record that is mirrored."""
    return [model for model in apps.get_models() if issubclass(model, TelnyxResource)]


def refresh(resource: TelnyxResource, client: Client, source: str = Source.SYNC) -> None:
    """Read one record again and write what changed. Raise TelnyxError; a record that is gone is noted, not raised."""
    asked_at = timezone.now()
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
    """Refresh records whose time has come, for about `seconds`; return how many were asked for.

    One process polls at a time, so that a Telnyx that hangs holds one worker and not all of them.
    """
    end = time.monotonic() + seconds
    with fence.alone(fence.POLLING) as mine:
        if not mine or gate.closed():
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
    # Whatever becomes of this look, the next one is a minute away; a good answer plans it anew.
    retry_at = Now() + timedelta(seconds=60)
    type(resource)._base_manager.filter(pk=resource.pk).update(next_poll_at=retry_at)
    try:
        refresh(resource, client, resource.poll_because)
    except SlowDown as error:
        pace.pause(READS, error.retry_after or 60)
    except AccountBlocked as error:
        gate.close(error.reason)
    except TelnyxError as error:
        logger.info("Polling %s %s failed: %s", resource._meta.label, resource.pk, error.reason)


def pull_whole(client: Client) -> None:
    """Pull every kind of record that is not polled one by one. A list that fails leaves the others alone."""
    if gate.closed():
        return
    for model in resources():
        if model.is_pulled_whole:
            try:
                pull(model, client)
            except TelnyxError as error:
                logger.warning("Pulling %s failed: %s", model._meta.label, error.reason)


@dataclass
class Report:
    """What a pull found. `imported` and `changed` hold Telnyx ids; `skipped` those left for the next pull."""

    seen: int = 0
    imported: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def pull(model: type[TelnyxResource], client: Client, *, dry_run: bool = False) -> Report:
    """List everything at Telnyx: refresh what we know, import what we do not, report what is missing there.

    Nothing is ever deleted here. While a create of ours is unclear, unknown records are left alone: one of them
    may be its result. Raise TelnyxError when the list is not complete.
    """
    report = Report()
    known = {row.remote_id: row for row in model._base_manager.filter(remote_id__isnull=False)}
    asked_at = timezone.now()
    records = {model.wire.remote_id(record): record for record in model.wire.all(client)}
    unclear = _open_creates(model)
    for remote_id, record in records.items():
        report.seen += 1
        if remote_id in known:
            _compare(known[remote_id], record, asked_at, report, dry_run)
        elif unclear:
            report.skipped.append(remote_id)
        else:
            report.imported.append(remote_id)
            if not dry_run:
                _import(model, record, asked_at)
    report.missing = [
        row.remote_id or "" for id, row in known.items() if id not in records and row.gone_at is None
    ]
    return report


def _open_creates(model: type[TelnyxResource]) -> bool:
    promised = OutboxEntry.objects.filter(
        resource_type__model=model._meta.model_name, operation__startswith="create"
    )
    return (
        promised.filter(resource_type__app_label=model._meta.app_label)
        .exclude(state__in=OutboxEntry.ENDED)
        .exists()
    )


def _compare(
    row: TelnyxResource, record: dict[str, Any], asked_at: Any, report: Report, dry_run: bool
) -> None:
    if record == row.remote_data:
        return
    report.changed.append(row.remote_id or "")
    if not dry_run:
        row.apply(record, source=Source.SYNC, as_of=asked_at)
        _look_closer(row)


def _import(model: type[TelnyxResource], record: dict[str, Any], asked_at: Any) -> None:
    with transaction.atomic():
        row = model._base_manager.create(**model.wire.load(record), sync_state=SyncState.ACCEPTED)
        row.apply(record, source=Source.SYNC, as_of=asked_at)
    _look_closer(row)


def _look_closer(row: TelnyxResource) -> None:
    if not row.is_pulled_whole:
        ask_soon(row, Source.SYNC)
