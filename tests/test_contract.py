"""Our models, the sandbox's contract files and what Telnyx publishes (tests/contract) agree about each field."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from django.db import models
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.records import sync
from tests.tollfree.conftest import complete
from tollfree.checks import validation
from tollfree.choices import EntityType, MessageVolume, Status, UseCase
from tollfree.models import VerificationRequest
from tollfree.operations import CALLBACK, find_created, find_updated

REPO = Path(__file__).resolve().parent.parent
CONTRACT = json.loads((REPO / "tests/sandbox/contract/tollfree.json").read_text())
FIELDS: dict[str, dict[str, Any]] = CONTRACT["fields"]
OPERATIONS = {operation["name"]: operation for operation in CONTRACT["operations"]}
WIRE = VerificationRequest.wire
FIELD_OF = {name.json: field for field, name in WIRE.names.items()}


# Our model and the contract.


def test_the_wire_names_each_field_of_the_contract_and_no_other():
    assert set(FIELD_OF) | {CALLBACK} == set(FIELDS)
    assert not set(FIELD_OF) & set(CONTRACT["read_only"]["names"])


@pytest.mark.parametrize("name", [name for name in FIELDS if name != CALLBACK])
def test_a_model_field_has_the_limits_of_the_contract(name):
    rule, field = FIELDS[name], cast(models.Field, VerificationRequest._meta.get_field(FIELD_OF[name]))
    kinds = {"string": models.TextField, "boolean": models.BooleanField, "array": models.JSONField}

    assert isinstance(field, kinds[rule["type"]])
    assert getattr(field, "max_length", None) == rule.get("max_length")
    assert field.help_text
    assert bool(rule.get("enum")) == bool(field.choices)


def test_the_pictures_have_the_limit_of_the_contract():
    assert FIELDS["optInWorkflowImageURLs"]["items"]["url"]["max_length"] == validation.LONGEST_IMAGE_URL


def test_what_the_contract_requires_is_required_before_sending():
    required = {FIELD_OF[name] for name, rule in FIELDS.items() if rule["required"]}

    # Reviewers also require the kind of business (docs/telnyx.md, T2.19).
    assert required | {"entity_type"} == set(validation.REQUIRED)
    assert len(required) == 18


@pytest.mark.parametrize(
    ("enum", "choices"),
    [
        ("verificationStatus", Status),
        ("messageVolume", MessageVolume),
        ("useCase", UseCase),
        ("entityType", EntityType),
    ],
)
def test_the_choices_are_telnyxs_words(enum, choices):
    assert sorted(CONTRACT["enums"][enum]["values"]) == sorted(choices.values)


@pytest.mark.parametrize("name", ["create", "update", "delete"])
def test_an_operation_has_the_method_and_path_of_the_contract(name):
    ours, theirs = VerificationRequest.operations[name], OPERATIONS[name]

    assert (ours.method, ours.path) == (theirs["method"], theirs["path"].replace("{base}", CONTRACT["base"]))
    assert WIRE.path == CONTRACT["base"]


# The contract, the traffic, and what Telnyx publishes.


@pytest.fixture(scope="session")
def judge(description) -> OpenAPI:
    # Strict: a name that Telnyx does not describe is refused, even in its answers.
    config = Config(spec_validator_cls=None, additional_properties_default_policy="forbid")
    return OpenAPI.from_dict(description, config=config)


def test_the_contract_has_the_published_fields_and_limits(description):
    schema = description["components"]["schemas"]["TFVerificationRequest"]

    assert set(schema["properties"]) == set(FIELDS)
    assert set(schema["required"]) == {name for name, rule in FIELDS.items() if rule["required"]}
    for name, member in schema["properties"].items():
        assert member.get("maxLength") == FIELDS[name].get("max_length"), name
        assert member.get("pattern") == FIELDS[name].get("pattern"), name
        assert is_nullable(member) == FIELDS[name]["nullable"], name


def is_nullable(member: dict[str, Any]) -> bool:
    return "null" in member.get("type", ()) or {"type": "null"} in member.get("anyOf", ())


@pytest.mark.parametrize(
    ("enum", "schema"),
    [
        ("verificationStatus", "TFVerificationStatus"),
        ("messageVolume", "Volume"),
        ("useCase", "UseCaseCategories"),
        ("entityType", "toll-free-verification_EntityType"),
    ],
)
def test_the_contract_has_the_published_words(description, enum, schema):
    published_words = description["components"]["schemas"][schema]["enum"]

    assert sorted(published_words) == sorted(CONTRACT["enums"][enum]["values"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_contract_has_the_published_operations(description, name):
    operation = OPERATIONS[name]
    path = operation["path"].replace("{base}", CONTRACT["base"])

    described = description["paths"][path][operation["method"].lower()]

    asked = {
        item["name"]: item["required"] for item in described.get("parameters", []) if item["in"] == "query"
    }
    assert asked == {query: rule["required"] for query, rule in operation["query"].items()}


@pytest.mark.parametrize("use_case", ["Political", "Appointments"])
def test_all_traffic_of_a_request_is_as_published(judge, sandbox, telnyx_client, settings, use_case):
    settings.PUBLIC_URL = "https://desk.example.com"
    request = complete(
        use_case=use_case,
        campaign_verify_authorization_token="cv-1",
        doing_business_as="Bright Smile",
        isv_reseller="Reseller Inc.",
        business_addr2="Floor 2",
        opt_in_confirmation_response="Welcome. STOP to stop.",
        help_message_response="Call us.",
        age_gated_content=True,
    )
    request.save()
    life_of(request, sandbox, telnyx_client)

    log = sandbox.requests()

    assert {(entry["method"], entry["answered_status"]) for entry in log} == {
        ("POST", 200),
        ("PATCH", 200),
        ("DELETE", 200),
        ("GET", 200),
        ("GET", 404),
    }
    for entry in log:
        asked = mock_request(entry)
        judge.validate_request(asked)
        judge.validate_response(asked, mock_response(entry))


def test_the_judge_is_strict(judge):
    asked = {
        "method": "GET",
        "path": f"/v2{CONTRACT['base']}",
        "query": [["page", "1"], ["page_size", "1"]],
        "body": "",
    }
    answer = {"answer": '{"records": [], "total_records": 0, "surprise": 1}', "answered_status": 200}

    judge.validate_request(mock_request(asked))
    with pytest.raises(OpenAPIError):
        judge.validate_response(mock_request(asked), mock_response(answer))
    with pytest.raises(OpenAPIError):
        judge.validate_request(mock_request(asked | {"query": [["page", "1"]]}))
    with pytest.raises(OpenAPIError):
        judge.validate_request(mock_request(asked | {"method": "POST", "body": '{"surprise": 1}'}))


def life_of(request: VerificationRequest, telnyx: Any, ours: Any) -> None:
    """Create, look up, read, correct, look up, list and delete a request, as in production."""
    find_created(carry(request, "create", ours), request, ours)
    sync.refresh(request, ours)
    telnyx.set_status(request.remote_id, "Rejected", "No brand.", webhook=False)
    sync.refresh(request, ours)
    find_updated(carry(request, "update", ours), request, ours)
    sync.pull(VerificationRequest, ours)
    telnyx.set_status(request.remote_id, "Rejected", "Still no brand.", webhook=False)
    carry(request, "delete", ours)
    sync.refresh(request, ours)


def carry(request: VerificationRequest, operation: str, ours: Any) -> OutboxEntry:
    entry = outbox.add(request, operation, requested_by=None)
    relay.relay(entry.pk, ours)
    entry.refresh_from_db()
    request.refresh_from_db()
    assert entry.state == OutboxEntry.State.ACCEPTED
    return entry


def mock_request(entry: dict[str, Any]) -> MockRequest:
    return MockRequest(
        "https://api.telnyx.com",
        entry["method"].lower(),
        entry["path"],
        args=dict(entry["query"]),
        # The sandbox keeps no key. Its answer proves that one was sent.
        headers={"Authorization": "Bearer KEY"},
        data=entry["body"].encode() or None,
    )


def mock_response(entry: dict[str, Any]) -> MockResponse:
    return MockResponse(entry["answer"].encode(), entry["answered_status"])
