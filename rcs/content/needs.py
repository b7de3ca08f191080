"""What a phone must be able to show, in Telnyx's terms (docs/telnyx.md, T4.21)."""

from collections.abc import Iterator, Mapping
from typing import Any

from .limits import ACTIONS

FEATURES = {
    "dial_action": "ACTION_DIAL",
    "view_location_action": "ACTION_VIEW_LOCATION",
    "share_location_action": "ACTION_SHARE_LOCATION",
    "create_calendar_event_action": "ACTION_CREATE_CALENDAR_EVENT",
}
OPEN_URL, OPEN_URL_INSIDE = "ACTION_OPEN_URL", "ACTION_OPEN_URL_IN_WEBVIEW"
STANDALONE, CAROUSEL = "RICHCARD_STANDALONE", "RICHCARD_CAROUSEL"


def needs(content: Any) -> set[str]:
    """Return the features a phone needs to show this; texts, files and replies need only RCS itself.

    An action with a `fallback_url` works on every phone, so it needs nothing.
    """
    if not isinstance(content, Mapping):
        return set()
    card = content.get("rich_card")
    found: set[str] = set()
    if isinstance(card, Mapping):
        found |= {STANDALONE} if "standalone_card" in card else set()
        found |= {CAROUSEL} if "carousel_card" in card else set()
    for suggestion in suggestions(content):
        action = suggestion.get("action")
        if isinstance(action, Mapping) and not action.get("fallback_url"):
            found |= {_feature(name, action[name]) for name in ACTIONS if name in action}
    return found


def _feature(name: str, action: Any) -> str:
    if name != "open_url_action":
        return FEATURES[name]
    inside = isinstance(action, Mapping) and action.get("application") == "WEBVIEW"
    return OPEN_URL_INSIDE if inside else OPEN_URL


def cards(content: Any) -> list[Mapping[str, Any]]:
    """Return the contents of all cards."""
    rich = _get(content, "rich_card")
    several = _get(_get(rich, "carousel_card"), "card_contents")
    found = [_get(_get(rich, "standalone_card"), "card_content")]
    found += several if isinstance(several, list) else []
    return [card for card in found if isinstance(card, Mapping)]


def suggestions(content: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the buttons of the message and its cards."""
    for owner in (content, *cards(content)):
        listed = _get(owner, "suggestions")
        yield from (one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, Mapping))


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None
