"""Small pieces of text for the page. Everything from outside is escaped here."""

import html
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..contract import moment

SPOILED = {
    None: "",
    "lose": "lost",
    "repeat": "sent twice",
    "delay": "delayed",
    "hold": "held back",
    "missign": "wrong signature",
    "stale": "old timestamp",
}


def esc(value: Any) -> str:
    return html.escape(str(value))


def heading(name: str, title: str, note: str) -> str:
    return f'<div class="heading"><h2 id="{name}-title">{esc(title)}</h2><span class="soft">{esc(note)}</span></div>'


def pill(status: str, looks: Mapping[str, tuple[str, str]]) -> str:
    """Return a status with its look and sign. A word without one is shown as unknown."""
    look, sign = looks.get(status, ("unknown", "?"))
    return f'<span class="pill {look}"><span aria-hidden="true">{sign}</span>{esc(status)}</span>'


def block(text: str) -> str:
    """Return a scrolling box that can be reached by keyboard."""
    return f'<pre tabindex="0">{esc(text or "(no body)")}</pre>'


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def pretty_text(text: str) -> str:
    try:
        return pretty(json.loads(text))
    except (ValueError, RecursionError):
        return text


def clock(when: str) -> str:
    return when[11:23]


def age(when: str) -> str:
    """Return how long ago something was, in the largest unit that fits."""
    then = moment(when)
    if then is None:
        return "at an unknown time"
    seconds = (datetime.now(UTC) - then).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
