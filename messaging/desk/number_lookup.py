"""What else the desk knows about a number someone searches for: `contribute(function)` in an app's desk/plugin.py."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from messaging.mirror.wording import Words


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
