"""After a restore: what the backup had open may have been sent since, so nothing of it is sent without a check.

The rows come back as they were when the backup was made; Telnyx stays as it is. While `unfinished()`, nothing is sent
or looked up, however the restore ended. `make_safe` treats each open request as one whose answer was lost between the
backup and now: what can be looked up is looked up, with its two negatives and the settling time, and a person decides
about the rest.
"""

from collections import Counter
from datetime import UTC, datetime
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import BooleanField, F, Func, Value
from django.db.models.functions import Greatest, Least, Now
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..audit.context import acting
from ..models import Attempt, OutboxEntry
from . import outbox, outcomes
from .outbox import State

# It exists from the start of a restore to its end. No migration makes it, so no backup holds it.
MARK = "desk_restore"
# The same as `unfinished()`, for a query.
UNFINISHED = Func(
    Value(MARK), template="to_regclass(%(expressions)s) IS NOT NULL", output_field=BooleanField()
)


def unfinished() -> bool:
    """Return True while this database is being restored, or a restore of it was cut short."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [MARK])
        return bool(cursor.fetchone()[0])


def make_safe(taken_at: datetime) -> Counter[str]:
    """Let nothing that was open at `taken_at`, when the backup was made, be sent unchecked; count the states after.

    `taken_at` is PostgreSQL's time just before the backup's snapshot. Call this in the transaction that ends the
    restore.
    """
    done: Counter[str] = Counter()
    reason = _("This desk was restored from a backup of %(when)s. It may have been sent since.") % {
        "when": date_format(taken_at.astimezone(UTC), "N j, Y, H:i") + " UTC"
    }
    with transaction.atomic(), acting(cause="restore"):
        entries = OutboxEntry.objects.exclude(state__in=OutboxEntry.ENDED).select_related("resource_type")
        for entry in entries.order_by("created_at").iterator(500):
            _doubt(entry, taken_at, reason)
            done[entry.state] += 1
    return done


def _doubt(entry: OutboxEntry, taken_at: datetime, reason: str) -> None:
    """Treat an open request as sent between the backup and now, with its answer lost."""
    can_be_looked_up = entry.get_operation().find is not None and entry.state != State.NEEDS_PERSON
    # The moves are those that PostgreSQL allows: an unsure request was once on its way.
    if entry.state == State.BLOCKED:
        outbox.move(entry, expect=[State.BLOCKED], state=State.QUEUED)
    if entry.state == State.QUEUED and can_be_looked_up:
        outbox.move(entry, expect=[State.QUEUED], state=State.SENDING, lease_token=uuid4())
    outbox.move(
        entry,
        expect=[entry.state],
        state=State.UNSURE if can_be_looked_up else State.NEEDS_PERSON,
        reason=reason[:500],
        not_before=Now(),
        claimed_at=_no_later("claimed_at", taken_at),
        send_started_at=_no_later("send_started_at", taken_at),
        sends=Greatest(F("sends"), 1),
        checks=0,
        negatives=0,
        lease_token=None,
    )
    outcomes.note(entry, Attempt.Outcome.RESTORED, error=reason)


def _no_later(field: str, taken_at: datetime) -> Least:
    # PostgreSQL's LEAST ignores what is null.
    return Least(F(field), Value(taken_at))


def story(entry: OutboxEntry) -> str:
    """Return what people read about a request that a restore brought back; "" about any other."""
    brought_back = entry.attempts.filter(outcome=Attempt.Outcome.RESTORED).first()
    return brought_back.error if brought_back else ""
