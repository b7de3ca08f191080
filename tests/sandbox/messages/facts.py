"""What is known about Telnyx's messages, read from contract/messages.json, and the checks of a request."""

from typing import Any

from ..contract import Contract, load
from ..wire import Refusal, Request, error, is_uuid, parse_json

FACTS = load("messages")
KEYWORDS: dict[str, list[str]] = FACTS["keywords"]
OUTCOMES: dict[str, Any] = {
    name: steps for name, steps in FACTS["outcomes"].items() if isinstance(steps, list)
}
CODE_OF: dict[str, str] = FACTS["outcomes"]["codes"]
ENDINGS: dict[str, str] = FACTS["demo_numbers"]["outcomes"]
AT_ONCE: dict[str, int] = FACTS["refusals"]["at_once"]["value"]
LATER: list[str] = FACTS["refusals"]["later"]["value"]
TITLES: dict[str, str] = FACTS["errors"]["titles"]
# Where the sandbox fails a message by itself.
DETAILS = {"41000": "WhatsApp refused the message."}
ORGANIZATION = "5b6f8a10-2f0e-4c55-9c53-0d0f7a9e4f01"

contract = Contract("messages")
RULES = contract.rules


def refused(code: str, detail: str, pointer: str | None = None) -> Refusal:
    """Return the refusal of a send with one of the 40xxx codes."""
    return Refusal(AT_ONCE[code], [error(code, TITLES[code], detail, pointer=pointer)])


def message_error(code: str, position: int) -> dict[str, Any]:
    """Return a member of a message's own `errors`, about the recipient at this position."""
    detail = DETAILS.get(code, "The sandbox was set to fail it this way.")
    return error(code, TITLES[code], detail, pointer=f"/to/{position}/phone_number")


def checked_query(operation: str, request: Request) -> dict[str, str]:
    """Return the parameters of a request; raises Refusal 400."""
    if found := contract.query_errors(operation, request.query):
        raise Refusal(400, found)
    return dict(request.query)


def checked_body(operation: str, request: Request) -> dict[str, Any]:
    """Return the members of a JSON body without the nulls; raises Refusal 400 or 415."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refusal(415, detail="Set Content-Type: application/json.")
    body = parse_json(request.body)
    if found := contract.errors(body, operation):
        raise Refusal(RULES["status_of_a_refused_body"], found)
    return {name: value for name, value in body.items() if value is not None}


def checked_id(id: str) -> str:
    if not is_uuid(id):
        raise Refusal(400, [error("10006", "Invalid ID", "The id is not a UUID.")])
    return id.lower()
