"""What hosted numbers add to the home page: the stages, counted, and what needs us."""

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk.home import Card, Item, Link, Section
from messaging.desk.turns import OURS, Group
from messaging.mirror.models import WebhookEvent
from messaging.telnyx import times

from ..models import HostedOrder
from ..orders.page import ADD, page_url
from ..state import turns
from ..state.transfer_alerts import ANSWER_WITHIN
from ..webhooks import TRANSFER_ASKED, UNKNOWN_TRANSFER

VIEW = "hosted.view_hostedorder"
LIST = "admin:hosted_hostedorder_changelist"
MOST_URGENT = 8
CARDS = (
    (
        Group.DECISION,
        gettext_lazy("Hosted: needs your decision"),
        gettext_lazy("what happened to a request?"),
    ),
    (Group.NEEDS_US, gettext_lazy("Hosted: action needed"), gettext_lazy("codes, documents, failures")),
    (
        Group.UNSURE,
        gettext_lazy("Hosted: checking with Telnyx"),
        gettext_lazy("nothing to do; the desk is finding out"),
    ),
    (Group.REVIEWING, gettext_lazy("Hosted: in review (Telnyx)"), gettext_lazy("documents, transfers")),
    (Group.CARRIERS, gettext_lazy("Hosted: in review (carriers)"), gettext_lazy("texting is being switched")),
    (Group.DRAFT, gettext_lazy("Hosted: drafts"), gettext_lazy("not ordered yet")),
)


def my_work(user: User) -> Section:
    """Return what this person may see about the orders."""
    if not user.has_perm(VIEW):
        return Section()
    counts = turns.counted()
    cards = [
        Card(title, counts[group], f"{reverse(LIST)}?group={group.value}", group, hint)
        for group, title, hint in CARDS
        if group not in (Group.DECISION, Group.UNSURE) or counts[group]
    ]
    start = (
        Link(_("New hosted order"), reverse("admin:hosted_hostedorder_add")) if user.has_perm(ADD) else None
    )
    urgent = _unknown_transfers(user) + (_urgent() if any(counts[group] for group in OURS) else [])
    return Section(cards=cards, urgent=urgent, start=start, started=counts.total() > 0)


def _unknown_transfers(user: User) -> list[Item]:
    """Return requests to transfer numbers away whose order is not in this desk. Only a webhook reports them."""
    if not user.has_perm("mirror.view_webhookevent"):
        return []
    asked = WebhookEvent.objects.filter(state=WebhookEvent.State.WAITING, event_type=TRANSFER_ASKED)
    return [
        Item(
            _("Transfer of numbers in order %(id)s") % {"id": ", ".join(event.waits_for) or "?"},
            UNKNOWN_TRANSFER,
            reverse("admin:mirror_webhookevent_change", args=[event.pk]),
            Group.NEEDS_US,
            Group.NEEDS_US.label,
            is_alarm=True,
            due_at=(times.past(event.occurred_at, event.received_at) or event.received_at) + ANSWER_WITHIN,
        )
        for event in asked.defer("body").order_by("id")[:MOST_URGENT]
    ]


def _urgent() -> list[Item]:
    waiting = HostedOrder.objects.filter(turns.in_group(*OURS)).defer("remote_data")
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
