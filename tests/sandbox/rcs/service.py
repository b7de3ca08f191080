"""The whole service: a function for each operation of the contract."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from ..contract import bad
from ..messages.service import Messages
from ..paging import data_page
from ..routing import Route
from ..state import Record, State
from ..wire import Answer, Refusal, Request, json_answer
from .facts import FACTS, REFUSED, RULES, checked_body, checked_number, checked_query, contract
from .handsets import AgentHandsets
from .sending import Sending
from .world import Profile, World


class Rcs:
    """Agents, capabilities, test numbers and links on the shared state."""

    def __init__(self, state: State, webhook_url: str | None, profile: Profile, messages: Messages) -> None:
        self.world = World(state, webhook_url, profile)
        self.handsets = AgentHandsets(self.world, messages)
        self.begin = self.world.begin
        self.begin()
        self.functions: dict[str, Callable[..., Answer]] = {
            "list_agents": self.list_agents,
            "get_agent": self.get_agent,
            "update_agent": self.update_agent,
            "bulk_capabilities": self.bulk_capabilities,
            "get_capabilities": self.get_capabilities,
            "invite_test_number": self.invite_test_number,
            "get_deeplink": self.get_deeplink,
            "send_rcs": messages.idempotency.wrap(Sending(self.world, messages).send),
        }

    def routes(self) -> list[Route]:
        return [
            (operation["method"], operation["path"], self.functions[name])
            for name, operation in contract.operations.items()
        ]

    def list_agents(self, request: Request) -> Answer:
        return data_page([*self.world.agents.values()], checked_query("list_agents", request))

    def get_agent(self, request: Request, id: str) -> Answer:
        return json_answer({"data": self.world.agent(id)})

    def update_agent(self, request: Request, id: str) -> Answer:
        """Change what is named. Null removes a setting."""
        agent = self.world.agent(id)
        body = checked_body("update_agent", request)
        self.world.check_profile(body.get("profile_id"))
        self.world.change(agent, body)
        return json_answer({"data": agent})

    def bulk_capabilities(self, request: Request) -> Answer:
        body = checked_body("bulk_capabilities", request)
        agent = self.world.agent(body["agent_id"], pointer="/agent_id")
        return json_answer({"data": [self.capability(agent, number) for number in body["phone_numbers"]]})

    def get_capabilities(self, request: Request, agent_id: str, phone_number: str) -> Answer:
        agent = self.world.agent(agent_id)
        return json_answer({"data": self.capability(agent, checked_number(phone_number))})

    def capability(self, agent: Record, number: str) -> dict[str, Any]:
        return {
            "record_type": FACTS["answers"]["Capability"]["record_type"],
            "agent_id": agent["agent_id"],
            "agent_name": agent["agent_name"],
            "phone_number": number,
            "features": self.world.features(number),
        }

    def invite_test_number(self, request: Request, id: str, phone_number: str) -> Answer:
        if request.body:
            raise Refusal(REFUSED, [bad("This request takes no body.")])
        invite = self.world.invite(self.world.agent(id), checked_number(phone_number))
        return json_answer(
            {
                "data": {
                    "record_type": FACTS["answers"]["Invite"]["record_type"],
                    **{name: value for name, value in invite.items() if name != "id"},
                }
            }
        )

    def get_deeplink(self, request: Request, agent_id: str) -> Answer:
        """Answer with the link as in the description's sample. Without a text it ends before `&body`."""
        query = checked_query("get_deeplink", request)
        number = query.get("phone_number", "")
        if number:
            checked_number(number, parameter="phone_number")
        agent = self.world.agent(agent_id)
        link: str = RULES["link"]
        if not query.get("body"):
            link = link.partition("&body")[0]
        names = {"agent_id": quote(agent["agent_id"], safe=""), "body": quote(query.get("body", ""), safe="")}
        return json_answer({"data": {"url": link.format(phone_number=number, **names)}})
