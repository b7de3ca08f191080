"""The list of hosted numbers as a CSV file."""

from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy

from messaging.list_csv import Column

from ..models import HostedNumber
from . import page, wording


def prepare(numbers: list[HostedNumber], user: User) -> None:
    page.look_up(numbers, user)


def _order(number: Any, _user: User) -> str:
    return str(number.order or "")


COLUMNS = (
    Column(gettext_lazy("Number"), lambda number, user: number.phone_number),
    Column(gettext_lazy("Name"), lambda number, user: number.known_as),
    Column(gettext_lazy("Customer"), lambda number, user: number.order.customer if number.order else ""),
    Column(gettext_lazy("Order"), _order),
    Column(gettext_lazy("Messaging profile"), lambda number, user: number.profile_name),
    Column(gettext_lazy("Product"), lambda number, user: wording.product(number.messaging_product)),
    Column(gettext_lazy("Tags"), lambda number, user: ", ".join(number.tags)),
    Column(gettext_lazy("Health"), lambda number, user: wording.health(number).words),
    Column(gettext_lazy("Type"), lambda number, user: wording.kind(number)),
    Column(gettext_lazy("Our side"), lambda number, user: page.our_side(number)[1]),
    Column(gettext_lazy("No longer at Telnyx since (%(zone)s)"), lambda number, user: number.gone_at),
    Column(gettext_lazy("Telnyx ID"), lambda number, user: number.remote_id),
)
