"""The stage of a hosted order, and what a person reads about it."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, Count, Max, Q, QuerySet, Value, When
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.desk import stages
from messaging.desk.show import clock
from messaging.desk.turns import ASKS_DECISION, OURS, Group, Turn
from messaging.mirror.clock import now
from messaging.mirror.models import OutboxEntry

from ..choices import NUMBER_FAILURES, DocumentKind, NumberStatus, OrderStatus
from . import turn_rules

if TYPE_CHECKING:
    from ..models import Document, HostedOrder, OrderNumber


@dataclass
class Standing:
    """What the turn of one order is derived from: its rule, the counts of its numbers, its newest promise.

    `total` leaves out numbers that were removed, unless all were, as in a canceled order.
    """

    rule: str = "review"
    total: int = 0
    live: int = 0
    failed: int = 0
    refused: int = 0
    sent_at: datetime | None = None
    # The kinds of documents that are here and not refused, sent or not.
    papers: Collection[str] = ()
    entry: OutboxEntry | None = None


def in_group(*groups: str) -> Q:
    """Return the filter for the orders that show one of these chips."""
    return Q(kept_stage__in=turn_rules.names_of(*groups))


def counted() -> Counter[str]:
    """Return how many orders each group has, and how many that need us are "unassigned", as far as they are counted."""
    conditions = {group.value: in_group(group) for group in Group}
    conditions["unassigned"] = in_group(Group.NEEDS_US) & Q(assigned_to=None)
    return Counter(stages.counted(apps.get_model("hosted", "HostedOrder"), conditions))


def with_standing(orders: "Iterable[HostedOrder]") -> None:
    """Give each order what its turn is derived from, with a fixed number of queries however many orders there are."""
    by_id = {order.pk: order for order in orders}
    standings = {pk: Standing() for pk in by_id}
    rows = cast(Any, apps.get_model("hosted", "HostedOrder")).objects.filter(pk__in=by_id)
    for pk, rule in _rules(rows).items():
        standings[pk].rule = rule
    _count(standings)
    _promises(standings)
    for pk, order in by_id.items():
        order.known_standing = standings[pk]


def _rules(orders: QuerySet) -> dict[Any, str]:
    """Return the name of the rule that fits each order, also while `migrate` has yet to write it down."""
    found = dict(orders.values_list("pk", "kept_stage").order_by())
    if unwritten := [pk for pk, rule in found.items() if rule is None]:
        rows = orders.filter(pk__in=unwritten).annotate(rule=turn_rules.fitting())
        found |= dict(rows.values_list("pk", "rule").order_by())
    return found


def _count(standings: dict[Any, Standing]) -> None:
    numbers = apps.get_model("hosted", "OrderNumber").objects.filter(order__in=standings)
    counted = (
        numbers.values("order")
        .order_by("order")
        .annotate(
            all=Count("pk"),
            total=Count("pk", filter=Q(gone_at=None) & ~Q(status=NumberStatus.DELETED)),
            live=Count("pk", filter=Q(status=NumberStatus.SUCCESSFUL, gone_at=None)),
            failed=Count("pk", filter=Q(status__in=NUMBER_FAILURES)),
            refused=Count("pk", filter=Q(status=NumberStatus.FAILED_CARRIER_REJECTED)),
        )
    )
    for row in counted:
        for name in ("total", "live", "failed", "refused"):
            setattr(standings[row["order"]], name, row[name])
        standings[row["order"]].total = row["total"] or row["all"]
    documents = apps.get_model("hosted", "Document").objects.filter(order__in=standings)
    here = Q(replaced_by=None, refused_at=None)
    of_orders = documents.values("order").order_by()
    of_orders = of_orders.annotate(at=Max("sent_at"), kinds=ArrayAgg("kind", filter=here))
    for pk, sent_at, kinds in of_orders.values_list("order", "at", "kinds"):
        standings[pk].sent_at, standings[pk].papers = sent_at, kinds or ()


def _promises(standings: dict[Any, Standing]) -> None:
    """Find the promise that needs a person's decision, else the newest one that moves the order."""
    entries = OutboxEntry.objects.filter(
        resource_type=turn_rules.resource_type(), resource_id__in=standings
    ).defer("body")
    waiting = Q(state=OutboxEntry.State.NEEDS_PERSON)
    ranked = (
        entries.filter(waiting | Q(moves_record=True))
        .select_related("requested_by")
        .annotate(rank=Case(When(waiting, then=Value(0)), default=Value(1)))
    )
    for entry in ranked.order_by("resource_id", "rank", "-created_at").distinct("resource_id"):
        standings[entry.resource_id].entry = entry


