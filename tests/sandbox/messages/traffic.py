"""A busy account: messages that other systems send through it, and people's answers."""

import random
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

from ..numbers import OWNED
from .facts import LATER
from .handsets import Handsets
from .script import DELIVERED, Outcome
from .shapes import outbound
from .text import measure
from .world import BY_OTHERS, World

TICK_SECONDS = 0.05
OPEN_CONVERSATIONS = 500
# Out of a hundred people who answer.
OPT_OUTS = 2
AREAS = ("205", "303", "404", "503", "615", "702", "808", "919", "231", "512")
HANDSETS = [f"+1{area}55501{line:02}" for area in AREAS for line in range(100)]

# What a business writes, and what people answer to it.
CONVERSATIONS = [
    (
        "Larkspur Dental: see you on {day} at {hour}:00. Reply C to confirm.",
        ["C", "c", "Can we make it later?"],
    ),
    ("Northwind: order {number} is ready for pickup.", ["Great, thanks", "How late are you open?"]),
    (
        "Northwind: order {number} left our warehouse. Track it: https://shop.example.com/t/{number}",
        ["👍", "Thanks!"],
    ),
    ("Your Fernhill code is {number}. Do not share it with anyone.", []),
    (
        "Birch & Sons: the engineer arrives on {day} between {hour} and {hour}:45.",
        ["Nobody's home then", "OK"],
    ),
    ("Maple Clinic: your results are in your portal. Reply HELP for help.", ["HELP", "Thank you"]),
    ("Harbor Gym: your class on {day} is canceled. Sorry!", ["Oh no. Will it be rescheduled?", "ok"]),
    (
        "Quince Market: 20% off apples until {day}. https://quince.example.com/a Reply STOP to opt out.",
        ["Nice"],
    ),
    (
        "Oakline Bank: a payment of ${number}.00 was made with your card. Not you? Call us.",
        ["It was me", "NOT ME"],
    ),
    ("Café Lumière: votre table est prête à {hour} h. À bientôt !", ["Merci", "Nous serons cinq"]),
    ("How was your visit, from 1 to 5? Your feedback helps us.", ["5", "4", "3, the wait was long", "1"]),
]
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass
class Plan:
    """`per_second` counts webhooks: two for an outbound message, one for an inbound message."""

    per_second: float
    seconds: float | None = None
    failing: float = 0.08
    codes: list[str] = field(default_factory=lambda: ["40001", "40002", "40008", "40012"])
    inbound: float = 0.25
    profile: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.per_second <= 2000:
            raise ValueError("per_second must be more than 0 and at most 2000")
        for name in ("failing", "inbound"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be a share between 0 and 1")
        if not self.codes or set(self.codes) - set(LATER):
            raise ValueError(f"codes must be some of {', '.join(LATER)}")


class Traffic:
    def __init__(self, world: World, handsets: Handsets) -> None:
        self.world = world
        self.handsets = handsets
        self.first: Plan | None = None
        self.plan: Plan | None = None
        self.events = 0
        self.dice = random.Random()
        self.waiting: deque[tuple[str, str, str]] = deque(maxlen=OPEN_CONVERSATIONS)
        self.turn = 0

    def start(self, plan: Plan) -> None:
        """Start, or switch to this plan."""
        with self.world.state.lock:
            self.plan, self.events, self.turn = plan, 0, self.turn + 1
            self.senders = senders(plan.profile)
            self.began = self.last = time.monotonic()
            self.budget = 0.0
            self.next_tick(self.turn)

    def stop(self) -> None:
        with self.world.state.lock:
            self.plan, self.turn = None, self.turn + 1

    def reset(self) -> None:
        """Forget conversations. Go on only if the sandbox was started with traffic."""
        self.waiting.clear()
        self.stop()
        if self.first:
            self.start(self.first)

    def shown(self) -> dict[str, Any]:
        return {"running": self.plan is not None, "events": self.events} | (
            asdict(self.plan) if self.plan else {}
        )

    def next_tick(self, turn: int) -> None:
        self.world.sender.clock.after(TICK_SECONDS, lambda: self.tick(turn))

    def tick(self, turn: int) -> None:
        """Make as many messages as are due since the last tick."""
        with self.world.state.lock:
            if turn != self.turn or self.plan is None:
                return
            now = time.monotonic()
            # What the machine missed during a pause is not made up for.
            self.budget += self.plan.per_second * min(now - self.last, 1.0)
            self.last = now
            while self.budget >= 1:
                made = self.one(self.plan)
                self.budget -= made
                self.events += made
            if self.plan.seconds is not None and now - self.began >= self.plan.seconds:
                self.plan = None
            else:
                self.next_tick(turn)

    def one(self, plan: Plan) -> int:
        """Make one message and return how many webhooks it brings."""
        if self.waiting and self.dice.random() < plan.inbound * 2 / (1 + plan.inbound):
            return self.answer()
        return self.write(plan)

    def write(self, plan: Plan) -> int:
        number, handset = self.dice.choice(self.senders), self.dice.choice(HANDSETS)
        if self.world.is_opted_out(number["messaging_profile_id"], handset):
            self.handsets.receive(handset, number["phone_number"], "START", origin=BY_OTHERS)
            return 1
        template, answers = self.dice.choice(CONVERSATIONS)
        text = template.format(
            day=self.dice.choice(DAYS), hour=self.dice.randint(9, 17), number=self.dice.randint(10000, 99999)
        )
        profile = self.world.profile(number["messaging_profile_id"]) or {}
        payload = outbound(
            now=self.world.state.now(),
            type="SMS",
            sender=number["phone_number"],
            to=[handset],
            profile_id=number["messaging_profile_id"],
            text=text,
            measured=measure(text),
            media=[],
            subject=None,
            urls=(profile.get("webhook_url"), profile.get("webhook_failover_url")),
            registered=number["type"] == "long-code",
        )
        fails = self.dice.random() < plan.failing
        outcome = Outcome("delivery_failed", self.dice.choice(plan.codes)) if fails else DELIVERED
        self.world.accept(payload, origin=BY_OTHERS, outcome=outcome)
        if answers and not fails:
            self.waiting.append((handset, number["phone_number"], self.dice.choice(answers)))
        return 2

    def answer(self) -> int:
        handset, number, text = self.waiting.popleft()
        if self.dice.randrange(100) < OPT_OUTS:
            text = "STOP"
        self.handsets.receive(handset, number, text, origin=BY_OTHERS)
        return 1


def senders(profile: str | None) -> list[dict[str, Any]]:
    """Return the numbers that traffic uses: those of one profile, or all that have a profile."""
    found = [
        entry
        for entry in OWNED
        if entry["messaging_profile_id"]
        and entry["verified"]
        and profile in (None, entry["messaging_profile_id"])
    ]
    if not found:
        raise ValueError("the profile has no numbers")
    return found
