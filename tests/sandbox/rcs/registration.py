"""The registration of RCS brands and agents: what the account creates, submits and launches.

It answers without an envelope and refuses in a form of its own: `detail`, as a sentence or as a list of places.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any

from ..contract import Contract, load
from ..messages.idempotency import Idempotency
from ..routing import Route
from ..state import Record, State
from ..wire import Answer, Refusal, Request, json_answer, parse_json
from .world import Profile

FACTS = load("registration")
contract = Contract("registration")
CAPABILITIES: dict[str, bool] = dict.fromkeys(FACTS["answers"]["Capabilities"]["names"], True)
HELD_BRAND = [name for name in FACTS["answers"]["Brand"]["names"] if name not in ("brand_id", "capabilities")]
KEY = r"[A-Za-z0-9_-]{1,255}"
CARRIERS = ("AT&T", "T-Mobile", "Verizon")
TYPES = {"10004": "missing", "10026": "type_error"}

Problem = tuple[str, str]


class Detail(Refusal):
    """A refusal with a sentence, or with the place of each problem."""

    def __init__(self, status: int, detail: str | list[Record]) -> None:
        super().__init__(status, detail="refused")
        self.said = detail

    def answer(self, *, single: bool = False) -> Answer:
        return json_answer({"detail": self.said}, self.status)


class Registration:
    """Brands and agents on the shared state. The caller holds the lock."""

    def __init__(self, state: State, profile: Profile) -> None:
        self.state = state
        self.profile = profile
        self.keys = Idempotency(state)
        self.functions: dict[str, Callable[..., Answer]] = {
            "list_brands": self.list_brands,
            "create_brand": self.create_brand,
            "get_brand": lambda request, id: json_answer(self.shown(self.brand(id))),
            "update_brand": self.update_brand,
            "submit_brand": self.submit_brand,
            "list_agents": self.list_agents,
            "create_agent": self.create_agent,
            "get_agent": lambda request, id: json_answer(self.shown(self.agent(id))),
            "update_agent": self.update_agent,
            "submit_agent": self.submit_agent,
            "launch_agent": self.launch_agent,
            "carrier_approvals": lambda request, id: json_answer(self.agent(id)["carrier_approvals"]),
            "list_devices": lambda request, id: json_answer(self.agent(id)["test_devices"]),
            "add_device": self.add_device,
            "remove_device": self.remove_device,
        }

    @property
    def brands(self) -> dict[str, Record]:
        return self.state.collection("rcs_brands")

    @property
    def agents(self) -> dict[str, Record]:
        return self.state.collection("rcs_agent_registrations")

    def routes(self) -> list[Route]:
        return [
            (operation["method"], operation["path"], self.functions[name])
            for name, operation in contract.operations.items()
        ]

    # Brands.

    def list_brands(self, request: Request) -> Answer:
        checked_query("list_brands", request)
        return json_answer([self.shown(one) for one in self.brands.values()])

    def create_brand(self, request: Request) -> Answer:
        body = checked_body("create_brand", request, listed_needs_symbol)
        self.check_profile(body)
        return json_answer(self.shown(self.add_brand(body)), 201)

    def add_brand(self, body: Record, status: str = "CREATED") -> Record:
        """Keep a brand, unchecked."""
        id = str(uuid.uuid4())
        self.brands[id] = {"brand_id": id} | {name: body.get(name) for name in HELD_BRAND}
        self.brands[id] |= {"capabilities": CAPABILITIES, "status": status, "taken_over": False}
        return self.touched(self.brands[id])

    def update_brand(self, request: Request, id: str) -> Answer:
        brand, body = self.brand(id), checked_body("update_brand", request)
        self.check_profile(body)
        need(brand["status"] == "CREATED", "Only a brand whose status is CREATED can be changed.")
        listed_needs_symbol(brand | body)
        brand |= body
        return json_answer(self.shown(self.touched(brand)))

    def submit_brand(self, request: Request, id: str) -> Answer:
        without_body(request)
        brand = self.brand(id)
        need(brand["status"] not in ("REJECTED", "FAILED"), "The brand was rejected.")
        if brand["status"] == "CREATED":
            brand["status"] = contract.rules["a_submitted_brand_is_at_once"]
            self.touched(brand)
        return json_answer(self.shown(brand), 202)

    # Agents.

    def list_agents(self, request: Request) -> Answer:
        brand = checked_query("list_agents", request).get("brand_id")
        if brand:
            self.brand(brand)
        return json_answer(
            [self.shown(one) for one in self.agents.values() if brand in (None, one["brand_id"])]
        )

    def create_agent(self, request: Request) -> Answer:
        if not re.fullmatch(KEY, request.headers.get("idempotency-key", "")):
            raise Detail(400, "A valid Idempotency-Key header is required.")
        try:
            return self.keys.wrap(self._create_agent)(request)
        except Detail:
            raise
        except Refusal:
            raise Detail(409, "The idempotency key was used for a different request.") from None

    def _create_agent(self, request: Request) -> Answer:
        body = checked_body("create_agent", request, needs_contact)
        self.check_profile(body)
        brand = self.brand(body["brand_id"])
        return json_answer(self.shown(self.add_agent(body, brand)), 201)

    def add_agent(self, body: Record, brand: Record, status: str = "CREATED") -> Record:
        """Keep an agent, unchecked."""
        id, configuration = str(uuid.uuid4()), body["configuration"]
        self.agents[id] = {
            "agent_id": id,
            "brand_id": brand["brand_id"],
            "display_name": body["display_name"],
            "use_case": body["use_case"],
            "status": status,
            "profile_id": body.get("profile_id") or brand["profile_id"],
            "basics_status": None,
            "campaign_status": None,
            "testing_status": None,
            "billing_category": None,
            "hosting_region": body.get("hosting_region"),
            "configuration": {"campaign": None, "testing": None} | configuration,
            "carrier_approvals": [],
            "test_devices": [],
            "capabilities": CAPABILITIES,
            "taken_over": False,
        }
        return self.touched(self.agents[id])

    def update_agent(self, request: Request, id: str) -> Answer:
        agent, body = self.agent(id), checked_body("update_agent", request, needs_contact)
        self.check_profile(body)
        need(agent["status"] == "CREATED", "Only an agent whose status is CREATED can be changed.")
        if "configuration" in body:
            body["configuration"] = agent["configuration"] | body["configuration"]
        agent |= body
        return json_answer(self.shown(self.touched(agent)))

    def submit_agent(self, request: Request, id: str) -> Answer:
        without_body(request)
        agent = self.agent(id)
        need(agent["status"] not in ("REJECTED", "FAILED"), "The agent was rejected.")
        if agent["status"] == "CREATED":
            need(self.brand(agent["brand_id"])["status"] == "VERIFIED", "The brand must be VERIFIED.")
            agent |= {
                "status": contract.rules["a_submitted_agent_is_at_once"],
                "basics_status": "SUBMITTED",
            }
            self.touched(agent)
        return json_answer(self.shown(agent), 202)

    def launch_agent(self, request: Request, id: str) -> Answer:
        agent, body = self.agent(id), checked_body("launch_agent", request, consent_is_whole)
        need(bool(agent["basics_status"]), "The agent's basics must be submitted first.")
        need(agent["status"] not in ("REJECTED", "FAILED"), "The agent was rejected.")
        if agent["status"] not in ("LAUNCHING", "LAUNCHED", "LIVE"):
            agent |= {"status": "LAUNCHING", "campaign_status": "SUBMITTED", "testing_status": "SUBMITTED"}
            agent["configuration"] = agent["configuration"] | body
            agent["carrier_approvals"] = [self.approval(name) for name in CARRIERS]
            self.touched(agent)
        return json_answer(self.shown(agent), 202)

    def approval(self, carrier: str) -> Record:
        return {
            "approval_id": str(uuid.uuid4()),
            "scope_type": "carrier",
            "status": "SUBMITTED",
            "carrier": carrier,
            "submitted_at": self.state.now(),
            "approved_at": None,
            "rejected_reason": None,
        }

    def add_device(self, request: Request, id: str) -> Answer:
        agent, body = self.agent(id), checked_body("add_device", request)
        allowed = contract.rules["devices_are_taken_from"]
        need(agent["status"] in allowed, "The provider doesn't have the agent yet.")
        found = next(
            (one for one in agent["test_devices"] if one["phone_number"] == body["phone_number"]), None
        )
        if found is None:
            found = {
                "test_device_id": str(uuid.uuid4()),
                "phone_number": body["phone_number"],
                "invite_status": "PENDING",
            }
            agent["test_devices"].append(found)
            self.touched(agent)
        return json_answer(found, 201)

    def remove_device(self, request: Request, id: str, test_device_id: str) -> Answer:
        agent = self.agent(id)
        left = [one for one in agent["test_devices"] if one["test_device_id"] != test_device_id]
        if len(left) == len(agent["test_devices"]):
            raise Detail(404, "The requested RCS resource was not found.")
        agent["test_devices"] = left
        self.touched(agent)
        return Answer(204)

    # What both need.

    def brand(self, id: str) -> Record:
        return self.held(self.brands, id)

    def agent(self, id: str) -> Record:
        return self.held(self.agents, id)

    def held(self, records: dict[str, Record], id: str) -> Record:
        """Return a record; raises Detail 404."""
        if id not in records:
            raise Detail(404, "The requested RCS resource was not found.")
        return records[id]

    def check_profile(self, body: Record) -> None:
        if body.get("profile_id") and self.profile(body["profile_id"]) is None:
            raise Detail(
                422, [place("profile_id", "No messaging profile of yours has this ID.", "value_error")]
            )

    def touched(self, record: Record) -> Record:
        record["updated_at"] = self.state.now()
        self.state.save()
        return record

    def shown(self, record: Record) -> Record:
        return {name: value for name, value in record.items() if name not in ("taken_over", "updated_at")}


def need(is_so: bool, otherwise: str) -> None:
    """Raise Detail 409 unless it is so."""
    if not is_so:
        raise Detail(409, otherwise)


def place(way: str, message: str, kind: str) -> Record:
    return {"loc": ["body", *way.split("/")], "msg": message, "type": kind}


def refused(problems: list[Problem]) -> None:
    if problems:
        raise Detail(422, [place(way, message, "value_error") for way, message in problems])


def without_body(request: Request) -> None:
    if request.body:
        refused([("", "This request takes no body.")])


def checked_query(operation: str, request: Request) -> dict[str, str]:
    if found := contract.query_errors(operation, request.query):
        raise Detail(422, [{"loc": ["query"], "msg": one["detail"], "type": "value_error"} for one in found])
    return dict(request.query)


def checked_body(
    operation: str, request: Request, rule: Callable[[Record], None] = lambda body: None
) -> Record:
    """Return the members of a JSON body; raises Detail 422."""
    body = parse_json(request.body)
    found = contract.errors(body, operation) or ([] if body else [{"detail": "Nothing to change."}])
    if found:
        raise Detail(
            422,
            [
                place(
                    one.get("source", {}).get("pointer", "/").strip("/"),
                    one["detail"],
                    TYPES.get(one.get("code", ""), "value_error"),
                )
                for one in found
            ],
        )
    rule(body)
    return body


def listed_needs_symbol(body: Record) -> None:
    if body.get("organization_type") == "PUBLIC_PROFIT" and "stock_symbol" not in body["identifiers"]:
        refused([("identifiers/stock_symbol", "Field required")])


def needs_contact(body: Record) -> None:
    basics: Record = body.get("configuration", {}).get("basics", {"email": {}})
    if not any(basics.get(name) is not None for name in ("phone_number", "website", "email")):
        refused([("configuration/basics", "At least one phone, website, or email contact is required.")])


def consent_is_whole(body: Record) -> None:
    """Hold a launch to the conditions between its members."""
    campaign: Any = body["campaign"]
    consent = campaign["consent_settings"]
    methods = {one["method_type"] for one in consent["opt_in_methods"]}
    found: list[Problem] = []
    for kind, members, where in (
        ("interaction_type", campaign["interactions"], "campaign/interactions"),
        ("method_type", consent["opt_in_methods"], "campaign/consent_settings/opt_in_methods"),
    ):
        found += [
            (f"{where}/{at}/description", "Field required")
            for at, one in enumerate(members)
            if one[kind] == "OTHER" and not one.get("description")
        ]
    needed = {
        "call_to_action_url": "WEBSITE" in methods,
        "call_to_action_media_url": bool(methods & {"WEBSITE", "MOBILE_APP"}),
        "double_opt_in_message": consent["double_opt_in"],
    }
    found += [
        (f"campaign/consent_settings/{name}", "Field required")
        for name, is_needed in needed.items()
        if is_needed and not consent.get(name)
    ]
    refused(found)
