"""Toll-free verification requests: Telnyx's six operations, and what a reviewer or the portal does."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .contract import Contract, moment
from .state import Record, State
from .webhooks import Sender
from .wire import Answer, Refusal, Request, error, is_uuid, json_answer, parse_json

EVENT = "toll_free_verification.status_update"
OVERTAKEN = "A newer verification request was filed for this number."

LONG_AGO = datetime.min.replace(tzinfo=UTC)

contract = Contract("tollfree")

Operation = Callable[..., Answer]


class TollFree:
    """Telnyx's toll-free service on the shared state."""

    def __init__(self, state: State, sender: Sender) -> None:
        self.state = state
        self.sender = sender

    def routes(self) -> list[tuple[str, str, Operation]]:
        functions: dict[str, Operation] = {
            "list": self.list,
            "create": self.create,
            "get": self.get,
            "update": self.update,
            "delete": self.delete,
            "status_history": self.status_history,
        }
        return [
            (operation["method"], operation["path"].replace("{base}", contract.base), functions[name])
            for name, operation in contract.operations.items()
        ]

    @property
    def records(self) -> dict[str, Record]:
        return self.state.collection("verification_requests")

    # Telnyx's operations.

    def list(self, request: Request) -> Answer:
        check_query("list", request)
        query = dict(request.query)
        found = [record for record in reversed(self.records.values()) if selected(record, query)]
        return page(found, int(query["page"]), int(query["page_size"]), as_status)

    def create(self, request: Request) -> Answer:
        fields = check_body(request)
        overtaken = [record for record in self.records.values() if verified_for(record, fields)]
        record = self.add(fields, contract.rules["status_on_creation"], origin="api")
        for older in overtaken:
            self.move(older, contract.rules["status_of_an_overtaken_request"], OVERTAKEN)
        return json_answer(as_egress(record))

    def get(self, request: Request, id: str) -> Answer:
        return json_answer(as_status(self.find(id)))

    def update(self, request: Request, id: str) -> Answer:
        record = self.find(id)
        record["fields"] = check_body(request)
        self.note(record, contract.rules["status_on_creation"], None)
        self.state.save()
        return json_answer(as_egress(record))

    def delete(self, request: Request, id: str) -> Answer:
        record = self.find(id)
        if record["status"] not in contract.rules["delete_only_in"]:
            raise Refusal(
                400, detail=f"Only a Rejected request can be deleted; this one is {record['status']}."
            )
        self.forget(id)
        return Answer(200)

    def status_history(self, request: Request, id: str) -> Answer:
        check_query("status_history", request)
        query = dict(request.query)
        history = self.find(id)["history"]
        return page(history, int(query["page[number]"]), int(query["page[size]"]), dict)

    # What happens at Telnyx without a request from us.

    def add(self, fields: dict[str, Any], status: str, reason: str | None = None, *, origin: str) -> Record:
        """Store a new request; `origin` is "api" or "portal"."""
        record: Record = {
            "id": str(uuid.uuid4()),
            "vendor_id": f"VR-{uuid.uuid4().hex[:12].upper()}",
            "fields": fields,
            "history": [],
            "origin": origin,
            "taken_over": False,
        }
        self.note(record, status, reason)
        record["created_at"] = record["updated_at"]
        self.records[record["id"]] = record
        self.state.save()
        return record

    def move(
        self,
        record: Record,
        status: str,
        reason: str | None = None,
        *,
        occurred_at: str | None = None,
        webhook: bool = True,
    ) -> None:
        """Give a request any status word, and send its webhook."""
        self.note(record, status, reason, occurred_at)
        self.state.save()
        if webhook:
            self.announce(record)

    def announce(self, record: Record) -> None:
        """Send the event of the current status."""
        self.sender.send(EVENT, record["updated_at"], payload(record), record["fields"].get("webhookUrl"))

    def note(self, record: Record, status: str, reason: str | None, occurred_at: str | None = None) -> None:
        record["status"], record["reason"] = status, reason
        record["updated_at"] = occurred_at or self.state.now()
        record["history"].append(
            {"verificationStatus": status, "updatedAt": record["updated_at"], "reason": reason}
        )

    def edit(self, record: Record, changes: dict[str, Any]) -> None:
        """Change fields as someone in the portal would. A null removes the field; nothing is checked."""
        record["fields"] = {
            name: value for name, value in (record["fields"] | changes).items() if value is not None
        }
        record["updated_at"] = self.state.now()
        self.state.save()

    def forget(self, id: str) -> None:
        del self.records[id]
        self.state.save()

    def find(self, id: str) -> Record:
        """Return a request; raises Refusal 400 (not a UUID) or 404."""
        if not is_uuid(id):
            raise Refusal(400, [error("10006", "Invalid ID", "The id is not a UUID.")])
        try:
            return self.records[id.lower()]
        except KeyError:
            raise Refusal(404, detail="No verification request has this id.") from None


