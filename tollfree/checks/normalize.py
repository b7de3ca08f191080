"""Write what people typed the way Telnyx wants it, and lose nothing of what cannot be read."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

from messaging.validators import normalise_number, without_repeats

from ..states import full_name

if TYPE_CHECKING:
    from ..models import VerificationRequest


def normalise(request: "VerificationRequest") -> None:
    """Tidy the fields of a draft in place; running it again changes nothing."""
    for name in request.wire.names:
        value = getattr(request, name)
        if isinstance(request._meta.get_field(name), models.TextField):
            value = trimmed(value)
        if name in TIDIED and value:
            value = TIDIED[name](value)
        setattr(request, name, value)


def trimmed(text: str) -> str:
    """Return a text without blanks around it, with plain line ends; Telnyx counts each character."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def number(text: str) -> str:
    """Return a number in E.164, or the text as it is when that cannot be told."""
    try:
        return normalise_number(text)
    except ValidationError:
        return text.strip()


def numbers(texts: list[str]) -> list[str]:
    return without_repeats(number(text) for text in texts)


def urls(texts: list[str]) -> list[str]:
    return without_repeats(text.strip() for text in texts)


def keywords(text: str) -> str:
    """Return keywords in capitals with one comma and one blank between them, each once."""
    words = (" ".join(word.split()).upper() for word in re.split(r"[,;\n]+", text))
    return ", ".join(without_repeats(words))


TIDIED: dict[str, Callable[[Any], Any]] = {
    "phone_numbers": numbers,
    "opt_in_workflow_image_urls": urls,
    "business_contact_phone": number,
    "business_state": full_name,
    "business_registration_country": str.upper,
    "opt_in_keywords": keywords,
}
