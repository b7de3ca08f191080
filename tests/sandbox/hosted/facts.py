"""What is known about Telnyx's hosted service, read from contract/hosted.json, and the checks of a request."""

from typing import Any

from ..contract import Contract, load
from ..wire import Refusal, Request, error, is_uuid, parse_json

FACTS = load("hosted")
DEMO: dict[str, Any] = FACTS["demo_numbers"]
EVENTS: dict[str, Any] = FACTS["events"]
FILES = {name: fact["value"] for name, fact in FACTS["files"].items()}

contract = Contract("hosted")
RULES = contract.rules
ELIGIBILITIES: list[str] = contract.enums["eligible_status"]
OWNED: str = RULES["a_verified_number_is_in_webhooks"]
ORDER_STATUSES: list[str] = contract.enums["order_status"]
NUMBER_STATUSES: list[str] = [
    *contract.enums["number_status"],
    *contract.enums["number_status_in_webhooks_only"],
]
SINGLE_ERROR_PATHS = {
    "/v2" + operation["path"] for operation in FACTS["operations"] if operation.get("error_shape") == "single"
}


def checked_query(operation: str, request: Request) -> dict[str, str]:
    """Return the parameters of a request; raises Refusal 400."""
    if found := contract.query_errors(operation, request.query):
        raise Refusal(400, found)
    return dict(request.query)


def checked_body(operation: str, request: Request) -> dict[str, Any]:
    """Return the members of a JSON body; raises Refusal 400 or 415."""
    if content_type(request) != "application/json":
        raise Refusal(415, detail="Set Content-Type: application/json.")
    body = parse_json(request.body)
    if found := contract.errors(body, operation):
        raise Refusal(RULES["status_of_a_refused_body"], found)
    return body


def content_type(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def checked_id(id: str) -> str:
    if not is_uuid(id):
        raise Refusal(400, [error("10006", "Invalid ID", "The id is not a UUID.")])
    return id.lower()


def too_late(detail: str) -> Refusal:
    return Refusal(RULES["status_of_a_request_at_the_wrong_time"], detail=detail)


def digits_say(table: str, number: str) -> Any:
    """Return what the last two digits of a number decide, or None."""
    return DEMO[table].get(number[-2:])
