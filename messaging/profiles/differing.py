"""The settings of messaging profiles that someone changed in Telnyx's portal, for the page of all differences."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.desk import differing
from messaging.desk.differing import Kind, Row
from messaging.models import ProfileChange

from . import page


def show(keys: Sequence[str]) -> Mapping[str, Row]:
    """Return what was changed, each with both values."""
    return {
        str(change.pk): differing.taken_over(
            change,
            change.profile,
            page.page_url(change.profile),
            value(change.setting, change.before),
            value(change.setting, change.after),
        )
        for change in ProfileChange.objects.filter(pk__in=keys).select_related("profile")
    }


def value(setting: str, held: Any) -> str:
    """Return a setting's value as its page shows it."""
    return page.SHOWN.get(setting, page.plain)(held)


PROFILES = Kind(
    "profile",
    _("Messaging profiles"),
    "messaging.view_messagingprofile",
    lambda: differing.elsewhere(ProfileChange, "profile"),
    show,
)
