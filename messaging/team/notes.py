"""Notes about a record, and the colleagues they mention."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from messaging.desk import acts
from messaging.mirror import clock
from messaging.models import Mention, Note
from messaging.notices import tell
from messaging.notices.kinds import MENTION

from . import kinds
from .people import name, who_may

PERMISSION = "messaging.add_note"
LONGEST = 2000
# How long the author may change or delete a note; afterwards it can only be struck out.
OPEN_FOR = timedelta(minutes=15)
MOST_SHOWN, MOST_NAMES = 200, 20
# Not the domain of an email address. A user name may hold any of these; a full stop may also end the sentence.
NAMED = re.compile(r"(?<![\w.@+-])@([\w.@+-]+)")
ENDS = ".-+@_"


class TooLate(Exception):
    """The note can't be changed anymore; the message says why, in words for people."""


@dataclass(frozen=True)
class Shown:
    """A note as one person sees it, and what they may do with it."""

    note: Note
    who: str
    text: str
    url: str
    may_edit: bool
    may_strike: bool


def of(record: Any, user: User) -> list[Shown]:
    """Return the notes about a record, newest first, as far as this person may see what is in them."""
    rows = list(_about(record).select_related("author")[:MOST_SHOWN])
    seen = kinds.of(record).seen(record, user) if rows else None
    may_write = user.has_perm(PERMISSION)
    found = []
    for note in rows:
        is_own = note.author_id == user.pk
        is_open = is_own and may_write and _is_open(note)
        text = note.text if is_own or seen is None else seen.words(note.text)
        may_strike = is_own and may_write and not is_open and not note.struck_at
        found.append(
            Shown(note, name(note.author), text, kinds.url_of(record, "note", note.pk), is_open, may_strike)
        )
    return found


def mark_read(record: Any, user: User) -> None:
    """Note that a person has seen what mentions them on this record."""
    opened = Mention.objects.filter(user=user, opened_at=None, note__in=_about(record).order_by())
    opened.update(opened_at=clock.now())


def add(record: Any, text: str, *, by: User) -> str:
    """Add a note and tell the colleagues it names; return what to say."""
    with transaction.atomic():
        note = Note.objects.create(resource_type=_type(record), resource_id=record.pk, author=by, text=text)
        return " ".join([_("Note added."), *_tell(record, note)])


def edit(record: Any, note: Note, text: str, *, by: User) -> str:
    """Change a note while it is open; return what to say. Raise TooLate afterwards."""
    with transaction.atomic():
        locked = _open(note)
        locked.text, locked.edited_at = text, clock.now()
        locked.save(update_fields=["text", "edited_at"])
        return " ".join([_("Note changed."), *_tell(record, locked)])


def delete(record: Any, note: Note, *, by: User) -> str:
    """Delete a note while it is open, on record; return what to say. Raise TooLate afterwards."""
    with transaction.atomic():
        _open(note).delete()
        acts.record(by, record, _("Own note deleted"))
    return _("Note deleted.")


def strike(record: Any, note: Note, *, by: User) -> str:
    """Strike a note out, on record: it stays readable. Return what to say."""
    with transaction.atomic():
        if Note.objects.filter(pk=note.pk, struck_at=None).update(struck_at=clock.now()):
            note.mentions.filter(opened_at=None).delete()
            acts.record(by, record, _("Own note struck out"))
    return _("Note struck out.")


def _about(record: Any) -> "QuerySet[Note]":
    return Note.objects.filter(resource_type=_type(record), resource_id=record.pk)


def _type(record: Any) -> ContentType:
    return ContentType.objects.get_for_model(record)


def _is_open(note: Note) -> bool:
    return note.struck_at is None and clock.now() < note.created_at + OPEN_FOR


def _open(note: Note) -> Note:
    locked = Note.objects.select_for_update().filter(pk=note.pk).first()
    if locked is None:
        raise TooLate(_("This note was deleted."))
    if not _is_open(locked):
        words = _(
            "A note can be changed or deleted for 15 minutes; after that you can strike it out and add another."
        )
        raise TooLate(words)
    return locked


def _tell(record: Any, note: Note) -> list[str]:
    """Mention exactly the colleagues whom the note names; return in words who will see it, and who can't."""
    found, unknown = _named(note.text, kinds.of(record).view)
    found = [user for user in found if user.pk != note.author_id]
    note.mentions.exclude(user__in=found).delete()
    Mention.objects.bulk_create([Mention(note=note, user=user) for user in found], ignore_conflicts=True)
    tell.tell(MENTION, f"mention:{note.pk}", found, about=record)
    said = []
    if found:
        names = ", ".join(name(user) for user in found)
        said.append(_("%(names)s will see it on the home page.") % {"names": names})
    if unknown:
        names = ", ".join(f"@{one}" for one in unknown)
        words = _(
            "No active colleague who can open this is called %(names)s, so nobody was notified under "
            "that name."
        )
        said.append(words % {"names": names})
    return said


def _named(text: str, permission: str) -> tuple[list[User], list[str]]:
    typed = [word for word in dict.fromkeys(NAMED.findall(text)) if word.strip(ENDS)][:MOST_NAMES]
    if not typed:
        return [], []
    wanted = Q()
    for word in typed:
        for each in {word, word.rstrip(ENDS)}:
            wanted |= Q(username__iexact=each)
    by_name: dict[str, list[User]] = {}
    for user in who_may(permission).filter(wanted):
        by_name.setdefault(user.get_username().lower(), []).append(user)
    found: dict[Any, User] = {}
    unknown = []
    for word in typed:
        same = by_name.get(word.lower()) or by_name.get(word.rstrip(ENDS).lower(), [])
        exact = [user for user in same if user.get_username() in (word, word.rstrip(ENDS))] or same
        found.update((user.pk, user) for user in exact)
        if not same:
            unknown.append(word.rstrip(ENDS))
    return list(found.values()), unknown
