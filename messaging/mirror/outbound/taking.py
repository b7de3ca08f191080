"""Take a due entry for this process, with one statement: whether anything may be sent at all, its lock, and its row."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, Q
from django.db.models.functions import Now

from .. import breaker, locks
from ..models import OutboxEntry
from . import restored

GIVE_UP_AFTER = timedelta(hours=24)


@contextmanager
def taken(entry_id: UUID, state: str) -> Iterator[OutboxEntry | None]:
    """Yield an entry in this state if it is due and no other process has it, else None; keep it until the end.

    Its `is_old` says whether it has waited for `GIVE_UP_AFTER`. While the breaker or a restore stops everything, None
    is yielded too.
    """
    rows = (
        OutboxEntry.objects.filter(
            ~Exists(breaker.stops()), ~Q(restored.UNFINISHED), pk=entry_id, state=state, not_before__lte=Now()
        )
        .select_related("resource_type")
        .annotate(
            is_old=ExpressionWrapper(Q(created_at__lte=Now() - GIVE_UP_AFTER), output_field=BooleanField()),
            is_mine=locks.Taking(),
        )
        .order_by()
    )
    entry = next(iter(rows), None)
    if entry is None or not entry.is_mine:
        yield None
        return
    with locks.released(entry_id):
        yield entry