def stand(
    order: "HostedOrder",
    numbers: "Sequence[OrderNumber]",
    documents: "Sequence[Document]",
    entries: Sequence[OutboxEntry],
) -> None:
    """Give one order, just read, what its turn is derived from, if its rows are already loaded.

    `entries` are all its promises, newest first.
    """
    orders = cast(Any, apps.get_model("hosted", "HostedOrder")).objects
    waiting = [entry for entry in entries if entry.state == OutboxEntry.State.NEEDS_PERSON]
    moving = [entry for entry in entries if entry.moves_record]
    order.known_standing = Standing(
        rule=order.kept_stage or _rules(orders.filter(pk=order.pk))[order.pk],
        total=sum(number.is_in_order() for number in numbers) or len(numbers),
        live=sum(number.status == NumberStatus.SUCCESSFUL and not number.gone_at for number in numbers),
        failed=sum(number.status in NUMBER_FAILURES for number in numbers),
        refused=sum(number.status == NumberStatus.FAILED_CARRIER_REJECTED for number in numbers),
        sent_at=max((paper.sent_at for paper in documents if paper.sent_at), default=None),
        papers=[paper.kind for paper in documents if paper.is_current() and not paper.refused_at],
        entry=next(iter([*waiting, *moving]), None),
    )


def standing(order: "HostedOrder") -> Standing:
    """Return what the order's turn is derived from, as of the first call."""
    if order.known_standing is None:
        with_standing([order])
    return cast(Standing, order.known_standing)


def turn(order: "HostedOrder") -> Turn:
    """Return the stage: what our side has open comes before what Telnyx says."""
    found = standing(order)
    turn = replace(turn_rules.BY_NAME[found.rule].turn, words=_words(order, found))
    if order.remote_status == order.known_status or found.rule in OUR_RULES:
        return turn
    words = _("%(status)s (new status, meaning not known yet)") % {"status": order.remote_status}
    return replace(turn, words=words, setting="")


# Where every number that failed was refused by its provider.
ALL_REFUSED = {
    "partly": gettext_lazy("%(live)s live, %(lost)s refused."),
    "some_failed": gettext_lazy("%(live)s live, %(lost)s refused."),
    "partly_done": gettext_lazy("Partly done: %(live)s live, %(lost)s refused."),
}
# What is left to do about documents, by those that are here.
HERE: dict[frozenset[str], Promise] = {
    frozenset({DocumentKind.LOA.value}): gettext_lazy("Upload the bill."),
    frozenset({DocumentKind.BILL.value}): gettext_lazy("Upload the letter."),
    frozenset(DocumentKind.values): gettext_lazy("Compare the letter and the bill, then send them."),
}
OUR_RULES = (
    "decision",
    "queued",
    "sending",
    "unsure",
    "cancelled",
    "approval",
    "papers_approval",
    "refused",
    "draft",
    "papers_unsure",
    "papers_sending",
)


def since(order: "HostedOrder") -> datetime:
    """Return when the current turn started: Telnyx's time for Telnyx's status, the promise's time for ours."""
    found = standing(order)
    entry = found.entry
    if found.rule in ("decision", "queued", "sending", "unsure", "refused") and entry:
        return entry.resolved_at or entry.created_at
    if found.rule in ("draft", "approval"):
        return order.updated_at
    if found.rule in turn_rules.TRANSFERS and order.transfer_at:
        return order.transfer_at
    if found.rule == "review" and found.sent_at:
        return max(filter(None, (found.sent_at, order.remote_status_at)))
    if found.rule == "check_again" and order.check_again_at:
        return order.check_again_at
    return order.gone_at or order.remote_status_at or order.created_at


