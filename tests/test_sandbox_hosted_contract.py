"""The stand-in's hosted service against Telnyx's own description, its samples and its own client."""

import hashlib
import json
from typing import Any

import httpx
import pytest
import telnyx
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError

from tests.comparison import ABSENT, as_event, parameters, present
from tests.description import PUBLISHED
from tests.sandbox.contract import load
from tests.sandbox.control import Sandbox
from tests.sandbox.hosted_control import HOSTED_NUMBERS, PROFILE_ID

ORDERS = "/messaging_hosted_number_orders"
NUMBERS = "/messaging_hosted_numbers"
LOA = b"%PDF-1.7\nletter\n%%EOF\n"
BILL = b"%PDF-1.7\nbill\n%%EOF\n"
FILES = {"loa": ("loa.pdf", LOA, "application/pdf"), "bill": ("bill.pdf", BILL, "application/pdf")}

CONTRACT = load("hosted")


@pytest.fixture
def sandbox(posting_sandbox: Sandbox) -> Sandbox:
    posting_sandbox.reset()
    return posting_sandbox


def types(sandbox: Sandbox) -> list[str]:
    prefix = CONTRACT["events"]["prefix"]
    return [entry["event_type"].removeprefix(prefix) for entry in sandbox.deliveries()]


def test_a_whole_life_fits_the_description(checked: httpx.Client, sandbox: Sandbox, strict: OpenAPI) -> None:
    mixed = [*HOSTED_NUMBERS, "+13125550191", "+13125550192", "+442079460000", "x"]
    order = {"messaging_profile_id": PROFILE_ID, "phone_numbers": [*HOSTED_NUMBERS, "+13125550181"]}

    check = checked.post(f"{ORDERS}/eligibility_numbers_check", json={"phone_numbers": mixed})
    created = checked.post(ORDERS, json=order)
    one = f"{ORDERS}/{created.json()['data']['id']}"
    id = created.json()["data"]["id"]
    asked = {"phone_numbers": order["phone_numbers"], "verification_method": "sms"}
    sent = checked.post(f"{one}/verification_codes", json=asked)
    entries = [{"phone_number": number, "code": code} for number, code in sandbox.codes(id).items()]
    wrong = {"phone_number": "+13125550181", "code": "0"}
    proved = checked.post(f"{one}/validation_codes", json={"verification_codes": [*entries, wrong]})
    again = checked.post(f"{one}/validation_codes", json={"verification_codes": entries})
    uploaded = checked.post(f"{one}/actions/file_upload", files=FILES)
    letter = checked.post(f"{one}/actions/file_upload", files={"loa": FILES["loa"]})
    for status in ("provisioning", "successful"):
        sandbox.set_order_status(id, status)
    read = checked.get(one)
    listed = checked.get(ORDERS, params={"page[number]": 1, "page[size]": 250})
    number = f"{NUMBERS}/{HOSTED_NUMBERS[0]}"
    settings = checked.get(number)
    filters: dict[str, Any] = {
        "filter[messaging_profile_id]": PROFILE_ID,
        "filter[phone_number]": HOSTED_NUMBERS[0],
        "filter[phone_number][contains]": "312555",
        "sort[phone_number]": "asc",
        "page[number]": 1,
        "page[size]": 20,
    }
    inventory = checked.get(NUMBERS, params=filters)
    taken_off = checked.patch(number, json={"messaging_profile_id": "", "tags": ["west"]})
    put_back = checked.patch(number, json={"messaging_profile_id": PROFILE_ID, "messaging_product": "P2P"})
    removed = checked.delete(f"{NUMBERS}/{created.json()['data']['phone_numbers'][0]['id']}")
    deleted = checked.delete(one)
    profiles = checked.get("/messaging_profiles", params={"page[number]": 1, "page[size]": 1})
    profile = checked.get(f"/messaging_profiles/{PROFILE_ID}")

    answers = [check, created, sent, proved, again, uploaded, letter, read, listed, settings, inventory]
    answers += [taken_off, put_back, removed, deleted, profiles, profile]
    assert {answer.status_code for answer in answers} == {200}
    assert ["error" in row for row in sent.json()["data"]] == [False, False, True]
    assert [row["status"] for row in proved.json()["data"]["phone_numbers"]] == ["verified"] * 2 + [
        "rejected"
    ]
    assert {row["status"] for row in again.json()["data"]["phone_numbers"]} == {"already_verified"}
    assert listed.json()["data"] == [read.json()["data"]]
    assert inventory.json()["data"] == [settings.json()["data"]]
    assert {answer.request.method for answer in answers} == {"GET", "POST", "PATCH", "DELETE"}
    assert types(sandbox) == ["created", *["updated"] * 6, "deleted"]
    for delivery in sandbox.deliveries():
        strict.validate_webhook_request(as_event(delivery))


