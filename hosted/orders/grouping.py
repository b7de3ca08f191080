"""Numbers of one order that stand alike, shown together: two hundred stay as readable as one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..state import eligibility
from ..state.problems import Problem
from . import steps as tracker
from .rows import Row

# More numbers than this are folded away below their common state.
SHOWN = 8


@dataclass
class Alike:
    """Numbers with the same five steps in the same states, told in the same words."""

    steps: tuple[tracker.Step, ...]
    rows: list[Row] = field(default_factory=list)

    def is_long(self) -> bool:
        return len(self.rows) > SHOWN

    def told(self) -> list[tracker.Step]:
        """Return the steps with something to say beyond their state."""
        return [step for step in self.steps if step.words and step.state not in SILENT]


@dataclass
class SameVerdict:
    """Numbers of a draft of which the check said the same."""

    verdict: eligibility.Verdict
    is_old: bool
    group: str
    rows: list[Row] = field(default_factory=list)

    def is_long(self) -> bool:
        return len(self.rows) > SHOWN


@dataclass(frozen=True)
class Total:
    """One step of all numbers together."""

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
SILENT = (tracker.StepState.DONE, tracker.StepState.LATER)
# What the check calls for first stands first.
URGENCY = (
    eligibility.Kind.INELIGIBLE,
    eligibility.Kind.UNKNOWN,
    eligibility.Kind.UNCHECKED,
    eligibility.Kind.ELIGIBLE,
)
# The state of a step for all numbers is the one of these that some number has.
WEIGHTY = (
    tracker.StepState.FAILED,
    tracker.StepState.NOW,
    tracker.StepState.WAITING,
    tracker.StepState.LATER,
)


def by_steps(rows: Iterable[Row]) -> list[Alike]:
    """Return the numbers by what became of them."""
    found: dict[tuple[tuple[str, str, str], ...], Alike] = {}
    for row in rows:
        key = tuple((step.name.value, step.state.value, str(step.words)) for step in row.steps)
        found.setdefault(key, Alike(row.steps)).rows.append(row)
    return list(found.values())


def by_verdict(rows: Iterable[Row]) -> list[SameVerdict]:
    """Return the numbers of a draft by what the check said, what stops the order first."""
    found: dict[tuple[str, str, bool], SameVerdict] = {}
    for row in rows:
        verdict = row.verdict
        key = (verdict.kind.value, str(verdict.words), row.is_old)
        group = "needs_us" if row.is_old else GROUPS[verdict.kind]
        found.setdefault(key, SameVerdict(verdict, row.is_old, group)).rows.append(row)
    return sorted(found.values(), key=lambda same: URGENCY.index(same.verdict.kind))


def totals(rows: Sequence[Row]) -> list[Total]:
    """Return the five steps of the whole order; numbers taken out of it count no more."""
    rows = [row for row in rows if row.number.is_in_order()] or rows
    return [_total(name, [row.steps[place] for row in rows]) for place, name in enumerate(tracker.StepName)]


def _total(name: tracker.StepName, steps: Sequence[tracker.Step]) -> Total:
    states = {step.state for step in steps}
    first = tracker.StepState.LATER if not states else tracker.StepState.DONE
    state = next((weighty for weighty in WEIGHTY if weighty in states), first)
    return Total(name, state, sum(step.state == tracker.StepState.DONE for step in steps), len(steps))


def shorter(found: Sequence[Problem], most: int = 3) -> tuple[Sequence[Problem], int]:
    """Return the first of many problems of one kind and how many are left."""
    return (found, 0) if len(found) <= most + 1 else (found[:most], len(found) - most)
