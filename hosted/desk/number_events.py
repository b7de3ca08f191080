"""Which webhook events are about a number, by its hosted orders; the audit knows those that changed its status."""

from collections.abc import Iterator

from django.contrib.auth.models import AnonymousUser, User

from messaging.desk.number_events import MOST, Traces

from ..models import HostedOrder, OrderNumber
from .home import VIEW


def orders(user: User | AnonymousUser, number: str) -> Iterator[Traces]:
    """Yield the orders with the number. One query."""
    if user.has_perm(VIEW):
        rows = OrderNumber.objects.filter(phone_number=number).order_by("-order__created_at")
        yield Traces(model=HostedOrder, records=list(rows.values_list("order", flat=True)[:MOST]))
