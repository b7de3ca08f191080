"""What happens at Telnyx meanwhile: answers are lost, late or refusals, reviewers decide, webhooks go astray."""

from collections import Counter
from random import Random
from typing import Any

from tests.sandbox.control import Record, Sandbox

MOST_FAULTS = 3
CREATES = r"(verification/requests|hosted_number_orders|/messages|/messages/rcs)$"
LISTS = r"(verification/requests|hosted_number_orders|detail_records)$"

# Faults for requests that create something: what the sandbox plays, and how often.
FAULTS: tuple[tuple[float, dict[str, Any]], ...] = (
    (4, {"kind": "store_then_lose"}),
    (2, {"kind": "reset", "when": "before"}),
    (2, {"kind": "reset", "when": "after"}),
    (1, {"kind": "reset", "when": "midway"}),
    (1, {"kind": "truncate"}),
    (2, {"kind": "late_create", "seconds": 2}),
    (2, {"kind": "late_create", "seconds": 8}),
    (1, {"kind": "late_create", "seconds": 1, "status": 504}),
    (2, {"kind": "delay", "seconds": 3, "when": "after"}),
    (1, {"kind": "delay", "seconds": 1, "when": "before"}),
    (1, {"kind": "html"}),
    (1, {"kind": "empty"}),
    (1, {"kind": "status", "status": 500, "store": True}),
    (2, {"kind": "status", "status": 503}),
    (1, {"kind": "status", "status": 422}),
    (2, {"kind": "retry_after", "seconds": 1}),
)
OF_LISTS: tuple[tuple[float, dict[str, Any]], ...] = (
    (1, {"kind": "reset", "when": "before"}),
    (1, {"kind": "status", "status": 503}),
    (1, {"kind": "truncate"}),
)
WEBHOOKS: tuple[tuple[float, dict[str, Any]], ...] = (
    (2, {"action": "repeat"}),
    (1, {"action": "lose"}),
    (1, {"action": "delay", "seconds": 2}),
    (1, {"action": "hold", "count": 2, "then_release": True}),
)
REVIEW = ("In Progress", "Waiting For Vendor", "Waiting For Telnyx", "Verified")
HOSTING = ("loa_file_successful", "provisioning", "successful")


class Telnyx:
    """Plays one event each time it is asked, and keeps what the sandbox's log would forget."""

    def __init__(self, sandbox: Sandbox, random: Random) -> None:
        self.sandbox, self.random = sandbox, random
        self.played: Counter[str] = Counter()
        self.posts: dict[str, Record] = {}

    def play(self) -> None:
        if len(self.sandbox.faults()) < MOST_FAULTS:
            self.script(FAULTS, "POST", CREATES)
            if self.random.random() < 0.3:
                self.script(OF_LISTS, "GET", LISTS)
        self.review()
        if self.random.random() < 0.2:
            spoiled = self.choose(WEBHOOKS)
            self.sandbox.next_webhook(**spoiled)
            self.played[f"webhook: {spoiled['action']}"] += 1

    def script(self, faults: tuple[tuple[float, dict[str, Any]], ...], method: str, path: str) -> None:
        fault = self.choose(faults)
        self.sandbox.fault(**fault, method=method, path=path)
        self.played[" ".join(map(str, [method, *fault.values()]))] += 1

    def choose(self, weighted: tuple[tuple[float, dict[str, Any]], ...]) -> dict[str, Any]:
        return self.random.choices([one for _, one in weighted], [weight for weight, _ in weighted])[0]

    def review(self) -> None:
        """Move one request and one order on by one step."""
        if found := self.moving(self.sandbox.records(), REVIEW):
            self.sandbox.set_status(*found)
        if found := self.moving(self.sandbox.hosted_orders(), HOSTING):
            self.sandbox.set_order_status(*found)

    def moving(self, records: list[Record], steps: tuple[str, ...]) -> tuple[str, str] | None:
        left = [record for record in records if record["status"] != steps[-1]]
        if not left:
            return None
        record = self.random.choice(left)
        done = steps.index(record["status"]) + 1 if record["status"] in steps else 0
        return record["id"], steps[done]

    def remember(self) -> None:
        """Keep the requests that the sandbox received. Its own log holds only the last 5000."""
        self.posts |= {entry["id"]: entry for entry in self.sandbox.requests("POST")}

    def stop(self) -> None:
        """Let Telnyx work normally, and deliver what was held."""
        self.sandbox.clear_faults()
        self.sandbox.release_webhooks()
        self.sandbox.call("DELETE", "/webhooks/next")

    def is_calm(self) -> bool:
        return not any(delivery["outcome"] == "pending" for delivery in self.sandbox.deliveries())

    def held(self) -> dict[str, list[Record]]:
        """Return what Telnyx holds that was created through the API, by kind, each with its id and status."""
        texts = [one for one in self.sandbox.messages() if one["origin"] == "api"]
        return {
            "toll-free": self.sandbox.records(),
            "hosted": self.sandbox.hosted_orders(),
            "message": [one for one in texts if one["payload"]["type"] != "RCS"],
            "rcs": [one for one in texts if one["payload"]["type"] == "RCS"],
        }
