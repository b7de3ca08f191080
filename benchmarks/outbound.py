"""What a promise costs beyond its HTTP call, and what the call costs against pooled httpx.

    .venv/bin/python -m benchmarks.outbound [rounds]

In each round, in rotating order and against the same loopback server: the call alone, the naive way (post inside the
request, then one row), and ours (promise, lock, claim, commit before sending, send, record, mirror, history).

The statements and commits are counted by tests/mirror/test_relay_cost.py, whatever the load of the machine.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable

from benchmarks import call
from benchmarks.peer import peer
from config.local import private

ENTRIES = 60


def timed(work: Callable[[], object], times: int) -> float:
    """Return the average seconds per call."""
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times


def measure(rounds: int) -> None:
    """Compare the three ways; Django is imported here, once the environment is set."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from messaging.mirror import account  # noqa: PLC0415
    from messaging.mirror.models import Heartbeat  # noqa: PLC0415
    from messaging.mirror.outbound import outbox, relay  # noqa: PLC0415
    from tollfree.models import VerificationRequest  # noqa: PLC0415

    call_command("migrate", interactive=False, verbosity=0)
    client = account.client()
    body = b'{"businessName": "Example Ltd"}'

    def plain() -> None:
        client.send("POST", "/things", body=body)

    def naive() -> None:
        client.send("POST", "/things", body=body)
        Heartbeat.objects.update_or_create(name="benchmark", defaults={"seen_at": "2026-01-01T00:00:00Z"})

    def ours() -> None:
        row = VerificationRequest.objects.create(business_name="Example Ltd", phone_numbers=["+18885550101"])
        entry = outbox.add(row, "create", requested_by=None)
        start = time.perf_counter()
        relay.relay(entry.pk, client)
        relayed.append(time.perf_counter() - start)

    relayed: list[float] = []
    contestants: dict[str, Callable[[], None]] = {
        "call alone": plain,
        "call and one row": naive,
        "promise kept": ours,
    }
    for work in contestants.values():
        work()
    taken: list[dict[str, float]] = []
    overheads: list[float] = []
    for number in range(rounds):
        names = list(contestants)
        relayed.clear()
        one = {name: timed(contestants[name], ENTRIES) for name in names[number % 3 :] + names[: number % 3]}
        taken.append(one)
        overheads.append(statistics.fmean(relayed) - one["call alone"])
        print("   ".join(f"{name} {one[name] * 1e3:6.2f} ms" for name in names))
    connection.close()
    ratio = statistics.median(one["promise kept"] / one["call and one row"] for one in taken)
    print(f"promise kept / call and one row: {ratio:.2f}")
    print(f"claim and record, beyond the call: {statistics.median(overheads) * 1e3:.2f} ms per entry")


def main(rounds: int) -> None:
    with private.throw_away() as servers, peer() as base_url:
        os.environ |= servers | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PRIVATE": "1",
            "SECRET_KEY": "only for a benchmark",
            "TELNYX_API_KEY": "KEY-invented-for-the-benchmark",
            "TELNYX_BASE_URL": base_url,
            "TELNYX_PUBLIC_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "TELNYX_WRITES_PER_SECOND": "100000",
        }
        measure(rounds)
    call.main(rounds)


if __name__ == "__main__":
    main(max(5, int(sys.argv[1])) if len(sys.argv) > 1 else 7)
