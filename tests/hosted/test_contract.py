"""Our code for hosted orders, the sandbox's contract file and what Telnyx publishes (tests/contract) agree."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockResponse

from hosted.choices import CodeMethod, CodeResult, DocumentKind, NumberStatus, OrderStatus
from hosted.entry.parse import MOST_NUMBERS
from hosted.models import HostedNumber, HostedOrder
from hosted.orders import workflow
from hosted.state import eligibility
from hosted.webhooks import PREFIX, TRANSFER
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.records import sync
from messaging.telnyx.client import Client
from tests.comparison import Recording, as_event
from tests.description import as_sent
from tests.hosted.conftest import ONE, TWO, hosted_event, number
from tests.sandbox.hosted_control import PROFILE_ID

CONTRACT = json.loads((Path(__file__).parents[1] / "sandbox/contract/hosted.json").read_text())
OPERATIONS = {operation["name"]: operation for operation in CONTRACT["operations"]}

# Our operation, and its name in the contract.
OURS = {
    "create": "create",
    "check_eligibility": "check_eligibility",
    "send_codes": "verification_codes",
    "validate_codes": "validation_codes",
    "upload_documents": "file_upload",
    "cancel": "delete",
    "remove_number": "delete_number",
}


@pytest.mark.parametrize(
    ("enum", "ours"),
    [
        ("order_status", OrderStatus.values),
        ("eligible_status", list(eligibility.BY_STATUS)),
        ("verification_method", CodeMethod.values),
        ("validation_status", CodeResult.values),
    ],
)
def test_our_words_are_those_of_the_contract(enum, ours):
    assert sorted(CONTRACT["enums"][enum]["values"]) == sorted(ours)


def test_a_number_has_the_words_of_answers_and_of_webhooks():
    enums = CONTRACT["enums"]
    both = enums["number_status"]["values"] + enums["number_status_in_webhooks_only"]["values"]

    assert sorted(both) == sorted(NumberStatus.values)


def test_the_events_are_those_of_the_contract():
    events = CONTRACT["events"]

    assert events["prefix"] == PREFIX
    assert set(events["types"]) == {"created", "updated", "deleted", *TRANSFER}


@pytest.mark.parametrize("name", [*OURS, "update"])
def test_an_operation_has_the_method_and_path_of_the_contract(name):
    ours = HostedOrder.operations.get(name) or HostedNumber.operations[name]
    theirs = OPERATIONS[OURS.get(name, "update_number")]

    assert ours.method == theirs["method"]
    assert ours.path.replace("{number_id}", "{id}") == theirs["path"]


@pytest.mark.parametrize(
    ("wire", "answer"), [(HostedOrder.wire, "Order"), (HostedNumber.wire, "NumberSettings")]
)
def test_what_we_read_is_in_the_answers(wire, answer):
    named = {name.json for name in wire.names.values()} | {wire.id, wire.status} - {""}

    assert named <= set(CONTRACT["answers"][answer]["names"]) | {""}


def test_the_limits_and_parts_are_those_of_the_contract():
    assert CONTRACT["bodies"]["create"]["phone_numbers"]["max_items"] == MOST_NUMBERS
    assert sorted(CONTRACT["files"]["parts"]["value"]) == sorted(DocumentKind.values)


# Everything we send and are answered.


def test_all_traffic_of_an_order_is_as_published(
    strict: OpenAPI,
    draft: Any,
    upload: Any,
    operator: Any,
    sandbox: Any,
    quick: None,
    transactional_db: None,
) -> None:
    recording = Recording()
    with Client(sandbox.api_key, sandbox.base_url, transport=recording) as client:
        life_of(draft(ONE, TWO), upload, operator, sandbox, client)

    made = {
        (request.method, request.url.path.removeprefix("/v2").split("/")[-1])
        for request, *_ in recording.seen
    }
    assert {operation for operation, _ in made} == {"GET", "POST", "PATCH", "DELETE"}
    assert {"file_upload", "verification_codes", "validation_codes", "eligibility_numbers_check"} <= {
        end for _, end in made
    }
    for request, status, content in recording.seen:
        asked = as_sent(request)
        strict.validate_request(asked)
        strict.validate_response(asked, MockResponse(content, status))


@pytest.mark.parametrize("kind", CONTRACT["events"]["types"])
def test_the_events_of_our_tests_are_as_published(strict: OpenAPI, kind: str) -> None:
    told = hosted_event(kind, PROFILE_ID, "pending", {ONE: "ownership_successful"}, approval_deadline=1)

    strict.validate_webhook_request(as_event({"event": told}))


def life_of(order: HostedOrder, upload: Any, operator: Any, telnyx: Any, client: Client) -> None:
    """Check, create, prove, document, activate, change, remove and cancel, as in production."""
    carry(workflow.check(order, by=operator), client)
    entry = carry(workflow.submit(order, by=operator), client)
    order.refresh_from_db()
    operation = entry.get_operation()
    assert operation.find
    operation.find(entry, order, client)
    carry(workflow.send_codes(order, [ONE, TWO], "sms", by=operator), client)
    carry(workflow.validate_codes(order, telnyx.codes(order.remote_id), by=operator), client)
    papers = [upload(order, "loa"), upload(order, "bill")]
    carry(workflow.send_documents(order, papers, by=operator), client)
    telnyx.set_order_status(order.remote_id, "successful", webhook=False)
    sync.refresh(order, client)
    sync.refresh(order, client)
    held = HostedNumber.objects.get(phone_number=ONE)
    carry(outbox.add(held, "update", requested_by=operator, tags=["desk"], messaging_profile_id=""), client)
    sync.refresh(held, client)
    sync.pull(HostedNumber, client)
    sync.pull(HostedOrder, client)
    carry(workflow.remove_number(number(order, TWO), by=operator), client)
    carry(workflow.cancel(order, by=operator, reason="Done."), client)
    sync.refresh(order, client)


def carry(entry: OutboxEntry, client: Client) -> OutboxEntry:
    relay.relay(entry.pk, client)
    entry.refresh_from_db()
    assert entry.state == OutboxEntry.State.ACCEPTED, entry.reason
    return entry
