"""Which stage a hosted order is in: one table of rules, the first that fits wins, decided by the database.

The page, the list, its filter and the counts all use these rules, so they cannot disagree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext_lazy

from messaging.desk.stages import SINCE, Source, Stages, entries, touch
from messaging.desk.turns import OURS, Group, Turn, days
from messaging.mirror.models import OutboxEntry, SyncState
from messaging.models import WAITS_FOR_APPROVAL

from ..choices import (
    NUMBER_FAILURES,
    ORDER_ENDS,
    TRANSFER_OPEN,
    TRANSFERRED,
    UNPROVEN,
    DocumentKind,
    NumberStatus,
    OrderStatus,
    TransferState,
)

State = OutboxEntry.State

# Usual times, not guaranteed ones (docs/telnyx.md, T3.26); the time for our answers is our own rule.
OUR_ANSWER = "HOSTED_ANSWER_DAYS"
REVIEW = "HOSTED_REVIEW_DAYS"
SWITCHING = "HOSTED_SWITCH_DAYS"

# Another order won't help these: the provider does not host with Telnyx. Porting is the other option.
HOPELESS = (NumberStatus.FAILED_INELIGIBLE_CARRIER,)
MOVABLE = tuple(status for status in NUMBER_FAILURES if status not in HOPELESS)


def _needs_us(words: str | Promise, setting: str = "") -> Turn:
    return Turn(Group.NEEDS_US, words, setting)


@dataclass(frozen=True)
class Rule:
    """One rule: the turn, and `fits`, which builds the condition for it."""

    name: str
    turn: Turn
    fits: Callable[[], Q]


def _numbers(**conditions: Any) -> Q:
    numbers = apps.get_model("hosted", "OrderNumber").objects
    return Q(Exists(numbers.filter(order=OuterRef("pk"), **conditions)))


def _failed_and_not_moved() -> Q:
    numbers = apps.get_model("hosted", "OrderNumber").objects
    # Few orders were moved from another one. The condition is repeated so that the database starts with those.
    moved = numbers.filter(
        order__moved_from__isnull=False,
        order__moved_from=OuterRef("order"),
        phone_number=OuterRef("phone_number"),
    )
    return Q(Exists(numbers.filter(~Exists(moved), order=OuterRef("pk"), status__in=MOVABLE)))


def _was_moved() -> Q:
    orders = apps.get_model("hosted", "HostedOrder").objects
    return Q(Exists(orders.filter(moved_from__isnull=False, moved_from=OuterRef("pk"))))


def _lacks(*kinds: str) -> Q:
    """Return the condition that Telnyx lacks at least one of these documents, or refused one."""
    documents = apps.get_model("hosted", "Document").objects
    lacking = Q()
    for kind in kinds:
        held = documents.filter(
            order=OuterRef("pk"), kind=kind, replaced_by=None, sent_at__isnull=False, refused_at=None
        )
        lacking |= ~Q(Exists(held))
    return lacking


def _refused(kind: str) -> Q:
    """Return the condition that this document was refused, now or in a version before, and Telnyx has no newer one.

    The order's status names only the document that was refused last.
    """
    documents = apps.get_model("hosted", "Document").objects
    refused = documents.filter(order=OuterRef("pk"), kind=kind, refused_at__isnull=False)
    return _lacks(kind) & (_is(REFUSES[kind]) | Q(Exists(refused)))


def _needs_decision() -> Q:
    return Q(
        Exists(
            OutboxEntry.objects.filter(
                resource_type=resource_type(),
                resource_id=OuterRef("pk"),
                state=OutboxEntry.State.NEEDS_PERSON,
            )
        )
    )


def _upload(*states: str) -> Q:
    return Q(
        Exists(
            OutboxEntry.objects.filter(
                resource_type=resource_type(),
                resource_id=OuterRef("pk"),
                operation="upload_documents",
                state__in=states,
            )
        )
    )


def resource_type() -> ContentType:
    return ContentType.objects.get_by_natural_key("hosted", "hostedorder")


def _is(*statuses: str) -> Q:
    return Q(known_status__in=statuses)


LOA, BILL = DocumentKind.LOA, DocumentKind.BILL
REFUSES: dict[str, str] = {LOA: OrderStatus.LOA_FILE_INVALID, BILL: OrderStatus.INCORRECT_BILLING_INFORMATION}

RULES: tuple[Rule, ...] = (
    Rule("decision", Turn(Group.DECISION, gettext_lazy("Needs your decision.")), _needs_decision),
    Rule(
        "queued",
        Turn(Group.UNDER_WAY, gettext_lazy("Waiting to be sent to Telnyx.")),
        lambda: Q(sync_state=SyncState.QUEUED),
    ),
    Rule(
        "sending",
        Turn(Group.UNDER_WAY, gettext_lazy("Being sent to Telnyx.")),
        lambda: Q(sync_state=SyncState.SENDING),
    ),
    Rule(
        "unsure",
        Turn(Group.UNSURE, gettext_lazy("We're checking whether Telnyx received it.")),
        lambda: Q(sync_state=SyncState.UNSURE),
    ),
    Rule(
        "cancelled",
        Turn(Group.CLOSED, gettext_lazy("Canceled on %(date)s by %(who)s.")),
        lambda: Q(gone_at__isnull=False) | _is(OrderStatus.DELETED),
    ),
    Rule(
        "approval",
        Turn(Group.APPROVAL, gettext_lazy("Nothing has been sent yet: a colleague has to approve it first.")),
        lambda: Q(remote_id=None) & WAITS_FOR_APPROVAL,
    ),
    Rule(
        "papers_approval",
        Turn(
            Group.APPROVAL,
            gettext_lazy("The documents haven't been sent yet: a colleague has to approve it first."),
            OUR_ANSWER,
        ),
        lambda: ~_is(*ORDER_ENDS) & WAITS_FOR_APPROVAL,
    ),
    Rule(
        "refused",
        _needs_us(gettext_lazy("Telnyx refused it.")),
        lambda: Q(remote_id=None, sync_state=SyncState.REFUSED),
    ),
    Rule(
        "draft",
        Turn(Group.DRAFT, gettext_lazy("Not ordered yet.")),
        lambda: Q(remote_id=None),
    ),
    Rule(
        "campaigns",
        _needs_us(
            gettext_lazy("The numbers lost their 10DLC registrations with the transfer. Register them again.")
        ),
        lambda: _is(OrderStatus.SUCCESSFUL) & Q(transfer_state__in=TRANSFERRED, campaigns_settled_at=None),
    ),
    Rule(
        "partly",
        _needs_us(gettext_lazy("%(live)s live, %(lost)s failed.")),
        lambda: _is(OrderStatus.SUCCESSFUL) & _failed_and_not_moved(),
    ),
    Rule(
        "partly_done",
        Turn(Group.DONE, gettext_lazy("Partly done: %(live)s live, %(lost)s failed.")),
        lambda: _is(OrderStatus.SUCCESSFUL) & _numbers(status__in=NUMBER_FAILURES),
    ),
    Rule(
        "live",
        Turn(Group.DONE, gettext_lazy("Texting is live on %(live)s of %(total)s numbers.")),
        lambda: _is(OrderStatus.SUCCESSFUL),
    ),
    Rule(
        "check_again",
        _needs_us(
            gettext_lazy("The current provider may allow it by now. Order the numbers again to find out.")
        ),
        lambda: _is(OrderStatus.INELIGIBLE_CARRIER) & Q(check_again_at__lte=Now()) & ~_was_moved(),
    ),
    Rule(
        "cannot_host",
        Turn(
            Group.CLOSED,
            gettext_lazy("The current provider doesn't allow it. Porting is the other option."),
        ),
        lambda: _is(OrderStatus.INELIGIBLE_CARRIER),
    ),
    Rule(
        "moved",
        Turn(Group.CLOSED, gettext_lazy("Failed; its numbers were moved to another order.")),
        lambda: (
            _is(OrderStatus.CARRIER_REJECTED, OrderStatus.FAILED) & _was_moved() & ~_failed_and_not_moved()
        ),
    ),
    Rule(
        "provider_refused",
        _needs_us(gettext_lazy("The current provider refused. Call the provider, then order again.")),
        lambda: _is(OrderStatus.CARRIER_REJECTED),
    ),
    Rule(
        "transfer_rejected",
        _needs_us(
            gettext_lazy("The current owner of the numbers rejected the transfer. Settle it with them.")
        ),
        lambda: _is(OrderStatus.FAILED) & Q(transfer_state=TransferState.REJECTED),
    ),
    Rule(
        "failed",
        _needs_us(gettext_lazy("The order failed. See the result for each number, and ask Telnyx support.")),
        lambda: _is(OrderStatus.FAILED),
    ),
    Rule(
        "review_failed",
        _needs_us(gettext_lazy("Telnyx's compliance review declined it. Ask Telnyx support why.")),
        lambda: _is(OrderStatus.COMPLIANCE_REVIEW_FAILED),
    ),
    Rule(
        "transfer_unseen",
        _needs_us(
            gettext_lazy(
                "A transfer of its numbers was requested. See what they lose with it, then mark it as seen."
            )
        ),
        lambda: Q(transfer_state__in=TRANSFER_OPEN, transfer_acknowledged_at=None),
    ),
    Rule(
        "transfer",
        Turn(
            Group.REVIEWING,
            gettext_lazy("Waiting for the current owner of the numbers. %(answer)s"),
        ),
        lambda: Q(transfer_state__in=TRANSFER_OPEN),
    ),
    Rule("some_failed", _needs_us(gettext_lazy("%(live)s live, %(lost)s failed.")), _failed_and_not_moved),
    Rule(
        "papers_unsure",
        Turn(Group.UNSURE, gettext_lazy("We're checking whether Telnyx received the documents.")),
        lambda: _upload(State.UNSURE),
    ),
    Rule(
        "papers_sending",
        Turn(Group.UNDER_WAY, gettext_lazy("The documents are on their way to Telnyx.")),
        lambda: _upload(State.QUEUED, State.BLOCKED, State.SENDING),
    ),
    Rule(
        "both_refused",
        _needs_us(
            gettext_lazy(
                "Telnyx could not accept the letter, and the bill doesn't match the provider's records."
            ),
            OUR_ANSWER,
        ),
        lambda: _is(*REFUSES.values()) & _refused(LOA) & _refused(BILL),
    ),
    Rule(
        "letter_refused",
        _needs_us(gettext_lazy("Telnyx could not accept the letter."), OUR_ANSWER),
        lambda: _is(*REFUSES.values()) & _refused(LOA),
    ),
    Rule(
        "bill_refused",
        _needs_us(gettext_lazy("The bill doesn't match the provider's records."), OUR_ANSWER),
        lambda: _is(*REFUSES.values()) & _refused(BILL),
    ),
    Rule(
        "incomplete",
        _needs_us(gettext_lazy("Telnyx says that the documents are incomplete."), OUR_ANSWER),
        lambda: _is(OrderStatus.INCOMPLETE_DOCUMENTATION) & _lacks(LOA, BILL),
    ),
    Rule(
        "switching",
        Turn(
            Group.CARRIERS,
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
            ngettext_lazy(
                "Documents received; review usually takes up to %(days)s business day.",
                "Documents received; review usually takes up to %(days)s business days.",
                "days",
            ),
            REVIEW,
            business_days=True,
        ),
        lambda: Q(pk__isnull=False),
    ),
)
# The rules with a clock of ours: only these make an order due.
TIMED = tuple(rule.name for rule in RULES if rule.turn.setting and rule.turn.group in OURS)
BY_NAME = {rule.name: rule for rule in RULES}
# Until the current owner of the numbers has answered. Until somebody here has seen it, that is for us to do.
TRANSFERS = ("transfer_unseen", "transfer")


def names_of(*groups: str) -> list[str]:
    """Return the names of the rules of some stages."""
    return [rule.name for rule in RULES if rule.turn.group in groups]


def fitting() -> Case:
    """Return an expression on orders that gives the name of the first rule that fits.

    The database keeps it as the order's `kept_stage` (messaging.desk.stages).
    """
    cases = [When(rule.fits(), then=Value(rule.name)) for rule in RULES]
    return Case(*cases, default=Value(RULES[-1].name), output_field=CharField())


def asked() -> Q:
    """Return the filter for orders with a clock of ours."""
    return Q(kept_stage__in=TIMED, remote_status=F("known_status"))


def due() -> Case:
    """Return an expression on orders: when we are due to act, or the owner of the numbers to answer; null without."""
    when = DateTimeField()
    ours = ExpressionWrapper(SINCE + Value(days(OUR_ANSWER), DurationField()), when)
    return Case(
        When(kept_stage__in=TRANSFERS, then=F("transfer_deadline")),
        When(asked(), then=ours),
        output_field=when,
    )


def look_at_the_clock(_client: object) -> None:
    """Bring orders up to date whose reminder has come: their stage changes with time alone."""
    orders = apps.get_model("hosted", "HostedOrder").objects
    touch(orders.filter(BY_NAME["check_again"].fits(), kept_stage="cannot_host"))


OF_NUMBER = (
    "SELECT changed.order_id UNION SELECT moved_from_id FROM hosted_hostedorder WHERE id = changed.order_id"
)
STAGES = Stages(
    "hosted.HostedOrder",
    fitting,
    [
        entries("hosted.HostedOrder"),
        Source(
            "hosted.OrderNumber",
            ("order_id", "phone_number", "status", "owned_at", "gone_at"),
            OF_NUMBER,
            many=True,
        ),
        Source(
            "hosted.Document",
            ("order_id", "kind", "version", "replaced_by_id", "sent_at", "refused_at"),
            "SELECT changed.order_id",
        ),
        Source("hosted.HostedOrder", ("moved_from_id",), "SELECT changed.moved_from_id"),
    ],
)
