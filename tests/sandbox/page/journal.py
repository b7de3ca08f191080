"""Draws what happened: the requests received and the webhooks sent."""

from typing import TYPE_CHECKING

from ..state import Record
from .text import SPOILED, block, clock, esc, heading, pretty, pretty_text

if TYPE_CHECKING:
    from ..app import App

ROWS_SHOWN = 50


def requests(app: "App") -> str:
    rows = list(app.state.requests)[: -ROWS_SHOWN - 1 : -1]
    head = heading("requests", "Requests received", f"the last {ROWS_SHOWN}, newest first" if rows else "")
    if not rows:
        return head + '<p class="panel empty">No requests received yet.</p>'
    return f'{head}<div class="log">{"".join(request_row(entry) for entry in rows)}</div>'


def request_row(entry: Record) -> str:
    query = "&".join(f"{name}={value}" for name, value in entry["query"])
    fault = f'<span class="tag fault">{esc(entry["fault"])}</span>' if entry["fault"] else ""
    answered, look = outcome(entry)
    return f"""
<details class="row" id="q-{entry["id"]}"><summary><code>{clock(entry["received_at"])}</code>
  <span class="what"><b>{esc(entry["method"])}</b> {esc(entry["path"])}{esc("?" + query if query else "")}</span>{fault}
  <span class="answered {look}">{answered}</span></summary>
  {block(pretty(entry["headers"]))}{block(pretty_text(entry["body"]))}
  <p class="soft">Answer</p>{block(pretty_text(entry["answer"]))}</details>"""


def outcome(entry: Record) -> tuple[str, str]:
    """Return the answer and its color."""
    status = entry["answered_status"]
    if status is not None:
        return str(status), "good" if status < 400 else "bad"
    return ("no answer", "bad") if entry["sending"] else ("waiting", "")


def deliveries(app: "App") -> str:
    rows = list(app.state.deliveries)[: -ROWS_SHOWN - 1 : -1]
    head = heading("deliveries", "Webhooks sent", f"the last {ROWS_SHOWN}, newest first" if rows else "")
    if not rows:
        return head + '<p class="panel empty">No webhooks sent yet.</p>'
    return f'{head}<div class="log">{"".join(delivery_row(entry) for entry in rows)}</div>'


def delivery_row(entry: Record) -> str:
    spoiled = f'<span class="tag fault">{esc(SPOILED[entry["action"]])}</span>' if entry["action"] else ""
    look = {"delivered": "good", "failed": "bad", "lost": "bad"}.get(entry["outcome"], "")
    attempts = "".join(
        f"<li><code>{clock(attempt['at'])}</code> {esc(attempt['status'] or attempt['error'])}"
        f" <small>{attempt['milliseconds']} ms</small></li>"
        for attempt in entry["attempts"]
    )
    payload = entry["event"]["data"]["payload"]
    status = payload.get("status") or payload.get("order_status", "")
    return f"""
<details class="row" id="w-{entry["id"]}"><summary><code>{clock(entry["planned_at"])}</code>
  <span class="what"><b>{esc(entry["event_type"])}</b> {esc(status)}</span>{spoiled}
  <span class="answered {look}">{esc(entry["outcome"])}</span></summary>
  <p class="soft">to {esc(entry["url"])}</p><ol class="history">{attempts}</ol>
  {block(pretty(entry["event"]))}</details>"""
