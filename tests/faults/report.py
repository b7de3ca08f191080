"""The figures of several seeds: one line for each, a total after each, and a file from which a run goes on."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults.verdict import Verdict


@dataclass
class Figures:
    """What came of a seed, or of several."""

    seed: int
    conditions: str = ""
    plan: str = ""
    promised: int = 0
    lost: int = 0
    duplicated: int = 0
    for_a_person: dict[str, int] = field(default_factory=dict)
    wrong_status: int = 0
    settled_in: float = 0.0
    seconds: float = 0.0
    torments: int = 0
    faults: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        left = sum(self.for_a_person.values())
        return (
            f"{name:>8}  {self.promised:8}  {self.lost:4}  {self.duplicated:10}  {left:8}  {self.wrong_status:12}"
            f"  {self.settled_in:7.0f}  {self.torments:5}  {self.faults:6}  {len(self.problems) or 'none'}"
        )


HEAD = "    seed  promised  lost  duplicated  a person  wrong status  settled  kills  faults  problems"


def of(found: Verdict, seed: int, conditions: str, plan: str) -> Figures:
    return Figures(
        seed,
        conditions,
        plan,
        promised=found.promised(),
        lost=found.count("lost"),
        duplicated=found.count("duplicated"),
        for_a_person=dict(found.for_a_person()),
        wrong_status=len(found.statuses),
        settled_in=found.settled_in,
        seconds=found.seconds,
        torments=sum(found.torments.values()),
        faults=sum(found.faults.values()),
        kinds=dict(Counter(case.submission.kind for case in found.cases)),
        problems=found.problems(),
    )


def total(figures: list[Figures]) -> Figures:
    """Return the sum. The time to settle is the longest."""
    people: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for one in figures:
        people.update(one.for_a_person)
        kinds.update(one.kinds)
    return Figures(
        seed=len(figures),
        promised=sum(one.promised for one in figures),
        lost=sum(one.lost for one in figures),
        duplicated=sum(one.duplicated for one in figures),
        for_a_person=dict(people),
        wrong_status=sum(one.wrong_status for one in figures),
        settled_in=max((one.settled_in for one in figures), default=0.0),
        seconds=sum(one.seconds for one in figures),
        torments=sum(one.torments for one in figures),
        faults=sum(one.faults for one in figures),
        kinds=dict(kinds),
        problems=[problem for one in figures for problem in one.problems],
    )


def read(path: Path | None, conditions: str) -> list[Figures]:
    """Return what an earlier run under the same conditions wrote."""
    if not path or not path.exists():
        return []
    found = [Figures(**json.loads(line)) for line in path.read_text().splitlines() if line.strip()]
    return [one for one in found if one.conditions == conditions]


def write(path: Path | None, figures: Figures) -> None:
    """Add the line of a seed."""
    if path:
        with path.open("a") as file:
            file.write(json.dumps(asdict(figures)) + "\n")


def words(figures: list[Figures]) -> str:
    """Return the table of all seeds so far."""
    whole = total(figures)
    lines = ["", HEAD, *(one.line(str(one.seed)) for one in figures), whole.line(f"{len(figures)} in all")]
    lines += [f"  left for a person, {n}: {reason}" for reason, n in whole.for_a_person.items()]
    lines.append(f"  of each kind: {', '.join(f'{n} {kind}' for kind, n in sorted(whole.kinds.items()))}")
    return "\n".join(lines)
