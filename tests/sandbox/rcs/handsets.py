"""What people do in a conversation with an agent: write, send a file or a location, tap a button."""

from typing import Any

from ..messages.service import Messages
from ..state import Record
from .sending import suggestions
from .world import World

PLACE = {"latitude": 41.8781, "longitude": -87.6298}


class AgentHandsets:
    def __init__(self, world: World, messages: Messages) -> None:
        self.world = world
        self.messages = messages.world
        self.handsets = messages.handsets
        self.handsets.write_to_agent = self.answer

    def write(self, agent_id: str, number: str, body: dict[str, Any]) -> Record:
        """Take a message to an agent. The event goes to the agent's own addresses (docs/telnyx.md, T4.17)."""
        agent = self.world.agent(agent_id)
        named = {"agent_id": agent["agent_id"], "agent_name": agent["agent_name"]}
        addresses = (agent["webhook_url"], agent["webhook_failover_url"])
        return self.handsets.receive_body(
            number, agent_id, body, "RCS", agent["profile_id"], named, addresses
        )

    def answer(self, record: Record, text: str) -> Record:
        payload = record["payload"]
        return self.write(payload["from"]["agent_id"], payload["to"][0]["phone_number"], {"text": text})

    def file(self) -> dict[str, Any]:
        """Return the body of a picture that the sandbox serves."""
        file = self.handsets.attach({})
        told = {
            "file_name": file["url"].rpartition("/")[2],
            "file_size_bytes": file["size"],
            "file_uri": file["url"],
            "mime_type": file["content_type"],
        }
        return {"user_file": {"payload": told, "thumbnail": told}}

    def tap(self, message_id: str, place: int) -> Record:
        """Tap a button of a sent message, counted from 0 across the message and its cards."""
        record = self.messages.find(message_id)
        if record is None or "agent_id" not in record["payload"]["from"]:
            raise ValueError("there is no such RCS message")
        buttons = suggestions(record["payload"]["body"])
        if not 0 <= place < len(buttons):
            raise ValueError(f"it has {len(buttons)} buttons")
        button = buttons[place].get("reply") or buttons[place]["action"]
        payload = record["payload"]
        told = {"text": button.get("text", ""), "postback_data": button.get("postback_data", "")}
        return self.write(
            payload["from"]["agent_id"], payload["to"][0]["phone_number"], {"suggestion_response": told}
        )
