"""The one Telnyx account of this installation: its client, its keys, its callback address."""

from functools import lru_cache

from django.conf import settings

from messaging.telnyx.call import Call
from messaging.telnyx.client import Client
from messaging.telnyx.shapes import shape
from messaging.telnyx.signature import PublicKey

from . import calls, heartbeat, tallies


@lru_cache(maxsize=1)
def client() -> Client:
    """Return this process's pooled client. Settings don't change while a process runs."""
    return Client(
        settings.TELNYX_API_KEY,
        settings.TELNYX_BASE_URL,
        read=settings.TELNYX_READ_TIMEOUT,
        deadline=settings.TELNYX_DEADLINE,
        user_agent=f"telnyx-desk/{settings.VERSION}",
        heard=heartbeat.heard,
        called=ended,
    )


def ended(call: Call) -> None:
    """Log a call to Telnyx and count it. Never raises."""
    calls.keep(call)
    status = call.answer.status if call.answer else 0
    tallies.called(f"{call.method} {shape(call.target)}", status, call.seconds)


@lru_cache(maxsize=4)
def public_keys(texts: tuple[str, ...]) -> tuple[PublicKey, ...]:
    """Return the trusted keys; ValueError names the first that isn't 32 bytes of base64."""
    return tuple(PublicKey.from_base64(text) for text in texts)


def webhook_url() -> str:
    """Return the address where Telnyx reports what happens, or "" if ours is not configured."""
    return f"{settings.PUBLIC_URL}/webhooks/telnyx/" if settings.PUBLIC_URL else ""


def callback_url(token: str) -> str:
    """Return the address where Telnyx reports on one request, or "" if ours is not configured."""
    return f"{webhook_url()}{token}/" if settings.PUBLIC_URL else ""
