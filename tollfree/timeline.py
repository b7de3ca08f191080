"""The history of a request in one list: what we promised, the result of each try, what Telnyx said; newest first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.desk import acts, drift, outbox_words
from messaging.desk.show import Step
from messaging.desk.sight import Sight
from messaging.mirror.models import Attempt, OutboxEntry, Source, StatusChange
from messaging.mirror.wording import Words

from . import summary
from .choices import in_plain_words
from .models import VerificationRequest
from .turns import BY_STATUS

# How many steps the page of a request shows; its own page of history shows all.
LONGEST = 100
MOST = 2000
# What is put on record when a person submits.
ON_RECORD: dict[str, Words] = {
    "create": gettext_lazy("Submitted to Telnyx."),
    "update": gettext_lazy("Correction submitted to Telnyx."),
    "delete": gettext_lazy("Deletion at Telnyx requested."),
}

# Telnyx accepted the data; its reviewers have accepted nothing yet.
RECEIVED = gettext_lazy("Received by Telnyx")

# How we learned it, beside when.
SOURCES: dict[str, Words] = {
    Source.API: gettext_lazy("in the answer to our request"),
    Source.WEBHOOK: gettext_lazy("reported by Telnyx (webhook)"),
    Source.FETCHED: gettext_lazy("reported by Telnyx; the report was lost, so we fetched it"),
    Source.SYNC: gettext_lazy("found when we checked at Telnyx"),
    Source.PERSON: gettext_lazy("found when a person asked Telnyx"),
}

PROMISED: dict[str, Words] = {
    "create": gettext_lazy("Submitted"),
    "update": gettext_lazy("Correction submitted"),
    "delete": gettext_lazy("Deletion at Telnyx requested"),
}

# As long as it can be taken back.
WAITS: dict[str, Words] = PROMISED | {
    "create": gettext_lazy("Will be submitted"),
    "update": gettext_lazy("The correction will be submitted"),
}


def steps(request: VerificationRequest, entries: Sequence[OutboxEntry], seen: Sight) -> list[Step]:
    """Return what happened, as far as it may be `seen`; `entries` are all the request's promises. Three queries."""
    tries = Attempt.objects.filter(entry__in=[entry.pk for entry in entries]).order_by("-id")[:MOST]
    told = request.history()[:MOST]
    people = list(_people(request, seen))
    told_better = acts.told_better(people, entries)
    ours = [
        outbox_words.started(request, entries),
        *map(_promised, entries),
        *(step for entry in entries for step in _withdrawn(entry, seen) if step.at not in told_better),
        *_tried(tries),
        *people,
        *drift.steps(request, summary.reader(secrets=False, contacts=False), MOST),
    ]
    found = [*((step.at, step) for step in ours), *_told(told, seen)]
    return [step for _at, step in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _people(request: VerificationRequest, seen: Sight) -> Iterator[Step]:
    """Yield what people changed here; what they submitted is told by the requests to Telnyx."""
    told = {str(words) for words in (*ON_RECORD.values(), _("Added."))}
    for step in acts.steps(request, MOST):
        if step.title not in told:
            yield replace(step, title=seen.words(str(step.title)), text=seen.words(str(step.text)))


def _promised(entry: OutboxEntry) -> Step:
    who, words = str(entry.requested_by or ""), WAITS if entry.waits_for_undo() else PROMISED
    return Step(entry.created_at, words[entry.operation], who=who, group="under_way")


def _withdrawn(entry: OutboxEntry, seen: Sight) -> Iterator[Step]:
    """Yield a withdrawal, the one ending that no attempt records."""
    if entry.state == OutboxEntry.State.CANCELLED and entry.resolved_at:
        yield Step(entry.resolved_at, _("Withdrawn"), seen.words(entry.reason), group="closed")


def _tried(attempts: Iterable[Attempt]) -> Iterator[Step]:
    """Yield a step per try; several in a row with the same outcome become one step, at the time of the last."""
    for _key, group in groupby(attempts, key=lambda attempt: (attempt.entry_id, attempt.outcome)):
        alike = list(group)
        newest = alike[0]
        times = ngettext("%(n)s time in a row", "%(n)s times in a row", len(alike)) % {"n": len(alike)}
        yield Step(
            newest.finished_at,
            RECEIVED if newest.outcome == Attempt.Outcome.ACCEPTED else newest.get_outcome_display(),
            times if len(alike) > 1 else "",
            _("answer to our request") if newest.http_status else _("this desk"),
            outbox_words.OUTCOME_GROUPS.get(newest.outcome, "under_way"),
        )


def _told(changes: Iterable[StatusChange], seen: Sight) -> Iterator[tuple[datetime, Step]]:
    """Yield Telnyx's reports, each with the time that decides its place.

    The same status reported again, from whatever source, is not news: the first report stays. An answer to our request
    is dated by Telnyx's clock, to the second, so it could seem older than our request; it is placed by our clock.
    """
    for _key, group in groupby(changes, key=lambda change: (change.status, change.reason)):
        first = list(group)[-1]
        turn = BY_STATUS.get(first.status)
        place = first.recorded_at if first.source == Source.API else first.occurred_at
        yield (
            place,
            Step(
                first.occurred_at,
                _by_telnyx(in_plain_words(first.status)),
                seen.words(first.reason),
                SOURCES[Source(first.source)],
                turn.group if turn else "reviewing",
            ),
        )


def _by_telnyx(status: str) -> str:
    """Return a status in plain words, naming Telnyx once."""
    return status if status.startswith("Telnyx") else _("Telnyx: %(status)s") % {"status": status}
