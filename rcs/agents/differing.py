"""The settings of RCS agents that someone changed in Telnyx's portal, for the page of all differences."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from messaging.desk import differing
from messaging.desk.differing import Kind, Row
from messaging.models import MessagingProfile

from ..models import AgentChange
from . import page


def show(keys: Sequence[str]) -> Mapping[str, Row]:
    """Return what was changed, each with both values. Two queries."""
    changes = list(AgentChange.objects.filter(pk__in=keys).select_related("agent"))
    of_profiles = [change for change in changes if change.setting == "messaging_profile_id"]
    ids = {value for change in of_profiles for value in (change.before, change.after) if value}
    names = dict(MessagingProfile.objects.filter(remote_id__in=ids).values_list("remote_id", "name"))
    return {
        str(change.pk): differing.taken_over(
            change,
            change.agent,
            page.page_url(change.agent),
            page.value(change.before, names),
            page.value(change.after, names),
        )
        for change in changes
    }


AGENTS = Kind(
    "rcsagent",
    _("RCS agents"),
    "rcs.view_rcsagent",
    lambda: differing.elsewhere(AgentChange, "rcsagent"),
    show,
)
