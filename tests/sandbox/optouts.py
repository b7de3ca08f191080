"""Opt-out blocks: a read-only list. Texting STOP adds a block, texting START removes it; nothing else changes it.

A block is kept under "profile|from|to": `from` is our address that may not send, `to` the phone.
"""

from typing import Any

from .autoresponses import within
from .contract import Contract, load
from .paging import data_page
from .routing import Route
from .state import Record, State
from .wire import Answer, Refusal, Request

FACTS = load("optouts")
SINGLE_ERROR_PATHS = {
    "/v2" + operation["path"] for operation in FACTS["operations"] if operation.get("error_shape") == "single"
}

contract = Contract("optouts")


class OptOuts:
    def __init__(self, state: State) -> None:
        self.state = state

    @property
    def records(self) -> dict[str, Record]:
        return self.state.collection("optouts")

    def routes(self) -> list[Route]:
        return [("GET", contract.operations["list"]["path"], self.list)]

    def list(self, request: Request) -> Answer:
        if found := contract.query_errors("list", request.query):
            raise Refusal(400, found)
        query = dict(request.query)
        held = [record for record in reversed(self.records.values()) if selected(record, query)]
        is_redacted = query.get("redaction_enabled") == "true"
        return data_page(held, query, lambda record: redacted(record) if is_redacted else shown(record))

    def add(self, data: Record) -> Record:
        """Block a pair, as a STOP does. The first block of a pair stays."""
        record = {
            "from": data["from"],
            "to": data["to"],
            "messaging_profile_id": data.get("messaging_profile_id"),
            "keyword": data.get("keyword", "STOP"),
            "created_at": data.get("created_at") or self.state.now(),
        }
        kept = self.records.setdefault(key(record), record)
        self.state.save()
        return shown(kept)

    def remove(self, data: Record) -> bool:
        """Lift the block of a pair, as a START does; return whether there was one."""
        found = self.records.pop(key(data), None)
        self.state.save()
        return found is not None


def key(data: Record) -> str:
    return f"{data.get('messaging_profile_id')}|{data['from']}|{data['to']}"


def selected(record: Record, query: dict[str, str]) -> bool:
    profile, address = record["messaging_profile_id"], record["from"]
    return (
        query.get("filter[messaging_profile_id]", profile) == profile
        and query.get("filter[from]", address) == address
        and all(
            within(record["created_at"], query[f"created_at[{end}]"], end)
            for end in ("gte", "lte")
            if f"created_at[{end}]" in query
        )
    )


def shown(record: Record) -> dict[str, Any]:
    """Return a block as Telnyx shows it: its time has a space before the hour and +00:00 at the end."""
    return record | {"created_at": record["created_at"].replace("T", " ").replace("Z", "+00:00")}


def redacted(record: Record) -> dict[str, Any]:
    ending = contract.rules["a_redacted_number_ends_with"]
    return shown(record) | {"to": record["to"][: -len(ending)] + ending}
