"""Draws hosted orders with their numbers, codes, files and transfers, and the buttons that decide about them."""

from collections.abc import Iterable

from ..hosted.facts import DEMO, ELIGIBILITIES, NUMBER_STATUSES, ORDER_STATUSES, OWNED
from ..hosted.world import STEPS, World
from ..state import Record
from .text import age, esc, heading, pill

ORDERS_SHOWN = 50
NUMBERS_SHOWN_OPEN = 10

WAITING = ("review", "◷")
ASKED = ("asked", "!")
REFUSED = ("refused", "✕")
LOOKS = {
    "pending": WAITING,
    "provisioning": WAITING,
    "loa_file_successful": WAITING,
    "loa_file_invalid": ASKED,
    "incomplete_documentation": ASKED,
    "incorrect_billing_information": ASKED,
    OWNED: ("review", "✓"),
    "successful": ("done", "✓"),
    **{
        status: REFUSED
        for status in (*ORDER_STATUSES, *NUMBER_STATUSES)
        if "fail" in status or status in ("carrier_rejected", "ineligible_carrier", "deleted")
    },
}
DOCUMENT_DECISIONS = {
    "loa_file_successful": "Accept documents",
    "loa_file_invalid": "Refuse letter",
    "incorrect_billing_information": "Refuse bill",
    "incomplete_documentation": "Report a missing document",
}


def orders(world: World) -> str:
    held = list(reversed(world.orders.values()))
    head = heading("hosted", "Hosted orders", f"{len(held)} at Telnyx, newest first")
    if not held:
        return (
            head
            + '<p class="panel empty">Nothing here yet. Create a hosted order and it will appear here.</p>'
        )
    return head + "".join(card(order) for order in held[:ORDERS_SHOWN])


def card(order: Record) -> str:
    key, count = order["id"], len(order["numbers"])
    taken = '<span class="tag">Taken over by you</span>' if order["taken_over"] else ""
    silent = (
        "" if order["messaging_profile_id"] else '<span class="tag fault">No profile, so no webhooks</span>'
    )
    return f"""
<article class="record" id="r-{key}">
  <div class="top"><h3>{count} number{"s" if count > 1 else ""}</h3>{taken}{silent}{pill(order["status"], LOOKS)}</div>
  <div class="meta"><span>created {age(order["created_at"])}</span><span>changed {age(order["updated_at"])}</span>
    <span class="mono">{key}</span></div>
  {numbers(order)}
  {files(order)}
  {decisions(order)}
  {transfer(order)}
  {more(order)}
</article>"""


def numbers(order: Record) -> str:
    rows = "".join(
        f"<li><code>{esc(number['phone_number'])}</code>{pill(number['status'], LOOKS)}{code(number)}</li>"
        for number in order["numbers"]
    )
    listed = f'<ul class="numbers">{rows}</ul>'
    if len(order["numbers"]) <= NUMBERS_SHOWN_OPEN:
        return listed
    return f'<details id="n-{order["id"]}"><summary>Numbers</summary>{listed}</details>'


def code(number: Record) -> str:
    if not number["codes"]:
        return ""
    last = number["codes"][-1]
    worth = " (expired)" if last.get("expired") else ""
    return f"<span>code <code>{esc(last['code'])}</code> by {esc(last['method'])}{worth}</span>"


def files(order: Record) -> str:
    if not order["uploads"]:
        return ""
    rows = "".join(
        f"<li>{esc(file['kind'])}: <b>{esc(file['name'])}</b>, {file['size']} bytes, {age(file['received_at'])}<br>"
        f"<code>{esc(file['sha256'])}</code></li>"
        for file in order["uploads"]
    )
    wanted = ", ".join(order["documents_wanted"])
    missing = f'<p class="soft">Still missing: {esc(wanted)}</p>' if wanted else ""
    return f"""
  <details id="f-{order["id"]}"><summary>Files received</summary><ol class="history">{rows}</ol>{missing}</details>"""


