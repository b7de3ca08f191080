"""Objections to an RCS message, checked when it is composed, when it is promised, and right before it is sent."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging import countries, segments
from messaging.log.choices import Direction
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry, TelnyxResource
from messaging.models import Message, MessagingProfile
from messaging.optouts import elsewhere, guard
from messaging.sending.choices import LONGEST_SUBJECT, MOST_MEDIA, NO_NAMES_IN
from messaging.sending.guards import Objection, country, is_allowed, last_profile_of, names, profile_id
from messaging.validators import check_public_url, display_number

from .. import content
from ..content import limits
from ..content.check import E164
from ..handsets import features
from ..models.agents import RcsAgent
from ..models.capabilities import Capability

if TYPE_CHECKING:
    from ..models import RcsMessage

SHORT_CODE = 8


def objections(message: "RcsMessage") -> list[Objection]:
    """Return every objection to sending this message now, except the daily limits."""
    return [
        *_of_agent(message),
        *_of_recipient(message),
        *_of_content(message),
        *_of_end(message),
        *_of_fallback(message),
    ]


def before_sending(entry: OutboxEntry, resource: TelnyxResource) -> str:
    """Return the first objection to a message that is about to be sent, or ""."""
    message = cast("RcsMessage", resource)
    return next((objection.words for objection in objections(message)), "")


def advice(message: "RcsMessage") -> list[Objection]:
    """Return what people should know before sending; none of it blocks sending."""
    others = elsewhere.said(profile_id(message.messaging_profile), [message.recipient])
    return [*(Objection("recipient", words) for words in others), *_of_phone(message)]


def _of_phone(message: "RcsMessage") -> list[Objection]:
    known = capability(message.agent, message.recipient)
    if known is None:
        words = _("We don't know whether this phone has RCS. Ask Telnyx first, or add a fallback text.")
        return [Objection("recipient", words)]
    lacking = _lacking(message, known)
    if not lacking or not message.has_fallback():
        return []
    return [Objection("recipient", _("%(why)s The fallback is sent, if Telnyx agrees.") % {"why": lacking})]


def capability(agent: RcsAgent, number: str) -> Capability | None:
    """Return what is known about a phone, or None if nothing is or if it is too old to rely on."""
    found = Capability.objects.filter(agent=agent, phone_number=number).first()
    return found if found and found.is_known() and not found.is_old() else None


def _lacking(message: "RcsMessage", known: Capability) -> str:
    """Return what the phone lacks, in a sentence, or "" if it can show the message."""
    if not known.has_rcs:
        return _("This phone has no RCS.")
    missing = content.needs(message.content) - set(known.features)
    if not missing:
        return ""
    words = ", ".join(str(feature.words) for feature in features.features(sorted(missing)))
    return _("This phone can't show %(what)s.") % {"what": words}


def _of_agent(message: "RcsMessage") -> Iterator[Objection]:
    agent, profile = message.agent, message.messaging_profile
    if not agent.is_there():
        yield Objection("agent", _("This agent is no longer at Telnyx."))
    elif not agent.enabled:
        yield Objection("agent", _("This agent isn't enabled at Telnyx, so nothing can be sent as it."))
    if not agent.messaging_profile_id:
        yield Objection("agent", _("This agent has no messaging profile. Assign one to it first."))
    if profile is None:
        yield Objection("messaging_profile", _("Telnyx requires a messaging profile."))
        return
    if profile.gone_at or not profile.enabled:
        yield Objection("messaging_profile", _("This profile is turned off at Telnyx."))
    if agent.messaging_profile_id and agent.messaging_profile_id != profile.remote_id:
        other = agent.profile() or agent.messaging_profile_id
        words = _("The agent belongs to another profile: %(profile)s.")
        yield Objection("messaging_profile", words % {"profile": other})


def _of_recipient(message: "RcsMessage") -> Iterator[Objection]:
    number, profile = message.recipient, message.messaging_profile
    if not E164.fullmatch(number):
        yield Objection("recipient", _("This isn't a phone number."))
        return
    if why := guard.why_not(profile_id(profile), number):
        yield Objection("recipient", f"{display_number(number)}: {why}")
    there = country(number)
    if not is_allowed(profile, there):
        words = _("%(number)s: the profile doesn't allow messages to this country (%(country)s).")
        yield Objection(
            "recipient", words % {"number": display_number(number), "country": countries.name(there) or "?"}
        )
    known = capability(message.agent, number)
    if known and not message.has_fallback() and (lacking := _lacking(message, known)):
        words = _("%(why)s Choose something else, or add a fallback text.")
        yield Objection("recipient", words % {"why": lacking})


def _of_content(message: "RcsMessage") -> Iterator[Objection]:
    found = content.problems(message.content)
    if found:
        yield Objection("content", found[0].words)
    if len(found) > 1:
        more = len(found) - 1
        words = ngettext("%(n)s more problem.", "%(n)s more problems.", more)
        yield Objection("content", words % {"n": more})


def _of_end(message: "RcsMessage") -> Iterator[Objection]:
    days = limits.LONGEST_TTL // 86400
    if message.ttl_seconds is not None and message.expire_at is not None:
        yield Objection("expire_at", _("Give up after a while or at a set time: choose one."))
    if (
        message.ttl_seconds is not None
        and not limits.SHORTEST_TTL <= message.ttl_seconds <= limits.LONGEST_TTL
    ):
        words = _("Choose between %(least)s seconds and %(days)s days.")
        yield Objection("ttl_seconds", words % {"least": limits.SHORTEST_TTL, "days": days})
    if message.expire_at is not None:
        left = message.expire_at - clock.now()
        if left < timedelta(seconds=limits.SHORTEST_TTL):
            yield Objection("expire_at", _("That time is past or too soon."))
        elif left > timedelta(seconds=limits.LONGEST_TTL):
            yield Objection("expire_at", _("Choose a time within %(days)s days.") % {"days": days})


# The fallback.


def _of_fallback(message: "RcsMessage") -> Iterator[Objection]:
    if message.sms_fallback and message.mms_fallback:
        # Telnyx does not publish which of them it would use (docs/telnyx.md, T4.14).
        yield Objection(
            "mms_fallback",
            _(
                "Add a fallback text or a fallback picture message, not both: Telnyx doesn't say which of them "
                "it would send."
            ),
        )
    for name, allowed in (("sms_fallback", SMS), ("mms_fallback", MMS)):
        given: Any = getattr(message, name)
        if given is None:
            continue
        if not isinstance(given, Mapping) or set(given) - set(allowed):
            yield Objection(name, _("The fallback isn't in the format Telnyx needs."))
            continue
        yield from (Objection(name, words) for words in _of_instead(given, name == "mms_fallback"))
        yield from (Objection(name, words) for words in _of_sender(given.get("from"), message))


SMS, MMS = ("from", "text"), ("from", "text", "subject", "media_urls")


def _of_instead(given: Mapping[str, Any], is_picture: bool) -> Iterator[str]:
    text, subject, urls = given.get("text", ""), given.get("subject", ""), given.get("media_urls", [])
    if not isinstance(text, str) or not isinstance(subject, str) or not isinstance(urls, list):
        yield _("The fallback isn't in the format Telnyx needs.")
        return
    if is_picture:
        yield from _of_pictures(urls)
        if not text.strip() and not urls:
            yield _("Type a text or add a file.")
        if len(subject) > LONGEST_SUBJECT:
            yield _("A subject can have at most %(most)s characters.") % {"most": LONGEST_SUBJECT}
    elif not text.strip():
        yield _("Type the fallback text.")
    if len(text) > limits.LONGEST_FALLBACK_TEXT:
        words = _("The fallback text can have at most %(most)s characters; you have %(n)s.")
        yield words % {"most": limits.LONGEST_FALLBACK_TEXT, "n": len(text)}
    elif not is_picture and segments.measure(text, "auto").parts > segments.MOST_PARTS:
        yield _("The fallback text takes more than 10 parts, and Telnyx sends at most 10. Shorten it.")


def _of_pictures(urls: list[Any]) -> Iterator[str]:
    if len(urls) > MOST_MEDIA:
        yield _("At most 10 files; you have %(n)s.") % {"n": len(urls)}
    for url in urls:
        try:
            check_public_url(url if isinstance(url, str) else "")
        except ValidationError as error:
            yield f"{url}: {error.message}"


def _of_sender(sender: Any, message: "RcsMessage") -> Iterator[str]:
    """Check the fallback's sender: it must send texts and belong to the same profile (docs/telnyx.md, T4.14)."""
    profile: MessagingProfile | None = message.messaging_profile
    if not isinstance(sender, str) or not sender:
        yield _("Choose the number the fallback is sent from.")
        return
    if sender == message.recipient:
        yield _("Sender and recipient are the same number.")
    is_number = bool(E164.fullmatch(sender)) or (sender.isdigit() and len(sender) <= SHORT_CODE)
    if not is_number and (profile is None or sender not in names(profile)):
        yield _("%(sender)s isn't a number, short code or name of this profile.") % {"sender": sender}
    elif not is_number and country(message.recipient) in NO_NAMES_IN:
        yield _("An alphanumeric sender reaches no one in the US, Canada or Puerto Rico.")
    seen, _at = last_profile_of(sender)
    if profile and seen and seen != profile.remote_id:
        other = MessagingProfile.objects.filter(remote_id=seen).first()
        yield _("%(sender)s belongs to another profile: %(profile)s.") % {
            "sender": sender,
            "profile": other or seen,
        }


def fallback_senders(profile: MessagingProfile | None) -> list[str]:
    """Return the senders of texts recently logged under a profile, and the profile's alphanumeric names."""
    if profile is None or not profile.remote_id:
        return []
    newest = Message.objects.filter(messaging_profile_id=profile.remote_id, direction=Direction.OUTBOUND)
    seen = newest.order_by("-happened_at", "-id").values_list("our_address", "type")[:200]
    texted = {address for address, type in seen if address and type in ("SMS", "MMS")}
    return [*sorted(texted), *(name for name in names(profile) if name not in texted)][:20]
