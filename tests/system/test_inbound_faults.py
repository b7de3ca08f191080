"""Webhooks sent to real processes: what was answered with 200 is committed, whatever dies."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import psycopg
import pytest

from tests.messaging.bodies import message_event, outbound
from tests.signing import WEBHOOK, event
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.system]

COUNT = "SELECT count(*)::int, coalesce(sum(deliveries), 0)::int FROM mirror_webhookevent"


def deliver(stack: Stack, body: dict) -> int | None:
    """Make the sandbox sign and post `body`; return None if no answer came."""
    return stack.sandbox.send_webhook(body, url=f"{stack.url}{WEBHOOK}")["status"]


def message() -> dict:
    return message_event("sent", outbound())


@pytest.mark.parametrize("failpoint", ["webhook_before_insert", "webhook_before_answer"])
@pytest.mark.promise("X45")
def test_a_kill_around_the_commit_loses_no_event(stack, failpoint):
    stack.start("web", FAILPOINT=f"{failpoint}:kill9")
    body = event()

    assert deliver(stack, body) is None
    stack.web.kill()
    stack.start("web")
    assert deliver(stack, body) == 200

    rows, deliveries = stack.sql(COUNT)[0]
    assert rows == 1
    assert deliveries == (2 if failpoint == "webhook_before_answer" else 1)


@pytest.mark.promise("X45")
def test_a_kill_while_the_row_is_written_is_not_answered_with_200(stack):
    stack.start("web")
    body = event()
    with closing(psycopg.connect(stack.database_url)) as blocker, ThreadPoolExecutor(1) as threads:
        blocker.execute("LOCK TABLE mirror_webhookevent IN ACCESS EXCLUSIVE MODE")
        answer = threads.submit(deliver, stack, body)
        wait_until(lambda: waiting_inserts(stack), 5, "the INSERT waits for the lock")
        stack.web.kill()
        assert answer.result() is None
    stack.start("web")

    assert deliver(stack, body) == 200

    assert stack.sql(COUNT)[0][0] == 1


def waiting_inserts(stack: Stack) -> int:
    return stack.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND query LIKE '%INSERT INTO mirror_webhook%' AND pid <> pg_backend_pid()"
    )[0][0]


@pytest.mark.long
@pytest.mark.promise("X54")
def test_without_postgresql_telnyx_is_asked_to_try_again(private_postgres, stack):
    stack.start("web")
    body = event()
    assert deliver(stack, event()) == 200
    private_postgres.stop()

    started = time.monotonic()
    assert deliver(stack, body) == 503
    assert time.monotonic() - started < 1.8

    private_postgres.start()
    assert deliver(stack, body) == 200
    assert stack.sql(COUNT)[0][0] == 2


@pytest.mark.long
@pytest.mark.promise("X55")
def test_a_frozen_postgresql_is_not_answered_with_200_and_the_desk_recovers_soon_after(
    private_postgres, stack
):
    stack.start("web")
    assert deliver(stack, message()) == 200
    private_postgres.freeze()
    try:
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: deliver(stack, message()), range(8)))
    finally:
        private_postgres.thaw()

    assert 200 not in answers
    late = message()
    wait_until(lambda: deliver(stack, late) == 200, 10, "webhooks are taken again")
    ids = {id for (id,) in stack.sql("SELECT dedupe_key FROM mirror_webhookevent")}
    assert late["data"]["id"] in ids


DISK_FULL = """
CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER no_space BEFORE INSERT ON mirror_webhookevent EXECUTE FUNCTION no_space()
"""


@pytest.mark.parametrize(
    ("breaks", "mends"),
    [
        (
            "ALTER ROLE CURRENT_USER SET default_transaction_read_only = on",
            "ALTER ROLE CURRENT_USER RESET ALL",
        ),
        (DISK_FULL, "DROP TRIGGER no_space ON mirror_webhookevent"),
    ],
    ids=["read-only", "disk full"],
)
@pytest.mark.long
@pytest.mark.promise("X57")
def test_a_postgresql_that_cannot_write_makes_telnyx_try_again(private_postgres, stack, breaks, mends):
    stack.sql(breaks)
    stack.start("web")
    body = message()

    assert [deliver(stack, body) for _ in range(3)] == [503] * 3
    assert "could not be stored" in stack.web.log_text()

    stack.sql(f"BEGIN READ WRITE; {mends}; COMMIT")
    stack.web.kill()
    stack.start("web")
    assert deliver(stack, body) == 200
    assert stack.sql(COUNT)[0] == (1, 1)


@pytest.mark.long
@pytest.mark.promise("X57")
def test_a_postgresql_with_no_connection_left_makes_telnyx_try_again(private_postgres, stack):
    stack.start("web")
    body = message()
    taken: list[psycopg.Connection] = []
    try:
        with suppress(psycopg.OperationalError):
            while len(taken) < 500:
                taken.append(psycopg.connect(stack.database_url.replace("postgres://", "postgresql://", 1)))
        assert len(taken) < 500

        assert deliver(stack, body) == 503
    finally:
        for connection in taken:
            connection.close()

    wait_until(lambda: deliver(stack, body) == 200, 10, "webhooks are taken again")


@pytest.mark.long
@pytest.mark.promise("X56")
def test_a_restart_of_postgresql_costs_no_delivery(private_postgres, stack):
    stack.start("web")
    warm = [deliver(stack, event()) for _ in range(16)]
    private_postgres.stop()
    private_postgres.start()

    with ThreadPoolExecutor(4) as threads:
        after = list(threads.map(lambda _: deliver(stack, event()), range(40)))

    assert warm == [200] * 16
    assert after == [200] * 40
    assert stack.sql(COUNT)[0][0] == 56


@pytest.mark.long
@pytest.mark.promise("X58")
def test_taking_a_webhook_does_not_depend_on_redis(private_valkey, stack):
    stack.start("web")
    durations = {}
    for state, change in (
        ("up", lambda: None),
        ("frozen", private_valkey.freeze),
        ("gone", private_valkey.kill),
    ):
        change()
        started = time.monotonic()
        assert [deliver(stack, event()) for _ in range(10)] == [200] * 10
        durations[state] = time.monotonic() - started

    assert max(durations.values()) < 2
    assert stack.sql(COUNT)[0][0] == 30


def raw_post(stack: Stack, head: str, body: bytes = b"") -> int | None:
    """Send a request as it is and return the status; None if the connection ends or stays silent."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=5) as connection:
        connection.sendall(f"POST {WEBHOOK} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n".encode())
        with suppress(OSError):
            connection.sendall(body)
        try:
            line = connection.makefile("rb").readline()
        except OSError:
            return None
    return int(line.split()[1]) if line else None


