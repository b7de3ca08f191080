"""An agent's settings as one JSON object, typed and held alike, so that only what differs is sent."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..models import RcsAgent

SETTINGS = ("profile_id", "webhook_url", "webhook_failover_url")


def held(agent: RcsAgent) -> dict[str, Any]:
    """Return what may be changed of an agent, by its names in Telnyx's JSON; null for what is not set."""
    names = {name.json: field for field, name in agent.wire.names.items()}
    return {name: getattr(agent, names[name]) or None for name in SETTINGS}


def changes(agent: RcsAgent, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of `typed` Telnyx does not hold yet, as it is sent."""
    now = held(agent)
    return {name: value for name, value in typed.items() if value != now[name]}


def stamp(agent: RcsAgent) -> str:
    """Return what tells whether an agent's settings are still those that a form was opened with."""
    return hashlib.sha256(json.dumps(held(agent), sort_keys=True).encode()).hexdigest()[:16]
