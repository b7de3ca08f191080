"""What the page of one RCS message shows: our side, the phone at Telnyx, what was sent, and what can be done now."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging import segments
from messaging.desk import sight
from messaging.desk.show import clock, moment
from messaging.desk.sight import Sight
from messaging.mirror.models import OutboxEntry
from messaging.mirror.wording import Words, duration
from messaging.models import Message
from messaging.saved_texts import rules
from messaging.sending import page as sent
from messaging.sending import promise
from messaging.validators import display_number, mask_number
from rcs.messages import sending
from rcs.models import RcsMessage

from . import wording

KEEP = "rcs.add_rcstemplate"
NAME = "rcs_rcsmessage"
State = OutboxEntry.State

INSTEAD: dict[str, Words] = {
    "SMS": gettext_lazy("The phone didn't accept RCS, so Telnyx sent the text message instead."),
    "MMS": gettext_lazy("The phone didn't accept RCS, so Telnyx sent the picture message instead."),
}


def page_url(message: RcsMessage) -> str:
    return reverse(f"admin:{NAME}_change", args=[message.pk])


def may_read(message: RcsMessage, user: User) -> bool:
    """Return True if this person, as its author, sees text and number here. Others view it in the log, on record."""
    return message.created_by_id == user.pk


def seen_of(message: RcsMessage, readable: bool) -> Sight:
    """Return how much to show in texts about a message: nothing that repeats it, unless the person may read it."""
    if readable:
        return sight.WHOLE
    written = [message.content, message.sms_fallback, message.mms_fallback]
    return sight.masked(written, message.recipient, quotes=any(written))


def number(message: RcsMessage, readable: bool) -> str:
    return message.recipient_shown() if readable else mask_number(message.recipient)


def may(message: RcsMessage, entries: Sequence[OutboxEntry], user: User) -> dict[str, bool]:
    """Return what this person may do with the message now."""
    making = sent.making_of(entries)
    readable, sends = may_read(message, user), message.purpose in sending.purposes(user)
    waits = making is not None and promise.is_unsent(making)
    withdrawn = making is not None and making.state == State.CANCELLED and sent.ended_unsent(making)
    return {
        "read": readable,
        "withdraw": waits and sends,
        "again": readable
        and sends
        and not message.is_forgotten()
        and (withdrawn or message.can_be_sent_again()),
        "keep": readable and not message.is_forgotten() and rules.may_keep(user, KEEP),
        "ask": message.remote_id is not None and bool(sending.purposes(user)) and not message.is_final(),
        "see_outbox": user.has_perm(sent.SEE_OUTBOX),
    }


def context(message: RcsMessage, user: User) -> dict[str, Any]:
    """Return the parts of the page that change by themselves, with a fixed number of queries."""
    entries, rows = sent.promises(message), message.log()  # type: ignore[arg-type]
    allowed = may(message, entries, user)
    making = sent.making_of(entries)
    seen = seen_of(message, allowed["read"])
    fell = next((row.type for row in rows if row.type in INSTEAD), "")
    return {
        "record": message,
        "may": allowed,
        "ours": sent.line(making, seen) if making else None,
        "handsets": [sent.handset(row, user, allowed["read"], seen) for row in rows],
        "decides": making is not None and making.state == State.NEEDS_PERSON,
        "failed": message.remote_id is not None,
        "fell_back": INSTEAD.get(fell, ""),
        "conversation": conversation(rows, user),
        "steps": sent.history(message, entries, rows, allowed["read"], seen),
        "refresh": sent.refresh(entries, rows),
        "shape": "-".join([*(name for name, is_open in allowed.items() if is_open), fell]),
    }


def conversation(rows: Sequence[Message], user: User) -> str:
    """Return the URL of the message's conversation, for people who may see the log."""
    if not rows or not user.has_perm(sent.SEE_LOG):
        return ""
    return reverse("admin:messaging_message_conversation", args=[rows[0].pk])


def content(message: RcsMessage, readable: bool) -> dict[str, Any]:
    """Return what was written, for the preview and in words; none of it for people who may not read it."""
    sms, mms = message.sms_fallback or {}, message.mms_fallback or {}
    return {
        "record": message,
        "to": number(message, readable),
        "is_readable": readable,
        "forgotten_after": sent.forgotten_after(message),
        "summary": message.summary() if readable else "",
        "shown": {
            "content": message.content,
            "agent": str(message.agent),
            "time": clock(message.created_at) if message.created_at else "",
            "fallback": sms or mms or None,
        }
        if readable
        else None,
        "phone_words": wording.phone(),
        "ends": ends(message),
        "instead": instead(sms, mms),
        "instead_from": display_number((sms or mms).get("from", "")) if readable else "",
    }


def ends(message: RcsMessage) -> Words:
    """Return when Telnyx stops trying."""
    if message.expire_at:
        return moment(message.expire_at)
    if message.ttl_seconds:
        return _("%(span)s after it was sent") % {"span": duration(timedelta(seconds=message.ttl_seconds))}
    return _("After its default time")


def instead(sms: dict[str, Any], mms: dict[str, Any]) -> str:
    """Return what a phone without RCS gets, and in how many parts."""
    if sms:
        size = segments.measure(str(sms.get("text", "")))
        words = ngettext("A text message in %(n)s part.", "A text message in %(n)s parts.", size.parts)
        return words % {"n": size.parts}
    return _("A picture message.") if mms else _("Nothing: it won't arrive.")
