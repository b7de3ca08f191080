"""The stand-in's messages against Telnyx's own description, its samples and its own client."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
import telnyx
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError

from tests.description import PUBLISHED, as_event, strict_judge
from tests.messaging.sending.whatsapp import (
    CONTENTS,
    button,
    card,
    header,
    interactive,
    of_button,
    template,
)
from tests.sandbox.contract import load
from tests.sandbox.control import Sandbox
from tests.sandbox.hosted_control import PROFILE_ID
from tests.sandbox.messages_control import HANDSET, SENDER, SHORT_CODE

CONTRACT = load("messages")
ABSENT = "9c0d4e21-2b6a-4f31-8e77-1a2b3c4d5e6f"
PICTURE = "https://cdn.example.com/p/1.jpg"
# The records of finished messages are not in the part of the description that we have.
UNDESCRIBED = {"/detail_records"}
AGENT = {"agent_id": "northwind_agent_01", "agent_name": "Northwind Orders"}

# Fixes for where the description contradicts itself, the official client or its own prose.
LATER_STATUSES = ["scheduled", "cancelled", "read"]
LATER_MEMBERS: dict[str, dict[str, Any]] = {
    "OutboundMessagePayload": {"group_message_id": {"type": "string"}},
    "InboundMessagePayload": {"autoresponse_type": {"type": "string"}},
}


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(webhooks="http://127.0.0.1:9/webhooks/telnyx/", pace=0) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


def fix(judged: dict[str, Any]) -> None:
    """Add what is known from other sources: a few statuses and members, and the members of an error's meta."""
    schemas = judged["components"]["schemas"]
    for schema, members in LATER_MEMBERS.items():
        schemas[schema]["properties"] |= members
    statuses = schemas["OutboundMessagePayload"]["properties"]["to"]["items"]["properties"]["status"]
    statuses["enum"] += LATER_STATUSES
    # Called hash_sha256 there, with 32 characters, which no SHA-256 has.
    media = schemas["InboundMessagePayload"]["properties"]["media"]["items"]["properties"]
    media["sha256"] = {"type": "string", "minLength": 64, "maxLength": 64}
    whatsapp = judged["paths"]["/messages/whatsapp"]["post"]["responses"]["4XX"]
    for entry in errors_in(judged, whatsapp):
        entry["properties"]["meta"]["additionalProperties"] = True
    widen(judged)


def widen(judged: dict[str, Any]) -> None:
    """Add what the contract file says is sent though the description does not have it."""
    values: dict[str, list[str]] = {}
    for more in CONTRACT["beyond"]["values"]:
        values.setdefault(more["enum"], []).extend(more["values"])
        if more["enum"] in CONTRACT["enums"]:
            holder, name = described(judged, more["enum"].replace(".", "/"))
            holder[name]["enum"] = [*holder[name]["enum"], *more["values"]]
    for extra in CONTRACT["beyond"]["members"]:
        holder, name = described(judged, extra["at"])
        assert name not in holder, f"{extra['at']} is described by now"
        holder[name] = as_schema(extra["rule"], values)
    for extra in CONTRACT["beyond"]["instead"]:
        holder, name = described(judged, extra["at"])
        holder[name] = {"anyOf": [holder[name], as_schema(extra["rule"], values)]}


def described(judged: dict[str, Any], at: str) -> tuple[dict[str, Any], str]:
    """Return the properties that a member of the WhatsApp body belongs to, and its name."""
    *way, name = at.split("/")
    schema = judged["components"]["schemas"]["WhatsappMessage"]
    for step in way:
        schema = resolved(judged, schema["properties"][step])
        schema = resolved(judged, schema["items"]) if schema["type"] == "array" else schema
    return schema["properties"], name


