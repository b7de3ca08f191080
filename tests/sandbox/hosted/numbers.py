"""Live hosted numbers: list, get, change, remove."""

import hashlib
from typing import Any

from ..paging import data_page
from ..state import Record
from ..wire import Answer, Refusal, Request, json_answer
from .facts import FACTS, RULES, checked_body, checked_query
from .orders import Orders, known_profile
from .world import ORGANIZATION, World

TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
BOTH_WAYS_AT_HOME = {
    "domestic_two_way": True,
    "international_inbound": False,
    "international_outbound": False,
}


class Numbers:
    def __init__(self, world: World, orders: Orders) -> None:
        self.world = world
        self.orders = orders

    def list(self, request: Request) -> Answer:
        query = checked_query("list_numbers", request)
        found = [record for record in reversed(self.world.inventory.values()) if selected(record, query)]
        if direction := query.get("sort[phone_number]"):
            found.sort(key=lambda record: record["phone_number"], reverse=direction == "desc")
        return data_page(found, query, as_settings)

    def get(self, request: Request, id: str) -> Answer:
        return json_answer({"data": as_settings(self.find(id))})

    def update(self, request: Request, id: str) -> Answer:
        """Change what is named. Null changes nothing; an empty profile takes the number off its profile."""
        record = self.find(id)
        body = checked_body("update_number", request)
        changes = {name: value for name, value in body.items() if value is not None}
        if "messaging_profile_id" in changes:
            changes["messaging_profile_id"] = known_profile(self.world.state, changes["messaging_profile_id"])
        record |= changes | {"updated_at": self.world.state.now()}
        self.world.state.save()
        return json_answer({"data": as_settings(record)})

    def delete(self, request: Request, id: str) -> Answer:
        """Remove a number from its order, and answer with the order."""
        order, number = self.world.holder(id)
        number["status"] = "deleted"
        if all(other["status"] == "deleted" for other in order["numbers"]):
            self.world.move(order, RULES["an_order_whose_last_number_is_deleted_is"])
        self.world.tell(order, "deleted" if order["status"] == "deleted" else "updated")
        return self.orders.answer(order)

    def find(self, id: str) -> Record:
        """Return the record with this id or phone number; raises Refusal 404."""
        for record in self.world.inventory.values():
            if id in (record["id"], record["phone_number"]):
                return record
        raise Refusal(404, detail="No hosted number has this id or phone number.")


def selected(record: Record, query: dict[str, str]) -> bool:
    number, profile = record["phone_number"], record["messaging_profile_id"]
    return (
        query.get("filter[messaging_profile_id]", profile or "").lower() == (profile or "")
        and query.get("filter[phone_number]", number) == number
        and query.get("filter[phone_number][contains]", "") in number
    )


def as_settings(record: Record) -> dict[str, Any]:
    """Return a number as REST shows it."""
    shown = {name: value for name, value in record.items() if name != "number_id"}
    return shown | {
        "record_type": FACTS["answers"]["NumberSettings"]["record_type"],
        "country_code": "US",
        "type": "tollfree" if record["phone_number"].startswith(TOLL_FREE) else "longcode",
        "traffic_type": record["messaging_product"],
        "eligible_messaging_products": ["A2P", "P2P"],
        "features": {"sms": BOTH_WAYS_AT_HOME, "mms": None},
        "health": health(record["phone_number"]),
        "organization_id": ORGANIZATION,
    }


def health(phone_number: str) -> dict[str, Any]:
    """Return figures that look like traffic, always the same for a number."""
    messages, answers, success, spam, *_ = hashlib.sha256(phone_number.encode()).digest()
    return {
        "message_count": messages * 7,
        "inbound_outbound_ratio": round(answers / 255, 2),
        "success_ratio": round(0.8 + success / 1275, 2),
        "spam_ratio": round(spam / 2550, 2),
    }
