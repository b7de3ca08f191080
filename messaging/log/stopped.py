"""What a text that counted as STOP did, for support: since when, from which numbers, and how the person undoes it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging.desk.show import exact
from messaging.mirror.wording import Words
from messaging.models import Message, OptOut
from messaging.optouts import page, reconcile
from messaging.validators import display_number, is_toll_free

from . import customer, why
from .customer_texts import Say
from .zones import zone_of


@dataclass(frozen=True)
class Stopped:
    """The answer for one text: what it did in sentences, and a text for the customer."""

    lines: Sequence[Words]
    customer: str
    # Whose zone the time in `customer` is in.
    zone: Words


def of(message: Message, *, language: str) -> Stopped | None:
    """Return what a text did if Telnyx counted it as STOP. Three queries."""
    if message.is_outbound() or message.autoresponse_type != reconcile.STOP:
        return None
    lines, say = _now(message)
    zone = zone_of(message.their_address)
    at = customer.when(message.happened_at, zone, language)
    said = [customer.text(Say.ASKED_TO_STOP, language, when=at)]
    said += [customer.text(say, language)] if say else []
    return Stopped(lines, customer.join(said, language), why.whose(zone))


def _now(message: Message) -> tuple[Sequence[Words], Say | None]:
    """Return what is true of the opt-out now, for us and for the customer."""
    profile_id = str(message.messaging_profile_id or "")
    rows = [row for row in reconcile.about(message.their_address) if row.profile_id in ("", profile_id)]
    blocking = [row for row in rows if row.is_active()]
    at_telnyx = next((row for row in page.with_names(blocking) if not row.is_ours), None)
    if at_telnyx:
        return _out(message, at_telnyx)
    again = max((row.started_at for row in rows if row.started_at), default=None)
    lines: list[Words] = []
    say = None
    if again and again > message.happened_at:
        lines, say = [_("They opted in again on %(at)s.") % {"at": exact(again)}], Say.ASKED_AGAIN
    else:
        read = reconcile.reading()
        known = _("as of %(at)s") % {"at": exact(read.read_at)} if read and read.read_at else ""
        lines = [" ".join(filter(None, [_("Our list has no opt-out for them now"), known])) + "."]
    if blocking:
        lines.append(_("We still block this number ourselves, so nothing is sent to it."))
        say = Say.BLOCKED_BY_US
    return lines, say


def _out(message: Message, row: OptOut) -> tuple[Sequence[Words], Say]:
    words = {
        "number": display_number(message.our_address),
        "profile": row.profile_name,  # type: ignore[attr-defined]
    }
    lines = [
        f"{page.since(row)}.",
        _(
            "Nothing more is sent to them from %(number)s or any other number on the messaging profile “%(profile)s”."
        )
        % words,
    ]
    if is_toll_free(message.our_address):
        lines.append(
            _("No one here can lift that. They can, by texting UNSTOP or START to %(number)s.") % words
        )
        return lines, Say.STOPPED_TOLL_FREE
    lines.append(_("No one here can lift that. They can, by texting START to %(number)s.") % words)
    return lines, Say.STOPPED
