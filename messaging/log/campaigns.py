"""The campaign (10DLC) that a message was sent under, as Telnyx reports it with each message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.wording import Words
from messaging.models import Message
from messaging.validators import is_toll_free

from . import parsing
from .zones import country_of

# The only word that Telnyx documents; what else it may say isn't published, and is shown as it came.
REGISTERED = "REGISTERED"
US = "US"
# What the log can be filtered by.
CHOICES: tuple[tuple[str, Words], ...] = (
    ("registered", gettext_lazy("Registered")),
    ("other", gettext_lazy("Not registered")),
    ("none", gettext_lazy("None reported (outgoing)")),
)


@dataclass(frozen=True)
class Campaign:
    """The id of a campaign and its state in Telnyx's word; both may be missing."""

    id: str = ""
    state: str = ""

    @property
    def is_registered(self) -> bool | None:
        """Return None if Telnyx reported no state."""
        return self.state == REGISTERED if self.state else None

    def words(self) -> str:
        """Return the state in words, with the id, or "" if Telnyx reported neither."""
        if not self.state:
            return self.id
        said = _("Registered") if self.is_registered else _("Not registered: Telnyx says “%(word)s”")
        return " · ".join(filter(None, [said % {"word": self.state}, self.id]))


def of(message: Message) -> Campaign:
    """Return what Telnyx said of the campaign of a message."""
    told: Mapping[str, Any] = message.details if isinstance(message.details, Mapping) else {}
    return Campaign(
        parsing.text(told.get("tcr_campaign_id"), 40), parsing.text(told.get("tcr_campaign_registered"), 40)
    )


def concerns(message: Message) -> bool:
    """Return True for a text from a US long code to a US phone: carriers ask for a campaign only for these."""
    ours, theirs = message.our_address, message.their_address
    is_text = message.is_outbound() and message.type in ("SMS", "MMS")
    return is_text and not is_toll_free(ours) and country_of(ours) == US == country_of(theirs)
