"""What hosted numbers add to the home page: the stages, counted, and what needs us."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Value,
    When,
)
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import stages
from messaging.desk.home import Card, Item, Link, Section, Waiting, waiting_rows
from messaging.desk.turns import OURS, Group
from messaging.mirror.models import WebhookEvent
from messaging.team import kinds, people
from messaging.telnyx import times

from ..models import HostedOrder
from ..orders.page import ADD, page_url
from ..state import turn_rules, turns
from ..state.transfer_alerts import ANSWER_WITHIN
from ..webhooks import TRANSFER_ASKED, UNKNOWN_TRANSFER

VIEW = "hosted.view_hostedorder"
LIST = "admin:hosted_hostedorder_changelist"
CARDS = (
    (
        Group.DECISION,
        gettext_lazy("Hosted: needs your decision"),
        gettext_lazy("what happened to a request?"),
    ),
    (
        Group.APPROVAL,
        gettext_lazy("Hosted: waiting for approval"),
        gettext_lazy("read it, then approve it or send it back"),
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
        if group not in (Group.DECISION, Group.APPROVAL, Group.UNSURE) or counts[group]
    ]
    if count := counts["unassigned"]:
        url = f"{reverse(LIST)}?group={Group.NEEDS_US.value}&with=nobody"
        hint = _("action needed, unassigned")
        cards.append(Card(_("Hosted: unassigned"), count, url, Group.NEEDS_US, hint))
    mine = turns.in_group(*OURS, Group.DRAFT) & Q(assigned_to=user)
    start = (
        Link(_("New hosted order"), reverse("admin:hosted_hostedorder_add")) if user.has_perm(ADD) else None
    )
    return Section(
        cards=cards,
        waiting=_waiting(user, counts),
        mine=[_waiting_orders(HostedOrder.objects.filter(mine))]
        if kinds.of(HostedOrder).may_have(user)
        else [],
        start=start,
    )


def _waiting(user: User, counts: Mapping[str, int]) -> list[Waiting]:
    """Return what waits for us: orders, and requests to transfer numbers away whose order is not in this desk.

    Only a webhook reports such a transfer.
    """
    found = []
    if any(counts[group] for group in OURS):
        found.append(_waiting_orders(HostedOrder.objects.filter(turns.in_group(*OURS))))
    if user.has_perm("mirror.view_webhookevent"):
        latest = F("received_at") + Value(times.AHEAD, DurationField())
        at = Case(
            When(occurred_at__lte=ExpressionWrapper(latest, DateTimeField()), then="occurred_at"),
            default="received_at",
            output_field=DateTimeField(),
        )
        asked = WebhookEvent.objects.filter(state=WebhookEvent.State.WAITING, event_type=TRANSFER_ASKED)
        due = at + Value(ANSWER_WITHIN, DurationField())
        rows = waiting_rows(asked, "transfer", due=due, since=at, is_alarm=True)
        found.append(Waiting("transfer", [rows], _transfers))
    return found


def waiting(group: Group) -> Sequence[QuerySet]:
    """Return how urgent the orders in a group are."""
    return _waiting_orders(HostedOrder.objects.filter(turns.in_group(group))).rows


def _waiting_orders(orders: QuerySet) -> Waiting:
    """Return these orders as work: two parts that an index sorts, and the few whose numbers another account wants."""
    asked, unseen = turn_rules.asked(), Q(kept_stage="transfer_unseen")
    clocks: dict[str, Any] = {"due": turn_rules.due(), "since": stages.SINCE}
    parts = [
        waiting_rows(part, "hosted", order=stages.OLDEST_FIRST, **clocks)
        for part in (orders.filter(asked), orders.filter(~asked, ~unseen))
    ]
    parts.append(waiting_rows(orders.filter(unseen), "hosted", **clocks))
    return Waiting("hosted", parts, _orders)


def _transfers(keys: Sequence[str]) -> Mapping[str, Item]:
    return {
        str(event.pk): Item(
            _("Transfer of numbers in order %(id)s") % {"id": ", ".join(event.waits_for) or "?"},
            UNKNOWN_TRANSFER,
            reverse("admin:mirror_webhookevent_change", args=[event.pk]),
            Group.NEEDS_US,
            Group.NEEDS_US.label,
            due_at=(times.past(event.occurred_at, event.received_at) or event.received_at) + ANSWER_WITHIN,
        )
        for event in WebhookEvent.objects.filter(pk__in=keys).defer("body")
    }


def _orders(keys: Sequence[str]) -> Mapping[str, Item]:
    orders = list(HostedOrder.objects.filter(pk__in=keys).select_related("assigned_to").defer("remote_data"))
    turns.with_standing(orders)
    return {str(order.pk): _item(order) for order in orders}


def _item(order: HostedOrder) -> Item:
    turn = order.turn()
    return Item(
        str(order),
        turn.words,
        page_url(order),
        turn.group,
        turn.group.label,
        due_at=turns.due_for_us(order),
        since=order.turn_since(),
        kind=_("Hosted order"),
        person=people.with_words(order.assigned_to),
        outside=order.customer[:80] or order.unnamed(),
    )
