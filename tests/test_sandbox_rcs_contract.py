"""The stand-in's RCS agents, capabilities, invitations and links against Telnyx's own description and client."""

import json
from typing import Any

import httpx
import pytest
import telnyx
from openapi_core.exceptions import OpenAPIError

from tests.comparison import ABSENT, parameters
from tests.description import PUBLISHED
from tests.sandbox.contract import load
from tests.sandbox.control import Sandbox, SandboxError
from tests.sandbox.hosted_control import PROFILE_ID
from tests.sandbox.messages_control import SENDER
from tests.sandbox.rcs_control import AGENT_ID, DISABLED_AGENT
from tests.stack import wait_until

CONTRACT = load("rcs")
AGENTS, BULK, LINKS = "/messaging/rcs/agents", "/messaging/rcs/bulk_capabilities", "/messages/rcs/deeplinks"
CAPABILITIES, INVITES = "/messaging/rcs/capabilities", "/messaging/rcs/test_number_invite"
ONE = f"{AGENTS}/{AGENT_ID}"
EVERYTHING: dict[str, Any] = {
    "profile_id": PROFILE_ID,
    "webhook_url": "https://desk.example/webhooks/telnyx/",
    "webhook_failover_url": "https://desk.example/second",
}


@pytest.fixture
def sandbox(posting_sandbox: Sandbox) -> Sandbox:
    posting_sandbox.reset()
    return posting_sandbox


