"""Do messages that people write to an agent reach this desk?"""

from typing import Any

from django.utils.translation import gettext as _

from messaging.profiles.webhook_check import is_ours, our_address

from ..models import RcsAgent

__all__ = ["is_ours", "our_address"]


def problems(agent: RcsAgent) -> list[str]:
    """Return why events of this agent do not reach us."""
    if not agent.webhook_url:
        return [_("Its events go nowhere: no address is set.")]
    if our_address() and not is_ours(agent.webhook_url):
        return [_("Its events go to %(url)s, not to this desk.") % {"url": agent.webhook_url}]
    return []


def fixes(agent: RcsAgent) -> dict[str, Any]:
    """Return the change that sends the events here, or an empty dict if there is nothing to change."""
    return {"webhook_url": our_address()} if our_address() and problems(agent) else {}
