"""What somebody looks for in the audit, and one page of it at the cost of one walk along an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from messaging.desk import number_address
from messaging.desk.filters import day_in, midnight
from messaging.log.keyset import Place
from messaging.mirror.audit import tables
from messaging.mirror.models import AuditEntry
from messaging.team import people

SIZE = 50
# Titles show the first letters of an id; with fewer than these a search means a whole id.
SHORTEST_START = 8
MOST_RECORDS = 50
HEX, FULL = frozenset("0123456789abcdef-"), 36
# Which records of these kinds have such an id: for each kind one look into the index of records.
RECORDS = """
SELECT kinds.label, found.key FROM unnest(%s::text[]) AS kinds(label) CROSS JOIN LATERAL (
    SELECT DISTINCT key FROM mirror_auditentry
     WHERE label = kinds.label AND key >= %s AND key <= %s
) AS found LIMIT %s
"""


@dataclass(frozen=True)
class Search:
    """What is looked for. In an address a number is only a token (`number_address`)."""

    person: str = ""
    kind: str = ""
    record: str = ""
    number: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Search":
        kind = values.get("kind", "")
        return cls(
            values.get("person", "").strip()[:150],
            kind if tables.find(kind) else "",
            values.get("record", "").replace("\0", "").strip()[:100],
            number_address.number_in(values.get("number", "")),
            day_in(values.get("since", "")),
            day_in(values.get("until", "")),
        )

    def address(self) -> str:
        """Return it as the query of an address."""
        found = {
            "person": self.person,
            "kind": self.kind,
            "record": self.record,
            "number": number_address.token_of(self.number) if self.number else "",
            "since": self.since or "",
            "until": self.until or "",
        }
        return urlencode({name: value for name, value in found.items() if value})

    def people(self) -> Sequence[User]:
        """Return whom the name means: a user name or a full name, or a part of one."""
        return people.meant(self.person, User.objects.all())

    def records(self) -> list[tuple[str, str]]:
        """Return the kinds and ids of the records meant: by an id, or by the letters it starts with."""
        first = self.record.lower() if set(self.record.lower()) <= HEX else self.record
        is_start = SHORTEST_START <= len(first) < FULL and set(first) <= HEX
        labels = [self.kind] if self.kind else [each.label for each in tables.watched()]
        with connection.cursor() as cursor:
            # "g" comes after every letter of an id.
            cursor.execute(RECORDS, [labels, first, f"{first}g" if is_start else first, MOST_RECORDS])
            return [(label, key) for label, key in cursor.fetchall() if key.startswith(first)]

    def rows(self) -> QuerySet[AuditEntry]:
        """Return all that it finds, newest first."""
        rows = AuditEntry.objects.order_by("-at", "-id")
        if self.person:
            users = [user.pk for user in self.people()]
            rows = rows.filter(user_id__in=users) if users else rows.filter(actor=self.person)
        if self.kind:
            rows = rows.filter(label=self.kind)
        if self.record:
            which = Q()
            for label, key in self.records():
                which |= Q(label=label, key=key)
            rows = rows.filter(which) if which else rows.none()
        if self.number:
            rows = rows.filter(numbers__contains=[self.number])
        if self.since:
            rows = rows.filter(at__gte=midnight(self.since))
        if self.until:
            rows = rows.filter(at__lt=midnight(self.until + timedelta(days=1)))
        return rows


@dataclass(frozen=True)
class Page:
    rows: Sequence[AuditEntry]
    older: Place | None
    newer: Place | None


def look(search: Search, *, before: Place | None, after: Place | None) -> Page:
    """Return one page: the newest, or the one older than `before`, or the one newer than `after`."""
    rows = search.rows()
    if after:
        found = list(rows.filter(_beside(after, ">")).reverse()[: SIZE + 1])
        more, shown = len(found) > SIZE, found[:SIZE][::-1]
        return Page(shown, place(shown[-1]) if shown else after, place(shown[0]) if more else None)
    if before:
        rows = rows.filter(_beside(before, "<"))
    found = list(rows[: SIZE + 1])
    shown = found[:SIZE]
    return Page(
        shown,
        place(shown[-1]) if len(found) > SIZE else None,
        place(shown[0]) if shown and before else None,
    )


def place(row: AuditEntry) -> Place:
    return Place(row.at, row.pk)


def _beside(place: Place, sign: str) -> RawSQL:
    # S611: the sign is one of ours; a comparison of rows walks the index, and Django has none.
    sql = f"(mirror_auditentry.at, mirror_auditentry.id) {sign} (%s, %s)"
    return RawSQL(sql, [place.happened_at, place.id], BooleanField())  # noqa: S611
