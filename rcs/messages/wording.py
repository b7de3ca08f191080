"""The words and limits for the builder and the preview, and where in a message a problem is."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.wording import Words
from messaging.sending import in_words
from messaging.sending.shape import Placed, placed
from rcs.content import limits, problems
from rcs.handsets import features

# People type a postback as text, and base64 turns three bytes into four characters.
LONGEST_POSTBACK_BYTES = limits.LONGEST_POSTBACK // 4 * 3

LIMITS: Mapping[str, int] = {
    "text": limits.LONGEST_TEXT,
    "title": limits.LONGEST_TITLE,
    "description": limits.LONGEST_DESCRIPTION,
    "url": limits.LONGEST_URL,
    "suggestion_text": limits.LONGEST_LABEL,
    "postback": LONGEST_POSTBACK_BYTES,
    "event_title": limits.LONGEST_EVENT_TITLE,
    "event_description": limits.LONGEST_EVENT_DESCRIPTION,
    "cards": limits.MOST_CARDS,
    "card_suggestions": limits.MOST_CARD_SUGGESTIONS,
    "message_suggestions": limits.MOST_SUGGESTIONS,
}

NAMES: Mapping[str, Words] = {
    "text": gettext_lazy("Text"),
    "title": gettext_lazy("Title"),
    "description": gettext_lazy("Description"),
    "file_url": gettext_lazy("File URL"),
    "thumbnail_url": gettext_lazy("Thumbnail"),
    "height": gettext_lazy("Picture height"),
    "card_orientation": gettext_lazy("Layout"),
    "thumbnail_image_alignment": gettext_lazy("Picture side"),
    "card_width": gettext_lazy("Card width"),
    "postback_data": gettext_lazy("Data sent back"),
    "fallback_url": gettext_lazy("Fallback page URL"),
    "url": gettext_lazy("Page URL"),
    "application": gettext_lazy("Opens"),
    "webview_view_mode": gettext_lazy("Covers"),
    "phone_number": gettext_lazy("Number to call"),
    "latitude": gettext_lazy("Latitude"),
    "longitude": gettext_lazy("Longitude"),
    "label": gettext_lazy("Place name"),
    "query": gettext_lazy("Map search"),
    "start_time": gettext_lazy("Starts"),
    "end_time": gettext_lazy("Ends"),
    "suggestions": gettext_lazy("Buttons"),
    "card_contents": gettext_lazy("Cards"),
}
# Lists, and what one of their members is called.
NUMBERED: Mapping[str, Words] = {
    "card_contents": gettext_lazy("Card %(n)s"),
    "suggestions": gettext_lazy("Button %(n)s"),
}


def found(content: Any) -> list[Placed]:
    """Return the problems of a message, each with its place."""
    return [placed(problem, where) for problem in problems(content)]


def where(steps: Iterable[str]) -> str:
    """Return a place in words: “Card 2, button 1, title”."""
    return in_words.where(steps, NAMES, NUMBERED)


def config(problems: Iterable[Placed] = ()) -> dict[str, Any]:
    """Return the data the builder needs."""
    return {
        "limits": dict(LIMITS),
        "problems": [{"pointer": one.pointer, "words": one.words} for one in problems],
        "features": {name: str(words) for name, words in features.FEATURES.items()},
    }


def phone() -> dict[str, str]:
    """Return the words shown on the phone preview."""
    return {
        "nothing": _("Your text appears here as you type."),
        "no_text": _("no text yet"),
        "no_file": _("no URL yet"),
        "no_agent": _("Choose an agent"),
        "no_fallback": _("Nothing arrives: there is no fallback text or picture message."),
        "empty_card": _("Empty card"),
        "cards": _("%n cards side by side; scroll to see them all"),
        "picture": _("Picture"),
        "video": _("Video"),
        "sound": _("Audio"),
        "document": _("PDF"),
        "file": _("File"),
        "sms": _("Text message"),
        "today": _("Today"),
    }
