"""What the page of one message shows: our side, each recipient at Telnyx, what was sent, and what can be done now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging import segments
from messaging.desk import acts, outbox_words, sight
from messaging.desk.show import Step
from messaging.desk.sight import Sight
from messaging.log import codes, why
from messaging.log.choices import FAILED, Status
from messaging.log.zones import zone_of
from messaging.mirror import clock, retention
from messaging.mirror.models import OutboxEntry, SyncState
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.models import ComposedMessage, Message, SentMessage
from messaging.validators import display_number, mask_number

from ..optouts import guard
from ..whatsapp import page as whatsapp_page
from . import promise
from .choices import READABLE, Kind
from .forms import purposes

CANCEL = "messaging.cancel_composedmessage"
SEE_LOG = "messaging.view_message"
SEE_OUTBOX = "mirror.view_outboxentry"
State = OutboxEntry.State

# Seconds between two refreshes: while something is in progress here, and while Telnyx has it.
SOON, NOW_AND_THEN = 2, 5

STATUS_GROUPS: Mapping[str, str] = {
    "": "reviewing",
    Status.SCHEDULED: "reviewing",
    Status.QUEUED: "under_way",
    Status.SENDING: "under_way",
    Status.SENT: "reviewing",
    Status.DELIVERED: "done",
    Status.READ: "done",
    Status.DELIVERY_UNCONFIRMED: "unsure",
    Status.CANCELLED: "closed",
    **dict.fromkeys(FAILED, "needs_us"),
}

# So many characters are named that GSM-7 lacks.
MOST_NAMED = 10

# As long as it may still wait at Telnyx.
QUEUED = ("", Status.QUEUED, Status.SENDING)

# Our side of a message in lists.
OUR_GROUPS = {
    SyncState.DRAFT: "closed",
    SyncState.QUEUED: "under_way",
    SyncState.SENDING: "under_way",
    SyncState.ACCEPTED: "done",
    SyncState.REFUSED: "needs_us",
    SyncState.UNSURE: "unsure",
}

# Our own words: for a message, unlike other requests, nothing can prove that Telnyx does not have it.
OUR_SIDE: Mapping[str, Words] = {
    State.QUEUED: gettext_lazy("Queued for Telnyx. Nothing has been sent yet."),
    State.SENDING: gettext_lazy("It is being sent right now."),
    State.BLOCKED: gettext_lazy(
        "Telnyx refuses our API key or our account, so nothing is sent. It goes out once that is settled."
    ),
    State.UNSURE: gettext_lazy(
        "It was sent, but Telnyx's answer was lost, so it may or may not reach them. We're "
        "finding out; no one is texted twice."
    ),
    State.NEEDS_PERSON: gettext_lazy("Waiting for your decision; nothing more is sent automatically."),
    State.ACCEPTED: gettext_lazy("Telnyx has it."),
    State.REFUSED: gettext_lazy("Telnyx refused it. No one was texted."),
    State.CANCELLED: gettext_lazy("It was withdrawn before it was sent. No one was texted."),
}
# Where an earlier answer was lost, so that they may have been texted.
SENT_BEFORE: Mapping[str, Words] = {
    State.QUEUED: gettext_lazy(
        "It was sent, but Telnyx's answer was lost, so it may or may not reach them. It waits to be sent again."
    ),
    State.BLOCKED: gettext_lazy(
        "It was sent, but Telnyx's answer was lost, so it may or may not reach them. Telnyx refuses our key now; once "
        "the key works again, it is sent again."
    ),
    State.REFUSED: gettext_lazy(
        "It was sent more than once. An earlier answer was lost, so it may have reached them; the last time Telnyx "
        "refused it."
    ),
    State.CANCELLED: gettext_lazy(
        "It was canceled here after Telnyx's answer had been lost. Nothing more is sent, but it may have reached them."
    ),
}


@dataclass(frozen=True)
class Handset:
    """One recipient as Telnyx sees it."""

    number: str
    group: str
    status: Words
    at: datetime
    errors: list[str]
    advice: str
    cost: str
    url: str
    waits: str = ""


def page_url(message: ComposedMessage) -> str:
    return reverse("admin:messaging_composedmessage_change", args=[message.pk])


def may_read(message: ComposedMessage, user: User) -> bool:
    """Return True if this person, as the author, sees text and numbers here. Others open it in the log, on record."""
    return message.created_by_id == user.pk


def seen_of(message: ComposedMessage, readable: bool) -> Sight:
    """Return how words about a message are shown: without what repeats it, unless this person may read it."""
    if readable:
        return sight.WHOLE
    written = [message.text, message.subject, message.media_urls, message.whatsapp]
    return sight.masked(written, message.recipients, ours=[message.sender], quotes=any(written))


def shown(number: str, readable: bool) -> str:
    return display_number(number) if readable else mask_number(number)


def promises(message: ComposedMessage) -> list[OutboxEntry]:
    """Return every promise ever made for it, newest first.

    A message that reached Telnyx since it was read is read again, so that both sides of its page say the same.
    """
    entries = list(outbox.entries(message).select_related("requested_by", "resource_type").defer("body"))
    making = making_of(entries)
    if making and making.state == State.ACCEPTED and not message.remote_id:
        message.refresh_from_db()
    return entries


def may(
    message: ComposedMessage, entries: Sequence[OutboxEntry], rows: Sequence[Message], user: User
) -> dict[str, bool]:
    """Return what this person may do with this message now."""
    making = making_of(entries)
    withdraws = making is not None and promise.is_unsent(making)
    cancelling = any(entry.is_open() for entry in entries if entry is not making)
    failed = making is not None and (ended_unsent(making) or any(row.status in FAILED for row in rows))
    failed = failed or was_canceled(rows)
    return {
        "read": may_read(message, user),
        "withdraw": withdraws and may_cancel(message, user),
        "cancel": not withdraws and not cancelling and may_cancel(message, user) and message.can_cancel(),
        "again": failed
        and may_read(message, user)
        and message.purpose in purposes(user)
        and not message.is_forgotten()
        and not blocked(message),
        "ask": message.remote_id is not None
        and bool(purposes(user))
        and clock.now() - message.created_at <= READABLE
        and not (rows and all(row.is_final() for row in rows)),
        "see_outbox": user.has_perm(SEE_OUTBOX),
    }


def ended_unsent(making: OutboxEntry) -> bool:
    """Return True if a promise to send was refused, or withdrawn before it was sent."""
    return making.state == State.REFUSED or (
        making.state == State.CANCELLED and not making.may_have_arrived()
    )


def was_canceled(rows: Sequence[Message]) -> bool:
    """Return True if Telnyx says that it canceled the message, for everyone."""
    return bool(rows) and all(row.status == Status.CANCELLED for row in rows)


def went_wrong(message: ComposedMessage) -> bool:
    """Return True if Telnyx refused a message or didn't deliver it, so that there is something to correct."""
    making = making_of(promises(message))
    is_refused = making is not None and making.state == State.REFUSED
    return is_refused or any(row.status in FAILED for row in message.log())


