"""Draws messages and what phones can do, with the buttons that decide what happens to the next messages."""

from ..messages import whatsapp
from ..messages.facts import ENDINGS, OUTCOMES, TITLES
from ..messages.script import Outcome
from ..messages.service import Messages
from ..messages.world import FINAL
from ..numbers import OWNED
from ..state import Record
from .text import clock, esc, heading, pill

OWN_SHOWN, OTHERS_SHOWN = 25, 15
TEXT_SHOWN = 32
GOING = ("review", "◷")
LOOKS = {
    "scheduled": GOING,
    "queued": GOING,
    "sending": GOING,
    "sent": GOING,
    "delivered": ("done", "✓"),
    "read": ("done", "✓"),
    "delivery_unconfirmed": ("asked", "?"),
    "expired": ("refused", "✕"),
    "cancelled": ("refused", "✕"),
    "sending_failed": ("refused", "✕"),
    "delivery_failed": ("refused", "✕"),
    "received": ("asked", "↙"),
}
STEPS = (
    "sent",
    "delivered",
    "delivery_failed",
    "sending_failed",
    "delivery_unconfirmed",
    "expired",
    "read",
    "reply",
)


def messages(service: Messages) -> str:
    own, others = list(service.world.messages.values()), list(service.world.passing.values())
    held = sorted([*own[-OWN_SHOWN:], *others[-OTHERS_SHOWN:]], key=received_at, reverse=True)
    note = f"the last {len(held)} of {len(own) + len(others)}, newest first" if held else ""
    head = heading("messages", "Messages", note)
    if not held:
        return head + '<p class="panel empty">Nothing here yet. Send a message or turn on the traffic.</p>'
    return f'{head}<div class="log">{"".join(row(record) for record in held)}</div>'


def received_at(record: Record) -> str:
    return record["payload"]["received_at"]


def row(record: Record) -> str:
    payload, key = record["payload"], record["id"]
    is_inbound = payload["direction"] == "inbound"
    to = payload["to"] if isinstance(payload["to"], list) else [{"phone_number": payload["to"]}]
    ends = [payload["from"], *to]
    sender, *others = [end.get("phone_number") or end.get("agent_id", "") for end in ends]
    status = "received" if is_inbound else to[0]["status"]
    text = payload.get("text") or (payload.get("body") or {}).get("type", "")
    errors = "".join(
        f'<p class="soft">{esc(error["code"])} {esc(error["title"])}</p>' for error in payload["errors"]
    )
    files = "".join(
        f'<li><a href="{esc(file["url"])}" rel="noreferrer">{esc(file["content_type"])}, {file["size"]} bytes</a></li>'
        for file in payload.get("media", [])
    )
    others_note = '<span class="tag">sent by others</span>' if record["origin"] == "traffic" else ""
    return f"""
<details class="row" id="r-{key}"><summary><code>{clock(received_at(record))[:8]}</code>
  <span class="what"><b>{esc(sender)} → {esc(", ".join(others))}</b> {esc(shortened(text))}</span>
  {pill(status, LOOKS)}</summary>
  <p>{esc(text)}</p><ul>{files}</ul>{errors}
  <p class="meta"><span>{esc(payload["type"])}</span><span class="mono">{key}</span>{others_note}</p>
  {"" if is_inbound else buttons(record, status)}</details>"""


def shortened(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN else f"{text[:TEXT_SHOWN]}…"


def buttons(record: Record, status: str) -> str:
    key = record["id"]
    if status == "scheduled":
        return f"""<p class="soft">due at {esc(record["send_at"])}</p>
  <form method="post" action="/messages/{key}/send_now"><button>Send now</button></form>"""
    over = status in FINAL
    steps = [step for step in STEPS if (step in ("read", "reply")) == over]
    click = f'<form method="post" action="/messages/{key}/click"><button>Follow link</button></form>'
    offered = "".join(
        f'<button name="step" value="{step}">{step.replace("_", " ")}</button>' for step in steps
    )
    return f"""
  <form method="post" action="/messages/{key}/step"><div class="buttons">{offered}</div></form>
  {click if "://" in record["payload"].get("text", "") else ""}"""


def handsets(service: Messages) -> str:
    """Draw what people do with their phones, what happens to the next messages, and the traffic from others."""
    numbers = "".join(
        f'<option value="{entry["phone_number"]}">{entry["phone_number"]} ({entry["type"]})</option>'
        for entry in OWNED
        if entry["messaging_profile_id"]
    )
    planned = "".join(
        f'<span class="tag fault">{esc(said(outcome))}</span>' for outcome in service.world.script.coming
    )
    outcomes = "".join(f'<option value="{name}">{name.replace("_", " ")}</option>' for name in OUTCOMES)
    codes = "".join(f'<option value="{code}">{code} {esc(title)}</option>' for code, title in TITLES.items())
    kinds = "".join(
        f'<option value="{kind}">WhatsApp: {kind.replace("_", " ")}</option>' for kind in whatsapp.KINDS
    )
    return f"""
<h2 id="handsets-title">Phones</h2>
<form method="post" action="/handsets/inbound">
  <div class="pair"><label>From phone<input name="from" value="+13035550123" autocomplete="off"></label>
  <label>To our number<select name="to">{numbers}</select></label></div>
  <label>Text<input name="text" value="Is my order ready?" list="answers" maxlength="1000" autocomplete="off"></label>
  <label>As<select name="kind"><option value="">a text message</option>{kinds}</select></label>
  <datalist id="answers"><option>STOP<option>START<option>HELP</datalist>
  <p class="line"><button class="main">Send message</button>
    <label class="tick"><input type="checkbox" name="picture"> With a picture</label></p></form>
<form method="post" action="/handsets/outcome">
  <div class="pair"><label>Next message<select name="outcome">{outcomes}<option>refused</option></select></label>
  <label>Error<select name="code"><option value="">the usual one</option>{codes}</select></label></div>
  <p class="line"><button>Set outcome</button>{planned}</p></form>
{traffic(service)}
<table>{digits()}</table>"""


def traffic(service: Messages) -> str:
    running = service.traffic.shown()
    if running["running"]:
        return f"""
<form class="line" method="post" action="/traffic"><span class="tag">Traffic on</span>
  <span class="soft">{running["per_second"]:g} webhooks a second, {running["events"]} so far</span>
  <button name="per_second" value="">Turn off</button></form>"""
    return """
<form method="post" action="/traffic"><div class="pair">
  <label>Webhooks a second<input type="number" name="per_second" value="2" min="0.1" max="500" step="any"></label>
  <label>% that fail<input type="number" name="failing" value="8" min="0" max="100"></label>
  <label>% that get an answer<input type="number" name="inbound" value="25" min="0" max="100"></label></div>
  <p><button>Start traffic</button></p></form>"""


def said(outcome: Outcome) -> str:
    return f"{outcome.name.replace('_', ' ')} {outcome.code or ''}".strip()


def digits() -> str:
    rows = "".join(
        f"<tr><th>ends in {ending}</th><td>{esc(name.replace('_', ' '))}</td></tr>"
        for ending, name in sorted(ENDINGS.items())
    )
    return (
        rows
        + "<tr><th>ends in 40008</th><td>fails with that error; any other five-digit code works too</td></tr>"
    )
