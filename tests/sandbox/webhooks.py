"""Sends signed webhooks, and spoils the next ones on demand."""

import copy
import json
import time
import uuid
from collections import deque
from typing import Any
from urllib.parse import urlsplit

from .clock import Clock
from .contract import load
from .couriers import Connections, Couriers, is_loopback
from .signing import Keys
from .state import Record, State

DELIVERY = load("webhooks")["delivery"]
ATTEMPTS: int = DELIVERY["attempts_per_url"]
BACKOFF: list[float] = load("webhooks")["backoff_seconds"]["value"]
STALE_SECONDS = 3600

ACTIONS = {
    "lose": "is never sent",
    "repeat": "is sent twice",
    "delay": "is sent some seconds later",
    "hold": "waits until it is released; the last one held is sent first",
    "missign": "is signed with a key that nobody trusts",
    "stale": "carries a timestamp an hour old, correctly signed",
}


class Sender:
    """Delivers events to loopback addresses and logs every attempt."""

    def __init__(self, state: State, keys: Keys, default_url: str | None) -> None:
        self.state = state
        self.keys = keys
        self.default_url = default_url
        self.next_actions: deque[Record] = deque()
        self.held: list[Record] = []
        self.clock = Clock()
        self.couriers = Couriers()

    # What others ask for.

    def send(
        self,
        event_type: str,
        occurred_at: str,
        payload: dict[str, Any],
        url: str | None,
        failover_url: str | None = None,
    ) -> None:
        """Deliver an event in the background, spoiled as the next planned action says."""
        event = {
            "event_type": event_type,
            "id": str(uuid.uuid4()),
            "occurred_at": occurred_at,
            "payload": payload,
            "record_type": "event",
        }
        self.send_data(event, url, failover_url)

    def send_data(self, data: dict[str, Any], url: str | None, failover_url: str | None = None) -> None:
        """Deliver a body whose `data` need not be an event. Nothing is sent if there is no address."""
        target = self.target(url)
        if target is None:
            return
        failover = self.target(failover_url) if failover_url else None
        with self.state.lock:
            action = self.next_actions.popleft() if self.next_actions else {"action": None}
            delivery = self.delivery([target, *([failover] if failover else [])], data, action["action"])
            self.state.deliveries.append(delivery)
            self.plan(delivery, action)

    def plan(self, delivery: Record, action: Record) -> None:
        if action["action"] == "lose":
            delivery["outcome"], delivery["finished_at"] = "lost", self.state.now()
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
        """Plan what happens to the next `count` events. `then_release` releases held ones after the last."""
        if action not in ACTIONS:
            raise ValueError(f"action must be one of {', '.join(ACTIONS)}")
        with self.state.lock:
            for position in range(count):
                last = then_release and position == count - 1
                self.next_actions.append({"action": action, "seconds": seconds, "then_release": last})

    def release(self) -> int:
        """Deliver the held events one by one, the last one first; return how many."""
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

        An address elsewhere keeps its path but goes to the host of the default target. Without a default
        target, it goes nowhere.
        """
        if not url:
            return self.default_url
        if is_loopback(url):
            return url
        if not self.default_url:
            return None
        there, here = urlsplit(url), urlsplit(self.default_url)
        return there._replace(scheme=here.scheme, netloc=here.netloc, fragment="").geturl()

    # How it is done.

    def delivery(self, urls: list[str], data: dict[str, Any], action: str | None) -> Record:
        return {
            "id": str(uuid.uuid4()),
            "event_id": data.get("id"),
            "event_type": data.get("event_type") or data["record_type"],
            "url": urls[0],
            "urls": urls,
            "event": {"data": data},
            "action": action,
            "outcome": "pending",
            "planned_at": self.state.now(),
            "finished_at": None,
            "attempts": [],
        }

    def start(self, deliveries: list[Record], delay: float = 0) -> None:
        """Deliver these one by one. Those of an earlier generation are forgotten."""
        generation = self.state.generation

        def carry(connections: Connections) -> None:
            if generation == self.state.generation:
                self.carry(deliveries, connections)

        if delay:
            self.clock.after(delay, lambda: self.couriers.do(carry))
        elif deliveries:
            self.couriers.do(carry)

    def carry(self, deliveries: list[Record], connections: Connections) -> None:
        """Try the first delivery once, then repeat it later or go on with the next one."""
        delivery, number = deliveries[0], len(deliveries[0]["attempts"]) + 1
        most = ATTEMPTS * len(delivery["urls"])
        succeeded = self.attempt(delivery, number, connections)
        if not succeeded and number < most:
            self.start(deliveries, BACKOFF[min((number - 1) % ATTEMPTS, len(BACKOFF) - 1)])
            return
        delivery["outcome"] = "delivered" if succeeded else "failed"
        self.start(deliveries[1:])

    def attempt(self, delivery: Record, number: int, connections: Connections) -> bool:
        """Deliver once and log it. Every attempt gets a signature of its own."""
        url = delivery["urls"][(number - 1) // ATTEMPTS]
        event = delivery["event"]
        if delivery["event_id"]:
            event = event | {"meta": {"attempt": number, "delivered_to": url}}
        body = json.dumps(event, separators=(",", ":")).encode()
        age = STALE_SECONDS if delivery["action"] == "stale" else 0
        key = "unknown" if delivery["action"] == "missign" else "current"
        headers = self.keys.headers(body, str(int(time.time()) - age), key)
        started_at = self.state.now()
        result = connections.post(url, body, headers)
        delivery["finished_at"] = finished_at = self.state.now()
        entry = {
            "number": number,
            "at": started_at,
            "finished_at": finished_at,
            "url": url,
            "body": body.decode(),
        }
        delivery["attempts"].append(entry | result)
        return 200 <= (result["status"] or 0) < 300

    def send_raw(
        self,
        body: bytes,
        *,
        url: str | None = None,
        key: str = "current",
        timestamp: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Post exactly these bytes once, signed, and return {status, answer, error, milliseconds}.

        `headers` are added last, so that a test can replace the signature. None removes a header.
        """
        target = self.target(url)
        if target is None:
            raise ValueError("there is no address to send to")
        stamp = timestamp if timestamp is not None else str(int(time.time()))
        signed = self.keys.headers(body, stamp, key) | (headers or {})
        named = {name: value for name, value in signed.items() if value is not None}
        connections = Connections()
        try:
            return connections.post(target, body, named)
        finally:
            connections.close()
