"""What is wrong with RCS content: one sentence per problem, with the member it is about (docs/telnyx.md, T4.9).

Nothing here assumes that a value has the right type. What passes is valid according to Telnyx's description.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from messaging.mirror.records.wire import UNSTORABLE
from messaging.validators import check_public_url

from . import limits
from .postback import is_encoded

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# RFC 3339, as `format: date-time` requires.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)

KINDS = ("text", "rich_card", "content_info")


@dataclass(frozen=True)
class Problem:
    """One broken rule; `pointer` names the member, such as `rich_card.carousel_card.card_contents.3.title`."""

    pointer: str
    words: str


Found = Iterator[Problem]


def problems(content: Any) -> list[Problem]:
    """Return everything that is wrong with the content, in order; empty if it can be sent."""
    return list(_content(content))


def _at(pointer: str, name: str | int) -> str:
    return f"{pointer}.{name}" if pointer else str(name)


# Structures that occur more than once.


def _malformed() -> str:
    return _("This part isn't in the format Telnyx needs. Remove it and add it again.")


def _object(value: Any, pointer: str, names: Sequence[str]) -> Found:
    """Yield what is wrong with an object itself: not an object, or members Telnyx does not describe."""
    if not isinstance(value, Mapping):
        yield Problem(pointer, _malformed())
        return
    for name in value:
        if name not in names:
            words = _("Telnyx doesn't recognize “%(name)s” here. Remove it.")
            yield Problem(_at(pointer, name), words % {"name": name})


def _text(owner: Mapping[str, Any], name: str, pointer: str, longest: int | None, missing: str = "") -> Found:
    """Check a text in an object; `missing` is the sentence to show if a required text is missing."""
    value, here = owner.get(name), _at(pointer, name)
    if name not in owner or value == "":
        if missing:
            yield Problem(here, missing)
        elif name in owner:
            yield Problem(here, _("This is empty. Type something or remove it."))
    elif not isinstance(value, str):
        yield Problem(here, _("This must be text."))
    elif UNSTORABLE.search(value):
        yield Problem(here, _("This contains a character that can't be sent. Type the text again."))
    elif not value.strip():
        yield Problem(here, missing or _("There are only spaces here."))
    elif longest and len(value) > longest:
        words = _("At most %(most)s characters; you have %(n)s.")
        yield Problem(here, words % {"most": longest, "n": len(value)})


def _one_of(
    owner: Mapping[str, Any], name: str, pointer: str, words: Sequence[str], *, needed: bool = True
) -> Found:
    if name not in owner:
        if needed:
            yield Problem(_at(pointer, name), _("Choose one; Telnyx requires it."))
    elif owner[name] not in words:
        yield Problem(_at(pointer, name), _("Choose one of: %(words)s.") % {"words": ", ".join(words)})


def _url(owner: Mapping[str, Any], name: str, pointer: str, missing: str = "") -> Found:
    wrong = list(_text(owner, name, pointer, limits.LONGEST_URL, missing))
    yield from wrong
    if name in owner and not wrong:
        try:
            check_public_url(owner[name])
        except ValidationError as error:
            yield Problem(_at(pointer, name), str(error.message))


def _exactly_one(owner: Mapping[str, Any], names: Sequence[str]) -> bool:
    return len([name for name in names if name in owner]) == 1


# The message.


def _content(content: Any) -> Found:
    yield from _object(content, "", (*KINDS, "suggestions"))
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
        yield from _text(content, "text", "", limits.LONGEST_TEXT, _("Type a text."))
    if "content_info" in content:
        yield from _file(content["content_info"], "content_info")
    if "rich_card" in content:
        yield from _rich_card(content["rich_card"], "rich_card")
    yield from _suggestions(content, "", limits.MOST_SUGGESTIONS)


def _file(value: Any, pointer: str) -> Found:
    yield from _object(value, pointer, ("file_url", "thumbnail_url", "force_refresh"))
    if isinstance(value, Mapping):
        yield from _url(value, "file_url", pointer, _("Type the file URL."))
        yield from _url(value, "thumbnail_url", pointer)
        if not isinstance(value.get("force_refresh", False), bool):
            yield Problem(_at(pointer, "force_refresh"), _("This must be yes or no."))


# Cards.


def _rich_card(card: Any, pointer: str) -> Found:
    kinds = ("standalone_card", "carousel_card")
    yield from _object(card, pointer, kinds)
    if not isinstance(card, Mapping):
        return
    if not _exactly_one(card, kinds):
        yield Problem(pointer, _("Choose either one card or a carousel."))
    if "standalone_card" in card:
        yield from _standalone(card["standalone_card"], _at(pointer, "standalone_card"))
    if "carousel_card" in card:
        yield from _carousel(card["carousel_card"], _at(pointer, "carousel_card"))


def _standalone(card: Any, pointer: str) -> Found:
    names = ("card_orientation", "thumbnail_image_alignment", "card_content")
    yield from _object(card, pointer, names)
    if isinstance(card, Mapping):
        yield from _one_of(card, "card_orientation", pointer, limits.ORIENTATIONS)
        # Telnyx requires it even if the card is vertical (docs/telnyx.md, T4.10).
        yield from _one_of(card, "thumbnail_image_alignment", pointer, limits.ALIGNMENTS)
        yield from _card(card.get("card_content", {}), _at(pointer, "card_content"))


def _carousel(carousel: Any, pointer: str) -> Found:
    yield from _object(carousel, pointer, ("card_width", "card_contents"))
    if not isinstance(carousel, Mapping):
        return
    yield from _one_of(carousel, "card_width", pointer, limits.WIDTHS)
    listed, here = carousel.get("card_contents", []), _at(pointer, "card_contents")
    if not isinstance(listed, list):
        yield Problem(here, _malformed())
        return
    if len(listed) < limits.FEWEST_CARDS:
        words = _("A carousel needs at least %(fewest)s cards. Add one, or make it a single card.")
        yield Problem(here, words % {"fewest": limits.FEWEST_CARDS})
    if len(listed) > limits.MOST_CARDS:
        words = _("At most %(most)s cards; you have %(n)s.")
        yield Problem(here, words % {"most": limits.MOST_CARDS, "n": len(listed)})
    for place, card in enumerate(listed):
        yield from _card(card, _at(here, place))


def _card(card: Any, pointer: str) -> Found:
    yield from _object(card, pointer, ("title", "description", "media", "suggestions"))
    if not isinstance(card, Mapping):
        return
    # A rule of the phones (Google's RCS for Business reference), not of Telnyx's description.
    if "title" not in card and "media" not in card:
        yield Problem(pointer, _("A card needs a title or a picture."))
    yield from _text(card, "title", pointer, limits.LONGEST_TITLE)
    yield from _text(card, "description", pointer, limits.LONGEST_DESCRIPTION)
    if "media" in card:
        yield from _media(card["media"], _at(pointer, "media"))
    yield from _suggestions(card, pointer, limits.MOST_CARD_SUGGESTIONS)


def _media(media: Any, pointer: str) -> Found:
    yield from _object(media, pointer, ("height", "content_info"))
    if isinstance(media, Mapping):
        yield from _one_of(media, "height", pointer, limits.HEIGHTS, needed=False)
        yield from _file(media.get("content_info", {}), _at(pointer, "content_info"))


# Buttons.


def _suggestions(owner: Mapping[str, Any], pointer: str, most: int) -> Found:
    listed, here = owner.get("suggestions", []), _at(pointer, "suggestions")
    if not isinstance(listed, list):
        yield Problem(here, _malformed())
        return
    if len(listed) > most:
        words = _("At most %(most)s buttons; you have %(n)s.")
        yield Problem(here, words % {"most": most, "n": len(listed)})
    for place, suggestion in enumerate(listed):
        yield from _suggestion(suggestion, _at(here, place))


def _suggestion(suggestion: Any, pointer: str) -> Found:
    yield from _object(suggestion, pointer, ("reply", "action"))
    if not isinstance(suggestion, Mapping):
        return
    if not _exactly_one(suggestion, ("reply", "action")):
        yield Problem(pointer, _("A button either replies or does something else: choose one."))
    if "reply" in suggestion:
        here = _at(pointer, "reply")
        yield from _object(suggestion["reply"], here, ("text", "postback_data"))
        yield from _label(suggestion["reply"], here)
    if "action" in suggestion:
        yield from _action(suggestion["action"], _at(pointer, "action"))


def _label(button: Any, pointer: str) -> Found:
    if not isinstance(button, Mapping):
        return
    yield from _text(button, "text", pointer, limits.LONGEST_LABEL, _("Type the button text."))
    if "postback_data" in button:
        yield from _postback(button, pointer)


def _postback(button: Mapping[str, Any], pointer: str) -> Found:
    value, here = button["postback_data"], _at(pointer, "postback_data")
    if not isinstance(value, str) or not is_encoded(value):
        yield Problem(here, _("The data sent back must be base64."))
    elif not value:
        yield Problem(here, _("This is empty. Type something or remove it."))
    elif len(value) > limits.LONGEST_POSTBACK:
        words = _("The data sent back is too long: at most %(most)s characters in base64; you have %(n)s.")
        yield Problem(here, words % {"most": limits.LONGEST_POSTBACK, "n": len(value)})


def _action(action: Any, pointer: str) -> Found:
    yield from _object(action, pointer, ("text", "postback_data", "fallback_url", *limits.ACTIONS))
    if not isinstance(action, Mapping):
        return
    yield from _label(action, pointer)
    yield from _url(action, "fallback_url", pointer)
    if not _exactly_one(action, limits.ACTIONS):
        yield Problem(pointer, _("Choose one thing for the button to do."))
    for name, check in ACTION_CHECKS.items():
        if name in action:
            yield from check(action[name], _at(pointer, name))


def _open_url(action: Any, pointer: str) -> Found:
    yield from _object(action, pointer, ("url", "application", "webview_view_mode", "description"))
    if isinstance(action, Mapping):
        yield from _url(action, "url", pointer, _("Type the URL the button opens."))
        yield from _one_of(action, "application", pointer, limits.APPLICATIONS)
        yield from _one_of(action, "webview_view_mode", pointer, limits.VIEW_MODES)
        yield from _text(action, "description", pointer, limits.LONGEST_EVENT_DESCRIPTION)


def _dial(action: Any, pointer: str) -> Found:
    yield from _object(action, pointer, ("phone_number",))
    if not isinstance(action, Mapping):
        return
    number, here = action.get("phone_number"), _at(pointer, "phone_number")
    if not number:
        yield Problem(here, _("Type the number the button calls."))
    elif not isinstance(number, str) or not E164.fullmatch(number):
        words = _("Type the number with its country code, digits only, such as +13125550123.")
        yield Problem(here, words)


def _view_location(action: Any, pointer: str) -> Found:
    yield from _object(action, pointer, ("lat_long", "label", "query"))
    if not isinstance(action, Mapping):
        return
    if "lat_long" not in action and "query" not in action:
        yield Problem(pointer, _("Give the place: its coordinates, or words to search for."))
    if "lat_long" in action:
        here = _at(pointer, "lat_long")
        yield from _object(action["lat_long"], here, ("latitude", "longitude"))
        yield from _degrees(action["lat_long"], "latitude", here, limits.MOST_LATITUDE)
        yield from _degrees(action["lat_long"], "longitude", here, limits.MOST_LONGITUDE)
    yield from _text(action, "label", pointer, None)
    yield from _text(action, "query", pointer, None)


def _degrees(place: Any, name: str, pointer: str, most: int) -> Found:
    if not isinstance(place, Mapping):
        return
    value: Any = place.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not -most <= value <= most:
        words = _("Type a number from -%(most)s to %(most)s.")
        yield Problem(_at(pointer, name), words % {"most": most})


def _share_location(action: Any, pointer: str) -> Found:
    yield from _object(action, pointer, ())


def _calendar(action: Any, pointer: str) -> Found:
    yield from _object(action, pointer, ("title", "description", "start_time", "end_time"))
    if not isinstance(action, Mapping):
        return
    yield from _text(action, "title", pointer, limits.LONGEST_EVENT_TITLE, _("Type a title for the entry."))
    yield from _text(action, "description", pointer, limits.LONGEST_EVENT_DESCRIPTION)
    times = {name: _moment(action.get(name)) for name in ("start_time", "end_time")}
    for name, at in times.items():
        if at is None:
            words = _("Give the day, time and time zone, such as 2026-10-02T15:00:00Z.")
            yield Problem(_at(pointer, name), words)
    start, end = times.values()
    if start and end and end <= start:
        yield Problem(_at(pointer, "end_time"), _("The end must be after the start."))


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
