"""What Telnyx publishes, as a judge of what the sandbox accepts, answers and sends. A pytest plugin."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.testing.requests import MockRequest
from openapi_core.testing.responses import MockResponse
from werkzeug.datastructures import Headers

from tests.sandbox.control import Sandbox
from tests.sandbox.signing import Keys

PUBLISHED = Path(__file__).resolve().parent / "contract"
HOST = "https://api.telnyx.com"


@pytest.fixture(scope="session")
def description() -> dict[str, Any]:
    return json.loads((PUBLISHED / "contract-facts.json").read_text())


def strict_judge(description: dict[str, Any], fix: Callable[[dict[str, Any]], None]) -> OpenAPI:
    """Return a judge that forbids what is not described. `fix` corrects a copy where the description is wrong."""
    judged = copy.deepcopy(description)
    # Described as an object without naming any member: anything in it is allowed.
    judged["components"]["schemas"]["messaging_Error"]["properties"]["meta"]["additionalProperties"] = True
    fix(judged)
    # The description itself is not under test, and checking it takes seconds.
    config = Config(spec_validator_cls=None, additional_properties_default_policy="forbid")
    return OpenAPI.from_dict(judged, config=config)


def as_sent(request: httpx.Request) -> MockRequest:
    request.read()
    return MockRequest(
        HOST,
        request.method,
        request.url.path,
        args=dict(request.url.params),
        headers=dict(request.headers),
        data=request.content,
        content_type=request.headers.get("Content-Type", ""),
    )


@pytest.fixture
def checked(sandbox: Sandbox, strict: OpenAPI) -> Iterator[httpx.Client]:
    """A client that checks every accepted request and every answer against the module's judge."""
    sent: list[MockRequest] = []

    def check(response: httpx.Response) -> None:
        response.read()
        request = sent.pop()
        if response.is_success:
            strict.validate_request(request)
        content_type = response.headers.get("Content-Type", "application/json")
        answer = MockResponse(response.content, response.status_code, dict(response.headers), content_type)
        strict.validate_response(request, answer)

    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    # A form with files is a stream that can only be read once, so it is kept before it is sent.
    hooks = {"request": [lambda request: sent.append(as_sent(request))], "response": [check]}
    with httpx.Client(
        base_url=sandbox.base_url, headers=headers, event_hooks=hooks, trust_env=False
    ) as client:
        yield client


@dataclass
class Event:
    """A webhook in the form that the description's judge takes."""

    body: bytes
    parameters: RequestParameters
    name: str
    method: str = "post"
    content_type: str = "application/json"


def as_event(data: dict[str, Any], name: str) -> Event:
    """Return an event without `meta`, which the description only has for outbound messages."""
    body = json.dumps({"data": data}).encode()
    # The description asks for a key on everything, including webhooks. Telnyx signs those instead.
    headers = Keys().headers(body, "1786615205") | {"Authorization": "Bearer of the description"}
    return Event(body, RequestParameters(header=Headers(headers)), name)
