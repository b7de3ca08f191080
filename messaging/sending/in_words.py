"""What every kind of rich message is called in words: its places, for what is wrong there, and its parts, in lists."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from messaging.mirror.wording import Words

LONGEST = 80


def where(steps: Iterable[str], names: Mapping[str, Words], numbered: Mapping[str, Words]) -> str:
    """Return a place in words: “Card 2, button 1, title”. `numbered` says what one member of a list is called."""
    words: list[str] = []
    before = ""
    for step in steps:
        if step.isdigit() and before in numbered:
            # The list itself is named by its member.
            words = [word for word in words if word != str(names.get(before, ""))]
            words.append(str(numbered[before]) % {"n": int(step) + 1})
        elif step in names and (not words or words[-1] != str(names[step])):
            words.append(str(names[step]))
        before = step
    return ", ".join(words) or _("The message")


def short(text: Any) -> str:
    """Return a text as one line for lists; "" for what isn't a text."""
    return Truncator(" ".join(text.split())).chars(LONGEST) if isinstance(text, str) else ""


def file_name(url: Any) -> str:
    """Return what the file at an address is called."""
    try:
        path = urlsplit(url).path if isinstance(url, str) else ""
    except ValueError:
        path = ""
    return short(unquote(path.rpartition("/")[2])) or _("without a name")
