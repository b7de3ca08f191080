"""Promise a request to Telnyx, and the moves a promise can make. The row is the queue; Celery is a doorbell."""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from string import Formatter
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.db.models.sql import UpdateQuery
from django.dispatch import Signal
from django.utils.translation import gettext as _

from messaging.telnyx.client import json_bytes, multipart, path

from .. import account, sealing, trace
from ..failpoints import failpoint
from ..models import Attempt, OutboxEntry, TelnyxResource, WebhookEvent
from ..models.outbox import callback_token
from ..records.operations import Multipart, Operation

logger = logging.getLogger(__name__)

State = OutboxEntry.State

# Sent after the promise is committed, with entry_id and in how many seconds it is due. A receiver must be quick and may
# fail.
promised = Signal()


class AlreadyPromised(Exception):
    """The record has an open entry, or this very form was sent before; `entry` is that one."""

    def __init__(self, entry: OutboxEntry) -> None:
        super().__init__(f"already promised as {entry.pk}")
        self.entry = entry


def add(
    resource: TelnyxResource,
    operation: str,
    *,
    requested_by: User | None,
    form_token: str | None = None,
    nudge: bool = True,
    **details: Any,
) -> OutboxEntry:
    """Promise `operation` on `resource`, with its path and body bytes written down now.

    `details` fill names in the path and go to the operation's body; they aren't kept anywhere else. Raise
    AlreadyPromised if the same promise is open, if another one that moves the record is, or if `form_token` was used
    before. The row lock on the resource makes a double click, two tabs or two people one promise. Without `nudge` it
    waits for the next sweep: a page that promises hundreds must not wait for a doorbell as many times.

    What a person requests and can take back is due only after UNDO_SECONDS.
    """
    with transaction.atomic():
        locked = resource.lock()
        kind = locked.operations[operation]
        earlier = _earlier(locked, operation, kind, form_token)
        if earlier:
            raise AlreadyPromised(earlier)
        token = callback_token()
        content_type, body = _body(kind, locked, account.callback_url(token), details)
        delay = settings.UNDO_SECONDS if requested_by and kind.too_late else 0
        # A short code could be guessed from the hash of a body with it, so we hash what is stored.
        kept = sealing.seal(body) if kind.sealed else body
        entry = OutboxEntry.objects.create(
            resource_type=ContentType.objects.get_for_model(locked),
            resource_id=locked.pk,
            operation=operation,
            moves_record=kind.moves_record,
            method=kind.method,
            path=_path(kind, locked, details),
            content_type=content_type,
            body=kept,
            body_sha256=hashlib.sha256(kept).hexdigest(),
            is_sealed=kind.sealed,
            callback_token=token,
            form_token=form_token,
            requested_by=requested_by,
            not_before=Now() + timedelta(seconds=delay),
            request_id=trace.request_id(),
        )
        entry.refresh_from_db(fields=["not_before"])
        if entry.moves_record:
            locked.sync_state = entry.sync_state(locked.remote_id is not None, entry.state)
            locked.save(update_fields=["sync_state"])
        failpoint("promise_before_commit")
        transaction.on_commit(partial(_say_promised, entry), robust=True)
        if nudge:
            transaction.on_commit(partial(_announce, entry.pk, delay), robust=True)
    resource.refresh_from_db()
    return entry


def _path(kind: Operation, resource: TelnyxResource, details: Mapping[str, Any]) -> str:
    names = {name for _, name, _, _ in Formatter().parse(kind.path) if name}
    values = {"id": resource.remote_id, **details}
    return path(kind.path, **{name: values[name] for name in names})


def _body(
    kind: Operation, resource: TelnyxResource, callback_url: str, details: Mapping[str, Any]
) -> tuple[str, bytes]:
    if kind.body is None:
        return "application/json", b""
    body = kind.body(resource, callback_url, **details)
    if isinstance(body, Multipart):
        return multipart(body.parts)
    return "application/json", json_bytes(body)


def _say_promised(entry: OutboxEntry) -> None:
    with trace.about(request_id=entry.request_id, entry=entry.pk):
        logger.info("Entry %s is promised.", entry.pk)


def _announce(entry_id: UUID, delay: float = 0) -> None:
    failpoint("promise_committed")
    promised.send_robust(OutboxEntry, entry_id=entry_id, delay=delay)


