"""The hosted orders and numbers that Telnyx holds, and how they change with and without a request from us."""

import time
import uuid
from typing import Any

from ..state import Record, State
from ..webhooks import Sender
from ..wire import Refusal
from .facts import DEMO, EVENTS, FILES, RULES, checked_id
from .script import Script

ORGANIZATION = "5b6f8a10-2f0e-4c55-9c53-0d0f7a9e4f01"
AWAITED = ("detected", "approval_requested")
DECISIONS = {"approved": "approved", "auto_approved": "approved", "rejected": "rejected"}
STEPS = (*AWAITED, *DECISIONS)


class World:
    """Orders and hosted numbers on the shared state. The caller holds the lock."""

    def __init__(self, state: State, sender: Sender) -> None:
        self.state = state
        self.sender = sender
        self.script = Script()

    @property
    def orders(self) -> dict[str, Record]:
        return self.state.collection("hosted_orders")

    @property
    def inventory(self) -> dict[str, Record]:
        return self.state.collection("hosted_numbers")

    # Finding.

    def order(self, id: str) -> Record:
        """Return an order; raises Refusal 400 (not a UUID) or 404."""
        try:
            return self.orders[checked_id(id)]
        except KeyError:
            raise Refusal(404, detail="No hosted number order has this id.") from None

    def holder(self, number_id: str) -> tuple[Record, Record]:
        """Return the order and the number with this id; raises Refusal 404."""
        for order in self.orders.values():
            for number in order["numbers"]:
                if number["id"] == number_id.lower() and number["status"] != "deleted":
                    return order, number
        raise Refusal(404, detail="No hosted number has this id.")

    def is_taken(self, phone_number: str) -> bool:
        """Return True if a live order holds the number."""
        return any(
            number["phone_number"] == phone_number and lives(number)
            for order in self.orders.values()
            if order["status"] not in RULES["lost_orders"]
            for number in order["numbers"]
        )

    # Changing.

    def add(self, phone_numbers: list[str], profile_id: str | None, *, origin: str) -> Record:
        """Store a new order; `origin` is "api" or "portal"."""
        order: Record = {
            "id": str(uuid.uuid4()),
            "messaging_profile_id": profile_id,
            "status": RULES["status_on_creation"],
            "numbers": [self.new_number(phone_number) for phone_number in phone_numbers],
            "documents_wanted": list(FILES["parts"]),
            "uploads": [],
            "transfer": None,
            "history": [],
            "origin": origin,
            "taken_over": False,
            "created_at": self.state.now(),
        }
        if not any(lives(number) for number in order["numbers"]):
            order["status"] = RULES["order_status_when_every_number_fails_at_once"]
        self.orders[order["id"]] = order
        self.note(order, "created")
        return order

    def new_number(self, phone_number: str) -> Record:
        taken = RULES["a_number_of_a_live_order_is_refused_as"]
        return {
            "id": str(uuid.uuid4()),
            "phone_number": phone_number,
            "status": taken if self.is_taken(phone_number) else RULES["status_on_creation"],
            "codes": [],
        }

    def move(self, order: Record, status: str, *, with_numbers: bool = True) -> None:
        """Give an order any status word. Its numbers follow where `numbers_follow_the_order` says so."""
        order["status"] = status
        follows = RULES["numbers_follow_the_order"].get(status)
        if with_numbers and follows:
            for number in order["numbers"]:
                if lives(number) or status == "deleted":
                    number["status"] = follows
        again = RULES["documents_asked_for_again"].get(status, [])
        order["documents_wanted"] = sorted({*order["documents_wanted"], *again})

    def tell(
        self, order: Record, event: str = "updated", *, occurred_at: str | None = None, webhook: bool = True
    ) -> None:
        """Record a change and send its event."""
        self.note(order, event, occurred_at)
        if webhook:
            self.announce(order, event)

    def note(self, order: Record, event: str, occurred_at: str | None = None) -> None:
        order["updated_at"] = occurred_at or self.state.now()
        order["history"].append({"at": order["updated_at"], "event": event, "status": order["status"]})
        self.keep_inventory(order)
        self.state.save()

    def announce(self, order: Record, event: str = "updated") -> None:
        """Send an event with the current state. An order without a profile sends none."""
        if order["messaging_profile_id"]:
            name = EVENTS["prefix"] + event
            self.sender.send(name, order["updated_at"], payload(order, event), None)

    def forget(self, order: Record) -> None:
        """Remove an order so that nothing of it can be read."""
        for number in order["numbers"]:
            number["status"] = "deleted"
        self.keep_inventory(order)
        del self.orders[order["id"]]
        self.state.save()

    # The inventory.

    def keep_inventory(self, order: Record) -> None:
        """List a number as hosted from its success until it is deleted or fails."""
        listed = {record["number_id"]: id for id, record in self.inventory.items()}
        for number in order["numbers"]:
            id = listed.get(number["id"])
            if number["status"] == RULES["a_number_is_listed_as_hosted_when"] and id is None:
                record = self.new_record(order, number)
                self.inventory[record["id"]] = record
            elif id is not None and not lives(number):
                del self.inventory[id]

    def new_record(self, order: Record, number: Record) -> Record:
        now = self.state.now()
        return {
            # The real ones look like numbers and are not UUIDs (OpenAPI example).
            "id": str(uuid.uuid4().int)[:19],
            "number_id": number["id"],
            "phone_number": number["phone_number"],
            "messaging_profile_id": order["messaging_profile_id"],
            "messaging_product": "A2P",
            "tags": [],
            "created_at": now,
            "updated_at": now,
        }

    # Transfers between Telnyx accounts.

    def transfer(
        self,
        order: Record,
        step: str,
        *,
        seconds: float | None = None,
        numbers: list[str] | None = None,
        occurred_at: str | None = None,
        webhook: bool = True,
    ) -> None:
        """Take a step of an internal transfer.

        `seconds` is how long the current owner has, from now; `numbers` are the ones affected (default: all).
        Raises ValueError for a step that does not exist.
        """
        if step not in STEPS:
            raise ValueError(f"step must be one of {', '.join(STEPS)}")
        transfer = order["transfer"] or {"deadline": None, "numbers": None}
        order["transfer"] = transfer | {"step": step}
        if numbers is not None:
            order["transfer"]["numbers"] = numbers
        if step == "approval_requested":
            window = RULES["transfer_window_seconds"] if seconds is None else seconds
            order["transfer"]["deadline"] = int(time.time() + window)
        if step == "rejected":
            self.move(order, RULES["a_rejected_transfer_ends_the_order_as"])
        self.tell(order, f"internal_transfer_{step}", occurred_at=occurred_at, webhook=webhook)

    def detect_transfer(self, order: Record) -> None:
        """Start a transfer if the digits of a number say that another account has it."""
        elsewhere = [
            number["phone_number"]
            for number in order["numbers"]
            if number["phone_number"][-2:] in DEMO["transfer"] and lives(number)
        ]
        if elsewhere:
            self.transfer(order, "detected", numbers=elsewhere)
            self.transfer(order, "approval_requested")


