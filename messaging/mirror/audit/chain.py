"""The seals of the audit: each day's rows in one hash with the seal of the day before, and the check of them all.

Someone who may do anything in the database could make all seals again. That's why each hash is also in the log of the
worker, which is kept elsewhere.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import clock, locks
from ..models import AuditEntry, AuditSeal, Purge

logger = logging.getLogger(__name__)

# A change made before midnight is committed by then: no statement takes longer than seconds.
SETTLED = timedelta(hours=1)
DAY = timedelta(days=1)
MOST_NAMED = 5
# No transaction that started before the day ended may still add a row to it.
STILL_OPEN = """
SELECT EXISTS (SELECT FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < %s)
"""
# A row whose content was erased holds nothing; every other one still has the content it was written with.
BROKEN = """
SELECT id FROM mirror_auditentry AS e
 WHERE at >= %s AND at < %s
   AND (digest <> mirror_audit_digest(e)
        OR CASE WHEN salt = '' THEN (before, after, numbers) <> ('{}'::jsonb, '{}'::jsonb, '{}'::varchar[])
                ELSE content <> mirror_audit_content(e) END)
 ORDER BY id
"""


def seal_due() -> list[date]:
    """Seal every day that is over, oldest first, and return them. Only one process does this at a time."""
    sealed = []
    with locks.alone(locks.SEALING) as mine:
        day = _next() if mine else None
        while day and clock.now() >= _start(day + DAY) + SETTLED and not _is_open(day):
            sha256 = str(_ask("SELECT encode(mirror_audit_seal(%s), 'hex')", [day]))
            logger.info("The audit of %s is sealed: %s", day, sha256)
            sealed.append(day)
            day += DAY
    return sealed


def empty(day: date) -> int:
    """Delete the rows of a sealed day, for the retention; return how many."""
    return int(_ask("SELECT mirror_audit_empty(%s)", [day]))


def _next() -> date | None:
    last = AuditSeal.objects.order_by("-day").values_list("day", flat=True).first()
    if last:
        return last + DAY
    first = AuditEntry.objects.order_by("at").values_list("at", flat=True).first()
    return first.astimezone(UTC).date() if first else None


def _is_open(day: date) -> bool:
    return bool(_ask(STILL_OPEN, [_start(day + DAY)]))


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _ask(query: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()[0]


# The check.


def problems() -> Iterator[str]:
    """Yield a sentence for each day, row or seal that isn't as it was written."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
        yield from _problems()


def _problems() -> Iterator[str]:
    previous, expected = b"", None
    for seal in AuditSeal.objects.order_by("day").iterator():
        if expected is None:
            yield from _strays(None, seal.day)
        elif seal.day != expected:
            yield _("The seals from %(first)s to %(last)s are missing.") % {
                "first": expected,
                "last": seal.day - DAY,
            }
        if bytes(seal.previous) != previous:
            yield _("The seal of %(day)s doesn't follow from the one before: one of the two was changed.") % {
                "day": seal.day
            }
        yield from _of_emptied(seal) if seal.emptied_at else _of_day(seal)
        previous, expected = bytes(seal.sha256), seal.day + DAY
    today = clock.now().date()
    yield from (
        _changed(expected, today + DAY) if expected else _changed(date.min.replace(year=1970), today + DAY)
    )
    if expected and expected < today - DAY:
        yield _("No day since %(day)s is sealed. The worker should seal each day in the night after it.") % {
            "day": expected
        }


def _of_day(seal: AuditSeal) -> Iterator[str]:
    changed = list(_changed(seal.day, seal.day + DAY))
    yield from changed
    sealed = dict(zip(_ids(seal), _marks(bytes(seal.marks)), strict=False))
    rows = AuditEntry.objects.filter(at__gte=_start(seal.day), at__lt=_start(seal.day + DAY))
    found = {pk: bytes(digest)[:4] for pk, digest in rows.values_list("pk", "digest").iterator()}
    about = {"day": seal.day}
    if missing := sorted(sealed.keys() - found.keys()):
        words = ngettext(
            "Row %(ids)s of %(day)s is missing.", "Rows %(ids)s of %(day)s are missing.", len(missing)
        )
        yield words % {**about, "ids": _named(missing)}
    if added := sorted(found.keys() - sealed.keys()):
        words = ngettext(
            "Row %(ids)s was added to %(day)s after that day was sealed.",
            "Rows %(ids)s were added to %(day)s after that day was sealed.",
            len(added),
        )
        yield words % {**about, "ids": _named(added)}
    other = sorted(pk for pk in sealed.keys() & found.keys() if sealed[pk] != found[pk])
    if other:
        words = ngettext(
            "Row %(ids)s of %(day)s was changed after that day was sealed, together with its digest.",
            "Rows %(ids)s of %(day)s were changed after that day was sealed, together with their digests.",
            len(other),
        )
        yield words % {**about, "ids": _named(other)}
    query = "SELECT sha256 FROM mirror_audit_hash(%s, %s)"
    is_whole = bytes(_ask(query, [seal.day, bytes(seal.previous)])) == bytes(seal.sha256)
    if not (is_whole or changed or missing or added or other):
        yield _("The seal of %(day)s was changed.") % about


def _of_emptied(seal: AuditSeal) -> Iterator[str]:
    yield from _strays(seal.day, seal.day + DAY)
    reports = Purge.objects.filter(rule="audit_days")
    oldest = reports.order_by("started_at").values_list("started_at", flat=True).first()
    is_reported = reports.filter(before__gte=_start(seal.day + DAY)).exists()
    if not is_reported and (oldest is None or seal.emptied_at > oldest):  # type: ignore[operator]
        yield _("The rows of %(day)s were deleted, but not because their retention period had ended.") % {
            "day": seal.day
        }


def _strays(since: date | None, until: date) -> Iterator[str]:
    rows = AuditEntry.objects.filter(at__lt=_start(until))
    if since:
        rows = rows.filter(at__gte=_start(since))
    if ids := list(rows.order_by("pk").values_list("pk", flat=True)[: MOST_NAMED + 1]):
        words = ngettext(
            "Row %(ids)s is dated to a day that has no rows anymore (before %(day)s).",
            "Rows %(ids)s are dated to a day that has no rows anymore (before %(day)s).",
            len(ids),
        )
        yield words % {"ids": _named(ids), "day": until}


def _changed(since: date, until: date) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(BROKEN, [_start(since), _start(until)])
        ids = [pk for (pk,) in cursor.fetchall()]
    if ids:
        days = AuditEntry.objects.filter(pk__in=ids[:MOST_NAMED]).order_by("pk").values_list("at", flat=True)
        words = ngettext(
            "Row %(ids)s of %(day)s was changed.", "Rows %(ids)s of %(day)s were changed.", len(ids)
        )
        yield words % {"ids": _named(ids), "day": days[0].astimezone(UTC).date()}


def _ids(seal: AuditSeal) -> Iterator[int]:
    for first, last in seal.runs:
        yield from range(first, last + 1)


def _marks(marks: bytes) -> Iterator[bytes]:
    return (marks[at : at + 4] for at in range(0, len(marks), 4))


def _named(ids: list[int]) -> str:
    more = len(ids) - MOST_NAMED
    named = ", ".join(map(str, ids[:MOST_NAMED]))
    return _("%(ids)s and %(more)s more") % {"ids": named, "more": more} if more > 0 else named
