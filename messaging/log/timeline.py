"""What happened to one message, step by step, and whether its outcome is overdue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from messaging.mirror import clock
from messaging.mirror.models import Source
from messaging.mirror.wording import Words
from messaging.models import Message
from messaging.telnyx import times

from .choices import PILLS, SYNONYMS, Direction, Status

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
    """Return everything that was reported about a message, oldest first."""
    found = [step for key, source in message.trail.items() if (step := _step(key, source))]
    if message.direction == Direction.OUTBOUND:
        found.append(Step(message.happened_at, _("Received by Telnyx"), "", "", "under_way", ""))
    return sorted(found, key=lambda step: (step.at, step.title != _("Received by Telnyx")))


def _step(key: str, source: str) -> Step | None:
    """Read one key of the trail: time, word and event, separated by bars."""
    told_at, _bar, rest = key.partition("|")
    word, _bar, event_id = rest.partition("|")
    at = times.read(told_at)
    if at is None:
        return None
    return Step(at, title(word), word, _source(source), PILLS.get(SYNONYMS.get(word, word), ""), event_id)


def title(word: str) -> Words:
    """Return what a status is called; an unknown word stays Telnyx's, marked as new."""
    known = SYNONYMS.get(word, word)
    if known in Status.values:
        return Status(known).label
    return _("“%(word)s” (new status, meaning not known yet)") % {"word": word} if word else _("Seen again")


def _source(source: str) -> Words:
    return Source(source).label if source in Source.values else source


def pill(message: Message) -> tuple[str, Words]:
    """Return the look and the words of a message's current status."""
    if message.status:
        return PILLS.get(message.status, "closed"), title(message.status)
    return "unsure", _("Status unknown")


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
