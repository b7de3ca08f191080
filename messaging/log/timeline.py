"""What happened to one message, step by step, and whether its outcome is overdue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror import clock
from messaging.mirror.models import Source
from messaging.mirror.wording import Words
from messaging.models import ComposedMessage, Message
from messaging.telnyx import times

from . import whatsapp
from .choices import PILLS, RANKS, SYNONYMS, UNKNOWN_RANK, Direction, Status

# This long after it was sent, a message without an outcome is worth a question.
OVERDUE = timedelta(hours=3)
# Telnyx answers questions about a message for this long (docs/telnyx.md, T5.3).
ASKABLE = timedelta(days=10)


@dataclass(frozen=True)
class Step:
    """One report about a message: Telnyx's own word, what it means, and who reported it."""

    at: datetime
    title: Words
    word: str
    who: Words
    group: str
    event_id: str


def steps(message: Message) -> list[Step]:
    """Return everything that was reported about a message, oldest first, each status once.

    What we read at Telnyx is left out if a webhook said the same: it tells only when we asked.
    """
    told = [step for key, source in message.trail.items() if (step := _step(key, source))]
    told.sort(key=lambda step: (step.at, RANKS.get(_known(step.word), UNKNOWN_RANK)))
    heard = {_known(step.word) for step in told if step.event_id}
    found: list[Step] = []
    for step in told:
        if not step.event_id:
            if _known(step.word) in heard:
                continue
            heard.add(_known(step.word))
        found.append(step)
    if message.direction == Direction.OUTBOUND:
        at = min([message.happened_at, *(step.at for step in found)])
        found.insert(0, Step(at, _("Received by Telnyx"), "", "", "under_way", ""))
    return found


def _step(key: str, source: str) -> Step | None:
    """Read one key of the trail: time, word and event, separated by bars."""
    told_at, _bar, rest = key.partition("|")
    word, _bar, event_id = rest.partition("|")
    at = times.read(told_at)
    if at is None:
        return None
    words = PAST.get(_known(word)) or title(word)
    return Step(at, words, word, _source(source), PILLS.get(_known(word), ""), event_id)


# As steps of a history, which more may have followed, these are called differently.
PAST: Mapping[str, Words] = {
    Status.QUEUED: gettext_lazy("Queued at Telnyx"),
    Status.SENDING: gettext_lazy("Sending started"),
    Status.SENT: gettext_lazy("Sent to the carrier"),
}


def _known(word: str) -> str:
    return SYNONYMS.get(word, word)


def title(word: str) -> Words:
    """Return what a status is called; an unknown word stays Telnyx's, marked as new."""
    known = _known(word)
    if known in Status.values:
        return Status(known).label
    return _("“%(word)s” (new status, meaning not known yet)") % {"word": word} if word else _("Seen again")


def _source(source: str) -> Words:
    return Source(source).label if source in Source.values else source


def pill(message: Message) -> tuple[str, Words]:
    """Return the look and the words of a message's current status."""
    if message.status:
        return PILLS.get(message.status, "closed"), title(message.status)
    if message.type == whatsapp.TYPE and not message.is_outbound():
        return "closed", Status.RECEIVED.label
    return "unsure", _("Status unknown")


def goes_at(messages: Iterable[Message]) -> dict[int, datetime]:
    """Return when scheduled messages go out, as Telnyx or the person who wrote one said. One query, if any."""
    waiting = [message for message in messages if message.status == Status.SCHEDULED]
    told = {message.pk: times.read(message.details.get("send_at")) for message in waiting}
    ids = [str(message.remote_id) for message in waiting if told[message.pk] is None]
    written = dict(ComposedMessage.objects.filter(remote_id__in=ids).values_list("remote_id", "send_at"))
    found = {message.pk: told[message.pk] or written.get(str(message.remote_id)) for message in waiting}
    return {pk: at for pk, at in found.items() if at}


# What a text counted as for Telnyx (`autoresponse_type`), and what that did.
EFFECTS: Mapping[str, Words] = {
    "STOP": gettext_lazy("STOP: this opted them out"),
    "START": gettext_lazy("START: this opted them in again"),
    "HELP": gettext_lazy("HELP: they asked for help"),
}


def effect(message: Message) -> Words:
    """Return what a text counted as, and its effect, or ""."""
    word = message.autoresponse_type
    return "" if not word or message.is_outbound() else EFFECTS.get(word, word)


def is_overdue(message: Message) -> bool:
    """Return True if a message was sent hours ago and its outcome is still unknown."""
    return (
        message.is_outbound()
        and not message.is_final()
        and message.status != Status.SCHEDULED
        and clock.now() - message.happened_at > OVERDUE
    )


def can_be_asked(message: Message) -> bool:
    """Return True if Telnyx still answers questions about this message."""
    return clock.now() - message.happened_at <= ASKABLE


def events(found: list[Step]) -> list[str]:
    return [step.event_id for step in found if step.event_id]


def links(steps: list[Step], pages: Mapping[str, str]) -> list[tuple[Step, str]]:
    """Return the steps, each with the URL of its event's page if there is one."""
    return [(step, pages.get(step.event_id, "")) for step in steps]
