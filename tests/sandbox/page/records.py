"""Draws the verification requests, with the reviewer's and the portal's buttons."""

from typing import TYPE_CHECKING, Any

from ..contract import load
from ..state import Record
from ..tollfree import numbers
from .text import age, block, esc, heading, pill, pretty

if TYPE_CHECKING:
    from ..app import App

RECORDS_SHOWN = 100

CONTRACT = load("tollfree")
STATUSES: list[str] = CONTRACT["enums"]["verificationStatus"]["values"]
LOOKS = {
    "Verified": ("done", "✓"),
    "Rejected": ("refused", "✕"),
    "Waiting For Customer": ("asked", "!"),
    "Waiting For Telnyx": ("review", "◷"),
    "Waiting For Vendor": ("review", "◷"),
    "In Progress": ("review", "◷"),
}


def records(app: "App") -> str:
    held = list(reversed(app.tollfree.records.values()))
    head = heading("records", "Verification requests", f"{len(held)} at Telnyx, newest first")
    if not held:
        return (
            head
            + '<p class="panel empty">Nothing here yet. Submit a verification request and it will appear here.</p>'
        )
    return head + "".join(card(record) for record in held[:RECORDS_SHOWN])


def card(record: Record) -> str:
    name = record["fields"].get("businessName", "(no name)")
    shown_numbers = ", ".join(sorted(numbers(record["fields"]))) or "no number"
    taken = '<span class="tag">Taken over by you</span>' if record["taken_over"] else ""
    reason = f"<blockquote>{esc(record['reason'])}</blockquote>" if record["reason"] else ""
    return f"""
<article class="record" id="r-{record["id"]}">
  <div class="top"><h3>{esc(name)}</h3>{taken}{pill(record["status"], LOOKS)}</div>
  <div class="meta"><span>{esc(shown_numbers)}</span><span>filed {age(record["created_at"])}</span>
    <span>changed {age(record["updated_at"])}</span><span class="mono">{record["id"]}</span></div>
  {reason}
  {decision(record)}
  {more(record)}
</article>"""


def decision(record: Record) -> str:
    key = record["id"]
    options = "".join(f"<option>{esc(status)}</option>" for status in STATUSES)
    return f"""
  <details id="d-{key}"><summary>Decide as the reviewer</summary>
  <form class="decide" method="post" action="/records/{key}/status">
    <label>New status<select name="status">{options}</select></label>
    <label>or a status Telnyx has never used<input name="other" autocomplete="off"></label>
    <label class="full">Reason<input name="reason" list="reasons" maxlength="500" autocomplete="off"></label>
    <label class="tick"><input type="checkbox" name="webhook" checked> Send a webhook</label>
    <div><button class="main">Set status</button></div>
  </form></details>"""


def more(record: Record) -> str:
    key = record["id"]
    history = "".join(
        f"<li><code>{entry['updatedAt']}</code> {esc(entry['verificationStatus'])}"
        + (f" <small>{esc(entry['reason'])}</small>" if entry["reason"] else "")
        + "</li>"
        for entry in record["history"]
    )
    options = "".join(
        f"<option>{name}</option>" for name, rule in CONTRACT["fields"].items() if is_text(rule)
    )
    give_back = (
        f'<form method="post" action="/records/{key}/give_back"><button>Return to autopilot</button></form>'
        if record["taken_over"]
        else ""
    )
    return f"""
  <details id="m-{key}"><summary>History, fields and portal</summary>
    <ol class="history">{history}</ol>
    {block(pretty(record["fields"]))}
    <form class="decide" method="post" action="/records/{key}/edit">
      <label>Change this field in the portal<select name="name">{options}</select></label>
      <label>New value<input name="value" autocomplete="off"></label>
      <div><button>Change field</button></div>
    </form>
    <div class="line">
      <form method="post" action="/records/{key}/event"><button>Send webhook again</button></form>
      {give_back}
      <form method="post" action="/records/{key}/delete">
        <button class="danger" data-ask="Delete this request at Telnyx?">Delete in portal</button></form>
    </div>
  </details>"""


def is_text(rule: dict[str, Any]) -> bool:
    return rule["type"] == "string"
