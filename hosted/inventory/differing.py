"""The settings of hosted numbers that someone changed in Telnyx's portal, for the page of all differences."""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from messaging.desk import differing
from messaging.desk.differing import Kind, Row

from ..models import SettingChange
from .page import names_of, value_words


def show(keys: Sequence[str]) -> Mapping[str, Row]:
    """Return what was changed, each with both values. Two queries."""
    changes = list(SettingChange.objects.filter(pk__in=keys).select_related("number"))
    of_profiles = [change for change in changes if change.setting == "messaging_profile_id"]
    names = names_of(str(value) for change in of_profiles for value in (change.before, change.after))
    return {
        str(change.pk): differing.taken_over(
            change,
            change.number,
            reverse("admin:hosted_hostednumber_change", args=[change.number_id]),
            value_words(change.setting, change.before, names),
            value_words(change.setting, change.after, names),
        )
        for change in changes
    }


NUMBERS = Kind(
    "hostednumber",
    _("Hosted numbers"),
    "hosted.view_hostednumber",
    lambda: differing.elsewhere(SettingChange, "hostednumber"),
    show,
)
