"""Hosted orders as work of the team."""

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from messaging.desk import sight
from messaging.desk.sight import Sight
from messaging.desk.turns import Group
from messaging.notices.awaited import Awaited
from messaging.team.kinds import Kind

from ..choices import OrderStatus
from ..models import HostedOrder
from ..orders.page import APPROVE, CHANGE, SUBMIT
from ..state import merge, turns
from .home import VIEW, waiting


def seen_of(order: HostedOrder, user: User) -> Sight:
    """Return what this person sees of texts about an order: numbers of others only if they work on orders."""
    if user.has_perm(CHANGE):
        return sight.WHOLE
    return sight.masked(ours=list(order.numbers.values_list("phone_number", flat=True)))


SENT_BY = ("create", "upload_documents")
ORDERS = Kind(
    HostedOrder,
    _("hosted orders"),
    VIEW,
    CHANGE,
    seen_of,
    waiting,
    APPROVE,
    written=SENT_BY,
    submit=SUBMIT,
)
LIVE = Awaited(
    HostedOrder,
    VIEW,
    OrderStatus.SUCCESSFUL,
    lambda: HostedOrder.objects.filter(turns.in_group(Group.DONE)),
    SENT_BY,
    times=merge.times,
)