def test_every_operation_of_the_description_was_compared(description: dict[str, Any]) -> None:
    theirs = {
        (method.upper(), path)
        for path, methods in description["paths"].items()
        if path.startswith((ORDERS, NUMBERS))
        for method in methods
    }

    assert theirs == {(entry["method"], entry["path"]) for entry in CONTRACT["operations"]}
    assert len(theirs) == 12


@pytest.mark.parametrize("status", [*CONTRACT["enums"]["order_status"]["values"]])
def test_every_order_status_fits_the_description(
    checked: httpx.Client, sandbox: Sandbox, strict: OpenAPI, status: str
) -> None:
    id = sandbox.seed_hosted_order()["id"]

    sandbox.set_order_status(id, status)

    assert checked.get(f"{ORDERS}/{id}").json()["data"]["status"] == status
    strict.validate_webhook_request(as_event(sandbox.deliveries()[0]))


def test_every_number_status_fits_the_description(
    checked: httpx.Client, sandbox: Sandbox, strict: OpenAPI
) -> None:
    rest, hooks = (
        CONTRACT["enums"][name]["values"] for name in ("number_status", "number_status_in_webhooks_only")
    )
    numbers = {f"+131255502{n:02}": status for n, status in enumerate([*rest, *hooks])}

    id = sandbox.seed_hosted_order([*numbers], numbers=numbers, webhook=True)["id"]
    shown = checked.get(f"{ORDERS}/{id}").json()["data"]["phone_numbers"]

    assert [number["status"] for number in shown] == [*rest, "pending"]
    strict.validate_webhook_request(as_event(sandbox.deliveries()[0]))
    # The description has no such word for a GET, so an answer with it does not match.
    sandbox.show_ownership()
    with pytest.raises(OpenAPIError):
        checked.get(f"{ORDERS}/{id}")


@pytest.mark.parametrize("status", CONTRACT["enums"]["eligible_status"]["values"])
def test_every_eligibility_fits_the_description(checked: httpx.Client, sandbox: Sandbox, status: str) -> None:
    sandbox.set_eligibility("+13125550101", status)

    answer = checked.post(f"{ORDERS}/eligibility_numbers_check", json={"phone_numbers": ["+13125550101"]})

    assert answer.json()["phone_numbers"][0]["eligible_status"] == status
    assert answer.json()["phone_numbers"][0]["eligible"] == (status == "ELIGIBLE")


