"""Which tables have their changes on record, and which don't and why. `config/audited.py` says it for each model."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import models

from ..wording import Words

Model = type[models.Model]
# What the machinery writes about its own work. A change of these alone leaves no row.
BOOKKEEPING = frozenset(
    {
        "asked_version",
        "created_at",
        "known_status",
        "next_poll_at",
        "poll_because",
        "remote_as_of",
        "remote_data",
        "remote_status_at",
        "updated_at",
        "version",
    }
)


@dataclass(frozen=True)
class Watched:
    """A table whose changes are on record. The names are those of columns.

    A change of `ignored` columns alone leaves no row, and no row shows them. Of `secret` ones a row says only that
    they changed. `numbers` hold phone numbers, by which rows are found. `masked` ones are shown only to people with
    one of the permissions `open_to`. With `named_in`, only rows with something in that column count. What people call
    a row is in `called`, by which those who may view it find its changes.
    """

    model: Model
    ignored: frozenset[str]
    secret: frozenset[str]
    numbers: frozenset[str]
    masked: frozenset[str]
    open_to: tuple[str, ...]
    named_in: str
    called: tuple[str, ...]

    @property
    def label(self) -> str:
        """The label by which rows name the table."""
        return self.model._meta.label_lower

    def arguments(self) -> list[str]:
        """Return what the trigger is told: the label, the columns of key and name, and the columns of each kind."""
        kinds = (self.ignored, self.secret, self.numbers)
        lists = ("{" + ",".join(sorted(columns)) + "}" for columns in kinds)
        return [self.label, str(self.model._meta.pk.column), self.named_in, *lists]


_watched: dict[str, Watched] = {}
_left: dict[str, Words] = {}


def watch(
    model: Model,
    *,
    ignored: Iterable[str] = (),
    secret: Iterable[str] = (),
    numbers: Iterable[str] = (),
    masked: Iterable[str] = (),
    open_to: Iterable[str] = (),
    named_in: str = "",
    called: Iterable[str] = (),
) -> None:
    """Put every change of this table on record. What it holds as bytes is always secret: it is sealed, or a file."""
    columns = {str(field.column): field for field in model._meta.local_concrete_fields}
    sealed = {name for name, field in columns.items() if isinstance(field, models.BinaryField)}
    found = Watched(
        model,
        frozenset(ignored) | (BOOKKEEPING & columns.keys()),
        frozenset(secret) | sealed,
        frozenset(numbers),
        frozenset(masked),
        tuple(open_to),
        named_in,
        tuple(called),
    )
    if found.numbers & found.masked:
        raise ValueError(f"{model._meta.label}: whoever may not see a number must not find rows by it")
    if (found.masked | found.secret) & set(found.called):
        raise ValueError(f"{model._meta.label}: whoever may not see a value must not find rows by it")
    unknown = (
        found.ignored | found.secret | found.numbers | found.masked | set(found.called)
    ) - columns.keys()
    if unknown:
        raise ValueError(f"{model._meta.label} has no column {', '.join(sorted(unknown))}")
    _watched[found.label] = found


def leave(because: Words, *models: Model) -> None:
    """Say why the changes of these tables are not on record."""
    _left.update((model._meta.label_lower, because) for model in models)


def watched() -> Collection[Watched]:
    """Return the tables whose changes are on record."""
    return _watched.values()


def find(label: str) -> Watched | None:
    """Return what is said of a table by its label, or None if its changes aren't on record."""
    return _watched.get(label)


def left() -> dict[str, Words]:
    """Return why, by label, the changes of a table are not on record."""
    return dict(_left)
