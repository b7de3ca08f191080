"""What people are told about: one row of a table for each kind."""

from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from messaging.desk import health_page
from messaging.mirror.wording import Words
from messaging.team import kinds as work

from . import awaited

# Whoever runs the desk.
ENGINEER = "mirror.replay_webhookevent"


class Email(StrEnum):
    """When an email about something goes out."""

    OFF = "off"
    NOW = "now"
    DIGEST = "digest"


EMAIL_WORDS: dict[str, Words] = {
    Email.OFF: _("No email"),
    Email.NOW: _("At once"),
    Email.DIGEST: _("In the daily summary"),
}


@dataclass(frozen=True)
class Kind:
    """A kind of event. `says` is the sentence people read, `who` who reads it, `email` how urgent it is by default.

    About the desk itself (`may`): who may be told; by default only engineers are. `repeats`: until acknowledged.
    """

    id: str
    title: Words
    says: Words
    who: Words
    email: Email
    may: str = ""
    by_default: str = ""
    repeats: bool = False

    def is_for(self, user: User) -> bool:
        """Return True if this person can be told of such events at all."""
        if self.may:
            return user.has_perm(self.may)
        if self is APPROVAL:
            return any(kind.approve and user.has_perm(kind.approve) for kind in work.every())
        if self is DONE:
            return any(user.has_perm(kind.view) for kind in awaited.every())
        return any(user.has_perm(kind.view) for kind in work.every())


OUR_TURN = Kind(
    "our_turn",
    _("Action needed"),
    _("Action needed: %(what)s."),
    _("whoever has it; if nobody has it, everyone who may change it"),
    Email.DIGEST,
)
HALF = Kind(
    "half",
    _("Half of the time to answer has passed"),
    _("Half of the time to answer has passed; due %(at)s: %(what)s."),
    _("whoever has it; if nobody has it, everyone who may change it"),
    Email.DIGEST,
)
LAST_DAY = Kind(
    "last_day",
    _("The last day to answer"),
    _("Due %(at)s: %(what)s."),
    _("whoever has it; if nobody has it, everyone who may change it. Repeated each day until acknowledged"),
    Email.NOW,
    repeats=True,
)
# Nobody looks every day at what they sent weeks ago, and nothing is lost if they read it tomorrow.
DONE = Kind(
    "done",
    _("What you waited for is done: verified or live"),
    _("Done: %(what)s."),
    _("whoever has it; if nobody has it, whoever submitted it"),
    Email.DIGEST,
)
DECISION = Kind(
    "decision",
    _("A request to Telnyx needs a decision"),
    _("Needs a decision: %(what)s."),
    _("whoever has the record, or else whoever made the request; if neither can decide, everyone who can"),
    Email.NOW,
)
APPROVAL = Kind(
    "approval",
    _("A colleague asks for approval"),
    _("A colleague asks for approval: %(what)s."),
    _("everyone who may approve it"),
    Email.NOW,
)
MENTION = Kind(
    "mention",
    _("A note mentions you"),
    _("A note mentions you: %(what)s."),
    _("the person who is named"),
    Email.NOW,
)
SENDER = Kind(
    "sender",
    _("Far more of a sender's messages fail than usual"),
    _("Far more messages than usual are failing for one of our senders."),
    _("people who manage senders"),
    Email.NOW,
    may="messaging.view_message",
    by_default="messaging.change_messagingprofile",
)
WHO_SEES_HEALTH = _("administrators; others who see the page Health may turn it on")
SILENT = Kind(
    "silent",
    _("No webhook for a long time"),
    _("Telnyx has sent no webhook since %(at)s."),
    WHO_SEES_HEALTH,
    Email.NOW,
    may=health_page.VIEW,
    by_default=ENGINEER,
)
WORKER = Kind(
    "worker",
    _("The worker stopped"),
    _("The worker stopped at %(at)s. What people submit waits; nothing is lost."),
    WHO_SEES_HEALTH,
    Email.NOW,
    may=health_page.VIEW,
    by_default=ENGINEER,
)
KEY = Kind(
    "key",
    _("Telnyx refuses our API key"),
    _("Telnyx has refused our API key since %(at)s. Nothing is sent until it accepts one; nothing is lost."),
    WHO_SEES_HEALTH,
    Email.NOW,
    may=health_page.VIEW,
    by_default=ENGINEER,
)
CHOSEN = (OUR_TURN, HALF, LAST_DAY, DONE, DECISION, APPROVAL, MENTION, SENDER, SILENT, WORKER, KEY)
# What the button "Send me one" makes.
TEST = Kind("test", _("Test"), _("This is the test you asked for."), "", Email.NOW)
BY_ID = {kind.id: kind for kind in (*CHOSEN, TEST)}
