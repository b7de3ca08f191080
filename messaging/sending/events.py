"""Where Telnyx reports what happens to a message: the choice, and what it becomes in the request (T5.18, T5.26)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .choices import Kind

ADDRESS, FAILOVER, OF_PROFILE = "webhook_url", "webhook_failover_url", "use_profile_webhooks"


class Events(TextChoices):
    DESK = "desk", _("This desk only")
    BOTH = "both", _("This desk, and the profile's address if the desk can't be reached")
    PROFILE = "profile", _("Where the profile's settings say")


def addresses(kind: str, chosen: str, of_profile: str, callback_url: str) -> Mapping[str, Any]:
    """Return the members of a send that say where its events go; a desk without an address leaves it to the profile."""
    if kind == Kind.WHATSAPP:  # it takes no other address, and has no word about the profile's
        return {ADDRESS: callback_url} if callback_url else {}
    if chosen == Events.PROFILE or not callback_url:
        return {OF_PROFILE: True}
    backup = {FAILOVER: of_profile} if chosen == Events.BOTH and of_profile else {}
    return {ADDRESS: callback_url, **backup, OF_PROFILE: False}
