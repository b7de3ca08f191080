"""Messaging profiles: just the list, which the product reads to find out whether its key works."""

from .contract import bad, is_integer
from .routing import Route
from .wire import Answer, Refusal, Request, json_answer

# Ceiling and defaults from the OpenAPI description of 2026-07-16 (parameter PageConsolidated).
PARAMETERS = {"page[number]": (1, None), "page[size]": (20, 250)}
PROFILE = {
    "record_type": "messaging_profile",
    "id": "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e01",
    "name": "Sandbox profile",
    "enabled": True,
    "created_at": "2026-01-05T09:00:00.000000Z",
    "updated_at": "2026-01-05T09:00:00.000000Z",
}


def routes() -> list[Route]:
    return [("GET", "/messaging_profiles", list_profiles)]


def list_profiles(request: Request) -> Answer:
    number, size = paging(dict(request.query))
    meta = {"page_number": number, "page_size": size, "total_pages": 1, "total_results": 1}
    return json_answer({"data": [PROFILE] if number == 1 else [], "meta": meta})


def paging(query: dict[str, str]) -> list[int]:
    """Return page number and size; raises Refusal 400."""
    values = []
    for name, (default, ceiling) in PARAMETERS.items():
        text = query.get(name, str(default))
        if not is_integer(text, 1) or int(text) > (ceiling or int(text)):
            raise Refusal(400, [bad("Not a page of this list.", parameter=name)])
        values.append(int(text))
    return values
