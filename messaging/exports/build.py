"""Exports of the log: who may have which, what one contains, and its life from request to expiry.

A page only records what is wanted; a worker writes the file (`messaging.log.writing`). Permissions are checked when it
is started, before each piece is written, and when it is downloaded.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging import files
from messaging.desk import acts
from messaging.mirror import clock
from messaging.models import Export, ExportDownload, Message

from ..log import filters, keyset, reveals, searches
from ..log.choices import TermKind
from ..log.keyset import Condition, Plan
from ..log.query import NOTHING, Term
from ..log.searches import Search

State = Export.State

VIEW, EXPORT, ANY = "messaging.view_message", "messaging.export_message", "messaging.download_any_export"
# Only people who may open whole conversations may open the whole log at once.
OPEN = reveals.WHOLE
MOST_UNDER_WAY = 3
# The page before the start looks at no more messages than this, and for no longer than this.
MOST_PROBED = 100_000
PROBE_MILLISECONDS = 2000


class Refused(Exception):
    """No export was started; the message says why and what to do."""


def may(user: User, *, is_open: bool = False, kind: str = "") -> bool:
    """Return True if a person may have an export. Texts in full, and searches for words, take extra permissions."""
    needed = [VIEW, EXPORT]
    if is_open:
        needed.append(OPEN)
    if kind == TermKind.WORDS:
        needed.append(searches.WORDS_PERMISSION)
    return user.is_active and user.has_perms(needed)


def start(user: User, search: Search, *, zone: str, is_open: bool = False, reason: str = "") -> Export:
    """Record what is wanted. Raises Refused."""
    with transaction.atomic():
        # Two clicks at once wait for each other, so that the limit holds.
        User.objects.select_for_update().get(pk=user.pk)
        if Export.objects.filter(owner=user, state__in=Export.OPEN).count() >= MOST_UNDER_WAY:
            raise Refused(
                ngettext(
                    "%(n)s of your exports is already in progress. Wait for it to finish, or cancel it.",
                    "%(n)s of your exports are already in progress. Wait for one to finish, or cancel one.",
                    MOST_UNDER_WAY,
                )
                % {"n": MOST_UNDER_WAY}
            )
        since, until = span(search)
        export = Export.objects.create(
            owner=user,
            term=search.term.text,
            kind=search.term.kind,
            meant=list(search.term.meant),
            filters=search.criteria.as_json(),
            since=since,
            until=until,
            zone=zone,
            most=settings.EXPORT_MOST_ROWS,
            is_open=is_open,
            reason=reason,
        )
        asked = _("Asked for an export of messages, with full numbers and texts (filters: %(chosen)s)")
        if not is_open:
            asked = _("Asked for an export of messages, with numbers masked (filters: %(chosen)s)")
        acts.record_of_list(user, Message, asked % {"chosen": _chosen(export)}, reason=reason)
        return export


def _chosen(export: Export) -> str:
    """Return the names of its filters alone: what somebody searched for may be a person."""
    names = [*sorted(export.filters), *([_("search")] if export.kind else [])]
    return ", ".join(names) or _("none")


def span(search: Search) -> tuple[datetime | None, datetime]:
    """Return its start and end: what happens after the export was started is not part of it."""
    since, until = search.criteria.span()
    now = clock.now()
    return since, min(until or now, now)


def search_of(export: Export) -> Search:
    found = Term(export.term, export.kind, tuple(export.meant)) if export.kind else NOTHING
    return Search(found, filters.read(export.filters))


def plan(export: Export) -> Plan:
    """Return how its messages are found."""
    search = search_of(export)
    timeless = filters.without(search.criteria, "when", "since", "until")
    how = keyset.plan(search.term, timeless)
    begin = (Condition("happened_at >= %s", (export.since,)),) if export.since else ()
    return Plan(how.branches, (*begin, Condition("happened_at < %s", (export.until,))), how.rest, how.words)


def count(search: Search) -> tuple[int, bool] | None:
    """Return how many messages an export would have, and whether that is all; None if counting takes too long.

    It looks at a limited number of messages, and counts no further than one more than an export may hold.
    """
    how = keyset.plan(search.term, search.criteria)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {PROBE_MILLISECONDS:d}")
            return keyset.count(how, settings.EXPORT_MOST_ROWS, MOST_PROBED)
    except OperationalError:
        connection.close_if_unusable_or_obsolete()
        return None


# The life of an export.


def cancel(export: Export) -> bool:
    """Cancel an export that is in progress; its pieces are deleted."""
    return end(export, State.CANCELLED, expect=Export.OPEN)


def end(export: Export, state: str, *, expect: tuple[str, ...], trouble: str = "") -> bool:
    """End an export without a file; return True if it was in a state that may end this way."""
    row = Export.objects.filter(pk=export.pk, state__in=expect)
    ended = row.update(state=state, trouble=trouble[:300], ended_at=Now(), place="")
    if ended:
        export.refresh_from_db()
        remove(export)
    return bool(ended)


def expire_due() -> int:
    """Delete the files that have expired; return how many exports they belonged to."""
    over = Export.objects.filter(state=State.READY, expires_at__lte=Now())
    return sum(end_expired(export) for export in over[:100])


def end_expired(export: Export) -> bool:
    gone = Export.objects.filter(pk=export.pk, state=State.READY).update(state=State.EXPIRED)
    if gone:
        remove(export)
    return bool(gone)


# Its pieces.


def piece_id(export: Export, number: int) -> UUID:
    """Return the file id of a piece: the same each time, so that a piece written twice is one file."""
    return uuid5(export.key, str(number))


def remove(export: Export) -> None:
    """Delete all pieces, including one that a worker has written but not recorded yet.

    What the disk refuses to delete now is cleaned up within two days, since no row refers to it anymore.
    """
    for number in range(len(export.pieces) + 1):
        with suppress(OSError):
            files.remove(piece_id(export, number))


@files.keeper
def known() -> list[UUID]:
    """Return the ids of the files that are in use."""
    # Including a piece that a worker has written but not recorded yet.
    return [piece_id(export, number) for export in kept() for number in range(len(export.pieces) + 1)]


def kept() -> QuerySet[Export]:
    """Return the exports that have a file, or part of one."""
    return Export.objects.filter(state__in=(*Export.OPEN, State.READY)).only("key", "pieces")


def is_whole(export: Export) -> bool:
    """Return True if every piece is on the disk as it was written."""
    try:
        for _piece in content(export):
            pass
    except files.UNUSABLE:
        return False
    return True


def content(export: Export) -> Iterator[bytes]:
    """Yield the file, one piece at a time. Raises one of files.UNUSABLE."""
    for number, sha256 in enumerate(export.pieces):
        yield files.content(piece_id(export, number), sha256)


def may_take(user: User, export: Export) -> bool:
    """Return True if a person may download the file now."""
    is_theirs = export.owner_id == user.pk or user.has_perm(ANY)
    return is_theirs and may(user, is_open=export.is_open, kind=export.kind)


def took(user: User, export: Export) -> None:
    """Record that someone downloads the file, committed before its bytes leave."""
    words = ngettext(
        "Exported %(n)s message as CSV, with numbers masked",
        "Exported %(n)s messages as CSV, with numbers masked",
        export.rows,
    )
    if export.is_open:
        words = ngettext(
            "Exported %(n)s message as CSV, with full numbers and texts",
            "Exported %(n)s messages as CSV, with full numbers and texts",
            export.rows,
        )
    with transaction.atomic(durable=True):
        ExportDownload.objects.create(export=export, user=user)
        acts.record_of_list(user, Message, words % {"n": export.rows}, reason=export.reason)


def again_later(export: Export, trouble: str, after: timedelta) -> None:
    row = Export.objects.filter(pk=export.pk, state__in=Export.OPEN)
    row.update(trouble=trouble[:300], next_at=Now() + after)