@pytest.mark.parametrize("size", [10 << 20, (1 << 20) + 1])
@pytest.mark.long
@pytest.mark.promise("X59")
def test_a_body_over_the_limit_is_refused_by_its_length(stack, size):
    stack.start("web")

    assert raw_post(stack, f"Content-Length: {size}\r\n", b"x" * 65536) == 413
    assert stack.sql(COUNT)[0][0] == 0


@pytest.mark.long
@pytest.mark.promise("X59")
def test_no_length_a_lying_length_and_gzip_are_each_answered_safely(stack):
    stack.start("web")

    assert raw_post(stack, "") == 411
    assert raw_post(stack, "Transfer-Encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n") == 411
    assert raw_post(stack, "Content-Length: 500\r\n", b"{}") in (None, 400)
    gzipped = {"Content-Encoding": "gzip"}
    assert stack.sandbox.send_webhook(event(), url=f"{stack.url}{WEBHOOK}", headers=gzipped)["status"] == 200
    assert stack.sql(COUNT)[0][0] == 1


@pytest.mark.long
@pytest.mark.promise("X60")
def test_slow_senders_do_not_stop_the_others_behind_a_buffering_proxy(stack):
    """The README asks for a proxy that reads a whole request before it passes it on. This one does."""
    stack.start("web")
    proxy = subprocess.Popen(
        [sys.executable, "-m", "tests.system.buffering_proxy", str(stack.port)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    try:
        assert proxy.stdout
        port = int(proxy.stdout.readline())
        slow = [slow_sender(port) for _ in range(50)]
        started = time.monotonic()
        status = stack.sandbox.send_webhook(event(), url=f"http://127.0.0.1:{port}{WEBHOOK}")["status"]
        assert (status, time.monotonic() - started < 2) == (200, True)
        for connection in slow:
            connection.close()
    finally:
        proxy.kill()
        proxy.wait()


def slow_sender(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.sendall(f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{{".encode())
    return connection
