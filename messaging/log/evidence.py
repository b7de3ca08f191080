"""Evidence about one message: what was sent, what Telnyx reported, and whether its phone had opted out."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import sight
from messaging.desk.show import Step
from messaging.evidence import kinds, requests
from messaging.evidence.kinds import Contents, Kind
from messaging.evidence.summary import both, file_name
from messaging.mirror.models import WebhookEvent
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.models import Evidence, Message, MessagingProfile, Reveal, SentMessage
from messaging.validators import display_number

from . import facts, keyset, reveals, rich, timeline, whatsapp
from .cards import VIEW
from .choices import TermKind
from .masking import LIST, Sight, Whole, explained
from .query import Term

CONTENT = "message"
# So many messages are in the evidence about a number.
MOST_OF_NUMBER = 200
EVENTS = "mirror.view_webhookevent"


def _openings(user: User) -> list[str]:
    return [CONTENT] if user.has_perm(reveals.ONE) or user.has_perm(reveals.WHOLE) else []


def _gather(message: Message, row: Evidence, opened: Collection[str]) -> Contents:
    is_open = CONTENT in opened
    seen = Whole() if is_open else Sight()
    steps = timeline.steps(message)
    found = Contents(
        _facts(message, seen, row.zone),
        [Step(step.at, step.title, step.word, step.who, step.group) for step in steps],
        consent=kinds.consent_about(row.owner, [message.their_address, message.our_address]),
    )
    told = [seen.error(message, error) for error in message.errors]
    found.data["message.json"] = {
        "telnyx_id": str(message.remote_id),
        "direction": message.direction,
        "type": message.type,
        "our_side": message.our_address,
        "their_side": message.their_address if is_open else seen.their_number(message),
        "status": message.status,
        "errors": told,
        "reports": message.trail,
    } | (_content(message) if is_open else {})
    if row.owner.has_perm(EVENTS):
        _add_events(found, steps, is_open=is_open)
    for kind in SentMessage.kinds():
        for sent in kind._base_manager.filter(remote_id=str(message.remote_id)):
            entries = list(outbox.entries(sent).select_related("requested_by", "resource_type"))
            words = sight.WHOLE if is_open else sight.masked(ours=[message.our_address])
            requests.add(found, entries, words, is_open=is_open)
    if is_open:
        found.looks.append(
            Reveal(user=row.owner, message_id=message.pk, remote_id=message.remote_id, reason=row.reason)
        )
        if message.media or whatsapp.files(message.body):
            found.left_out.append(_("Files that came with it."))
    else:
        found.left_out.append(_("The text and the whole number: your role doesn't open messages."))
    return found


def of_number(number: str, *, is_open: bool, zone: str) -> Iterator[tuple[Step, dict[str, Any]]]:
    """Yield the newest messages from and to a number, each as a step and as data: how it ended and why, not its text.

    `is_open` says whether the number itself is shown; others stay masked.
    """
    what = keyset.plan(Term(number, TermKind.ADDRESS, (number,)))
    for message in keyset.look(what, size=MOST_OF_NUMBER, columns=keyset.WHOLE).rows:
        is_shown = is_open and message.their_address == number
        theirs = display_number(number) if is_shown else LIST.their_number(message)
        ours, (group, status) = LIST.our_number(message), timeline.pill(message)
        sides = f"{ours} → {theirs}" if message.is_outbound() else f"{theirs} → {ours}"
        why = [] if message.has_arrived() else list(_why(message))
        said = " · ".join([sides, message.type, str(status)])
        title = str(message.direction_words())
        yield (
            Step(message.happened_at, title, "\n".join([said, *why]), group=group),
            {
                "at": message.happened_at.isoformat(),
                "at_in_words": both(message.happened_at, zone),
                "direction": message.direction,
                "type": message.type,
                "our_side": message.our_address,
                "their_side": message.their_address if is_shown else theirs,
                "status": message.status,
                "status_in_words": str(status),
                "status_since": message.status_at.isoformat(),
                "why": why,
                "telnyx_id": str(message.remote_id),
            },
        )


def _why(message: Message) -> Iterator[str]:
    """Yield why a message failed, in our words and in Telnyx's, without what repeats its text."""
    if code := message.error_code:
        yield f"{code} {explained(code, message.their_line_type)}".strip()
    for error in message.errors:
        yield _("Telnyx: %(text)s") % {"text": _error(LIST.error(message, error))}


def _facts(message: Message, seen: Sight, zone: str) -> list[tuple[Words, str]]:
    group = _("Yes") if message.group_id else ""
    cost = f"{message.cost:f} {message.currency}" if message.cost is not None else ""
    return [
        (_("Direction"), str(message.direction_words())),
        (_("Type"), message.type_words()),
        (_("Our side"), seen.our_number(message)),
        (_("Their side"), seen.their_number(message)),
        (_("Status"), str(timeline.pill(message)[1])),
        (_("When"), both(message.happened_at, zone)),
        (_("Status since"), both(message.status_at, zone)),
        (_("Text"), seen.text(message) or ""),
        *(_in_words(message) if seen.is_open(message) else ()),
        (_("Errors"), "\n".join(_error(seen.error(message, error)) for error in message.errors)),
        (_("Messaging profile"), _profile(message)),
        (_("Group message"), group),
        (_("Parts"), str(message.parts or "")),
        (_("Cost"), cost),
        *facts.of(message),
        (_("Telnyx ID"), str(message.remote_id)),
    ]


def _in_words(message: Message) -> Iterator[tuple[Words, str]]:
    """Yield what a WhatsApp or an RCS message says beyond its text, as its page does, and which one it is about."""
    yield _("Content"), "\n".join(rich.told(message))
    if message.type == whatsapp.TYPE:
        yield _("About the message with the ID"), whatsapp.target_of(message.body)


def _content(message: Message) -> dict[str, Any]:
    """Return what people wrote, also as Telnyx reported it."""
    held = {name: getattr(message, name) for name in ("text", "subject", "media", "body")}
    return held | {"in_words": rich.told(message)}


def _error(told: Mapping[str, str]) -> str:
    return " · ".join(filter(None, [told["code"], told["title"], told["detail"]]))


def _profile(message: Message) -> str:
    if not message.messaging_profile_id:
        return ""
    id = str(message.messaging_profile_id)
    name = MessagingProfile.objects.filter(remote_id=id).values_list("name", flat=True).first()
    return f"{name} ({id})" if name else id


def _add_events(found: Contents, steps: list[timeline.Step], *, is_open: bool) -> None:
    """Add the webhook events that reported the steps, as they came or masked."""
    rows = WebhookEvent.objects.filter(dedupe_key__in=timeline.events(steps)).order_by("received_at", "pk")
    for number, event in enumerate(rows, 1):
        body = sight.of_event(event, is_open=is_open).body
        if body:
            found.files[f"received/{number:02}-{file_name(event.event_type)}.json"] = body.encode()


def _find(key: str) -> Any:
    is_key = key.isascii() and key.isdecimal() and len(key) < 19
    return Message.objects.filter(pk=int(key)).first() if is_key else None


MESSAGES = Kind(
    slug="message",
    label=gettext_lazy("about the message"),
    may_see=lambda user: user.has_perm(VIEW),
    find=_find,
    named=str,
    page=lambda message: reverse("admin:messaging_message_change", args=[message.pk]),
    openings=_openings,
    words={CONTENT: gettext_lazy("the text and the whole number of the message")},
    gather=_gather,
)
