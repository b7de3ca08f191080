"""The kinds of records that are people's work: `kinds.add(Kind(...))` in an app's desk/plugin.py."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.urls import reverse

from messaging.desk.sight import Sight
from messaging.desk.turns import Group
from messaging.mirror.wording import Words


@dataclass(frozen=True)
class Kind:
    """A kind of record that can be with someone; `plural` says in words what several of them are called.

    Whoever may do a next step with such records (`change`, `submit`, `approve`) may have them; `seen` says what a
    person sees of texts about one.
    """

    model: Any
    plural: Words
    view: str
    change: str
    seen: Callable[[Any, User], Sight]
    # Those in one of these groups, as `home.waiting_rows`.
    waiting: Callable[[Group], Sequence[QuerySet]]
    # Who may approve what a colleague submits; "" where nothing needs approval.
    approve: str = ""
    # The requests to Telnyx that send what people wrote.
    written: Collection[str] = ()
    submit: str = ""

    @property
    def steps(self) -> list[str]:
        """The permissions of which one is enough to have such a record."""
        return [permission for permission in (self.change, self.submit, self.approve) if permission]

    def may_have(self, user: User) -> bool:
        """Return True if this person may have such records, and so take them and give them away."""
        return any(map(user.has_perm, self.steps))


_kinds: dict[type[Model], Kind] = {}


def add(kind: Kind) -> None:
    """Let records of this kind be with someone, and have notes."""
    _kinds[kind.model] = kind


def of(model: Any) -> Kind:
    """Return the kind of a model or a record."""
    return _kinds[model if isinstance(model, type) else type(model)]


def get(model: Any) -> Kind | None:
    """Return the kind of a model, or None if its records can't be with someone."""
    return _kinds.get(model)


def every() -> Iterable[Kind]:
    """Return all kinds, in the order they were added."""
    return _kinds.values()


def changed_by(user: User) -> list[Kind]:
    """Return the kinds that this person may change, and so take and give."""
    return [kind for kind in every() if user.has_perm(kind.change)]


def url_of(record: Model, page: str = "change", *keys: Any) -> str:
    """Return the address of a page of one record."""
    name = f"admin:{record._meta.app_label}_{record._meta.model_name}_{page}"
    return reverse(name, args=[record.pk, *keys])
