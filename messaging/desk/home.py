"""What an app shows on the home page: `home.contribute(my_work)` in its desk/plugin.py."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.models import User

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
    """One piece of work that is waiting for us: what it is, its status, and its deadline."""

    title: str
    words: Words
    url: str
    group: str
    status: Words
    due_at: datetime | None = None
    since: datetime | None = None
    # What is lost for good if nobody acts comes before everything else.
    is_alarm: bool = False


@dataclass(frozen=True)
class Link:
    """A title and where it leads."""

    title: Words
    url: str


@dataclass(frozen=True)
class Section:
    """What one app shows one person. `start` opens a new piece of work; `started` is True if they did so before.

    `find` is a search box: its title, and the address that gets what is typed, posted as `q`.
    """

    cards: Sequence[Card] = ()
    urgent: Sequence[Item] = ()
    start: Link | None = None
    find: Link | None = None
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
    "needs_us",
    "unsure",
    "reviewing",
    "carriers",
    "under_way",
    "draft",
    "done",
    "closed",
)


def in_order(cards: Iterable[Card]) -> list[Card]:
    """Return the cards of several apps in one order."""
    return sorted(cards, key=lambda card: CARD_ORDER.index(card.group))


def most_urgent(items: Iterable[Item]) -> list[Item]:
    """Return the work of several apps: alarms first, then by deadline, then work without one."""
    far = datetime.max.replace(tzinfo=UTC)
    return sorted(items, key=lambda item: (not item.is_alarm, item.due_at or far))


def sections(user: User) -> list[Section]:
    """Return what every app has for this person."""
    return [function(user) for function in _contributions]
