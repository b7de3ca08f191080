"""The templates of the account's WhatsApp business account: a list that is only read. They are made in the portal."""

import uuid
from typing import Any

from .contract import Contract
from .paging import data_page
from .routing import Route
from .state import Record, State
from .wire import Answer, Refusal, Request

WABA = "104996122399160"
# What a test may say about a template.
MAY_SAY = {"name", "category", "language", "status", "rejection_reason", "components", "waba_id"}

contract = Contract("whatsapp_templates")


class WhatsAppTemplates:
    """The list on the shared state."""

    def __init__(self, state: State) -> None:
        self.state = state

    @property
    def records(self) -> dict[str, Record]:
        return self.state.collection("whatsapp_templates")

    def routes(self) -> list[Route]:
        return [("GET", contract.operations["list"]["path"], self.list)]

    def list(self, request: Request) -> Answer:
        if found := contract.query_errors("list", request.query):
            raise Refusal(400, found)
        query = dict(request.query)
        return data_page([one for one in reversed(self.records.values()) if selected(one, query)], query)

    def add(self, data: Record) -> Record:
        """Make a template, as in the portal, unchecked: `name`, and whatever else MAY_SAY has."""
        if unknown := set(data) - MAY_SAY:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        id, now = str(uuid.uuid4()), self.state.now()
        self.records[id] = {
            "id": id,
            "record_type": "whatsapp_message_template",
            "template_id": str(900_000_000_000_000 + len(self.records)),
            "name": data["name"],
            "category": data.get("category", "UTILITY"),
            "language": data.get("language", "en_US"),
            "status": data.get("status", "APPROVED"),
            "rejection_reason": data.get("rejection_reason"),
            "components": data.get("components", [{"type": "BODY", "text": "Your order is ready."}]),
            "whatsapp_business_account": {"id": data.get("waba_id", WABA)},
            "created_at": now,
            "updated_at": now,
        }
        self.state.save()
        return self.records[id]


def selected(record: dict[str, Any], query: dict[str, str]) -> bool:
    """Return True if a template passes the filters of a query."""
    told = {
        "filter[waba_id]": record["whatsapp_business_account"]["id"],
        "filter[category]": record["category"],
        "filter[status]": record["status"],
    }
    search = query.get("filter[search]", "").lower()
    return search in record["name"].lower() and all(
        query.get(name, value) == value for name, value in told.items()
    )
