"""Do the events of a profile reach this desk, in the format it reads?"""

import re
from typing import Any

from django.utils.translation import gettext as _

from messaging.mirror import account
from messaging.models import MessagingProfile

FORMAT = "2"


def our_address() -> str:
    """Return where profiles must send their events, or "" if this desk has no public address."""
    return account.webhook_url()


def is_ours(url: str) -> bool:
    """Return True if an address is ours, with or without the token of a request."""
    ours = our_address()
    return (
        bool(ours) and re.fullmatch(rf"{re.escape(ours.rstrip('/'))}/?(?:[0-9a-f]{{32}}/?)?", url) is not None
    )


def problems(profile: MessagingProfile) -> list[str]:
    """Return why events of this profile do not reach us, or reach us in a format we can't read."""
    found = []
    if not profile.webhook_url:
        found.append(_("Its events go nowhere: no address is set."))
    elif our_address() and not is_ours(profile.webhook_url):
        found.append(_("Its events go to %(url)s, not to this desk.") % {"url": profile.webhook_url})
    if profile.webhook_api_version != FORMAT:
        words = _("Its events come in an old format (%(version)s) that this desk doesn't read.")
        found.append(words % {"version": profile.webhook_api_version or _("not reported")})
    return found


def fixes(profile: MessagingProfile) -> dict[str, Any]:
    """Return the change that makes the events come here, in our format; empty if nothing needs to change."""
    wanted: dict[str, Any] = {}
    if our_address() and not is_ours(profile.webhook_url):
        wanted["webhook_url"] = our_address()
    if profile.webhook_api_version != FORMAT:
        wanted["webhook_api_version"] = FORMAT
    return wanted
