"""Rewrite what people typed the way Telnyx wants it, and keep unchanged what cannot be read."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from messaging import countries
from messaging.numbers import read_one, read_row
from messaging.states import full_name
from messaging.validators import without_repeats


def normalise(record: Any, names: Iterable[str] = ()) -> None:
    """Tidy a draft's fields, or these, in place; running it again changes nothing."""
    for name in names or record.wire.names:
        value = getattr(record, name)
        if isinstance(record._meta.get_field(name), models.TextField):
            value = trimmed(value)
        if value and (tidy := ADDRESSES.get(name) or TIDIED.get(name)):
            value = tidy(value)
        setattr(record, name, value)


def trimmed(text: str) -> str:
    """Return a text without surrounding spaces and with plain line endings; Telnyx counts every character."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def number(text: str) -> str:
    """Return a number in E.164, or the text unchanged if it cannot be read as one."""
    try:
        return read_one(text).number
    except ValidationError:
        return text.strip()


def numbers(texts: list[str]) -> list[str]:
    """Return the numbers in these lines, and what can't be read as it was typed."""
    return without_repeats(piece.number or piece.typed for text in texts for piece in read_row(text))


def urls(texts: list[str]) -> list[str]:
    return without_repeats(text.strip() for text in texts)


def address(text: str) -> str:
    """Return a web address with https:// in front if it starts with the name of a website, else the text unchanged."""
    return f"https://{text}" if BARE_ADDRESS.fullmatch(text) else text


def addresses(texts: list[str]) -> list[str]:
    return without_repeats(address(text.strip()) for text in texts)


def registration_type(text: str) -> str:
    """Return a common type of number as registers write it: "ein" and "E.I.N." are EIN. Others stay as typed."""
    letters = re.sub(r"[^A-Z]", "", text.upper())
    return letters if letters in REGISTRATION_TYPES else text


def keywords(text: str) -> str:
    """Return keywords in capitals, each once, separated by a comma and a space."""
    words = (" ".join(word.split()).upper() for word in re.split(r"[,;\n]+", text))
    return ", ".join(without_repeats(words))


def alike(name: str, value: Any) -> Any:
    """Return a value of a field in a form that is equal for values that mean the same to Telnyx.

    Blanks around it, the case of a word from a list, how a number or a state is written, and the order of a list mean
    nothing.
    """
    if name == "age_gated_content":
        return value is True
    if name in LISTS:
        return sorted(TIDIED[name](value if isinstance(value, list) else []))
    text = trimmed("" if value is None else str(value))
    if name in TIDIED and text:
        text = TIDIED[name](text)
    if name == "opt_in_keywords":
        return sorted(text.split(", "))
    return text.casefold() if name in WORDS else text


REGISTRATION_TYPES = frozenset({
    "EIN", "CBN", "CRA", "NEQ", "ABN", "ACN", "NZBN", "SIREN", "SIRET", "CNPJ", "CRN", "BRN", "BN", "VAT", "SSN",
    "ITIN", "SIN",
})  # fmt: skip
LISTS = ("phone_numbers", "opt_in_workflow_image_urls")
# Words from a list, and what is the same in capitals.
WORDS = (
    "use_case",
    "message_volume",
    "entity_type",
    "business_registration_country",
    "business_registration_type",
    "business_contact_email",
)
BARE_ADDRESS = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,}(?::[0-9]+)?(?:[/?#]\S*)?")
# Not part of TIDIED: what Telnyx holds without https:// is not the same to it.
ADDRESSES: dict[str, Callable[[Any], Any]] = {
    "corporate_website": address,
    "privacy_policy_url": address,
    "terms_and_condition_url": address,
    "opt_in_workflow_image_urls": addresses,
}
TIDIED: dict[str, Callable[[Any], Any]] = {
    "phone_numbers": numbers,
    "opt_in_workflow_image_urls": urls,
    "business_contact_phone": number,
    "business_state": full_name,
    "business_registration_country": countries.code_of,
    "business_registration_type": registration_type,
    "opt_in_keywords": keywords,
}
