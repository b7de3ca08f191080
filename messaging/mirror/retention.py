"""Delete what has been kept long enough, a little at a time and while everything else continues.

In its `retention.py` an app says what it deletes and when (`add`), and what it keeps and why (`keep`); together they
account for every field that can hold a text, a number or a file (`uncovered`). Nothing is remembered between runs: a
row is due if it is old and not empty yet, so a run can be killed, doubled, or follow changed settings.
Only PostgreSQL's clock decides what is old.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from . import locks
from .models import (
    KnownCopy,
    OutboxEntry,
    PortalChange,
    Purge,
    StatusChange,
)
from .wording import Words

logger = logging.getLogger(__name__)

STEP = 2000
# How long one run takes at most.
SECONDS = 20.0
# A hundred years. PostgreSQL can't go much further back, and a negative number would delete what is new.
MOST_DAYS = 36500

Model = type[models.Model]
Also = Callable[[Sequence[Any]], object]
Fields = tuple[str, ...]
TEXT_FIELDS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, ArrayField)


# Of records: no promise about them is still open.
NOTHING_OPEN = ~Q(
    Exists(OutboxEntry.objects.filter(resource_id=OuterRef("pk")).exclude(state__in=OutboxEntry.ENDED))
)


@dataclass(frozen=True)
class Rule:
    """What happens to a table's rows once they are `days` old by `at`; 0 days keep them forever.

    `empties` names the fields to empty; without any, the whole row is deleted. `where` spares rows that are still
    needed. `also` gets the ids first and handles what depends on the rows; `others` names that, by table: the fields
    it empties, or none for whole rows. `still` says which rows have something left, if that is more than `empties`.
    An index on `at` keeps a run cheap on a large table.
    """

    name: str
    label: Words
    days: Callable[[], int]
    model: Model
    at: str | Combinable
    where: Q = Q()
    empties: Fields = ()
    still: Q | None = None
    also: Also | None = None
    others: Mapping[Model, Fields] = field(default_factory=dict)

    def is_on(self) -> bool:
        """Return True if this rule deletes anything: not with 0 days, nor with more than MOST_DAYS."""
        return 0 < self.days() <= MOST_DAYS

    def due(self) -> QuerySet[Any]:
        """Return the rows whose time is up, oldest first."""
        at = F(self.at) if isinstance(self.at, str) else self.at
        still = holds(self.model, self.empties) if self.still is None else self.still
        rows = self.model._base_manager.filter(self.where, still)
        return rows.alias(aged_at=at).filter(aged_at__lt=before(self.days())).order_by("aged_at")

    def apply(self, ids: Sequence[Any]) -> None:
        """Empty or delete the rows with these ids, after what depends on them. Call it inside a transaction."""
        if self.also:
            self.also(ids)
        rows = self.model._base_manager.filter(pk__in=ids)
        if self.empties:
            rows.update(**emptied(self.model, self.empties))
        else:
            rows.delete()


@dataclass(frozen=True)
class Kept:
    """What no rule deletes, in words for people, and why: a whole table, or only these fields of it."""

    label: Words
    because: Words
    model: Model
    fields: Fields = ()


_rules: dict[str, Rule] = {}
_kept: list[Kept] = []


def add(*rules: Rule) -> None:
    """Add rules. A rule replaces an earlier one with its name."""
    _rules.update((rule.name, rule) for rule in rules)


def keep(*reasons: Kept) -> None:
    """Show on the retention page what no rule deletes, with its reason."""
    _kept.extend(reasons)


def rules() -> list[Rule]:
    """Return every rule, in the order they were added."""
    return list(_rules.values())


def kept() -> list[Kept]:
    """Return what is kept for as long as the desk is used."""
    return list(_kept)


def days(name: str) -> int:
    """Return how many days something is kept, 0 for forever: pages and rules use the same number."""
    return _rules[name].days()


def before(days: int) -> Combinable:
    """Return the moment that many days ago, by PostgreSQL's clock, as SQL."""
    return Now() - timedelta(days=days)


# What a table contains.


def emptied(model: Model, names: Iterable[str]) -> dict[str, Any]:
    """Return the values that fields have when they are empty."""
    found = ((name, model._meta.get_field(name)) for name in names)
    return {name: None if each.null else each.get_default() for name, each in found}  # type: ignore[union-attr]


def holds(model: Model, names: Iterable[str]) -> Q:
    """Return the rows in which one of these fields isn't empty; all rows if there are no names."""
    tests = (
        Q((f"{name}__isnull", False)) if value is None else ~Q((name, value))
        for name, value in emptied(model, names).items()
    )
    return reduce(or_, tests, Q())


