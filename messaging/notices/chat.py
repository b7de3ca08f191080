"""Notices in rooms of a chat, through apprise (NOTICE_CHANNELS). The addresses are secrets: never shown or logged."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from apprise import Apprise
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.models import Notice
from messaging.models.notices import EMAIL

from . import words

NAME = re.compile(r"[\w .#-]{1,40}")
MOST_LINES = 20


class NotPosted(Exception):
    """The chat says it has nothing, or didn't answer in time."""


def rooms() -> Mapping[str, str]:
    """Return the address of each room, by name. Raise ValueError, without an address in it, if the setting is wrong."""
    return _read(settings.NOTICE_CHANNELS)


@lru_cache(maxsize=4)
def _read(text: str) -> Mapping[str, str]:
    if not text.strip():
        return {}
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except ValueError:
            raise ValueError("it isn't valid JSON") from None
    else:
        found = dict(_pair(part) for part in text.split(",") if part.strip())
    for name, url in found.items():
        if not NAME.fullmatch(name) or name == EMAIL:
            raise ValueError("a name is empty, too long, has unusual characters, or is “email”")
        if not isinstance(url, str) or not Apprise().add(url):
            raise ValueError(f"the address of {name} isn't one that apprise knows")
    return found


def _pair(part: str) -> tuple[str, str]:
    name, sign, url = part.strip().partition("=")
    if not sign:
        raise ValueError("a part has no “=”")
    return name.strip(), url.strip()


def send(room: str, notices: Sequence[Notice]) -> None:
    """Post these into a room. Raise NotPosted if the chat didn't take it."""
    with timezone.override(None):
        lines = [words.line(notice) for notice in notices[:MOST_LINES]]
        if (more := len(notices) - MOST_LINES) > 0:
            lines.append(_("And %(n)s more.") % {"n": more})
    poster = Apprise()
    poster.add(rooms()[room])
    if not poster.notify(title="telnyx-desk", body="\n\n".join(lines), body_format="text"):
        raise NotPosted
