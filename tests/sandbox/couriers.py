"""Delivers webhooks with a few threads, each of which keeps its connections open between deliveries."""

import http.client
import queue
import select
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from .contract import load

TIMEOUT: float = load("webhooks")["delivery"]["timeout_seconds"]
MOST_AT_ONCE = 32
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ANSWER_KEPT = 2000
# A longer answer is not read to the end; its connection is closed instead.
ANSWER_READ = 100_000

Result = dict[str, Any]


class Connections:
    """Open connections of one thread, by host. No proxy is used, and a redirect is an answer like any other."""

    def __init__(self) -> None:
        self.open: dict[str, http.client.HTTPConnection] = {}

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Result:
        """POST and return what came back; `status` is None if nothing did.

        Raises ValueError if the address is not on this machine.
        """
        if not is_loopback(url):
            raise ValueError("webhooks are only sent to loopback addresses")
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        started = time.monotonic()
        status, answer, failure = None, "", None
        try:
            status, answer = self.exchange(parts.netloc, path, body, headers)
        except (OSError, http.client.HTTPException, ValueError) as failed:
            failure = type(failed).__name__ + (f": {failed}" if str(failed) else "")
            self.drop(parts.netloc)
        return {
            "status": status,
            "answer": answer,
            "error": failure,
            "milliseconds": round((time.monotonic() - started) * 1000),
        }

    def exchange(self, host: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        connection = self.connection(host)
        connection.request("POST", path, body, {"Content-Type": "application/json"} | headers)
        response = connection.getresponse()
        answer = response.read(ANSWER_KEPT)
        response.read(ANSWER_READ)
        if not response.isclosed():
            self.drop(host)
        return response.status, answer.decode("utf-8", "replace")

    def connection(self, host: str) -> http.client.HTTPConnection:
        """Return a connection that the other side has not closed."""
        found = self.open.get(host)
        if found is not None and found.sock is not None and not is_readable(found):
            return found
        self.drop(host)
        self.open[host] = http.client.HTTPConnection(host, timeout=TIMEOUT)
        return self.open[host]

    def drop(self, host: str) -> None:
        if connection := self.open.pop(host, None):
            connection.close()

    def close(self) -> None:
        for host in list(self.open):
            self.drop(host)


Job = Callable[[Connections], object]


class Couriers:
    """Does jobs in the background, at most MOST_AT_ONCE at a time. Threads are started as needed."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self.idle = threading.Semaphore(0)
        self.lock = threading.Lock()
        self.threads = 0

    def do(self, job: Job) -> None:
        self.jobs.put(job)
        if self.idle.acquire(blocking=False):
            return
        with self.lock:
            if self.threads < MOST_AT_ONCE:
                self.threads += 1
                threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        connections = Connections()
        while True:
            self.jobs.get()(connections)
            self.idle.release()


def is_readable(connection: http.client.HTTPConnection) -> bool:
    """Return True if there is something to read although nothing was sent: the other side closed."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


def is_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and parts.hostname in LOOPBACK
    except ValueError:
        return False
