"""What somebody looks for in the audit, and one page of it at the cost of one walk along an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import BooleanField, Q, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Concat

from messaging.desk import finding, number_address
from messaging.desk.filters import day_in, midnight
from messaging.log.keyset import Place
from messaging.mirror.audit import tables
from messaging.mirror.audit.tables import Watched
from messaging.mirror.masking import without_personal
from messaging.mirror.models import AuditEntry
from messaging.mirror.permissions import may_view
from messaging.team import people

SIZE = 50
# Titles show the first letters of an id; with fewer than these a search means a whole id.
SHORTEST_START = 8
MOST_RECORDS = 50
# How many of a kind are looked at for a name, before what is masked in it is left out.
MOST_LOOKED_AT = 500
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

    def records(self, user: User) -> "Records":
        """Return the records meant: by an id or the letters it starts with, or else by words of their names."""
        if not self.record:
            return Records()
        if by_id := self._with_id():
            return Records(by_id)
        called = self._called(user)
        return Records(called, is_by_name=True) if len(called) <= MOST_RECORDS else Records(are_too_many=True)

    def _with_id(self) -> list[tuple[str, str]]:
        first = self.record.lower() if set(self.record.lower()) <= HEX else self.record
        is_start = SHORTEST_START <= len(first) < FULL and set(first) <= HEX
        labels = [self.kind] if self.kind else [each.label for each in tables.watched()]
        with connection.cursor() as cursor:
            # "g" comes after every letter of an id.
            cursor.execute(RECORDS, [labels, first, f"{first}g" if is_start else first, MOST_RECORDS])
            return [(label, key) for label, key in cursor.fetchall() if key.startswith(first)]

    def _called(self, user: User) -> list[tuple[str, str]]:
        """Return the records with these words in their names, of the kinds that this person may view.

        One query. A name is searched as it's shown: nobody finds out, guess by guess, what is masked in it.
        """
        kinds = [each for each in named_kinds(user) if self.kind in ("", each.label)]
        if not kinds:
            return []
        first, *others = (_named(each, self.record) for each in kinds)
        rows = first.union(*others, all=True) if others else first
        return [
            (label, key) for label, key, name in rows if finding.has_all(self.record, without_personal(name))
        ]

    def rows(self, records: "Records") -> QuerySet[AuditEntry]:
        """Return all that it finds, newest first; `records` are those meant."""
        rows = AuditEntry.objects.order_by("-at", "-id")
        if self.person:
            users = [user.pk for user in self.people()]
            rows = rows.filter(user_id__in=users) if users else rows.filter(actor=self.person)
        if self.kind:
            rows = rows.filter(label=self.kind)
        if self.record:
            which = Q()
            for label, key in records.keys:
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
class Records:
    """The kinds and ids of the records meant; none if more than MOST_RECORDS have the name."""

    keys: Sequence[tuple[str, str]] = ()
    is_by_name: bool = False
    are_too_many: bool = False


def named_kinds(user: User) -> list[Watched]:
    """Return the kinds of records that this person may view and that have a name."""
    return [each for each in tables.watched() if each.called and may_view(user, each.label)]


def _named(kind: Watched, term: str) -> QuerySet:
    name = Concat(
        *(part for column in kind.called for part in (column, Value(" "))), output_field=TextField()
    )
    found = kind.model._base_manager.filter(finding.words_in(term, *kind.called)).order_by()
    told = found.annotate(
        audit_label=Value(kind.label), audit_key=Cast("pk", TextField()), audit_name=name
    ).values_list("audit_label", "audit_key", "audit_name")
    return told[:MOST_LOOKED_AT]


@dataclass(frozen=True)
class Page:
    rows: Sequence[AuditEntry]
    older: Place | None
    newer: Place | None


def look(rows: QuerySet[AuditEntry], *, before: Place | None, after: Place | None) -> Page:
    """Return one page of rows: the newest, or the one older than `before`, or the one newer than `after`."""
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
