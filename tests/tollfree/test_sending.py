"""What is sent to Telnyx, byte for byte, and what comes back besides the fields."""

import hashlib
import json

import pytest

from messaging.desk.turns import Group
from messaging.mirror.models import OutboxEntry, SyncState
from messaging.mirror.outbound import outbox, relay
from tests.tollfree.conftest import COMPLETE
from tollfree import turns
from tollfree.models import VerificationRequest

State = OutboxEntry.State

# Written down once: this is what Telnyx compares and reviewers read.
GOLDEN = (
    '{"businessName":"Larkspur Dental Group LLC","corporateWebsite":"https://www.larkspur-dental.example",'
    '"businessAddr1":"200 Fictional Way","businessCity":"Springfield","businessState":"Illinois",'
    '"businessZip":"62704","businessContactFirstName":"Zoë","businessContactLastName":"Sample",'
    '"businessContactEmail":"robin@larkspur-dental.example","businessContactPhone":"+12175550142",'
    '"messageVolume":"10,000","phoneNumbers":[{"phoneNumber":"+18005550123"},{"phoneNumber":"+18335550124"}],'
    '"useCase":"Appointments",'
    '"useCaseSummary":"Reminders of booked dental appointments, sent to patients who asked for them.",'
    '"productionMessageContent":"Larkspur Dental: see you on Tuesday at 10:00. Reply STOP to opt out.",'
    '"optInWorkflow":"Patients tick a separate, optional box for text reminders in the booking form.",'
    '"optInWorkflowImageURLs":[{"url":"https://larkspur-dental.example/opt-in.png"}],'
    '"additionalInformation":"Each practice has one number for its own patients.",'
    '"businessRegistrationNumber":"12-3456789",'
    '"businessRegistrationType":"EIN","businessRegistrationCountry":"US","entityType":"PRIVATE_PROFIT",'
    '"privacyPolicyURL":"https://larkspur-dental.example/privacy",'
    '"termsAndConditionURL":"https://larkspur-dental.example/terms","ageGatedContent":false,'
    '"optInKeywords":"START, YES","webhookUrl":"%s"}'
)


def callback(entry: OutboxEntry) -> str:
    return f"https://desk.example.com/webhooks/telnyx/{entry.callback_token}/"


@pytest.fixture
def golden(make, settings):
    settings.PUBLIC_URL = "https://desk.example.com"
    request = make(phone_numbers=["+18005550123", "+18335550124"], business_contact_first_name="Zoë")
    return outbox.add(request, "create", requested_by=None)


@pytest.mark.promise("X38")
def test_the_promised_bytes_are_exactly_these(golden):
    assert bytes(golden.body).decode() == GOLDEN % callback(golden)
    assert golden.body_sha256 == hashlib.sha256(golden.body).hexdigest()
    assert (golden.method, golden.path) == ("POST", "/messaging_tollfree/verification/requests")


@pytest.mark.promise("X38")
def test_the_promised_bytes_are_what_is_sent_whatever_the_row_says_now(golden, sandbox, client):
    VerificationRequest.objects.update(business_name="Changed Behind Our Back Ltd")

    relay.relay(golden.pk, client)

    [sent] = sandbox.requests("POST")
    assert sent["body"] == GOLDEN % callback(golden)
    assert hashlib.sha256(sent["body"].encode()).hexdigest() == golden.body_sha256


@pytest.mark.parametrize(("use_case", "is_sent"), [("Political", True), ("Appointments", False)])
def test_the_token_goes_with_political_messages_only(make, use_case, is_sent):
    request = make(use_case=use_case, campaign_verify_authorization_token="cv-1")

    entry = outbox.add(request, "create", requested_by=None)

    assert ("campaignVerifyAuthorizationToken" in json.loads(bytes(entry.body))) == is_sent


def test_without_an_address_of_ours_no_callback_is_sent(make, settings):
    settings.PUBLIC_URL = ""

    entry = outbox.add(make(), "create", requested_by=None)

    assert "webhookUrl" not in json.loads(bytes(entry.body))


