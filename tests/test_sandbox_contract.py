"""The sandbox against what Telnyx publishes and against Telnyx's own client."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import telnyx
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing.requests import MockRequest
from openapi_core.testing.responses import MockResponse
from telnyx.types.messaging_tollfree.verification import VerificationRequestStatus

from tests.description import PUBLISHED
from tests.sandbox.contract import load
from tests.sandbox.control import Sandbox, sample_request
from tests.sandbox.signing import Keys

PATH = "/messaging_tollfree/verification/requests"
HOST = "https://api.telnyx.com"
EVERYTHING = sample_request(
    businessAddr2="Suite 4",
    isvReseller="Fictional Resellers Inc",
    webhookUrl="http://127.0.0.1:9/hook",
    doingBusinessAs="Larkspur",
    optInConfirmationResponse="You will get reminders. Reply STOP to opt out.",
    helpMessageResponse="Call +12175550142.",
    privacyPolicyURL="https://larkspur-dental.example/privacy",
    termsAndConditionURL="https://larkspur-dental.example/terms",
    ageGatedContent=False,
    optInKeywords="YES, JOIN",
    campaignVerifyAuthorizationToken="cv|1.0|fictional",
)


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.fixture(scope="module")
def strict(description: dict[str, Any]) -> OpenAPI:
    return OpenAPI.from_dict(description, config=Config(additional_properties_default_policy="forbid"))


def as_sent(request: httpx.Request) -> MockRequest:
    # Header names stay case-insensitive only while they are in httpx's own type.
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
    """A client that checks every accepted request and every answer against the description."""

    def check(response: httpx.Response) -> None:
        response.read()
        request = as_sent(response.request)
        if response.is_success:
            strict.validate_request(request)
        content_type = response.headers.get("Content-Type", "application/json")
        answer = MockResponse(response.content, response.status_code, dict(response.headers), content_type)
        strict.validate_response(request, answer)

    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    hooks = {"response": [check]}
    with httpx.Client(
        base_url=sandbox.base_url, headers=headers, event_hooks=hooks, trust_env=False
    ) as client:
        yield client


@pytest.mark.parametrize("body", [sample_request(), EVERYTHING], ids=["required", "everything"])
def test_a_whole_life_fits_the_description(
    checked: httpx.Client, sandbox: Sandbox, body: dict[str, Any]
) -> None:
    created = checked.post(PATH, json=body)
    one = f"{PATH}/{created.json()['id']}"
    sandbox.set_status(created.json()["id"], "Waiting For Customer", "Name the brand.", webhook=False)
    filters: dict[str, Any] = {
        "status": "Waiting For Customer",
        "phone_number": "+18005550123",
        "business_name": "Larkspur",
        "date_start": "2026-01-01T00:00:00Z",
        "date_end": "2099-01-01T00:00:00Z",
    }

    listed = checked.get(PATH, params=filters | {"page": 1, "page_size": 20})
    read = checked.get(one)
    updated = checked.patch(one, json=body | {"businessCity": "Peoria"})
    sandbox.set_status(created.json()["id"], "Rejected", "Not possible.", webhook=False)
    history = checked.get(f"{one}/status_history", params={"page[number]": 1, "page[size]": 20})
    deleted = checked.delete(one)
    profiles = checked.get("/messaging_profiles", params={"page[number]": 1, "page[size]": 1})

    answers = [created, listed, read, updated, history, deleted, profiles]
    assert [answer.status_code for answer in answers] == [200] * 7
    assert listed.json()["records"] == [read.json()]
    assert history.json()["total_records"] == 4


def test_every_refusal_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    id = checked.post(PATH, json=sample_request()).json()["id"]
    sandbox.fault("retry_after")
    busy = checked.post(PATH, json=sample_request())
    sandbox.fault("status", status=422)
    unprocessable = checked.post(PATH, json=sample_request())

    refusals = [
        checked.post(PATH, json={"businessName": "x" * 501, "useCase": "Dentistry", "odd": 1}),
        checked.get(PATH),
        checked.get(PATH, params={"page": 1, "page_size": 1}, headers={"Authorization": "Bearer wrong"}),
        checked.delete(f"{PATH}/{id}"),
        checked.get(f"{PATH}/9c0d4e21-2b6a-4f31-8e77-1a2b3c4d5e6f"),
        checked.get(f"{PATH}/{id}/status_history"),
        unprocessable,
        busy,
    ]

    assert [answer.status_code for answer in refusals] == [400, 400, 401, 400, 404, 400, 422, 429]


def test_the_description_is_applied_strictly(strict: OpenAPI) -> None:
    misspelt = sample_request() | {"optInWorkflowImageUrls": []}
    request = MockRequest(
        HOST, "POST", f"/v2{PATH}", headers={"Authorization": "Bearer x"}, data=json.dumps(misspelt).encode()
    )

    with pytest.raises(OpenAPIError):
        strict.validate_request(request)


def test_the_description_is_applied_strictly_to_answers(checked: httpx.Client, sandbox: Sandbox) -> None:
    id = sandbox.seed(sample_request() | {"ticketNumber": "undocumented"})["id"]

    with pytest.raises(OpenAPIError):
        checked.get(f"{PATH}/{id}")


# The contract file against the description.


def resolved(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its references and unions merged into one."""
    if "$ref" in schema:
        return resolved(description, description["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    merged = dict(schema)
    for part in (*schema.get("allOf", []), *schema.get("anyOf", [])):
        found = resolved(description, part)
        types = [*listed(merged.get("type")), *listed(found.get("type"))]
        merged = found | merged | {"type": types}
    return merged


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value is not None else []


def described(description: dict[str, Any], schema: dict[str, Any], required: bool) -> dict[str, Any]:
    """Return what the description says about a field, in the words of the contract file."""
    rule = resolved(description, schema)
    types = listed(rule["type"])
    facts = {
        "type": next(kind for kind in types if kind != "null"),
        "required": required,
        "nullable": "null" in types,
        "max_length": rule.get("maxLength"),
        "min_length": rule.get("minLength"),
        "pattern": rule.get("pattern"),
        "min_items": rule.get("minItems"),
        "enum": rule.get("enum"),
    }
    if "items" in rule:
        items = resolved(description, rule["items"])
        facts["items"] = {
            name: described(description, member, name in items["required"])
            for name, member in items["properties"].items()
        }
    return facts


def written(rule: dict[str, Any], enums: dict[str, Any]) -> dict[str, Any]:
    """Return the same facts from the contract file."""
    names = ("type", "required", "nullable", "max_length", "min_length", "pattern", "min_items")
    facts: dict[str, Any] = {name: rule.get(name) for name in names}
    facts["enum"] = enums[rule["enum"]]["values"] if "enum" in rule else None
    if "items" in rule:
        facts["items"] = {name: written(member, enums) for name, member in rule["items"].items()}
    return facts


def test_the_contract_file_says_what_the_description_says(description: dict[str, Any]) -> None:
    contract, schemas = load("tollfree"), description["components"]["schemas"]
    request = schemas["TFVerificationRequest"]

    ours = {name: written(rule, contract["enums"]) for name, rule in contract["fields"].items()}

    assert ours == {
        name: described(description, schema, name in request["required"])
        for name, schema in request["properties"].items()
    }
    assert contract["enums"]["verificationStatus"]["values"] == schemas["TFVerificationStatus"]["enum"]
    for shape, schema in (("Egress", "VerificationRequestEgress"), ("Status", "VerificationRequestStatus")):
        theirs, answer = schemas[schema], contract["answers"][shape]
        assert set(answer["adds"]) == set(theirs["properties"]) - set(request["properties"])
        assert set(answer["required"]) == set(theirs["required"]) - set(request["required"])
    entry, answer = schemas["VerificationStatusHistoryEntry"], contract["answers"]["history entry"]
    assert (set(answer["names"]), set(answer["required"])) == (
        set(entry["properties"]),
        set(entry["required"]),
    )
    assert answer["reason_max_length"] == entry["properties"]["reason"]["maxLength"]


def test_the_operations_are_the_described_ones(description: dict[str, Any]) -> None:
    ours = {}
    for operation in load("tollfree")["operations"]:
        path = operation["path"].replace("{base}", PATH)
        ours[operation["method"], path] = {
            name: (rule["required"], rule.get("minimum")) for name, rule in operation["query"].items()
        }

    theirs = {
        (method.upper(), path): {
            parameter["name"]: (parameter["required"], parameter["schema"].get("minimum"))
            for parameter in operation["parameters"]
            if parameter["in"] == "query"
        }
        for path, methods in description["paths"].items()
        if path.startswith(PATH)
        for method, operation in methods.items()
    }
    assert ours == theirs


def test_every_fact_names_a_source() -> None:
    contract = load("tollfree")
    facts = [*contract["fields"].values(), *contract["enums"].values(), *contract["rules"].values()]
    facts += [*contract["operations"], *contract["answers"].values(), contract["read_only"]]

    assert {fact["source"] for fact in facts} <= set(contract["sources"])
    for name in ("tollfree", "webhooks"):
        assert all(source["what"] and source["date"] for source in load(name)["sources"].values())


# Webhooks.


def test_the_event_has_the_shape_of_the_samples(sandbox: Sandbox) -> None:
    id = sandbox.seed(sample_request(webhookUrl="http://127.0.0.1:9/hook"))["id"]
    sandbox.set_status(id, "Verified")
    sandbox.set_status(id, "Rejected", "The opt-in screenshot shows no brand name.")
    verified, rejected = (entry["event"] for entry in sandbox.deliveries())

    for event, sample in ((verified, ""), (rejected, "--rejected")):
        name = f"toll_free_verification.status_update{sample}.json"
        expected = json.loads((PUBLISHED / "webhook-samples" / name).read_text())["data"]
        assert event["data"].keys() == expected.keys()
        assert event["data"]["payload"].keys() == expected["payload"].keys()
        assert event["data"]["payload"]["status"] == expected["payload"]["status"]
        assert event["data"]["event_type"] == expected["event_type"]


def test_it_signs_the_known_vector_as_telnyx_does(tmp_path: Path) -> None:
    vector = json.loads((PUBLISHED / "webhook-samples" / "_signature_vector.json").read_text())
    seed = base64.b64encode(bytes.fromhex(vector["private_seed_hex"])).decode()
    file = tmp_path / "keys"
    file.write_text(f"{seed}\n{seed}\n")
    keys = Keys(file)

    headers = keys.headers(vector["raw_body"].encode(), vector["headers"]["telnyx-timestamp"])

    assert keys.public() == vector["public_key_base64"]
    assert headers["telnyx-signature-ed25519"] == vector["headers"]["telnyx-signature-ed25519"]


# The official client, which is not our code.


@pytest.fixture
def official(sandbox: Sandbox) -> Iterator[telnyx.Telnyx]:
    with telnyx.Telnyx(api_key=sandbox.api_key, base_url=sandbox.base_url, max_retries=0) as client:
        yield client


def in_snake_case(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body in the official client's spelling of the names."""
    irregular = {
        "businessAddr1": "business_addr1",
        "businessAddr2": "business_addr2",
        "optInWorkflowImageURLs": "opt_in_workflow_image_urls",
        "privacyPolicyURL": "privacy_policy_url",
        "termsAndConditionURL": "terms_and_condition_url",
    }
    renamed = {
        irregular.get(name)
        or "".join("_" + letter.lower() if letter.isupper() else letter for letter in name): value
        for name, value in body.items()
    }
    renamed["phone_numbers"] = [{"phone_number": entry["phoneNumber"]} for entry in body["phoneNumbers"]]
    return renamed


def test_the_official_client_drives_a_whole_life(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    requests = official.messaging_tollfree.verification.requests
    body = in_snake_case(EVERYTHING)

    created = requests.create(**body)
    others = [requests.create(**body | {"business_name": f"Branch {number}"}).id for number in range(4)]
    sandbox.set_status(created.id, "Waiting For Customer", "Name the brand.", webhook=False)
    read = requests.retrieve(created.id)
    found = list(requests.list(page=1, page_size=2))
    updated = requests.update(created.id, **body | {"business_city": "Peoria"})
    sandbox.set_status(created.id, "Rejected", "Not possible.", webhook=False)
    history = requests.retrieve_status_history(created.id, page_number=1, page_size=10)
    requests.delete(created.id)

    assert (read.verification_status, read.reason) == ("Waiting For Customer", "Name the brand.")
    assert read.opt_in_workflow_image_urls[0].url == EVERYTHING["optInWorkflowImageURLs"][0]["url"]
    assert all(isinstance(record, VerificationRequestStatus) for record in found)
    assert [record.id for record in found] == [*reversed(others), created.id]
    assert (updated.business_city, updated.verification_status) == ("Peoria", "In Progress")
    assert [entry.verification_status for entry in history.records] == [
        "In Progress",
        "Waiting For Customer",
        "In Progress",
        "Rejected",
    ]
    assert {record["id"] for record in sandbox.records()} == set(others)
    assert sandbox.records()[0]["fields"] | {"businessName": EVERYTHING["businessName"]} == EVERYTHING


def test_the_official_client_understands_every_refusal(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    requests = official.messaging_tollfree.verification.requests
    id = sandbox.seed()["id"]

    with pytest.raises(telnyx.BadRequestError, match="10015"):
        requests.create(**in_snake_case(sample_request(useCase="Dentistry")))
    with pytest.raises(telnyx.BadRequestError):
        requests.delete(id)
    with pytest.raises(telnyx.NotFoundError):
        requests.retrieve("9c0d4e21-2b6a-4f31-8e77-1a2b3c4d5e6f")
    with pytest.raises(telnyx.UnprocessableEntityError, match="/businessName"):
        requests.create(**in_snake_case(sample_request(businessName="FAKE-422")))
    sandbox.fault("retry_after")
    with pytest.raises(telnyx.RateLimitError):
        requests.retrieve(id)
    sandbox.fault("store_then_lose", method="POST")
    with pytest.raises(telnyx.APIConnectionError):
        requests.create(**in_snake_case(sample_request()))
    sandbox.set_key("KEY-other")
    with pytest.raises(telnyx.AuthenticationError):
        official.messaging_profiles.list()
    assert len(sandbox.records()) == 2
