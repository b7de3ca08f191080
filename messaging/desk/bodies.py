"""The body of a request or an event as readable text: in lines, secrets masked, control characters made visible."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror import account
from messaging.mirror.masking import HIDDEN

# Values that nobody ever sees: what a thief could use, by their names in Telnyx's JSON.
MASKED = frozenset({"businessRegistrationNumber", "campaignVerifyAuthorizationToken"})
UNPARSED_SECRET = re.compile(rf'("(?:{"|".join(sorted(MASKED))})"\s*:\s*)("(?:[^"\\]|\\.)*"|[^\s,}}\]]+)')
LONGEST_SHOWN = 200_000
# Shown in place of the code in the webhook address, which is made only when the request is promised.
CODE = gettext_lazy("(a code made when it is sent)")


def webhook() -> str:
    """Return the address for events as people see it before a request is promised."""
    return account.callback_url(str(CODE))


def before_sending(record: Any, body: Callable[[Any, str], Any]) -> str:
    """Return the body that `body(record, callback_url)` makes, as people see it before it is promised."""
    return json.dumps(body(record, webhook()), indent=2, ensure_ascii=False)


def pretty(body: bytes) -> str:
    """Return a readable body: JSON in lines, secrets masked, control characters made visible."""
    try:
        parsed = json.loads(body)
        text = json.dumps(masked(parsed), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = UNPARSED_SECRET.sub(rf'\1"{HIDDEN}"', bytes(body).decode("utf-8", "replace"))
    cut = (
        _("\n… cut here: %(count)s characters in all") % {"count": len(text)}
        if len(text) > LONGEST_SHOWN
        else ""
    )
    return visible(text[:LONGEST_SHOWN]) + cut


def masked(value: Any) -> Any:
    """Return JSON data with what nobody needs to see replaced."""
    if isinstance(value, Mapping):
        return {key: HIDDEN if key in MASKED and item else masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


def visible(text: str) -> str:
    """Return text in which control and direction characters are visible, so they can't mislead the reader."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in text)
