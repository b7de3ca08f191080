"""Whether somebody asked not to be texted: the one question every send asks, answered in one place."""

from django.utils.translation import gettext as _

from messaging.log.choices import Direction
from messaging.models.messages import Message

STOP, START = "STOP", "START"


def why_not(profile_id: str, number: str) -> str:
    """Return why a handset must not be texted from this profile, or ""; the newest STOP or START we heard decides.

    A message that names no profile counts for all of them.
    """
    heard = Message.objects.filter(
        their_address=number, direction=Direction.INBOUND, autoresponse_type__in=[STOP, START]
    )
    if profile_id:
        heard = heard.filter(messaging_profile_id=profile_id) | heard.filter(messaging_profile_id=None)
    newest = heard.order_by("-happened_at", "-id").first()
    if newest is None or newest.autoresponse_type == START:
        return ""
    return _(
        "They asked not to be texted (STOP). Only they can lift that, by texting START to the same number."
    )
