"""The content of a rich message in words, taken from `body`: RCS here, WhatsApp in whatsapp.py. No shape is trusted."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import Message

from . import whatsapp
from .parsing import text
from .whatsapp import Piece

MOST_CARDS = 10
SIGNS = {"choice": gettext_lazy("Chosen: %s"), "offer": gettext_lazy("Button: %s")}
INSTEAD = gettext_lazy("Sent as %(type)s instead, because the phone has no RCS.")


def instead(message: Message) -> str:
    """Return the note that something else was sent in place of an RCS message, or ""."""
    return INSTEAD % {"type": message.type} if message.fell_back() else ""


def pieces(message: Message) -> list[Piece]:
    """Return what a rich message says; nothing for one whose text already says it all."""
    if message.type != whatsapp.TYPE:
        return [Piece("text", line) for line in lines(message)]
    body = message.body if isinstance(message.body, Mapping) else {}
    # A file that came in is listed below the text, where it can be opened.
    found = whatsapp.pieces(body if message.is_outbound() else whatsapp.without_address(body))
    return found if found != [Piece("text", message.text)] else []


def told(message: Message) -> list[str]:
    """Return what a rich message says as plain lines, where no look tells a choice and a button from a text."""
    return [
        str(SIGNS[piece.kind] % piece.words if piece.kind in SIGNS else piece.words)
        for piece in pieces(message)
    ]


def lines(message: Message) -> list[str]:
    """Return what a rich message says, line by line; nothing for one whose text already says it all.

    What was sent in place of one is not its content but a text of its own.
    """
    body = message.body if isinstance(message.body, Mapping) and not message.fell_back() else {}
    if message.type != "RCS":
        return []
    found = list(_lines(body))
    return found if found != [message.text] else []


def _lines(body: Mapping[str, Any]) -> Iterator[str]:
    if text(body.get("text")):
        yield body["text"]
    tapped = body.get("suggestion_response")
    if isinstance(tapped, Mapping):
        yield _("Tapped “%(button)s”") % {"button": text(tapped.get("text")) or "?"}
    place = body.get("location")
    if isinstance(place, Mapping):
        yield _place(place)
    if isinstance(body.get("content_info"), Mapping):
        yield _("File: %(address)s") % {"address": text(body["content_info"].get("file_url")) or "?"}
    if isinstance(body.get("user_file"), Mapping):
        yield _file(body["user_file"].get("payload"))
    for card in _cards(body.get("rich_card")):
        yield from _card(card)
    yield from _buttons(body)


def _place(place: Mapping[str, Any]) -> str:
    at = [place.get("latitude"), place.get("longitude")]
    told = [f"{one:.6f}".rstrip("0").rstrip(".") for one in at if _is_number(one)]
    return _("Location: %(place)s") % {"place": ", ".join(told) if len(told) == 2 else "?"}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _file(told: Any) -> str:
    name = text(told.get("file_name")) if isinstance(told, Mapping) else ""
    return _("File: %(address)s") % {"address": name or "?"}


def _cards(rich: Any) -> list[Mapping[str, Any]]:
    if not isinstance(rich, Mapping):
        return []
    alone, several = rich.get("standalone_card"), rich.get("carousel_card")
    found = [alone.get("card_content")] if isinstance(alone, Mapping) else []
    listed = several.get("card_contents") if isinstance(several, Mapping) else None
    found += listed if isinstance(listed, list) else []
    return [card for card in found if isinstance(card, Mapping)][:MOST_CARDS]


def _card(card: Mapping[str, Any]) -> Iterator[str]:
    said = [text(card.get("title")), text(card.get("description"))]
    yield _("Card: %(words)s") % {"words": " · ".join(part for part in said if part) or _("a picture")}
    yield from _buttons(card)


def _buttons(owner: Mapping[str, Any]) -> Iterator[str]:
    listed = owner.get("suggestions")
    buttons = [
        button
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, Mapping) and isinstance(button := one.get("reply") or one.get("action"), Mapping)
    ]
    if buttons:
        yield _("Buttons: %(names)s") % {"names": ", ".join(text(one.get("text")) or "?" for one in buttons)}
