"""What hosting says about a number that a text was sent from."""

from collections.abc import Iterator, Mapping, Sequence

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from messaging.log.why import Sender
from messaging.sending.suggested import MOST, Own

from ..choices import NumberStatus
from ..inventory.bulk_views import chosen_url
from ..inventory.page import CHANGE
from ..inventory.page import page_url as settings_url
from ..models import HostedNumber, OrderNumber
from ..orders.page import page_url
from .home import VIEW


def hosting(number: str) -> Sequence[Sender]:
    """Return whether a hosted number is live, judging by its newest order. We don't host a number without an order."""
    found = OrderNumber.objects.filter(phone_number=number).exclude(order__remote_id=None)
    newest = found.select_related("order").order_by("-live", "-order__created_at").first()
    if newest is None:
        return []
    what, url = _("Number hosting"), page_url(newest.order)
    if newest.status == NumberStatus.SUCCESSFUL:
        return [Sender(what, _("Texting is live on the sender."), True, url=url)]
    seen = _("Texting isn't live on the sender yet.")
    return [Sender(what, seen, False, str(newest.order.turn().words), url)]


def live(user: User, number: str) -> Iterator[Own]:
    """Yield the hosted numbers on which texting is live, named as in their order, or by its customer. Two queries."""
    rows = HostedNumber.objects.filter(gone_at=None, remote_id__isnull=False).order_by("phone_number")
    if number:
        rows = rows.filter(phone_number=number)
    profiles = dict(rows.values_list("phone_number", "messaging_profile_id")[:MOST])
    orders = OrderNumber.objects.filter(phone_number__in=profiles, status=NumberStatus.SUCCESSFUL)
    named = orders.order_by("order__created_at").values_list("phone_number", "name", "order__customer")
    names = {phone_number: name or customer for phone_number, name, customer in named}
    is_named = user.has_perm(VIEW)
    for phone_number, profile in profiles.items():
        if phone_number in names:
            yield Own(phone_number, names[phone_number] if is_named else "", profile)


# More of them don't fit into an address.
MOST_TOGETHER = 50


def settings_form(numbers: Sequence[str], user: User) -> str:
    """Return the address of the form that changes these of our hosted numbers at once."""
    if not user.has_perm(CHANGE):
        return ""
    found = HostedNumber.objects.filter(phone_number__in=numbers, gone_at=None).order_by("phone_number")
    ids = list(found.values_list("pk", flat=True)[: MOST_TOGETHER + 1])
    return chosen_url(ids) if 0 < len(ids) <= MOST_TOGETHER else ""


def settings_pages(numbers: Sequence[str]) -> Mapping[str, str]:
    """Return the page of each number that we host: its profile is changed there."""
    found = HostedNumber.objects.filter(phone_number__in=numbers, gone_at=None)
    return {row.phone_number: settings_url(row) for row in found.only("pk", "phone_number")}
