"""Open a web address as a reviewer would, for a few steps and seconds, and never within our own network."""

import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from messaging.demo import LOOPBACK
from messaging.telnyx.client import Answer, Client
from messaging.telnyx.errors import TelnyxError

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# For all steps together.
SECONDS = 12.0
LONGEST_ADDRESS = 2000
# No domain of the internet has this ending (RFC 2606), so the demo's invented businesses have it.
INVENTED = ".example"


@dataclass(frozen=True)
class Visit:
    """Where an address led, and the answer there, or the code of what was wrong."""

    place: str
    answer: Answer | None = None
    trouble: str = ""


def visit(client: Client, address: str, most_bytes: int) -> Visit:
    """Open an address. Nothing but network trouble is expected, and that is returned, not raised."""
    ends_at, place = time.monotonic() + SECONDS, address
    for _step in range(MOST_REDIRECTS + 1):
        left = ends_at - time.monotonic()
        try:
            answer = client.visit(_played(place), max_bytes=most_bytes, deadline=max(left, 0.1))
        except TelnyxError as error:
            return Visit(place, trouble=error.kind or "garbled")
        location = answer.headers.get("location", "")
        if answer.status not in REDIRECTS or not location:
            return Visit(place, answer)
        try:
            place = urljoin(place, location)[:LONGEST_ADDRESS]
        except ValueError:
            return Visit(place, trouble="astray")
    return Visit(place, trouble="astray")


def host_of(address: str) -> str:
    """Return the host of an address, or "" if it can't be read."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _played(address: str) -> str:
    """Return where to look: in a demo, the sandbox plays the websites of invented businesses."""
    base = urlsplit(settings.TELNYX_BASE_URL)
    if not settings.PRIVATE or base.hostname not in LOOPBACK or not host_of(address).endswith(INVENTED):
        return address
    parts = urlsplit(address)
    played = f"{base.scheme}://{base.netloc}/sites/{host_of(address)}{parts.path or '/'}"
    return f"{played}?{parts.query}" if parts.query else played
