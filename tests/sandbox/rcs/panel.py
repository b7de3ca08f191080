"""The controls of RCS as JSON under /_sandbox, and the console's buttons that press them."""

import copy
from collections.abc import Callable
from typing import Any

from ..state import Record
from .handsets import PLACE
from .service import Rcs

Control = Callable[..., Any]
Form = dict[str, str]


class RcsPanel:
    """What happens in the portal and on phones, unchecked. Wrong input raises ValueError, answered with 400."""

    def __init__(self, rcs: Rcs) -> None:
        self.world = rcs.world
        self.handsets = rcs.handsets

    def controls(self) -> list[tuple[str, str, Control]]:
        return [
            ("GET", "/rcs/agents", lambda data: self.copied(self.world.agents)),
            ("POST", "/rcs/agents", self.add),
            ("PATCH", "/rcs/agents/{id}", self.edit),
            ("DELETE", "/rcs/agents/{id}", self.delete),
            ("POST", "/rcs/capabilities", self.set_capabilities),
            ("GET", "/rcs/invites", lambda data: self.copied(self.world.invites)),
            ("POST", "/rcs/invites", self.set_invite),
            ("POST", "/rcs/inbound", self.write),
            ("POST", "/rcs/tap", self.tap),
        ]

    def copied(self, records: dict[str, Record]) -> list[Record]:
        with self.world.state.lock:
            return copy.deepcopy(list(records.values()))

    def add(self, data: Record) -> Record:
        if not data.get("agent_id"):
            raise ValueError("an agent needs an agent_id")
        fields = {name: value for name, value in data.items() if name not in ("agent_id", "agent_name")}
        with self.world.state.lock:
            return dict(self.world.add(data["agent_id"], data.get("agent_name", ""), **fields))

    def edit(self, data: Record, id: str) -> Record:
        with self.world.state.lock:
            agent = self.world.agent(id)
            self.world.change(agent, data)
            return dict(agent)

    def delete(self, data: Record, id: str) -> None:
        with self.world.state.lock:
            del self.world.agents[self.world.agent(id)["agent_id"]]
            self.world.state.save()

    def set_capabilities(self, data: Record) -> None:
        """Give a number these features, any words; None is a phone without RCS."""
        if not data.get("phone_number") or "features" not in data:
            raise ValueError("needs phone_number and features")
        with self.world.state.lock:
            self.world.capabilities[data["phone_number"]] = {"features": data["features"]}
            self.world.state.save()

    def set_invite(self, data: Record) -> Record:
        """Give an invited handset this status, any word."""
        with self.world.state.lock:
            agent = self.world.agent(str(data.get("agent_id")))
            invite = self.world.invite(agent, str(data.get("phone_number")))
            invite["status"] = str(data.get("status", ""))
            self.world.state.save()
            return dict(invite)

    def write(self, data: Record) -> Record:
        """Write to an agent from a phone: {agent_id, from} with text, location or file (true: one of our pictures)."""
        with self.world.state.lock:
            body = {name: data[name] for name in ("text", "location", "user_file") if data.get(name)}
            body |= self.handsets.file() if data.get("file") else {}
            return copy.deepcopy(self.handsets.write(data["agent_id"], data["from"], body))

    def tap(self, data: Record) -> Record:
        """Tap a button of a sent message: {message, button} with its place, from 0."""
        with self.world.state.lock:
            return copy.deepcopy(self.handsets.tap(data["message"], int(data.get("button", 0))))

    # The console.

    def buttons(self) -> list[tuple[str, Callable[..., str]]]:
        return [
            ("/rcs_agents/{id}/edit", self.press_edit),
            ("/rcs_agents/{id}/switch", self.press_switch),
            ("/rcs_agents/{id}/invite", self.press_invite),
            ("/rcs_agents/{id}/write", self.press_write),
            ("/rcs_messages/{id}/tap", self.press_tap),
        ]

    def press_edit(self, form: Form, id: str) -> str:
        self.edit({form["name"]: form["value"].strip() or None}, id)
        return f"{form['name']} was changed in the portal."

    def press_switch(self, form: Form, id: str) -> str:
        with self.world.state.lock:
            enabled = not self.world.agent(id)["enabled"]
        self.edit({"enabled": enabled}, id)
        return "The agent is now enabled." if enabled else "The agent is now disabled."

    def press_invite(self, form: Form, id: str) -> str:
        self.set_invite({"agent_id": id, "phone_number": form["phone_number"], "status": form["status"]})
        return f"The invitation of {form['phone_number']} is now {form['status']}."

    def press_write(self, form: Form, id: str) -> str:
        kind = form["kind"]
        said: Record = {"text": form["text"]} if kind == "text" else {"file": True}
        said = {"location": PLACE} if kind == "location" else said
        self.write({"agent_id": id, "from": form["phone_number"].strip(), **said})
        return f"{form['phone_number']} sent a {kind} to the agent."

    def press_tap(self, form: Form, id: str) -> str:
        self.tap({"message": id, "button": form["button"]})
        return "The button was tapped."
