"""The controls of hosted orders as JSON under /_sandbox. Wrong input raises ValueError, answered with 400."""

import copy
from collections.abc import Callable
from typing import Any

from ..state import Record
from .facts import OWNED
from .ownership import find
from .world import World

Control = Callable[..., Any]
SEED_MEMBERS = {"phone_numbers", "messaging_profile_id", "status", "numbers", "webhook", "taken_over"}


class HostedPanel:
    def __init__(self, world: World) -> None:
        self.world = world

    def controls(self) -> list[tuple[str, str, Control]]:
        order, script = "/hosted_orders/{id}", self.world.script
        return [
            ("GET", "/hosted_orders", lambda data: self.copied(self.world.orders)),
            ("POST", "/hosted_orders", self.seed),
            ("DELETE", order, self.delete),
            ("POST", order + "/status", self.set_status),
            ("POST", order + "/number_status", self.set_number_status),
            ("POST", order + "/transfer", self.transfer),
            ("POST", order + "/take_over", self.take_over),
            ("GET", order + "/codes", self.codes),
            ("POST", order + "/expire_codes", self.expire_codes),
            ("GET", "/hosted_numbers", lambda data: self.copied(self.world.inventory)),
            (
                "POST",
                "/eligibility",
                lambda data: script.set_eligibility(data["phone_number"], data.get("status")),
            ),
            (
                "POST",
                "/code_errors",
                lambda data: script.set_code_error(data["phone_number"], data.get("error")),
            ),
            (
                "POST",
                "/documents/next",
                lambda data: script.plan_documents(data["status"], int(data.get("count", 1))),
            ),
            ("POST", "/show_ownership", self.show_ownership),
        ]

    def copied(self, records: dict[str, Record]) -> list[Record]:
        with self.world.state.lock:
            return copy.deepcopy(list(records.values()))

    def seed(self, data: Record) -> Record:
        """Store an order as if it were made in the portal. Only phone_numbers is required."""
        if set(data) - SEED_MEMBERS or not data.get("phone_numbers"):
            raise ValueError(f"needs phone_numbers; may have {', '.join(sorted(SEED_MEMBERS))}")
        if set(data.get("numbers", {})) - set(data["phone_numbers"]):
            raise ValueError("numbers names one that is not in phone_numbers")
        with self.world.state.lock:
            order = self.world.add(data["phone_numbers"], data.get("messaging_profile_id"), origin="portal")
            order["taken_over"] = data.get("taken_over", True)
            if "status" in data:
                self.world.move(order, data["status"])
            for phone_number, status in data.get("numbers", {}).items():
                number_of(order, phone_number)["status"] = status
            order["history"].clear()
            self.world.tell(order, "created", webhook=data.get("webhook", False))
            return copy.deepcopy(order)

    def delete(self, data: Record, id: str) -> None:
        """Delete in the portal. With `forget`, nothing is left to read."""
        with self.world.state.lock:
            order = self.world.order(id)
            self.world.move(order, "deleted")
            self.world.tell(order, "deleted", webhook=data.get("webhook", False))
            if data.get("forget", False):
                self.world.forget(order)

    def set_status(self, data: Record, id: str) -> Record:
        """Decide about an order. It is taken over from the autopilot unless `take_over` is false."""
        if not data.get("status"):
            raise ValueError("status is missing")
        with self.world.state.lock:
            order = self.world.order(id)
            order["taken_over"] = data.get("take_over", True)
            self.world.move(order, data["status"], with_numbers=data.get("with_numbers", True))
            return self.told(order, data, "deleted" if data["status"] == "deleted" else "updated")

    def set_number_status(self, data: Record, id: str) -> Record:
        with self.world.state.lock:
            order = self.world.order(id)
            number_of(order, data["phone_number"])["status"] = data["status"]
            order["taken_over"] = data.get("take_over", True)
            return self.told(order, data, "updated")

    def told(self, order: Record, data: Record, event: str) -> Record:
        self.world.tell(order, event, occurred_at=data.get("occurred_at"), webhook=data.get("webhook", True))
        return copy.deepcopy(order)

    def transfer(self, data: Record, id: str) -> Record:
        with self.world.state.lock:
            order = self.world.order(id)
            self.world.transfer(
                order,
                data["step"],
                seconds=data.get("seconds"),
                numbers=data.get("phone_numbers"),
                occurred_at=data.get("occurred_at"),
                webhook=data.get("webhook", True),
            )
            return self.take_over({"taken_over": data.get("take_over", True)}, id)

    def take_over(self, data: Record, id: str) -> Record:
        with self.world.state.lock:
            order = self.world.order(id)
            order["taken_over"] = bool(data.get("taken_over", True))
            self.world.state.save()
            return copy.deepcopy(order)

    def codes(self, data: Record, id: str) -> dict[str, str]:
        """Return the code that each number would accept now."""
        with self.world.state.lock:
            return {
                number["phone_number"]: number["codes"][-1]["code"]
                for number in self.world.order(id)["numbers"]
                if number["codes"] and not number["codes"][-1].get("expired") and number["status"] != OWNED
            }

    def announce(self, id: str) -> None:
        """Send the current state as a new event."""
        with self.world.state.lock:
            self.world.announce(self.world.order(id))

    def expire_codes(self, data: Record, id: str) -> None:
        with self.world.state.lock:
            for number in self.world.order(id)["numbers"]:
                for code in number["codes"]:
                    code["expired"] = True
            self.world.state.save()

    def show_ownership(self, data: Record) -> None:
        self.world.script.shows_ownership = bool(data.get("shown", True))


def number_of(order: Record, phone_number: str) -> Record:
    number = find(order, phone_number)
    if number is None:
        raise ValueError("the order has no such number")
    return number
