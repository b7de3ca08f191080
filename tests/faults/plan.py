"""What is done to the desk and at Telnyx, in which order and when: all of it follows from the seed.

A step says by a fraction whom it hits, since nobody knows yet which processes and records there will be.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from tests.faults.submissions import CREATES, LISTS

PLAY_SECONDS = 1.5
# A freeze this long outlasts the two seconds after which a worker no longer sends what it took.
FREEZE_SECONDS = (0.3, 3.0)
# A host that is gone comes back after this long.
AWAY_SECONDS = (3.0, 12.0)

# One deck of what is done to the desk. It is shuffled and dealt to its end, then again, so that a minute has each.
TORMENTS: Mapping[str, int] = {
    "worker child killed": 3,
    "web child killed": 2,
    "database connection ended": 2,
    "database backend killed": 1,
    "worker child frozen": 2,
    "web child frozen": 1,
    "worker killed": 1,
    "web killed": 1,
    "beat killed": 1,
    "PostgreSQL killed": 1,
    "Valkey killed": 1,
    "Valkey wiped": 1,
}
# With several hosts, also:
OF_HOSTS: Mapping[str, int] = {"whole host killed": 3}

Spec = dict[str, Any]

# Faults for requests that create something: what the sandbox plays, and how often.
FAULTS: Sequence[tuple[float, Spec]] = (
    (4, {"kind": "store_then_lose"}),
    (2, {"kind": "reset", "when": "before"}),
    (2, {"kind": "reset", "when": "after"}),
    (1, {"kind": "reset", "when": "midway"}),
    (1, {"kind": "truncate"}),
    (2, {"kind": "late_create", "seconds": 2}),
    (2, {"kind": "late_create", "seconds": 8}),
    (1, {"kind": "late_create", "seconds": 1, "status": 504}),
    (2, {"kind": "delay", "seconds": 3, "when": "after"}),
    (1, {"kind": "delay", "seconds": 1, "when": "before"}),
    (1, {"kind": "html"}),
    (1, {"kind": "empty"}),
    (1, {"kind": "status", "status": 500, "store": True}),
    (2, {"kind": "status", "status": 503}),
    (1, {"kind": "status", "status": 422}),
    (2, {"kind": "retry_after", "seconds": 1}),
)
OF_LISTS: Sequence[tuple[float, Spec]] = (
    (1, {"kind": "reset", "when": "before"}),
    (1, {"kind": "status", "status": 503}),
    (1, {"kind": "truncate"}),
)
WEBHOOKS: Sequence[tuple[float, Spec]] = (
    (2, {"action": "repeat"}),
    (1, {"action": "lose"}),
    (1, {"action": "delay", "seconds": 2}),
    (1, {"action": "hold", "count": 2, "then_release": True}),
)


class Step(NamedTuple):
    """One thing that is done: `at` so many seconds after the start, to the one that `which` (0 to 1) points at."""

    at: float
    what: str
    which: float = 0.0
    seconds: float = 0.0
    spec: Spec = {}


class Plan(NamedTuple):
    steps: tuple[Step, ...]

    def fingerprint(self) -> str:
        """Return a few letters that differ for another plan."""
        return hashlib.sha256(repr(self.steps).encode()).hexdigest()[:8]


def make(
    seed: int, seconds: float, *, kill_every: tuple[float, float] | None, is_calm: bool, hosts: int = 1
) -> Plan:
    """Return the plan of a seed."""
    steps = [*torments(Random(f"{seed} torments"), seconds, kill_every, hosts)] if kill_every else []
    if not is_calm:
        steps += telnyx(Random(f"{seed} telnyx"), seconds)
    return Plan(tuple(sorted(steps, key=lambda step: step.at)))


def torments(random: Random, seconds: float, every: tuple[float, float], hosts: int) -> list[Step]:
    cards = Counter(TORMENTS) + Counter(OF_HOSTS if hosts > 1 else {})
    deck: list[str] = []
    steps, at = [], 1.0
    if hosts > 1:
        # However short the run, a host dies in the middle of it.
        steps.append(Step(seconds / 2, "whole host killed", random.random(), random.uniform(*AWAY_SECONDS)))
    while at < seconds:
        if not deck:
            deck = sorted(cards.elements())
            random.shuffle(deck)
        what = deck.pop()
        span = AWAY_SECONDS if what == "whole host killed" else FREEZE_SECONDS
        steps.append(Step(round(at, 2), what, random.random(), round(random.uniform(*span), 2)))
        at += random.uniform(*every)
    return steps


def telnyx(random: Random, seconds: float) -> list[Step]:
    steps, at = [], 0.0
    while at < seconds:
        steps.append(Step(at, "fault", spec=one_of(random, FAULTS) | {"method": "POST", "path": CREATES}))
        if random.random() < 0.3:
            steps.append(Step(at, "fault", spec=one_of(random, OF_LISTS) | {"method": "GET", "path": LISTS}))
        steps.append(Step(at, "review", random.random()))
        if random.random() < 0.2:
            steps.append(Step(at, "webhook", spec=one_of(random, WEBHOOKS)))
        at += PLAY_SECONDS
    return steps


def one_of(random: Random, weighted: Sequence[tuple[float, Spec]]) -> Spec:
    return random.choices([one for _, one in weighted], [weight for weight, _ in weighted])[0]
