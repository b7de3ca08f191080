"""What a test can do with RCS in the sandbox. Part of `control.Sandbox`."""

from typing import Any

Record = dict[str, Any]

AGENT_ID, OTHER_AGENT, DISABLED_AGENT = "larkspur_dental_agent", "harborlight_books", "fernhill_trial"


class RcsControls:
    """Methods about agents, handsets and invitations, as if done in the portal or on the phone."""

    def call(self, method: str, path: str, data: Any = None) -> Any:
        raise NotImplementedError

    def agents(self) -> list[Record]:
        """Return the RCS agents, oldest first."""
        return self.call("GET", "/rcs/agents")

    def agent(self, id: str) -> Record:
        return next(agent for agent in self.agents() if agent["agent_id"] == id)

    def seed_agent(self, id: str, name: str = "", **fields: Any) -> Record:
        return self.call("POST", "/rcs/agents", {"agent_id": id, "agent_name": name, **fields})

    def edit_agent(self, id: str, **changes: Any) -> Record:
        return self.call("PATCH", f"/rcs/agents/{id}", changes)

    def delete_agent(self, id: str) -> None:
        self.call("DELETE", f"/rcs/agents/{id}")

    def set_features(self, number: str, features: list[str] | None) -> None:
        """Give a phone these features; None is a phone without RCS."""
        self.call("POST", "/rcs/capabilities", {"phone_number": number, "features": features})

    def invites(self) -> list[Record]:
        """Return the invited handsets, oldest first."""
        return self.call("GET", "/rcs/invites")

    def set_invite(self, agent_id: str, number: str, status: str) -> Record:
        return self.call(
            "POST", "/rcs/invites", {"agent_id": agent_id, "phone_number": number, "status": status}
        )

    def brands(self) -> list[Record]:
        """Return the registered brands, oldest first."""
        return self.call("GET", "/rcs/brands")

    def seed_brand(self, **fields: Any) -> Record:
        """Make a brand elsewhere, unchecked."""
        return self.call("POST", "/rcs/brands", fields)

    def set_brand(self, id: str, status: str) -> Record:
        return self.call("POST", f"/rcs/brands/{id}/status", {"status": status})

    def registrations(self) -> list[Record]:
        """Return the registered agents, oldest first."""
        return self.call("GET", "/rcs/registrations")

    def set_registration(self, id: str, **changes: str) -> Record:
        return self.call("POST", f"/rcs/registrations/{id}/status", changes)

    def decide_carrier(self, id: str, carrier: str, status: str, reason: str = "") -> Record:
        """Let a carrier approve or reject an agent."""
        return self.call(
            "POST",
            f"/rcs/registrations/{id}/approval",
            {"carrier": carrier, "status": status, "reason": reason},
        )

    def answer_device(self, id: str, number: str, status: str) -> Record:
        return self.call(
            "POST", f"/rcs/registrations/{id}/device", {"phone_number": number, "status": status}
        )

    def write_to_agent(self, number: str, *, agent_id: str = AGENT_ID, **said: Any) -> Record:
        """Write from a phone: text="...", location={latitude, longitude}, or file=True for a picture."""
        return self.call("POST", "/rcs/inbound", {"agent_id": agent_id, "from": number, **said})

    def tap(self, message: str, button: int = 0) -> Record:
        """Tap a button of a sent message, counted from 0 across the message and its cards."""
        return self.call("POST", "/rcs/tap", {"message": message, "button": button})
