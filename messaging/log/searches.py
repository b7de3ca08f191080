"""Searches of the log under a random id: shared by URL, saved under a name, opened by default if one chooses to.

The URL contains no number and no word, since those are personal; filters that are not go into the query string.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import (
    BooleanField,
    CharField,
    Exists,
    ExpressionWrapper,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext as _

from messaging.mirror import clock
from messaging.models import DefaultSearch, LogSearch, MessagingProfile

from . import filters as criteria
from . import query as term
from .choices import TermKind
from .filters import Criteria
from .query import NOTHING, Term

FORGOTTEN_AFTER = timedelta(days=30)
# Who searched for which words stays on record longer: texts are not for everyone.
WORDS_FORGOTTEN_AFTER = timedelta(days=400)
MOST_OFFERED = 100
# Named searches per person, and how many of them may be shared.
MOST_SAVED = 20
MOST_SHARED = 5
USE_NOTED_AFTER = timedelta(hours=1)
MOST_SENDERS = 500
WORDS_PERMISSION = "messaging.reveal_message"
COLUMNS = (
    "what",
    "key",
    "name",
    "owner_id",
    "is_shared",
    "is_default",
    "is_stale",
    "term",
    "kind",
    "meant",
    "filters",
)


class Refused(Exception):
    """A search was not saved; the message says why and what to do."""


@dataclass(frozen=True)
class Search:
    """What is searched for: the text in the box and the filters. `row` is where it is saved, if it is."""

    term: Term = NOTHING
    criteria: Criteria = field(default_factory=Criteria)
    id: UUID | None = None
    name: str = ""
    owner_id: int | None = None
    is_shared: bool = False
    is_default: bool = False
    # The record of its last use is out of date.
    is_stale: bool = False

    def is_of(self, user: User) -> bool:
        return self.owner_id == user.pk


@dataclass
class Offers:
    """What the page offers: saved searches, profiles by their id; and the search that was asked for."""

    saved: list[Search] = field(default_factory=list)
    profiles: dict[str, str] = field(default_factory=dict)
    wanted: Search | None = None
    default: Search | None = None


def offers(user: User, wanted: UUID | None) -> Offers:
    """Return what the page offers to `user`, and the search with the id `wanted`. One query."""
    found = Offers()
    searches: dict[UUID, Search] = {}
    for what, key, name, *rest in _seen(user, wanted):
        if what == "profile":
            found.profiles[key] = name or key
        else:
            searches[UUID(key)] = _search(UUID(key), name, *rest)
    found.wanted = searches.get(wanted) if wanted else None
    found.default = next((search for search in searches.values() if search.is_default), None)
    named = (search for search in searches.values() if search.name)
    found.saved = [search for search in named if search.is_of(user) or search.is_shared]
    found.saved.sort(key=lambda search: search.name.casefold())
    found.profiles = dict(sorted(found.profiles.items(), key=lambda item: item[1].casefold()))
    return found


def _seen(user: User, wanted: UUID | None) -> QuerySet:
    """Return rows for the search asked for, one's default, one's own searches, the shared ones, and profiles.

    Each has an index and a limit of its own: however many there are of one kind, the others still come.
    """
    named = LogSearch.objects.exclude(name="")
    default = DefaultSearch.objects.filter(user=user).values("search")
    parts = [
        _rows(user, LogSearch.objects.filter(pk=wanted).order_by()) if wanted else None,
        _rows(user, LogSearch.objects.filter(pk__in=default).order_by()),
        _rows(user, named.filter(owner=user).order_by("name"))[:MOST_OFFERED],
        _rows(user, shared())[:MOST_OFFERED],
        _profiles(),
    ]
    first, *others = [part for part in parts if part is not None]
    return first.union(*others, all=True)


def shared() -> QuerySet:
    """Return the searches that everyone is offered, most recently used first."""
    return LogSearch.objects.filter(is_shared=True).exclude(name="").order_by("-used_at", "id")


def _rows(user: User, searches: QuerySet) -> QuerySet:
    mine = DefaultSearch.objects.filter(user=user, search=OuterRef("pk"))
    return searches.annotate(
        what=Value("search"),
        key=Cast("pk", CharField()),
        is_default=Exists(mine),
        is_stale=ExpressionWrapper(
            Q(used_at__lt=Now() - USE_NOTED_AFTER) & ~Q(name=""), output_field=BooleanField()
        ),
    ).values_list(*COLUMNS)


def _profiles() -> QuerySet:
    """Return rows for profiles with the columns of searches."""
    nothing = {
        "owner_id_": Cast(Value(None), LogSearch._meta.get_field("owner").target_field.__class__()),
        "is_shared": Value(False),
        "is_default": Value(False),
        "is_stale": Value(False),
        "term": Value(""),
        "kind": Value(""),
        "meant": Value([], JSONField()),
        "filters": Value({}, JSONField()),
    }
    rows = MessagingProfile.objects.exclude(remote_id=None).order_by("name", "pk")
    columns = [
        "remote_id" if name == "key" else "owner_id_" if name == "owner_id" else name for name in COLUMNS
    ]
    return rows.annotate(what=Value("profile"), **nothing).values_list(*columns)[:MOST_OFFERED]


def _search(
    id: UUID,
    name: str,
    owner_id: int,
    is_shared: bool,
    is_default: bool,
    is_stale: bool,
    typed: str,
    kind: str,
    meant: list[str],
    filters: dict[str, str],
) -> Search:
    found = Term(typed, kind, tuple(meant)) if kind in TermKind.values else NOTHING
    return Search(found, criteria.read(filters), id, name, owner_id, is_shared, is_default, is_stale)


def save(user: User, what: Term, filters: Criteria, *, name: str, is_shared: bool) -> LogSearch:
    """Save a search under a name, for oneself or for everyone. Raises Refused."""
    with transaction.atomic():
        # Two clicks at once wait for each other, so that the limits hold.
        User.objects.select_for_update().get(pk=user.pk)
        mine = LogSearch.objects.filter(owner=user).exclude(name="")
        if mine.count() >= MOST_SAVED:
            raise Refused(
                _("You have saved %(n)s searches, which is as many as you can. Delete one of them first.")
                % {"n": MOST_SAVED}
            )
        alike = Q(owner=user) | Q(is_shared=True)
        if LogSearch.objects.filter(alike, name__iexact=name[:80].strip()).exists():
            raise Refused(
                _("There is already a search with this name. Type another name, or delete that one.")
            )
        if is_shared and mine.filter(is_shared=True).count() >= MOST_SHARED:
            raise Refused(
                _(
                    "You share %(n)s searches, which is as many as you can. Delete one of them, or save "
                    "this one for yourself."
                )
                % {"n": MOST_SHARED}
            )
        return keep(user, what, filters, name=name, is_shared=is_shared)


def note_use(search: Search) -> None:
    """Record that a saved search was used, at most once an hour."""
    if search.is_stale:
        stale = LogSearch.objects.filter(pk__in=[search.id], used_at__lt=Now() - USE_NOTED_AFTER)
        stale.update(used_at=Now())


def keep(user: User, what: Term, filters: Criteria, *, name: str = "", is_shared: bool = False) -> LogSearch:
    """Store a search, so that its URL needs nothing but an id; delete old ones that have no name."""
    _forget(user)
    return LogSearch.objects.create(
        owner=user,
        name=name[:80],
        is_shared=is_shared,
        term=what.text,
        kind=what.kind,
        meant=list(what.meant),
        filters=filters.as_json(),
    )


def _forget(user: User) -> None:
    mine = LogSearch.objects.filter(owner=user, name="")
    now = clock.now()
    mine.exclude(kind=TermKind.WORDS).filter(made_at__lt=now - FORGOTTEN_AFTER).delete()
    mine.filter(kind=TermKind.WORDS, made_at__lt=now - WORDS_FORGOTTEN_AFTER).delete()


def get(user: User, id: UUID) -> Search | None:
    """Return one search by its id alone; anyone who may view the log may open it."""
    row = _rows(user, LogSearch.objects.filter(pk=id).order_by()).first()
    return _search(id, *row[2:]) if row else None


def understand(typed: str, *, as_words: bool = False) -> Term:
    """Return what `typed` means, recognizing our own addresses."""
    what = term.read(typed, addresses=_named, as_words=as_words)
    if what.kind != TermKind.LAST_FOUR:
        return what
    ending = what.meant[0]
    return replace(what, meant=(ending, *(ours for ours in senders() if ours.endswith(ending))))


# Each is one look into an index.
NAMED = """
SELECT name FROM unnest(%s::text[]) AS name
WHERE EXISTS (SELECT FROM messaging_message WHERE our_address = name)
   OR EXISTS (SELECT FROM messaging_message WHERE their_address = name)
"""


def _named(name: str) -> list[str]:
    """Return the addresses in the log with this name, ours and theirs, as it is usually written."""
    shapes = dict.fromkeys((name, name.upper(), name.lower(), name.capitalize(), name.title()))
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [list(shapes)])
        return [found for (found,) in cursor.fetchall()]


# Jump from one address to the next in the index: reading every row to find the few distinct ones would take minutes.
SENDERS = """
WITH RECURSIVE sender(address, n) AS (
    (SELECT our_address, 1 FROM messaging_message WHERE our_address <> '' ORDER BY our_address LIMIT 1)
    UNION ALL
    SELECT (SELECT our_address FROM messaging_message WHERE our_address > sender.address ORDER BY our_address LIMIT 1),
           sender.n + 1
      FROM sender WHERE sender.address IS NOT NULL AND sender.n < %s)
SELECT address FROM sender WHERE address IS NOT NULL
"""


def senders(most: int = MOST_SENDERS) -> list[str]:
    """Return our own addresses in the log, at most `most`."""
    with connection.cursor() as cursor:
        cursor.execute(SENDERS, [most])
        return [address for (address,) in cursor.fetchall()]
