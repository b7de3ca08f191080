"""The plain facts of a message, for its card: nothing here is about what was written or whose phone it was."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.models import Message

from . import campaigns, parsing

Fact = tuple[str, str]
MOST_TAGS = 20


def of(message: Message) -> list[Fact]:
    """Return labels with values, without those that Telnyx reported nothing about."""
    told: Mapping[str, Any] = message.details if isinstance(message.details, Mapping) else {}
    return [(label, value) for label, value in _facts(message, told) if value]


def _facts(message: Message, told: Mapping[str, Any]) -> Iterator[Fact]:
    yield _("Their carrier"), _side(message.their_carrier, message.their_line_type)
    ours = told.get(parsing.OUR_SIDE)
    ours = ours if isinstance(ours, Mapping) else {}
    yield (
        _("Our carrier"),
        _side(parsing.text(ours.get("carrier"), 100), parsing.text(ours.get("line_type"), 40)),
    )
    if campaigns.concerns(message) or campaigns.of(message) != campaigns.Campaign():
        yield _("Campaign (10DLC)"), campaigns.of(message).words() or _("none reported")
    yield _("Cost, in parts"), _cost(told.get("cost_breakdown"))
    yield _("Wait in Telnyx's queue"), _wait(told.get("wait_seconds"))
    yield _("Tags"), _tags(told.get("tags"))
    yield _("Webhooks go to"), parsing.text(told.get("webhook_url"), 300)
    yield _("If that fails, to"), parsing.text(told.get("webhook_failover_url"), 300)


def _side(carrier: str, line_type: str) -> str:
    return " · ".join(filter(None, [carrier, line_type]))


def _cost(told: Any) -> str:
    """Return what Telnyx and the carrier each charged."""
    if not isinstance(told, Mapping):
        return ""
    names = (("rate", _("Telnyx %(cost)s")), ("carrier_fee", _("carrier fee %(cost)s")))
    found = [words % {"cost": cost} for name, words in names if (cost := _money(told.get(name)))]
    return " + ".join(found)


def _money(told: Any) -> str:
    if not isinstance(told, Mapping):
        return ""
    try:
        amount = Decimal(str(told.get("amount")))
    except InvalidOperation:
        return ""
    if not amount.is_finite() or abs(amount.adjusted()) > 8:
        return ""
    return f"{amount.normalize():f} {parsing.text(told.get('currency'), 3)}".strip()


def _wait(told: Any) -> str:
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < 10**7:
        return ""
    if not told:
        return _("none")
    if told < 1:
        return _("less than a second")
    seconds = round(told)
    if seconds < 120:
        return ngettext("%(n)s second at most", "%(n)s seconds at most", seconds) % {"n": seconds}
    minutes = round(seconds / 60)
    return ngettext("%(n)s minute at most", "%(n)s minutes at most", minutes) % {"n": minutes}


def _tags(told: Any) -> str:
    listed = told if isinstance(told, list) else []
    return ", ".join(tag for one in listed[:MOST_TAGS] if (tag := parsing.text(one, 60)))
