"""Open a masked message on record: who, which, when and why. It stays open to that person for 15 minutes."""

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.mirror import clock, throttle
from messaging.models import Message, Reveal

from .conversation import belongs
from .masking import Sight

ONE, WHOLE = "messaging.reveal_message", "messaging.reveal_conversation"
LASTS = timedelta(minutes=15)
MOST_RECENT = 200
MOST_GROUPS = 10


def reveal(user: User, message: Message, reason: str, *, is_conversation: bool = False) -> Reveal:
    """Record that `user` opens `message`, or every message between its two sides.

    Raise TooOften for a person who opened very many just now.
    """
    throttle.spend(throttle.REVEALS, user.pk)
    return Reveal.objects.create(
        user=user,
        message_id=message.pk,
        remote_id=message.remote_id,
        is_conversation=is_conversation,
        reason=reason,
    )


def reply(user: User, message: Message) -> Reveal:
    """Record that `user` sees the number of `message` by replying to it. This opens nothing else. Raise TooOften."""
    return reveal(user, message, "")


def who_may(user: User) -> str:
    """Return who can open messages, in words for somebody who can't; "" for who can. One query at most."""
    if user.has_perm(ONE) or user.has_perm(WHOLE):
        return ""
    may = Q(permissions__content_type__app_label="messaging", permissions__codename=ONE.partition(".")[2])
    names = list(Group.objects.filter(may, user__is_active=True).order_by("name").distinct()[:MOST_GROUPS])
    if not names:
        return _("Only people with permission can open the number and the text, and each time is recorded.")
    words = ngettext(
        "People in the group %(groups)s can open the number and the text, and each time is recorded. Send one of them "
        "the address of the message's page, and say why you need it.",
        "People in the groups %(groups)s can open the number and the text, and each time is recorded. Send one of them "
        "the address of the message's page, and say why you need it.",
        len(names),
    )
    return words % {"groups": ", ".join(map(str, names))}


def look(user: User, message: Message, file: int) -> None:
    """Record a view of a file of an open message, committed before its bytes are shown. Raise TooOften."""
    throttle.spend(throttle.FILES, user.pk)
    with transaction.atomic(durable=True):
        Reveal.objects.create(user=user, message_id=message.pk, remote_id=message.remote_id, file=file)


def sight(user: User, messages: Iterable[Message]) -> Sight:
    """Return what `user` may see of `messages` now. One query, and a second one if a conversation was opened."""
    shown = list(messages)
    if not shown or not (user.has_perm(ONE) or user.has_perm(WHOLE)):
        return Sight()
    recent = Reveal.objects.filter(user=user, at__gt=clock.now() - LASTS, file=None).exclude(reason="")
    opened = dict(recent.values_list("message_id", "is_conversation")[:MOST_RECENT])
    roots: list[Message] = []
    if whole := [id for id, is_conversation in opened.items() if is_conversation]:
        roots = list(Message.objects.filter(pk__in=whole))
    return Sight({row.pk for row in shown if row.pk in opened or any(belongs(one, row) for one in roots)})


def about(number: str) -> "QuerySet[Reveal]":
    """Return the views of messages to or from somebody else's number, newest first."""
    return Reveal.objects.filter(message_id__in=Message.objects.filter(their_address=number).values("pk"))


def is_open_number(user: User, number: str) -> bool:
    """Return True if `user` recently opened a message to or from this number, and so knows it. At most one query."""
    if not (user.has_perm(ONE) or user.has_perm(WHOLE)):
        return False
    return about(number).filter(user=user, at__gt=clock.now() - LASTS, file=None).exists()
