"""The judge for the strict comparisons contains no prose, and it can fail: it notices whatever is broken."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from tests.description import HOST, PUBLISHED, as_event, strict_judge

ID = "9c0d4e21-2b6a-4f31-8e77-1a2b3c4d5e6f"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def judge(description: dict[str, Any]) -> OpenAPI:
    return strict_judge(description, lambda judged: None)


def sample(name: str) -> dict[str, Any]:
    return json.loads((PUBLISHED / "webhook-samples" / f"{name}.json").read_text())["data"]


def annotations(part: Any, names: bool = False) -> Iterator[str]:
    """Yield every text that is meant for people. `names` says that the keys of `part` are names of members."""
    if isinstance(part, dict):
        for key, value in part.items():
            if not names and key in ("description", "summary", "title", "example", "examples"):
                yield from [str(value)] if value else []
            inner = not names and key in (
                "properties",
                "schemas",
                "responses",
                "parameters",
                "paths",
                "webhooks",
            )
            yield from annotations(value, inner and isinstance(value, dict))
    elif isinstance(part, list):
        for value in part:
            yield from annotations(value)


def test_the_facts_hold_names_and_no_prose(description: dict[str, Any]) -> None:
    assert list(annotations({**description, "info": {}})) == []


# Where people set what a request holds.

TELNYX = PUBLISHED.parents[1] / "docs" / "telnyx.md"
# Each request, and how deep its members are looked at.
REQUESTS = [
    *(("post", f"/messages{way}", 1) for way in ("", "/alphanumeric_sender_id", "/group_mms", "/long_code")),
    *(("post", f"/messages{way}", 1) for way in ("/number_pool", "/schedule", "/short_code", "/whatsapp")),
    ("post", "/messages/rcs", 4),
    ("patch", "/messaging/rcs/agents/{id}", 1),
    ("post", "/messaging_profiles", 2),
    ("patch", "/messaging_profiles/{id}", 2),
    ("post", "/messaging_profiles/{profile_id}/autoresp_configs", 1),
    ("post", "/alphanumeric_sender_ids", 1),
    ("post", "/messaging_numbers_bulk_updates", 1),
]


def members(schema: Any, schemas: dict[str, Any], depth: int) -> Iterator[str]:
    """Yield the names of the members of a schema, down to a depth."""
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    parts = [part for way in ("allOf", "oneOf", "anyOf") for part in schema.get(way, [])]
    for part in [*parts, *([schema["items"]] if "items" in schema else [])]:
        yield from members(part, schemas, depth)
    for name, inner in schema.get("properties", {}).items():
        yield name
        if depth > 1:
            yield from members(inner, schemas, depth - 1)


@pytest.mark.parametrize(("method", "path", "depth"), REQUESTS)
def test_the_page_about_telnyx_says_where_each_member_of_a_request_is_set(
    description: dict[str, Any], method: str, path: str, depth: int
) -> None:
    [content] = description["paths"][path][method]["requestBody"]["content"].values()
    said = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", tables_of_members()))))

    asked = set(members(content["schema"], description["components"]["schemas"], depth))

    assert asked
    assert asked <= said


def tables_of_members() -> str:
    tables = re.findall(r"\| member \| where it is set \|\n((?:\|.*\n)+)", TELNYX.read_text())
    return "".join(tables)


# Webhooks.


@pytest.mark.parametrize(
    ("name", "event"),
    [
        *(
            (path.stem, "hostedNumberOrderEvent")
            for path in sorted(PUBLISHED.glob("*/messaging_hosted*.json"))
        ),
        ("message.sent", "deliveryUpdate"),
        ("message.finalized", "deliveryUpdate"),
        ("message.finalized--delivery_failed", "deliveryUpdate"),
        ("message.finalized--sending_failed", "deliveryUpdate"),
        ("message.received", "inboundMessage"),
        ("message.link_click", "replacedLinkClick"),
    ],
)
def test_a_sample_fits_and_a_member_more_does_not(judge: OpenAPI, name: str, event: str) -> None:
    told = sample(name)
    judge.validate_webhook_request(as_event(told, event))

    told.get("payload", told)["surprise"] = 1

    with pytest.raises(OpenAPIError):
        judge.validate_webhook_request(as_event(told, event))


@pytest.mark.parametrize(
    "change",
    [
        lambda payload: payload.update(order_status="nearly"),
        lambda payload: payload.update(decision="maybe"),
        lambda payload: payload.update(order_id="17"),
        lambda payload: payload.update(approval_deadline="soon"),
        lambda payload: payload.update(numbers={}),
        lambda payload: payload["numbers"][0].update(status="lost"),
    ],
)
def test_a_broken_event_of_an_order_does_not_fit(judge: OpenAPI, change: Change) -> None:
    told = sample("messaging_hosted_numbers_orders.created")

    change(told["payload"])

    with pytest.raises(OpenAPIError):
        judge.validate_webhook_request(as_event(told, "hostedNumberOrderEvent"))


# Answers.

PROFILE: dict[str, Any] = {
    "record_type": "messaging_profile",
    "id": ID,
    "name": "Larkspur",
    "whitelisted_destinations": ["US"],
    "webhook_api_version": "2",
    "enabled": True,
}
PAGES = {"page_number": 1, "page_size": 20, "total_pages": 1, "total_results": 1}
ORDER: dict[str, Any] = {
    "id": ID,
    "record_type": "messaging_hosted_number_order",
    "messaging_profile_id": ID,
    "status": "pending",
    "phone_numbers": [
        {
            "id": ID,
            "record_type": "messaging_hosted_number",
            "phone_number": "+13125550141",
            "status": "pending",
        }
    ],
}


def answers(judge: OpenAPI, path: str, body: Any) -> None:
    request = MockRequest(HOST, "get", f"/v2{path}", headers={"Authorization": "Bearer KEY"})
    judge.validate_response(request, MockResponse(json.dumps(body).encode(), 200))


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["meta"].pop("total_results"),
        lambda body: body["meta"].update(page_number="1"),
        lambda body: body.update(data=body["data"][0]),
        lambda body: body["data"][0].update(enabled="yes"),
        lambda body: body["data"][0].update(webhook_api_version="3"),
        lambda body: body["data"][0].update(whitelisted_destinations=["USA"]),
        lambda body: body["data"][0].update(alpha_sender="Too long a name"),
        lambda body: body["data"][0].update(surprise=1),
    ],
)
def test_a_broken_list_of_profiles_does_not_fit(judge: OpenAPI, change: Change) -> None:
    body = copy.deepcopy({"data": [PROFILE], "meta": PAGES})
    answers(judge, "/messaging_profiles", body)

    change(body)

    with pytest.raises(OpenAPIError):
        answers(judge, "/messaging_profiles", body)


@pytest.mark.parametrize(
    "change",
    [
        lambda order: order.update(status="ownership_successful"),
        lambda order: order.update(id="17"),
        lambda order: order["phone_numbers"][0].update(status="ownership_successful"),
        lambda order: order["phone_numbers"][0].update(phone_number=13125550141),
        lambda order: order["phone_numbers"].append("+13125550142"),
        lambda order: order.update(created_at="2026-09-21T00:00:00Z"),
    ],
)
def test_a_broken_order_does_not_fit(judge: OpenAPI, change: Change) -> None:
    order = copy.deepcopy(ORDER)
    path = f"/messaging_hosted_number_orders/{ID}"
    answers(judge, path, {"data": order})

    change(order)

    with pytest.raises(OpenAPIError):
        answers(judge, path, {"data": order})


# Requests.


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.pop("to"),
        lambda body: body.update(to=["+13035550122"]),
        lambda body: body.update(media_urls="https://files.example.com/1.jpg"),
        lambda body: body.update(type="FAX"),
        lambda body: body.update(encoding="utf8"),
        lambda body: body.update(auto_detect="yes"),
        lambda body: body.update(surprise=1),
    ],
)
def test_a_broken_send_does_not_fit(judge: OpenAPI, change: Change) -> None:
    body: dict[str, Any] = {"from": "+13125550111", "to": "+13035550122", "text": "Hello", "type": "SMS"}
    judge.validate_request(send(body))

    change(body)

    with pytest.raises(OpenAPIError):
        judge.validate_request(send(body))


def send(body: dict[str, Any]) -> MockRequest:
    headers = {"Authorization": "Bearer KEY"}
    return MockRequest(HOST, "post", "/v2/messages", headers=headers, data=json.dumps(body).encode())
