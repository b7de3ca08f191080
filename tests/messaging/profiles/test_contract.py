"""Our code for profiles and senders, the sandbox's contract file and Telnyx's description agree."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockResponse

from messaging.cached_reads import read_due
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.records import sync
from messaging.models import AlphanumericSender, MessagingProfile, Reading
from messaging.profiles import figures, page
from messaging.telnyx.client import Client
from tests.comparison import Recording
from tests.description import as_sent
from tests.sandbox.hosted_control import PROFILE_ID

CONTRACT = json.loads((Path(__file__).parents[2] / "sandbox/contract/profiles.json").read_text())
OPERATIONS = {operation["name"]: operation for operation in CONTRACT["operations"]}
OURS = {
    "create": "create_profile",
    "update": "update_profile",
    "delete": "delete_profile",
    "regenerate_secret": "regenerate_secret",
    "assign_numbers": "assign_numbers",
}
SENDERS = {"create": "create_sender", "delete": "delete_sender"}


@pytest.mark.parametrize(
    ("model", "name", "theirs"),
    [
        *((MessagingProfile, ours, theirs) for ours, theirs in OURS.items()),
        *((AlphanumericSender, ours, theirs) for ours, theirs in SENDERS.items()),
    ],
)
def test_an_operation_has_the_method_and_path_of_the_contract(model, name, theirs):
    ours = model.operations[name]

    assert (ours.method, ours.path) == (OPERATIONS[theirs]["method"], OPERATIONS[theirs]["path"])


def test_every_setting_of_the_contract_has_a_field_but_the_secret():
    known = {name.json for name in MessagingProfile.wire.names.values()}

    assert set(CONTRACT["bodies"]["create_profile"]) | {"redaction_enabled", "redaction_level"} == known
    assert set(CONTRACT["bodies"]["update_profile"]) - known == {"v1_secret"}
    sender = {name.json for name in AlphanumericSender.wire.names.values()}
    assert sender == set(CONTRACT["bodies"]["create_sender"])


def test_the_words_are_those_of_the_contract():
    enums = {name: enum["values"] for name, enum in CONTRACT["enums"].items()}

    assert sorted(MessagingProfile.WebhookFormat.values) == sorted(enums["webhook_api_version"])
    assert list(figures.FRAMES) == enums["time_frame"]


def test_all_our_traffic_is_as_published(
    strict: OpenAPI,
    sandbox: Any,
    quick: None,
    transactional_db: None,
) -> None:
    recording = Recording()
    with Client(sandbox.api_key, sandbox.base_url, transport=recording) as client:
        life(client)

    assert {request.method for request, *_ in recording.seen} == {"GET", "POST", "PATCH", "DELETE"}
    assert len({request.url.path for request, *_ in recording.seen}) >= 11
    for request, status, content in recording.seen:
        asked = as_sent(request)
        strict.validate_request(asked)
        strict.validate_response(asked, MockResponse(content, status))


def life(client: Client) -> None:
    """Create, find, change, read, renew and delete, as in production."""
    pool = {"toll_free_weight": 1, "long_code_weight": 0.5, "skip_unhealthy": True}
    made = MessagingProfile.objects.create(
        name="Larkspur", whitelisted_destinations=["US"], number_pool_settings=pool, daily_spend_limit="5"
    )
    carry(outbox.add(made, "create", requested_by=None), client)
    made.refresh_from_db()
    change = carry(outbox.add(made, "update", requested_by=None, changes={"webhook_url": None}), client)
    for entry in (change, outbox.entries(made).get(operation="create")):
        find = entry.get_operation().find
        assert find
        find(entry, made, client)
    carry(outbox.add(made, "regenerate_secret", requested_by=None), client)
    sender = AlphanumericSender.objects.create(
        alphanumeric_sender_id="Larkspur", messaging_profile_id=made.remote_id
    )
    entry = carry(outbox.add(sender, "create", requested_by=None), client)
    operation = entry.get_operation()
    assert operation.find
    operation.find(entry, sender, client)
    sync.pull_whole(client)
    first = MessagingProfile.objects.get(remote_id=PROFILE_ID)
    page.listings(first)
    page.domain_reading()
    figures.of_all("7d")
    read_due(client)
    figures.of_profile(first, "30d")
    read_due(client)
    assert not Reading.objects.filter(as_of=None).exists()
    sender.refresh_from_db()
    for record in (sender, made):
        sync.refresh(record, client)
        carry(outbox.add(record, "delete", requested_by=None), client)


def carry(entry: OutboxEntry, client: Client) -> OutboxEntry:
    relay.relay(entry.pk, client)
    entry.refresh_from_db()
    assert entry.state == OutboxEntry.State.ACCEPTED, entry.reason
    return entry
