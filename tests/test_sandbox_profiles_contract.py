"""The stand-in's profiles and senders against Telnyx's own description and its own client."""

import json
from typing import Any

import httpx
import pytest
import telnyx
from openapi_core.exceptions import OpenAPIError

from tests.comparison import ABSENT, parameters
from tests.sandbox.contract import load
from tests.sandbox.control import Sandbox
from tests.sandbox.hosted_control import HOSTED_NUMBERS, PROFILE_ID

WITH_SHORT_CODE = "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e03"
CONTRACT = load("profiles")
PROFILES, SENDERS = "/messaging_profiles", "/alphanumeric_sender_ids"
ASSIGN = "/messaging_numbers_bulk_updates"
FRAMES = CONTRACT["enums"]["time_frame"]["values"]
POOL = {"toll_free_weight": 10, "long_code_weight": 0.5, "skip_unhealthy": True}
SHORTENER = {"domain": "acct.fyi", "prefix": "ld", "replace_blacklist_only": True, "send_webhooks": False}
EVERYTHING: dict[str, Any] = {
    "name": "Larkspur reminders",
    "whitelisted_destinations": ["US", "CA"],
    "enabled": False,
    "webhook_url": "https://desk.example/webhooks/telnyx/",
    "webhook_failover_url": None,
    "webhook_api_version": "1",
    "number_pool_settings": POOL,
    "url_shortener_settings": SHORTENER,
    "alpha_sender": "Larkspur",
    "daily_spend_limit": "12.50",
    "daily_spend_limit_enabled": True,
    "mms_fall_back_to_sms": True,
    "mms_transcoding": True,
    "mobile_only": True,
    "smart_encoding": True,
    "ai_assistant_id": "ai_assistant-1",
}


@pytest.fixture
def sandbox(posting_sandbox: Sandbox) -> Sandbox:
    posting_sandbox.reset()
    return posting_sandbox


