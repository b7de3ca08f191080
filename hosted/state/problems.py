"""Everything that blocks submitting an order: one list that the page, the button and `workflow.submit` read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry
from messaging.validators import display_number

from ..entry.parse import MOST_NUMBERS
from . import eligibility

if TYPE_CHECKING:
    from ..models import HostedOrder, OrderNumber


@dataclass(frozen=True)
class Problem:
    """One thing that blocks submitting. `number` is the phone number it is about, `order_id` the order in the way."""

    rule: str
    message: str | Promise
    number: str = ""
    order_id: str = ""


def find(order: "HostedOrder", check: OutboxEntry | None) -> list[Problem]:
    """Return all current problems of a draft, with a fixed number of queries regardless of how many numbers it has.

    `check` is the newest eligibility check (eligibility.newest_check).
    """
    numbers = list(order.numbers.all())
    return [*_of_order(order, numbers, check), *_of_numbers(order, numbers)]


def _of_order(
    order: "HostedOrder", numbers: "list[OrderNumber]", check: OutboxEntry | None
) -> Iterator[Problem]:
    if not numbers:
        yield Problem("no_numbers", _("The order has no numbers."))
    if len(numbers) > MOST_NUMBERS:
        yield Problem("too_many", _("An order takes at most %(most)s numbers.") % {"most": MOST_NUMBERS})
    if order.messaging_profile is None:
        yield Problem("no_profile", _("Choose a messaging profile: without one, Telnyx sends no events."))
    failed = eligibility.failed_check(check)
    if failed:
        yield Problem("could_not_check", failed.words)


def _of_numbers(order: "HostedOrder", numbers: "list[OrderNumber]") -> Iterator[Problem]:
    held, now = holders(order, [number.phone_number for number in numbers]), clock.now()
    for number in numbers:
        shown = display_number(number.phone_number)
        other = held.get(number.phone_number)
        if other:
            message = _("%(number)s is already in another order.") % {"number": shown}
            yield Problem("in_other_order", message, number.phone_number, str(other.pk))
        found = eligibility.verdict(number)
        if not eligibility.may_be_ordered(number):
            message = _("%(number)s: %(words)s") % {"number": shown, "words": found.words}
            yield Problem(f"eligibility_{found.kind}", message, number.phone_number)
        elif eligibility.is_old(number, now):
            message = _("%(number)s was checked more than a day ago. Check again.") % {"number": shown}
            yield Problem("eligibility_old", message, number.phone_number)


def holders(order: "HostedOrder", phone_numbers: Iterable[str]) -> "Mapping[str, HostedOrder]":
    """Return the other orders that hold any of these numbers now."""
    others = order.numbers.model.objects.filter(live=True, phone_number__in=list(phone_numbers))
    return {
        number.phone_number: number.order for number in others.exclude(order=order).select_related("order")
    }
