"""What hosted numbers add to the home page: whose turn it is, counted, and what needs us."""

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from messaging.home import Card, Item, Link, Section
from messaging.turns import Group

from . import turns
from .models import HostedOrder
from .page import ADD, page_url

VIEW = "hosted.view_hostedorder"
LIST = "admin:hosted_hostedorder_changelist"
MOST_URGENT = 8
CARDS = (
    (Group.NEEDS_US, _("Hosted: needs us"), _("codes, documents, a decision")),
    (Group.REVIEWING, _("Hosted: reviewing"), _("with Telnyx or the carriers")),
    (Group.DRAFT, _("Hosted: drafts"), _("not ordered yet")),
)


def my_work(user: User) -> Section:
    """Return what this person may see of the orders."""
    if not user.has_perm(VIEW):
        return Section()
    counts = turns.counted()
    cards = [
        Card(title, counts[group], f"{reverse(LIST)}?group={group.value}", group, hint)
        for group, title, hint in CARDS
    ]
    start = (
        Link(_("New hosted order"), reverse("admin:hosted_hostedorder_add")) if user.has_perm(ADD) else None
    )
    urgent = _urgent() if counts[Group.NEEDS_US] else []
    return Section(cards=cards, urgent=urgent, start=start, begun=counts.total() > 0)


def _urgent() -> list[Item]:
    waiting = HostedOrder.objects.filter(turns.in_group(Group.NEEDS_US)).defer("remote_data")
    orders = list(waiting.order_by("created_at")[:MOST_URGENT])
    turns.with_standing(orders)
    return [_item(order) for order in orders]


def _item(order: HostedOrder) -> Item:
    turn = order.turn()
    return Item(
        str(order),
        turn.words,
        page_url(order),
        turn.group,
        turn.group.label,
        due_at=order.due_at(),
        since=order.turn_since(),
    )
