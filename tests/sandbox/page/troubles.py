"""Draws what can go wrong next: webhooks, faults, and the words that cause them."""

from typing import TYPE_CHECKING, Any

from ..autopilot import CHANGES, NO_REGISTRATION, REJECTIONS
from ..faults import KINDS
from ..triggers import TRIGGERS
from ..webhooks import ACTIONS
from .text import SPOILED, esc

if TYPE_CHECKING:
    from ..app import App

BUTTONS = [
    ("repeat", "Send twice"),
    ("delay", "Delay"),
    ("reorder", "Swap next two"),
    ("hold", "Hold back"),
    ("lose", "Lose"),
    ("missign", "Sign with wrong key"),
    ("stale", "Send with old timestamp"),
]


def webhooks(app: "App") -> str:
    planned = [SPOILED[plan["action"]] for plan in app.sender.next_actions]
    plan = "".join(f'<span class="tag fault">{esc(word)}</span>' for word in planned)
    usual = '<button name="action" value="usual">Send as usual</button>' if planned else ""
    buttons = "".join(
        f'<button name="action" value="{action}" title="{esc(ACTIONS.get(action, "the later one arrives first"))}">'
        f"{esc(words)}</button>"
        for action, words in BUTTONS
    )
    held = (
        f'<form class="line" method="post" action="/release"><span class="soft">{len(app.sender.held)} held back</span>'
        "<button>Send all, newest first</button></form>"
        if app.sender.held
        else ""
    )
    return f"""
<h2 id="webhooks-title">The next webhook</h2>
<p class="line">{plan or '<span class="soft">will be sent as usual</span>'}</p>
<form method="post" action="/webhooks">
  <div class="buttons">{buttons}{usual}</div>
  <p class="line"><label class="tick">Delay by <input class="narrow" type="number" name="seconds" value="5" min="0"
    max="3600"> seconds</label></p>
</form>
{held}
<p class="soft">The toll-free event is our assumption: Telnyx does not publish what it looks like.</p>"""


def faults(app: "App") -> str:
    kinds = "".join(f'<option value="{name}">{esc(kind.words)}</option>' for name, kind in KINDS.items())
    moments = sorted({moment for kind in KINDS.values() for moment in kind.moments})
    moments_shown = "".join(f"<option>{name}</option>" for name in moments)
    methods = "".join(f"<option>{method}</option>" for method in ("POST", "PATCH", "DELETE", "GET"))
    waiting = "".join(f"<li>{esc(summary(fault.describe()))}</li>" for fault in app.faults.script)
    clear = '<form method="post" action="/faults/clear"><button>Clear faults</button></form>'
    return f"""
<h2 id="faults-title">Break the next requests</h2>
{f'<ul class="history">{waiting}</ul>{clear}' if waiting else '<p class="soft">No faults scripted.</p>'}
<form method="post" action="/faults">
  <div class="pair">
    <label>What Telnyx does<select name="kind">{kinds}</select></label>
    <label>Method<select name="method"><option value="">any method</option>{methods}</select></label>
    <label>Path matches<input name="path" placeholder="requests$" autocomplete="off"></label>
    <label>How many times<input type="number" name="count" value="1" min="1" max="1000"></label>
    <label>Status<input type="number" name="status" placeholder="default" min="200" max="599"></label>
    <label>Seconds<input type="number" name="seconds" value="5" min="0" max="600" step="any"></label>
    <label>When<select name="when"><option value="">default</option>{moments_shown}</select></label>
    <label class="tick"><input type="checkbox" name="store"> Store the request first</label>
  </div>
  <p class="line"><button class="main">Script fault</button></p>
</form>"""


def summary(fault: dict[str, Any]) -> str:
    count = fault["count"]
    times = "until cleared" if count is None else "once" if count == 1 else f"{count} times"
    where = f"{fault.get('method', 'any method')} {fault.get('path', 'any path')}"
    extra = ", ".join(f"{name} {fault[name]}" for name in ("status", "when") if name in fault)
    return f"{KINDS[fault['kind']].words}{f' ({extra})' if extra else ''}: {where}, {times}"


def words() -> str:
    rows = "".join(
        f"<tr><th><code>{esc(word)}</code></th><td>{esc(trigger.words)}</td></tr>"
        for word, trigger in TRIGGERS.items()
    )
    reasons = "".join(f'<option value="{esc(text)}">' for text in (*CHANGES, *REJECTIONS, NO_REGISTRATION))
    return f"""
<h2 id="words-title">Trigger words</h2>
<p class="soft">Put one in the business name when you create a request:</p>
<table>{rows}</table><datalist id="reasons">{reasons}</datalist>"""
