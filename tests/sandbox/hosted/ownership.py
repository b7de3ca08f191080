"""Proof of ownership: a code goes to each number, and the person who receives it sends it back."""

import secrets
import uuid

from ..state import Record
from ..wire import Answer, Refusal, Request, json_answer
from .facts import OWNED, RULES, checked_body, too_late
from .orders import repeated
from .world import World, is_over, lives, waits_for_transfer

PROVED = (OWNED, "provisioning", "successful")


class Ownership:
    def __init__(self, world: World) -> None:
        self.world = world

    def verification_codes(self, request: Request, id: str) -> Answer:
        order = self.open_order(id)
        body = checked_body("verification_codes", request)
        if found := repeated(body["phone_numbers"], "/phone_numbers"):
            raise Refusal(RULES["status_of_a_refused_body"], found)
        method = body["verification_method"]
        rows = [self.send_code(order, number, method) for number in body["phone_numbers"]]
        self.world.state.save()
        return json_answer({"data": rows})

    def send_code(self, order: Record, phone_number: str, method: str) -> Record:
        """Send a code and return its row. One that cannot be sent has `error` instead of an id."""
        row = {"phone_number": phone_number, "type": method}
        number = find(order, phone_number)
        if number is None:
            return row | {"error": "The number is not part of this order."}
        if reason := self.objection(order, number, method):
            return row | {"error": reason}
        code = {
            "id": str(uuid.uuid4()),
            "code": str(secrets.randbelow(10 ** RULES["code_digits"])).zfill(RULES["code_digits"]),
            "method": method,
            "sent_at": self.world.state.now(),
        }
        number["codes"].append(code)
        return row | {"verification_code_id": code["id"]}

    def objection(self, order: Record, number: Record, method: str) -> str | None:
        if number["status"] in PROVED:
            return "The number is already verified."
        if not lives(number):
            return "The number is not active in this order."
        if waits_for_transfer(order, number):
            return "The transfer of the number is not approved yet."
        return self.world.script.code_error(number["phone_number"], method)

    def validation_codes(self, request: Request, id: str) -> Answer:
        order = self.open_order(id)
        entries = checked_body("validation_codes", request)["verification_codes"]
        before = [number["status"] for number in order["numbers"]]
        rows = [
            {
                "phone_number": entry["phone_number"],
                "status": judge(order, entry["phone_number"], entry["code"]),
            }
            for entry in entries
        ]
        if before != [number["status"] for number in order["numbers"]]:
            self.world.tell(order)
        return json_answer({"data": {"order_id": order["id"], "phone_numbers": rows}})

    def open_order(self, id: str) -> Record:
        order = self.world.order(id)
        if is_over(order):
            raise too_late(f"The order is {order['status']}; it no longer takes codes.")
        return order


def judge(order: Record, phone_number: str, code: str) -> str:
    """Compare a code with the last one sent to the number, and record a match."""
    number = find(order, phone_number)
    if number is None or not lives(number):
        return "rejected"
    if number["status"] in PROVED:
        return "already_verified"
    if not number["codes"] or number["codes"][-1].get("expired") or number["codes"][-1]["code"] != code:
        return "rejected"
    number["status"] = OWNED
    return "verified"


def find(order: Record, phone_number: str) -> Record | None:
    return next((number for number in order["numbers"] if number["phone_number"] == phone_number), None)
