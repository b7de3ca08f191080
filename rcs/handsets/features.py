"""What a phone can show, in words. Telnyx may add features: one we don't know is shown as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.wording import Words

from ..models.capabilities import Capability

# docs/telnyx.md, T4.21.
FEATURES: Mapping[str, Words] = {
    "GENERIC_RCS_FEATURE": gettext_lazy("texts"),
    "RICHCARD_STANDALONE": gettext_lazy("cards with pictures and buttons"),
    "RICHCARD_CAROUSEL": gettext_lazy("carousels"),
    "ACTION_OPEN_URL": gettext_lazy("buttons that open a web page"),
    "ACTION_OPEN_URL_IN_WEBVIEW": gettext_lazy("web pages inside the conversation"),
    "ACTION_DIAL": gettext_lazy("buttons that call"),
    "ACTION_VIEW_LOCATION": gettext_lazy("buttons that show a place on a map"),
    "ACTION_SHARE_LOCATION": gettext_lazy("buttons that ask for a location"),
    "ACTION_CREATE_CALENDAR_EVENT": gettext_lazy("buttons that create a calendar entry"),
    "ACTION_COMPOSE": gettext_lazy("buttons that start a message"),
}


@dataclass(frozen=True)
class Feature:
    words: Words
    raw: str
    is_known: bool


def features(told: Any) -> list[Feature]:
    """Return the features in a fixed order, with the ones we don't know last."""
    named = [name for name in told if isinstance(name, str)] if isinstance(told, list) else []
    known = [Feature(words, name, True) for name, words in FEATURES.items() if name in named]
    return known + [
        Feature(_("%(word)s (not recognized)") % {"word": name}, name, False)
        for name in dict.fromkeys(named)
        if name not in FEATURES
    ]


def in_words(capability: Capability) -> str:
    """Return what a phone can do, in one line; empty if nothing is known."""
    found = features(capability.features)
    if len([feature for feature in found if feature.is_known]) == len(FEATURES) == len(found):
        return _("everything RCS offers")
    return ", ".join(str(feature.words) for feature in found)


def state(capability: Capability) -> tuple[str, Words]:
    """Return the group and the label of a phone's pill."""
    if capability.is_waiting() and not capability.is_known():
        return "under_way", _("Checking")
    if not capability.is_known() or (capability.error and not capability.is_waiting()):
        return "closed", _("Unknown")
    return ("done", _("RCS")) if capability.has_rcs else ("closed", _("No RCS"))
