"""Whose turn it is with a hosted order: one table of rules, the first that fits wins, decided by the database.

Page, list, filter and counts all read the same rules, so they cannot disagree.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, CharField, Count, Exists, Max, OuterRef, Q, Value, When
from django.db.models.lookups import In
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.models import OutboxEntry, SyncState
from messaging.turns import Group, Turn, Whose

from .choices import (
    NUMBER_FAILURES,
    TRANSFER_OPEN,
    DocumentKind,
    NumberStatus,
    OrderStatus,
    TransferState,
)

if TYPE_CHECKING:
    from .models import HostedOrder

# Customary times, not promises (knowledge base and support pages of Telnyx, 2026-08); our answers are our own rule.
OUR_ANSWER = timedelta(days=3)
REVIEW = timedelta(days=3)
SWITCHING = timedelta(days=5)

# Another order cannot help these: the provider does not host with Telnyx, porting is the other way.
HOPELESS = (NumberStatus.FAILED_INELIGIBLE_CARRIER,)
MOVABLE = tuple(status for status in NUMBER_FAILURES if status not in HOPELESS)
UNPROVEN = ("", NumberStatus.PENDING)


def _needs_us(words: str | Promise, clock: timedelta | None = None) -> Turn:
    return Turn(Group.NEEDS_US, Whose.US, words, clock)


@dataclass(frozen=True)
class Rule:
    """When a turn is this one; `fits` builds the condition."""

    name: str
    turn: Turn
    fits: Callable[[], Q]


def _numbers(**conditions: Any) -> Q:
    numbers = apps.get_model("hosted", "OrderNumber").objects
    return Q(Exists(numbers.filter(order=OuterRef("pk"), **conditions)))


def _failed_and_not_moved() -> Q:
    numbers = apps.get_model("hosted", "OrderNumber").objects
    moved = numbers.filter(order__moved_from=OuterRef("order"), phone_number=OuterRef("phone_number"))
    return Q(Exists(numbers.filter(~Exists(moved), order=OuterRef("pk"), status__in=MOVABLE)))


def _was_moved() -> Q:
    orders = apps.get_model("hosted", "HostedOrder").objects
    return Q(Exists(orders.filter(moved_from=OuterRef("pk"))))


def _lacks(*kinds: str) -> Q:
    """Return the condition that Telnyx has not each of these papers, or refused one."""
    documents = apps.get_model("hosted", "Document").objects
    lacking = Q()
    for kind in kinds:
        held = documents.filter(
            order=OuterRef("pk"), kind=kind, replaced_by=None, sent_at__isnull=False, refused_at=None
        )
        lacking |= ~Q(Exists(held))
    return lacking


def _needs_decision() -> Q:
    return Q(
        Exists(
            OutboxEntry.objects.filter(
                resource_type=_resource_type(),
                resource_id=OuterRef("pk"),
                state=OutboxEntry.State.NEEDS_PERSON,
            )
        )
    )


def _resource_type() -> ContentType:
    return ContentType.objects.get_by_natural_key("hosted", "hostedorder")


def _is(*statuses: str) -> Q:
    return Q(known_status__in=statuses)


LOA, BILL = DocumentKind.LOA, DocumentKind.BILL

RULES: tuple[Rule, ...] = (
    Rule("decision", _needs_us(gettext_lazy("Needs your decision.")), _needs_decision),
    Rule(
        "queued",
        Turn(Group.UNDER_WAY, Whose.NOBODY, gettext_lazy("Queued for Telnyx.")),
        lambda: Q(sync_state=SyncState.QUEUED),
    ),
    Rule(
        "sending",
        Turn(Group.UNDER_WAY, Whose.NOBODY, gettext_lazy("Being sent to Telnyx.")),
        lambda: Q(sync_state=SyncState.SENDING),
    ),
    Rule(
        "unsure",
        Turn(Group.UNSURE, Whose.NOBODY, gettext_lazy("We are checking whether Telnyx received it.")),
        lambda: Q(sync_state=SyncState.UNSURE),
    ),
    Rule(
        "cancelled",
        Turn(Group.CLOSED, Whose.NOBODY, gettext_lazy("Cancelled on %(date)s by %(who)s.")),
        lambda: Q(gone_at__isnull=False) | _is(OrderStatus.DELETED),
    ),
    Rule(
        "refused",
        _needs_us(gettext_lazy("Telnyx refused it.")),
        lambda: Q(remote_id=None, sync_state=SyncState.REFUSED),
    ),
    Rule(
        "draft",
        Turn(Group.DRAFT, Whose.US, gettext_lazy("Not submitted yet.")),
        lambda: Q(remote_id=None),
    ),
    Rule(
        "partly",
        _needs_us(gettext_lazy("%(live)s live, %(lost)s.")),
        lambda: _is(OrderStatus.SUCCESSFUL) & _failed_and_not_moved(),
    ),
    Rule(
        "partly_done",
        Turn(Group.DONE, Whose.NOBODY, gettext_lazy("Partly done: %(live)s live, %(lost)s.")),
        lambda: _is(OrderStatus.SUCCESSFUL) & _numbers(status__in=NUMBER_FAILURES),
    ),
    Rule(
        "live",
        Turn(Group.DONE, Whose.NOBODY, gettext_lazy("Texting is live on %(live)s of %(total)s numbers.")),
        lambda: _is(OrderStatus.SUCCESSFUL),
    ),
    Rule(
        "cannot_host",
        Turn(
            Group.CLOSED,
            Whose.NOBODY,
            gettext_lazy("This carrier does not allow it. Porting is the other way."),
        ),
        lambda: _is(OrderStatus.INELIGIBLE_CARRIER),
    ),
    Rule(
        "moved",
        Turn(Group.CLOSED, Whose.NOBODY, gettext_lazy("Failed; its numbers were moved to another order.")),
        lambda: (
            _is(OrderStatus.CARRIER_REJECTED, OrderStatus.FAILED) & _was_moved() & ~_failed_and_not_moved()
        ),
    ),
    Rule(
        "provider_refused",
        _needs_us(gettext_lazy("The present provider refused. Call the provider, then order anew.")),
        lambda: _is(OrderStatus.CARRIER_REJECTED),
    ),
    Rule(
        "transfer_rejected",
        _needs_us(
            gettext_lazy("The present owner of the numbers said no to the transfer. Settle it with them.")
        ),
        lambda: _is(OrderStatus.FAILED) & Q(transfer_state=TransferState.REJECTED),
    ),
    Rule(
        "failed",
        _needs_us(gettext_lazy("The order failed. See what became of each number, and ask Telnyx support.")),
        lambda: _is(OrderStatus.FAILED),
    ),
    Rule(
        "review_failed",
        _needs_us(gettext_lazy("Telnyx's compliance review declined it. Ask Telnyx support why.")),
        lambda: _is(OrderStatus.COMPLIANCE_REVIEW_FAILED),
    ),
    Rule(
        "transfer",
        Turn(
            Group.REVIEWING,
            Whose.NOBODY,
            gettext_lazy("The present owner of the numbers is asked. %(answer)s"),
        ),
        lambda: Q(transfer_state__in=TRANSFER_OPEN),
    ),
    Rule("some_failed", _needs_us(gettext_lazy("%(live)s live, %(lost)s.")), _failed_and_not_moved),
    Rule(
        "letter_refused",
        _needs_us(gettext_lazy("Telnyx could not accept the letter."), OUR_ANSWER),
        lambda: _is(OrderStatus.LOA_FILE_INVALID) & _lacks(LOA),
    ),
    Rule(
        "bill_refused",
        _needs_us(gettext_lazy("Bill and letter do not match the provider's records."), OUR_ANSWER),
        lambda: _is(OrderStatus.INCORRECT_BILLING_INFORMATION) & _lacks(BILL),
    ),
    Rule(
        "incomplete",
        _needs_us(gettext_lazy("Telnyx misses documents. Upload the letter and the bill."), OUR_ANSWER),
        lambda: _is(OrderStatus.INCOMPLETE_DOCUMENTATION) & _lacks(LOA, BILL),
    ),
    Rule(
        "switching",
        Turn(
            Group.REVIEWING,
            Whose.CARRIERS,
            gettext_lazy("The carrier is switching texting over."),
            SWITCHING,
        ),
        lambda: _is(OrderStatus.PROVISIONING),
    ),
    Rule(
        "codes",
        _needs_us(gettext_lazy("Prove the numbers are yours."), OUR_ANSWER),
        lambda: _numbers(status__in=UNPROVEN, owned_at=None, gone_at=None),
    ),
    Rule(
        "documents",
        _needs_us(gettext_lazy("Upload the letter and the bill."), OUR_ANSWER),
        lambda: ~_is(OrderStatus.LOA_FILE_SUCCESSFUL) & _lacks(LOA, BILL),
    ),
    Rule(
        "review",
        Turn(
            Group.REVIEWING,
            Whose.TELNYX,
            gettext_lazy("Documents received; review usually takes 1-3 business days."),
            REVIEW,
            business_days=True,
        ),
        lambda: Q(pk__isnull=False),
    ),
)
BY_NAME = {rule.name: rule for rule in RULES}


@dataclass
class Standing:
    """What the turn of one order is told with: its rule, its numbers counted, its newest promise."""

    rule: str = "review"
    total: int = 0
    live: int = 0
    failed: int = 0
    refused: int = 0
    sent_at: datetime | None = None
    entry: OutboxEntry | None = None


def in_group(group: str) -> Q:
    """Return the filter for the orders whose turn is in `group`."""
    names = [rule.name for rule in RULES if rule.turn.group == group]
    return Q(In(_rule(), names))


def _rule() -> Case:
    cases = [When(rule.fits(), then=Value(rule.name)) for rule in RULES]
    return Case(*cases, default=Value(RULES[-1].name), output_field=CharField())


def with_standing(orders: "Iterable[HostedOrder]") -> None:
    """Give each order what its turn is told with, by a fixed number of queries however many they are."""
    by_id = {order.pk: order for order in orders}
    standings = {pk: Standing() for pk in by_id}
    rows = cast(Any, apps.get_model("hosted", "HostedOrder")).objects.filter(pk__in=by_id)
    for pk, rule in rows.annotate(rule=_rule()).values_list("pk", "rule").order_by():
        standings[pk].rule = rule
    _count(standings)
    _promises(standings)
    for pk, order in by_id.items():
        order.known_standing = standings[pk]


def _count(standings: dict[Any, Standing]) -> None:
    numbers = apps.get_model("hosted", "OrderNumber").objects.filter(order__in=standings)
    counted = (
        numbers.values("order")
        .order_by("order")
        .annotate(
            total=Count("pk"),
            live=Count("pk", filter=Q(status=NumberStatus.SUCCESSFUL, gone_at=None)),
            failed=Count("pk", filter=Q(status__in=NUMBER_FAILURES)),
            refused=Count("pk", filter=Q(status=NumberStatus.FAILED_CARRIER_REJECTED)),
        )
    )
    for row in counted:
        for name in ("total", "live", "failed", "refused"):
            setattr(standings[row["order"]], name, row[name])
    documents = apps.get_model("hosted", "Document").objects.filter(order__in=standings)
    for pk, sent_at in (
        documents.values("order").order_by().annotate(at=Max("sent_at")).values_list("order", "at")
    ):
        standings[pk].sent_at = sent_at


def _promises(standings: dict[Any, Standing]) -> None:
    """Find the promise that waits for a person, else the newest one that moves the order."""
    entries = OutboxEntry.objects.filter(resource_type=_resource_type(), resource_id__in=standings).defer(
        "body"
    )
    waiting = Q(state=OutboxEntry.State.NEEDS_PERSON)
    ranked = (
        entries.filter(waiting | Q(moves_record=True))
        .select_related("requested_by")
        .annotate(rank=Case(When(waiting, then=Value(0)), default=Value(1)))
    )
    for entry in ranked.order_by("resource_id", "rank", "-created_at").distinct("resource_id"):
        standings[entry.resource_id].entry = entry


def standing(order: "HostedOrder") -> Standing:
    """Return what the order's turn is told with, as it was when first asked for."""
    if order.known_standing is None:
        with_standing([order])
    return cast(Standing, order.known_standing)


