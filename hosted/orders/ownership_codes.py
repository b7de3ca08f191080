"""Ownership codes: when one may be requested again, and how people type many of them.

A code exists only in the form it is typed into and in the sealed promise that carries it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.mirror import clock
from messaging.numbers import first_number, has_number
from messaging.validators import display_number

if TYPE_CHECKING:
    from ..models import HostedOrder, OrderNumber

# Telnyx publishes no limit on sending (docs/telnyx.md, T3.11). The minute is our own rule, to spare the person who
# answers the phone.
RESEND_AFTER = timedelta(seconds=60)
# If this many codes didn't help, something else is wrong, and Telnyx support has other ways.
ASK_SUPPORT_AFTER = 3

# More codes than this are asked about before they go out.
FEW = 5

# Two for each number in the largest order.
MOST_LINES = 400

# Telnyx's samples show five digits; neither the length nor the characters are published (docs/telnyx.md, T3.11).
CODE = re.compile(r"[A-Za-z0-9]{3,12}", re.ASCII)


def resend_at(number: "OrderNumber") -> datetime | None:
    """Return when the next code may be requested, or None for right away, as after a code that could not be sent."""
    if number.code_sent_at is None or number.code_error:
        return None
    at = number.code_sent_at + RESEND_AFTER
    return at if at > clock.now() else None


def may_send(number: "OrderNumber") -> bool:
    return (
        number.is_in_order() and not number.is_owned() and not number.has_failed() and not resend_at(number)
    )


def needs_support(number: "OrderNumber") -> bool:
    """Return True if so many codes were requested without success that Telnyx support is the next step."""
    return not number.is_owned() and number.codes_sent >= ASK_SUPPORT_AFTER


def support_text(order: "HostedOrder", numbers: Iterable["OrderNumber"]) -> str:
    """Return the text for Telnyx support if codes do not arrive, or "" if it is too early. It contains no codes."""
    stuck = [number for number in numbers if needs_support(number)]
    if not stuck:
        return ""
    first = _("We cannot prove ownership of these numbers in hosted order %(id)s: no code arrives.")
    return "\n".join([first % {"id": order.remote_id}, *map(_attempts, stuck)])


def _attempts(number: "OrderNumber") -> str:
    words = ngettext(
        "%(number)s: %(count)s code requested, by %(method)s on %(at)s. %(error)s",
        "%(number)s: %(count)s codes requested, the last by %(method)s on %(at)s. %(error)s",
        number.codes_sent,
    )
    return words % {
        "number": number.phone_number,
        "count": number.codes_sent,
        "method": number.get_code_method_display().lower(),
        # For Telnyx's support, who don't know our zone.
        "at": date_format(number.code_sent_at.astimezone(UTC), "N j, Y, H:i") + " UTC"
        if number.code_sent_at
        else "?",
        "error": number.code_error,
    }


@dataclass
class Pasted:
    """Pasted codes by number; `unread` are the lines that fit no number, by position, and the number in each if any."""

    codes: dict[str, str] = field(default_factory=dict, repr=False)
    unread: dict[int, str] = field(default_factory=dict)
    is_too_long: bool = False

    def words(self) -> list[str]:
        """Return the lines that could not be matched, in words without what may be a code."""
        return [
            _("line %(line)s (%(number)s)") % {"line": position, "number": display_number(number)}
            if number
            else _("line %(line)s") % {"line": position}
            for position, number in self.unread.items()
        ]


def read_paste(text: str, phone_numbers: Iterable[str]) -> Pasted:
    """Match pasted lines to numbers: "number code" on each line, or as many bare codes as there are numbers.

    A line that matches no number is reported by its position in the box and by the number before its code; nothing else
    of it is repeated anywhere, since ten digits alone may be a code too.
    """
    numbers = list(phone_numbers)
    positions = {n: line.strip() for n, line in enumerate(text.splitlines(), 1) if line.strip()}
    lines = list(positions.values())
    if len(lines) > MOST_LINES:
        return Pasted(is_too_long=True)
    bare = [code_in(line) for line in lines]
    if len(lines) == len(numbers) and all(bare) and not any(map(has_number, lines)):
        return Pasted(dict(zip(numbers, bare, strict=True)))
    pasted = Pasted()
    for position, line in positions.items():
        number, code = _split(line)
        if number in numbers and code:
            pasted.codes[number] = code
        else:
            pasted.unread[position] = number if code or number in numbers else ""
    return pasted


def code_in(text: str) -> str:
    """Return the code in a text without the blanks and dashes people write into it, or "" if there is none.

    Words before the code are passed over: a code of several groups has a digit in each of them.
    """
    groups = re.sub(r"[\W_]+", " ", text, flags=re.ASCII).split()
    last: list[str] = []
    while groups and re.search(r"\d", groups[-1]):
        last.insert(0, groups.pop())
    code = "".join(last or groups[-1:])
    return code if CODE.fullmatch(code) else ""


def _split(line: str) -> tuple[str, str]:
    """Return a line's number and the code after it."""
    number, after = first_number(line)
    return number, code_in(after) if number else ""