def our_side(making: OutboxEntry) -> Words:
    """Return where a promise to send is, in our own words."""
    if making.state in SENT_BEFORE and making.may_have_arrived():
        return SENT_BEFORE[making.state]
    return OUR_SIDE[making.state]


def may_cancel(message: ComposedMessage, user: User) -> bool:
    """Return True if this person may cancel it: whoever may send one may cancel what they sent themselves."""
    is_own = message.created_by_id == user.pk and message.purpose in purposes(user)
    return is_own or user.has_perm(CANCEL)


def doubts(message: ComposedMessage, known: Sequence[why.Sender], *, is_listed: bool = False) -> list[str]:
    """Return what speaks against the sender, so that people see it before they send; nothing here forbids it.

    `known` is what the apps know about it. `is_listed` says that Telnyx lists it among the numbers of the profile.
    """
    sender = message.sender
    if not sender or message.kind == Kind.ALPHANUMERIC:
        return []
    if not known and not is_listed and not Message.objects.filter(our_address=sender).exists():
        words = _(
            "%(number)s isn't known here as one of your numbers: it isn't hosted or verified, and no "
            "message has come in or gone out on it. If it isn't yours, Telnyx refuses the message."
        )
        return [words % {"number": display_number(sender)}]
    return [f"{one.what}: {one.seen} {one.advice}".strip() for one in known if one.is_fine is False]