def turn(order: "HostedOrder") -> Turn:
    """Return whose turn it is: what our side has open comes before what Telnyx says."""
    found = standing(order)
    turn = replace(BY_NAME[found.rule].turn, words=_words(order, found))
    if order.remote_status == order.known_status or found.rule in OUR_RULES:
        return turn
    words = _("%(status)s (new status, meaning not known yet)") % {"status": order.remote_status}
    return replace(turn, words=words, clock=None)


OUR_RULES = ("decision", "queued", "sending", "unsure", "cancelled", "refused", "draft")


def since(order: "HostedOrder") -> datetime:
    """Return when the present turn began: Telnyx's time for Telnyx's word, the promise's for ours."""
    found = standing(order)
    entry = found.entry
    if found.rule in ("decision", "queued", "sending", "unsure", "refused") and entry:
        return entry.resolved_at or entry.created_at
    if found.rule == "draft":
        return order.updated_at
    if found.rule == "transfer" and order.transfer_at:
        return order.transfer_at
    if found.rule == "review" and found.sent_at:
        return max(filter(None, (found.sent_at, order.remote_status_at)))
    return order.gone_at or order.remote_status_at or order.created_at


def due_at(order: "HostedOrder") -> datetime | None:
    """Return when the clock of this turn runs out; for a transfer, until when its owner may answer."""
    if standing(order).rule == "transfer":
        return order.transfer_deadline
    return turn(order).due_at(since(order))


def _words(order: "HostedOrder", found: Standing) -> str | Promise:
    words = BY_NAME[found.rule].turn.words
    if found.rule == "decision" and found.entry and found.entry.reason:
        return found.entry.reason
    if found.rule == "cancelled":
        return _cancelled(order, found)
    lost = _("%(count)s refused") if found.refused == found.failed else _("%(count)s failed")
    return str(words) % {
        "live": found.live,
        "total": found.total,
        "lost": lost % {"count": found.failed},
        "answer": _answer(order),
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
        return _("Deleted outside of this desk on %(date)s.") % {"date": date}
    if entry.requested_by is None:
        return _("Cancelled on %(date)s.") % {"date": date}
    return _("Cancelled on %(date)s by %(who)s.") % {"date": date, "who": entry.requested_by.get_username()}


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "DATETIME_FORMAT")
