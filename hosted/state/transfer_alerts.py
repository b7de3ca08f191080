"""Alert people that a transfer from another Telnyx account is waiting for an answer, until someone has seen it.

After the deadline, no answer means yes (docs/telnyx.md, T3.24). The numbers lose their 10DLC campaigns with the
transfer (docs/telnyx.md, T3.25).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock

from ..choices import TRANSFER_OPEN, TRANSFERRED, Rung

if TYPE_CHECKING:
    from ..models import HostedOrder

# The current owner has this long to answer (docs/telnyx.md, T3.24).
ANSWER_WITHIN = timedelta(hours=72)
BEFORE: dict[str, timedelta] = {
    Rung.HOURS_48: timedelta(hours=48),
    Rung.HOURS_24: timedelta(hours=24),
    Rung.HOURS_6: timedelta(hours=6),
}

CAMPAIGNS_WARNING = _(
    "When the transfer goes through, the numbers leave the current owner's 10DLC campaigns, so they have to "
    "be registered again. Telnyx doesn't say here which campaigns these are."
)
CAMPAIGNS_LOST = _(
    "The transfer went through, and the numbers lost their 10DLC campaign registrations. Register them "
    "again, or many of their texts are blocked."
)


@dataclass(frozen=True)
class Alert:
    """What to show now: which step of the ladder, since when, and until when the current owner can answer."""

    rung: Rung
    since: datetime
    deadline: datetime | None
    warning: str | Promise = CAMPAIGNS_WARNING


def plan(order: "HostedOrder", asked_at: datetime) -> None:
    """Schedule the alerts: on receipt, and 48, 24 and 6 hours before the deadline."""
    times: dict[str, datetime] = {Rung.RECEIVED: asked_at}
    if order.transfer_deadline:
        times |= {rung: order.transfer_deadline - before for rung, before in BEFORE.items()}
    known = {alert.rung: alert for alert in order.alerts.all()}
    for rung, due_at in times.items():
        if rung not in known:
            order.alerts.create(rung=rung, due_at=due_at)
        elif known[rung].due_at != due_at:
            known[rung].due_at = min(known[rung].due_at, due_at) if rung == Rung.RECEIVED else due_at
            known[rung].save(update_fields=["due_at"])


def loses_campaigns(order: "HostedOrder") -> bool:
    """Return True if the numbers' 10DLC registrations are lost with the transfer, and nobody has dealt with that."""
    return (
        order.transfer_state in TRANSFERRED and order.campaigns_settled_at is None and order.gone_at is None
    )


def current(order: "HostedOrder", now: datetime | None = None) -> Alert | None:
    """Return the newest step that is due, or None if there is none or someone has acknowledged the transfer."""
    if order.transfer_state not in TRANSFER_OPEN or order.transfer_acknowledged_at or order.gone_at:
        return None
    now = now or clock.now()
    due = [alert for alert in order.alerts.all() if alert.due_at <= now]
    if not due:
        return None
    newest = max(due, key=lambda alert: (alert.due_at, RUNGS.index(Rung(alert.rung))))
    return Alert(Rung(newest.rung), newest.due_at, order.transfer_deadline)


RUNGS: Sequence[Rung] = (Rung.RECEIVED, Rung.HOURS_48, Rung.HOURS_24, Rung.HOURS_6)
