"""How many signed webhooks a second are accepted and durable, against a naive view and a bare one.

    .venv/bin/python -m benchmarks.ingest [rounds] [events]

All run behind the same gunicorn; in each round each takes the same number of events, in rotating order, from a client
that keeps connections and signs beforehand. CPU is that of the server's processes, from /proc.

Tried and left out: letting PostgreSQL bind the values of the one statement, prepared once, where Django writes them
into its text. Alone in a loop it takes this process 225 us instead of 520, but a whole delivery 1,310 us instead of
1,370, and PostgreSQL the same (8 interleaved rounds of 500, two busy cores).
"""

import base64
import os
import re
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

from nacl.encoding import Base64Encoder
from nacl.signing import SigningKey

from benchmarks.drain import bodies
from benchmarks.setting import desk, plain
from config.local.places import ROOT
from config.local.servers import children, free_port, leashed

KEY = SigningKey(b"only for a benchmark, 32 bytes..")
CONNECTIONS = 16
APPS = {
    "ours": "config.wsgi",
    "bare": "benchmarks.rivals",
    "naive": "benchmarks.rivals",
    "kept": "benchmarks.rivals",
}


def requests(count: int) -> list[bytes]:
    """Return whole signed HTTP requests."""
    found = []
    for body in bodies(count):
        stamp = str(int(time.time())).encode()
        signature = base64.b64encode(KEY.sign(stamp + b"|" + body).signature)
        found.append(
            b"POST /webhooks/telnyx/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"telnyx-timestamp: %b\r\ntelnyx-signature-ed25519: %b\r\nContent-Length: %d\r\n\r\n%b"
            % (stamp, signature, len(body), body)
        )
    return found


def is_whole(answer: bytes) -> bool:
    head, _end, body = answer.partition(b"\r\n\r\n")
    if length := re.search(rb"content-length: (\d+)", head, re.IGNORECASE):
        return len(body) >= int(length[1])
    return bool(_end) and body.endswith(b"0\r\n\r\n")  # in chunks


def send_all(port: int, events: list[bytes]) -> tuple[float, list[float], int]:
    """Send every event over kept connections; return the seconds, each answer's seconds, and how many were not 200."""
    selector = selectors.DefaultSelector()
    waiting = iter(events)
    begun: dict[socket.socket, tuple[bytes, float]] = {}
    received: dict[socket.socket, bytes] = {}
    taken: list[float] = []
    started, bad = time.perf_counter(), 0

    def connect() -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        return connection

    def begin(connection: socket.socket, event: bytes | None, at: float | None = None) -> None:
        if event is None:
            selector.unregister(connection)
            connection.close()
            return
        begun[connection] = event, at or time.perf_counter()
        connection.sendall(event)

    for _ in range(min(CONNECTIONS, len(events))):
        begin(connect(), next(waiting))
    while selector.get_map():
        for key, _mask in selector.select():
            connection = cast(socket.socket, key.fileobj)
            answer = received.pop(connection, b"") + (part := connection.recv(65536))
            if part and not is_whole(answer):
                received[connection] = answer  # the head and the body arrive separately
                continue
            event, at = begun.pop(connection)
            if not answer or b"Connection: close" in answer:
                selector.unregister(connection)
                connection.close()
                connection = connect()
            if not answer:  # closed while idle: the server never saw the request
                begin(connection, event, at)
                continue
            taken.append(time.perf_counter() - at)
            bad += not answer.startswith(b"HTTP/1.1 200")
            begin(connection, next(waiting, None))
    return time.perf_counter() - started, taken, bad


def cpu(pid: int) -> float:
    """Return the CPU seconds a process and its children have used so far."""
    total, pids = 0.0, [pid]
    for one in pids:
        pids += children(one)
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


@contextmanager
def server(app: str, *, python: str = sys.executable, **environment: str) -> Iterator[tuple[int, int]]:
    """Run one contestant; yield its port and its process id."""
    port = free_port()
    command = ["gunicorn", app, *plain(app), "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    _ours, *arguments = leashed("-m", *command, "--workers", "2", "--threads", "4", "--keep-alive", "30")
    process = subprocess.Popen(
        [python, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


def prepare_rivals() -> None:
    """Make the tables of the naive view."""
    code = (
        "import benchmarks.rivals as r; from django.db import connection\n"
        "with connection.schema_editor() as e: e.create_model(r.NaiveMessage); e.create_model(r.NaiveChange)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"RIVAL": "kept"}, check=True)


def main(rounds: int, count: int) -> None:
    public = KEY.verify_key.encode(Base64Encoder).decode()
    with desk(TELNYX_PUBLIC_KEYS=public, LOG_LEVEL="ERROR", ALLOWED_HOSTS="127.0.0.1"), ExitStack() as stack:
        prepare_rivals()
        servers = {name: stack.enter_context(server(app, RIVAL=name)) for name, app in APPS.items()}
        for port, _pid in servers.values():
            send_all(port, requests(300))
        rates: list[dict[str, float]] = []
        costs: list[dict[str, float]] = []
        for number in range(rounds):
            order = list(APPS)[number % 4 :] + list(APPS)[: number % 4]
            rate, cost = {}, {}
            for name in order:
                port, pid = servers[name]
                events = requests(count)
                before = cpu(pid)
                seconds, taken, bad = send_all(port, events)
                rate[name], cost[name] = count / seconds, (cpu(pid) - before) / count
                p99 = statistics.quantiles(taken, n=100)[98]
                print(
                    f"{name:6} {rate[name]:7.0f}/s   p99 {p99 * 1e3:6.1f} ms   "
                    f"CPU {cost[name] * 1e6:5.0f} us   not 200: {bad}"
                )
            rates.append(rate)
            costs.append(cost)
        for rival, goal in (("naive", ">= 8"), ("kept", ">= 3"), ("bare", ">= 0.40")):
            ratio = statistics.median(rate["ours"] / rate[rival] for rate in rates)
            print(f"ours / {rival} (goal {goal}): {ratio:.2f}")
        ratio = statistics.median(cost["ours"] / cost["bare"] for cost in costs)
        print(f"CPU ours / bare (goal <= 2.5): {ratio:.2f}")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers + [5, 3000][len(numbers) :]))
