"""What hosted orders know about a number that someone searches for in the message log."""

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from messaging.desk.number_lookup import MOST, Found, Needle
from messaging.validators import display_number

from ..models import OrderNumber
from ..orders.page import page_url
from ..state import turns

VIEW = "hosted.view_hostedorder"


def orders(user: User, needle: Needle) -> list[Found]:
    """Return the orders that contain the number, newest first."""
    if not user.has_perm(VIEW):
        return []
    found = OrderNumber.objects.select_related("order").order_by("-order__created_at")
    if needle.numbers:
        found = found.filter(phone_number__in=needle.numbers)
    else:
        found = found.filter(phone_number__endswith=needle.ending)
    by_order = {number.order_id: number for number in found[:MOST]}
    turns.with_standing([number.order for number in by_order.values()])
    return [_found(number) for number in by_order.values()]


def _found(number: OrderNumber) -> Found:
    turn = number.order.turn()
    what = _("Hosted order %(order)s") % {"order": number.order}
    shown = " · ".join(filter(None, [display_number(number.phone_number), number.name]))
    return Found(shown, what, page_url(number.order), turn.group, turn.group.label)
