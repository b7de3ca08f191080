"""What we know about the phone a message is written to, in a sentence, and how to ask Telnyx about it."""

import json
from dataclasses import dataclass
from uuid import uuid4

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from messaging.desk import show
from messaging.desk.pages import uuid_or_none
from messaging.mirror import clock
from messaging.mirror.wording import Words
from messaging.numbers import find_number
from rcs.agents import page
from rcs.handsets import capability_jobs, features
from rcs.models import Capability, RcsAgent

LONGEST_TYPED = 200
# The values the page uses: the phone has RCS, it doesn't, or we don't know.
RCS, NONE, UNKNOWN = "rcs", "none", "unknown"


@dataclass(frozen=True)
class Handset:
    state: str
    group: str
    status: Words
    words: str
    features: list[str]
    waits: bool = False
    may_ask: bool = False

    def features_json(self) -> str:
        return json.dumps(self.features)


def agent_of(typed: str) -> RcsAgent | None:
    """Return the agent chosen in the form, if phones can be checked for it."""
    pk = uuid_or_none(typed)
    return RcsAgent.senders().defer("remote_data").filter(pk=pk).first() if pk else None


def number_of(typed: str) -> str:
    return find_number(typed[:LONGEST_TYPED])


def look(agent: RcsAgent | None, number: str, user: User) -> Handset | None:
    """Return what is known, or None while agent or number is incomplete."""
    if agent is None or not number:
        return None
    may_ask = user.has_perm(page.CHECK)
    known = Capability.objects.filter(agent=agent, phone_number=number).first()
    if known is None or not (known.is_known() or known.is_waiting() or known.error):
        return Handset(UNKNOWN, "draft", _("Not checked"), _("Not checked yet."), [], may_ask=may_ask)
    group, status = features.state(known)
    if known.is_waiting():
        words = _("Waiting for Telnyx's answer. It appears here within seconds.")
        return Handset(UNKNOWN, "under_way", _("Checking"), words, [], waits=True)
    if known.error:
        return Handset(UNKNOWN, group, status, known.error, [], may_ask=may_ask)
    state, words = _known(known)
    able = known.features if state == RCS else []
    return Handset(state, group, status, words, able, may_ask=may_ask and not _is_young(known))


def _known(known: Capability) -> tuple[str, str]:
    checked = ""
    if known.as_of:
        checked = _("Checked %(ago)s.") % {"ago": show.ago(known.as_of)}
    if known.is_old():
        checked += " " + _("That was long ago and may have changed.")
    if not known.has_rcs:
        return NONE, _("This phone has no RCS. %(checked)s") % {"checked": checked}
    words = _("This phone can show %(what)s. %(checked)s")
    return RCS, words % {"what": features.in_words(known), "checked": checked}


def _is_young(known: Capability) -> bool:
    return known.as_of is not None and clock.now() - known.as_of < page.FRESH


def ask(agent: RcsAgent, number: str, user: User) -> None:
    """Have the worker ask Telnyx about one phone; asking twice makes only one request."""
    waiting = Capability.objects.filter(agent=agent, phone_number=number, wanted_at__isnull=False)
    if not waiting.exists():
        capability_jobs.begin(uuid4(), agent, [number], by=user, again=True)
