"""Promise a request to Telnyx, and the moves a promise can make. The row is the queue; Celery is a doorbell."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.telnyx.client import json_bytes, path

from . import account
from .failpoints import failpoint
from .models import OutboxEntry, TelnyxResource, WebhookEvent
from .models.outbox import callback_token

State = OutboxEntry.State

# Sent with entry_id after the promise is committed. A receiver must be quick and may fail.
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
) -> OutboxEntry:
    """Promise `operation` on `resource`, with the path and the bytes of the body written down now.

    Raise AlreadyPromised when the resource has an open entry or `form_token` was used before. The row lock on the
    resource makes a double click, two tabs and two people one promise.
    """
    with transaction.atomic():
        locked = resource.lock()
        earlier = _earlier(locked, form_token)
        if earlier:
            raise AlreadyPromised(earlier)
        kind = locked.operations[operation]
        token = callback_token()
        entry = OutboxEntry.objects.create(
            resource_type=ContentType.objects.get_for_model(locked),
            resource_id=locked.pk,
            operation=operation,
            method=kind.method,
            path=kind.path if "{" not in kind.path else path(kind.path, id=locked.remote_id),
            body=json_bytes(kind.body(locked, account.callback_url(token))) if kind.body else b"",
            callback_token=token,
            form_token=form_token,
            requested_by=requested_by,
            not_before=timezone.now(),
        )
        _tell_resource(entry)
        failpoint("promise_before_commit")
        transaction.on_commit(partial(_announce, entry.pk), robust=True)
    resource.refresh_from_db()
    return entry


def _announce(entry_id: UUID) -> None:
    failpoint("promise_committed")
    promised.send_robust(OutboxEntry, entry_id=entry_id)


def _earlier(resource: TelnyxResource, form_token: str | None) -> OutboxEntry | None:
    open_entry = entries(resource).exclude(state__in=OutboxEntry.ENDED).first()
    if open_entry or not form_token:
        return open_entry
    return OutboxEntry.objects.filter(form_token=form_token).first()


def entries(resource: TelnyxResource) -> QuerySet[OutboxEntry]:
    """Return everything ever promised for `resource`, newest first."""
    kind = ContentType.objects.get_for_model(resource)
    return OutboxEntry.objects.filter(resource_type=kind, resource_id=resource.pk).order_by("-created_at")


def move(entry: OutboxEntry, *, expect: Sequence[str], lease: Any = None, **changes: Any) -> bool:
    """Change a promise that is still in one of the `expect`ed states (and on our lease); tell its resource.

    Return False, having changed nothing, when someone else moved it first.
    """
    with transaction.atomic():
        rows = OutboxEntry.objects.filter(pk=entry.pk, state__in=expect)
        if lease is not None:
            rows = rows.filter(lease_token=lease)
        if not rows.update(**changes):
            return False
        entry.refresh_from_db()
        if "state" in changes:
            _tell_resource(entry)
    return True


def _tell_resource(entry: OutboxEntry) -> None:
    model = cast(type[TelnyxResource], entry.resource_type.model_class())
    locked = model._base_manager.select_for_update().filter(pk=entry.resource_id).first()
    if locked is None:
        return
    locked.sync_state = entry.sync_state(has_remote=locked.remote_id is not None)
    locked.save(update_fields=["sync_state"])
    entry.resource = locked


def later(
    entry: OutboxEntry,
    seconds: float,
    reason: str,
    *,
    expect: Sequence[str],
    lease: Any = None,
    **changes: Any,
) -> bool:
    """Queue a promise again, `seconds` from now, with the reason people read."""
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
    """Make a queued promise, or the next look-up of an unsure one, due at once."""
    if not move(entry, expect=[State.QUEUED, State.UNSURE], not_before=Now()):
        return False
    _announce(entry.pk)
    return True


def send_after_all(entry: OutboxEntry, why: str) -> bool:
    """A person says nothing arrived: send the same bytes again, however old the promise is."""
    reason = _("A person decided to send it again: %(why)s") % {"why": why}
    resolution = OutboxEntry.Resolution.PERSON
    return later(entry, 0, reason[:500], expect=[State.NEEDS_PERSON], resolution=resolution)


def cancel(entry: OutboxEntry, why: str) -> bool:
    """Withdraw a promise of which nothing has left us, or about which a person decides. False when too late."""
    return move(
        entry,
        expect=OutboxEntry.CANCELLABLE,
        state=State.CANCELLED,
        reason=why[:500],
        resolution=OutboxEntry.Resolution.PERSON,
        resolved_at=Now(),
    )


def heard_of(token: str) -> None:
    """A webhook carried the token of a promise whose answer we miss: look it up now."""
    OutboxEntry.objects.filter(callback_token=token, state=State.UNSURE).update(not_before=Now())


def release_waiting_events() -> None:
    """Events that came before the answer did can be understood now."""
    WebhookEvent.objects.filter(state=WebhookEvent.State.WAITING).update(
        state=WebhookEvent.State.PENDING, not_before=Now()
    )
