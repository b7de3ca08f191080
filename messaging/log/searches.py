"""Searches of the log under a random id: shared by their address, kept under a name, opened first by one's own choice.

The address holds no number and no word, since those are personal; filters that are not stand in the query string.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import CharField, Exists, JSONField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast

from messaging.mirror import clock
from messaging.models import DefaultSearch, LogSearch, Message, MessagingProfile

from . import criteria, term
from .choices import TermKind
from .criteria import Criteria
from .term import NOTHING, Term

FORGOTTEN_AFTER = timedelta(days=30)
# Who looked for which words stays on record longer: texts are not for everybody.
WORDS_FORGOTTEN_AFTER = timedelta(days=400)
MOST_OFFERED = 100
MOST_SENDERS = 500
WORDS_PERMISSION = "messaging.reveal_message"


@dataclass(frozen=True)
class Search:
    """What is looked for: in the box, and with which filters. `row` is where it is kept, when it is."""

    term: Term = NOTHING
    criteria: Criteria = field(default_factory=Criteria)
    id: UUID | None = None
    name: str = ""
    owner_id: int | None = None
    is_shared: bool = False
    is_default: bool = False

    def is_of(self, user: User) -> bool:
        return self.owner_id == user.pk


@dataclass
class Offers:
    """What the page offers to choose from: searches kept under a name, profiles by their id; and the one asked for."""

    saved: list[Search] = field(default_factory=list)
    profiles: dict[str, str] = field(default_factory=dict)
    wanted: Search | None = None
    default: Search | None = None


def offers(user: User, wanted: UUID | None) -> Offers:
    """Return what the page offers to `user`, and the search with the id `wanted`. One query."""
    found = Offers()
    for row in _searches(user, wanted).union(_profiles(), all=True):
        what, key, name, *rest = row
        if what == "profile":
            found.profiles[key] = name or key
            continue
        search = _search(UUID(key), name, *rest)
        if search.id == wanted:
            found.wanted = search
        if search.is_default:
            found.default = search
        if search.name and (search.is_of(user) or search.is_shared):
            found.saved.append(search)
    found.saved.sort(key=lambda search: search.name.casefold())
    found.profiles = dict(sorted(found.profiles.items(), key=lambda item: item[1].casefold()))
    return found


def _searches(user: User, wanted: UUID | None) -> QuerySet:
    mine = DefaultSearch.objects.filter(user=user, search=OuterRef("pk"))
    seen = LogSearch.objects.filter(
        Q(pk=wanted) | Q(is_shared=True) & ~Q(name="") | Q(owner=user) & ~Q(name="")
    )
    return (
        seen.order_by()
        .annotate(what=Value("search"), key=Cast("pk", CharField()), is_default=Exists(mine))
        .values_list(
            "what", "key", "name", "owner_id", "is_shared", "is_default", "term", "kind", "meant", "filters"
        )[: MOST_OFFERED + 1]
    )


def _profiles() -> QuerySet:
    nothing = {
        "owner_id_": Cast(Value(None), LogSearch._meta.get_field("owner").target_field.__class__()),
        "is_shared": Value(False),
        "is_default": Value(False),
        "term": Value(""),
        "kind": Value(""),
        "meant": Value([], JSONField()),
        "filters": Value({}, JSONField()),
    }
    rows = (
        MessagingProfile.objects.exclude(remote_id=None).order_by().annotate(what=Value("profile"), **nothing)
    )
    return rows.values_list(
        "what",
        "remote_id",
        "name",
        "owner_id_",
        "is_shared",
        "is_default",
        "term",
        "kind",
        "meant",
        "filters",
    )[:MOST_OFFERED]


def _search(
    id: UUID,
    name: str,
    owner_id: int,
    is_shared: bool,
    is_default: bool,
    typed: str,
    kind: str,
    meant: list[str],
    filters: dict[str, str],
) -> Search:
    found = Term(typed, kind, tuple(meant)) if kind in TermKind.values else NOTHING
    return Search(found, criteria.read(filters), id, name, owner_id, is_shared, is_default)


def keep(user: User, what: Term, filters: Criteria, *, name: str = "", is_shared: bool = False) -> LogSearch:
    """Write a search down, so that its address needs nothing but an id; forget the old ones nobody named."""
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
    """Return one search by its id; whoever may look at the log may open it."""
    return offers(user, id).wanted


def understand(typed: str, *, as_words: bool = False) -> Term:
    """Return what `typed` means, our own numbers among it."""
    what = term.read(typed, is_ours=_is_ours, as_words=as_words)
    if what.kind != TermKind.LAST_FOUR:
        return what
    ending = what.meant[0]
    return replace(what, meant=(ending, *(ours for ours in senders() if ours.endswith(ending))))


def _is_ours(address: str) -> bool:
    return Message.objects.filter(our_address=address).exists()


# Jump from one address to the next in the index: reading every row to find the few that differ would take minutes.
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
