"""What people do with RCS messages: each action in one transaction, each request to Telnyx through the outbox."""

from uuid import uuid4

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from messaging.desk.pages import NotAllowed
from messaging.saved_texts import rules
from messaging.sending import promise as sending
from messaging.sending.choices import Purpose
from messaging.sending.guards import Objection
from messaging.sending.promise import AlreadySent, Objected, withdrawable

from ..models import RcsMessage, RcsTemplate
from . import guards
from .guards import advice, fallback_senders

__all__ = [
    "AlreadySent",
    "Objected",
    "Objection",
    "advice",
    "again",
    "is_from_template",
    "fallback_senders",
    "objections",
    "promise",
    "purposes",
    "withdraw",
    "withdrawable",
]

SEND, SEND_TEST = "rcs.send_rcsmessage", "rcs.send_test_rcsmessage"


def purposes(user: User) -> list[str]:
    """Return what this person may send: only tests, or anything."""
    if user.has_perm(SEND):
        return [Purpose.TEST, Purpose.MANUAL]
    return [Purpose.TEST] if user.has_perm(SEND_TEST) else []


def objections(message: RcsMessage, user: User) -> list[Objection]:
    """Return every objection to this person's sending this message now."""
    return [*_of_person(message, user), *guards.objections(message), *sending.over_limits(user, 1)]


def _of_person(message: RcsMessage, user: User) -> list[Objection]:
    if message.purpose in purposes(user):
        return _of_free_text(message, user)
    return [
        Objection(
            "purpose",
            _(
                "You can't send this: it takes the permission “Can send RCS messages”. "
                "Whoever manages the users here can grant it."
            ),
        )
    ]


def _of_free_text(message: RcsMessage, user: User) -> list[Objection]:
    """Return the objection to words that are in no template, if this person may not write any."""
    if rules.may_write(user) or is_from_template(message):
        return []
    words = _("You can send only saved RCS templates, as they are.")
    return [Objection("template", f"{words} {rules.who_grants()}")]


def is_from_template(message: RcsMessage) -> bool:
    """Return True if the content, and the fallback text if there is one, are exactly those of one template."""
    if message.mms_fallback:
        return False
    same = RcsTemplate.objects.filter(content=message.content)
    if message.sms_fallback:
        same = same.filter(sms_fallback=message.sms_fallback.get("text") or "")
    return same.exists()


def promise(message: RcsMessage, user: User, form_token: str) -> RcsMessage:
    """Save a message and promise it to Telnyx, or do neither. Raise Objected or AlreadySent.

    The form provides the message's id, so a second click finds what the first one created.
    """
    sending.keep(
        message,
        lambda: [*_of_person(message, user), *guards.objections(message)],
        by=user,
        form_token=form_token,
    )
    return message


def again(message: RcsMessage) -> RcsMessage:
    """Return an unsaved copy of a message that reached no one. Raise NotAllowed for any other message.

    A fixed time to give up at is not copied: it may be past.
    """
    if not message.can_be_sent_again():
        raise NotAllowed(_("We don't know that it failed, so sending it again could text someone twice."))
    return RcsMessage(
        pk=uuid4(),
        agent=message.agent,
        recipient=message.recipient,
        messaging_profile=message.messaging_profile,
        purpose=message.purpose,
        content=message.content,
        ttl_seconds=message.ttl_seconds,
        sms_fallback=message.sms_fallback,
        mms_fallback=message.mms_fallback,
        again_of=message,
    )


def withdraw(message: RcsMessage) -> None:
    """Withdraw a message that has not been sent yet. Raise NotAllowed if it is too late."""
    waiting = withdrawable(message)
    if not waiting or not sending.withdraw(waiting):
        raise NotAllowed(_("It's too late to withdraw this message. Nothing was done."))