def _earlier(
    resource: TelnyxResource, operation: str, kind: Operation, form_token: str | None
) -> OutboxEntry | None:
    same = Q(operation=operation)
    if kind.moves_record:
        same |= Q(moves_record=True)
    open_entry = entries(resource).exclude(state__in=OutboxEntry.ENDED).filter(same).first()
    if open_entry or not form_token:
        return open_entry
    return OutboxEntry.objects.filter(form_token=form_token).first()


def entries(resource: TelnyxResource) -> QuerySet[OutboxEntry]:
    """Return everything ever promised for `resource`, newest first."""
    kind = ContentType.objects.get_for_model(resource)
    return OutboxEntry.objects.filter(resource_type=kind, resource_id=resource.pk).order_by("-created_at")


def move(
    entry: OutboxEntry,
    *,
    expect: Sequence[str],
    lease: Any = None,
    only_if: Any = None,
    locked: Any = None,
    attempt: Any = None,
    releasing: Any = None,
    **changes: Any,
) -> bool:
    """Change a promise that is still in one of the `expect`ed states (and on our lease); update its resource.

    `only_if` is one more condition of the same UPDATE. The record is locked before its promise, as `add` and everything
    else that changes both does it: so no two of them wait for each other. `locked` is the record if the caller has
    locked it in this transaction. The same statement adds `attempt` to the log, and makes the waiting events due that
    are meant by `releasing`.

    Return False, having changed nothing, if someone else moved it first. A sealed body is erased when it ends. When it
    is canceled, by whom and from where ever, what requesting it had changed here is undone.
    """
    if entry.is_sealed and changes.get("state") in OutboxEntry.ENDED:
        changes["body"] = b""
    with transaction.atomic(savepoint=False):
        resource = locked or (lock_record(entry) if "state" in changes else None)
        rows = OutboxEntry.objects.filter(pk=entry.pk, state__in=expect)
        if lease is not None:
            rows = rows.filter(lease_token=lease)
        if only_if is not None:
            rows = rows.filter(only_if)
        if not _update(entry, rows, changes, resource, attempt, releasing):
            return False
        if changes.get("state") == State.CANCELLED:
            _undo(entry)
    return True


def _update(
    entry: OutboxEntry,
    rows: QuerySet[OutboxEntry],
    changes: Mapping[str, Any],
    resource: TelnyxResource | None,
    attempt: Attempt | None,
    releasing: Q | None,
) -> bool:
    """Change the one row, and all that `move` says, with one statement; read the row back."""
    # Each part after the first does something only if that one did.
    update, values = _compiled(rows, changes)
    parts, sync_state = [f"moved AS ({update} RETURNING *)"], ""
    if resource is not None and entry.moves_record and "state" in changes:
        sync_state = entry.sync_state(resource.remote_id is not None, changes["state"])
        told = _compiled(type(resource)._base_manager.filter(pk=resource.pk), {"sync_state": sync_state})
        _add(parts, values, "told", told)
    if releasing is not None:
        _add(parts, values, "released", _compiled(_waiting(releasing), {"not_before": Now()}))
    if attempt is not None:
        columns = {
            str(field.column): field.get_db_prep_save(field.pre_save(attempt, True), connection)
            for field in Attempt._meta.concrete_fields
            if not field.primary_key
        }
        listed, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        parts.append(f"noted AS (INSERT INTO mirror_attempt ({listed}) SELECT {marks} FROM moved)")  # noqa: S608
        values += columns.values()
    sql = f"WITH {', '.join(parts)} SELECT * FROM moved"  # noqa: S608 - Django's own SQL and names
    moved = list(OutboxEntry.objects.raw(sql, values))
    if not moved:
        return False
    if resource is not None and sync_state:
        resource.sync_state = sync_state
    _become(entry, moved[0], resource)
    return True


