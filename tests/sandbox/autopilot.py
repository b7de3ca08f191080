"""Plays Telnyx's reviewer for requests and orders nobody took over, so that a newcomer sees something happen."""

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from .hosted.autopilot import advance
from .hosted.world import World
from .state import Record, State, rested
from .tollfree import TollFree

TICK_SECONDS = 0.5

NEXT = {
    "In Progress": "Waiting For Telnyx",
    "Waiting For Telnyx": "Waiting For Vendor",
    "Waiting For Vendor": "Verified",
}

# In percent of first reviews. A request whose changes were made passes the second review.
ASKED_FOR_CHANGES = 20
REJECTED = 15

CHANGES = [
    "Please add a screenshot of the opt-in form that shows the brand name and the consent text.",
    "The sample message does not match the use case. Please send a sample that a customer would actually receive.",
    "Please describe where customers agree to receive messages and show that agreeing is optional.",
]
REJECTIONS = [
    "The business information could not be verified: the legal name and address differ from the registry.",
    "The opt-in page could not be reached. It must be public and need no password.",
    "Consent to messages is bundled with other agreements. It must be asked for separately.",
]
NO_REGISTRATION = "The business registration number is missing or invalid."
NO_TOKEN = "Political messaging needs a valid Campaign Verify token."


class Autopilot:
    """Moves each request and order one step after nothing happened to it for `seconds`. None switches it off."""

    def __init__(
        self,
        state: State,
        tollfree: TollFree,
        hosted: World,
        seconds: float | None,
        *others: Callable[[datetime, float], object],
    ) -> None:
        self.state = state
        self.tollfree = tollfree
        self.hosted = hosted
        self.others = others
        self.first_seconds = self.seconds = seconds
        self.stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        while not self.stopped.wait(TICK_SECONDS):
            if self.seconds is not None:
                self.tick(datetime.now(UTC), self.seconds)

    def tick(self, now: datetime, seconds: float) -> None:
        """Move every request and order that is idle long enough and that nobody took over."""
        with self.state.lock:
            for record in list(self.tollfree.records.values()):
                if not record["taken_over"] and record["status"] in NEXT and rested(record, now, seconds):
                    self.tollfree.move(record, *decision(record))
            for order in self.hosted.orders.values():
                if not order["taken_over"] and rested(order, now, seconds):
                    advance(self.hosted, order, now, seconds)
            for tick in self.others:
                tick(now, seconds)

    def reset(self) -> None:
        self.seconds = self.first_seconds


def decision(record: Record) -> tuple[str, str | None]:
    """Return the next status and its reason. The same request always gets the same answer."""
    status, fields = record["status"], record["fields"]
    if status == "Waiting For Telnyx":
        if objection := missing_paper(fields):
            return "Rejected", objection
        if share(fields) < ASKED_FOR_CHANGES and first_review(record):
            return "Waiting For Customer", CHANGES[share(fields) % len(CHANGES)]
    unlucky = ASKED_FOR_CHANGES <= share(fields) < ASKED_FOR_CHANGES + REJECTED
    if status == "Waiting For Vendor" and unlucky and first_review(record):
        return "Rejected", REJECTIONS[share(fields) % len(REJECTIONS)]
    return NEXT[status], None


def missing_paper(fields: Record) -> str | None:
    """Return the objection under the registration rule in force since February 17, 2026 (support pages)."""
    registration = ("businessRegistrationNumber", "businessRegistrationType", "businessRegistrationCountry")
    if fields.get("entityType") != "SOLE_PROPRIETOR" and not all(fields.get(name) for name in registration):
        return NO_REGISTRATION
    if fields.get("useCase") == "Political" and not fields.get("campaignVerifyAuthorizationToken"):
        return NO_TOKEN
    return None


def share(fields: Record) -> int:
    """Return a number from 0 to 99 that depends only on the business name."""
    return hashlib.sha256(fields.get("businessName", "").encode()).digest()[0] * 100 // 256


def first_review(record: Record) -> bool:
    return not any(
        entry["verificationStatus"] in ("Waiting For Customer", "Rejected") for entry in record["history"]
    )
