"""Messages on the wire: the members of outbound and inbound ones, and who is at either end."""

import hashlib
import uuid
from datetime import timedelta
from typing import Any

from ..contract import moment
from ..state import Record, iso
from .facts import FACTS, ORGANIZATION, RULES
from .text import Measured

CARRIERS = ("EXAMPLE WIRELESS", "NORTHERN CELL (SANDBOX)", "PRAIRIE MOBILE (SANDBOX)", "EXAMPLE CABLE MOBILE")
LINE_TYPES = ("Wireless", "Wireless", "Wireless", "Wireless", "VoIP", "Pre-Paid Wireless", "VoWiFi")
NOT_ROUTABLE = "40001"
CAMPAIGN = "CSANDBX"


def handset(number: str) -> Record:
    """Return the number, carrier and line type of someone's phone, always the same for a number."""
    first, second, *_ = hashlib.sha256(number.encode()).digest()
    wired = number.endswith(NOT_ROUTABLE)
    return {
        "carrier": "EXAMPLE LANDLINES" if wired else CARRIERS[first % len(CARRIERS)],
        "line_type": "Wireline" if wired else LINE_TYPES[second % len(LINE_TYPES)],
        "phone_number": number,
    }


def ours(number: str) -> Record:
    return {"carrier": "Telnyx", "line_type": "VoIP", "phone_number": number}


def outbound(
    *,
    now: str,
    type: str,
    sender: str,
    to: list[str],
    profile_id: str | None,
    text: str,
    measured: Measured,
    media: list[str],
    subject: str | None,
    urls: tuple[str | None, str | None],
    registered: bool,
) -> dict[str, Any]:
    """Return a text or multimedia message as it is right after it is accepted."""
    return {
        "cc": [],
        "completed_at": None,
        "cost": None,
        "cost_breakdown": None,
        "direction": "outbound",
        "encoding": measured.encoding,
        "errors": [],
        "from": ours(sender),
        "id": str(uuid.uuid4()),
        "media": [file_seen(url) for url in media],
        "messaging_profile_id": profile_id,
        "num_chars": measured.characters,
        "organization_id": ORGANIZATION,
        "parts": measured.parts,
        "received_at": now,
        "record_type": "message",
        "sent_at": None,
        "smart_encoding_applied": measured.smart,
        "subject": subject,
        "tags": [],
        "tcr_campaign_billable": registered,
        "tcr_campaign_id": CAMPAIGN if registered else None,
        "tcr_campaign_registered": "REGISTERED" if registered else None,
        "text": text,
        "to": [handset(number) | {"status": "queued"} for number in to],
        "type": type,
        "valid_until": valid_until(now),
        "wait_seconds": 0.0,
        "webhook_failover_url": urls[1],
        "webhook_url": urls[0],
    }


def outbound_body(
    *,
    now: str,
    type: str,
    sender: Record,
    to: str,
    profile_id: str | None,
    body: Any,
    urls: tuple[str | None, str | None],
) -> dict[str, Any]:
    """Return a message that has a `body` instead of a text: WhatsApp, or RCS with an agent as sender."""
    return {
        "body": body,
        "completed_at": None,
        "cost": None,
        "direction": "outbound",
        "errors": [],
        "from": sender,
        "id": str(uuid.uuid4()),
        "messaging_profile_id": profile_id,
        "organization_id": ORGANIZATION,
        "received_at": now,
        "record_type": "message",
        "sent_at": None,
        "tags": [],
        "to": [handset(to) | {"status": "queued"}],
        "type": type,
        "valid_until": valid_until(now),
        "webhook_failover_url": urls[1] or "",
        "webhook_url": urls[0],
    }


