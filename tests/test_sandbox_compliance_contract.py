"""The stand-in's auto-responses and opt-outs against Telnyx's own description and its own client."""

from typing import Any

import httpx
import pytest
import telnyx

from tests.comparison import ABSENT, parameters, present
from tests.sandbox.contract import load
from tests.sandbox.control import Sandbox
from tests.sandbox.hosted_control import PROFILE_ID

CONFIGS = f"/messaging_profiles/{PROFILE_ID}/autoresp_configs"
OPTOUTS = "/messaging_optouts"
OURS, HANDSET = "+13125550101", "+13125550999"
STOP = {
    "op": "stop",
    "keywords": ["STOP", "PARAR"],
    "country_code": "US",
    "resp_text": "You will get no more texts from us.",
}
FILES = {name: load(name) for name in ("autoresponses", "optouts")}


@pytest.fixture
def sandbox(posting_sandbox: Sandbox) -> Sandbox:
    posting_sandbox.reset()
    return posting_sandbox


def test_a_whole_life_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    created = checked.post(CONFIGS, json=STOP)
    one = f"{CONFIGS}/{created.json()['data']['id']}"
    read = checked.get(one)
    replaced = checked.put(one, json={"op": "stop", "keywords": ["BASTA"], "country_code": "*"})
    filters = {"country_code": "*", "created_at[gte]": "2026-01-01T00:00:00Z"}
    filters |= {"updated_at[lte]": "2100-01-01T00:00:00+00:00"}
    listed = checked.get(CONFIGS, params=filters)
    none = checked.get(CONFIGS, params={"country_code": "MX"})
    deleted = checked.delete(one)
    gone = checked.delete(one)

    answers = [created, read, replaced, listed, none, deleted]
    assert [answer.status_code for answer in answers] == [200] * 6
    assert gone.status_code == 404
    assert created.json()["data"].items() >= STOP.items()
    assert created.json() == read.json()
    assert created.json()["data"]["created_at"].endswith("+00:00")
    assert "resp_text" not in replaced.json()["data"]
    assert listed.json()["data"] == [replaced.json()["data"]]
    assert listed.json()["meta"]["total_pages"] == 1
    assert none.json()["data"] == []
    assert deleted.json() == "OK"


def test_the_list_of_opt_outs_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    for n in range(3):
        sandbox.opt_out(PROFILE_ID, OURS, f"+1312555090{n}", keyword=["STOP", None, "QUIT"][n])
    sandbox.opt_out(None, "Brand", HANDSET)

    first = checked.get(OPTOUTS, params={"page[size]": 2})
    second = checked.get(OPTOUTS, params={"page[size]": 2, "page[number]": 2})
    of_profile = checked.get(OPTOUTS, params={"filter[messaging_profile_id]": PROFILE_ID})
    of_sender = checked.get(OPTOUTS, params={"filter[from]": "Brand"})
    old = checked.get(OPTOUTS, params={"created_at[lte]": "2026-01-01T00:00:00Z"})
    masked = checked.get(OPTOUTS, params={"redaction_enabled": "true", "filter[from]": OURS})
    sandbox.opt_in(PROFILE_ID, OURS, "+13125550901")
    after = checked.get(OPTOUTS)

    rows = [*first.json()["data"], *second.json()["data"]]
    assert [row["to"] for row in rows] == [HANDSET, "+13125550902", "+13125550901", "+13125550900"]
    assert rows[0]["messaging_profile_id"] is None
    assert all("id" not in row and row["created_at"][10] == " " for row in rows)
    assert rows[0]["created_at"].endswith("+00:00")
    assert len(of_profile.json()["data"]) == 3
    assert [row["from"] for row in of_sender.json()["data"]] == ["Brand"]
    assert old.json()["data"] == []
    assert {row["to"] for row in masked.json()["data"]} == {"+1312555****"}
    assert len(after.json()["data"]) == 3


