"""What is known about RCS, read from contract/rcs.json, and the checks of a request."""

import re
from typing import Any

from ..contract import Contract, load
from ..wire import Refusal, Request, error, parse_json

FACTS = load("rcs")
FEATURES: list[str] = FACTS["enums"]["feature"]["values"]

contract = Contract("rcs")
RULES = contract.rules
REFUSED: int = RULES["status_of_a_refusal"]


def checked_query(operation: str, request: Request) -> dict[str, str]:
    """Return the parameters of a request; raises Refusal."""
    if found := contract.query_errors(operation, request.query):
        raise Refusal(REFUSED, found)
    return dict(request.query)


def checked_body(operation: str, request: Request) -> dict[str, Any]:
    """Return the members of a JSON body; raises Refusal."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refusal(
            REFUSED, [error("10029", "Expected JSON Content-Type", "Set Content-Type: application/json.")]
        )
    body = parse_json(request.body)
    if found := contract.errors(body, operation):
        raise Refusal(REFUSED, found)
    return body


def checked_number(number: str, **source: str) -> str:
    """Return a number in E.164; raises Refusal."""
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
        words = "Write it as +18005550100."
        raise Refusal(REFUSED, [error("10016", "Phone number must be in +E.164 format", words, **source)])
    return number
