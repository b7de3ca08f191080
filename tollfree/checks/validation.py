"""What Telnyx refuses, checked before anything is sent (docs/telnyx.md, T2).

Each rule yields (field, message) for what is wrong. Empty fields are left to `required`.
"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.mirror.wording import Words
from messaging.numbers import normalise_number
from messaging.states import CA_PROVINCES, NAMES
from messaging.validators import check_public_url, display_number, is_toll_free

from ..choices import EntityType, Status, UseCase
from .normalize import registration_type

if TYPE_CHECKING:
    from ..models import VerificationRequest

Findings = Iterator[tuple[str, str]]
Check = Callable[["VerificationRequest"], Findings]

REQUIRED = (
    "phone_numbers",
    "business_name",
    "corporate_website",
    "business_addr1",
    "business_city",
    "business_state",
    "business_zip",
    "entity_type",
    "business_contact_first_name",
    "business_contact_last_name",
    "business_contact_email",
    "business_contact_phone",
    "use_case",
    "message_volume",
    "use_case_summary",
    "production_message_content",
    "opt_in_workflow",
    "opt_in_workflow_image_urls",
    "additional_information",
)
REGISTRATION = (
    "business_registration_number",
    "business_registration_type",
    "business_registration_country",
)
URLS = ("corporate_website", "privacy_policy_url", "terms_and_condition_url")
# Chosen from a list and sent as a code; what is typed instead has a message of its own.
CHOSEN = ("business_registration_country",)
LONGEST_IMAGE_URL = 2083
VERIFIED = gettext_lazy(
    "%(number)s already has a verified request: %(request)s (%(id)s). This number is verified. A new request "
    "switches that off until it is approved again."
)
UNDER_WAY = gettext_lazy(
    "%(number)s already has a request in progress: %(request)s (%(id)s). Wait until it ends, or correct it."
)


def required(request: "VerificationRequest") -> Findings:
    for field in REQUIRED:
        if not getattr(request, field):
            label = capfirst(str(request._meta.get_field(field).verbose_name))  # type: ignore[union-attr]
            yield field, _("Fill in “%(field)s”: Telnyx requires it.") % {"field": label}


def too_long(request: "VerificationRequest") -> Findings:
    for field in request.wire.names:
        if field in CHOSEN:
            continue
        limit = getattr(request._meta.get_field(field), "max_length", None)
        if limit and len(getattr(request, field)) > limit:
            yield field, _too_many(len(getattr(request, field)), limit)
    for url in request.opt_in_workflow_image_urls:
        if len(url) > LONGEST_IMAGE_URL:
            yield "opt_in_workflow_image_urls", _too_many(len(url), LONGEST_IMAGE_URL)


def _too_many(length: int, limit: int) -> str:
    words = ngettext(
        "%(count)s character too many; Telnyx accepts %(limit)s.",
        "%(count)s characters too many; Telnyx accepts %(limit)s.",
        length - limit,
    )
    return words % {"count": length - limit, "limit": limit}


def unknown_choice(request: "VerificationRequest") -> Findings:
    for field in ("use_case", "message_volume", "entity_type"):
        value = getattr(request, field)
        if value and value not in dict(request._meta.get_field(field).flatchoices):  # type: ignore[union-attr]
            yield (
                field,
                _("Telnyx doesn't recognize “%(value)s”. Choose from the list.") % {"value": value[:60]},
            )


def number_not_toll_free(request: "VerificationRequest") -> Findings:
    for text in request.phone_numbers:
        try:
            number = normalise_number(text)
        except ValidationError as error:
            yield "phone_numbers", f"“{text[:40]}”: {error.messages[0]}"
            continue
        if not is_toll_free(number):
            yield (
                "phone_numbers",
                _("%(number)s isn't toll-free. Those start with 800, 833, 844, 855, 866, 877 or 888.")
                % {"number": display_number(number)},
            )
        elif number != text:
            yield "phone_numbers", _("Type %(text)s as %(number)s.") % {"text": text, "number": number}


def number_repeated(request: "VerificationRequest") -> Findings:
    numbers = request.phone_numbers
    for number in sorted({number for number in numbers if numbers.count(number) > 1}):
        yield "phone_numbers", _("%(number)s is listed twice.") % {"number": display_number(number)}


def number_taken(request: "VerificationRequest") -> Findings:
    for other in request.others:
        if not other.is_under_way() and (other.remote_id is None or other.remote_status == Status.REJECTED):
            continue
        if not _verifies(other):
            yield from _shared(request, other, UNDER_WAY)


def number_verified(request: "VerificationRequest") -> Findings:
    """Find what only people with a permission of its own may submit again (tollfree/verified.py)."""
    for other in filter(_verifies, request.others):
        yield from _shared(request, other, VERIFIED)


def verified_numbers(request: "VerificationRequest") -> list[str]:
    """Return the numbers that another request in `others` has had verified."""
    return sorted({number for number, _other in verified_in(request)})


def verified_in(request: "VerificationRequest") -> "list[tuple[str, VerificationRequest]]":
    """Return each number that another request in `others` has had verified, with that request."""
    return [
        (number, other)
        for other in filter(_verifies, request.others)
        for number in sorted(set(request.phone_numbers) & set(other.phone_numbers))
    ]


def _verifies(other: "VerificationRequest") -> bool:
    return other.remote_status == Status.VERIFIED and not other.is_under_way()


def _shared(request: "VerificationRequest", other: "VerificationRequest", words: Words) -> Findings:
    for number in sorted(set(request.phone_numbers) & set(other.phone_numbers)):
        yield (
            "phone_numbers",
            str(words) % {"number": display_number(number), "request": other, "id": other.short_id()},
        )


def state_not_in_full(request: "VerificationRequest") -> Findings:
    state, country = request.business_state, request.business_registration_country
    if not state or state in NAMES.values():
        return
    if country in ("", "US", "CA"):
        yield (
            "business_state",
            _("This isn't a US state or Canadian province. Choose one from the list, such as Texas."),
        )
    elif re.fullmatch("[A-Z]{2,3}", state):
        yield "business_state", _("Type the full name; Telnyx refuses abbreviations.")


def registration_incomplete(request: "VerificationRequest") -> Findings:
    missing = [field for field in REGISTRATION if not getattr(request, field)]
    may_be_empty = (
        request.entity_type == EntityType.SOLE_PROPRIETOR
        and request.business_state not in CA_PROVINCES.values()
    )
    if len(missing) == len(REGISTRATION) and may_be_empty:
        return
    for field in missing:
        yield (
            field,
            _(
                "Registration number, type and country are needed together. Only a US sole "
                "proprietor without an EIN leaves all three empty."
            ),
        )


def country_not_two_letters(request: "VerificationRequest") -> Findings:
    country = request.business_registration_country
    if country and not re.fullmatch("[A-Z]{2}", country):
        yield (
            "business_registration_country",
            _("We don't know the country “%(typed)s”. Choose it from the list.") % {"typed": country[:40]},
        )


def ein_not_nine_digits(request: "VerificationRequest") -> Findings:
    kind = registration_type(request.business_registration_type)
    is_ein = request.business_registration_country == "US" and kind == "EIN"
    number = request.business_registration_number
    if is_ein and number and not re.fullmatch(r"[0-9]{2}-?[0-9]{7}", number):
        yield "business_registration_number", _("An EIN has nine digits, such as 12-3456789.")


def token_missing(request: "VerificationRequest") -> Findings:
    if request.use_case == UseCase.POLITICAL and not request.campaign_verify_authorization_token:
        yield (
            "campaign_verify_authorization_token",
            _("Political messages need the token that Campaign Verify gave the campaign."),
        )


def url_not_public(request: "VerificationRequest") -> Findings:
    for field in URLS:
        yield from _url(field, getattr(request, field))
    for url in request.opt_in_workflow_image_urls:
        yield from _url("opt_in_workflow_image_urls", url)


def _url(field: str, url: str) -> Findings:
    try:
        if url:
            check_public_url(url)
    except ValidationError as error:
        yield field, f"“{url[:60]}”: {error.messages[0]}"


def email_invalid(request: "VerificationRequest") -> Findings:
    try:
        if request.business_contact_email:
            validate_email(request.business_contact_email)
    except ValidationError:
        yield "business_contact_email", _("This isn't an email address.")


def phone_invalid(request: "VerificationRequest") -> Findings:
    text = request.business_contact_phone
    try:
        number = normalise_number(text) if text else ""
    except ValidationError as error:
        yield "business_contact_phone", error.messages[0]
        return
    if number != text:
        yield "business_contact_phone", _("Type it as %(number)s.") % {"number": number}


def names_identical(request: "VerificationRequest") -> Findings:
    first, last = request.business_contact_first_name, request.business_contact_last_name
    if first and first.casefold() == last.casefold():
        yield (
            "business_contact_last_name",
            _("First and last name are the same; Telnyx rejects that. Name a real person."),
        )


ERRORS: dict[str, Check] = {
    "required": required,
    "too_long": too_long,
    "unknown_choice": unknown_choice,
    "number_not_toll_free": number_not_toll_free,
    "number_repeated": number_repeated,
    "number_taken": number_taken,
    "number_verified": number_verified,
    "state_not_in_full": state_not_in_full,
    "registration_incomplete": registration_incomplete,
    "country_not_two_letters": country_not_two_letters,
    "ein_not_nine_digits": ein_not_nine_digits,
    "token_missing": token_missing,
    "url_not_public": url_not_public,
    "email_invalid": email_invalid,
    "phone_invalid": phone_invalid,
    "names_identical": names_identical,
}
