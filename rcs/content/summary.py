"""A one-line summary of an RCS message, for lists."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.sending.in_words import file_name, short

from .needs import cards, suggestions


def summary(content: Any) -> str:
    """Return one line in plain words: the text, or a description of what there is instead."""
    if not isinstance(content, Mapping):
        return ""
    what = _what(content)
    buttons = len(list(suggestions(content)))
    if not buttons:
        return what
    count = ngettext("%(n)s button", "%(n)s buttons", buttons) % {"n": buttons}
    return _("%(what)s, %(buttons)s") % {"what": what, "buttons": count}


def _what(content: Mapping[str, Any]) -> str:
    if isinstance(content.get("text"), str):
        return short(content["text"])
    file = content.get("content_info")
    if isinstance(file, Mapping):
        return _("File %(name)s") % {"name": file_name(file.get("file_url"))}
    shown = cards(content)
    if not shown:
        return _("Nothing")
    title = next((card["title"] for card in shown if isinstance(card.get("title"), str)), "")
    if len(shown) == 1:
        return _("Card “%(title)s”") % {"title": short(title)} if title else _("Card")
    words = ngettext("%(n)s card", "%(n)s cards", len(shown)) % {"n": len(shown)}
    return _("%(cards)s, first “%(title)s”") % {"cards": words, "title": short(title)} if title else words