def test_every_refusal_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    id = checked.post(ORDERS, json={"phone_numbers": [*HOSTED_NUMBERS]}).json()["data"]["id"]
    over = sandbox.seed_hosted_order(["+13125550109"], status="failed")["id"]
    codes = {"phone_numbers": ["+13125550109"], "verification_method": "sms"}
    picture = {"loa": ("loa #2.jpg", b"\xff\xd8", "image/jpeg"), "letter": FILES["loa"]}
    wrong = {"Authorization": "Bearer wrong"}
    sandbox.fault("retry_after")
    busy = checked.post(ORDERS, json={"phone_numbers": ["+13125550110"]})

    refusals = [
        checked.post(ORDERS, json={"phone_numbers": ["555", "555"], "odd": 1}),
        checked.get(ORDERS, params={"page[size]": 251}),
        checked.get(ORDERS, headers=wrong),
        checked.get(f"{ORDERS}/{ABSENT}"),
        checked.post(f"{ORDERS}/{id}/actions/file_upload", files=picture),
        checked.post(f"{ORDERS}/{id}/actions/file_upload", json={}),
        checked.post(f"{ORDERS}/{over}/verification_codes", json=codes),
        checked.post(f"{ORDERS}/{id}/validation_codes", json={}),
        checked.post(f"{ORDERS}/eligibility_numbers_check", json={}),
        checked.post(f"{ORDERS}/eligibility_numbers_check", json={}, headers=wrong),
        checked.get(f"{NUMBERS}/17"),
        checked.get(NUMBERS, headers=wrong),
        checked.delete(f"{NUMBERS}/17"),
        busy,
    ]

    assert [answer.status_code for answer in refusals] == [
        *(400, 400, 401, 404, 400, 415, 422),
        *(400, 400, 401, 404, 401, 404, 429),
    ]


@pytest.mark.parametrize(
    "change", [{"surprise": 1}, {"order_status": "ownership_successful"}, {"approval_deadline": "soon"}]
)
def test_the_description_is_applied_strictly_to_events(
    sandbox: Sandbox, strict: OpenAPI, change: dict[str, Any]
) -> None:
    sandbox.seed_hosted_order(webhook=True)
    (delivery,) = sandbox.deliveries()
    strict.validate_webhook_request(as_event(delivery))

    delivery["event"]["data"]["payload"] |= change

    with pytest.raises(OpenAPIError):
        strict.validate_webhook_request(as_event(delivery))


def test_all_eight_events_have_the_shape_of_the_samples(sandbox: Sandbox, strict: OpenAPI) -> None:
    for end in ("approved", "rejected", "auto_approved"):
        id = sandbox.seed_hosted_order([HOSTED_NUMBERS[0]])["id"]
        for step in ("detected", "approval_requested", end):
            sandbox.transfer(id, step)
        sandbox.delete_order(id)
    sandbox.seed_hosted_order(webhook=True)
    sandbox.set_order_status(sandbox.hosted_orders()[-1]["id"], "provisioning")
    sandbox.delete_order(sandbox.hosted_orders()[-1]["id"], webhook=True)
    found = {entry["event_type"]: entry for entry in sandbox.deliveries()}

    assert {name.removeprefix(CONTRACT["events"]["prefix"]) for name in found} == set(
        CONTRACT["events"]["types"]
    )
    samples = {"updated": "updated--provisioning"}
    for name, delivery in found.items():
        strict.validate_webhook_request(as_event(delivery))
        prefix, _, short = name.partition(".")
        sample = PUBLISHED / "webhook-samples" / f"{prefix}.{samples.get(short, short)}.json"
        theirs, ours = json.loads(sample.read_text())["data"], delivery["event"]["data"]
        assert ours.keys() == theirs.keys()
        assert ours["payload"].keys() == theirs["payload"].keys()
        assert {entry["status"] for entry in ours["payload"]["numbers"]} == {
            entry["status"] for entry in theirs["payload"]["numbers"]
        }
        for same in ("order_status", "decision"):
            assert ours["payload"][same] == theirs["payload"][same], name
        assert type(ours["payload"]["approval_deadline"]) is type(theirs["payload"]["approval_deadline"])


# The contract file against the description.