def blocked(message: ComposedMessage) -> bool:
    """Return True if one of the recipients asked not to be texted."""
    profile_id = message.messaging_profile.remote_id if message.messaging_profile else ""
    return any(guard.why_not(profile_id or "", number) for number in message.recipients)


def making_of(entries: Sequence[OutboxEntry]) -> OutboxEntry | None:
    """Return the promise to send, among all promises of a message."""
    return next((entry for entry in entries if entry.makes_a_record()), None)


def context(message: ComposedMessage, user: User) -> dict[str, Any]:
    """Return everything the page shows, with a fixed number of queries."""
    entries, rows = promises(message), message.log()
    allowed = may(message, entries, rows, user)
    making = making_of(entries)
    seen = seen_of(message, allowed["read"])
    side = [
        entry
        for entry in entries
        if entry is not making and (entry.is_open() or entry.state == State.REFUSED)
    ]
    return {
        "record": message,
        "may": allowed,
        "ours": line(making, seen) if making else None,
        "requests": [line(entry, seen) for entry in side[:1]],
        "handsets": _priced_once([handset(row, user, allowed["read"], seen) for row in rows]),
        "failed": any(row.status in FAILED for row in rows),
        "canceled": was_canceled(rows) or (message.send_at and making and making.state == State.CANCELLED),
        "decides": making is not None and making.state == State.NEEDS_PERSON,
        "steps": history(message, entries, rows, allowed["read"], seen),
        "refresh": refresh(entries, rows),
        "shape": "-".join(name for name, is_open in allowed.items() if is_open),
    }


def there(message: ComposedMessage) -> str:
    """Return the time where the recipient is when it goes out, or "" if the number doesn't say where that is."""
    zone = zone_of(message.recipients[0]) if message.recipients else None
    if zone is None or message.send_at is None:
        return ""
    return date_format(timezone.localtime(message.send_at, zone), "D, N j, H:i T")


def content(message: ComposedMessage, readable: bool) -> dict[str, Any]:
    """Return what was written, for the bubble and the facts below it; none of it for people who may not read it."""
    size = segments.measure(message.text, message.encoding)
    to = [shown(number, readable) for number in message.recipients]
    rich = whatsapp_page.content(message) if readable and message.whatsapp else {}
    return {
        **rich,
        "record": message,
        "to": to,
        "from_shown": display_number(message.sender),
        "is_readable": readable,
        "there": there(message),
        "forgotten_after": forgotten_after(message),
        "files": [url.rsplit("/", 1)[-1] or url for url in message.media_urls],
        "cost": cost(message, size, readable=readable),
        "size": size,
    }


def forgotten_after(message: SentMessage) -> int:
    """Return after how many days retention deleted its content, or 0 while it is there."""
    return retention.days("message_text") if message.is_forgotten() else 0


def cost(message: ComposedMessage, size: segments.Size, *, readable: bool) -> str:
    """Return what is charged for, in parts and messages; which characters make it cost more is for its readers."""
    if message.kind == Kind.WHATSAPP:
        return _("One WhatsApp message.")
    if message.kind == Kind.GROUP:
        return _("%(n)s MMS, one for each recipient.") % {"n": len(message.recipients)}
    if message.media_urls or message.subject or message.as_mms:
        return _("One MMS.")
    counted = ngettext("%(n)s part", "%(n)s parts", size.parts) % {"n": size.parts}
    said = _("Costs %(parts)s in %(encoding)s.") % {"parts": counted, "encoding": size.encoding}
    if readable and size.encoding == segments.UCS2 and size.foreign:
        words = _("Because of %(characters)s, a part holds 70 characters instead of 160.")
        return f"{said} {words % {'characters': ' '.join(size.foreign[:MOST_NAMED])}}"
    return f"{said} {segments.ENCODINGS[size.encoding]}"


def line(entry: OutboxEntry, seen: Sight) -> outbox_words.Line:
    """Return the state of a promise in words, as far as this person sees them."""
    is_making = entry.makes_a_record()
    advice = [codes.advice(error.get("code", "")) for error in entry.errors]
    return replace(
        outbox_words.entry_line(entry, seen),
        meaning=our_side(entry) if is_making else CANCELLING.get(entry.state, ""),
        reason=seen.words(entry.reason) if entry.state not in (State.ACCEPTED, State.UNSURE) else "",
        advice=list(dict.fromkeys(filter(None, advice))),
    )


