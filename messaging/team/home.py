"""What the home page says about the team: who mentioned me, and whose login is disabled while they still have work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q

from messaging.models import Mention

from . import kinds
from .people import name

MOST, MOST_MENTIONS = 5, 10


def left_behind(user: User) -> list[User]:
    """Return people who can't sign in and who still have work that this person may give away. One query."""
    mine = kinds.changed_by(user)
    if not mine:
        return []
    has_work = Q()
    for kind in mine:
        has_work |= Q(Exists(kind.model.objects.filter(assigned_to=OuterRef("pk"))))
    people = User.objects.filter(has_work).exclude(is_active=True, is_staff=True)
    return list(people.order_by("username")[:MOST])


@dataclass(frozen=True)
class Mentioned:
    """A note that names this person: who wrote it, when, about what."""

    id: int
    who: str
    at: datetime
    what: str
    url: str


def mentions(user: User) -> list[Mentioned]:
    """Return the newest notes that name this person, until opened or dismissed. A query, and one for each kind."""
    by_type = {
        ContentType.objects.get_for_model(kind.model).pk: kind
        for kind in kinds.every()
        if user.has_perm(kind.view)
    }
    rows = Mention.objects.filter(user=user, opened_at=None, note__resource_type__in=by_type)
    found = list(rows.select_related("note__author").order_by("-note")[:MOST_MENTIONS])
    wanted: dict[int, list[Any]] = {}
    for row in found:
        wanted.setdefault(row.note.resource_type_id, []).append(row.note.resource_id)
    records = {
        pk: record
        for type_id, ids in wanted.items()
        for pk, record in by_type[type_id].model.objects.defer("remote_data").in_bulk(ids).items()
    }
    return [
        Mentioned(
            row.pk, name(row.note.author), row.note.created_at, str(record), f"{kinds.url_of(record)}#notes"
        )
        for row in found
        if (record := records.get(row.note.resource_id))
    ]
