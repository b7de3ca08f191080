"""The kinds of records that people wait for: `awaited.add(Awaited(...))` in an app's desk/plugin.py."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Model, QuerySet

from messaging.mirror.models import StatusChange


def times(facts: Sequence[StatusChange], status: str) -> int:
    """Return how many times these facts came to a status, whatever order we learned them in."""
    in_order = sorted(facts, key=lambda fact: (fact.counts_at(), fact.status == status))
    return sum(is_there for is_there, _run in groupby(in_order, key=lambda fact: fact.status == status))


@dataclass(frozen=True)
class Awaited:
    """A kind of record that is done once Telnyx gives it `status`. `view` is the permission to see such records.

    `done` returns those that are done now; where Telnyx's status alone doesn't say since when, `since` does. `sent_by`
    names the requests to Telnyx by which people submit one. `times` counts how often one was done.
    """

    model: type[Model]
    view: str
    status: str
    done: Callable[[], QuerySet]
    sent_by: Collection[str]
    since: Callable[[Any], datetime] | None = None
    times: Callable[[Sequence[StatusChange], str], int] = times

    def newest(self, after: datetime, most: int) -> list[tuple[Any, datetime]]:
        """Return those that are done since then, newest first, and since when. What an import brought as done isn't."""
        rows = self.done().order_by("-remote_status_at")
        if self.since is None:
            rows = rows.filter(remote_status_at__gt=after).defer("remote_data")
        found = [(row, self.since(row) if self.since else row.remote_status_at) for row in rows[:most]]
        return [(row, at) for row, at in found if at > after and at > row.created_at]


_kinds: dict[type[Model], Awaited] = {}


def add(kind: Awaited) -> None:
    """Tell people when a record of this kind is done."""
    _kinds[kind.model] = kind


def get(model: Any) -> Awaited | None:
    """Return the kind of a model, or None if nobody waits for its records."""
    return _kinds.get(model)


def every() -> Iterable[Awaited]:
    """Return all kinds, in the order they were added."""
    return _kinds.values()
