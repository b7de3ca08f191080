"""What the choice of where events go means, in plain words, and which choices a desk has."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from messaging.desk import bodies
from messaging.mirror import account
from messaging.profiles import webhook_check

from .choices import Kind
from .events import Events

if TYPE_CHECKING:
    from messaging.models import ComposedMessage


def choices() -> list[tuple[str, str]]:
    """Return what can be chosen: a desk without a public address can't ask for reports."""
    offered = Events if account.webhook_url() else [Events.PROFILE]
    return [(choice.value, str(choice.label)) for choice in offered]


def address_of_profile(message: "ComposedMessage") -> str:
    return message.messaging_profile.webhook_url if message.messaging_profile else ""


def objection(message: "ComposedMessage") -> str:
    """Return why a choice makes no sense for the profile of a message, or ""."""
    if message.events == Events.BOTH and not address_of_profile(message):
        return _("This profile has no address for events at Telnyx. Choose “This desk only”.")
    return ""


def reports_to(message: "ComposedMessage") -> str:
    """Return the address of this desk that the request names, or "" if it leaves that to the profile."""
    is_ours = message.kind == Kind.WHATSAPP or message.events != Events.PROFILE
    return bodies.webhook() if is_ours else ""


def meaning(message: "ComposedMessage") -> str:
    """Return what this desk and the owner's own application learn about a message; "" where there is no choice."""
    if message.kind == Kind.WHATSAPP:
        return ""
    url = address_of_profile(message)
    is_ours = webhook_check.is_ours(url)
    host = urlsplit(url).hostname or url
    if message.events == Events.DESK:
        return _(
            "Telnyx reports what happens to this message only to this desk; no other application sees it."
        )
    if message.events == Events.BOTH and is_ours:
        return _(
            "Telnyx reports to this desk. The profile's address is this desk too, so no other application sees it."
        )
    if message.events == Events.BOTH:
        words = _(
            "Telnyx reports to this desk first. The application at %(host)s sees a report only if this desk "
            "can't be reached; the desk then reads the status at Telnyx."
        )
        return words % {"host": host}
    return f"{_of_profile(message, host)} {_lost()}"


def _of_profile(message: "ComposedMessage", host: str) -> str:
    profile = message.messaging_profile
    if profile is None or not profile.webhook_url:
        return _(
            "The profile has no address for events, so Telnyx reports to nobody. This desk reads the status at "
            "Telnyx, often at first and then every 15 minutes, for 10 days."
        )
    if not webhook_check.is_ours(profile.webhook_url):
        words = _(
            "Telnyx reports to the application at %(host)s, not to this desk. The desk reads the status at Telnyx "
            "instead, often at first and then every 15 minutes, for 10 days."
        )
        return words % {"host": host}
    if profile.webhook_api_version != webhook_check.FORMAT:
        return _(
            "The profile's address is this desk, but its events come in an old format that this desk doesn't read. It "
            "reads the status at Telnyx instead, often at first and then every 15 minutes, for 10 days."
        )
    return _("The profile's address is this desk, so Telnyx reports here.")


def _lost() -> str:
    return _(
        "If Telnyx's answer is lost, the desk can't recognize the message by its reports, so a person has "
        "to decide."
    )