def test_every_refusal_fits_the_description(checked: httpx.Client, sandbox: Sandbox) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    refused = [
        STOP | {"op": "help"},
        STOP | {"keywords": []},
        STOP | {"keywords": [f"WORD{n}" for n in range(21)]},
        STOP | {"keywords": ["STOP", "help"]},
        STOP | {"op": "info", "keywords": ["START"]},
        STOP | {"resp_text": "Too short."},
        STOP | {"country_code": "USA"},
        STOP | {"surprise": True},
        {"op": "stop", "keywords": ["STOP"]},
    ]

    answers = [checked.post(CONFIGS, json=body) for body in refused]
    absent = [
        checked.get(f"/messaging_profiles/{ABSENT}/autoresp_configs"),
        checked.get(f"{CONFIGS}/{ABSENT}"),
        checked.put(f"{CONFIGS}/{ABSENT}", json=STOP),
    ]
    single = [
        checked.get(OPTOUTS, headers=wrong),
        checked.get(OPTOUTS, params={"page[size]": 251}),
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert [answer.json()["errors"][0]["source"]["pointer"] for answer in answers] == [
        "/op",
        "/keywords",
        "/keywords",
        "/keywords/1",
        "/keywords/0",
        "/resp_text",
        "/country_code",
        "/surprise",
        "/country_code",
    ]
    assert {answer.status_code for answer in absent} == {404}
    assert [(answer.status_code, "errors" in answer.json()) for answer in single] == [
        (401, False),
        (400, False),
    ]
    assert sandbox.autoresponses() == []


def test_what_happens_in_the_portal_is_seen_by_the_api(sandbox: Sandbox, official: telnyx.Telnyx) -> None:
    held = sandbox.seed_autoresponse(PROFILE_ID, keywords=["STOP"])

    sandbox.edit_autoresponse(held["id"], resp_text="Edited by a person in the portal.")
    listed = official.messaging_profiles.autoresp_configs.list(PROFILE_ID)
    sandbox.delete_autoresponse(held["id"])

    assert [config.resp_text for config in listed.data] == ["Edited by a person in the portal."]
    assert sandbox.autoresponses() == []


# The official client, which is not our code.


def test_the_official_client_drives_a_whole_life(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    configs = official.messaging_profiles.autoresp_configs

    made = configs.create(
        PROFILE_ID,
        op="stop",
        keywords=["STOP", "PARAR"],
        country_code="US",
        resp_text="You will get no more texts from us.",
    ).data
    read = configs.retrieve(made.id, profile_id=PROFILE_ID).data
    changed = configs.update(
        made.id, profile_id=PROFILE_ID, op="stop", keywords=["BASTA"], country_code="*"
    ).data
    listed = configs.list(PROFILE_ID, country_code="*")
    deleted = configs.delete(made.id, profile_id=PROFILE_ID)
    for n in range(5):
        sandbox.opt_out(PROFILE_ID, OURS, f"+1312555091{n}")
    blocks = list(official.messaging_optouts.list(page_size=2))

    assert read == made
    assert (changed.keywords, changed.resp_text) == (["BASTA"], None)
    assert [config.id for config in listed.data] == [made.id]
    # The client returns the text of the answer, a JSON string with its quotes.
    assert deleted == '"OK"'
    assert [present(block.to) for block in blocks] == [f"+1312555091{n}" for n in (4, 3, 2, 1, 0)]
    with pytest.raises(telnyx.NotFoundError):
        configs.retrieve(made.id, profile_id=PROFILE_ID)
    with pytest.raises(telnyx.BadRequestError, match="reserved"):
        configs.create(PROFILE_ID, op="info", keywords=["STOP"], country_code="US")


# The contract files against the description.


def test_the_contract_files_have_the_fields_of_the_description(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    body, answer = schemas["AutoRespConfigCreateSchema"], schemas["AutorespConfigSchema"]
    ours = FILES["autoresponses"]

    assert {name: rule["type"] for name, rule in ours["fields"].items()} == {
        name: rule["type"] for name, rule in body["properties"].items()
    }
    assert {name for name, rule in ours["fields"].items() if rule["required"]} == set(body["required"])
    assert ours["enums"]["op"]["values"] == body["properties"]["op"]["enum"]
    assert set(ours["answers"]["Config"]["names"]) == set(answer["properties"])
    assert set(ours["answers"]["Config"]["required"]) == set(answer["required"])
    assert set(FILES["optouts"]["answers"]["OptOut"]["names"]) == set(schemas["OptOutItem"]["properties"])


def test_every_operation_of_the_description_is_there(description: dict[str, Any]) -> None:
    theirs = {
        (method.upper(), path)
        for path, methods in description["paths"].items()
        if "autoresp_configs" in path or path.startswith(OPTOUTS)
        for method in methods
    }
    operations = [entry for file in FILES.values() for entry in file["operations"]]

    assert theirs == {(entry["method"], entry["path"]) for entry in operations}
    for entry in operations:
        described = description["paths"][entry["path"]][entry["method"].lower()]
        named = {
            name for item in described.get("parameters", []) for name, _ in parameters(description, item)
        }
        assert named == set(entry["query"]), entry["name"]


@pytest.mark.parametrize("name", FILES)
def test_every_fact_names_a_source(name: str) -> None:
    file = FILES[name]
    facts = [*file["enums"].values(), *file["rules"].values(), *file["operations"], *file["answers"].values()]
    facts += [*file.get("fields", {}).values(), *([file["reserved"]] if "reserved" in file else [])]

    named = {value for fact in facts for key, value in fact.items() if key.endswith("source")}
    assert named <= set(file["sources"])
    assert all("source" in fact for fact in facts)
