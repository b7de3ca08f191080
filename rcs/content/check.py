"""What is wrong with RCS content: one sentence per problem, with the member it is about (docs/telnyx.md, T4.9).

Nothing here assumes that a value has the right type. What passes is valid according to Telnyx's description.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from messaging.sending import shape
from messaging.sending.shape import E164, Found, Problem

from . import limits
from .postback import is_encoded

# RFC 3339, as `format: date-time` requires.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)

KINDS = ("text", "rich_card", "content_info")


def problems(content: Any) -> list[Problem]:
    """Return everything that is wrong with the content, in order; empty if it can be sent."""
    return list(_content(content))


def _url(owner: Mapping[str, Any], name: str, pointer: str, missing: str = "") -> Found:
    return shape.url(owner, name, pointer, limits.LONGEST_URL, missing)


# The message.


def _content(content: Any) -> Found:
    yield from shape.only(content, "", (*KINDS, "suggestions"))
    if not isinstance(content, Mapping):
        return
    given = [name for name in KINDS if name in content]
    if not given:
        yield Problem("", _("Type a text, or choose a file or a card."))
    if len(given) > 1:
        yield Problem(
            "", _("A message is a text, a card or a file: only one of them. Send the others separately.")
        )
    if "text" in content:
        yield from shape.text(content, "text", "", limits.LONGEST_TEXT, _("Type a text."))
    if "content_info" in content:
        yield from _file(content["content_info"], "content_info")
    if "rich_card" in content:
        yield from _rich_card(content["rich_card"], "rich_card")
    yield from _suggestions(content, "", limits.MOST_SUGGESTIONS)


def _file(value: Any, pointer: str) -> Found:
    yield from shape.only(value, pointer, ("file_url", "thumbnail_url", "force_refresh"))
    if isinstance(value, Mapping):
        yield from _url(value, "file_url", pointer, _("Type the file URL."))
        yield from _url(value, "thumbnail_url", pointer)
        yield from shape.yes_or_no(value, "force_refresh", pointer)


# Cards.


def _rich_card(card: Any, pointer: str) -> Found:
    kinds = ("standalone_card", "carousel_card")
    yield from shape.only(card, pointer, kinds)
    if not isinstance(card, Mapping):
        return
    if not shape.exactly_one(card, kinds):
        yield Problem(pointer, _("Choose either one card or a carousel."))
    if "standalone_card" in card:
        yield from _standalone(card["standalone_card"], shape.at(pointer, "standalone_card"))
    if "carousel_card" in card:
        yield from _carousel(card["carousel_card"], shape.at(pointer, "carousel_card"))


def _standalone(card: Any, pointer: str) -> Found:
    names = ("card_orientation", "thumbnail_image_alignment", "card_content")
    yield from shape.only(card, pointer, names)
    if isinstance(card, Mapping):
        yield from shape.one_of(card, "card_orientation", pointer, limits.ORIENTATIONS)
        # Telnyx requires it even if the card is vertical (docs/telnyx.md, T4.10).
        yield from shape.one_of(card, "thumbnail_image_alignment", pointer, limits.ALIGNMENTS)
        yield from _card(card.get("card_content", {}), shape.at(pointer, "card_content"))


def _carousel(carousel: Any, pointer: str) -> Found:
    yield from shape.only(carousel, pointer, ("card_width", "card_contents"))
    if not isinstance(carousel, Mapping):
        return
    yield from shape.one_of(carousel, "card_width", pointer, limits.WIDTHS)
    listed, here = carousel.get("card_contents", []), shape.at(pointer, "card_contents")
    if not isinstance(listed, list):
        yield Problem(here, shape.malformed())
        return
    if len(listed) < limits.FEWEST_CARDS:
        words = _("A carousel needs at least %(fewest)s cards. Add one, or make it a single card.")
        yield Problem(here, words % {"fewest": limits.FEWEST_CARDS})
    if len(listed) > limits.MOST_CARDS:
        words = _("At most %(most)s cards; you have %(n)s.")
        yield Problem(here, words % {"most": limits.MOST_CARDS, "n": len(listed)})
    for place, card in enumerate(listed):
        yield from _card(card, shape.at(here, place))


def _card(card: Any, pointer: str) -> Found:
    yield from shape.only(card, pointer, ("title", "description", "media", "suggestions"))
    if not isinstance(card, Mapping):
        return
    # A rule of the phones (Google's RCS for Business reference), not of Telnyx's description.
    if "title" not in card and "media" not in card:
        yield Problem(pointer, _("A card needs a title or a picture."))
    yield from shape.text(card, "title", pointer, limits.LONGEST_TITLE)
    yield from shape.text(card, "description", pointer, limits.LONGEST_DESCRIPTION)
    if "media" in card:
        yield from _media(card["media"], shape.at(pointer, "media"))
    yield from _suggestions(card, pointer, limits.MOST_CARD_SUGGESTIONS)


def _media(media: Any, pointer: str) -> Found:
    yield from shape.only(media, pointer, ("height", "content_info"))
    if isinstance(media, Mapping):
        yield from shape.one_of(media, "height", pointer, limits.HEIGHTS, needed=False)
        yield from _file(media.get("content_info", {}), shape.at(pointer, "content_info"))


# Buttons.


def _suggestions(owner: Mapping[str, Any], pointer: str, most: int) -> Found:
    listed, here = owner.get("suggestions", []), shape.at(pointer, "suggestions")
    if not isinstance(listed, list):
        yield Problem(here, shape.malformed())
        return
    if len(listed) > most:
        words = _("At most %(most)s buttons; you have %(n)s.")
        yield Problem(here, words % {"most": most, "n": len(listed)})
    for place, suggestion in enumerate(listed):
        yield from _suggestion(suggestion, shape.at(here, place))


def _suggestion(suggestion: Any, pointer: str) -> Found:
    yield from shape.only(suggestion, pointer, ("reply", "action"))
    if not isinstance(suggestion, Mapping):
        return
    if not shape.exactly_one(suggestion, ("reply", "action")):
        yield Problem(pointer, _("A button either replies or does something else: choose one."))
    if "reply" in suggestion:
        here = shape.at(pointer, "reply")
        yield from shape.only(suggestion["reply"], here, ("text", "postback_data"))
        yield from _label(suggestion["reply"], here)
    if "action" in suggestion:
        yield from _action(suggestion["action"], shape.at(pointer, "action"))


def _label(button: Any, pointer: str) -> Found:
    if not isinstance(button, Mapping):
        return
    yield from shape.text(button, "text", pointer, limits.LONGEST_LABEL, _("Type the button text."))
    if "postback_data" in button:
        yield from _postback(button, pointer)


def _postback(button: Mapping[str, Any], pointer: str) -> Found:
    value, here = button["postback_data"], shape.at(pointer, "postback_data")
    if not isinstance(value, str) or not is_encoded(value):
        yield Problem(here, _("The data sent back must be base64."))
    elif not value:
        yield Problem(here, shape.empty())
    elif len(value) > limits.LONGEST_POSTBACK:
        words = _("The data sent back is too long: at most %(most)s characters in base64; you have %(n)s.")
        yield Problem(here, words % {"most": limits.LONGEST_POSTBACK, "n": len(value)})


def _action(action: Any, pointer: str) -> Found:
    yield from shape.only(action, pointer, ("text", "postback_data", "fallback_url", *limits.ACTIONS))
    if not isinstance(action, Mapping):
        return
    yield from _label(action, pointer)
    yield from _url(action, "fallback_url", pointer)
    if not shape.exactly_one(action, limits.ACTIONS):
        yield Problem(pointer, _("Choose one thing for the button to do."))
    for name, check in ACTION_CHECKS.items():
        if name in action:
            yield from check(action[name], shape.at(pointer, name))


def _open_url(action: Any, pointer: str) -> Found:
    yield from shape.only(action, pointer, ("url", "application", "webview_view_mode", "description"))
    if isinstance(action, Mapping):
        yield from _url(action, "url", pointer, _("Type the URL the button opens."))
        yield from shape.one_of(action, "application", pointer, limits.APPLICATIONS)
        yield from shape.one_of(action, "webview_view_mode", pointer, limits.VIEW_MODES)
        yield from shape.text(action, "description", pointer, limits.LONGEST_EVENT_DESCRIPTION)


def _dial(action: Any, pointer: str) -> Found:
    yield from shape.only(action, pointer, ("phone_number",))
    if not isinstance(action, Mapping):
        return
    number, here = action.get("phone_number"), shape.at(pointer, "phone_number")
    if not number:
        yield Problem(here, _("Type the number the button calls."))
    elif not isinstance(number, str) or not E164.fullmatch(number):
        words = _("Type the number with its country code, digits only, such as +13125550123.")
        yield Problem(here, words)


def _view_location(action: Any, pointer: str) -> Found:
    yield from shape.only(action, pointer, ("lat_long", "label", "query"))
    if not isinstance(action, Mapping):
        return
    if "lat_long" not in action and "query" not in action:
        yield Problem(pointer, _("Enter the place: its coordinates, or words to search for."))
    if "lat_long" in action:
        here = shape.at(pointer, "lat_long")
        yield from shape.only(action["lat_long"], here, ("latitude", "longitude"))
        yield from _degrees(action["lat_long"], "latitude", here, limits.MOST_LATITUDE)
        yield from _degrees(action["lat_long"], "longitude", here, limits.MOST_LONGITUDE)
    yield from shape.text(action, "label", pointer, None)
    yield from shape.text(action, "query", pointer, None)


def _degrees(place: Any, name: str, pointer: str, most: int) -> Found:
    if not isinstance(place, Mapping):
        return
    value: Any = place.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not -most <= value <= most:
        words = _("Type a number from -%(most)s to %(most)s.")
        yield Problem(shape.at(pointer, name), words % {"most": most})


def _share_location(action: Any, pointer: str) -> Found:
    yield from shape.only(action, pointer, ())


def _calendar(action: Any, pointer: str) -> Found:
    yield from shape.only(action, pointer, ("title", "description", "start_time", "end_time"))
    if not isinstance(action, Mapping):
        return
    yield from shape.text(
        action, "title", pointer, limits.LONGEST_EVENT_TITLE, _("Type a title for the entry.")
    )
    yield from shape.text(action, "description", pointer, limits.LONGEST_EVENT_DESCRIPTION)
    times = {name: _moment(action.get(name)) for name in ("start_time", "end_time")}
    for name, at in times.items():
        if at is None:
            words = _("Enter the day, time and time zone, such as 2026-10-02T15:00:00Z.")
            yield Problem(shape.at(pointer, name), words)
    start, end = times.values()
    if start and end and end <= start:
        yield Problem(shape.at(pointer, "end_time"), _("The end must be after the start."))


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


ACTION_CHECKS = {
    "open_url_action": _open_url,
    "dial_action": _dial,
    "view_location_action": _view_location,
    "share_location_action": _share_location,
    "create_calendar_event_action": _calendar,
}
