"""Whether someone asked not to be texted: the one question every send asks, answered in one place."""

from django.utils.translation import gettext as _

from messaging.optouts import reconcile


def why_not(profile_id: str, number: str) -> str:
    """Return why a phone must not be texted from this profile, or ""."""
    row = reconcile.blocks(profile_id, number)
    if row is None:
        return ""
    if row.is_ours:
        return _("We block this number ourselves. It is in the list of opt-outs.")
    return _(
        "They asked not to be texted (STOP). Only they can lift that, by texting START to the same number."
    )
