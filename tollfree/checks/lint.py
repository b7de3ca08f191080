"""What Telnyx accepts but a reviewer is likely to reject: each warning says why, and how to fix it.

The reasons are those Telnyx's reviewers give (docs/telnyx.md, T2.19). A warning never blocks submitting.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import phonenumbers
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.validators import display_number, is_valid_number

from ..choices import Status

if TYPE_CHECKING:
    from ..models import VerificationRequest

Findings = Iterator[tuple[str, str]]
Check = Callable[["VerificationRequest"], Findings]


@dataclass(frozen=True)
class Words:
    """Words that should (or, with `unwanted`, should not) be in a text that is filled in.

    The message about unwanted words names those that were found: %(found)s.
    """

    field: str
    pattern: re.Pattern[str]
    message: str | Promise
    unwanted: bool = False

    def __call__(self, request: "VerificationRequest") -> Findings:
        text = getattr(request, self.field)
        found = self.pattern.search(text or "")
        if found and self.unwanted:
            yield self.field, str(self.message) % {"found": found.group()}
        elif text and not found and not self.unwanted:
            yield self.field, str(self.message)


@dataclass(frozen=True)
class Empty:
    """A field that Telnyx accepts empty, but reviewers don't."""

    field: str
    message: str | Promise

    def __call__(self, request: "VerificationRequest") -> Findings:
        if not getattr(request, self.field):
            yield self.field, str(self.message)


def words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


