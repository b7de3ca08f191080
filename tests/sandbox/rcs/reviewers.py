"""Who decides about registrations: Telnyx's reviewers and the carriers, by hand or by themselves."""

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..state import Record, rested
from .registration import Registration

Form = dict[str, str]

NEXT_BRAND = {"SUBMITTED": "REVIEWING", "REVIEWING": "VETTING", "VETTING": "VERIFIED"}
NEXT_AGENT = {"SUBMITTED": "VERIFYING", "VERIFYING": "VERIFIED", "LAUNCHED": "LIVE"}
# A brand with this in its legal name is rejected, so that this can be seen too.
UNLUCKY = "unregistered"


class Reviewers:
    """Controls under /_sandbox, the console's buttons, and the autopilot's step."""

    def __init__(self, registration: Registration) -> None:
        self.held = registration

    def controls(self) -> list[tuple[str, str, Callable[..., Any]]]:
        return [
            ("GET", "/rcs/brands", lambda data: self.copied(self.held.brands)),
            ("POST", "/rcs/brands", self.seed_brand),
            ("POST", "/rcs/brands/{id}/status", self.set_brand),
            ("GET", "/rcs/registrations", lambda data: self.copied(self.held.agents)),
            ("POST", "/rcs/registrations/{id}/status", self.set_agent),
            ("POST", "/rcs/registrations/{id}/approval", self.decide),
            ("POST", "/rcs/registrations/{id}/device", self.answer_invite),
        ]

    def copied(self, records: dict[str, Record]) -> list[Record]:
        with self.held.state.lock:
            return copy.deepcopy(list(records.values()))

    def seed_brand(self, data: Record) -> Record:
        """Keep a brand as if made elsewhere, unchecked."""
        with self.held.state.lock:
            status = data.pop("status", "CREATED")
            return copy.deepcopy(self.held.add_brand(data, status))

    def set_brand(self, data: Record, id: str) -> Record:
        """Give a brand this status, any word, and take it over from the autopilot."""
        return self.change(self.held.brands, id, {"status": data["status"]})

    def set_agent(self, data: Record, id: str) -> Record:
        """Give an agent this status, any word, and its sections what follows from it."""
        changes = {
            name: data[name] for name in data if name in ("status", "basics_status", "campaign_status")
        }
        if data.get("status") == "VERIFIED":
            changes["basics_status"] = "APPROVED"
        return self.change(self.held.agents, id, changes)

    def change(self, records: dict[str, Record], id: str, changes: Record) -> Record:
        with self.held.state.lock:
            record = records[id]
            record |= changes | {"taken_over": True}
            return copy.deepcopy(self.held.touched(record))

    def decide(self, data: Record, id: str) -> Record:
        """Let a carrier approve or reject: {carrier, status, reason}. A carrier not asked yet is added."""
        with self.held.state.lock:
            agent = self.held.agents[id]
            approvals = agent["carrier_approvals"]
            found = next((one for one in approvals if one["carrier"] == data["carrier"]), None)
            if found is None:
                found = self.held.approval(data["carrier"])
                approvals.append(found)
            found["status"] = data["status"]
            found["approved_at"] = self.held.state.now() if data["status"] == "APPROVED" else None
            found["rejected_reason"] = data.get("reason") or None
            agent["taken_over"] = True
            return copy.deepcopy(self.held.touched(agent))

    def answer_invite(self, data: Record, id: str) -> Record:
        """Let somebody accept or decline on a test device: {phone_number, status}."""
        with self.held.state.lock:
            agent = self.held.agents[id]
            for device in agent["test_devices"]:
                if device["phone_number"] == data["phone_number"]:
                    device["invite_status"] = data["status"]
            return copy.deepcopy(self.held.touched(agent))

    # The autopilot.

    def tick(self, now: datetime, seconds: float) -> None:
        """Move everything that is idle long enough and that nobody took over one step on."""
        for brand in self.held.brands.values():
            if not brand["taken_over"] and brand["status"] in NEXT_BRAND and rested(brand, now, seconds):
                is_rejected = brand["status"] == "VETTING" and UNLUCKY in brand["legal_name"].lower()
                brand["status"] = "REJECTED" if is_rejected else NEXT_BRAND[brand["status"]]
                self.held.touched(brand)
        for agent in self.held.agents.values():
            if not agent["taken_over"] and rested(agent, now, seconds):
                self.step(agent)

    def step(self, agent: Record) -> None:
        waiting = [one for one in agent["carrier_approvals"] if one["status"] == "SUBMITTED"]
        if agent["status"] == "LAUNCHING" and waiting:
            waiting[0] |= {"status": "APPROVED", "approved_at": self.held.state.now()}
        elif agent["status"] == "LAUNCHING":
            agent |= {"status": "LAUNCHED", "campaign_status": "APPROVED", "testing_status": "APPROVED"}
        elif agent["status"] in NEXT_AGENT:
            agent["status"] = NEXT_AGENT[agent["status"]]
            if agent["status"] == "VERIFIED":
                agent["basics_status"] = "APPROVED"
        else:
            return
        self.held.touched(agent)

    # The console.

    def buttons(self) -> list[tuple[str, Callable[..., str]]]:
        return [
            ("/rcs_brands/{id}/status", self.press_brand),
            ("/rcs_registrations/{id}/status", self.press_agent),
            ("/rcs_registrations/{id}/approval", self.press_approval),
        ]

    def press_brand(self, form: Form, id: str) -> str:
        self.set_brand({"status": form["status"]}, id)
        return f"The brand is now {form['status']}."

    def press_agent(self, form: Form, id: str) -> str:
        self.set_agent({"status": form["status"]}, id)
        return f"The agent is now {form['status']}."

    def press_approval(self, form: Form, id: str) -> str:
        self.decide({name: form.get(name, "").strip() for name in ("carrier", "status", "reason")}, id)
        return f"{form['carrier']}: {form['status']}."
