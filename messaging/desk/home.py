"""What an app shows on the home page: `home.contribute(my_work)` in its desk/plugin.py."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db.models import (
    CharField,
    DateTimeField,
    ExpressionWrapper,
    F,
    IntegerField,
    Model,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from messaging.mirror.wording import Words

from .stages import MOST_COUNTED


@dataclass(frozen=True)
class Card:
    """A count that is a link into the list it counts. `group` is one of messaging.desk.turns.Group."""

    title: Words
    count: int
    url: str
    group: str
    hint: Words = ""

    def number(self) -> str:
        """Return the count in words: "1,000+" where it was not counted further."""
        if self.count <= MOST_COUNTED:
            return str(self.count)
        return _("%(n)s+") % {"n": number_format(MOST_COUNTED, force_grouping=True)}


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
    where an index sorts a part of them, they come in several parts. `items` returns those that are shown, by key, with
    a fixed number of queries.
    """

    kind: str
    rows: Sequence[QuerySet]
    items: Callable[[Sequence[str]], Mapping[str, Item]]

    def model(self) -> type[Model]:
        """Return the model of the rows."""
        return self.rows[0].model


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
class Welcome:
    """How the first piece of work of a kind goes, for people of a desk that has none yet."""

    title: Words
    steps: Sequence[Words]


@dataclass(frozen=True)
class Section:
    """What one app shows one person. `mine` is their own work, drafts too, of the kinds in `waiting`.

    `start` opens a new piece of work, `start_named` one from something known; `welcome` says how the first one goes.
    """

    cards: Sequence[Card] = ()
    waiting: Sequence[Waiting] = ()
    mine: Sequence[Waiting] = ()
    start: Link | None = None
    start_named: StartNamed | None = None
    welcome: Welcome | None = None


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


# Without a due date comes last.
MOST_URGENT_FIRST = ("rank", F("its_due").asc(nulls_last=True), "its_since", "its_key")


def waiting_rows(
    found: QuerySet,
    kind: str,
    *,
    due: Any,
    since: Any,
    is_alarm: bool = False,
    order: Sequence[Any] = MOST_URGENT_FIRST,
) -> QuerySet:
    """Return how urgent these are: their kind, key, when they are due, if at all, and since when they wait.

    What is lost for good if nobody acts (`is_alarm`) comes before everything else. `order` is the same order in the
    words of an index, if there is one for these.
    """
    when = DateTimeField()
    return (
        found.annotate(
            its_kind=Value(kind, CharField()),
            its_key=Cast("pk", CharField()),
            rank=Value(0 if is_alarm else 1, IntegerField()),
            its_due=ExpressionWrapper(due, when),
            its_since=ExpressionWrapper(since, when),
        )
        .order_by(*order)
        .values_list("its_kind", "its_key", "rank", "its_due", "its_since")
    )


def most_urgent(kinds: Sequence[Waiting], first: int, most: int) -> list[Item]:
    """Return the work of all kinds from position `first` on: alarms, then by due date, then what waits longest.

    One query for the order, and those of the kinds that are shown.
    """
    return shown_together(kinds, first_of(kinds, first, most))[0]


def first_of(kinds: Iterable[Waiting], first: int, most: int) -> list[tuple[str, str]]:
    """Return the kind and key of each piece that `most_urgent` shows. One query."""
    parts = [rows for each in kinds for rows in each.rows]
    found = _together(parts, first + most, *MOST_URGENT_FIRST)[first:]
    return [(kind, key) for kind, key, *_rest in found]


def nearest(kinds: Sequence[Waiting], now: datetime, most: int) -> list[tuple[timedelta, str, str]]:
    """Return how far off each piece with a due date is, with its kind and key, nearest first. Two queries."""
    parts = [rows for each in kinds for rows in each.rows]
    ahead = [rows.filter(its_due__gte=now).order_by("its_due", "its_key") for rows in parts]
    over = [rows.filter(its_due__lt=now).order_by("-its_due", "its_key") for rows in parts]
    found = [
        (abs(due - now), kind, key)
        for kind, key, _rank, due, _since in (
            *_together(ahead, most, "its_due", "its_key"),
            *_together(over, most, "-its_due", "its_key"),
        )
    ]
    return sorted(found)[:most]


def _together(parts: Sequence[QuerySet], most: int, *order: Any) -> list[Any]:
    """Return the first rows of several querysets that are in this order already, each as an index may sort it."""
    if not parts:
        return []
    first, *others = (rows[:most] for rows in parts)
    # Of one part alone, too, the union is sorted: a part with its own order has no other.
    return list(first.union(*others, first.none(), all=True).order_by(*order)[:most])


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