def test_a_whole_life_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    numbers = [f"+1312555010{n}" for n in (0, 2, 5)]
    whole = checked.patch(ONE, json=EVERYTHING)
    cleared = checked.patch(ONE, json=dict.fromkeys(EVERYTHING))

    answers = [
        checked.get(AGENTS, params={"page[number]": 1, "page[size]": 250}),
        checked.get(ONE),
        whole,
        cleared,
        checked.patch(ONE, json={"webhook_url": "https://desk.example/third"}),
        checked.post(BULK, json={"agent_id": AGENT_ID, "phone_numbers": numbers}),
        checked.get(f"{CAPABILITIES}/{AGENT_ID}/{numbers[2]}"),
        checked.put(f"{INVITES}/{AGENT_ID}/{numbers[0]}"),
        checked.get(f"{LINKS}/{AGENT_ID}", params={"phone_number": numbers[0], "body": "hello world"}),
        checked.get(f"{LINKS}/{AGENT_ID}"),
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json()["meta"]["total_results"] == 3
    held = whole.json()["data"]
    assert {name: held[name] for name in EVERYTHING} == EVERYTHING
    assert {cleared.json()["data"][name] for name in EVERYTHING} == {None}
    assert answers[4].json()["data"]["profile_id"] is None
    assert [row["phone_number"] for row in answers[5].json()["data"]] == numbers
    assert answers[6].json()["data"]["features"] == ["GENERIC_RCS_FEATURE"]
    assert answers[7].json()["data"]["status"] == "PENDING"
    assert answers[8].json()["data"]["url"] == (
        "sms:+13125550100?service_id=larkspur_dental_agent%40rbm.goog&body=hello%20world"
    )


def test_every_refusal_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    hundred_and_one = [f"+1312555{n:04}" for n in range(101)]
    refusals = [
        checked.get(AGENTS, params={"page[size]": 251}),
        checked.get(AGENTS, headers={"Authorization": "Bearer wrong"}),
        checked.get(f"{AGENTS}/unknown"),
        checked.patch(ONE, json={"agent_name": "Renamed"}),
        checked.patch(ONE, json={"profile_id": ABSENT}),
        checked.patch(ONE, json={"profile_id": "x"}),
        checked.patch(ONE, json={"webhook_url": "desk.example"}),
        checked.post(BULK, json={"agent_id": AGENT_ID, "phone_numbers": hundred_and_one}),
        checked.post(BULK, json={"agent_id": AGENT_ID, "phone_numbers": []}),
        checked.post(BULK, json={"agent_id": "unknown", "phone_numbers": ["+13125550100"]}),
        checked.post(BULK, json={"agent_id": AGENT_ID, "phone_numbers": ["3125550100"]}),
        checked.get(f"{CAPABILITIES}/{AGENT_ID}/12"),
        checked.put(f"{INVITES}/{AGENT_ID}/12"),
        checked.put(f"{INVITES}/unknown/+13125550100"),
        checked.put(f"{INVITES}/{AGENT_ID}/+13125550100", json={}),
        checked.get(f"{LINKS}/unknown"),
        checked.get(f"{LINKS}/{AGENT_ID}", params={"phone_number": "12"}),
    ]

    statuses = [answer.status_code for answer in refusals]
    assert statuses == [400, 401, 404, *[400] * 6, 404, 400, 400, 400, 404, 400, 404, 400]
    assert sandbox.invites() == []


def test_the_description_has_no_handset_without_rcs(checked: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.set_features("+13125550100", None)

    with pytest.raises(OpenAPIError):
        checked.get(f"{CAPABILITIES}/{AGENT_ID}/+13125550100")


# Messages.

TO, WITHOUT_RCS = "+13035550124", "+13035550121"
TEXT: dict[str, Any] = {"text": "Order 8842 ships today."}
BUTTONS: list[dict[str, Any]] = [
    {"reply": {"text": "Confirm", "postback_data": "Y29uZmlybQ=="}},
    {
        "action": {
            "text": "Track",
            "fallback_url": "https://shop.example.com/t",
            "open_url_action": {
                "url": "https://shop.example.com/t/8842",
                "application": "BROWSER",
                "webview_view_mode": "WEBVIEW_VIEW_MODE_UNSPECIFIED",
            },
        }
    },
    {"action": {"text": "Call", "dial_action": {"phone_number": "+13125550123"}}},
    {"action": {"text": "Where are you?", "share_location_action": {}}},
    {
        "action": {
            "text": "Shop",
            "view_location_action": {"lat_long": {"latitude": 41.8, "longitude": -87.6}},
        }
    },
]
CARD: dict[str, Any] = {
    "title": "Parcel 8842",
    "media": {"height": "MEDIUM", "content_info": {"file_url": "https://cdn.example.com/p.jpg"}},
    "suggestions": BUTTONS,
}
CAROUSEL = {"rich_card": {"carousel_card": {"card_width": "SMALL", "card_contents": [CARD, CARD]}}}
ALONE = {
    "rich_card": {
        "standalone_card": {
            "card_orientation": "VERTICAL",
            "thumbnail_image_alignment": "LEFT",
            "card_content": CARD,
        }
    }
}
FALLBACK = {"from": SENDER, "text": "Parcel 8842: https://shop.example.com/t/8842"}


def message(content: dict[str, Any] = TEXT, **changes: Any) -> dict[str, Any]:
    return {
        "agent_id": AGENT_ID,
        "to": TO,
        "messaging_profile_id": PROFILE_ID,
        "type": "RCS",
        "agent_message": {"content_message": content, "ttl": "3600s"},
        "webhook_url": "https://desk.example/webhooks/telnyx/code/",
    } | changes


def test_every_message_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    bodies = [
        message(),
        message({"content_info": {"file_url": "https://cdn.example.com/p.pdf", "force_refresh": True}}),
        message(ALONE),
        message(CAROUSEL, sms_fallback=FALLBACK),
        message(to=WITHOUT_RCS, mms_fallback=FALLBACK | {"media_urls": ["https://cdn.example.com/p.jpg"]}),
    ]

    answers = [checked.post("/messages/rcs", json=body) for body in bodies]

    assert [answer.status_code for answer in answers] == [200] * 5
    held = answers[0].json()["data"]
    assert held["body"] == bodies[0]["agent_message"]
    assert (held["from"]["agent_id"], held["to"][0]["phone_number"]) == (AGENT_ID, TO)


def test_every_refused_message_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    eleven = {"rich_card": {"carousel_card": {"card_width": "SMALL", "card_contents": [CARD] * 11}}}
    long_label = TEXT | {"suggestions": [{"reply": {"text": "x" * 26}}]}
    bad_url = {"content_info": {"file_url": "no address"}}
    bodies = [
        message(agent_id="unknown"),
        message(agent_id=DISABLED_AGENT),
        message(messaging_profile_id=ABSENT),
        message(eleven),
        message(long_label),
        message(bad_url),
        message(TEXT | ALONE),
        message({}),
        message({"text": "x" * 3073}),
        message(TEXT | {"surprise": 1}),
        message(to="3035550124"),
        message(to=WITHOUT_RCS, sms_fallback={"from": "+19995550100", "text": "x"}),
    ]

    refusals = [checked.post("/messages/rcs", json=body) for body in bodies]

    assert [answer.status_code for answer in refusals] == [404, *[400] * 11]
    assert sandbox.messages() == []


@pytest.mark.parametrize("ending", ["message.sent--rcs", "message.finalized--rcs", "message.read"])
def test_the_events_of_a_message_have_the_members_of_the_samples(sandbox: Sandbox, ending: str) -> None:
    sandbox.pace(0)
    sandbox.outcome("read", to=TO)
    send(sandbox, message())
    sample = json.loads((PUBLISHED / "webhook-samples" / f"{ending}.json").read_text())["data"]

    events = {event["event_type"]: event["payload"] for event in told(sandbox, 3)}

    ours, theirs = events[sample["event_type"]], sample["payload"]
    assert set(theirs) <= set(ours)
    assert ours["body"] == theirs["body"]
    assert ours["to"][0]["status"] == theirs["to"][0]["status"]
    assert set(ours["from"]) >= set(theirs["from"])


def test_a_handset_without_rcs_gets_the_fallback_or_nothing(sandbox: Sandbox) -> None:
    sandbox.pace(0)
    lost = send(sandbox, message(to=WITHOUT_RCS))
    instead = send(sandbox, message(to=WITHOUT_RCS, sms_fallback=FALLBACK))

    told(sandbox, 3)

    failed, text = sandbox.message(lost)["payload"], sandbox.message(instead)["payload"]
    assert (failed["to"][0]["status"], failed["errors"][0]["code"]) == ("sending_failed", "40301")
    assert (text["type"], text["text"], text["from"]["phone_number"]) == ("SMS", FALLBACK["text"], SENDER)
    assert text["to"][0]["status"] == "delivered"


def test_the_same_key_sends_one_message(sandbox: Sandbox) -> None:
    first = send(sandbox, message(), key="k-1")

    assert send(sandbox, message(), key="k-1") == first
    assert len(sandbox.messages()) == 1


def test_what_handsets_send_goes_to_the_address_of_the_agent(sandbox: Sandbox) -> None:
    sandbox.edit_agent(AGENT_ID, webhook_url="http://127.0.0.1:9/agent")
    sent = send(sandbox, message(CAROUSEL))
    sandbox.write_to_agent(TO, text="Later, please")
    sandbox.write_to_agent(TO, location={"latitude": 1.5, "longitude": 2.5})
    sandbox.write_to_agent(TO, file=True)

    tapped = sandbox.tap(sent, 6)

    assert tapped["payload"]["body"] == {"suggestion_response": {"text": "Track", "postback_data": ""}}
    received = [one for one in sandbox.deliveries() if one["event_type"] == "message.received"]
    assert [one["url"] for one in received] == ["http://127.0.0.1:9/agent"] * 4
    with pytest.raises(SandboxError, match="it has 10 buttons"):
        sandbox.tap(sent, 10)


def test_the_official_client_sends_a_message(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    message: Any = {"content_message": ALONE, "ttl": "60s"}
    instead: Any = FALLBACK
    sent: Any = official.messages.rcs.send(
        agent_id=AGENT_ID,
        agent_message=message,
        messaging_profile_id=PROFILE_ID,
        to=TO,
        type="RCS",
        sms_fallback=instead,
    )

    assert sent.data.id == sandbox.messages()[0]["id"]
    assert sent.data.to[0].status == "queued"


def send(sandbox: Sandbox, body: dict[str, Any], key: str = "") -> str:
    headers = {"Authorization": f"Bearer {sandbox.api_key}"} | ({"Idempotency-Key": key} if key else {})
    answer = httpx.post(f"{sandbox.base_url}/messages/rcs", json=body, headers=headers, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["id"]


def told(sandbox: Sandbox, count: int) -> list[dict[str, Any]]:
    """Return the sandbox's events once there are this many."""
    wait_until(lambda: len(sandbox.deliveries()) >= count, 10, f"{count} events")
    return [one["event"]["data"] for one in sandbox.deliveries()]


def test_the_contract_of_a_message_has_the_members_and_limits_of_the_description(
    description: dict[str, Any],
) -> None:
    schemas = description["components"]["schemas"]

    def compare(rules: dict[str, Any], schema: dict[str, Any]) -> None:
        schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        assert set(rules) == set(schema.get("properties", {}))
        needed = {name for name, rule in rules.items() if rule["required"]}
        # Only the description allows a card without content, or cards without a list.
        assert needed == set(schema.get("required", ()))
        for name, rule in rules.items():
            member = schema["properties"][name]
            member = schemas[member["$ref"].rpartition("/")[2]] if "$ref" in member else member
            assert rule["type"] == member["type"], name
            if "enum" in rule:
                assert CONTRACT["enums"][rule["enum"]]["values"] == member["enum"]
            if "members" in rule:
                compare(rule["members"], member)
            if "items" in rule:
                compare(rule["items"], member["items"])

    compare(CONTRACT["bodies"]["send_rcs"], schemas["RCSMessage"])
    named = set(schemas["RCSResponse"]["properties"]["data"]["properties"])
    assert set(CONTRACT["answers"]["Message"]["names"]) == named


# The contract file against the description.


def test_the_contract_file_has_the_words_of_the_description(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    answers = {
        "Agent": schemas["RCSAgent"],
        "Capability": schemas["RCSCapabilitiesInternal"],
        "Invite": schemas["RCSTestNumberInviteResponse"]["properties"]["data"],
        "Deeplink": schemas["RCSDeeplinkResponse"]["properties"]["data"],
    }
    bodies = {"update_agent": "RCSAgentUpdate", "bulk_capabilities": "RCSCapabilityListRequest"}

    for name, schema in answers.items():
        assert set(CONTRACT["answers"][name]["names"]) == set(schema["properties"])
    for name, told in bodies.items():
        rules = CONTRACT["bodies"][name]
        assert set(rules) == set(schemas[told]["properties"])
        assert {field for field, rule in rules.items() if rule["required"]} == set(
            schemas[told].get("required", ())
        )
        for field, rule in rules.items():
            kinds = schemas[told]["properties"][field]["type"]
            assert rule["nullable"] == ("null" in kinds)


def test_every_operation_of_the_description_was_compared(description: dict[str, Any]) -> None:
    theirs = {
        (method.upper(), path)
        for path, methods in description["paths"].items()
        if path.startswith(("/messaging/rcs", "/messages/rcs"))
        for method in methods
    }

    assert theirs == {(entry["method"], entry["path"]) for entry in CONTRACT["operations"]}
    assert len(theirs) == 8


@pytest.mark.parametrize("operation", CONTRACT["operations"], ids=lambda operation: operation["name"])
def test_an_operation_has_the_described_parameters(
    description: dict[str, Any], operation: dict[str, Any]
) -> None:
    described = description["paths"][operation["path"]][operation["method"].lower()]

    theirs = dict(
        rule for entry in described.get("parameters", []) for rule in parameters(description, entry)
    )

    assert {
        name: {limit: told[limit] for limit in ("minimum", "maximum", "default") if limit in told}
        for name, told in theirs.items()
    } == {
        name: {limit: rule[limit] for limit in ("minimum", "maximum", "default") if limit in rule}
        for name, rule in operation["query"].items()
    }


def test_every_fact_names_a_source() -> None:
    facts = [*CONTRACT["enums"].values(), *CONTRACT["rules"].values(), *CONTRACT["operations"]]
    facts += [*CONTRACT["answers"].values()]
    facts += [rule for fields in CONTRACT["bodies"].values() for rule in fields.values()]

    assert {fact["source"] for fact in facts} <= set(CONTRACT["sources"])
    assert all(source["what"] and source["date"] for source in CONTRACT["sources"].values())


# The official client, which is not our code.


def test_the_official_client_drives_a_whole_life(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    rcs, links = official.messaging.rcs, official.messages.rcs

    listed = [agent.agent_id for agent in rcs.agents.list()]
    changed: Any = rcs.agents.update(AGENT_ID, profile_id=None, webhook_url="https://desk.example/a").data
    read: Any = rcs.agents.retrieve(AGENT_ID).data
    bulk: Any = rcs.list_bulk_capabilities(
        agent_id=AGENT_ID, phone_numbers=["+13125550101", "+13125550102"]
    ).data
    single: Any = rcs.retrieve_capabilities("+13125550105", agent_id=AGENT_ID).data
    invited: Any = rcs.invite_test_number("+13125550100", id=AGENT_ID).data
    link: Any = links.generate_deeplink(AGENT_ID, phone_number="+13125550100", body="hello").data

    assert DISABLED_AGENT in listed
    assert (changed.profile_id, read.webhook_url) == (None, "https://desk.example/a")
    assert [row.features is None for row in bulk] == [True, False]
    assert single.features == ["GENERIC_RCS_FEATURE"]
    assert invited.status == sandbox.invites()[0]["status"] == "PENDING"
    assert link.url.startswith("sms:+13125550100?service_id=larkspur_dental_agent%40rbm.goog")
    with pytest.raises(telnyx.NotFoundError):
        rcs.agents.retrieve("unknown")


# The portal.


def test_the_portal_changes_agents_handsets_and_invitations(
    sandbox: Sandbox, official: telnyx.Telnyx
) -> None:
    sandbox.edit_agent(AGENT_ID, enabled=False)
    sandbox.set_features("+13125550101", ["SOMETHING_NEW"])
    sandbox.set_invite(AGENT_ID, "+13125550101", "ACCEPTED")

    told: Any = official.messaging.rcs.retrieve_capabilities("+13125550101", agent_id=AGENT_ID).data
    again: Any = official.messaging.rcs.invite_test_number("+13125550101", id=AGENT_ID).data

    assert sandbox.agent(AGENT_ID)["enabled"] is False
    assert (told.features, again.status) == (["SOMETHING_NEW"], "ACCEPTED")
    sandbox.reset()
    assert (sandbox.agent(AGENT_ID)["enabled"], sandbox.invites()) == (True, [])