def decisions(order: Record) -> str:
    key = order["id"]
    documents = "".join(
        f'<button name="status" value="{status}">{words}</button>'
        for status, words in DOCUMENT_DECISIONS.items()
    )
    return f"""
  <details id="d-{key}"><summary>Decide as Telnyx</summary>
  <form method="post" action="/hosted/{key}/status"><input type="hidden" name="webhook" value="on">
    <div class="buttons">{documents}</div></form>
  <form class="decide" method="post" action="/hosted/{key}/status">
    <label>Order status<select name="status">{options(ORDER_STATUSES)}</select></label>
    <label>or a status Telnyx has never used<input name="other" autocomplete="off"></label>
    <label class="tick"><input type="checkbox" name="with_numbers" checked> Update its numbers too</label>
    <label class="tick"><input type="checkbox" name="webhook" checked> Send a webhook</label>
    <div><button class="main">Set status</button></div>
  </form>
  <form class="decide" method="post" action="/hosted/{key}/number_status">
    <label>Number<select name="phone_number">{options(n["phone_number"] for n in order["numbers"])}</select></label>
    <label>Number status<select name="status">{options(NUMBER_STATUSES)}</select></label>
    <label>or a status Telnyx has never used<input name="other" autocomplete="off"></label>
    <label class="tick"><input type="checkbox" name="webhook" checked> Send a webhook</label>
    <div><button class="main">Set number status</button></div>
  </form></details>"""


def transfer(order: Record) -> str:
    key, running = order["id"], order["transfer"]
    state = f'<p class="soft">{esc(running["step"])}, deadline {running["deadline"]}</p>' if running else ""
    return f"""
  <details id="t-{key}"><summary>Transfer from another account</summary>{state}
  <form class="decide" method="post" action="/hosted/{key}/transfer">
    <label>Step<select name="step">{options(STEPS)}</select></label>
    <label>Hours to respond<input type="number" name="hours" value="72" min="0" max="720" step="any"></label>
    <div><button class="main">Take step</button></div>
  </form></details>"""


def more(order: Record) -> str:
    key = order["id"]
    history = "".join(
        f"<li><code>{entry['at']}</code> {esc(entry['status'])} <small>{esc(entry['event'])}</small></li>"
        for entry in order["history"]
    )
    give_back = (
        f'<form method="post" action="/hosted/{key}/give_back"><button>Return to autopilot</button></form>'
        if order["taken_over"]
        else ""
    )
    return f"""
  <details id="m-{key}"><summary>History and portal</summary>
    <ol class="history">{history}</ol>
    <div class="line">
      <form method="post" action="/hosted/{key}/event"><button>Send webhook again</button></form>
      {give_back}
      <form class="line" method="post" action="/hosted/{key}/delete">
        <button class="danger" data-ask="Delete this order at Telnyx?">Delete in portal</button>
        <label class="tick"><input type="checkbox" name="webhook"> Send a webhook</label></form>
    </div>
  </details>"""


def lines(world: World) -> str:
    """Draw what is decided in advance about numbers and documents."""
    script = world.script
    planned = "".join(f'<span class="tag fault">{esc(status)}</span>' for status in script.document_outcomes)
    scripted = "".join(
        f"<tr><th><code>{esc(number)}</code></th><td>{esc(status)}</td></tr>"
        for number, status in script.eligibility.items()
    )
    shown, other = ("yes", "no") if script.shows_ownership else ("no", "yes")
    verb = "Show" if other == "yes" else "Hide"
    return f"""
<h2 id="lines-title">Upcoming numbers and documents</h2>
<form method="post" action="/lines/eligibility">
  <div class="pair"><label>Phone number<input name="phone_number" placeholder="+13125550101" autocomplete="off"></label>
  <label>Result of the check<select name="status"><option value="">as its digits say</option>{options(ELIGIBILITIES)}
  </select></label></div><p><button>Set result</button></p></form>
<form method="post" action="/lines/documents">
  <label>The next upload sets its order to<select name="status">{options(DOCUMENT_DECISIONS)}</select></label>
  <p class="line"><button>Set outcome</button>{planned}</p></form>
<form class="line" method="post" action="/lines/ownership"><button name="shown" value="{other}">{verb}
  ownership_successful in answers</button><span class="soft">now: {shown}</span></form>
<table>{scripted}{digits()}</table>"""


def digits() -> str:
    """Return a row for each number ending that has an effect."""
    said = dict(DEMO["eligibility"])
    said |= {ending: f"no code by {' or '.join(ways)}" for ending, ways in DEMO["code_refused"].items()}
    said |= {ending: f"{status} on activation" for ending, status in DEMO["activation"].items()}
    return "".join(
        f"<tr><th>ends in {ending}</th><td>{esc(words)}</td></tr>" for ending, words in sorted(said.items())
    )


def options(values: Iterable[str]) -> str:
    return "".join(f"<option>{esc(value)}</option>" for value in values)
