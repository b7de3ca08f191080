"""Reply to a message of the log: a new message with its two sides filled in, on record, since it shows the number.

Its text stays hidden. Whoever may only send tests replies to tests alone.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check
from messaging.mirror import clock
from messaging.mirror.wording import Words
from messaging.models import Message, MessagingProfile, Reveal
from messaging.validators import display_number

from ..log import groups, parsing, reveals
from ..log import purposes as sent
from ..optouts import reconcile
from .choices import FEWEST_IN_GROUP, Kind
from .forms import SEND, purposes
from .purpose import only_tests


@dataclass(frozen=True)
class Offer:
    """How to reply, or why nobody can."""

    kind: str = ""
    why_not: Words = ""


def offer(user: User, message: Message, *, is_blocked: bool, is_test: bool) -> Offer:
    """Return whether this person may reply to a message, and by which kind of message."""
    if not message.our_address or not message.their_address:
        return Offer()
    if not purposes(user):
        return Offer(why_not=_("Only people who may send messages can reply."))
    if is_blocked:
        return Offer(why_not=_("No reply can be sent: this number is opted out."))
    if not is_test and only_tests(purposes(user)):
        return Offer(
            why_not=_(
                "You can only send tests. Ask an operator to reply, and send them the address of this page."
            )
        )
    if message.type == "RCS":
        return Offer(why_not=_("Replies to RCS messages are written under “RCS messages”."))
    return Offer(_kind(message))


def _kind(message: Message) -> str:
    if message.type == "WHATSAPP":
        return Kind.WHATSAPP
    if not message.our_address.lstrip("+").isdigit():
        return Kind.ALPHANUMERIC
    is_group = message.type == "MMS" and len(groups.people(message)) >= FEWEST_IN_GROUP
    return Kind.GROUP if is_group else Kind.MESSAGE


@require_POST
def start(request: HttpRequest, pk: int, model_admin: DeskModelAdmin) -> HttpResponse:
    """Put on record that this person sees the number, and lead to the new message."""
    user = check(request, model_admin)
    if not purposes(user):
        raise PermissionDenied(SEND)
    message = get_object_or_404(Message, pk=pk)
    is_blocked = bool(reconcile.blocks(str(message.messaging_profile_id or ""), message.their_address))
    is_test = message.remote_id in sent.tests([message])
    found = offer(user, message, is_blocked=is_blocked, is_test=is_test)
    if not found.kind:
        messages.error(request, str(found.why_not) or _("This message can't be replied to."))
        return HttpResponseRedirect(reverse("admin:messaging_message_change", args=[pk]))
    reveals.reply(user, message)
    url = reverse("admin:messaging_composedmessage_compose", args=[found.kind])
    return HttpResponseRedirect(f"{url}?reply={pk}")


def _started(user: User, kind: str, pk: str) -> Message | None:
    """Return the message that this person pressed “Reply” at lately; None for another kind of reply."""
    seen = Reveal.objects.filter(user=user, at__gt=clock.now() - reveals.LASTS, file=None)
    if not pk.isascii() or not pk.isdigit() or len(pk) > 18 or not seen.filter(message_id=pk).exists():
        return None
    message = Message.objects.filter(pk=pk).first()
    return message if message and _kind(message) == kind else None


@dataclass(frozen=True)
class Answered:
    """The message that somebody answers: `text` is None while it is hidden from them, and who can open it."""

    message: Message
    text: str | None
    who_may: str = ""


def answered(user: User, kind: str, pk: str) -> Answered | None:
    """Return what the form shows of the customer's message: its text only if this person opened it on record."""
    message = _started(user, kind, pk)
    if message is None or message.is_outbound():
        return None
    text = reveals.sight(user, [message]).text(message)
    return Answered(message, text, reveals.who_may(user) if text is None else "")


def initial(user: User, kind: str, pk: str) -> dict[str, Any] | None:
    """Return what a reply starts with; None if this person didn't press “Reply” lately, or for another kind."""
    message = _started(user, kind, pk)
    if message is None:
        return None
    profile = MessagingProfile.objects.filter(
        remote_id=str(message.messaging_profile_id), gone_at=None
    ).first()
    to = groups.people(message) if kind == Kind.GROUP else [message.their_address]
    return {
        "purpose": purposes(user)[-1],
        "sender": display_number(message.our_address),
        "recipients": "\n".join(map(display_number, to)),
        **({"messaging_profile": profile.pk} if profile else {}),
        **({"content": _quoting(message)} if kind == Kind.WHATSAPP else {}),
    }


def _quoting(message: Message) -> dict[str, Any]:
    """Return a WhatsApp text that quotes a message, by WhatsApp's own id of it; an empty one if we don't know it."""
    id = parsing.text(message.body.get("foreign_id")) if isinstance(message.body, dict) else ""
    return {"type": "text", "text": {}, **({"context": {"message_id": id}} if id else {})}
