"""Who may write text of their own, and what a message of everybody else may hold: a saved text, filled in."""

import re
from collections.abc import Iterator
from functools import reduce
from operator import or_
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from messaging.models import ComposedMessage, SavedText
from messaging.sending.choices import Content, Kind
from messaging.sending.guards import Objection

from . import placeholders

FREE = "messaging.write_free_text"
LONGEST_VALUE = 60
# So many placeholders of a text are looked up among the saved texts.
MOST_LOOKED_UP = 100
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# What a phone may turn into a link: an address on the web or of an email.
LINK = re.compile(r"://|\bwww\.|[\w-]\.[^\W\d_]{2,}", re.IGNORECASE)


def may_write(user: User) -> bool:
    """Return True if this person may send words of their own, not only saved texts."""
    return user.has_perm(FREE)


def may_keep(user: User, permission: str) -> bool:
    """Return True if this person may write what others send: it takes this permission and the one to write freely."""
    return user.has_perm(permission) and may_write(user)


def demand(user: User, permission: str) -> None:
    """Raise PermissionDenied, with the permission that is missing, unless `may_keep`."""
    for needed in (permission, FREE):
        if not user.has_perm(needed):
            raise PermissionDenied(needed)


def check_value(value: str, user: User) -> None:
    """Check what somebody typed for a placeholder. Raise ValidationError."""
    if len(value) > LONGEST_VALUE:
        words = _("At most %(most)s characters; you have %(n)s.")
        raise ValidationError(words, params={"most": LONGEST_VALUE, "n": len(value)})
    if CONTROL.search(value):
        raise ValidationError(_("Type it in one line."))
    if placeholders.BRACE.search(value):
        raise ValidationError(_("Leave out { and }."))
    if not may_write(user) and (link := LINK.search(value)):
        words = _(
            "A web or email address can't go here (“%(text)s”): only whoever writes saved texts can put one into the "
            "text. After a dot that isn't part of an address, type a space."
        )
        raise ValidationError(words, params={"text": value[max(0, link.start() - 10) : link.end() + 10]})


def objections(message: ComposedMessage, by: User) -> list[Objection]:
    """Return every objection to what this person wrote; the form asks, and so does every promise to send."""
    return list(_of_content(message, by))


def _of_content(message: ComposedMessage, by: User) -> Iterator[Objection]:
    if message.kind == Kind.WHATSAPP:
        if not may_write(by) and message.content != Content.TEMPLATE:
            yield Objection("content", _with_way(_("You can send only approved templates on WhatsApp.")))
        return
    if message.saved_text_id:
        yield from _of_saved(message, message.saved_text_id, by)
    elif not may_write(by):
        yield Objection("saved_text", _with_way(_("Choose a saved text.")))
    elif left := unfilled(message.text):
        words = _(
            "{%(name)s} is a placeholder of a saved text and would go out as it is. Replace it with what belongs "
            "there."
        )
        yield Objection("text", words % {"name": left})
    if not may_write(by) and (message.media_urls or message.subject):
        yield Objection("", _with_way(_("You can't add files or a subject to a saved text.")))


def _of_saved(message: ComposedMessage, pk: UUID, by: User) -> Iterator[Objection]:
    saved = SavedText.objects.filter(pk=pk).first()
    if saved is None or not saved.is_in_use:
        yield Objection("saved_text", _("This saved text is no longer in use. Choose another one."))
        return
    values = message.values or {}
    for name in placeholders.names(saved.text):
        value = values.get(placeholders.key(name), "")
        if not value:
            yield Objection(placeholders.key(name), fill_in(name))
        else:
            try:
                check_value(value, by)
            except ValidationError as error:
                yield Objection(placeholders.key(name), " ".join(error.messages))
    if message.text != placeholders.fill(saved.text, values):
        yield Objection(
            "saved_text", _("This saved text was just changed. Look at it again before you send it.")
        )


def fill_in(name: str) -> str:
    return _("Fill in what goes in place of {%(name)s}.") % {"name": name}


def who_grants() -> str:
    """Return what people need who want to write text of their own."""
    return _(
        "To write your own text, you need the permission “Can write messages freely, not only from saved texts”. "
        "Whoever manages the users here can grant it."
    )


def _with_way(words: str) -> str:
    return f"{words} {who_grants()}"


def unfilled(text: str) -> str:
    """Return the first placeholder of a saved text in use that is in somebody's own text, or ""."""
    found = placeholders.names(text)[:MOST_LOOKED_UP]
    if not found:
        return ""
    holds = reduce(or_, (Q(text__icontains=f"{{{name}}}") for name in found))
    saved = SavedText.objects.filter(holds, is_in_use=True).first()
    theirs = {placeholders.key(name) for name in placeholders.names(saved.text)} if saved else set()
    return next((name for name in found if placeholders.key(name) in theirs), "")
