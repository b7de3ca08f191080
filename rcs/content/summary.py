"""A one-line summary of an RCS message, for lists."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .needs import cards, suggestions

MOST = 80


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
        return _short(content["text"])
    file = content.get("content_info")
    if isinstance(file, Mapping):
        return _("File %(name)s") % {"name": _file_name(file.get("file_url"))}
    shown = cards(content)
    if not shown:
        return _("Nothing")
    title = next((card["title"] for card in shown if isinstance(card.get("title"), str)), "")
    if len(shown) == 1:
        return _("Card “%(title)s”") % {"title": _short(title)} if title else _("Card")
    words = ngettext("%(n)s card", "%(n)s cards", len(shown)) % {"n": len(shown)}
    return _("%(cards)s, first “%(title)s”") % {"cards": words, "title": _short(title)} if title else words


def _short(text: str) -> str:
    return Truncator(" ".join(text.split())).chars(MOST)


def _file_name(url: Any) -> str:
    try:
        path = urlsplit(url).path if isinstance(url, str) else ""
    except ValueError:
        path = ""
    return _short(unquote(path.rpartition("/")[2])) or _("without a name")
