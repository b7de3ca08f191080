"""Ways to send that other apps add to the page that asks how: `contribute(way)` in their desk/plugin.py."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User

from messaging.mirror.wording import Words


@dataclass(frozen=True)
class Way:
    """What the page shows of a way to send, and where it leads."""

    label: Words
    words: Words
    url: str


Contribution = Callable[[User], Way | None]

_contributions: list[Contribution] = []


def contribute(function: Contribution) -> Contribution:
    """Register `function`, which returns its way for the user it is given, or None."""
    _contributions.append(function)
    return function


def ways(user: User) -> list[Way]:
    return [way for function in _contributions if (way := function(user))]
