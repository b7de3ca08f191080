"""Group an order's numbers that are in the same state, so that two hundred are as readable as one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..state import eligibility
from ..state.problems import Problem
from . import steps as tracker
from .rows import Row

# More numbers than this are collapsed below their common state.
SHOWN = 8


@dataclass
class Alike:
    """Numbers whose five steps have the same states and the same words."""

    steps: tuple[tracker.Step, ...]
    rows: list[Row] = field(default_factory=list)

    def is_long(self) -> bool:
        return len(self.rows) > SHOWN

    def told(self) -> list[tracker.Step]:
        """Return the steps that say more than their state."""
        return [step for step in self.steps if step.words and step.state not in SILENT]


@dataclass
class SameVerdict:
    """Numbers in a draft for which the check said the same."""

    verdict: eligibility.Verdict
    is_old: bool
    group: str
    refused: str = ""
    rows: list[Row] = field(default_factory=list)

    def is_long(self) -> bool:
        return len(self.rows) > SHOWN


@dataclass(frozen=True)
class Total:
    """One step for all numbers together."""

    name: tracker.StepName
    state: tracker.StepState
    done: int
    total: int


GROUPS: dict[str, str] = {
    eligibility.Kind.ELIGIBLE: "done",
    eligibility.Kind.INELIGIBLE: "needs_us",
    eligibility.Kind.UNKNOWN: "unsure",
    eligibility.Kind.UNCHECKED: "draft",
}
SILENT = (tracker.StepState.DONE, tracker.StepState.LATER, tracker.StepState.NEVER)
# The most urgent results come first.
URGENCY = (
    eligibility.Kind.INELIGIBLE,
    eligibility.Kind.UNKNOWN,
    eligibility.Kind.UNCHECKED,
    eligibility.Kind.ELIGIBLE,
)
# The state of a step for all numbers is the first of these that any number has.
WEIGHTY = (
    tracker.StepState.FAILED,
    tracker.StepState.NOW,
    tracker.StepState.WAITING,
    tracker.StepState.LATER,
    tracker.StepState.REMOVED,
    tracker.StepState.CANCELED,
)


def by_steps(rows: Iterable[Row]) -> list[Alike]:
    """Return the numbers grouped by their progress, those that Telnyx refused first."""
    found: dict[Any, Alike] = {}
    for row in sorted(rows, key=lambda row: not row.refused):
        key = (row.refused, *((step.name.value, step.state.value, str(step.words)) for step in row.steps))
        found.setdefault(key, Alike(row.steps)).rows.append(row)
    return list(found.values())


def by_verdict(rows: Iterable[Row]) -> list[SameVerdict]:
    """Return a draft's numbers grouped by the check's result, those that block the order first."""
    found: dict[Any, SameVerdict] = {}
    for row in rows:
        verdict = row.verdict
        key = (row.refused, verdict.kind.value, str(verdict.words), row.is_old)
        group = "needs_us" if row.is_old or row.refused else GROUPS[verdict.kind]
        found.setdefault(key, SameVerdict(verdict, row.is_old, group, row.refused)).rows.append(row)
    return sorted(found.values(), key=lambda same: (not same.refused, URGENCY.index(same.verdict.kind)))


def totals(rows: Sequence[Row]) -> list[Total]:
    """Return the five steps for the whole order; numbers removed from it no longer count."""
    rows = [row for row in rows if row.number.is_in_order()] or rows
    return [_total(name, [row.steps[place] for row in rows]) for place, name in enumerate(tracker.StepName)]


def _total(name: tracker.StepName, steps: Sequence[tracker.Step]) -> Total:
    steps = [step for step in steps if step.state != tracker.StepState.NEVER]
    states = {step.state for step in steps}
    first = tracker.StepState.LATER if not states else tracker.StepState.DONE
    state = next((weighty for weighty in WEIGHTY if weighty in states), first)
    return Total(name, state, sum(step.state == tracker.StepState.DONE for step in steps), len(steps))


def shorter(found: Sequence[Problem], most: int = 3) -> tuple[Sequence[Problem], int]:
    """Return the first of many problems of one kind, and how many more there are."""
    return (found, 0) if len(found) <= most + 1 else (found[:most], len(found) - most)