def inbound(
    *,
    now: str,
    type: str,
    sender: str,
    to: str,
    cc: list[str],
    profile_id: str | None,
    text: str,
    measured: Measured,
    media: list[Record],
    url: str | None,
) -> dict[str, Any]:
    return {
        "cc": [handset(number) | {"status": "delivered"} for number in cc],
        "completed_at": None,
        "cost": {"amount": "0.0000", "currency": "USD"},
        "cost_breakdown": None,
        "direction": "inbound",
        "encoding": measured.encoding,
        "errors": [],
        "from": handset(sender) | {"status": "received"},
        "id": str(uuid.uuid4()),
        "media": media,
        "messaging_profile_id": profile_id,
        "num_chars": measured.characters,
        "organization_id": ORGANIZATION,
        "parts": max(measured.parts, 1),
        "received_at": now,
        "record_type": "message",
        "sent_at": None,
        "subject": None,
        "tags": [],
        "tcr_campaign_billable": False,
        "tcr_campaign_id": None,
        "tcr_campaign_registered": None,
        "text": text,
        "to": [ours(to) | {"status": "webhook_delivered"}],
        "type": type,
        "valid_until": None,
        "webhook_failover_url": None,
        "webhook_url": url,
    }


def inbound_body(
    *, now: str, type: str, sender: str, to: str, profile_id: str | None, body: Any, agent: Record | None
) -> dict[str, Any]:
    """Return an inbound message with a `body`: RCS to an agent, or WhatsApp, where `to` is a plain string."""
    shape = {
        "body": body,
        "direction": "inbound",
        "errors": [],
        "from": handset(sender),
        "id": str(uuid.uuid4()),
        "messaging_profile_id": profile_id,
        "organization_id": ORGANIZATION,
        "received_at": now,
        "record_type": "message",
        "to": to,
        "type": type,
    }
    if agent is None:
        shape["from"] = {"carrier": "", "line_type": "", "phone_number": sender}
        return shape
    shape["from"] |= {"line_type": "long_code", "status": "webhook_delivered"}
    return shape | {"cost": None, "tags": [], "to": [agent]}


def snapshot(record: Record, position: int | None = None) -> dict[str, Any]:
    """Return a message as it is now. `position` picks one recipient of a group; the others are in `cc`."""
    payload = record["payload"] | {"errors": list(record["payload"]["errors"])}
    if isinstance(payload["to"], list):
        payload["to"] = [dict(party) for party in payload["to"]]
    if not record["group"]:
        return payload
    payload["group_message_id"] = payload["id"]
    if position is not None:
        everyone = payload["to"]
        payload["to"] = [everyone[position]]
        payload["errors"] = [
            entry | {"source": {"pointer": "/to/0/phone_number"}}
            for entry in payload["errors"]
            if entry["source"]["pointer"].startswith(f"/to/{position}/")
        ]
        payload["cc"] = [in_copy(party) for number, party in enumerate(everyone) if number != position]
    return payload


def in_copy(party: Record) -> Record:
    """Return a recipient as `cc` shows it, where there are fewer status words."""
    return party | ({"status": "delivery_failed"} if party["status"] == "expired" else {})


def answer(record: Record) -> dict[str, Any]:
    """Return a message as REST shows it."""
    payload = snapshot(record)
    payload.pop("group_message_id", None)
    return payload


def cancelled(record: Record) -> dict[str, Any]:
    return {
        name: value for name, value in answer(record).items() if name in FACTS["answers"]["Canceled"]["names"]
    }


def file_seen(url: str) -> Record:
    """Return an attachment. Its file is not fetched, as nothing leaves this machine, so the size is made up."""
    digest = hashlib.sha256(url.encode())
    kind = "image/png" if url.lower().endswith(".png") else "image/jpeg"
    size = 2 * RULES["largest_media"] if "too-large" in url else 20_000 + digest.digest()[0] * 100
    return {"content_type": kind, "sha256": digest.hexdigest(), "size": size, "url": url}


def valid_until(now: str) -> str | None:
    began = moment(now)
    return None if began is None else iso(began + timedelta(hours=RULES["hours_valid"]))