def test_a_record_of_telnyx_becomes_the_same_fields_again(make):
    request = make(age_gated_content=True, business_addr2="Floor 2")
    record = request.wire.dump(request) | {
        "doingBusinessAs": None,
        "ageGatedContent": True,
        "ticketNumber": 5,
    }
    record["phoneNumbers"] = [{"phoneNumber": "+18005550123", "status": "x"}, {"other": 1}, None]

    loaded = VerificationRequest.wire.load(record)

    assert loaded["doing_business_as"] == ""
    assert loaded["age_gated_content"] is True
    assert loaded | {"doing_business_as": ""} == {
        **{name: COMPLETE[name] for name in COMPLETE},
        "business_addr2": "Floor 2",
        "age_gated_content": True,
        "doing_business_as": "",
    }


@pytest.mark.parametrize("value", [None, "", "true", 1, {}, []])
def test_odd_values_of_telnyx_do_not_break_the_import(db, value):
    fields = VerificationRequest.wire.load(
        dict.fromkeys(("phoneNumbers", "ageGatedContent", "useCase"), value)
    )

    row = VerificationRequest.objects.create(**fields)

    row.refresh_from_db()
    assert row.phone_numbers == []
    assert row.age_gated_content is False


def refuse(sandbox, client, entry, status: int, errors: list) -> VerificationRequest:
    sandbox.fault("status", status=status, json={"errors": errors}, method="POST")
    relay.relay(entry.pk, client)
    entry.refresh_from_db()
    assert entry.state == State.REFUSED
    return entry.resource


def error(pointer: str | None = None, **more: str) -> dict:
    source = {"source": {"pointer": pointer}} if pointer is not None else {}
    return {"code": "10015", "title": "Bad Request", "detail": "No.", **source, **more}


@pytest.mark.parametrize(
    ("pointer", "field"),
    [
        ("/businessName", "business_name"),
        ("/phoneNumbers/0/phoneNumber", "phone_numbers"),
        ("/optInWorkflowImageURLs/2/url", "opt_in_workflow_image_urls"),
        ("/termsAndConditionURL", "terms_and_condition_url"),
        ("/data/attributes/useCase", "use_case"),
        ("/somethingElse", None),
        ("", None),
        ("////", None),
    ],
)
@pytest.mark.promise("X33")
def test_a_pointer_leads_to_its_field(pointer, field):
    assert VerificationRequest.wire.field_for(pointer) == field


@pytest.mark.promise("X33")
def test_a_refusal_keeps_the_errors_and_every_typed_value(golden, sandbox, client):
    request = refuse(sandbox, client, golden, 422, [error("/businessName"), error("/nowhere"), error()])

    assert [problem["pointer"] for problem in golden.errors] == ["/businessName", "/nowhere", ""]
    assert turns.refused_fields(request, golden) == {"business_name"}
    assert request.sync_state == SyncState.REFUSED
    assert request.remote_id is None
    assert request.business_contact_first_name == "Zoë"
    assert request.is_editable()
    assert request.next_operation() == "create"
    assert request.turn().group == Group.NEEDS_US
    assert request.turn().words == "Telnyx refused 1 field: Legal business name."


@pytest.mark.promise("X33")
def test_forty_errors_are_all_kept(golden, sandbox, client):
    refuse(sandbox, client, golden, 400, [error(f"/x{number}", detail="<b>No</b>") for number in range(40)])

    assert [problem["pointer"] for problem in golden.errors] == [f"/x{number}" for number in range(40)]
    assert golden.errors[0]["detail"] == "<b>No</b>"


@pytest.mark.promise("X33")
def test_a_refused_request_is_sent_again_as_a_new_promise(golden, sandbox, client):
    request = refuse(sandbox, client, golden, 422, [error("/businessName")])
    request.business_name = "Larkspur Dental Group Inc."
    request.save()

    again = outbox.add(request, "create", requested_by=None)
    relay.relay(again.pk, client)

    request.refresh_from_db()
    golden.refresh_from_db()
    assert request.sync_state == SyncState.ACCEPTED
    assert golden.state == State.REFUSED
    assert golden.body != again.body
    assert [record["fields"]["businessName"] for record in sandbox.records()] == [
        "Larkspur Dental Group Inc."
    ]