STOP = words("stop|unsubscribe|opt[ -]?out|revoke")
TEXTING = words(r"texts?|text(?:ed|ing)?[ -]?messag\w*|sms|mms|messag\w+")
VOLUNTARY = words(
    r"optional\w*|voluntar\w*|not required|not a condition|unchecked|check ?box|tick\w*|opt\w*[ -]?in\w*"
)
SENDER_LISTS = words(r"lead generation|affiliate|purchased list|third[ -]party list|multi[ -]?level")
FORBIDDEN = words(
    r"cannabis|marijuana|cbd|hemp|kratom|payday|loans?|debt (?:relief|collection|consolidation)|credit repair|"
    r"gambling|casino|betting|crypto\w*|bitcoin|sweepstakes?"
)
ADULT = words(
    r"alcohol\w*|beers?|wines?|whisk(?:e)?y|vodka|spirits|brewery|distillery|winery|tobacco|vap(?:e|es|ing)"
)
NOBODY = words(r"admin\w*|support|team|info|sales|office|n/?a|test|none")
SHORTENERS = frozenset(
    {"bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "buff.ly", "rebrand.ly", "cutt.ly", "rb.gy"}
)
URLS = ("corporate_website", "privacy_policy_url", "terms_and_condition_url")


def sample_without_brand(request: "VerificationRequest") -> Findings:
    text = request.production_message_content.casefold()
    names = [name for name in (request.doing_business_as, request.business_name) if name]
    if text and names and not any(_brand(name) in text for name in names):
        yield (
            "production_message_content",
            _("The sample doesn't name the business. Start it with the brand customers know."),
        )


def _brand(name: str) -> str:
    """Return the first distinctive word of a name: few messages spell out "Larkspur Dental Group LLC"."""
    parts = [part for part in re.findall(r"\w+", name.casefold()) if part not in ("the", "a")]
    return parts[0] if parts else name.casefold()


def email_elsewhere(request: "VerificationRequest") -> Findings:
    domain, host = (
        request.business_contact_email.rpartition("@")[2].casefold(),
        _host(request.corporate_website),
    )
    if domain and host and not (_is_within(domain, host) or _is_within(host, domain)):
        yield (
            "business_contact_email",
            _("The email address isn't on the website's domain. Reviewers want one of the business's own."),
        )


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _is_within(domain: str, other: str) -> bool:
    return domain == other or domain.endswith("." + other)


def url_without_encryption(request: "VerificationRequest") -> Findings:
    for field, url in _urls(request):
        if url.startswith("http://"):
            yield (
                field,
                _("The address isn't encrypted, so reviewers reject it. Use https:// if the site has it."),
            )


def url_shortened(request: "VerificationRequest") -> Findings:
    for field, url in _urls(request):
        if _host(url) in SHORTENERS:
            yield field, _("Public link shorteners are rejected. Give the address the link leads to.")


def _urls(request: "VerificationRequest") -> Findings:
    yield from ((field, getattr(request, field)) for field in URLS)
    yield from (("opt_in_workflow_image_urls", url) for url in request.opt_in_workflow_image_urls)


def phone_not_in_use(request: "VerificationRequest") -> Findings:
    phone = request.business_contact_phone
    if phone.startswith("+") and not is_valid_number(phone):
        yield "business_contact_phone", _("No country uses a number like this. Check its digits.")


def country_unknown(request: "VerificationRequest") -> Findings:
    country = request.business_registration_country
    if re.fullmatch("[A-Z]{2}", country) and country not in phonenumbers.SUPPORTED_REGIONS:
        yield (
            "business_registration_country",
            _("No country has the code %(code)s. The United Kingdom, for example, is GB.")
            % {"code": country},
        )


def name_of_nobody(request: "VerificationRequest") -> Findings:
    for field in ("business_contact_first_name", "business_contact_last_name"):
        if NOBODY.fullmatch(getattr(request, field)):
            yield field, _("Reviewers want the name of a real person responsible for the business.")


def adults_only_unmarked(request: "VerificationRequest") -> Findings:
    text = f"{request.use_case_summary} {request.production_message_content}"
    if ADULT.search(text) and not request.age_gated_content:
        yield (
            "age_gated_content",
            _(
                "The texts mention age-restricted goods. These are allowed only behind an "
                "age check; mark that here."
            ),
        )


def reseller_is_the_business(request: "VerificationRequest") -> Findings:
    reseller = request.isv_reseller.casefold()
    if reseller and reseller in (request.business_name.casefold(), request.doing_business_as.casefold()):
        yield (
            "isv_reseller",
            _("This is the business itself. Leave it empty unless another company sends on its behalf."),
        )


def number_rejected_elsewhere(request: "VerificationRequest") -> Findings:
    for other in request.others_with_its_numbers().filter(remote_status=Status.REJECTED):
        if other.is_under_way():
            continue
        for number in sorted(set(request.phone_numbers) & set(other.phone_numbers)):
            yield (
                "phone_numbers",
                _(
                    "%(number)s has a rejected request: %(request)s (%(id)s). Correct that "
                    "one instead of creating a new one."
                )
                % {"number": display_number(number), "request": other, "id": str(other.pk)[:8]},
            )


WARNINGS: dict[str, Check] = {
    "number_rejected_elsewhere": number_rejected_elsewhere,
    "email_elsewhere": email_elsewhere,
    "phone_not_in_use": phone_not_in_use,
    "country_unknown": country_unknown,
    "name_of_nobody": name_of_nobody,
    "url_without_encryption": url_without_encryption,
    "url_shortened": url_shortened,
    "sample_without_stop": Words(
        "production_message_content",
        STOP,
        gettext_lazy("The sample doesn't say how to stop the messages. End it with “Reply STOP to opt out”."),
    ),
    "sample_without_brand": sample_without_brand,
    "opt_in_without_texting": Words(
        "opt_in_workflow",
        TEXTING,
        gettext_lazy("The opt-in doesn't mention text messages. Quote the words people agree to."),
    ),
    "opt_in_not_voluntary": Words(
        "opt_in_workflow",
        VOLUNTARY,
        gettext_lazy(
            "Nothing says that agreeing is optional. Describe the box people can check or "
            "leave empty, separate from the terms."
        ),
    ),
    "confirmation_without_stop": Words(
        "opt_in_confirmation_response",
        STOP,
        gettext_lazy("The opt-in reply must say how to stop. Add “Reply STOP to opt out”."),
    ),
    "forbidden_content": Words(
        "use_case_summary",
        FORBIDDEN,
        gettext_lazy(
            "“%(found)s” reads like content that carriers keep off toll-free numbers. Narrow it down or "
            "use another channel."
        ),
        unwanted=True,
    ),
    "bought_contacts": Words(
        "opt_in_workflow",
        SENDER_LISTS,
        gettext_lazy(
            "People must agree with this business itself. Contacts from others (“%(found)s”) are rejected; "
            "remove them."
        ),
        unwanted=True,
    ),
    "adults_only_unmarked": adults_only_unmarked,
    "keywords_missing": Empty(
        "opt_in_keywords",
        gettext_lazy(
            "Reviewers expect the words people text to opt in, such as START. Add them if you use any."
        ),
    ),
    "privacy_policy_missing": Empty(
        "privacy_policy_url",
        gettext_lazy("Requests without a privacy policy are rejected. Add the address of yours."),
    ),
    "terms_missing": Empty(
        "terms_and_condition_url",
        gettext_lazy("Requests without terms and conditions are rejected. Add the address of yours."),
    ),
    "reseller_is_the_business": reseller_is_the_business,
}