def as_schema(rule: dict[str, Any], values: dict[str, list[str]]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": rule["type"]}
    if "enum" in rule:
        schema["enum"] = values[rule["enum"]]
    if "members" in rule:
        schema["properties"] = {name: as_schema(inner, values) for name, inner in rule["members"].items()}
        schema["required"] = [name for name, inner in rule["members"].items() if inner["required"]]
    return schema


def errors_in(judged: dict[str, Any], answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    schema = resolved(judged, answer)["content"]["application/json"]["schema"]
    yield resolved(judged, resolved(judged, schema)["properties"]["errors"]["items"])


def resolved(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        found: Any = description
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


@pytest.fixture(scope="module")
def strict(description: dict[str, Any]) -> OpenAPI:
    return strict_judge(description, fix)


def in_minutes(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def sms(**changes: Any) -> dict[str, Any]:
    return {"from": SENDER, "to": HANDSET, "text": "Your order is ready."} | changes


def deliveries(sandbox: Sandbox, count: int) -> list[dict[str, Any]]:
    """Wait for this many webhooks and return their data, in the order they were made."""
    deadline = time.monotonic() + 60
    while len(found := sandbox.deliveries()) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} webhooks"
        time.sleep(0.02)
    return [entry["event"]["data"] for entry in found]


SENDS: dict[str, dict[str, Any]] = {
    "send": sms(
        subject="Site photo",
        media_urls=[PICTURE],
        type="MMS",
        auto_detect=False,
        use_profile_webhooks=True,
        webhook_url="http://127.0.0.1:9/one/",
        webhook_failover_url="http://127.0.0.1:9/two/",
        messaging_profile_id=PROFILE_ID,
    ),
    "alphanumeric": sms(**{"from": "Northwind"}, messaging_profile_id=PROFILE_ID),
    "group_mms": sms(to=[HANDSET, "+13035550124"], subject="Site photo", media_urls=[PICTURE]),
    "long_code": sms(encoding="ucs2", type="SMS"),
    "number_pool": {"messaging_profile_id": PROFILE_ID, "to": HANDSET, "text": "Hi"},
    "short_code": sms(**{"from": SHORT_CODE}),
    "schedule": sms(),
    "whatsapp": {
        "from": SENDER,
        "to": HANDSET,
        "type": "WHATSAPP",
        "messaging_profile_id": PROFILE_ID,
        "whatsapp_message": {
            "type": "template",
            "biz_opaque_callback_data": "order 8842",
            "template": {
                "name": "order_ready",
                "language": {"code": "en_US", "policy": "deterministic"},
                "components": [{"type": "body", "parameters": [{"type": "text", "text": "8842"}]}],
            },
        },
    },
}


@pytest.mark.parametrize("name", SENDS)
def test_every_way_to_send_fits_the_description(checked: httpx.Client, sandbox: Sandbox, name: str) -> None:
    sandbox.seed_sender("Northwind", PROFILE_ID, fallback=SENDER)
    body = SENDS[name] | ({"send_at": in_minutes(10)} if name == "schedule" else {})

    answer = checked.post(path_of(name), json=body)

    assert answer.status_code == 200, answer.text
    names = CONTRACT["answers"]["WhatsApp" if name == "whatsapp" else "Outbound"]["names"]
    assert set(answer.json()["data"]) == set(names)


@pytest.mark.parametrize("name", CONTENTS)
def test_every_type_of_whatsapp_message_fits_the_description(checked: httpx.Client, name: str) -> None:
    """What the form lets through is taken, by the description and by the sandbox."""
    answer = checked.post("/messages/whatsapp", json=whatsapp(CONTENTS[name]))

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["body"] == CONTENTS[name]


def whatsapp(content: dict[str, Any]) -> dict[str, Any]:
    return {"from": SENDER, "to": HANDSET, "whatsapp_message": content}


WRONG_WHATSAPP: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("template", template(name="a"), ("10004", "/template/language")),
    ("template", template(language={"code": "en"}), ("10004", "/template/name")),
    ("template", template(of_button("call", "text", "a")), ("10015", "/template/components/0/sub_type")),
    ("template", template(header("gif", {})), ("10015", "/template/components/0/parameters/0/type")),
    ("sticker", {"type": "sticker", "sticker": {"link": "none"}}, ("10003", "/sticker/link")),
    ("location", {"type": "location", "location": {"latitude": 1.5}}, ("10026", "/location/latitude")),
    ("product", interactive("product", {}), ("10015", "/interactive/type")),
    ("list", interactive("list", {"button": "Go"}), ("10004", "/interactive/action/sections")),
    (
        "button",
        interactive("button", {"buttons": [button("a", "x" * 21)]}),
        ("10015", "/interactive/action/buttons/0/reply/title"),
    ),
    (
        "carousel",
        interactive("carousel", {"cards": [card(10)]}),
        ("10015", "/interactive/action/cards/0/card_index"),
    ),
]


@pytest.mark.parametrize(("name", "content", "expected"), WRONG_WHATSAPP)
def test_a_wrong_whatsapp_message_is_refused_at_its_place(
    checked: httpx.Client, sandbox: Sandbox, name: str, content: dict[str, Any], expected: tuple[str, str]
) -> None:
    answer = checked.post("/messages/whatsapp", json=whatsapp(content))

    told = [(error["code"], error["source"]["pointer"]) for error in answer.json()["errors"]]
    assert (expected[0], f"/whatsapp_message{expected[1]}") in told
    assert sandbox.messages() == []


def path_of(name: str) -> str:
    return next(entry["path"] for entry in CONTRACT["operations"] if entry["name"] == name)


def test_reading_and_canceling_fit_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    sent = checked.post("/messages", json=sms()).json()["data"]
    deliveries(sandbox, 2)
    group = checked.post("/messages/group_mms", json=SENDS["group_mms"]).json()["data"]
    written = sandbox.write("Look", media=1)
    waiting = checked.post("/messages", json=sms(send_at=in_minutes(10))).json()["data"]
    deliveries(sandbox, 6)

    answers = [
        checked.get(f"/messages/{sent['id']}"),
        checked.get(f"/messages/{written['id']}"),
        checked.get(f"/messages/{waiting['id']}"),
        checked.get(f"/messages/group/{group['id']}"),
        checked.delete(f"/messages/{waiting['id']}"),
        checked.get(f"/messages/{waiting['id']}"),
    ]

    assert [answer.status_code for answer in answers] == [200] * 6
    statuses = [answer.json()["data"]["to"][0]["status"] for answer in answers[:3]]
    assert statuses == ["delivered", "webhook_delivered", "scheduled"]
    assert set(answers[4].json()) == set(CONTRACT["answers"]["Canceled"]["names"])


def test_the_log_of_deliveries_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.next_webhook("lose")
    checked.post("/messages", json=sms())
    deadline = time.monotonic() + 10
    while {entry["outcome"] for entry in sandbox.deliveries()} != {"lost", "failed"}:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    # The judge does not understand names with two pairs of brackets, so only this filter is checked.
    filters: dict[str, Any] = {
        "filter[event_type]": "message.sent,message.finalized",
        "page[number]": 1,
        "page[size]": 250,
    }

    listed = checked.get("/webhook_deliveries", params=filters)
    rows = listed.json()["data"]
    one = checked.get(f"/webhook_deliveries/{rows[0]['id']}")

    assert len(rows) == 2
    assert one.json()["data"] == rows[0]
    assert set(rows[0]) == set(CONTRACT["answers"]["Delivery"]["names"])


def test_every_refusal_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    sent = checked.post("/messages", json=sms(to="+13035550188")).json()["data"]
    wrong = {"Authorization": "Bearer wrong"}
    key = {"Idempotency-Key": "one"}
    checked.post("/messages", json=sms(to="+13035550188"), headers=key)
    sandbox.opt_out(PROFILE_ID, SENDER, HANDSET)
    sandbox.spend_limit(PROFILE_ID, "1.00", reached=True)

    refusals = [
        checked.post("/messages", json={"text": "", "odd": 1}),
        checked.post("/messages", json=sms(), headers=wrong),
        checked.post("/messages", json=sms(text="Other"), headers=key),
        checked.post("/messages", json=sms()),
        checked.post("/messages", json=sms(to="+13035550124")),
        checked.post("/messages", content=b"{", headers={"Content-Type": "application/json"}),
        checked.post("/messages/alphanumeric_sender_id", json={}),
        checked.post("/messages/whatsapp", json=sms()),
        checked.get(f"/messages/{ABSENT}"),
        checked.get(f"/messages/group/{ABSENT}"),
        checked.delete(f"/messages/{sent['id']}"),
        checked.delete(f"/messages/{ABSENT}"),
        checked.get("/messages/17"),
    ]

    assert [answer.status_code for answer in refusals] == [
        *(400, 401, 422, 400, 429, 400),
        *(400, 400, 404, 404, 403, 404, 400),
    ]


# Events.


@pytest.mark.parametrize(
    "status", ["delivered", "delivery_failed", "sending_failed", "delivery_unconfirmed", "expired"]
)
def test_every_end_of_a_message_fits_the_description(
    sandbox: Sandbox, strict: OpenAPI, checked: httpx.Client, status: str
) -> None:
    message = checked.post("/messages", json=sms(to="+13035550188")).json()["data"]

    sandbox.step(message["id"], "sent")
    sandbox.step(message["id"], status)

    for data in deliveries(sandbox, 2):
        strict.validate_webhook_request(as_event(data, "deliveryUpdate"))
    read = checked.get(f"/messages/{message['id']}").json()["data"]
    assert read["to"][0]["status"] == status


def test_inbound_messages_and_clicks_fit_the_description(sandbox: Sandbox, strict: OpenAPI) -> None:
    for text in ("Hi", "STOP", "START", "HELP"):
        sandbox.write(text)
    last = sandbox.write("Look", media=2, cc=["+13035550124"])
    for data in deliveries(sandbox, 5):
        strict.validate_webhook_request(as_event(data, "inboundMessage"))

    with httpx.Client(
        base_url=sandbox.base_url, headers={"Authorization": f"Bearer {sandbox.api_key}"}
    ) as api:
        message = api.post("/messages", json=sms(to="+13035550188")).json()["data"]
    sandbox.click(message["id"])

    strict.validate_webhook_request(as_event(deliveries(sandbox, 6)[5], "replacedLinkClick"))
    assert last["payload"]["cc"][0]["phone_number"] == "+13035550124"


@pytest.mark.parametrize(
    "change", [{"surprise": 1}, {"type": "FAX"}, {"parts": 11}, {"cost": "0.0055"}, {"direction": "inbound"}]
)
def test_the_description_is_applied_strictly_to_events(
    sandbox: Sandbox, strict: OpenAPI, checked: httpx.Client, change: dict[str, Any]
) -> None:
    checked.post("/messages", json=sms())
    data = deliveries(sandbox, 2)[0]
    strict.validate_webhook_request(as_event(data, "deliveryUpdate"))

    data["payload"] |= change

    with pytest.raises(OpenAPIError):
        strict.validate_webhook_request(as_event(data, "deliveryUpdate"))


def sample(name: str) -> dict[str, Any]:
    return json.loads((PUBLISHED / "webhook-samples" / f"{name}.json").read_text())["data"]


def send(sandbox: Sandbox, path: str = "/messages", **changes: Any) -> str:
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    body = sms(**changes)
    if path == "/messages/whatsapp":
        del body["text"]
    answer = httpx.post(f"{sandbox.base_url}{path}", json=body, headers=headers, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["id"]


def ends(sandbox: Sandbox, status: str) -> None:
    id = send(sandbox, to="+13035550188")
    sandbox.step(id, status)


def body_of(sandbox: Sandbox, name: str) -> None:
    body = sample(name)["payload"]["body"]
    sandbox.write_body(body, type="RCS", to="agent", messaging_profile_id=PROFILE_ID, agent=AGENT)


# What causes each sample's event.
SAMPLES: dict[str, Callable[[Sandbox], object]] = {
    "message.sent": send,
    "message.finalized": lambda sandbox: ends(sandbox, "delivered"),
    "message.finalized--delivery_failed": lambda sandbox: ends(sandbox, "delivery_failed"),
    "message.finalized--sending_failed": lambda sandbox: ends(sandbox, "sending_failed"),
    "message.finalized--group_mms": lambda sandbox: send(
        sandbox, "/messages/group_mms", to=[HANDSET, "+13035550124"], media_urls=[PICTURE]
    ),
    "message.received": lambda sandbox: sandbox.write("What time do you close?"),
    "message.received--mms": lambda sandbox: sandbox.write("Receipt attached", media=1),
    "message.received--stop": lambda sandbox: sandbox.write("STOP"),
    "message.received--start": lambda sandbox: sandbox.write("START"),
    "message.received--help": lambda sandbox: sandbox.write("HELP"),
    "message.received--group_mms": lambda sandbox: sandbox.write("Looks good", cc=["+13035550124"]),
    "message.received--rcs_text": lambda sandbox: body_of(sandbox, "message.received--rcs_text"),
    "message.received--rcs_file": lambda sandbox: body_of(sandbox, "message.received--rcs_file"),
    "message.received--rcs_location": lambda sandbox: body_of(sandbox, "message.received--rcs_location"),
    "message.received--rcs_suggestion": lambda sandbox: body_of(sandbox, "message.received--rcs_suggestion"),
    "message.received--whatsapp": lambda sandbox: sandbox.write_body(
        sample("message.received--whatsapp")["payload"]["body"]
    ),
    "message.echo": lambda sandbox: sandbox.echo("Yes, collect after 3 pm."),
    "messaging-profile.spend-limit-reached": lambda sandbox: sandbox.spend_limit(
        PROFILE_ID, "25.00", reached=True
    ),
}
# Members whose value in a sample depends on when it was taken, not on its kind.
OPEN = {"cost", "cost_breakdown", "subject", "valid_until", "sent_at", "webhook_failover_url", "cc", "media"}


@pytest.mark.parametrize("name", SAMPLES)
def test_an_event_has_the_shape_of_its_sample(sandbox: Sandbox, name: str) -> None:
    theirs = sample(name)

    SAMPLES[name](sandbox)

    deadline = time.monotonic() + 10
    while not (
        found := [data for data in deliveries(sandbox, 1) if data["event_type"] == theirs["event_type"]]
    ):
        assert time.monotonic() < deadline, "no such event"
    assert found[0].keys() == theirs.keys()
    differences = list(different(found[0]["payload"], theirs["payload"]))
    assert differences == []


def different(ours: Any, theirs: Any, where: str = "") -> Iterator[str]:
    """Yield where two bodies differ in members or in the type of a value."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        # Published errors may or may not have meta and source; both are optional.
        for name in (ours.keys() ^ theirs.keys()) - ({"meta", "source"} if "/errors" in where else set()):
            yield f"{where}/{name} is in one of them only"
        for name in ours.keys() & theirs.keys():
            if name not in OPEN or where:
                yield from different(ours[name], theirs[name], f"{where}/{name}")
    elif isinstance(theirs, list) and isinstance(ours, list):
        if theirs and ours:
            yield from different(ours[0], theirs[0], f"{where}/0")
    elif isinstance(ours, int | float) and isinstance(theirs, int | float):
        return
    elif type(ours) is not type(theirs) and None not in (ours, theirs):
        yield f"{where}: {ours!r} is not like {theirs!r}"


def test_every_sample_of_a_message_is_compared_or_named(description: dict[str, Any]) -> None:
    files = {path.stem for path in (PUBLISHED / "webhook-samples").glob("messag*.json")}
    files = {name for name in files if "hosted" not in name}

    # A click is compared with the description; outbound RCS comes with the sends of RCS.
    assert files - SAMPLES.keys() == {
        "message.link_click",
        "message.sent--rcs",
        "message.finalized--rcs",
        "message.read",
    }


# The contract file against the description.


def test_the_contract_file_has_the_fields_of_the_description(description: dict[str, Any]) -> None:
    for name, fields in CONTRACT["bodies"].items():
        content = description["paths"][path_of(name)]["post"]["requestBody"]["content"]
        compare(description, fields, resolved(description, content["application/json"]["schema"]), name)


def compare(description: dict[str, Any], fields: dict[str, Any], schema: dict[str, Any], where: str) -> None:
    assert fields.keys() == schema["properties"].keys(), where
    for name, rule in fields.items():
        theirs = resolved(description, schema["properties"][name])
        types = theirs["type"] if isinstance(theirs["type"], list) else [theirs["type"]]
        here = f"{where}.{name}"
        assert rule["type"] in types, here
        assert rule["nullable"] == ("null" in types), here
        if "required_source" not in rule:
            assert rule["required"] == (name in schema.get("required", [])), here
        assert CONTRACT["enums"].get(rule.get("enum"), {}).get("values") == theirs.get("enum"), here
        if "members" in rule:
            compare(description, rule["members"], theirs, here)
        if "items" in rule:
            compare(description, rule["items"], resolved(description, theirs["items"]), here)


def test_the_contract_file_has_the_names_of_the_description(description: dict[str, Any]) -> None:
    schemas = {
        "Outbound": "OutboundMessagePayload",
        "Canceled": "OutboundMessagePayloadCancelled",
        "Inbound": "InboundMessagePayload",
        "Delivery": "webhook_delivery",
    }
    for name, schema in schemas.items():
        published = description["components"]["schemas"][schema]["properties"]
        assert set(CONTRACT["answers"][name]["names"]) == set(published)


def test_every_operation_of_the_description_was_compared(description: dict[str, Any]) -> None:
    theirs = {
        (method.upper(), path)
        for path, methods in description["paths"].items()
        if path.startswith(("/messages", "/webhook_deliveries")) and "/rcs" not in path
        for method in methods
    }
    ours = {(entry["method"], entry["path"]) for entry in CONTRACT["operations"]}

    assert ours - theirs == {("GET", path) for path in UNDESCRIBED}
    assert theirs <= ours


def test_every_fact_names_a_source() -> None:
    facts = [*CONTRACT["enums"].values(), *CONTRACT["rules"].values(), *CONTRACT["operations"]]
    facts += [*CONTRACT["answers"].values(), *CONTRACT["events"].values(), *CONTRACT["refusals"].values()]
    facts += [CONTRACT[name] for name in ("errors", "idempotency", "keywords", "detail_records", "outcomes")]
    facts += [rule for fields in CONTRACT["bodies"].values() for rule in fields.values()]
    facts += [fact for name in ("members", "instead", "values") for fact in CONTRACT["beyond"][name]]
    named = {value for fact in facts for key, value in fact.items() if key.endswith("source")}

    assert named <= set(CONTRACT["sources"])
    assert all("source" in fact for fact in facts)
    assert all(source["what"] and source["date"] for source in CONTRACT["sources"].values())


# The official client, which is not our code.


@pytest.fixture
def official(sandbox: Sandbox) -> Iterator[telnyx.Telnyx]:
    with telnyx.Telnyx(api_key=sandbox.api_key, base_url=sandbox.base_url, max_retries=0) as client:
        yield client


def present(value: Any) -> Any:
    """Return the members that the client's types call optional and an answer has."""
    assert value is not None
    return value


def test_the_official_client_sends_reads_and_cancels(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    messages = official.messages
    due = datetime.now(UTC) + timedelta(minutes=10)

    sent = present(messages.send(from_=SENDER, to=HANDSET, text="Hi").data)
    planned = present(messages.schedule(from_=SENDER, to=HANDSET, text="Later", send_at=due).data)
    group = present(messages.send_group_mms(from_=SENDER, to=[HANDSET, "+13035550124"], text="All").data)
    others = [
        messages.send_long_code(from_=SENDER, to=HANDSET, text="Hi"),
        messages.send_short_code(from_=SHORT_CODE, to=HANDSET, text="Hi"),
        messages.send_number_pool(messaging_profile_id=PROFILE_ID, to=HANDSET, text="Hi"),
        messages.whatsapp(
            from_=SENDER, to=HANDSET, whatsapp_message={"type": "text", "text": {"body": "Hi"}}
        ),
    ]
    cancelled = messages.cancel_scheduled(present(planned.id))
    written = sandbox.write("Hello there")
    # One of them says that WhatsApp took no text, since nobody wrote to this number within 24 hours.
    deliveries(sandbox, 13)
    read = present(messages.retrieve(present(sent.id)).data)
    inbound = present(messages.retrieve(written["id"]).data)
    together = present(messages.retrieve_group_messages(present(group.id)).data)

    assert [present(party.status) for party in present(planned.to)] == ["scheduled"]
    assert [present(party.status) for party in present(cancelled.to)] == ["cancelled"]
    assert all(answer.model_dump()["data"]["id"] for answer in others)
    assert (read.id, read.direction, present(read.to)[0].status) == (sent.id, "outbound", "delivered")
    assert (inbound.direction, inbound.text) == ("inbound", "Hello there")
    assert [[party.phone_number for party in present(message.to)] for message in together] == [
        [HANDSET, "+13035550124"]
    ]


def test_the_official_client_sends_every_type_of_whatsapp_message(
    official: telnyx.Telnyx, sandbox: Sandbox
) -> None:
    for name, content in CONTENTS.items():
        sent = official.messages.whatsapp(from_=SENDER, to=HANDSET, whatsapp_message=cast(Any, content))

        told = present(present(sent.data).body).model_dump(exclude_unset=True, warnings=False)
        assert told["type"] == content["type"], name
        assert set(content) <= set(told), name


def test_the_official_client_uses_keys_and_reads_logs(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    first, second = (
        present(official.messages.send(from_=SENDER, to=HANDSET, text="Hi", idempotency_key="one").data)
        for _ in range(2)
    )
    deliveries(sandbox, 2)
    deadline = time.monotonic() + 10
    while any(entry["outcome"] == "pending" for entry in sandbox.deliveries()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    records = list(official.detail_records.list(filter={"record_type": "messaging", "date_range": "today"}))
    lost = list(official.webhook_deliveries.list(filter={"status": {"eq": "failed"}}, page_size=1))

    assert first.id == second.id
    assert [record.model_dump()["uuid"] for record in records] == [first.id]
    assert records[0].record_type == "message_detail_record"
    assert {present(entry.webhook).event_type for entry in lost} == {"message.sent", "message.finalized"}


def test_the_official_client_understands_every_refusal(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    messages = official.messages
    sandbox.opt_out(PROFILE_ID, SENDER, HANDSET)

    with pytest.raises(telnyx.BadRequestError, match="40300"):
        messages.send(from_=SENDER, to=HANDSET, text="Hi")
    with pytest.raises(telnyx.BadRequestError, match="40316"):
        messages.send(from_=SENDER, to=HANDSET)
    with pytest.raises(telnyx.NotFoundError):
        messages.retrieve(ABSENT)
    with pytest.raises(telnyx.NotFoundError):
        messages.cancel_scheduled(ABSENT)
    sandbox.opt_in(PROFILE_ID, SENDER, HANDSET)
    sent = present(messages.send(from_=SENDER, to=HANDSET, text="Hi").data)
    with pytest.raises(telnyx.PermissionDeniedError):
        messages.cancel_scheduled(present(sent.id))
    sandbox.spend_limit(PROFILE_ID, "1.00", reached=True)
    with pytest.raises(telnyx.RateLimitError, match="40333"):
        messages.send(from_=SENDER, to=HANDSET, text="Hi")
