"""Telnyx's own log of webhook deliveries, from which lost events can be read later."""

from typing import Any

from .contract import Contract, moment
from .paging import data_page
from .state import Record, State
from .wire import Answer, Refusal, Request, error, is_uuid, json_answer

contract = Contract("messages")
ORGANIZATION = "5b6f8a10-2f0e-4c55-9c53-0d0f7a9e4f01"
NOT_DELIVERED: int = contract.rules["code_of_a_webhook_that_did_not_arrive"]
# A lost webhook was never sent. It is listed as failed, which is an assumption.
STATUS = {"delivered": "delivered", "failed": "failed", "lost": "failed"}


class DeliveryLog:
    """Finished deliveries only; those in progress or held back are not listed."""

    def __init__(self, state: State) -> None:
        self.state = state

    def find(self, request: Request) -> Answer:
        if found := contract.query_errors("webhook_deliveries", request.query):
            raise Refusal(422, found)
        query = dict(request.query)
        rows = [
            row for row in reversed(self.state.deliveries) if row["outcome"] in STATUS and passes(row, query)
        ]
        return data_page(rows, query, shape)

    def get(self, request: Request, id: str) -> Answer:
        if not is_uuid(id):
            raise Refusal(400, [error("10006", "Invalid ID", "The id is not a UUID.")])
        for row in self.state.deliveries:
            if row["id"] == id.lower() and row["outcome"] in STATUS:
                return json_answer({"data": shape(row)})
        raise Refusal(404, detail="No webhook delivery has this id.")


def passes(row: Record, query: dict[str, str]) -> bool:
    shown = shape(row)
    wanted = query.get("filter[event_type]")
    return (
        query.get("filter[status][eq]", shown["status"]) == shown["status"]
        and (wanted is None or row["event_type"] in wanted.split(","))
        and query.get("filter[webhook][contains]", "") in str(shown["webhook"])
        and query.get("filter[attempts][contains]", "") in str(shown["attempts"])
        and all(
            is_within(shown[name], query.get(f"filter[{name}][gte]"), query.get(f"filter[{name}][lte]"))
            for name in ("started_at", "finished_at")
        )
    )


def is_within(text: str, first: str | None, last: str | None) -> bool:
    when = moment(text)
    begin, end = moment(first or text), moment(last or text)
    return when is not None and begin is not None and end is not None and begin <= when <= end


def shape(row: Record) -> dict[str, Any]:
    started_at = row["attempts"][0]["at"] if row["attempts"] else row["planned_at"]
    return {
        "attempts": [attempt(entry, row) for entry in reversed(row["attempts"])],
        "finished_at": row["finished_at"] or started_at,
        "id": row["id"],
        "record_type": "webhook_delivery",
        "started_at": started_at,
        "status": STATUS[row["outcome"]],
        "user_id": ORGANIZATION,
        "webhook": row["event"]["data"],
    }


def attempt(entry: Record, row: Record) -> dict[str, Any]:
    http: dict[str, Any] = {
        "request": {"headers": [["Content-Type", "application/json"]], "url": entry.get("url") or row["url"]}
    }
    if entry["status"] is not None:
        http["response"] = {"body": entry["answer"], "headers": [], "status": entry["status"]}
    succeeded = 200 <= (entry["status"] or 0) < 300
    return {
        "finished_at": entry["finished_at"],
        "http": http,
        "started_at": entry["at"],
        "status": "delivered" if succeeded else "failed",
    } | ({} if succeeded else {"errors": [NOT_DELIVERED]})
