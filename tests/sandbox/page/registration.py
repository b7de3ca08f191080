"""Draws the registrations of RCS brands and agents, and what reviewers and carriers can decide."""

from ..rcs.registration import CARRIERS, Registration, contract
from ..state import Record
from .text import age, esc, heading


def registrations(held: Registration) -> str:
    brands, agents = [*held.brands.values()], [*held.agents.values()]
    head = heading("registrations", "RCS registrations", f"{len(brands)} brands, {len(agents)} agents")
    if not brands:
        return head + '<p class="panel empty">No RCS brands.</p>'
    return head + "".join(brand_card(one) for one in brands) + "".join(agent_card(one) for one in agents)


def choice(name: str, words: list[str], chosen: str = "") -> str:
    options = "".join(
        f"<option{' selected' if word == chosen else ''}>{esc(word)}</option>" for word in words
    )
    return f'<select name="{name}" aria-label="{name}">{options}</select>'


def brand_card(brand: Record) -> str:
    key = esc(brand["brand_id"])
    states = choice("status", contract.enums["brand_state"], brand["status"])
    return f"""
<article class="record" id="b-{key}">
  <div class="top"><h3>{esc(brand["display_name"])}</h3></div>
  <div class="meta"><span>brand, {esc(brand["status"])}</span>
    <span>changed {age(brand["updated_at"])}</span><span class="mono">{key}</span></div>
  <form class="decide" method="post" action="/rcs_brands/{key}/status">{states}<button>Set status</button></form>
</article>"""


def agent_card(agent: Record) -> str:
    key = esc(agent["agent_id"])
    states = choice("status", contract.enums["agent_state"], agent["status"])
    approvals = "".join(
        f"<li>{esc(one['carrier'] or one['scope_type'])}: {esc(one['status'])}</li>"
        for one in agent["carrier_approvals"]
    )
    decisions = choice("status", contract.enums["approval"], "APPROVED")
    return f"""
<article class="record" id="g-{key}">
  <div class="top"><h3>{esc(agent["display_name"])}</h3></div>
  <div class="meta"><span>agent, {esc(agent["status"])}</span>
    <span>changed {age(agent["updated_at"])}</span><span class="mono">{key}</span></div>
  <form class="decide" method="post" action="/rcs_registrations/{key}/status">{states}<button>Set status</button></form>
  <ul class="numbers">{approvals}</ul>
  <form class="decide" method="post" action="/rcs_registrations/{key}/approval">
    {choice("carrier", list(CARRIERS))}{decisions}
    <label>Reason<input name="reason" autocomplete="off"></label><button>Decide</button></form>
</article>"""
