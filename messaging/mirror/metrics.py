"""What `/metrics` says, in Prometheus's format: gauges from the rows as they are now, counters from tallies.

Every count stops at `MOST` and reads an index, so a scrape costs the same however much the desk holds.
"""

import json
import logging
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from . import checkup, tallies
from .checkup import Checkup, Level
from .models import Attempt, ClockReading, Heartbeat, OutboxEntry, Pace, RefusedWebhooks, Tally, WebhookEvent

logger = logging.getLogger(__name__)

PREFIX = "telnyx_desk"
MOST = 10_000
MOST_ROWS = 100

ENTRIES = [state for state in OutboxEntry.State if state not in OutboxEntry.ENDED]
EVENTS = [state for state in WebhookEvent.State if state != WebhookEvent.State.DONE]
LEVELS = {Level.OK: 0, Level.LOOK: 1, Level.FAILING: 2}
SIGNS = (Heartbeat.WORKER, Heartbeat.BEAT, Heartbeat.TELNYX_ANSWERED)
# Why a delivery to the webhook's address isn't taken.
CAUSES = tuple(RefusedWebhooks.Cause.values)
LOGIN_CAUSES = ("password", "code", "too_often")

# States are written into the statement: PostgreSQL uses a partial index only where it can see them.
COUNT = "(SELECT count(*) FROM (SELECT 1 FROM {} WHERE state = '{}' LIMIT {}) AS few)"
COUNTS = "SELECT " + ", ".join(
    COUNT.format(table, state.value, MOST)
    for table, states in (("mirror_outboxentry", ENTRIES), ("mirror_webhookevent", EVENTS))
    for state in states
)


def text() -> bytes:
    """Return all metrics. If PostgreSQL is away, say that and what is known without it."""
    tallies.write()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Desk())
    return generate_latest(registry)


class _Desk(Collector):
    """One reading of the desk."""

    def collect(self) -> Iterable[Metric]:
        found = [*_disk()]
        try:
            found += [metric for part in PARTS for metric in part()]
        except (DatabaseError, InterfaceError) as error:
            connection.close()
            logger.error("The metrics could not be read (%s).", type(error).__name__)
            return [*found, _gauge("database_up", "1 while PostgreSQL answers", 0)]
        return [*found, _gauge("database_up", "1 while PostgreSQL answers", 1)]


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", f"{help}.", value=value)


def _gauges(name: str, help: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    metric = GaugeMetricFamily(f"{PREFIX}_{name}", f"{help}.", labels=[label])
    for labelled, value in values:
        metric.add_metric([labelled], value)
    return metric


def _disk() -> Iterator[Metric]:
    try:
        free = shutil.disk_usage(checkup.existing(Path(settings.DOCUMENTS_ROOT))).free
    except OSError:
        free = 0
    yield _gauge(
        "documents_free_bytes", "Bytes that are free on the disk of DOCUMENTS_ROOT, seen from web", free
    )


def _states() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        counts = iter(cursor.fetchone())
    many = f"counted up to {MOST}"
    for name, what, states in (
        ("outbox_entries", "Requests to Telnyx that have not ended", ENTRIES),
        ("inbox_events", "Webhook events that are not simply done", EVENTS),
    ):
        yield _gauges(name, f"{what}, by state, {many}", "state", [(str(s), next(counts)) for s in states])


def _health() -> Iterator[Metric]:
    now = Checkup()
    found = now.found

    def age(at: datetime | None) -> float:
        return max((found.at - at).total_seconds(), 0.0) if at else 0.0

    yield _gauge(
        "outbox_oldest_due_seconds",
        "How long the oldest request that is due has waited; 0 if none is due",
        age(found.oldest_entry),
    )
    yield _gauge(
        "inbox_lag_seconds",
        "How long the oldest webhook event that is due has waited for processing; 0 if none is due",
        age(found.oldest_event),
    )
    yield _gauge(
        "breaker_closed",
        "1 while nothing is sent because Telnyx refuses the API key",
        int(found.key_refused_at is not None),
    )
    yield _gauges(
        "sign_of_life_age_seconds",
        "Seconds since any worker or beat was at work, and since Telnyx last did what was asked",
        "process",
        [(name, age(now.seen[name])) for name in SIGNS if name in now.seen],
    )
    yield _gauges(
        "part_state",
        "What Health and /readyz say of each part: 0 works, 1 deserves a look, 2 fails",
        "part",
        [(part.name, LEVELS[part.level]) for part in now.parts],
    )
    readings = ClockReading.objects.order_by("-read_at")[:MOST_ROWS]
    hosts = [(reading.name, age(reading.read_at), reading.ahead) for reading in readings]
    yield _gauges(
        "process_seen_age_seconds",
        "Seconds since the processes of a kind on a host last said what their clock shows, every half minute",
        "process",
        [(name, seen) for name, seen, _ahead in hosts],
    )
    yield _gauges(
        "clock_ahead_seconds",
        "Seconds by which a clock was ahead of PostgreSQL's when it was last read",
        "process",
        [(name, ahead) for name, _seen, ahead in hosts],
    )
    paused = Pace.objects.filter(paused_until__gt=found.at).order_by("endpoint")[:MOST_ROWS]
    yield _gauges(
        "pace_paused_seconds",
        "Seconds until requests of a kind go on, because Telnyx asked us to slow down",
        "endpoint",
        [(row.endpoint, (row.paused_until - found.at).total_seconds()) for row in paused if row.paused_until],
    )


def _counters() -> Iterator[Metric]:
    tallied: dict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for name, labels, value in Tally.objects.order_by("name", "labels").values_list(
        "name", "labels", "value"
    ):
        tallied[name][tuple(json.loads(labels))] = value

    def counter(name: str, help: str, label: str, known: Iterable[str]) -> Metric:
        metric = CounterMetricFamily(f"{PREFIX}_{name}", f"{help}.", labels=[label])
        for labels, value in (dict.fromkeys(((each,) for each in known), 0.0) | tallied[name]).items():
            metric.add_metric(list(labels), value)
        return metric

    received = tallied[tallies.WEBHOOKS].get((), 0.0)
    yield CounterMetricFamily(
        f"{PREFIX}_{tallies.WEBHOOKS}",
        "Deliveries of webhooks that were taken and answered 200.",
        value=received,
    )
    yield counter(
        tallies.WEBHOOKS_REFUSED,
        "Deliveries to the webhook's address that were not answered 200",
        "cause",
        CAUSES,
    )
    yield counter(
        tallies.ATTEMPTS, "Tries to send a request or to look one up", "outcome", map(str, Attempt.Outcome)
    )
    yield counter(
        tallies.FAILED_LOGINS, "Passwords and codes that were wrong or too many", "cause", LOGIN_CAUSES
    )
    yield _calls(tallied)


def _calls(tallied: dict[str, dict[tuple[str, ...], float]]) -> Metric:
    metric = HistogramMetricFamily(
        f"{PREFIX}_call_duration_seconds",
        "How long calls to Telnyx took, by endpoint and class of status; none is a call without an answer.",
        labels=["endpoint", "status"],
    )
    for (endpoint, status), seconds in tallied[tallies.CALL_SECONDS].items():
        so_far, buckets = 0.0, []
        for bound in (*map(str, tallies.BUCKETS), "+Inf"):
            so_far += tallied[tallies.CALLS].get((endpoint, status, bound), 0.0)
            buckets.append((bound, so_far))
        metric.add_metric([endpoint, status], buckets=buckets, sum_value=seconds)
    return metric


PARTS: tuple[Callable[[], Iterator[Metric]], ...] = (_states, _health, _counters)
