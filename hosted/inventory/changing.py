"""What people do with hosted numbers: change settings or end the hosting, each in one transaction."""

from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.desk import acts
from messaging.desk.pages import NotAllowed
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox

from ..models import HostedNumber, OrderNumber
from ..orders import workflow


class ChangedMeanwhile(Exception):
    """The settings, or the promises about them, have changed since the page was shown."""


def fingerprint(number: HostedNumber, *also: Any) -> str:
    """Return what tells whether the settings that a page showed, and `also`, are still the same."""
    settings = [getattr(number, name) for name in number.followed]
    return sha256(repr([*also, *settings]).encode()).hexdigest()[:16]


def seen(number: HostedNumber) -> str:
    """Return what a confirmation refers to: these settings, after this promise."""
    return fingerprint(number, outbox.entries(number).values_list("pk", flat=True).first())


def holder(number: HostedNumber) -> OrderNumber | None:
    """Return the number's row in the order through which Telnyx hosts it, or None if we know of no such order."""
    found = OrderNumber.objects.filter(phone_number=number.phone_number, gone_at=None, order__gone_at=None)
    held = found.exclude(remote_number_id="").select_related("order").order_by("-live", "-order__created_at")
    return next((row for row in held if row.is_in_order() and not row.has_failed()), None)


def removals(held: OrderNumber | None) -> list[OutboxEntry]:
    """Return the promises to remove this number from its order, newest first."""
    if held is None or not held.remote_number_id:
        return []
    entries = outbox.entries(held.order).filter(operation="remove_number")
    return list(
        entries.filter(path__endswith=f"/{held.remote_number_id}").select_related(
            "requested_by", "resource_type"
        )
    )


def why_not(number: HostedNumber, removing: bool) -> str:
    """Return why nothing about this number can be sent now, or an empty string."""
    if number.gone_at is not None:
        return _("Telnyx no longer hosts this number, so nothing about it can be changed.")
    if outbox.entries(number).exclude(state__in=OutboxEntry.ENDED).exists():
        return _("A change is in progress. Wait until it is done.")
    if removing:
        return _("The number is being removed. Nothing else can be changed.")
    return ""


def change(
    number: HostedNumber,
    changes: dict[str, Any],
    *,
    by: User,
    as_seen: str,
    form_token: str,
    told: str = "",
    reason: str = "",
) -> OutboxEntry:
    """Promise these changes to the settings, and nothing that stays the same.

    `told` says for the history what the settings are and would be, `reason` why.

    Raise ChangedMeanwhile, NotAllowed or AlreadyPromised; then nothing was promised.
    """
    with transaction.atomic():
        row = number.lock()
        earlier = OutboxEntry.objects.filter(form_token=form_token).first()
        if earlier:
            raise outbox.AlreadyPromised(earlier)
        objection = why_not(row, is_removing(row))
        if objection:
            raise NotAllowed(objection)
        if seen(row) != as_seen:
            raise ChangedMeanwhile
        entry = outbox.add(row, "update", requested_by=by, form_token=form_token, **changes)
        below = "\n".join(filter(None, [told, reason]))
        acts.record(by, row, _("Change requested"), reason=below, at=entry.created_at)
        return entry


def is_removing(number: HostedNumber) -> bool:
    return any(entry.is_open() for entry in removals(holder(number)))


def remove(number: HostedNumber, *, by: User, form_token: str, reason: str = "") -> OutboxEntry:
    """Promise to remove the number from its order, which ends its hosting. Raise NotAllowed or AlreadyPromised."""
    with transaction.atomic():
        row = number.lock()
        held = holder(row)
        if held is None:
            raise NotAllowed(_("We don't know which order at Telnyx holds this number."))
        try:
            entry = workflow.remove_number(held, by=by, form_token=form_token, reason=reason)
            acts.record(by, row, _("Removal at Telnyx requested"), reason=reason, at=entry.created_at)
            return entry
        except outbox.AlreadyPromised as error:
            if error.entry.path.endswith(f"/{held.remote_number_id}"):
                raise
            raise NotAllowed(
                _(
                    "Another number in this order is being removed, and we remove one at a "
                    "time. Nothing was sent for this one. Try again when the other is done."
                )
            ) from error
