"""Draws RCS agents with their invited handsets, and what may happen to them in the portal."""

from ..rcs.world import World
from ..state import Record
from .text import age, esc, heading

EDITABLE = ("webhook_url", "webhook_failover_url", "profile_id", "agent_name")
STATUSES = ("PENDING", "ACCEPTED", "DECLINED")


def agents(world: World) -> str:
    held = [*world.agents.values()]
    head = heading("rcs", "RCS agents", f"{len(held)} held by Telnyx")
    if not held:
        return head + '<p class="panel empty">There is none any more.</p>'
    return head + "".join(
        card(agent, [one for one in world.invites.values() if one["agent_id"] == agent["agent_id"]])
        for agent in held
    )


def card(agent: Record, invites: list[Record]) -> str:
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
    <div><button class="main">Change</button></div>
  </form>
  <form method="post" action="/rcs_agents/{key}/switch"><button>{switch}</button></form></details>
</article>"""


def invited(key: str, invite: Record) -> str:
    options = "".join(f"<option>{word}</option>" for word in STATUSES)
    return (
        f"<li><code>{esc(invite['phone_number'])}</code> {esc(invite['status'])}"
        f'<form method="post" action="/rcs_agents/{key}/invite">'
        f'<input type="hidden" name="phone_number" value="{esc(invite["phone_number"])}">'
        f'<select name="status" aria-label="Status">{options}</select><button>Set</button></form></li>'
    )