def test_the_contract_file_has_the_words_of_the_description(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    enums = {name: enum["values"] for name, enum in CONTRACT["enums"].items()}
    event = schemas["HostedNumberOrderEventPayload"]["properties"]
    codes = schemas["ValidationCodes"]["properties"]["phone_numbers"]["items"]["properties"]

    assert enums["order_status"] == schemas["MessagingHostedNumberOrder"]["properties"]["status"]["enum"]
    assert sorted(enums["order_status"]) == sorted(event["order_status"]["enum"])
    assert enums["number_status"] == schemas["HostedNumber"]["properties"]["status"]["enum"]
    assert sorted(enums["number_status"] + enums["number_status_in_webhooks_only"]) == sorted(
        event["numbers"]["items"]["properties"]["status"]["enum"]
    )
    assert (
        enums["eligible_status"]
        == schemas["EligibilityNumberResponse"]["properties"]["eligible_status"]["enum"]
    )
    methods = schemas["VerificationCodesRequest"]["properties"]["verification_method"]
    assert enums["verification_method"] == methods["enum"]
    assert enums["validation_status"] == codes["status"]["enum"]
    assert enums["decision"] == event["decision"]["enum"]
    assert set(CONTRACT["events"]["payload"]) == set(event)
    assert [CONTRACT["events"]["prefix"] + name for name in CONTRACT["events"]["types"]] == schemas[
        "HostedNumberOrder"
    ]["properties"]["event_type"]["enum"]


def test_the_contract_file_has_the_fields_of_the_description(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    bodies = {
        "create": "CreateMessagingHostedNumberOrderRequest",
        "check_eligibility": "EligibilityNumbersRequest",
        "verification_codes": "VerificationCodesRequest",
        "validation_codes": "ValidationCodesRequest",
        "update_number": "UpdatePhoneNumberMessagingSettingsRequest",
    }
    answers = {
        "Order": "MessagingHostedNumberOrder",
        "HostedNumber": "HostedNumber",
        "Eligibility": "EligibilityNumberResponse",
        "Validation": "ValidationCodes",
        "NumberSettings": "PhoneNumberWithMessagingSettings",
    }
    files = schemas["UploadFileMessagingHostedNumberOrderRequest"]["properties"]

    for name, schema in bodies.items():
        ours, theirs = CONTRACT["bodies"][name], schemas[schema]
        published = {field for field, rule in ours.items() if "required_source" not in rule}
        assert {field: rule["type"] for field, rule in ours.items()} == {
            field: rule["type"] for field, rule in theirs["properties"].items()
        }
        assert {field for field in published if ours[field]["required"]} == set(theirs.get("required", ()))
    for name, schema in answers.items():
        assert set(CONTRACT["answers"][name]["names"]) == set(schemas[schema]["properties"])
    row = schemas["CreatedVerificationCodesResponse"]["properties"]["data"]["items"]
    assert set(CONTRACT["answers"]["CodeResult"]["names"]) == set(row["properties"])
    assert CONTRACT["answers"]["CodeResult"]["required"] == row["required"]
    assert set(CONTRACT["files"]["parts"]["value"]) == set(files)


@pytest.mark.parametrize("operation", CONTRACT["operations"], ids=lambda operation: operation["name"])
def test_an_operation_has_the_described_parameters(
    description: dict[str, Any], operation: dict[str, Any]
) -> None:
    described = description["paths"][operation["path"]][operation["method"].lower()]

    theirs = {
        name: rule
        for parameter in described.get("parameters", [])
        for name, rule in parameters(description, parameter)
    }

    assert theirs.keys() == operation["query"].keys()
    for name, rule in operation["query"].items():
        for limit in ("minimum", "maximum", "default"):
            if f"{limit}_source" not in rule:
                assert theirs[name].get(limit) == rule.get(limit), (name, limit)


def test_every_fact_names_a_source() -> None:
    facts = [*CONTRACT["enums"].values(), *CONTRACT["rules"].values(), *CONTRACT["operations"]]
    facts += [*CONTRACT["answers"].values(), *CONTRACT["files"].values(), CONTRACT["events"]]
    facts += [rule for fields in CONTRACT["bodies"].values() for rule in fields.values()]
    facts += [rule for operation in CONTRACT["operations"] for rule in operation["query"].values()]
    named = {value for fact in facts for key, value in fact.items() if key.endswith("source")}

    assert named | {CONTRACT["demo_numbers"]["source"]} <= set(CONTRACT["sources"])
    assert all("source" in fact for fact in facts if "type" not in fact)
    assert all(source["what"] and source["date"] for source in CONTRACT["sources"].values())


# The official client, which is not our code.


def test_the_official_client_drives_a_whole_life(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    orders, numbers = official.messaging_hosted_number_orders, official.messaging_hosted_numbers

    check = orders.check_eligibility(phone_numbers=[*HOSTED_NUMBERS, "+13125550191"])
    order = present(orders.create(messaging_profile_id=PROFILE_ID, phone_numbers=[*HOSTED_NUMBERS]).data)
    sent = orders.create_verification_codes(
        order.id, phone_numbers=[*HOSTED_NUMBERS], verification_method="call"
    )
    codes = sandbox.codes(order.id)
    proved = orders.validate_codes(
        order.id,
        verification_codes=[{"phone_number": number, "code": code} for number, code in codes.items()],
    )
    uploaded = present(orders.actions.upload_file(order.id, loa=FILES["loa"], bill=FILES["bill"]).data)
    sandbox.set_order_status(order.id, "successful")
    more = [present(orders.create(phone_numbers=[f"+1312555020{n}"]).data) for n in range(4)]
    listed = list(orders.list(page_size=2))
    settings = present(numbers.retrieve(HOSTED_NUMBERS[0]).data)
    changed = present(numbers.update(HOSTED_NUMBERS[0], messaging_profile_id="", tags=["west"]).data)
    found = list(numbers.list(sort_phone_number="desc", filter_phone_number_contains="312"))
    removed = present(numbers.delete(str(order.phone_numbers[0].id)).data)
    deleted = present(orders.delete(order.id).data)

    assert [row.eligible_status for row in check.phone_numbers or []] == [
        "ELIGIBLE",
        "ELIGIBLE",
        "NUMBER_CAN_NOT_BE_WIRELESS",
    ]
    assert all(row.verification_code_id and not row.error for row in sent.data)
    assert {row.status for row in present(proved.data).phone_numbers} == {"verified"}
    assert uploaded.status == "loa_file_successful"
    assert [(file["name"], file["sha256"]) for file in sandbox.uploads(order.id)] == [
        ("loa.pdf", hashlib.sha256(LOA).hexdigest()),
        ("bill.pdf", hashlib.sha256(BILL).hexdigest()),
    ]
    assert [entry.id for entry in listed] == [*[entry.id for entry in reversed(more)], order.id]
    assert settings.messaging_profile_id == PROFILE_ID
    assert (changed.messaging_profile_id, changed.tags) == (None, ["west"])
    assert [record.phone_number for record in found] == [*reversed(HOSTED_NUMBERS)]
    assert [number.status for number in removed.phone_numbers] == ["deleted", "successful"]
    assert (deleted.status, present(orders.retrieve(order.id).data).status) == ("deleted", "deleted")


def test_the_official_client_understands_every_refusal(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    orders = official.messaging_hosted_number_orders

    with pytest.raises(telnyx.BadRequestError, match="10016"):
        orders.create(phone_numbers=["3125550101"])
    with pytest.raises(telnyx.BadRequestError, match="10015"):
        orders.check_eligibility(phone_numbers=[])
    with pytest.raises(telnyx.NotFoundError):
        orders.retrieve(ABSENT)
    over = sandbox.seed_hosted_order(status="carrier_rejected")["id"]
    with pytest.raises(telnyx.UnprocessableEntityError):
        orders.actions.upload_file(over, loa=FILES["loa"])
    open_order = sandbox.seed_hosted_order()["id"]
    with pytest.raises(telnyx.BadRequestError, match="not a PDF"):
        orders.actions.upload_file(open_order, loa=("loa.pdf", b"GIF89a", "application/pdf"))
    sandbox.fault("store_then_lose", method="POST")
    with pytest.raises(telnyx.APIConnectionError):
        orders.create(phone_numbers=["+13125550110"])
    assert len(sandbox.hosted_orders()) == 3
