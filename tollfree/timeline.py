"""The history of a request in one list: what we promised, the result of each try, what Telnyx said; newest first."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.desk.outbox_words import OUTCOME_GROUPS
from messaging.desk.show import Step, within
from messaging.desk.sight import Sight
from messaging.mirror.models import Attempt, OutboxEntry, Source, StatusChange
from messaging.mirror.wording import Words

from .models import VerificationRequest
from .turns import BY_STATUS

LONGEST = 100

PROMISED: dict[str, Words] = {
    "create": gettext_lazy("Submitted"),
    "update": gettext_lazy("Correction submitted"),
    "delete": gettext_lazy("Deletion at Telnyx requested"),
}


def steps(request: VerificationRequest, entries: Sequence[OutboxEntry], seen: Sight) -> list[Step]:
    """Return what happened, as far as it may be `seen`; `entries` are all the request's promises. Two queries."""
    tries = Attempt.objects.filter(entry__in=[entry.pk for entry in entries]).order_by("-id")[:LONGEST]
    told = request.history()[:LONGEST]
    ours = [
        _started(request, entries),
        *map(_promised, entries),
        *(step for entry in entries for step in _withdrawn(entry, seen)),
        *_tried(tries),
    ]
    found = [*((step.at, step) for step in ours), *_told(told, seen)]
    return [step for _at, step in sorted(found, key=lambda pair: pair[0], reverse=True)][:LONGEST]


def _started(request: VerificationRequest, entries: Sequence[OutboxEntry]) -> Step:
    # Without an author it may still be ours: their login may be deleted.
    is_ours = request.created_by_id or any(entry.makes_a_record() for entry in entries)
    imported = request.remote_id and not is_ours
    words = _("Found at Telnyx and imported") if imported else _("Draft started")
    return Step(request.created_at, words, who=str(request.created_by or ""), group="draft")


def _promised(entry: OutboxEntry) -> Step:
    who = str(entry.requested_by or "")
    return Step(entry.created_at, PROMISED[entry.operation], who=who, group="under_way")


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
            newest.get_outcome_display(),
            times if len(alike) > 1 else "",
            _("answer to our request") if newest.http_status else _("this desk"),
            OUTCOME_GROUPS.get(newest.outcome, "under_way"),
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
                _("Telnyx: %(status)s") % {"status": first.status},
                seen.words(first.reason),
                within(first.get_source_display()),
                turn.group if turn else "reviewing",
            ),
        )
