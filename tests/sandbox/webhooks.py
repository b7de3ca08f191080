"""Sends signed webhooks, and spoils the next ones on demand."""

import copy
import http.client
import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import deque
from typing import Any
from urllib.parse import urlsplit

from .contract import load
from .signing import Keys
from .state import Record, State

DELIVERY = load("webhooks")["delivery"]
ATTEMPTS: int = DELIVERY["attempts_per_url"]
TIMEOUT: float = DELIVERY["timeout_seconds"]
BACKOFF: list[float] = load("webhooks")["backoff_seconds"]["value"]
STALE_SECONDS = 3600
MOST_AT_ONCE = 32

LOOPBACK = ("127.0.0.1", "localhost", "::1")

ACTIONS = {
    "lose": "is never sent",
    "repeat": "is sent twice",
    "delay": "is sent some seconds later",
    "hold": "waits until it is released; released ones go out last one first",
    "missign": "is signed with a key that nobody trusts",
    "stale": "carries a timestamp an hour old, correctly signed",
}


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A 3xx is a failed delivery."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


# Without a ProxyHandler of its own urllib would read http_proxy from the environment.
opener = urllib.request.build_opener(NoRedirects, urllib.request.ProxyHandler({}))


class Sender:
    """Delivers events to loopback addresses and writes down every attempt."""

    def __init__(self, state: State, keys: Keys, default_url: str | None) -> None:
        self.state = state
        self.keys = keys
        self.default_url = default_url
        self.next_actions: deque[Record] = deque()
        self.held: list[Record] = []
        self.slots = threading.BoundedSemaphore(MOST_AT_ONCE)

    # What the world asks for.

    def send(self, event_type: str, occurred_at: str, payload: dict[str, Any], url: str | None) -> None:
        """Deliver an event in the background, spoiled as the next planned action says."""
        target = self.target(url)
        if target is None:
            return
        event = {
            "data": {
                "event_type": event_type,
                "id": str(uuid.uuid4()),
                "occurred_at": occurred_at,
                "payload": payload,
                "record_type": "event",
            }
        }
        with self.state.lock:
            action = self.next_actions.popleft() if self.next_actions else {"action": None}
            delivery = self.delivery(target, event, action["action"])
            self.state.deliveries.append(delivery)
            self.plan(delivery, action)

    def plan(self, delivery: Record, action: Record) -> None:
        if action["action"] == "lose":
            delivery["outcome"] = "lost"
        elif action["action"] == "hold":
            delivery["outcome"] = "held"
            self.held.append(delivery)
            if action.get("then_release"):
                self.release()
        elif action["action"] == "repeat":
            again = copy.deepcopy(delivery) | {"id": str(uuid.uuid4())}
            self.state.deliveries.append(again)
            self.start([delivery])
            self.start([again])
        else:
            self.start([delivery], float(action.get("seconds") or 0))

    def spoil_next(self, action: str, count: int = 1, seconds: float = 0, then_release: bool = False) -> None:
        """Plan what happens to the next `count` events; `then_release` frees held ones after the last."""
        if action not in ACTIONS:
            raise ValueError(f"action must be one of {', '.join(ACTIONS)}")
        with self.state.lock:
            for position in range(count):
                last = then_release and position == count - 1
                self.next_actions.append({"action": action, "seconds": seconds, "then_release": last})

    def release(self) -> int:
        """Deliver the held events one after the other, the last one first; return how many."""
        with self.state.lock:
            held, self.held = self.held[::-1], []
            for delivery in held:
                delivery["outcome"] = "pending"
        self.start(held)
        return len(held)

    def forget_plans(self) -> None:
        with self.state.lock:
            self.next_actions.clear()
            self.held.clear()

    def target(self, url: str | None) -> str | None:
        """Return where a request's events go: its own address, but never off this machine.

        An address elsewhere keeps its path and goes to the host of the default target instead; without one
        it goes nowhere.
        """
        if not url:
            return self.default_url
        if is_loopback(url):
            return url
        if not self.default_url:
            return None
        there, here = urlsplit(url), urlsplit(self.default_url)
        return there._replace(scheme=here.scheme, netloc=here.netloc, fragment="").geturl()

    # How it is carried out.

    def delivery(self, url: str, event: dict[str, Any], action: str | None) -> Record:
        return {
            "id": str(uuid.uuid4()),
            "event_id": event["data"]["id"],
            "event_type": event["data"]["event_type"],
            "url": url,
            "event": event,
            "action": action,
            "outcome": "pending",
            "planned_at": self.state.now(),
            "attempts": [],
        }

    def start(self, deliveries: list[Record], delay: float = 0) -> None:
        worker = threading.Thread(
            target=self.run, args=(deliveries, delay, self.state.generation), daemon=True
        )
        worker.start()

    def run(self, deliveries: list[Record], delay: float, generation: int) -> None:
        time.sleep(delay)
        for delivery in deliveries:
            for number in range(1, ATTEMPTS + 1):
                if generation != self.state.generation:
                    return
                if self.attempt(delivery, number):
                    break
                if number < ATTEMPTS:
                    time.sleep(BACKOFF[number - 1])
            else:
                delivery["outcome"] = "failed"

    def attempt(self, delivery: Record, number: int) -> bool:
        """Deliver once and write it down; every attempt is signed afresh."""
        event = delivery["event"] | {"meta": {"attempt": number, "delivered_to": delivery["url"]}}
        body = json.dumps(event, separators=(",", ":")).encode()
        age = STALE_SECONDS if delivery["action"] == "stale" else 0
        key = "unknown" if delivery["action"] == "missign" else "current"
        headers = self.keys.headers(body, str(int(time.time()) - age), key)
        started_at = self.state.now()
        with self.slots:
            result = post(delivery["url"], body, headers)
        succeeded = 200 <= (result["status"] or 0) < 300
        with self.state.lock:
            delivery["attempts"].append({"number": number, "at": started_at, "body": body.decode()} | result)
            if succeeded:
                delivery["outcome"] = "delivered"
        return succeeded

    def send_raw(
        self,
        body: bytes,
        *,
        url: str | None = None,
        key: str = "current",
        timestamp: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Post these very bytes once, signed, and return {status, body, error, milliseconds}.

        `headers` are added last, so that a test can replace the signature; a null removes one.
        """
        target = self.target(url)
        if target is None:
            raise ValueError("there is no address to send to")
        stamp = timestamp if timestamp is not None else str(int(time.time()))
        signed = self.keys.headers(body, stamp, key) | (headers or {})
        return post(target, body, {name: value for name, value in signed.items() if value is not None})


def is_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and parts.hostname in LOOPBACK
    except ValueError:
        return False


def post(url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """POST and return what came back; `status` is null when nothing did.

    Raises ValueError when the address is not on this machine.
    """
    if not is_loopback(url):
        raise ValueError("webhooks are sent to loopback addresses only")
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} | headers, method="POST")
    started = time.monotonic()
    status, answer, failure = None, "", None
    try:
        with opener.open(request, timeout=TIMEOUT) as response:
            status, answer = response.status, response.read(2000).decode("utf-8", "replace")
    except urllib.error.HTTPError as refused:
        with refused:
            status, answer = refused.code, refused.read(2000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException, ValueError) as failed:
        failure = type(failed).__name__ + (f": {failed}" if str(failed) else "")
    return {
        "status": status,
        "answer": answer,
        "error": failure,
        "milliseconds": round((time.monotonic() - started) * 1000),
    }
