"""What hosting tells about a number: the orders it was in, and whether Telnyx hosts it now or did."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import show
from messaging.desk.finding import Hit
from messaging.desk.number_lookup import MOST, Chapter, Event
from messaging.mirror.models import StatusChange

from ..choices import NUMBER_LOST, NumberStatus, OrderStatus
from ..inventory import page as inventory
from ..models import HostedNumber, HostedOrder, OrderNumber, SettingChange
from ..orders import history
from ..orders.page import page_url
from ..state import turns
from .home import LIST, VIEW

VIEW_NUMBERS = "hosted.view_hostednumber"
MOST_CHANGES = 50


def hosting(user: User, number: str) -> Sequence[Chapter]:
    """Return the orders and the hosted numbers, as far as this person may see either. A fixed number of queries."""
    return [*_orders(user, number), *_numbers(user, number)]


def _orders(user: User, number: str) -> Iterator[Chapter]:
    if not user.has_perm(VIEW):
        return
    found = (
        OrderNumber.objects.filter(phone_number=number).select_related("order").defer("order__remote_data")
    )
    rows = list(found.order_by("-order__created_at")[: MOST + 1])
    rows, has_more = rows[:MOST], len(rows) > MOST
    turns.with_standing([row.order for row in rows])
    yield Chapter(
        _("Hosted orders"),
        list(map(_order, rows)),
        events=list(_events(rows)),
        is_to_us=[_held(row) for row in rows if row.live],
        is_ours=any(row.live for row in rows),
        shows_number=bool(rows),
        all_url=f"{reverse(LIST)}?{urlencode({'q': number})}" if has_more else "",
    )


def _order(row: OrderNumber) -> Hit:
    group = row.order.turn().group
    said = [row.name, row.status_words(), show.clock(row.order.created_at)]
    if row.gone_at:
        said.append(_("no longer in the order since %(at)s") % {"at": show.clock(row.gone_at)})
    return Hit(str(row.order), " · ".join(filter(None, said)), page_url(row.order), group, group.label)


def _held(row: OrderNumber) -> Hit:
    words = row.status_words() or row.order.turn().group.label
    return Hit(_("In the hosted order %(order)s") % {"order": row.order}, words, page_url(row.order))


def _events(rows: Sequence[OrderNumber]) -> Iterator[Event]:
    """Yield what happened to a number in its orders, and how these ended. One query."""
    orders = {row.order_id: row.order for row in rows}
    numbers = {row.pk: row for row in rows}
    for row in rows:
        title = _("Hosted order %(order)s started") % {"order": row.order}
        yield Event(row.order.created_at, title, "", page_url(row.order), "under_way")
        if row.gone_at:
            title = _("No longer in the hosted order %(order)s") % {"order": row.order}
            yield Event(row.gone_at, title, "", page_url(row.order), "closed")
    kinds = ContentType.objects.get_for_models(HostedOrder, OrderNumber)
    told = Q(resource_type=kinds[OrderNumber], resource_id__in=numbers)
    told |= Q(resource_type=kinds[HostedOrder], resource_id__in=orders, status__in=ORDER_NEWS)
    for change in StatusChange.objects.filter(told)[:MOST_CHANGES]:
        order = orders.get(change.resource_id) or numbers[change.resource_id].order
        labels = OrderStatus if change.resource_id in orders else NumberStatus
        status = str(dict(labels.choices).get(change.status, change.status))
        what = _("The whole order: %(status)s") if change.resource_id in orders else _("Hosting: %(status)s")
        group = "closed" if change.status in NUMBER_LOST else history.tone(change.status)
        yield Event(change.counts_at(), what % {"status": status}, str(order), page_url(order), group)


# What an order says about a number that has not said it itself.
ORDER_NEWS = (
    OrderStatus.FAILED,
    OrderStatus.CARRIER_REJECTED,
    OrderStatus.INELIGIBLE_CARRIER,
    OrderStatus.COMPLIANCE_REVIEW_FAILED,
    OrderStatus.DELETED,
)


def _numbers(user: User, number: str) -> Iterator[Chapter]:
    if not user.has_perm(VIEW_NUMBERS):
        return
    found = HostedNumber.objects.filter(phone_number=number).defer("remote_data")
    rows = list(found.order_by("-created_at")[:MOST])
    changes = list(SettingChange.objects.filter(number__in=rows).order_by("-noticed_at")[:MOST_CHANGES])
    names = inventory.names_of([row.messaging_profile_id for row in rows] + inventory.profiles_in(changes))
    hits = [_number(row, names) for row in rows]
    yield Chapter(
        _("Hosted numbers"),
        hits,
        [*_found(rows), *_changed(rows, changes, names)],
        is_to_us=hits[:1],
        is_ours=any(row.gone_at is None for row in rows),
        shows_number=bool(rows),
    )


def _changed(
    rows: Sequence[HostedNumber], changes: Sequence[SettingChange], names: dict[str, str]
) -> Iterator[Event]:
    """Yield what changed in the number's settings, as its own history says it."""
    urls = {row.pk: inventory.page_url(row) for row in rows}
    for change in changes:
        step = inventory.noticed(change, names)
        yield Event(step.at, step.title, step.text, urls[change.number_id], step.group)


def _number(row: HostedNumber, names: dict[str, str]) -> Hit:
    profile = names.get(row.messaging_profile_id, row.messaging_profile_id)
    words = _("Messaging profile: %(name)s") % {"name": profile} if profile else _("No messaging profile")
    if row.gone_at:
        words = _("No longer at Telnyx; noticed on %(at)s") % {"at": show.exact(row.gone_at)}
    title, group, status = _("Our hosted number"), "done", _("Hosted")
    if row.gone_at:
        title, group, status = _("Was our hosted number"), "closed", _("No longer at Telnyx")
    return Hit(title, words, inventory.page_url(row), group, status)


def _found(rows: Sequence[HostedNumber]) -> Iterator[Event]:
    for row in rows:
        url = inventory.page_url(row)
        yield Event(row.created_at, _("First seen among the numbers Telnyx hosts for us"), "", url, "done")
        if row.gone_at:
            yield Event(
                row.gone_at, _("We noticed that Telnyx no longer hosts this number"), "", url, "closed"
            )