CANCELLING: Mapping[str, Words] = {
    State.QUEUED: gettext_lazy("Telnyx is being asked to cancel it."),
    State.SENDING: gettext_lazy("Telnyx is being asked to cancel it."),
    State.UNSURE: gettext_lazy("Telnyx was asked to cancel it, but the answer was lost. We're finding out."),
    State.NEEDS_PERSON: gettext_lazy("We aren't sure whether it was canceled."),
    State.REFUSED: gettext_lazy("Telnyx didn't cancel it: its time has come, or is less than a minute away."),
}


def handset(row: Message, user: User, readable: bool, seen: Sight) -> Handset:
    amount = f"{row.cost.normalize():f} {row.currency}" if row.cost is not None else ""
    return Handset(
        number=shown(row.their_address, readable),
        group=STATUS_GROUPS.get(row.status, "reviewing"),
        status=row_status(row),
        at=row.status_at,
        errors=[outbox_words.said(error, seen) for error in row.errors if isinstance(error, Mapping)],
        advice="" if row.has_arrived() else codes.advice(row.error_code, row.their_line_type),
        cost=amount,
        url=log_url(row) if user.has_perm(SEE_LOG) else "",
        waits=queued_for(row),
    )


def queued_for(row: Message) -> str:
    """Return that Telnyx holds a message back because of rate limits, while it does."""
    told = row.details.get("wait_seconds")
    if row.status not in QUEUED or not isinstance(told, int | float) or isinstance(told, bool) or told < 1:
        return ""
    words = ngettext(
        "Telnyx expected it to wait up to %(n)s second there, because of rate limits.",
        "Telnyx expected it to wait up to %(n)s seconds there, because of rate limits.",
        round(told),
    )
    return words % {"n": number_format(round(told), force_grouping=True)}


def _priced_once(handsets: list[Handset]) -> list[Handset]:
    """Name the price of a group message once: Telnyx repeats it for each recipient."""
    priced = next((one for one in handsets if one.cost), None)
    if priced is None or len(handsets) < 2:
        return handsets
    whole = _("%(cost)s for the whole group message") % {"cost": priced.cost}
    return [replace(one, cost=whole if one is priced else "") for one in handsets]


def row_status(row: Message) -> Words:
    return dict(Status.choices).get(row.status, row.status or _("Received by Telnyx"))


def log_url(row: Message) -> str:
    """Return the page of a message in the log, or "" while the log has no pages."""
    try:
        return reverse("admin:messaging_message_change", args=[row.pk])
    except NoReverseMatch:
        return ""


def history(
    message: SentMessage,
    entries: Sequence[OutboxEntry],
    rows: Sequence[Message],
    readable: bool,
    seen: Sight,
) -> list[Step]:
    """Return what people did and requested and what Telnyx reported, newest first."""
    steps = [step for entry in entries for step in outbox_words.entry_steps(entry, seen)]
    steps += acts.steps(message, is_masked=not readable)
    for row in rows:
        title = _("Telnyx: %(status)s") % {"status": row_status(row)}
        number = shown(row.their_address, readable)
        steps.append(Step(row.status_at, title, number, group=STATUS_GROUPS.get(row.status, "reviewing")))
    return sorted(steps, key=lambda step: step.at, reverse=True)


def refresh(entries: Sequence[OutboxEntry], rows: Sequence[Message]) -> int | None:
    """Return after how many seconds to refresh; None if nothing will change anymore."""
    if any(entry.state not in (*OutboxEntry.ENDED, State.NEEDS_PERSON) for entry in entries):
        return SOON
    return None if rows and all(row.is_final() for row in rows) else NOW_AND_THEN


def left_today(user: User) -> int:
    """Return how many recipients this person may still text today."""
    own, everybody = promise.sent_today(user)
    return max(0, min(settings.MESSAGES_PER_PERSON_A_DAY - own, settings.MESSAGES_A_DAY - everybody))
