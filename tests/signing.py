"""Sign a body as Telnyx does, and post it to the webhook endpoint."""

import base64
import json
import time
import uuid
from typing import Any

from django.test import Client
from nacl.signing import SigningKey

from tests.conftest import SIGNING_KEY

WEBHOOK = "/webhooks/telnyx/"
OTHER_KEY = SigningKey(b"somebody else signs with this 1.")
STATUS_UPDATE = "toll_free_verification.status_update"


def event(event_type: str = "test.happened", **payload: Any) -> dict[str, Any]:
    """Return one event in Telnyx's envelope."""
    return {
        "data": {
            "event_type": event_type,
            "id": str(uuid.uuid4()),
            "occurred_at": "2026-08-14T15:00:00.000Z",
            "payload": payload,
            "record_type": "event",
        },
        "meta": {"attempt": 1, "delivered_to": "https://desk.example.com/webhooks/telnyx/"},
    }


def signature_headers(
    body: bytes, *, key: SigningKey = SIGNING_KEY, at: float | str | None = None
) -> dict[str, str]:
    """Return the two headers Telnyx sends with `body`. `at` is the time of signing in seconds."""
    timestamp = at if isinstance(at, str) else str(int(time.time() if at is None else at))
    signature = key.sign(timestamp.encode() + b"|" + body).signature
    return {
        "telnyx-timestamp": timestamp,
        "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
    }


def deliver(body: Any, *, path: str = WEBHOOK, headers: dict[str, str] | None = None, **how: Any) -> int:
    """Post `body` (bytes as they are, anything else as JSON), signed unless `headers` are given; return the status."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = signature_headers(raw, **how) if headers is None else headers
    response = Client(raise_request_exception=True).post(
        path, raw, content_type="application/json", headers=sent
    )
    return response.status_code
