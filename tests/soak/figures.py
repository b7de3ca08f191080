"""What a soak measured, and what of it is wrong."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_GROWTH = 0.05
# PostgreSQL: a thread of web, a process of the worker and beat have one each, and what counts for /metrics another.
# Valkey: the same processes, with Celery's pools.
MOST_CONNECTIONS = 40
# How much of the time at either end is compared.
SPAN_SECONDS = 60.0


@dataclass
class Sample:
    """One look at everything."""

    at: float
    rss: dict[str, int]  # bytes of all processes of a role together
    database: int
    broker: int


@dataclass
class Figures:
    minutes: float
    rate: float
    warm_up: float
    samples: list[Sample] = field(default_factory=list)
    webhooks: list[float] = field(default_factory=list)  # seconds until the answer
    pages: list[float] = field(default_factory=list)
    repeated: Counter[str] = field(default_factory=Counter)  # deliveries that the sender had to try again
    failed_pages: Counter[str] = field(default_factory=Counter)
    left_over: int = 0
    sent: int = 0  # events that the sandbox made
    events: int = 0  # and those that are in the inbox
    messages: int = 0
    emptied_in: float = 0.0
    cpu: dict[str, float] = field(
        default_factory=dict
    )  # seconds of the processes of a role, PostgreSQL's too
    database_bytes: int = 0  # by how much the database grew

    def is_judged(self) -> bool:
        """Return True if the run was long enough to compare the memory at its end with that after the warm-up."""
        return self.minutes * 60 >= self.warm_up * 60 + 2 * SPAN_SECONDS

    def growth(self) -> dict[str, tuple[float, float]]:
        """Return the megabytes of each role after the warm-up and at the end."""
        start = self.warm_up * 60 if self.is_judged() else 0.0
        end = self.samples[-1].at
        early = [one for one in self.samples if start <= one.at <= start + SPAN_SECONDS]
        late = [one for one in self.samples if one.at >= end - SPAN_SECONDS]
        roles = self.samples[-1].rss
        return {role: (megabytes(early, role), megabytes(late, role)) for role in roles}

    def problems(self) -> list[str]:
        """Return a line for everything that is not as it should be."""
        found = [
            f"{role} grew from {early:.0f} to {late:.0f} MB"
            for role, (early, late) in self.growth().items()
            if self.is_judged() and late > early * (1 + MOST_GROWTH)
        ]
        for name, most in (("PostgreSQL", self.most_database()), ("Valkey", self.most_broker())):
            if most > MOST_CONNECTIONS:
                found.append(f"{most} connections to {name}, more than {MOST_CONNECTIONS}")
        if self.events < self.sent:
            found.append(f"{self.sent - self.events} of {self.sent} events are not in the inbox")
        found += [f"{n} pages: {what}" for what, n in self.failed_pages.items()]
        return found + ([f"{self.left_over} events were not processed"] if self.left_over else [])

    def most_database(self) -> int:
        return max(one.database for one in self.samples)

    def most_broker(self) -> int:
        return max(one.broker for one in self.samples)

    def words(self) -> str:
        lines = ["", f"{self.minutes:g} minutes at {self.rate:g} webhooks a second, three people browsing"]
        lines += [f"  {'memory, MB':24}{'after warm-up':>16}{'at the end':>16}{'growth':>10}"]
        for role, (early, late) in sorted(self.growth().items()):
            lines.append(f"  {role:24}{early:16.1f}{late:16.1f}{late / early - 1:10.1%}")
        if not self.is_judged():
            lines.append("  (too short to judge growth; the first and the last minute are shown)")
        lines.append(
            f"  connections, most: {self.most_database()} to PostgreSQL, {self.most_broker()} to Valkey"
        )
        lines += [timing("webhooks", self.webhooks), timing("pages", self.pages)]
        lines += [f"  tried again by the sender, {n}: {what}" for what, n in self.repeated.items()]
        lines.append(
            f"  {self.events} events, {self.messages} messages; all processed {self.emptied_in:.1f} s after the last"
        )
        if self.events:
            used = ", ".join(
                f"{role} {seconds / self.events * 1000:.2f}" for role, seconds in self.cpu.items()
            )
            lines.append(f"  milliseconds of CPU for each event, browsing included: {used}")
            lines.append(
                f"  the database grew by {self.database_bytes / self.events / 1024:.2f} kB for each event"
            )
        found = self.problems()
        return "\n".join(
            [*lines, *(f"BROKEN  {one}" for one in found), "" if found else "All stayed as it was."]
        )

    def summary(self) -> dict[str, object]:
        """Return the figures without the single measurements."""
        return {
            "minutes": self.minutes,
            "rate": self.rate,
            "megabytes": self.growth(),
            "is_judged": self.is_judged(),
            "connections": {"postgresql": self.most_database(), "valkey": self.most_broker()},
            "webhooks": {"count": len(self.webhooks), "p99_ms": p99(self.webhooks)},
            "pages": {"count": len(self.pages), "p99_ms": p99(self.pages)},
            "sent": self.sent,
            "repeated": self.repeated.total(),
            "events": self.events,
            "messages": self.messages,
            "emptied_in": self.emptied_in,
            "cpu_seconds": self.cpu,
            "database_bytes": self.database_bytes,
            "problems": self.problems(),
        }


def megabytes(samples: Sequence[Sample], role: str) -> float:
    return statistics.median(one.rss.get(role, 0) for one in samples) / 2**20


def p99(seconds: Sequence[float]) -> float:
    return round(statistics.quantiles(seconds, n=100)[98] * 1000, 1) if len(seconds) > 1 else 0.0


def timing(name: str, seconds: Sequence[float]) -> str:
    middle = statistics.median(seconds) * 1000 if seconds else 0.0
    worst = max(seconds, default=0.0) * 1000
    return f"  {name}: {len(seconds)} timed, median {middle:.0f} ms, p99 {p99(seconds):.0f} ms, worst {worst:.0f} ms"
