"""Rewrite what people typed the way Telnyx wants it, and keep unchanged what cannot be read."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

from messaging import countries
from messaging.validators import normalise_number, without_repeats

from ..states import full_name

if TYPE_CHECKING:
    from ..models import VerificationRequest


def normalise(request: "VerificationRequest") -> None:
    """Tidy a draft's fields in place; running it again changes nothing."""
    for name in request.wire.names:
        value = getattr(request, name)
        if isinstance(request._meta.get_field(name), models.TextField):
            value = trimmed(value)
        if name in TIDIED and value:
            value = TIDIED[name](value)
        setattr(request, name, value)


def trimmed(text: str) -> str:
    """Return a text without surrounding spaces and with plain line endings; Telnyx counts every character."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def number(text: str) -> str:
    """Return a number in E.164, or the text unchanged if it cannot be read as one."""
    try:
        return normalise_number(text)
    except ValidationError:
        return text.strip()


def numbers(texts: list[str]) -> list[str]:
    return without_repeats(number(text) for text in texts)


def urls(texts: list[str]) -> list[str]:
    return without_repeats(text.strip() for text in texts)


def keywords(text: str) -> str:
    """Return keywords in capitals, each once, separated by a comma and a space."""
    words = (" ".join(word.split()).upper() for word in re.split(r"[,;\n]+", text))
    return ", ".join(without_repeats(words))


TIDIED: dict[str, Callable[[Any], Any]] = {
    "phone_numbers": numbers,
    "opt_in_workflow_image_urls": urls,
    "business_contact_phone": number,
    "business_state": full_name,
    "business_registration_country": countries.code_of,
    "opt_in_keywords": keywords,
}
