"""What the comparisons of our side, the sandbox and Telnyx's description share; a pytest plugin."""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from openapi_core import OpenAPI

from tests.description import Event, strict_judge
from tests.description import as_event as as_any_event
from tests.sandbox.control import Sandbox

if TYPE_CHECKING:
    import telnyx

ABSENT = "9c0d4e21-2b6a-4f31-8e77-1a2b3c4d5e6f"


@pytest.fixture(scope="session")
def posting_sandbox() -> Iterator[Sandbox]:
    """A sandbox that posts its webhooks to a port where nobody listens: what it sends is read from its deliveries."""
    with Sandbox(webhooks="http://127.0.0.1:9/webhooks/telnyx/") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def strict(description: dict[str, Any]) -> OpenAPI:
    def take_files(judged: dict[str, Any]) -> None:
        schemas = judged["components"]["schemas"]
        # Described as strings in a binary format, for which the judge takes no bytes.
        for file in schemas["UploadFileMessagingHostedNumberOrderRequest"]["properties"].values():
            del file["type"]
        # Described as a date-time, with an example that has a space where the format has a T.
        del schemas["OptOutItem"]["properties"]["created_at"]["format"]

    return strict_judge(description, take_files)


@pytest.fixture
def official(sandbox: Sandbox) -> Iterator["telnyx.Telnyx"]:
    """Telnyx's own client, imported when it is asked for: that takes a second, and most runs do not need it."""
    with import_module("telnyx").Telnyx(
        api_key=sandbox.api_key, base_url=sandbox.base_url, max_retries=0
    ) as client:
        yield client


def as_event(delivery: dict[str, Any]) -> Event:
    return as_any_event(delivery["event"]["data"], "hostedNumberOrderEvent")


def parameters(
    description: dict[str, Any], parameter: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the query parameters that one entry of the description stands for."""
    if "$ref" in parameter:
        parameter = description["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    if parameter["in"] != "query":
        return
    if parameter.get("style") == "deepObject":
        for name, rule in parameter["schema"]["properties"].items():
            yield f"{parameter['name']}[{name}]", rule
    else:
        yield parameter["name"], parameter["schema"]


def present(value: Any) -> Any:
    """Return what the client's types call optional and an answer has."""
    assert value is not None
    return value


class Recording(httpx.BaseTransport):
    """Carry requests to the sandbox and keep each with its answer."""

    def __init__(self) -> None:
        self.inner = httpx.HTTPTransport(trust_env=False)
        self.seen: list[tuple[httpx.Request, int, bytes]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        answer = self.inner.handle_request(request)
        content = answer.read()
        answer.close()
        self.seen.append((request, answer.status_code, content))
        return httpx.Response(answer.status_code, headers={"date": answer.headers["date"]}, content=content)
