"""Draws RCS agents with their invited handsets, and what can happen to them in the portal."""

from ..messages.world import World as Messages
from ..rcs.sending import suggestions
from ..rcs.world import World
from ..state import Record
from .text import age, esc, heading

EDITABLE = ("webhook_url", "webhook_failover_url", "profile_id", "agent_name")
STATUSES = ("PENDING", "ACCEPTED", "DECLINED")


def agents(world: World, messages: Messages) -> str:
    held = [*world.agents.values()]
    head = heading("rcs", "RCS agents", f"{len(held)} at Telnyx")
    if not held:
        return head + '<p class="panel empty">No RCS agents.</p>'
    return head + "".join(
        card(
            agent,
            [one for one in world.invites.values() if one["agent_id"] == agent["agent_id"]],
            sent_as(agent, messages),
        )
        for agent in held
    )


def sent_as(agent: Record, messages: Messages) -> list[Record]:
    """Return the newest messages of an agent."""
    id = agent["agent_id"]
    found = [one for one in messages.newest_first()[:200] if is_sent_as(one["payload"], id)]
    return found[:5]


def is_sent_as(payload: Record, id: str) -> bool:
    return payload["direction"] == "outbound" and payload["from"].get("agent_id") == id


def card(agent: Record, invites: list[Record], sent: list[Record]) -> str:
    key = esc(agent["agent_id"])
    options = "".join(f"<option>{name}</option>" for name in EDITABLE)
    held = "".join(invited(key, invite) for invite in invites)
    switch = "Disable" if agent["enabled"] else "Enable"
    return f"""
<article class="record" id="r-{key}">
  <div class="top"><h3>{esc(agent["agent_name"])}</h3></div>
  <div class="meta"><span>{"enabled" if agent["enabled"] else "disabled"}</span>
    <span>events go to {esc(agent["webhook_url"] or "nowhere")}</span>
    <span>changed {age(agent["updated_at"])}</span><span class="mono">{key}</span></div>
  <ul class="numbers">{held}</ul>
  <details id="a-{key}"><summary>Portal</summary>
  <form class="decide" method="post" action="/rcs_agents/{key}/edit">
    <label>Field<select name="name">{options}</select></label>
    <label>New value<input name="value" autocomplete="off"></label>
    <div><button class="main">Change field</button></div>
  </form>
  <form method="post" action="/rcs_agents/{key}/switch"><button>{switch} agent</button></form></details>
  <details id="h-{key}"><summary>Phones</summary>
  <form class="decide" method="post" action="/rcs_agents/{key}/write">
    <label>From<input name="phone_number" value="+13035550124" autocomplete="off"></label>
    <label>Kind<select name="kind"><option>text</option><option>location</option><option>file</option></select></label>
    <label>Text<input name="text" value="Can I come later?" autocomplete="off"></label>
    <div><button class="main">Send to agent</button></div>
  </form>
  <ul class="numbers">{"".join(tappable(message) for message in sent)}</ul></details>
</article>"""


def tappable(message: Record) -> str:
    """Draw a sent message with its buttons, as on the phone."""
    payload, id = message["payload"], esc(message["id"])
    buttons = [one.get("reply") or one.get("action", {}) for one in suggestions(payload["body"])]
    forms = "".join(
        f'<form method="post" action="/rcs_messages/{id}/tap"><input type="hidden" name="button" value="{place}">'
        f"<button>Tap “{esc(button.get('text', ''))}”</button></form>"
        for place, button in enumerate(buttons)
    )
    return f"<li><code>{esc(payload['to'][0]['phone_number'])}</code> {forms or 'no buttons'}</li>"


def invited(key: str, invite: Record) -> str:
    options = "".join(f"<option>{word}</option>" for word in STATUSES)
    return (
        f"<li><code>{esc(invite['phone_number'])}</code> {esc(invite['status'])}"
        f'<form method="post" action="/rcs_agents/{key}/invite">'
        f'<input type="hidden" name="phone_number" value="{esc(invite["phone_number"])}">'
        f'<select name="status" aria-label="Status">{options}</select><button>Set status</button></form></li>'
    )
