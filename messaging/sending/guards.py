"""Objections to a message: checked when it is composed, when it is promised, and right before it is sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException

from messaging import countries
from messaging.log import window
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry, TelnyxResource
from messaging.models.messages import Message
from messaging.models.profiles import MessagingProfile
from messaging.models.senders import AlphanumericSender
from messaging.validators import display_number

from ..optouts import guard
from . import owned
from .addresses import is_short_code
from .choices import (
    EARLIEST_AT_TELNYX,
    GROUP_COUNTRIES,
    NO_NAMES_IN,
    Content,
    Kind,
)

if TYPE_CHECKING:
    from messaging.models import ComposedMessage

EVERYWHERE = "*"
# The main country of a calling code, for numbers that their country does not assign.
NORTH_AMERICA, NORTH_AMERICAN_CODE = "US", 1


@dataclass(frozen=True)
class Objection:
    """One reason, and the field it is about."""

    field: str
    words: str


def objections(message: "ComposedMessage") -> list[Objection]:
    """Return every objection to sending this message now."""
    return [*_of_recipients(message), *_of_sender(message), *_of_time(message)]


def before_sending(entry: OutboxEntry, resource: TelnyxResource) -> str:
    """Return the first objection to a message that is about to be sent, or ""."""
    message = cast("ComposedMessage", resource)
    return next((objection.words for objection in objections(message)), "")


def _of_recipients(message: "ComposedMessage") -> Iterator[Objection]:
    profile = message.messaging_profile
    for number in message.recipients:
        shown = display_number(number)
        if why := guard.why_not(profile_id(profile), number):
            yield Objection("recipients", f"{shown}: {why}")
        there = country(number)
        if not is_short_code(number) and not is_allowed(profile, there):
            words = _("%(number)s: the profile doesn't allow messages to this country (%(country)s).")
            yield Objection("recipients", words % {"number": shown, "country": countries.name(there) or "?"})
        if message.kind == Kind.GROUP and there not in GROUP_COUNTRIES:
            words = _("%(number)s: group messages reach only the US and Canada.")
            yield Objection("recipients", words % {"number": shown})
        if message.kind == Kind.ALPHANUMERIC and there in NO_NAMES_IN:
            words = _("%(number)s: an alphanumeric sender reaches no one in the US, Canada or Puerto Rico.")
            yield Objection("recipients", words % {"number": shown})
        if is_free(message) and window.look(message.sender, number).is_closed():
            words = _(
                "%(number)s hasn't written to this sender on WhatsApp in the last 24 hours, so WhatsApp accepts "
                "only an approved template. Choose a template, or wait until they write."
            )
            yield Objection("content", words % {"number": shown})


def _of_sender(message: "ComposedMessage") -> Iterator[Objection]:
    profile = message.messaging_profile
    if profile and (profile.gone_at or not profile.enabled):
        yield Objection("messaging_profile", _("This profile is turned off at Telnyx."))
    if message.kind == Kind.ALPHANUMERIC and profile and message.sender not in names(profile):
        yield Objection("sender", _("This name isn't a sender on the profile."))
    seen, at = last_profile_of(message.sender)
    if profile and seen and seen != profile.remote_id:
        listed = owned.listed_at(profile, message.sender)
        if listed and at and listed > at:
            return  # it was moved to this profile since
        other = MessagingProfile.objects.filter(remote_id=seen).first()
        words = _(
            "This sender belongs to another profile, judging by its newest message: %(profile)s. If it was moved, "
            "open the page of the profile you chose, so that its numbers are read again."
        )
        yield Objection("sender", words % {"profile": other or seen})


def _of_time(message: "ComposedMessage") -> Iterator[Objection]:
    if message.send_at and message.send_at < clock.now() + EARLIEST_AT_TELNYX:
        yield Objection("send_at", _("Its time is less than 5 minutes away, which Telnyx doesn't accept."))


def profile_id(profile: MessagingProfile | None) -> str:
    return (profile.remote_id if profile else "") or ""


def country(number: str) -> str:
    """Return the country of a number, judged by its digits alone; "" if there is none."""
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return ""
    main = NORTH_AMERICA if parsed.country_code == NORTH_AMERICAN_CODE else None
    found = phonenumbers.region_code_for_number(parsed) or main
    return found or phonenumbers.region_code_for_country_code(parsed.country_code or 0)


def is_allowed(profile: MessagingProfile | None, there: str) -> bool:
    """Return True if a profile may send to a country; if we don't know its countries, we assume that it may."""
    allowed: Any = profile.remote_data.get("whitelisted_destinations") if profile else None
    return not isinstance(allowed, list) or EVERYWHERE in allowed or there in allowed


def names(profile: MessagingProfile) -> list[str]:
    """Return the alphanumeric senders of a profile that we know."""
    listed = AlphanumericSender.of(profile).values_list("alphanumeric_sender_id", flat=True)
    return list(dict.fromkeys(name for name in (profile.alpha_sender, *listed) if name))


def last_profile_of(sender: str) -> tuple[str, datetime | None]:
    """Return the profile under which the log last saw this sender, or "", and when."""
    if not sender:
        return "", None
    seen = Message.objects.filter(our_address=sender, messaging_profile_id__isnull=False)
    found = seen.order_by("-happened_at", "-id").values_list("messaging_profile_id", "happened_at").first()
    return (str(found[0]), found[1]) if found else ("", None)


def is_free(message: "ComposedMessage") -> bool:
    """Return True for a WhatsApp message that is only taken within 24 hours of one from the recipient."""
    return message.kind == Kind.WHATSAPP and message.content != Content.TEMPLATE


def window_of(message: "ComposedMessage") -> window.Window | None:
    """Return what is known about the 24 hours of a free message, or None where they don't matter."""
    return window.look(message.sender, message.recipients[0]) if is_free(message) else None
