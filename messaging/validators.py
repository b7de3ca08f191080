"""Phone numbers as they are shown, and web addresses as people type them. What people type as numbers: numbers.py."""

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumbers import NumberParseException, PhoneNumberFormat

# The seven toll-free prefixes of the North American numbering plan (docs/telnyx.md, T2.18).
TOLL_FREE_PREFIXES = ("800", "833", "844", "855", "866", "877", "888")

MOST_LINES = 1_000
T = TypeVar("T")

HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.IGNORECASE)


def is_valid_number(e164: str) -> bool:
    """Return True if this is E.164 and a number its country assigns."""
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return False
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return written == e164 and phonenumbers.is_valid_number(number)


def is_toll_free(e164: str) -> bool:
    """Return True if this is E.164 with a North American toll-free prefix."""
    return re.fullmatch(rf"\+1(?:{'|'.join(TOLL_FREE_PREFIXES)})[2-9]\d{{6}}", e164, re.ASCII) is not None


def display_number(e164: str) -> str:
    """Return a number as people read it, "+1 877 355 4398"; anything else is returned unchanged."""
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return e164
    if number.country_code == 1 and len(e164) == 12:
        return f"+1 {e164[2:5]} {e164[5:8]} {e164[8:]}"
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def mask_number(address: str) -> str:
    """Return an address with its middle hidden: "+1 312 *** 0001"; of a short one only the end is left."""
    digits = re.sub(r"\D", "", address)
    if len(digits) < 8 or not address.startswith("+"):
        return f"*** {address[-2:]}" if len(address) > 4 else "***"
    begin = " ".join(display_number(address).split()[: 2 if address.startswith("+1") else 1])
    return f"{begin} *** {digits[-4:]}"


# What a page with such marks says about them.
TOLD_APART = gettext_lazy(
    "Different phone numbers that look the same while they're masked are marked (1), (2) and so on. The marks count "
    "only on this page."
)


def told_apart(addresses: Iterable[str]) -> dict[str, str]:
    """Return how to write each address on one page: masked, and marked (1), (2) where different ones look the same.

    The marks say in which order they come on the page, and nothing about what is hidden.
    """
    alike: dict[str, list[str]] = {}
    for address in dict.fromkeys(addresses):
        alike.setdefault(mask_number(address), []).append(address)
    return {
        address: f"{shown} ({place})" if len(same) > 1 else shown
        for shown, same in alike.items()
        for place, address in enumerate(same, 1)
    }


def has_marks(shown: Mapping[str, str]) -> bool:
    """Return True if some of these, as `told_apart` wrote them, have marks."""
    return any(words != mask_number(address) for address, words in shown.items())


def split_lines(text: str, most: int = MOST_LINES) -> list[str]:
    """Split a pasted list at new lines, commas, semicolons and tabs; drop empty parts and repetitions.

    Raise ValidationError if more than `most` are left.
    """
    return at_most(without_repeats(piece.strip() for piece in re.split(r"[\r\n,;\t]+", text)), most)


def at_most(lines: list[T], most: int = MOST_LINES) -> list[T]:
    """Return the lines of a list. Raise ValidationError if there are too many to check while a person waits."""
    if len(lines) > most:
        words = _(
            "This is more than %(most)s lines. Keep only what belongs here, or split the list into parts."
        )
        raise ValidationError(words % {"most": number_format(most, force_grouping=True)}, "too_many")
    return lines


def without_repeats(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


def check_public_url(text: str) -> None:
    """Raise ValidationError with a clear sentence unless this is a web address the public can reach."""
    if re.search(r"[\s<>\"\\^`{|}]", text):
        raise ValidationError(_("A web address can't contain spaces or any of <>\"\\^`{|}."), "characters")
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        raise ValidationError(_("This isn't a web address."), "not_a_url") from None
    if "." not in text and not parts.scheme:
        words = _(
            "The end of the name is missing, such as .com. Type the whole address, starting with https://."
        )
        raise ValidationError(words, "scheme")
    if parts.scheme not in ("http", "https"):
        raise ValidationError(_("Type the whole address, starting with https://."), "scheme")
    if parts.username is not None or parts.password is not None:
        raise ValidationError(_("Remove the user name from the address."), "userinfo")
    if re.fullmatch(r"[a-z][a-z0-9-]*", host) and host != "localhost":
        raise ValidationError(_("The end of the name is missing, such as .com."), "host")
    if not is_public_host(host):
        raise ValidationError(_("This address doesn't lead to a public website."), "host")


def is_public_host(host: str) -> bool:
    """Return True if a host name or IP address belongs to the public internet, judged only by its form."""
    try:
        return ip_address(host).is_global
    except ValueError:
        pass
    try:
        name = host.rstrip(".").encode("idna").decode()
    except UnicodeError:
        return False
    return HOST.fullmatch(name) is not None and not name.lower().endswith(PRIVATE_ENDINGS)


# Names that exist in no public directory (RFC 2606, 6761, 6762, 8375).
PRIVATE_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".test", ".invalid", ".onion")
