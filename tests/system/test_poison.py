"""An event that raises, kills its process or never ends, between a thousand good ones."""

import json
import signal
import subprocess
import sys
import time
import uuid

import pytest

from config.local.places import ROOT
from tests.messaging.bodies import message_event, outbound
from tests.stack import run_sql

pytestmark = pytest.mark.system

GOOD = 1000
ATTEMPTS = 6

# A drain as the worker runs it, with a handler that does what the event asks.
DRAIN = """
import os, signal, sys, time, django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from messaging.mirror import webhooks

@webhooks.batch_handler(lambda data: data.get("event_type") == "test.poison")
def poison(batch):
    how = batch[0][1]["payload"]["how"]
    if how == "raise":
        raise RuntimeError("poison")
    if how == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    print("hangs", flush=True)
    time.sleep(1000)

print(webhooks.drain(seconds=60), flush=True)
"""

STORE = """
INSERT INTO mirror_webhookevent (dedupe_key, data_sha256, event_type, received_at, last_received_at, deliveries,
       key_fingerprint, callback_token, body, state, not_before, attempts_made, error)
SELECT gen_random_uuid()::text, '', '', now(), now(), 1, '', '', convert_to(body, 'UTF8'), 'pending', now(), 0, ''
  FROM unnest(%s::text[]) WITH ORDINALITY AS t(body, n) ORDER BY n
"""


def drain(stack) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DRAIN],
        cwd=ROOT,
        env=stack.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def run(stack) -> None:
    """Let one process drain. One that never ends is killed, as the time limit of a worker does."""
    process = drain(stack)
    line = process.stdout.readline()
    if line.startswith("hangs"):
        process.send_signal(signal.SIGKILL)
    process.wait(90)


@pytest.mark.parametrize("how", ["raise", "segfault", "hang"])
@pytest.mark.long
@pytest.mark.promise("X64")
def test_poison_delays_nobody_and_ends_dead(stack, how):
    events = [message_event("sent", outbound()) for _ in range(GOOD)]
    events.insert(
        GOOD // 2, {"data": {"event_type": "test.poison", "id": str(uuid.uuid4()), "payload": {"how": how}}}
    )
    run_sql(stack.database_url, STORE, [json.dumps(event) for event in events])

    started = time.monotonic()
    for _ in range(
        3
    ):  # one process dies of the batch, the next one of the event alone, and the third does the rest
        run(stack)
    taken = time.monotonic() - started

    [(good,)] = stack.sql("SELECT count(*) FROM messaging_message")
    assert good == GOOD
    assert taken < 60
    for _ in range(ATTEMPTS):
        stack.sql("UPDATE mirror_webhookevent SET not_before = now() WHERE state = 'pending'")
        for _ in range(2):  # one dies of it, the next one counts that
            run(stack)
    left = stack.sql("SELECT state, error FROM mirror_webhookevent WHERE state <> 'done'")
    assert [state for state, _error in left] == ["dead"]
    assert stack.sql("SELECT count(*) FROM mirror_drainround") == [(0,)]