def check_query(operation: str, request: Request) -> None:
    if found := contract.query_errors(operation, request.query):
        raise Refusal(400, found)


def check_body(request: Request) -> dict[str, Any]:
    """Return the fields of a body as Telnyx keeps them, without the nulls; raises Refusal 400 or 415."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refusal(415, detail="Set Content-Type: application/json.")
    body = parse_json(request.body)
    if isinstance(body, dict):
        body = contract.normalised(body)
    if found := contract.errors(body):
        raise Refusal(contract.rules["status_of_a_refused_body"], found)
    return {name: value for name, value in body.items() if value is not None}


def numbers(fields: dict[str, Any]) -> set[str]:
    return {entry["phoneNumber"] for entry in fields.get("phoneNumbers", [])}


def verified_for(record: Record, fields: dict[str, Any]) -> bool:
    return record["status"] == "Verified" and bool(numbers(record["fields"]) & numbers(fields))


def selected(record: Record, query: dict[str, str]) -> bool:
    """Return True if a record passes the filters. Dates are inclusive; part of the business name is enough."""
    fields, created = record["fields"], moment(record["created_at"]) or LONG_AGO
    return (
        query.get("status", record["status"]) == record["status"]
        and ("phone_number" not in query or query["phone_number"] in numbers(fields))
        and query.get("business_name", "").casefold() in fields.get("businessName", "").casefold()
        and (moment(query.get("date_start", "")) or created) <= created
        and (moment(query.get("date_end", "")) or created) >= created
    )


def page(records: list[Any], number: int, size: int, shape: Callable[[Any], dict[str, Any]]) -> Answer:
    """Answer with one page. A size over the ceiling is silently lowered, as Telnyx does."""
    size = min(size, contract.rules["page_size_ceiling"])
    shown = records[(number - 1) * size : number * size]
    return json_answer({"records": [shape(record) for record in shown], "total_records": len(records)})


def as_egress(record: Record) -> dict[str, Any]:
    """Return the shape that answers a POST or PATCH."""
    return record["fields"] | {
        "id": record["id"],
        "verificationRequestId": record["vendor_id"],
        "verificationStatus": record["status"],
    }


def as_status(record: Record) -> dict[str, Any]:
    """Return the shape that answers a GET."""
    answer = record["fields"] | {
        "id": record["id"],
        "verificationStatus": record["status"],
        "createdAt": record["created_at"],
        "updatedAt": record["updated_at"],
    }
    return answer | ({"reason": record["reason"]} if record["reason"] is not None else {})


def payload(record: Record) -> dict[str, Any]:
    """Return the payload of the status event: an assumption, see contract/webhooks.json."""
    said = {"id": record["id"], "status": record["status"].lower()}
    if record["status"] == "Rejected" and record["reason"]:
        said["rejectionReason"] = record["reason"]
    return said
