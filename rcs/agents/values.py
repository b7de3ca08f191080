"""An agent's settings as one JSON object, in the same shape as typed and as held, so that only differences are sent."""

from collections.abc import Mapping
from typing import Any

from ..models import RcsAgent

SETTINGS = ("profile_id", "webhook_url", "webhook_failover_url")


def held(agent: RcsAgent) -> dict[str, Any]:
    """Return an agent's editable settings by their names in Telnyx's JSON; null for what is not set."""
    names = {name.json: field for field, name in agent.wire.names.items()}
    return {name: getattr(agent, names[name]) or None for name in SETTINGS}


def changes(agent: RcsAgent, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of `typed` that Telnyx does not have yet, as it is sent."""
    now = held(agent)
    return {name: value for name, value in typed.items() if value != now[name]}