def lives(number: Record) -> bool:
    return not number["status"].startswith("failed") and number["status"] != "deleted"


def is_over(order: Record) -> bool:
    """Return True if an order ended, in whatever way."""
    return order["status"] in (*RULES["lost_orders"], "successful")


def waits_for_transfer(order: Record, number: Record) -> bool:
    transfer = order["transfer"]
    return bool(
        transfer
        and transfer["step"] in AWAITED
        and number["phone_number"] in (transfer["numbers"] or [number["phone_number"]])
    )


def payload(order: Record, event: str) -> dict[str, Any]:
    """Return the payload of an event. Only transfer events carry a decision and a deadline."""
    transfer = order["transfer"] if event.startswith("internal_transfer_") else None
    step, concerned = (transfer["step"], transfer["numbers"]) if transfer else (None, None)
    return {
        "order_id": order["id"],
        "order_status": order["status"],
        "profile_id": order["messaging_profile_id"],
        "user_id": ORGANIZATION,
        "numbers": [
            {"value": number["phone_number"], "status": number["status"]}
            for number in order["numbers"]
            if concerned is None or number["phone_number"] in concerned
        ],
        "decision": DECISIONS.get(step or "", "pending"),
        "approval_deadline": transfer["deadline"] if transfer else None,
    }
