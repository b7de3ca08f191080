"""What is looked up before a message is sent, beside what forbids it: nothing here stops anybody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from statistics import median
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging import segments
from messaging.desk import show
from messaging.log import campaigns, codes, parsing, why
from messaging.log.choices import FAILED, Direction
from messaging.log.why import Check, Sender
from messaging.log.zones import zones_of
from messaging.mirror import clock
from messaging.mirror.wording import Words
from messaging.models import ComposedMessage, Message, Reading
from messaging.profiles import page as profiles
from messaging.validators import display_number, is_toll_free

from ..optouts import consents, elsewhere
from . import guards
from .addresses import is_short_code
from .choices import GROUP_COUNTRIES, Kind
from .operations import type_of

# The newest messages of the sender that are looked at, and how old a price may be.
LATELY, OLDEST_PRICE = 200, timedelta(days=90)
# Where the recipient is. The rule of the US for marketing; elsewhere a sensible one.
QUIET_UNTIL, QUIET_FROM = 8, 21
NOT_REGISTERED = "40010"
LONGEST_SHORT_CODE = 8
# What needs a look, what isn't known, what is fine.
ORDER: Mapping[bool | None, int] = {False: 0, None: 1, True: 2}
READ_OF_LAST = ("status", "error_code", "their_line_type", "happened_at")
# Telnyx's words for what a number is used for.
PRODUCTS: Mapping[str, Words] = {
    "A2P": gettext_lazy("Telnyx lists the sender for texts that software sends to people (A2P)."),
    "P2P": gettext_lazy("Telnyx lists the sender for texts that people write to each other (P2P)."),
}
# A number of a whole continent says nothing.
MOST_ZONES = 4
SYMBOLS = {"USD": "$"}


@dataclass(frozen=True)
class Price:
    """What messages like this one cost lately, for each part."""

    each: Decimal
    currency: str
    known: int
    since: datetime


class Before:
    """What is known of a message that somebody is about to send."""

    def __init__(self, message: ComposedMessage) -> None:
        self.message = message
        self.size = segments.measure(message.text, message.encoding)
        self.is_mms = type_of(message) == "MMS" or message.kind == Kind.GROUP

    def checks(self) -> list[Check]:
        """Return everything that was looked up; what needs a look comes first, then what isn't known."""
        found = [
            *self._opt_outs(),
            *self._hours(),
            *self._last_time(),
            *self._sender(),
            *self._known(),
            *self._consents(),
            *self._campaign(),
            *self._countries(),
            self._price(),
        ]
        return sorted(found, key=lambda check: ORDER[check.is_fine])

    @cached_property
    def reading(self) -> Reading | None:
        """Return the list of the profile's numbers or short codes as Telnyx last told it; an old one is read again."""
        profile, sender = self.message.messaging_profile, self.message.sender
        is_number = sender.lstrip("+").isdigit() and self.message.kind != Kind.WHATSAPP
        if profile is None or not profile.remote_id or not is_number:
            return None
        is_code = not sender.startswith("+") and len(sender) <= LONGEST_SHORT_CODE
        return profiles.code_reading(profile) if is_code else profiles.number_reading(profile)

    @cached_property
    def own(self) -> Mapping[str, Any] | None:
        """Return the sender in the list of its profile, or None."""
        records = self.reading.records() if self.reading else []
        names = ("phone_number", "short_code")
        return next(
            (row for row in records if self.message.sender in [row.get(name) for name in names]), None
        )

    @cached_property
    def lately(self) -> list[Message]:
        """Return the newest messages of this sender, or of the profile where Telnyx chooses the sender."""
        message = self.message
        if message.sender:
            rows = Message.objects.filter(our_address=message.sender)
        else:
            id = parsing.uuid(message.messaging_profile.remote_id) if message.messaging_profile else None
            rows = Message.objects.filter(messaging_profile_id=id) if id else Message.objects.none()
        rows = rows.defer("text", "subject", "media", "body", "errors", "trail")
        newest = rows.order_by("-happened_at", "-id")[:LATELY]
        return [row for row in newest if row.direction == Direction.OUTBOUND]

    def _opt_outs(self) -> Iterator[Check]:
        """Say that a recipient opted out of another profile of ours; an opt-out of this one is refused anyway."""
        id = guards.profile_id(self.message.messaging_profile)
        for seen in elsewhere.said(id, self.message.recipients):
            yield Check(_("Opt-out on another profile"), seen, False)

    def _sender(self) -> Iterator[Check]:
        reading, what = self.reading, _("Sender on the profile")
        if reading is None:
            return
        if reading.as_of is None or reading.data is None:
            seen = _(
                "Telnyx is being asked for the profile's numbers. Go back and check again in a few seconds."
            )
            yield Check(what, seen if not reading.error else _("Telnyx's list could not be read."), None)
            return
        words = {"at": show.exact(reading.as_of), "number": display_number(self.message.sender)}
        if self.own is None:
            seen = _("%(number)s isn't among the profile's numbers, as read from Telnyx on %(at)s.") % words
            yield Check(what, seen, False)
            return
        yield Check(what, _("%(number)s is on this profile, as read from Telnyx on %(at)s.") % words)
        features = self.own.get("features")
        if self.is_mms and isinstance(features, Mapping) and features.get("mms", 0) is None:
            yield Check(_("MMS"), _("According to Telnyx this sender can't send MMS."), False)

    @cached_property
    def known(self) -> list[Sender]:
        """Return what every app knows about the sender: it is verified, hosted, live, or not."""
        is_number = self.message.sender and self.message.kind != Kind.ALPHANUMERIC
        return why.senders(self.message.sender) if is_number else []

    def _known(self) -> Iterator[Check]:
        """Say what is fine about the sender, and what isn't known; what is wrong is said above everything else."""
        for one in self.known:
            if one.is_fine is not False:
                yield Check(one.what, f"{one.seen} {one.advice}".strip(), one.is_fine)

    def _consents(self) -> Iterator[Check]:
        """Say when and how each recipient agreed to texts. One query for each."""
        id = guards.profile_id(self.message.messaging_profile)
        for number in self.message.recipients:
            row = consents.newest(number, id)
            seen = consents.words(row) if row else _("Nothing on record in this desk.")
            words = {"number": display_number(number), "seen": seen}
            yield Check(_("Their consent to texts"), _("%(number)s: %(seen)s") % words, True if row else None)

    def _campaign(self) -> Iterator[Check]:
        sender = self.message.sender
        if self.message.kind in (Kind.WHATSAPP, Kind.ALPHANUMERIC) or not sender.startswith("+1"):
            return
        goes_there = any(guards.country(number) == campaigns.US for number in self.message.recipients)
        if is_toll_free(sender) or guards.country(sender) != campaigns.US or not goes_there:
            return
        product = self.own.get("messaging_product") if self.own else None
        if isinstance(product, str) and product:
            seen = PRODUCTS.get(product) or _("Telnyx lists the sender for %(product)s.")
            yield Check(_("Traffic"), str(seen) % {"product": product})
        what = _("10DLC campaign (the registration of texts from an ordinary US number)")
        for row in self.lately:
            campaign, at = campaigns.of(row), show.exact(row.happened_at)
            if row.error_code == NOT_REGISTERED:
                seen = _("The message of %(at)s failed because the sender is on no registered campaign.")
                yield Check(what, seen % {"at": at}, False)
                return
            if campaign.state:
                words = {"at": at, "said": campaign.state, "id": campaign.id or "?"}
                if campaign.state.upper() == campaigns.REGISTERED:
                    yield Check(what, _("Campaign %(id)s was registered for the message of %(at)s.") % words)
                else:
                    seen = _("Campaign %(id)s: Telnyx said “%(said)s” about the message of %(at)s.")
                    yield Check(what, seen % words, False)
                return
        seen = _(
            "Not known: no message from this number tells us. Without a registered campaign, US carriers "
            "refuse texts."
        )
        yield Check(what, seen, None)

    def _countries(self) -> Iterator[Check]:
        """Say which country each recipient is in; the guards refuse one that the profile's list lacks."""
        profile = self.message.messaging_profile
        allowed = profile.remote_data.get("whitelisted_destinations") if profile else None
        codes = [number for number in self.message.recipients if is_short_code(number)]
        there = sorted({guards.country(number) for number in self.message.recipients if number not in codes})
        for code in codes:
            words = _("%(code)s is a short code. It doesn't say its country, so that can't be checked.")
            yield Check(_("Recipient"), words % {"code": code}, None)
        if self.is_mms and set(there) - set(GROUP_COUNTRIES):
            words = _(
                "MMS reaches phones in the US and Canada; elsewhere it may fail, or arrive as a text with links."
            )
            yield Check(_("MMS"), words, False)
        if not there:
            return
        if isinstance(allowed, list):
            seen = _("The profile allows %(countries)s.") % {"countries": profiles.destinations(there)}
            yield Check(_("Destination"), seen)
        else:
            yield Check(_("Destination"), _("We don't know which countries the profile allows."), None)

    def _hours(self) -> Iterator[Check]:
        at, what = self.message.send_at or clock.now(), _("Time of day there")
        for number in self.message.recipients:
            if is_short_code(number):
                continue
            local = [timezone.localtime(at, zone) for zone in zones_of(number)]
            words = {
                "number": display_number(number),
                "times": ", ".join(sorted({date_format(one, "H:i T") for one in local})),
            }
            quiet = [not QUIET_UNTIL <= one.hour < QUIET_FROM for one in local]
            if not 0 < len(local) <= MOST_ZONES:
                yield Check(what, _("%(number)s doesn't say in which time zone it is.") % words, None)
            elif all(quiet):
                seen = _("%(number)s: %(times)s, going by the phone number. That is outside 8:00 to 21:00.")
                yield Check(what, seen % words, False)
            elif any(quiet):
                seen = _(
                    "%(number)s may be in several zones (%(times)s); in some it is outside 8:00 to 21:00."
                )
                yield Check(what, seen % words, None)
            else:
                yield Check(what, _("%(number)s: %(times)s, going by the phone number.") % words)

    def _last_time(self) -> Iterator[Check]:
        """Say if the last message to a recipient failed. One query for each, by an index."""
        for number in self.message.recipients:
            rows = Message.objects.filter(their_address=number, direction=Direction.OUTBOUND)
            last = rows.only(*READ_OF_LAST).order_by("-happened_at", "-id").first()
            if last is None or last.status not in FAILED:
                continue
            why = codes.explain(last.error_code, last.their_line_type) if last.error_code else None
            words = {
                "number": display_number(number),
                "at": show.exact(last.happened_at),
                "why": why.title if why else _("no reason is known."),
            }
            seen = _("The one of %(at)s to %(number)s wasn't delivered: %(why)s")
            yield Check(_("The last message to this number"), seen % words, False)

    def _price(self) -> Check:
        what, price = _("Price"), self.price()
        if price is None:
            seen = _(
                "Not known: the log holds no recent price for such a message from this sender to this "
                "country."
            )
            return Check(what, seen, None)
        parts = 1 if self.is_mms else self.size.parts
        amount = money(price.each * parts, price.currency)
        counted = _("one MMS") if self.is_mms else _parts(parts)
        seen = ngettext(
            "About %(amount)s, %(parts)s. Based on %(n)s message since %(since)s.",
            "About %(amount)s, %(parts)s. Based on %(n)s messages since %(since)s.",
            price.known,
        )
        words = {"amount": amount, "parts": counted, "n": price.known, "since": show.exact(price.since)}
        return Check(what, seen % words)

    def price(self) -> Price | None:
        """Return what such messages cost lately, or None. A group's price isn't known for one recipient."""
        if self.message.kind in (Kind.GROUP, Kind.WHATSAPP):
            return None
        there, type = guards.country(self.message.recipients[0]), type_of(self.message)
        alike = [
            row
            for row in self.lately
            if row.cost is not None
            and row.type == type
            and row.group_id is None
            and row.happened_at > clock.now() - OLDEST_PRICE
            and guards.country(row.their_address) == there
        ]
        if not alike:
            return None
        alike = [row for row in alike if row.currency == alike[0].currency]
        each = [_each(row) for row in alike]
        return Price(median(each), alike[0].currency, len(alike), alike[-1].happened_at)


def _each(row: Message) -> Decimal:
    parts = 1 if row.type == "MMS" else max(row.parts or 1, 1)
    return (row.cost or Decimal(0)) / parts


def _parts(n: int) -> str:
    return ngettext("%(n)s part", "%(n)s parts", n) % {"n": n}


def money(amount: Decimal, currency: str) -> str:
    """Return an amount with as many places as tell something."""
    shown = f"{amount.quantize(Decimal('0.0001')).normalize():f}"
    return f"{SYMBOLS[currency]}{shown}" if currency in SYMBOLS else f"{shown} {currency}".strip()
