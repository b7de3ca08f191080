"""Draws messaging profiles with their senders, and what can happen to them in the portal."""

from ..profiles.world import World
from ..state import Record
from .text import age, esc, heading

EDITABLE = ("webhook_url", "webhook_api_version", "name", "daily_spend_limit")


def profiles(world: World) -> str:
    held = list(reversed(world.profiles.values()))
    head = heading("profiles", "Messaging profiles", f"{len(held)} at Telnyx, newest first")
    if not held:
        return head + '<p class="panel empty">No messaging profiles.</p>'
    return head + "".join(card(profile, world.senders_of(profile["id"])) for profile in held)


def card(profile: Record, senders: list[Record]) -> str:
    key = profile["id"]
    options = "".join(f"<option>{name}</option>" for name in EDITABLE)
    held = "".join(
        f'<li><code>{esc(sender["alphanumeric_sender_id"])}</code><form method="post" '
        f'action="/senders/{sender["id"]}/delete"><button class="danger">Delete in portal</button></form></li>'
        for sender in senders
    )
    return f"""
<article class="record" id="r-{key}">
  <div class="top"><h3>{esc(profile["name"])}</h3></div>
  <div class="meta"><span>events go to {esc(profile["webhook_url"] or "nowhere")}</span>
    <span>format {esc(profile["webhook_api_version"])}</span><span>changed {age(profile["updated_at"])}</span>
    <span class="mono">{key}</span></div>
  <ul class="numbers">{held}</ul>
  <details id="p-{key}"><summary>Portal</summary>
  <form class="decide" method="post" action="/profiles/{key}/edit">
    <label>Field<select name="name">{options}</select></label>
    <label>New value<input name="value" autocomplete="off"></label>
    <div><button class="main">Change field</button></div>
  </form>
  <form method="post" action="/profiles/{key}/delete">
    <button class="danger" data-ask="Delete this profile at Telnyx?">Delete profile</button></form></details>
</article>"""