def _compiled(rows: QuerySet[Any], changes: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return the UPDATE that `rows.update(**changes)` would run; it ends in its conditions."""
    query = cast(UpdateQuery, rows.order_by().query.chain(UpdateQuery))
    query.add_update_values(dict(changes))
    sql, values = query.get_compiler(connection=connection).as_sql()
    return sql, list(values)


def _add(parts: list[str], values: list[Any], name: str, update: tuple[str, list[Any]]) -> None:
    parts.append(f"{name} AS ({update[0]} AND EXISTS (SELECT FROM moved))")
    values += update[1]


def _become(entry: OutboxEntry, row: OutboxEntry, resource: TelnyxResource | None) -> None:
    for field in OutboxEntry._meta.concrete_fields:
        setattr(entry, field.attname, getattr(row, field.attname))
    entry._prefetched_objects_cache = {}  # type: ignore[attr-defined] # as refresh_from_db() does
    entry._state.fields_cache.pop("resource", None)
    if resource is not None:
        entry.resource = resource


def hold(entry_id: UUID) -> OutboxEntry:
    """Return a promise with its record locked, and then itself, for whoever judges it before they move it.

    Call this inside `transaction.atomic()`: both stay as they are until it ends.
    """
    rows = OutboxEntry.objects.select_related("resource_type")
    lock_record(rows.get(pk=entry_id))
    return rows.select_for_update(of=("self",)).get(pk=entry_id)


def _undo(entry: OutboxEntry) -> None:
    undone = entry.get_operation().undone
    if undone and entry.resource is not None:
        undone(entry.resource)


def lock_record(entry: OutboxEntry) -> TelnyxResource | None:
    """Return the record a promise is about, locked until the transaction ends; None if it is deleted."""
    model = cast(type[TelnyxResource], entry.resource_type.model_class())
    return model._base_manager.select_for_update().filter(pk=entry.resource_id).first()


def later(
    entry: OutboxEntry,
    seconds: float,
    reason: str,
    *,
    expect: Sequence[str],
    lease: Any = None,
    **changes: Any,
) -> bool:
    """Queue a promise again, `seconds` from now, with a reason for people to read."""
    return move(
        entry,
        expect=expect,
        lease=lease,
        state=State.QUEUED,
        not_before=Now() + timedelta(seconds=seconds),
        reason=reason,
        lease_token=None,
        **changes,
    )


def retry_now(entry: OutboxEntry) -> bool:
    """Make a queued promise, or an unsure one's next check, due at once."""
    if not move(entry, expect=[State.QUEUED, State.UNSURE], not_before=Now()):
        return False
    transaction.on_commit(partial(_announce, entry.pk), robust=True)
    return True


def send_after_all(entry: OutboxEntry, why: str) -> bool:
    """Send the same bytes again, however old the promise is, because a person says nothing arrived."""
    reason = _("A person decided to send it again: %(why)s") % {"why": why}
    resolution = OutboxEntry.Resolution.PERSON
    if not later(entry, 0, reason[:500], expect=[State.NEEDS_PERSON], resolution=resolution):
        return False
    transaction.on_commit(partial(_announce, entry.pk), robust=True)
    return True


def cancel(
    entry: OutboxEntry,
    why: str,
    *,
    expect: Sequence[str] = OutboxEntry.CANCELLABLE,
    only_if: Any = None,
) -> bool:
    """Cancel a promise if nothing of it has left us, or a person is deciding about it. False if it is too late."""
    return move(
        entry,
        expect=expect,
        only_if=only_if,
        state=State.CANCELLED,
        reason=why[:500],
        resolution=OutboxEntry.Resolution.PERSON,
        resolved_at=Now(),
    )


def take_back(entry: OutboxEntry, by: User) -> bool:
    """Undo a promise that no worker has ever claimed, so that nothing of it was sent. False if it is too late."""
    why = _("%(who)s took it back before it was sent.") % {"who": by}
    return cancel(entry, why, expect=[State.QUEUED, State.BLOCKED], only_if=Q(claimed_at=None))


def heard_of(events: Sequence[WebhookEvent]) -> None:
    """Look up promises whose answer we lack and whose tokens these webhooks brought; log which are about which."""
    told = {event.callback_token: event.pk for event in events if event.callback_token}
    if not told:
        return
    meant = OutboxEntry.objects.filter(callback_token__in=told)
    meant.filter(state=State.UNSURE).update(not_before=Now())
    if logger.isEnabledFor(logging.INFO):
        for pk, token, request_id in meant.values_list("pk", "callback_token", "request_id"):
            with trace.about(request_id=request_id, entry=pk, event=told[token]):
                logger.info("Webhook event %s is about entry %s.", told[token], pk)


def release_waiting_events(remote_ids: Iterable[str | None], token: str = "") -> None:
    """Process events now that came before we knew the records they are about.

    `remote_ids` are Telnyx's ids of the records (None is ignored); `token` is the callback token of the request that
    was answered. Events about other records keep waiting.
    """
    _waiting(meant_by(remote_ids, token)).update(not_before=Now())


def meant_by(remote_ids: Iterable[str | None], token: str = "") -> Q:
    """Return which events `release_waiting_events` means."""
    meant = Q(waits_for__overlap=[id for id in remote_ids if id])
    return meant | Q(callback_token=token) if token else meant


def _waiting(meant: Q) -> QuerySet[WebhookEvent]:
    return WebhookEvent.objects.filter(meant, state=WebhookEvent.State.WAITING)
