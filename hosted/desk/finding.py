"""How hosted orders and numbers are found, in the list of orders and from the home page."""

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import finding
from messaging.desk.finding import Found, Hit
from messaging.numbers import find_number, whole_numbers
from messaging.validators import display_number

from ..models import HostedNumber, HostedOrder, OrderNumber
from ..orders.page import page_url
from ..state import turns
from .home import LIST, VIEW

NUMBERS = "admin:hosted_hostednumber_changelist"
# A number is in as many orders as it was tried in.
MOST_OF_NUMBER = 500
OF_ORDER = ("customer", "note", *finding.by("created_by"))


def named(term: str) -> Q:
    """Return the filter for a number, a part of it or its name, a customer, a note, an author, or a part of an id."""
    found = finding.words_in(term, *OF_ORDER, also=lambda word: _has(Q(name__icontains=word)))
    found |= Q(remote_id=term) | finding.part_of_id(term, "remote_id")
    if finding.PART_OF_ID.fullmatch(term):
        found |= _has(Q(remote_number_id__icontains=term))
    if digits := finding.digits_in(term):
        found |= _has(Q(phone_number__contains=digits))
    if number := find_number(term):
        found |= _has(Q(phone_number=number))
    return found


def found(orders: QuerySet, term: str) -> QuerySet:
    """Return the orders that are named so. A whole number that orders have finds these alone, by the index."""
    if numbers := whole_numbers(term):
        of = list(
            OrderNumber.objects.filter(phone_number__in=numbers).values_list("order", flat=True)[
                : MOST_OF_NUMBER + 1
            ]
        )
        if 0 < len(of) <= MOST_OF_NUMBER:
            return orders.filter(pk__in=of)
    return finding.in_order(orders, named(term))


def _has(condition: Q) -> Q:
    return Q(Exists(OrderNumber.objects.filter(condition, order=OuterRef("pk"))))


def orders(user: User, term: str) -> Found | None:
    """Return the newest orders that a person may see and means, with a fixed number of queries."""
    if not user.has_perm(VIEW):
        return None
    rows = found(HostedOrder.objects.defer("remote_data"), term).order_by("-created_at")
    first, has_more = finding.first(rows[: finding.MOST + 1])
    turns.with_standing(first)
    return Found(_("Hosted orders"), [_order(row) for row in first], has_more, reverse(LIST))


def _order(order: HostedOrder) -> Hit:
    group = order.turn().group
    words = " · ".join(filter(None, [order.customer, turns.line(order)]))
    return Hit(str(order), words, page_url(order), group, group.label)


def numbers(user: User, term: str) -> Found | None:
    """Return numbers that Telnyx hosts for us, by a part of them, by a name in an order, or by a part of an id."""
    if not user.has_perm("hosted.view_hostednumber"):
        return None
    wanted = finding.part_of_id(term, "remote_id")
    if digits := finding.digits_in(term):
        wanted |= Q(phone_number__contains=digits)
    if number := find_number(term):
        wanted |= Q(phone_number=number)
    wanted |= of_numbers_called(term, user)
    rows = HostedNumber.objects.filter(wanted).order_by("phone_number")
    found, has_more = finding.first(rows[: finding.MOST + 1])
    return Found(_("Hosted numbers"), [_number(row) for row in found], has_more, reverse(NUMBERS))


def of_numbers_called(term: str, user: User) -> Q:
    """Return the filter for hosted numbers by the name they have in an order; none for people who see no orders."""
    if not user.has_perm(VIEW):
        return Q(pk__in=[])
    known = OrderNumber.objects.filter(finding.words_in(term, "name"), phone_number=OuterRef("phone_number"))
    return Q(Exists(known))


def _number(number: HostedNumber) -> Hit:
    words = _("No longer at Telnyx") if number.gone_at else ""
    url = reverse("admin:hosted_hostednumber_change", args=[number.pk])
    return Hit(display_number(number.phone_number), words, url)