def test_a_whole_life_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.seed_hosted_order([*HOSTED_NUMBERS], status="successful")
    only_new = {"resource_group_id": "west", "health_webhook_url": "https://desk.example/health"}
    created = checked.post(PROFILES, json=EVERYTHING | only_new)
    one = f"{PROFILES}/{created.json()['data']['id']}"
    plain = checked.post(PROFILES, json={"name": "Plain", "whitelisted_destinations": ["US"]})
    first = f"{PROFILES}/{PROFILE_ID}"
    sender = {"alphanumeric_sender_id": "Larkspur", "messaging_profile_id": PROFILE_ID}
    made = checked.post(SENDERS, json=sender | {"us_long_code_fallback": "+13125550150"})
    made_at = f"{SENDERS}/{made.json()['data']['id']}"
    filters: dict[str, Any] = {"filter[name]": "Lark", "filter[name][contains]": "spur"}

    numbers = ["+12065550164", "+13125559999", "+14155550163"]
    wanted = {"messaging_profile_id": PROFILE_ID, "numbers": numbers, "assign_only": True}
    assigned = checked.post(ASSIGN, json=wanted)

    answers = [
        created,
        plain,
        checked.get(PROFILES, params=filters | {"page[number]": 1, "page[size]": 250}),
        checked.get(PROFILES, params={"filter[name][eq]": "Larkspur reminders"}),
        checked.get(one),
        checked.patch(one, json=EVERYTHING | {"number_pool_settings": None, "v1_secret": "chosen"}),
        checked.post(f"{one}/actions/regenerate_secret"),
        checked.get(f"{first}/phone_numbers", params={"page[number]": 1, "page[size]": 250}),
        checked.get(f"{first}/short_codes"),
        *[checked.get(f"{first}/metrics", params={"time_frame": frame}) for frame in FRAMES],
        *[checked.get("/messaging_profile_metrics", params={"time_frame": frame}) for frame in FRAMES],
        checked.get("/messaging_url_domains", params={"page[number]": 1, "page[size]": 20}),
        checked.get(SENDERS, params={"filter[messaging_profile_id]": PROFILE_ID, "page[number]": 1}),
        checked.get(made_at),
        checked.get(f"{first}/alphanumeric_sender_ids", params={"page[number]": 1, "page[size]": 20}),
        checked.delete(made_at),
        assigned,
        checked.get(f"{ASSIGN}/{assigned.json()['data']['order_id']}"),
        checked.post(ASSIGN, json={"messaging_profile_id": "", "numbers": ["+12065550164"]}),
        checked.delete(one),
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert made.status_code == 201
    told = [
        {name: answer.json()["data"][name] for name in ("success", "pending", "failed")}
        for answer in answers[-4:-2]
    ]
    assert told == [
        {"success": numbers[:1], "pending": numbers[2:], "failed": numbers[1:2]},
        {"success": [numbers[0], numbers[2]], "pending": [], "failed": numbers[1:2]},
    ]
    assert answers[2].json()["data"] == answers[3].json()["data"] == [created.json()["data"]]
    assert {number["phone_number"] for number in answers[7].json()["data"]} >= set(HOSTED_NUMBERS)
    assert answers[6].json()["data"]["v1_secret"] != answers[5].json()["data"]["v1_secret"] == "chosen"
    assert checked.get(one).status_code == checked.delete(made_at).status_code == 404


def test_every_refusal_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    one, wrong = f"{PROFILES}/{PROFILE_ID}", {"Authorization": "Bearer wrong"}
    sender = {"alphanumeric_sender_id": "Larkspur", "messaging_profile_id": PROFILE_ID}
    checked.post(SENDERS, json=sender)

    refusals = [
        checked.post(PROFILES, json={"name": 1, "odd": 2}),
        checked.post(PROFILES, json=EVERYTHING | {"whitelisted_destinations": ["us"]}),
        checked.post(PROFILES, json=EVERYTHING | {"number_pool_settings": {"skip_unhealthy": True}}),
        checked.post(PROFILES, json=EVERYTHING | {"number_pool_settings": POOL | {"long_code_weight": -1}}),
        checked.post(PROFILES, json=EVERYTHING | {"url_shortener_settings": {"domain": "bit.ly"}}),
        checked.post(PROFILES, json=EVERYTHING | {"daily_spend_limit": 12.5}),
        checked.patch(one, json={"webhook_api_version": 2}),
        checked.get(f"{PROFILES}/x"),
        checked.get(PROFILES, headers=wrong),
        checked.post(f"{PROFILES}/{ABSENT}/actions/regenerate_secret"),
        checked.get(f"{one}/metrics", params={"time_frame": "2h"}),
        checked.get("/messaging_profile_metrics", params={"time_frame": "2h"}),
        checked.get(f"{PROFILES}/{ABSENT}/metrics"),
        checked.post(SENDERS, json=sender),
        checked.post(SENDERS, json=sender | {"messaging_profile_id": ABSENT}),
        checked.post(SENDERS, json=sender | {"alphanumeric_sender_id": "Too long a name"}),
        checked.post(SENDERS, json=sender | {"us_long_code_fallback": "+442079460000"}),
        checked.get(SENDERS, params={"filter[messaging_profile_id]": "x"}),
        checked.get(f"{PROFILES}/{ABSENT}/alphanumeric_sender_ids"),
        checked.delete(f"{SENDERS}/{ABSENT}", headers=wrong),
        checked.post(ASSIGN, json={"messaging_profile_id": ABSENT, "numbers": ["+12065550164"]}),
        checked.post(ASSIGN, json={"messaging_profile_id": PROFILE_ID, "numbers": ["5550164"]}),
        checked.get(f"{ASSIGN}/{ABSENT}"),
    ]

    statuses = [answer.status_code for answer in refusals]
    assert statuses == [400] * 8 + [401, 404, 400, 400, 404, 422, 422, 422, 422, 422, 404, 401, 400, 400, 404]
    assert len(sandbox.profiles()) == 3


def test_the_description_has_no_star_and_no_features(checked: httpx.Client) -> None:
    body = {"name": "Everywhere", "whitelisted_destinations": ["*"]}
    features = EVERYTHING | {"features": {"ai_opt_out_detection_enabled": True}}

    for extra in (body, features):
        with pytest.raises(OpenAPIError):
            checked.post(PROFILES, json=extra)


# The contract file against the description.


def test_the_contract_file_has_the_words_of_the_description(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    create, update = (schemas[f"{verb}MessagingProfileRequest"] for verb in ("Create", "Update"))
    sender = schemas["CreateAlphanumericSenderIdRequest"]
    assign = schemas["BulkMessagingSettingsUpdatePhoneNumbersRequest"]
    asked = {"create_profile": create, "update_profile": update, "create_sender": sender}
    asked["assign_numbers"] = assign
    answers = {
        "Profile": "MessagingProfile",
        "AlphanumericSender": "AlphanumericSenderId",
        "ShortCode": "ShortCode",
        "UrlDomain": "MessagingUrlDomain",
        "NumberSettings": "PhoneNumberWithMessagingSettings",
        "Assignment": "BulkMessagingSettingsUpdatePhoneNumbers",
    }

    assert schemas["MessagingMetricsTimeFrame"]["enum"] == FRAMES
    versions = CONTRACT["enums"]["webhook_api_version"]["values"]
    assert versions == create["properties"]["webhook_api_version"]["enum"]
    for name, schema in answers.items():
        assert set(CONTRACT["answers"][name]["names"]) == set(schemas[schema]["properties"])
    for name, schema in asked.items():
        ours = {field for field, rule in CONTRACT["bodies"][name].items() if rule["source"] == "openapi"}
        ignored = set(CONTRACT["ignored"]["names"]) if name == "update_profile" else set()
        assert ours | ignored == set(schema["properties"])
        required = {field for field, rule in CONTRACT["bodies"][name].items() if rule["required"]}
        assert required == set(schema.get("required", ()))
    for field, schema in (
        ("number_pool_settings", "NumberPoolSettings"),
        ("url_shortener_settings", "UrlShortenerSettings"),
    ):
        members = CONTRACT["bodies"]["create_profile"][field]["members"]
        assert set(members) == set(schemas[schema]["properties"])
        assert {name for name, rule in members.items() if rule["required"]} == set(
            schemas[schema]["required"]
        )


def test_every_operation_of_the_description_was_compared(description: dict[str, Any]) -> None:
    served = (PROFILES, SENDERS, ASSIGN, "/messaging_profile_metrics", "/messaging_url_domains")
    theirs = {
        (method.upper(), path)
        for path, methods in description["paths"].items()
        if path.startswith(served) and "autoresp" not in path
        for method in methods
    }

    assert theirs == {(entry["method"], entry["path"]) for entry in CONTRACT["operations"]}
    assert len(theirs) == 18


@pytest.mark.parametrize("operation", CONTRACT["operations"], ids=lambda operation: operation["name"])
def test_an_operation_has_the_described_parameters(
    description: dict[str, Any], operation: dict[str, Any]
) -> None:
    described = description["paths"][operation["path"]][operation["method"].lower()]

    theirs = dict(
        rule for entry in described.get("parameters", []) for rule in parameters(description, entry)
    )

    assert theirs.keys() == operation["query"].keys()
    for name, rule in operation["query"].items():
        told = theirs[name]
        if "$ref" in told:
            told = description["components"]["schemas"][told["$ref"].rpartition("/")[2]]
        for limit in ("minimum", "maximum", "default"):
            if f"{limit}_source" not in rule:
                assert told.get(limit) == rule.get(limit), (name, limit)


def test_every_fact_names_a_source() -> None:
    facts = [*CONTRACT["enums"].values(), *CONTRACT["rules"].values(), *CONTRACT["operations"]]
    facts += [*CONTRACT["answers"].values(), CONTRACT["ignored"], CONTRACT["url_domains"]]
    facts += [rule for fields in CONTRACT["bodies"].values() for rule in fields.values()]

    assert {fact["source"] for fact in facts} <= set(CONTRACT["sources"])
    assert all(source["what"] and source["date"] for source in CONTRACT["sources"].values())


# The official client, which is not our code.


def test_the_official_client_drives_a_whole_life(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    profiles, senders = official.messaging_profiles, official.alphanumeric_sender_ids

    made: Any = profiles.create(**EVERYTHING, features={"ai_opt_out_detection_enabled": True}).data
    everywhere: Any = profiles.create(name="Everywhere", whitelisted_destinations=["*"]).data
    found = list(profiles.list(filter_name_eq="Everywhere"))
    changed: Any = profiles.update(made.id, name="Renamed", url_shortener_settings=None).data
    renewed: Any = profiles.actions.regenerate_secret(made.id).data
    numbers = [number.phone_number for number in profiles.list_phone_numbers(PROFILE_ID)]
    codes = [code.short_code for code in profiles.list_short_codes(WITH_SHORT_CODE)]
    figures: Any = profiles.retrieve_metrics(PROFILE_ID, time_frame="7d").data
    overview: Any = official.messaging_profile_metrics.list(time_frame="30d").data
    domains = [domain.url_domain for domain in official.messaging_url_domains.list()]
    sender: Any = senders.create(alphanumeric_sender_id="Larkspur", messaging_profile_id=made.id).data
    listed = [held.id for held in senders.list(filter_messaging_profile_id=made.id)]
    of_profile = [held.id for held in profiles.list_alphanumeric_sender_ids(made.id)]
    senders.delete(sender.id)
    bulk = official.messaging_numbers_bulk_updates
    order: Any = bulk.create(messaging_profile_id=made.id, numbers=["+12065550164"], assign_only=True).data
    assigned: Any = bulk.retrieve(order.order_id).data
    profiles.delete(made.id)

    assert [profile.id for profile in found] == [everywhere.id]
    assert (changed.name, changed.url_shortener_settings, changed.daily_spend_limit) == (
        "Renamed",
        None,
        "12.50",
    )
    assert renewed.v1_secret not in (made.v1_secret, changed.v1_secret)
    assert len(numbers) >= 2
    assert len(codes) == 1
    assert figures["outbound"]["sent"] == sum(row["sent"] for row in figures["series"])
    assert len(overview) == 5
    assert domains == CONTRACT["url_domains"]["value"]
    assert listed == of_profile == [sender.id]
    assert (assigned.success, assigned.pending, assigned.failed) == (["+12065550164"], [], [])
    assert [profile["name"] for profile in sandbox.profiles()][3:] == ["Everywhere"]
    with pytest.raises(telnyx.NotFoundError):
        profiles.retrieve(made.id)
    with pytest.raises(telnyx.UnprocessableEntityError, match="10015"):
        senders.create(alphanumeric_sender_id="1234", messaging_profile_id=PROFILE_ID)


# The portal.


def test_the_portal_changes_and_deletes(sandbox: Sandbox) -> None:
    sandbox.seed_sender("Larkspur", PROFILE_ID)
    sandbox.seed_hosted_order(status="successful")

    sandbox.edit_profile(PROFILE_ID, webhook_api_version="1")
    edited = sandbox.profile(PROFILE_ID)
    sandbox.delete_profile(PROFILE_ID)

    assert edited["webhook_api_version"] == "1"
    assert sandbox.senders() == []
    assert {number["messaging_profile_id"] for number in sandbox.hosted_numbers()} == {None}
    sandbox.reset()
    assert len(sandbox.profiles()) == 3


def test_profiles_survive_a_restart_and_follow_its_port(tmp_path: Any) -> None:
    kept = tmp_path / "records.json"
    with Sandbox(state_file=kept, webhooks="http://127.0.0.1:9/webhooks/telnyx/") as first:
        first.edit_profile(PROFILE_ID, name="Renamed")
    with Sandbox(state_file=kept, webhooks="http://127.0.0.1:7/webhooks/telnyx/") as second:
        held = second.profile(PROFILE_ID)

    assert (held["name"], held["webhook_url"]) == ("Renamed", "http://127.0.0.1:7/webhooks/telnyx/")
    assert json.loads(kept.read_text())["messaging_profiles"][PROFILE_ID]["name"] == "Renamed"
