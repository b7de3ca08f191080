"""Draws the console: one self-contained page that needs a script only to refresh itself."""

import secrets
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from . import hosted, journal, messages, profiles, rcs, records, registration, troubles
from .text import esc

if TYPE_CHECKING:
    from ..app import App

FOLDER = Path(__file__).parent
TEMPLATE = Template((FOLDER / "console.html").read_text())
CSS = (FOLDER / "console.css").read_text()
SCRIPT = (FOLDER / "console.js").read_text()


def draw(app: "App", said: str = "", failed: str = "") -> tuple[str, str]:
    """Return the page and the nonce of its script."""
    nonce = secrets.token_urlsafe(16)
    with app.state.lock:
        parts = {
            "autopilot": autopilot(app),
            "facts": facts(app),
            "notice": notice(said, failed),
            "records": records.records(app),
            "hosted": hosted.orders(app.hosted.world),
            "profiles": profiles.profiles(app.messaging.world),
            "rcs": rcs.agents(app.rcs.world, app.messages.world),
            "registrations": registration.registrations(app.registration),
            "messages": messages.messages(app.messages),
            "handsets": messages.handsets(app.messages),
            "lines": hosted.lines(app.hosted.world),
            "webhooks": troubles.webhooks(app),
            "faults": troubles.faults(app),
            "words": troubles.words(),
            "requests": journal.requests(app),
            "deliveries": journal.deliveries(app),
        }
    return TEMPLATE.substitute(parts, nonce=nonce, css=CSS, script=SCRIPT), nonce


def notice(said: str, failed: str) -> str:
    if failed:
        return f'<p class="notice bad wide" role="alert">{esc(failed)}</p>'
    return f'<p class="notice wide" role="status">{esc(said)}</p>' if said else ""


def autopilot(app: "App") -> str:
    seconds = app.autopilot.seconds
    if seconds is None:
        return (
            '<form class="line" method="post" action="/autopilot"><span class="soft">Autopilot is off</span>'
            '<button name="seconds" value="8">Turn on</button></form>'
        )
    return (
        '<form class="line" method="post" action="/autopilot"><span class="tag">Autopilot on</span>'
        f'<span class="soft">one step every {seconds:g} seconds</span>'
        '<button name="seconds" value="">Turn off</button></form>'
    )


def facts(app: "App") -> str:
    rows = [
        ("API base URL", app.own_url + "/v2"),
        ("Default webhook address", app.sender.default_url or "nowhere"),
        ("Public key", app.keys.public()),
    ]
    return "".join(
        f"<div><dt>{esc(name)}</dt><dd><code>{esc(value)}</code></dd></div>" for name, value in rows
    )