def due_at(order: "HostedOrder") -> datetime | None:
    """Return when this turn's clock runs out; for a transfer, the deadline for the owner's answer."""
    if standing(order).rule in turn_rules.TRANSFERS:
        return order.transfer_deadline
    return turn(order).due_at(since(order))


def due_for_us(order: "HostedOrder") -> datetime | None:
    """Return what `turn_rules.due` does: no date of a review, which is only what is usual."""
    is_ours = turn(order).group in OURS or standing(order).rule in turn_rules.TRANSFERS
    return due_at(order) if is_ours else None


def _goal(days: int, *, is_late: bool) -> str:
    if is_late:
        return ngettext(
            "Our own goal of %(days)s day passed %(at)s. Telnyx sets no deadline that we know of.",
            "Our own goal of %(days)s days passed %(at)s. Telnyx sets no deadline that we know of.",
            days,
        )
    return ngettext(
        "Our own goal: within %(days)s day, by %(at)s. Telnyx sets no deadline that we know of.",
        "Our own goal: within %(days)s days, by %(at)s. Telnyx sets no deadline that we know of.",
        days,
    )


def timing(order: "HostedOrder") -> str:
    """Return what the clock of this stage means and what happens when it runs out, or an empty text."""
    due, is_ours = due_at(order), turn(order).group in OURS
    if due is None or standing(order).rule in turn_rules.TRANSFERS:  # its words name the deadline
        return ""
    if is_ours:
        days = settings.HOSTED_ANSWER_DAYS
        return _goal(days, is_late=due < now()) % {"days": days, "at": clock(due)}
    if due < now():
        return _("This is usually done by %(at)s. Ask Telnyx support why it is taking longer.") % {
            "at": clock(due)
        }
    return _("Usually done by %(at)s. If it takes longer, ask Telnyx support.") % {"at": clock(due)}


def line(order: "HostedOrder") -> str:
    """Return the short line below the chip in lists: what to do, or what happens."""
    found = turn(order)
    return str(ASKS_DECISION if found.group == Group.DECISION else found.words)


def owners_answer(order: "HostedOrder") -> str:
    """Return what a transfer waits for, and until when."""
    words = cast(Any, turn_rules.BY_NAME["transfer"].turn.words)
    return str(words % {"answer": _answer(order)}).strip()


def _words(order: "HostedOrder", found: Standing) -> str | Promise:
    words = turn_rules.BY_NAME[found.rule].turn.words
    if found.rule == "decision" and found.entry and found.entry.reason:
        return found.entry.reason
    if found.rule == "cancelled":
        return _cancelled(order, found)
    if found.rule == "documents":
        return HERE.get(frozenset(found.papers), words)
    if found.refused == found.failed:
        words = ALL_REFUSED.get(found.rule, words)
    return cast(Any, words) % {
        "live": found.live,
        "total": found.total,
        "lost": found.failed,
        "answer": _answer(order),
        "days": settings.HOSTED_REVIEW_DAYS,
    }


def _answer(order: "HostedOrder") -> str:
    if order.transfer_deadline is None:
        return ""
    return _("They have until %(at)s to answer; no answer means yes.") % {
        "at": _moment(order.transfer_deadline)
    }


def _cancelled(order: "HostedOrder", found: Standing) -> str:
    at = order.remote_status_at if order.known_status == OrderStatus.DELETED else order.gone_at
    date = _moment(at) if at else ""
    entry = found.entry
    if entry is None or entry.operation != "cancel" or entry.state == OutboxEntry.State.REFUSED:
        return _("Deleted outside this desk on %(date)s.") % {"date": date}
    if entry.requested_by is None:
        return _("Canceled on %(date)s.") % {"date": date}
    return _("Canceled on %(date)s by %(who)s.") % {"date": date, "who": entry.requested_by.get_username()}


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "N j, Y, H:i")
