"""What we know about an RCS message that did not arrive: its agent, its phone, its fallback and its time limit."""

from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.log.choices import FAILED, Status
from messaging.log.customer_texts import Say
from messaging.log.why import Sender
from messaging.models import Message

from ..models import Capability, RcsAgent, RcsMessage


def of_message(message: Message) -> Sequence[Sender]:
    """Return what may explain why it did or didn't arrive; empty for a message that is not RCS."""
    if message.fell_back():
        return [_instead(message)]
    if message.type != "RCS" or not message.is_outbound():
        return []
    sent = RcsMessage.objects.filter(remote_id=str(message.remote_id)).first()
    agent = sent.agent if sent else RcsAgent.objects.filter(remote_id=message.our_address).first()
    return [*_agent(agent), *_handset(message, sent, agent), *_end(message)]


def _instead(message: Message) -> Sender:
    """Return what became of the text that was sent in place of an RCS message."""
    what = _("The RCS message and its fallback")
    if message.status not in FAILED:
        return Sender(what, _("RCS didn't reach the phone, so the fallback text was sent."), True)
    advice = _("Ask the customer whether the phone is on and can receive texts.")
    seen = _("Neither arrived: RCS didn't reach the phone, and the fallback text failed too.")
    return Sender(what, seen, False, advice, customer=Say.FALLBACK)


def _agent(agent: RcsAgent | None) -> Iterator[Sender]:
    what = _("The RCS agent")
    if agent is None:
        yield Sender(what, _("Not known to this desk."), None)
        return
    url = reverse("admin:rcs_rcsagent_change", args=[agent.pk])
    if not agent.is_there():
        yield Sender(what, _("The agent is no longer at Telnyx."), False, _("Send as another agent."), url)
    elif not agent.enabled:
        advice = _("Only Telnyx can enable it: ask Telnyx support, or send as another agent or as a text.")
        yield Sender(what, _("The agent isn't enabled at Telnyx."), False, advice, url)
    else:
        yield Sender(what, _("Enabled at Telnyx."), True)


def _handset(message: Message, sent: RcsMessage | None, agent: RcsAgent | None) -> Iterator[Sender]:
    handsets = Capability.objects.filter(agent=agent, phone_number=message.their_address)
    known = handsets.first() if agent else None
    what = _("The phone")
    if known is None or not known.is_known():
        yield Sender(what, _("We don't know whether it has RCS."), None)
        return
    if known.has_rcs:
        yield Sender(what, _("It has RCS."), True)
        return
    if sent and sent.has_fallback():
        yield Sender(what, _("It has no RCS; there was a fallback."), None)
        return
    advice = _("Send a text, or send it again with a fallback text.")
    failed = message.status in FAILED
    seen = _("The phone has no RCS, and there was no fallback.")
    yield Sender(what, seen, False if failed else None, advice)


def _end(message: Message) -> Iterator[Sender]:
    what = _("Time limit")
    if message.status == Status.EXPIRED:
        yield Sender(
            what,
            _("The time limit passed before the phone could be reached."),
            False,
            _("The phone was off or out of reach. Send it again with more time if it still matters."),
            customer=Say.EXPIRED,
        )
    elif message.status == Status.DELIVERY_UNCONFIRMED:
        yield Sender(
            what,
            _("It was sent by RCS, and the phone never confirmed it."),
            False,
            _(
                "It may have been off, or have lost RCS since. Ask the customer before "
                "sending anything again: it may still arrive."
            ),
        )
