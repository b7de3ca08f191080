"""What people do with auto-responses: save a draft, send, accept Telnyx's copy, send ours again, delete."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.desk import drift
from messaging.desk.pages import HasProblems, NotAllowed
from messaging.mirror.models import OutboxEntry, SyncState
from messaging.models import AutoResponse, MessagingProfile
from messaging.models.autoresponses import EDITED

from . import lint


def seen(config: AutoResponse) -> str:
    """Return a short stamp of both copies as they are now, to notice that a page shows older ones."""
    ours = {name: getattr(config, name) for name in EDITED}
    told = json.dumps([ours, config.remote_data, config.sync_state, str(config.gone_at)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def draft(pk: UUID, profile: MessagingProfile, values: Mapping[str, Any], *, by: User) -> AutoResponse:
    """Save a new auto-response, or its draft again, without sending anything. `pk` makes two clicks one draft."""
    with transaction.atomic():
        config, made = AutoResponse.objects.get_or_create(
            pk=pk, defaults={"profile": profile, "created_by": by, **values}
        )
        row = config.lock()
        if not made:
            _check_editable(row)
            if row.remote_id:
                raise NotAllowed(_("It is at Telnyx, so changes are sent, not kept as a draft."))
            row.profile = profile
        _set(row, values)
        row.save()
    return row


def send(
    config: AutoResponse, values: Mapping[str, Any], *, by: User, form_token: str, was: str
) -> OutboxEntry:
    """Save `values` and promise them, both or neither. `was` is `seen` of the page they were typed on."""
    with transaction.atomic():
        row = config.lock()
        _check_editable(row)
        if was != seen(row):
            raise NotAllowed(_("It changed while you were typing. Nothing was sent. Compare again."))
        _set(row, values)
        row.save()
        if found := lint.errors(row.problems()):
            raise HasProblems(found)
        return row.promise(row.next_operation(), requested_by=by, form_token=form_token)


def push_ours(config: AutoResponse, *, by: User, form_token: str, was: str) -> OutboxEntry:
    """Send our copy again, overwriting what someone changed at Telnyx."""
    return send(config, {}, by=by, form_token=form_token, was=was)


def take_theirs(config: AutoResponse, *, by: User, was: str) -> None:
    """Replace our copy with the one Telnyx holds; nothing is sent."""
    with transaction.atomic():
        row = config.lock()
        names = row.differing()
        if not names:
            raise NotAllowed(_("There is no longer any difference."))
        if was != seen(row):
            raise NotAllowed(_("It changed in the meantime. Check both copies again."))
        row.settle(names)
        drift.take(row, names)
        row.sync_state, row.differs, row.version = SyncState.ACCEPTED, False, row.version + 1
        row.save(update_fields=["sync_state", "differs", "version"])
        drift.put_on_record(by, row, names, ())


def delete(config: AutoResponse, *, by: User, form_token: str) -> OutboxEntry:
    """Promise to delete it at Telnyx."""
    with transaction.atomic():
        row = config.lock()
        _check_editable(row)
        if not row.remote_id:
            raise NotAllowed(_("It isn't at Telnyx."))
        return row.promise("delete", requested_by=by, form_token=form_token)


def delete_draft(config: AutoResponse) -> None:
    with transaction.atomic():
        row = config.lock()
        if not row.can_delete_draft():
            raise NotAllowed(_("It was once queued for Telnyx, so it stays as a record of that."))
        row.delete()


def copy(config: AutoResponse, pk: UUID, *, by: User) -> AutoResponse:
    """Start a new draft with the texts of this one."""
    return draft(pk, config.profile, {name: getattr(config, name) for name in EDITED}, by=by)


def _check_editable(row: AutoResponse) -> None:
    if row.gone_at:
        raise NotAllowed(_("It is no longer at Telnyx. Its texts can be copied into a new one."))
    if row.is_under_way():
        raise NotAllowed(
            _("A request for it is on its way to Telnyx. You can change it once that is settled.")
        )


def _set(row: AutoResponse, values: Mapping[str, Any]) -> None:
    for name in EDITED:
        if name in values:
            setattr(row, name, values[name])
    row.clean()
