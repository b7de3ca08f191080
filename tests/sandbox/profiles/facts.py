"""What is known about profiles and senders, read from contract/profiles.json, and the checks of a request."""

from typing import Any

from ..contract import Contract, load
from ..wire import Refusal, Request, error, is_uuid, parse_json

FACTS = load("profiles")
DOMAINS: list[str] = FACTS["url_domains"]["value"]
IGNORED: list[str] = FACTS["ignored"]["names"]
ORGANIZATION = "5b6f8a10-2f0e-4c55-9c53-0d0f7a9e4f01"

contract = Contract("profiles")
RULES = contract.rules


def checked_query(operation: str, request: Request, status: int = 400) -> dict[str, str]:
    """Return the parameters of a request; raises Refusal."""
    if found := contract.query_errors(operation, request.query):
        raise Refusal(status, found)
    return dict(request.query)


def checked_body(
    operation: str, request: Request, status: int, ignored: list[str] | None = None
) -> dict[str, Any]:
    """Return the members of a JSON body without those that change nothing; raises Refusal."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refusal(
            status, [error("10029", "Expected JSON Content-Type", "Set Content-Type: application/json.")]
        )
    body = parse_json(request.body)
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in (ignored or [])}
    if found := contract.errors(body, operation):
        raise Refusal(status, found)
    return body


def checked_id(id: str, status: int = 400) -> str:
    """Return an id in lower case; raises Refusal if it is not a UUID."""
    if not is_uuid(id):
        raise Refusal(status, [error("10006", "Invalid ID", "The id is not a UUID.")])
    return id.lower()
