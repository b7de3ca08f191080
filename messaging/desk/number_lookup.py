"""What the desk knows about a phone number: each app says it by a hook in its desk/plugin.py.

`contribute(function)` finds records for a number that someone types; `tell(function, ...)` tells everything about one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from messaging.mirror.wording import Words

from .finding import Hit


@dataclass(frozen=True)
class Needle:
    """A number in E.164 (`numbers`: what was typed may mean several), or the last four digits of one."""

    numbers: tuple[str, ...] = ()
    ending: str = ""


@dataclass(frozen=True)
class Found:
    """A record about the number, with its page. `group` is one of messaging.desk.turns.Group."""

    title: str
    kind: Words
    url: str
    group: str
    status: Words


MOST = 10

Contribution = Callable[[User, Needle], Sequence[Found]]

_contributions: list[Contribution] = []


def contribute(function: Contribution) -> Contribution:
    """Let `function` say what it knows about a number: at most MOST, by indexed queries, only what the user may see."""
    _contributions.append(function)
    return function


def elsewhere(user: User, needle: Needle) -> list[Found]:
    """Return what every app knows about a number."""
    return [found for function in _contributions for found in function(user, needle)]


# Everything about one number, on its page.


@dataclass(frozen=True)
class Event:
    """One of the main events in the story of a number. `group` is one of messaging.desk.turns.Group."""

    at: datetime
    title: Words
    text: Words = ""
    url: str = ""
    group: str = ""


@dataclass(frozen=True)
class Chapter:
    """What one app knows about one number, with at most MOST hits unless it says how many.

    `is_to_us` says what the number is to us, and `warnings` what forbids texting it. `is_ours` is set if it is one of
    our numbers; `is_others` says what it is if no app says so. `shows_number` is set if this
    person may read the whole number: it is one of ours, or they opened it on record. If there are more hits, `all_url`
    is the list with all of them; it is opened by a POST form if the list needs a search that has to be kept first.
    `is_of_messages` says that its hits and events are messages.
    """

    title: Words
    hits: Sequence[Hit] = ()
    events: Sequence[Event] = ()
    is_to_us: Sequence[Hit] = ()
    is_ours: bool = False
    is_others: Sequence[Hit] = ()
    warnings: Sequence[Words] = ()
    shows_number: bool = False
    note: Words = ""
    all_url: str = ""
    is_posted: bool = False
    is_of_messages: bool = False


Story = Callable[[User, str], Sequence[Chapter]]

_stories: list[tuple[Story, tuple[str, ...]]] = []


def tell(function: Story, *permissions: str) -> Story:
    """Let `function` tell what it knows about a number to people with any of the permissions.

    It has a fixed number of queries that indexes or limits bound, and checks which of its chapters they may see.
    """
    _stories.append((function, permissions))
    return function


def needed() -> list[str]:
    """Return the permissions of which one is enough to open the page about a number."""
    return [permission for _function, permissions in _stories for permission in permissions]


def may_read(user: User) -> bool:
    """Return True if this person may see anything about a number."""
    return any(map(user.has_perm, needed()))


def chapters(user: User, number: str) -> list[Chapter]:
    """Return what every app knows about a number and this person may see."""
    told = (
        function(user, number) for function, permissions in _stories if any(map(user.has_perm, permissions))
    )
    return [chapter for found in told for chapter in found]
