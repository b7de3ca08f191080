"""What Telnyx holds for RCS: agents, what phones can do, and who was invited. The caller holds the lock."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from ..state import Record, State
from ..wire import Refusal, error
from .facts import FEATURES, REFUSED, RULES

BEGUN_AT = "2026-02-02T10:00:00.000000Z"
USER = "2f1c7c1e-6a55-4c0d-9e0b-1d6f3b8a4e77"
PROFILES = ("3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e01", "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e02")
OURS = "larkspur_dental_agent"
# The agents of every start: id, name, enabled, profile, and where events go ("ours": here, "": nowhere).
FIRST = (
    (OURS, "Larkspur Dental", True, PROFILES[0], "ours"),
    ("harborlight_books", "Harborlight Books", True, PROFILES[1], "https://old-desk.example/rcs"),
    ("fernhill_trial", "Fernhill Trial", False, None, ""),
)
OUR_PATH = "/webhooks/telnyx/"
TEXT_ONLY = ["GENERIC_RCS_FEATURE"]

Profile = Callable[[str | None], Record | None]


class World:
    """The records, and how they change with and without a request from us."""

    def __init__(self, state: State, webhook_url: str | None, profile: Profile) -> None:
        self.state = state
        self.webhook_url = webhook_url
        self.profile = profile

    @property
    def agents(self) -> dict[str, Record]:
        return self.state.collection("rcs_agents")

    @property
    def capabilities(self) -> dict[str, Record]:
        """Return what was set for individual numbers."""
        return self.state.collection("rcs_capabilities")

    @property
    def invites(self) -> dict[str, Record]:
        return self.state.collection("rcs_invites")

    def begin(self) -> None:
        """Make the agents that every start has, and send the first one's events where the sandbox was told to."""
        if "rcs_agents" not in self.state.collections:
            for id, name, enabled, profile_id, events in FIRST:
                url = self.webhook_url if events == "ours" else events or None
                self.add(id, name, enabled=enabled, profile_id=profile_id, webhook_url=url)
        ours = self.agents.get(OURS)
        if ours and self.webhook_url and is_old_address(ours["webhook_url"]):
            ours["webhook_url"] = self.webhook_url

    def add(self, id: str, name: str, **fields: Any) -> Record:
        self.agents[id] = {
            "agent_id": id,
            "agent_name": name,
            "enabled": True,
            "profile_id": None,
            "webhook_url": None,
            "webhook_failover_url": None,
            "user_id": USER,
            "created_at": BEGUN_AT,
            "updated_at": BEGUN_AT,
            **fields,
        }
        self.state.save()
        return self.agents[id]

    def agent(self, id: str, **source: str) -> Record:
        """Return an agent; raises Refusal 404."""
        try:
            return self.agents[id]
        except KeyError:
            words = "No RCS agent has this id."
            raise Refusal(404, [error("10005", "Resource not found", words, **source)]) from None

    def change(self, agent: Record, changes: dict[str, Any]) -> None:
        agent |= changes | {"updated_at": self.state.now()}
        self.state.save()

    def check_profile(self, profile_id: str | None) -> None:
        """Raise Refusal if the profile does not exist."""
        if profile_id is not None and self.profile(profile_id) is None:
            words = "There is no such messaging profile."
            raise Refusal(
                REFUSED,
                [error("10017", "Associated resource does not exist", words, pointer="/profile_id")],
            )

    def features(self, number: str) -> list[str] | None:
        """Return what a phone can do: what was set for it, else what its last digit says."""
        if number in self.capabilities:
            return self.capabilities[number]["features"]
        if number[-1] in "13":
            return RULES["features_of_a_number_without_rcs"]
        return TEXT_ONLY if number[-1] == "5" else FEATURES

    def invite(self, agent: Record, number: str) -> Record:
        """Invite a handset. One that was already invited keeps its status."""
        key = f"{agent['agent_id']}/{number}"
        self.invites.setdefault(
            key,
            {
                "id": str(uuid.uuid5(uuid.NAMESPACE_URL, key)),
                "agent_id": agent["agent_id"],
                "phone_number": number,
                "status": RULES["status_of_a_new_invite"],
            },
        )
        self.state.save()
        return self.invites[key]


def is_old_address(url: str | None) -> bool:
    """Return True if this is the address of an earlier start, on another port."""
    parts = urlsplit(url or "")
    return parts.hostname in ("127.0.0.1", "localhost") and parts.path == OUR_PATH
