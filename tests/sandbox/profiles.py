"""Messaging profiles: three of them, always the same, to find out whether a key works and to choose from."""

from typing import Any

from .contract import bad, is_integer
from .paging import DEFAULTS, data_page
from .routing import Route
from .wire import Answer, Refusal, Request, error, is_uuid, json_answer

# From the OpenAPI description of 2026-07-16 (parameter PageConsolidated).
LARGEST_PAGE = 250
NAMES = {
    "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e01": "Sandbox profile",
    "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e02": "Appointment reminders",
    "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e03": "Customer care",
}
FIRST = next(iter(NAMES))


class Profiles:
    """The list and the reading of one; `webhook_url` is where all of them send their events."""

    def __init__(self, webhook_url: str | None) -> None:
        self.webhook_url = webhook_url

    def routes(self) -> list[Route]:
        return [("GET", "/messaging_profiles", self.list), ("GET", "/messaging_profiles/{id}", self.get)]

    def list(self, request: Request) -> Answer:
        query = dict(request.query)
        check_page(query)
        return data_page([self.shown(id) for id in NAMES], query)

    def get(self, request: Request, id: str) -> Answer:
        if not is_uuid(id):
            raise Refusal(400, [error("10006", "Invalid ID", "The id is not a UUID.")])
        if id.lower() not in NAMES:
            raise Refusal(404, detail="No messaging profile has this id.")
        return json_answer({"data": self.shown(id.lower())})

    def find(self, id: str | None) -> dict[str, Any] | None:
        return self.shown(id) if id in NAMES else None

    def shown(self, id: str) -> dict[str, Any]:
        return {
            "record_type": "messaging_profile",
            "id": id,
            "name": NAMES[id],
            "enabled": True,
            "whitelisted_destinations": ["US"],
            "webhook_api_version": "2",
            "webhook_url": self.webhook_url,
            # Telnyx shows it in every answer, so whoever reads profiles has to keep it out of sight.
            "v1_secret": f"sandbox-secret-{id[-2:]}",
            "created_at": "2026-01-05T09:00:00.000000Z",
            "updated_at": "2026-01-05T09:00:00.000000Z",
        }


def check_page(query: dict[str, str]) -> None:
    for name in DEFAULTS:
        text = query.get(name, "1")
        if not is_integer(text, 1) or (name == "page[size]" and int(text) > LARGEST_PAGE):
            raise Refusal(400, [bad("Not a page of this list.", parameter=name)])
