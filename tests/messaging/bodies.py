"""Message events as Telnyx sends them, with invented values."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

OURS, THEIRS = "+15550100011", "+13125550001"
PROFILE = "7c1d2e30-55aa-4f0b-8f6e-3a1b9c2d4e02"
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def party(number: str, status: str | None = None, **more: Any) -> dict[str, Any]:
    told = {"phone_number": number, "carrier": "EXAMPLE WIRELESS", "line_type": "Wireless"} | more
    return told | ({"status": status} if status else {})


def outbound(message_id: str = "", status: str = "sent", *, to: Any = THEIRS, **more: Any) -> dict[str, Any]:
    """Return the payload of a message we sent to a number, or to parties. `more` replaces members."""
    return {
        "record_type": "message",
        "direction": "outbound",
        "id": message_id or str(uuid.uuid4()),
        "type": "SMS",
        "messaging_profile_id": PROFILE,
        "organization_id": "5b6f8a10-2f0e-4c55-9c53-0d0f7a9e4f01",
        "from": party(OURS, carrier="Telnyx", line_type="VoIP"),
        "to": [party(to, status)] if isinstance(to, str) else to,
        "cc": [],
        "text": "Northwind: order 8842 is ready for collection",
        "subject": None,
        "media": [],
        "encoding": "GSM-7",
        "parts": 1,
        "tags": ["orders"],
        "cost": None,
        "received_at": START.isoformat(),
        "sent_at": None,
        "completed_at": None,
        "errors": [],
    } | more


def inbound(message_id: str = "", *, sender: str = THEIRS, **more: Any) -> dict[str, Any]:
    """Return the payload of a message we received."""
    return {
        "record_type": "message",
        "direction": "inbound",
        "id": message_id or str(uuid.uuid4()),
        "type": "SMS",
        "messaging_profile_id": PROFILE,
        "from": party(sender, "received"),
        "to": [party(OURS, "webhook_delivered", carrier="Telnyx", line_type="VoIP")],
        "cc": [],
        "text": "Is my order ready?",
        "media": [],
        "encoding": "GSM-7",
        "parts": 1,
        "cost": {"amount": "0.0000", "currency": "USD"},
        "received_at": START.isoformat(),
        "errors": [],
    } | more


def error(code: str = "40001", title: str = "Not routable", **more: Any) -> dict[str, Any]:
    return {"code": code, "title": title, "detail": "The destination number cannot receive messages."} | more


def message_event(kind: str, payload: dict[str, Any], *, seconds: float = 0, **more: Any) -> dict[str, Any]:
    """Return a message event in its envelope, `seconds` after START."""
    data = {
        "event_type": f"message.{kind}",
        "id": str(uuid.uuid4()),
        "occurred_at": (START + timedelta(seconds=seconds)).isoformat(),
        "payload": payload,
        "record_type": "event",
    }
    return {"data": data | more, "meta": {"attempt": 1, "delivered_to": "https://desk.example.com/"}}
