"""The list of hosted orders as a CSV file."""

from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy

from messaging.list_csv import Column
from messaging.team.people import name_and_state
from messaging.validators import display_number

from ..models import HostedOrder
from ..state import turns
from . import page


def prepare(orders: list[HostedOrder], _user: Any) -> None:
    turns.with_standing(orders)
    prefetch_related_objects(orders, "numbers", "messaging_profile", "created_by", "assigned_to")


def _numbers(order: HostedOrder, _user: Any) -> str:
    """Return the numbers with their names; without the plus sign a spreadsheet takes them for text."""
    rows = sorted(order.numbers.all(), key=lambda number: number.phone_number)
    shown = (f"{display_number(row.phone_number)} {row.name}".strip().removeprefix("+") for row in rows)
    return "; ".join(shown)


def _author(order: HostedOrder, _user: Any) -> str:
    return str(order.created_by or "")


COLUMNS = (
    Column(gettext_lazy("Order"), lambda order, user: str(order)),
    Column(gettext_lazy("Customer"), lambda order, user: order.customer),
    Column(gettext_lazy("Numbers"), _numbers),
    Column(gettext_lazy("Live numbers"), lambda order, user: turns.standing(order).live),
    Column(gettext_lazy("Failed numbers"), lambda order, user: turns.standing(order).failed),
    Column(gettext_lazy("Stage"), lambda order, user: order.turn().group.label),
    Column(gettext_lazy("What happens now"), lambda order, user: turns.line(order)),
    Column(gettext_lazy("Status at Telnyx"), lambda order, user: page.status_words(order)),
    Column(gettext_lazy("Status in Telnyx's word"), lambda order, user: order.remote_status),
    Column(gettext_lazy("Due (%(zone)s)"), lambda order, user: order.due_at()),
    Column(gettext_lazy("Assigned to"), lambda order, user: name_and_state(order.assigned_to)),
    Column(gettext_lazy("Messaging profile"), lambda order, user: str(order.messaging_profile or "")),
    Column(gettext_lazy("Note"), lambda order, user: order.note),
    Column(gettext_lazy("Created by"), _author),
    Column(gettext_lazy("Created (%(zone)s)"), lambda order, user: order.created_at),
    Column(gettext_lazy("Last edited (%(zone)s)"), lambda order, user: order.updated_at),
    Column(gettext_lazy("Telnyx ID"), lambda order, user: order.remote_id),
)
