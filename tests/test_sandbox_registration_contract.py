"""The stand-in's registrations against what Telnyx documents, with its own client and what that says they are."""

from typing import Any, get_args

import pytest
import telnyx
from telnyx.types import rcs as types

from rcs.models import RcsAgentRegistration, RcsBrand
from rcs.registration import choices
from tests.rcs.registering import AGENT, BRAND, LAUNCH
from tests.sandbox.contract import load
from tests.sandbox.control import Sandbox

CONTRACT = load("registration")
DEVICE = "+13125550123"


def create(official: telnyx.Telnyx) -> tuple[Any, Any]:
    brand = official.rcs.brands.create(**BRAND)
    agent = official.rcs.agents.create(**AGENT | {"brand_id": brand.brand_id}, idempotency_key="k-1")
    return brand, agent


def test_the_official_client_drives_a_whole_life(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    brand, agent = create(official)
    changed = official.rcs.brands.update(brand.brand_id, display_name="Larkspur")
    renamed = official.rcs.agents.update(agent.agent_id, display_name="Larkspur Visits")
    with pytest.raises(telnyx.ConflictError):
        official.rcs.agents.submit(agent.agent_id)
    submitted = official.rcs.brands.submit(brand.brand_id)
    again = official.rcs.brands.submit(brand.brand_id)
    sandbox.set_brand(brand.brand_id, "VERIFIED")
    reviewed = official.rcs.agents.submit(agent.agent_id)
    sandbox.set_registration(agent.agent_id, status="VERIFIED")
    device = official.rcs.agents.test_devices.create(agent.agent_id, phone_number=DEVICE)
    same = official.rcs.agents.test_devices.create(agent.agent_id, phone_number=DEVICE)
    launched = official.rcs.agents.launch(agent.agent_id, **LAUNCH)
    sandbox.decide_carrier(agent.agent_id, "Verizon", "REJECTED", "The video doesn't open.")
    approvals = official.rcs.agents.retrieve_carrier_approvals(agent.agent_id)

    assert (brand.status, changed.display_name, renamed.display_name) == (
        "CREATED",
        "Larkspur",
        "Larkspur Visits",
    )
    assert (submitted.status, again.status, reviewed.basics_status) == ("SUBMITTED", "SUBMITTED", "SUBMITTED")
    assert device.test_device_id == same.test_device_id
    assert (launched.status, launched.campaign_status) == ("LAUNCHING", "SUBMITTED")
    assert [one.rejected_reason for one in approvals if one.status == "REJECTED"] == [
        "The video doesn't open."
    ]
    assert [one.brand_id for one in official.rcs.brands.list()] == [brand.brand_id]
    assert [one.agent_id for one in official.rcs.agents.list(brand_id=brand.brand_id)] == [agent.agent_id]
    official.rcs.agents.test_devices.delete(device.test_device_id, id=agent.agent_id)
    assert official.rcs.agents.test_devices.list(agent.agent_id) == []
    # Whatever the client knows of a record, and nothing else, is in the contract.
    held = official.rcs.agents.retrieve(agent.agent_id).to_dict()
    assert set(held) == set(types.AgentResponse.model_fields) == set(CONTRACT["answers"]["Agent"]["names"])
    of_brand = set(types.BrandResponse.model_fields)
    assert set(changed.to_dict()) == of_brand == set(CONTRACT["answers"]["Brand"]["names"])


def test_a_key_makes_one_agent_and_refuses_another(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    brand, agent = create(official)
    body = AGENT | {"brand_id": brand.brand_id}

    assert official.rcs.agents.create(**body, idempotency_key="k-1").agent_id == agent.agent_id
    with pytest.raises(telnyx.ConflictError):
        official.rcs.agents.create(**body | {"display_name": "Other"}, idempotency_key="k-1")
    assert len(sandbox.registrations()) == 1


def test_what_is_not_documented_is_refused_with_its_place(official: telnyx.Telnyx, sandbox: Sandbox) -> None:
    def without_symbol() -> Any:
        return official.rcs.brands.create(**BRAND | {"organization_type": "PUBLIC_PROFIT"})

    def wrong_ein() -> Any:
        ein = {"identifier_type": "EIN", "value": "12-345"}
        return official.rcs.brands.create(**BRAND | {"identifiers": {"ein": ein}})

    def more() -> Any:
        return official.rcs.brands.create(**BRAND, extra_body={"surprise": 1})

    for call, where in (
        (without_symbol, ["identifiers", "stock_symbol"]),
        (wrong_ein, ["identifiers", "ein", "value"]),
        (more, ["surprise"]),
    ):
        with pytest.raises(telnyx.UnprocessableEntityError) as refused:
            call()
        [problem] = refused.value.response.json()["detail"]
        assert problem["loc"] == ["body", *where]
    assert sandbox.brands() == []


@pytest.mark.parametrize(
    ("enum", "ours", "theirs"),
    [
        ("brand_state", choices.BrandStatus, types.BrandResponse.model_fields["status"].annotation),
        ("agent_state", choices.AgentStatus, types.AgentResponse.model_fields["status"].annotation),
        ("use_case", choices.UseCase, types.AgentUseCase),
        ("legal_entity_type", choices.LegalEntity, types.BrandLegalEntityType),
        ("organization_type", choices.Organization, types.BrandOrganizationType),
        (
            "interaction",
            choices.Interaction,
            types.AgentInteraction.model_fields["interaction_type"].annotation,
        ),
        ("approval", choices.Decision, types.CarrierApprovalResponse.model_fields["status"].annotation),
    ],
)
def test_our_words_are_those_of_the_client_and_of_the_contract(enum: str, ours: Any, theirs: Any) -> None:
    assert set(ours.values) == set(get_args(theirs)) == set(CONTRACT["enums"][enum]["values"])


def test_the_fields_have_the_names_and_limits_of_the_contract() -> None:
    for model, body in ((RcsBrand, "create_brand"), (RcsAgentRegistration, "create_agent")):
        names = {name.json: field for field, name in model.wire.names.items()}
        limits = dict(leaves(CONTRACT["bodies"][body]))
        fixed = set(model.wire.fixed)
        beyond = {
            way for way in limits if way.startswith(("configuration/campaign", "configuration/testing"))
        }
        assert set(limits) - beyond - fixed == set(names)
        for way, field in names.items():
            held: Any = model._meta.get_field(field)
            most = held.max_length
            told = limits[way].get("max_length")
            assert told is None or most is not None, way
            # A number is typed in any form and sent in 16 characters at most; an EIN is shorter than what is let pass.
            assert most == told or way.endswith(("/number", "/phone_number", "ein/value")) or told is None, (
                way
            )


def leaves(members: dict[str, Any], above: str = "") -> Any:
    for name, rule in members.items():
        if rule["type"] == "object":
            yield from leaves(rule["members"], f"{above}{name}/")
        else:
            yield f"{above}{name}", rule


def test_every_fact_names_a_source() -> None:
    facts = [*CONTRACT["enums"].values(), *CONTRACT["rules"].values(), *CONTRACT["operations"]]
    facts += [*CONTRACT["answers"].values()]

    assert {fact["source"] for fact in facts} <= set(CONTRACT["sources"])
    assert all(source["what"] and source["date"] for source in CONTRACT["sources"].values())
