"""Who has a record: take it, give it away, release it, and give away all of one person's work. Each is on record."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.desk import acts, show
from messaging.mirror import clock
from messaging.mirror.wording import Words

from . import kinds, notes
from .kinds import Kind, every
from .people import name, who_may

AT_ONCE = 500


class Overtaken(Exception):
    """It came to someone else after the page was shown; the message says to whom, in words for people."""


def seen(record: Any) -> str:
    """Return what a form was shown with: who had the record, and since when."""
    return f"{record.assigned_to_id or ''}.{record.assigned_at.timestamp() if record.assigned_at else ''}"


def take(record: Any, *, by: User, was: str) -> str:
    """Make it this person's work; return what to say. `was` is `seen` on the page that they took it from."""
    before = record.assigned_to
    if before and before != by:
        what = _("Taken over from %(name)s") % {"name": name(before)}
    else:
        what = _("Taken")
    _move(record, by, by=by, was=was, what=what)
    return _("It's with you now.")


def give(record: Any, to: User, *, by: User, was: str, reason: str = "") -> str:
    """Make it a colleague's work, with a note to them of what they should do; return what to say."""
    said = [_("It's with %(name)s now.") % {"name": name(to)}]
    with transaction.atomic():
        what = _("Given to %(name)s") % {"name": name(to)}
        is_moved = _move(record, to, by=by, was=was, what=what, reason=reason)
        if is_moved and reason and by != to and by.has_perm(notes.PERMISSION):
            said.append(notes.add(record, f"@{to.get_username()} {reason}", by=by))
    return " ".join(said)


def give_each(
    records: Iterable[Any], to: User, *, by: User, was: Mapping[str, str], reason: str = ""
) -> list[Any]:
    """Make these a colleague's work, each on record; return those that someone else moved meanwhile.

    `was` is what `seen` returned for each, by its key.
    """
    overtaken = []
    for record in records:
        try:
            what = _("Given to %(name)s") % {"name": name(to)}
            _move(record, to, by=by, was=was.get(str(record.pk), ""), what=what, reason=reason)
        except Overtaken:
            overtaken.append(record)
    return overtaken


def giver(record: Any) -> User | None:
    """Return the colleague who gave a record to whoever has it now, if they may have it back. Two queries at most."""
    if record.assigned_at is None:
        return None
    act = acts.first_since(record, record.assigned_at)
    if act is None or act.user_id == record.assigned_to_id:
        return None
    return who_may(*kinds.of(record).steps).filter(pk=act.user_id).first()


def release(record: Any, *, by: User, was: str) -> str:
    """Make it nobody's work; return what to say."""
    before = record.assigned_to
    if before and before != by:
        what = _("Released; it was with %(name)s") % {"name": name(before)}
    else:
        what = _("Released")
    _move(record, None, by=by, was=was, what=what)
    return _("Released. Nobody has it now.")


def return_to(record: Any, to: User) -> None:
    """Make it somebody's work again as part of another act, which is on record itself."""
    _set(type(record), [record.pk], to)


def give_all(of_kinds: Iterable[Kind], whose: User, to: User, *, by: User, reason: str = "") -> int:
    """Give all of one person's work of these kinds to a colleague, each record on record; return how many."""
    what = _("Given to %(name)s with all of %(whose)s's work") % {"name": name(to), "whose": name(whose)}
    count = 0
    with transaction.atomic():
        for kind in of_kinds:
            rows = kind.model.objects.filter(assigned_to=whose).order_by("pk").defer("remote_data")
            records = list(rows.select_for_update(of=("self",)))
            for start in range(0, len(records), AT_ONCE):
                some = records[start : start + AT_ONCE]
                _set(kind.model, [record.pk for record in some], to)
                acts.record_each(by, some, what, reason=reason)
            count += len(records)
    return count


def out_of_reach(whose: User) -> int:
    """Return how many records are with somebody who may not work on them now, or can't sign in."""
    may_come = whose.is_active and whose.is_staff
    out = [kind for kind in every() if not (may_come and kind.may_have(whose))]
    return sum(kind.model.objects.filter(assigned_to=whose).count() for kind in out)


def _move(record: Any, to: User | None, *, by: User, was: str, what: Words, reason: str = "") -> bool:
    """Return False if it was so already. Raise Overtaken if what the person saw is no longer so."""
    with transaction.atomic():
        row = record.lock()
        if row.assigned_to == to:  # a second click, or a colleague did the same
            return False
        if seen(row) != was:
            raise Overtaken(_what_happened(row, by))
        _set(type(record), [record.pk], to)
        acts.record(by, row, what, reason=reason)
    return True


def _set(model: Any, ids: list[Any], to: User | None) -> None:
    # Not `save`: that counts as an edit of the record, and who has it is none.
    model.objects.filter(pk__in=ids).update(assigned_to=to, assigned_at=clock.now() if to else None)


def _what_happened(row: Any, by: User) -> str:
    if row.assigned_to is None:
        return _("Someone released it after you opened this page: nobody has it now. Nothing was changed.")
    if row.assigned_to == by:
        return _("It was given to you after you opened this page. Nothing was changed.")
    words = _(
        "%(name)s has it now, since %(ago)s. Nothing was changed; take it from them if you agreed on that."
    )
    since = row.assigned_at or clock.now()
    return words % {"name": name(row.assigned_to), "ago": show.clock(since)}
