"""What people do with a record, on record: Django's log entries, shown in the record's own history.

What is sent to Telnyx needs none of these, unless there is more to say than who asked for it, such as a reason.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from messaging.mirror.masking import starts_of, without_personal
from messaging.mirror.models import OutboxEntry
from messaging.mirror.wording import Words

from .show import Step

MOST_SHOWN = 200
# Beside Django's own flags: an act that changed what may be sent to Telnyx.
EDIT = 4
# How far PostgreSQL's time, as we carry it forward, may be off.
SAME_TIME = timedelta(milliseconds=20)


def record(
    by: User,
    about: Model,
    what: Words,
    *,
    reason: str = "",
    at: datetime | None = None,
    is_edit: bool = False,
) -> None:
    """Put an act on record, in the caller's transaction: who did what with which record, and why.

    `what` is shown as one line, with `reason` below it. Neither may hold a code or a secret. An act that says more
    about a request to Telnyx, or its end, has its time: `at=entry.created_at`. `is_edit` says that it changed what may
    be sent.
    """
    flag = EDIT if is_edit else CHANGE
    row = _write(by, about._meta.model, str(about.pk), force_str(about), _lines(what, reason), flag)
    if at is not None:  # PostgreSQL dates every new row itself
        LogEntry.objects.filter(pk=row.pk).update(action_time=at)


def record_each(by: User, records: Sequence[Model], what: Words, *, reason: str = "") -> None:
    """Put the same act on record for each of these records, all of one kind."""
    words = _lines(what, reason)
    LogEntry.objects.bulk_create(
        _entry(by, type(about), str(about.pk), force_str(about), words) for about in records
    )


def record_of_list(by: User, model: type[Model], what: Words, *, reason: str = "") -> None:
    """Put an act on record that is about a list and not about one of its records."""
    _write(by, model, None, force_str(model._meta.verbose_name_plural), _lines(what, reason))


def _lines(what: Words, reason: str) -> str:
    return "\n".join(filter(None, [force_str(what), reason.strip()]))


def _write(
    by: User, model: type[Model], pk: str | None, shown: str, words: str, flag: int = CHANGE
) -> LogEntry:
    row = _entry(by, model, pk, shown, words, flag)
    row.save()
    return row


def _entry(
    by: User, model: type[Model], pk: str | None, shown: str, words: str, flag: int = CHANGE
) -> LogEntry:
    return LogEntry(
        user=by,
        content_type=ContentType.objects.get_for_model(model),
        object_id=pk,
        object_repr=shown[:200],
        action_flag=flag,
        change_message=words,
    )


def edited_by(about: Model, user: User, since: datetime | None) -> bool:
    """Return True if this person changed what may be sent of a record, since then or ever. One query."""
    acts = LogEntry.objects.filter(
        action_flag__in=[ADDITION, EDIT],
        content_type=ContentType.objects.get_for_model(about),
        object_id=str(about.pk),
        user=user,
    )
    return (acts.filter(action_time__gt=since) if since else acts).exists()


def first_since(about: Model, since: datetime) -> LogEntry | None:
    """Return the first act on record about this since a time that was noted in the same transaction. One query."""
    kind = ContentType.objects.get_for_model(about)
    found = LogEntry.objects.filter(
        content_type=kind, object_id=str(about.pk), action_time__gte=since - SAME_TIME
    )
    return found.order_by("action_time", "pk").first()


def steps(about: Model, most: int = MOST_SHOWN, *, is_masked: bool = False) -> Iterator[Step]:
    """Yield the acts on record as steps of a history, newest first. One query.

    What people typed may hold a number of somebody else, which `is_masked` hides. How the record's ids begin is none.
    """
    ids = starts_of(about.pk, getattr(about, "remote_id", ""))
    found = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(about), object_id=str(about.pk)
    ).select_related("user")
    for entry in found.order_by("-action_time", "-pk")[:most]:
        words = entry.get_change_message() or str(entry)
        title, _line_end, text = (without_personal(words, ids) if is_masked else words).partition("\n")
        yield Step(entry.action_time, title, text, str(entry.user), "draft")


def forget(model: type[Model], ids: Collection[Any]) -> None:
    """Delete what is on record about these: for the retention, once it has emptied the records themselves."""
    kind = ContentType.objects.get_for_model(model)
    LogEntry.objects.filter(content_type=kind, object_id__in=[str(pk) for pk in ids]).delete()


def told_better(found: Sequence[Step], entries: Collection[OutboxEntry]) -> set[datetime]:
    """Return the times, of the requests and of their ends, that an act on record says more about."""
    times = {at for entry in entries for at in (entry.created_at, entry.resolved_at) if at}
    return times & {step.at for step in found}


def changes(pairs: Collection[tuple[Words, str, str]]) -> str:
    """Return old and new values as text, a line for each: label, old, new."""
    return "\n".join(
        _("%(label)s: %(before)s → %(after)s")
        % {"label": label, "before": short(before), "after": short(after)}
        for label, before, after in pairs
    )


LONGEST_VALUE = 300


def short(value: str) -> str:
    """Return a value on one line, cut to a length that still says what it was; words for an empty one."""
    text = " ".join(value.split())
    if not text:
        return _("(empty)")
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
