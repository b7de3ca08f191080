"""What an app shows on the home page: `home.contribute(my_work)` in its desk/plugin.py."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db.models import CharField, DateTimeField, ExpressionWrapper, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast

from messaging.mirror.wording import Words


@dataclass(frozen=True)
class Card:
    """A count that is a link into the list it counts. `group` is one of messaging.desk.turns.Group."""

    title: Words
    count: int
    url: str
    group: str
    hint: Words = ""


@dataclass(frozen=True)
class Item:
    """One piece of work that is waiting for us: what it is, its status, its deadline, and who has it.

    `person` is for lists of everybody's work. `outside` is its name where people without a login read it, unless
    `title` is fit for that.
    """

    title: str
    words: Words
    url: str
    group: str
    status: Words
    due_at: datetime | None = None
    since: datetime | None = None
    kind: Words = ""
    person: Words = ""
    outside: str = ""


@dataclass(frozen=True)
class Waiting:
    """One kind of work that waits for us.

    `rows`, made by `waiting_rows`, say how urgent each piece is, so that all kinds are sorted together by the database;
    `items` returns those that are shown, by key, with a fixed number of queries.
    """

    kind: str
    rows: QuerySet
    items: Callable[[Sequence[str]], Mapping[str, Item]]


@dataclass(frozen=True)
class Link:
    """A title and where it leads."""

    title: Words
    url: str


@dataclass(frozen=True)
class StartNamed:
    """A form that starts a new piece of work from something with a name: it posts `name` and `new_id` to `url`.

    `names` are offered while people type, at most 100; the others can be typed.
    """

    label: Words
    button: Words
    url: str
    names: Sequence[str]
    new_id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True)
class Section:
    """What one app shows one person. `mine` is their own work, drafts too, of the kinds in `waiting`.

    `start` opens a new piece of work, `start_named` one from something known; `started` is True if they did so before.
    """

    cards: Sequence[Card] = ()
    waiting: Sequence[Waiting] = ()
    mine: Sequence[Waiting] = ()
    start: Link | None = None
    start_named: StartNamed | None = None
    started: bool = True


Contribution = Callable[[User], Section]

_contributions: list[Contribution] = []


def contribute(function: Contribution) -> Contribution:
    """Let `function` add its cards: what the user it gets may see, counted by cheap indexed queries."""
    _contributions.append(function)
    return function


# What needs us comes first, what is over last.
CARD_ORDER = (
    "decision",
    "approval",
    "needs_us",
    "unsure",
    "reviewing",
    "carriers",
    "under_way",
    "draft",
    "done",
    "closed",
)


def in_order(cards: Iterable[Card], first: Collection[str] = ()) -> list[Card]:
    """Return the cards of several apps in one order, those of the groups `first` before all others."""
    return sorted(cards, key=lambda card: (card.group not in first, CARD_ORDER.index(card.group)))


def waiting_rows(found: QuerySet, kind: str, *, due: Any, since: Any, is_alarm: bool = False) -> QuerySet:
    """Return how urgent these are: their kind, key, when they are due, if at all, and since when they wait.

    What is lost for good if nobody acts (`is_alarm`) comes before everything else.
    """
    when = DateTimeField()
    return (
        found.order_by()
        .annotate(
            its_kind=Value(kind, CharField()),
            its_key=Cast("pk", CharField()),
            rank=Value(0 if is_alarm else 1, IntegerField()),
            its_due=ExpressionWrapper(due, when),
            its_since=ExpressionWrapper(since, when),
        )
        .values_list("its_kind", "its_key", "rank", "its_due", "its_since")
    )


def most_urgent(kinds: Sequence[Waiting], first: int, most: int) -> list[Item]:
    """Return the work of all kinds from position `first` on: alarms, then by due date, then what waits longest.

    One query for the order, and those of the kinds that are shown.
    """
    return shown_together(kinds, first_of(kinds, first, most))[0]


def first_of(kinds: Iterable[Waiting], first: int, most: int) -> list[tuple[str, str]]:
    """Return the kind and key of each piece that `most_urgent` shows. One query."""
    order = ("rank", F("its_due").asc(nulls_last=True), "its_since", "its_key")
    rows = _together([each.rows for each in kinds], *order)[first : first + most]
    return [(kind, key) for kind, key, *_rest in rows]


def nearest(kinds: Sequence[Waiting], now: datetime, most: int) -> list[tuple[timedelta, str, str]]:
    """Return how far off each piece with a due date is, with its kind and key, nearest first. Two queries."""
    ahead = _together([each.rows.filter(its_due__gte=now) for each in kinds], "its_due", "its_key")
    over = _together([each.rows.filter(its_due__lt=now) for each in kinds], "-its_due", "its_key")
    found = [
        (abs(due - now), kind, key) for rows in (ahead, over) for kind, key, _rank, due, _since in rows[:most]
    ]
    return sorted(found)[:most]


def _together(querysets: Sequence[QuerySet], *order: Any) -> QuerySet | Sequence[Any]:
    if not querysets:
        return []
    rows, *others = querysets
    if others:
        rows = rows.union(*others, all=True)
    return rows.order_by(*order)


def shown_together(kinds: Iterable[Waiting], *lists: Sequence[tuple[str, str]]) -> list[list[Item]]:
    """Return the items of several lists, those of a kind looked up once for all of them."""
    items = items_of(kinds, chain(*lists))
    return [[items[each] for each in found if each in items] for found in lists]


def items_of(kinds: Iterable[Waiting], wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Item]:
    """Return the items with these kinds and keys, those of a kind looked up once. What is gone is left out."""
    by_name = {each.kind: each for each in kinds}
    keys: dict[str, set[str]] = defaultdict(set)
    for kind, key in wanted:
        keys[kind].add(key)
    return {
        (kind, key): item
        for kind, some in keys.items()
        for key, item in by_name[kind].items(list(some)).items()
    }


def sections(user: User) -> list[Section]:
    """Return what every app has for this person."""
    return [function(user) for function in _contributions]
