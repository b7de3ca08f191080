"""What evidence can be about, and what is known of consent: `add` and `consent` in an app's desk/plugin.py."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model

from messaging.desk.pages import uuid_or_none
from messaging.desk.show import Step
from messaging.mirror.wording import Words


@dataclass(frozen=True)
class Consent:
    """What says that people agreed to texts, or that they don't want them, in labeled lines."""

    title: str
    lines: Sequence[tuple[Words, str]]


@dataclass
class Contents:
    """What goes into one file, as far as the person who asks may see it.

    `data` are files of JSON by their names, `files` all others. `looks` are rows that say who saw what is masked for
    others; they are saved along with the file. `left_out` says in sentences what is missing, and why.
    """

    facts: list[tuple[Words, str]]
    steps: Sequence[Step]
    consent: Sequence[Consent] = ()
    approvals: Sequence[Mapping[str, Any]] = ()
    requests: Sequence[Mapping[str, Any]] = ()
    data: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    looks: list[Model] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def by_id(model: Any) -> Callable[[str], Any]:
    """Return what finds a record of this model by its UUID."""

    def find(key: str) -> Any:
        pk = uuid_or_none(key)
        return model.objects.filter(pk=pk).first() if pk else None

    return find


@dataclass(frozen=True)
class Kind:
    """Something evidence can be about. Its key goes into addresses, so it holds no number that can be read.

    `openings` names what this person sees in full although it is masked for others, each with its `words` for people.
    `gather` gets the row of the file, for the looks it makes, and these openings.
    """

    slug: str
    label: Words
    may_see: Callable[[User], bool]
    find: Callable[[str], Any]
    named: Callable[[Any], str]
    page: Callable[[Any], str]
    openings: Callable[[User], Collection[str]]
    words: Mapping[str, Words]
    gather: Callable[[Any, Any, Collection[str]], Contents]
    # What is in the file, in sentences for the page before, if it isn't what is in most.
    holds: Sequence[Words] = ()


_kinds: dict[str, Kind] = {}

# A number, and whether it may be shown.
Known = Callable[[User, str], Iterable[Consent]]
_consent: list[Known] = []


def add(kind: Kind) -> None:
    """Let people make evidence about this."""
    _kinds[kind.slug] = kind


def get(slug: str) -> Kind | None:
    """Return the kind with this name, or None."""
    return _kinds.get(slug)


def words(kind: Kind, opened: Iterable[str]) -> list[str]:
    """Return in words what is shown in full."""
    return [str(kind.words[key]) for key in opened if key in kind.words]


def consent(function: Known) -> Known:
    """Let `function` say what it knows of consent to texts from or to a number, as far as this person may see it."""
    _consent.append(function)
    return function


def consent_about(user: User, numbers: Iterable[str]) -> list[Consent]:
    """Return what every app knows of consent to texts from or to these numbers."""
    return [
        found for number in numbers if number for function in _consent for found in function(user, number)
    ]


def at(moment: datetime | None) -> str | None:
    """Return a time for a file of JSON."""
    return moment.isoformat() if moment else None