def texts(model: Model) -> set[str]:
    """Return the fields of a table that can contain what someone wrote: all except words we choose from a list."""
    return {
        each.name
        for each in model._meta.local_concrete_fields
        if isinstance(each, TEXT_FIELDS) and not each.choices and not each.is_relation
    }


def uncovered() -> list[str]:
    """Return each table, and each field that can hold a text, that no rule deletes and no `keep` names."""
    covered: dict[Model, set[str]] = {}

    def cover(model: Model, fields: Collection[str]) -> None:
        covered.setdefault(model, set()).update(fields or texts(model))

    for rule in rules():
        cover(rule.model, rule.empties)
        for model, fields in rule.others.items():
            cover(model, fields)
    for each in kept():
        cover(each.model, each.fields)
    found = []
    for model in apps.get_models(include_auto_created=True):
        if model not in covered:
            found.append(model._meta.label)
        found += [f"{model._meta.label}.{name}" for name in sorted(texts(model) - covered.get(model, set()))]
    return found


# A run.


def run(*, seconds: float = SECONDS, step: int = STEP) -> dict[str, int]:
    """Work for about `seconds`; return the number of rows by rule. Only one process does this at a time."""
    end = time.monotonic() + seconds
    done: dict[str, int] = {}
    reports: dict[str, int] = {}
    with locks.alone(locks.PURGING) as mine:
        # In turns, so that a rule with much to do doesn't hold up the others.
        waiting = [rule for rule in rules() if rule.is_on()] if mine else []
        while waiting:
            more = []
            for rule in waiting:
                if time.monotonic() >= end:
                    return done
                rows = _try(rule, step, reports)
                if rows:
                    done[rule.name] = done.get(rule.name, 0) + rows
                if rows >= step:
                    more.append(rule)
            waiting = more
    return done


def _try(rule: Rule, step: int, reports: dict[str, int]) -> int:
    """Take one step of a rule; if it fails, the others continue and it is tried again at the next run."""
    try:
        with transaction.atomic():
            return _step(rule, step, reports)
    except Exception as error:
        # Only the error's class: its text may contain what should be deleted.
        logger.error("The retention rule %s failed (%s).", rule.name, type(error).__name__)
        return 0


def _step(rule: Rule, step: int, reports: dict[str, int]) -> int:
    # Rows that are locked right now are left for the next run, and no row changes while we deal with it.
    due = rule.due().select_for_update(skip_locked=True, of=("self",))
    ids = list(due.values_list("pk", flat=True)[:step])
    if not ids:
        return 0
    with erasing():
        rule.apply(ids)
    changes = {"rows": F("rows") + len(ids), "finished_at": Now()}
    if not Purge.objects.filter(pk=reports.get(rule.name, 0)).update(**changes):
        report = Purge.objects.create(
            rule=rule.name,
            days=rule.days(),
            before=before(rule.days()),
            rows=len(ids),
            finished_at=Now(),
        )
        reports[rule.name] = report.pk
    return len(ids)


@contextmanager
def erasing() -> Iterator[None]:
    """Let the triggers of migration 0011 accept changes that only empty a text; they refuse them everywhere else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('desk.erasing', 'on', true)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('desk.erasing', '', true)")


def forget_reasons(model: Model, ids: Sequence[UUID]) -> None:
    """Empty the reasons in the status history of these records. Status, time and source stay."""
    kind = ContentType.objects.get_for_model(model)
    facts = StatusChange.objects.filter(resource_type=kind, resource_id__in=ids)
    # Facts that differ only in their words become one.
    same = facts.filter(
        resource_id=OuterRef("resource_id"), occurred_at=OuterRef("occurred_at"), status=OuterRef("status")
    )
    other = same.filter(Q(reason="") | Q(pk__lt=OuterRef("pk")))
    facts.exclude(reason="").filter(Exists(other)).delete()
    facts.exclude(reason="").update(reason="")


def forget_copies(model: Model, ids: Sequence[UUID]) -> None:
    """Delete what is known of Telnyx's copy of these records, and what was changed in it."""
    kind = ContentType.objects.get_for_model(model)
    KnownCopy.objects.filter(resource_type=kind, resource_id__in=ids).delete()
    PortalChange.objects.filter(resource_type=kind, resource_id__in=ids).delete()


def audit_days() -> int:
    """Return how many days we keep who did and viewed what (RETENTION_AUDIT_DAYS), 0 for forever."""
    return settings.RETENTION_AUDIT_DAYS


def record_days() -> int:
    """Return how many days we keep records and their requests (RETENTION_RECORD_DAYS), 0 for forever."""
    return settings.RETENTION_RECORD_DAYS
