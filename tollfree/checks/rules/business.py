"""Rules about the business and its registration."""

import re
from typing import TYPE_CHECKING

import phonenumbers
from django.utils.text import get_text_list
from django.utils.translation import gettext_lazy as _

from messaging.states import CA_PROVINCES, US_STATES

from ... import zip_codes
from ...choices import EntityType
from .rule import FORMAT, OURS, POSTAL, REGISTRATION, REVIEWERS, Hits, Rule, date
from .texts import COMPANY, host, is_named, squeezed, words

if TYPE_CHECKING:
    from ...models import VerificationRequest

SOCIAL = frozenset({
    "facebook.com", "fb.com", "m.facebook.com", "instagram.com", "linkedin.com", "twitter.com", "x.com",
    "tiktok.com", "youtube.com", "pinterest.com", "threads.net", "linktr.ee", "yelp.com", "nextdoor.com", "wa.me",
    "t.me", "sites.google.com", "business.site", "maps.google.com", "g.page", "google.com",
})  # fmt: skip
POST_BOX = words(r"p\.? ?o\.? ?box|post office box|pmb ?#? ?\d+|p\.? ?m\.? ?b\.? ?\d+")
US_ZIP = re.compile(r"\d{5}(?:-?\d{4})?", re.ASCII)
# No place has a ZIP code that starts with these.
NO_PLACE = "000"
PUBLIC = re.compile(
    r"^(?:the )?(?:city|county|town|village|township|borough|state|commonwealth|department|district) of\b",
    re.IGNORECASE,
)


def legal_name_varies(request: "VerificationRequest") -> Hits:
    """Find another spelling of the name among our own requests; the business is the same."""
    names = (other.business_name for other in request.others if other.is_same_business)
    other = next((name for name in names if name not in ("", request.business_name)), None)
    if request.business_name and other:
        yield "business_name", {"other": other[:120]}


def brand_not_used(request: "VerificationRequest") -> Hits:
    brand = request.doing_business_as
    shown = (
        request.production_message_content,
        request.opt_in_workflow,
        request.opt_in_confirmation_response,
    )
    if brand and request.production_message_content and not any(is_named(brand, text) for text in shown):
        yield "doing_business_as", {"brand": brand[:120]}


def website_is_social(request: "VerificationRequest") -> Hits:
    name = host(request.corporate_website)
    if name in SOCIAL:
        yield "corporate_website", {"site": name}


def post_box(request: "VerificationRequest") -> Hits:
    for field in ("business_addr1", "business_addr2"):
        if POST_BOX.search(getattr(request, field)):
            yield field, {}


def city_lower_case(request: "VerificationRequest") -> Hits:
    if request.business_city[:1].islower():
        yield "business_city", {"city": request.business_city[:60]}


def zip_of_another_shape(request: "VerificationRequest") -> Hits:
    code, state = request.business_zip, request.business_state
    if not code:
        return
    is_us = state in US_STATES.values() and (not US_ZIP.fullmatch(code) or code.startswith(NO_PLACE))
    is_canadian = state in CA_PROVINCES.values() and not re.fullmatch(
        r"[A-Za-z]\d[A-Za-z][ -]?\d[A-Za-z]\d", code
    )
    if is_us or is_canadian:
        yield "business_zip", {"state": state}


def zip_of_another_state(request: "VerificationRequest") -> Hits:
    code, state = request.business_zip, request.business_state
    if state not in US_STATES.values() or not US_ZIP.fullmatch(code):
        return
    known = zip_codes.states_of(code)
    if known and state not in known:
        yield "business_zip", {"state": state, "known": get_text_list([*known], _("or"))}


def state_of_another_country(request: "VerificationRequest") -> Hits:
    country, state = request.business_registration_country, request.business_state
    is_wrong = (country == "CA" and state in US_STATES.values()) or (
        country == "US" and state in CA_PROVINCES.values()
    )
    if is_wrong:
        yield "business_registration_country", {"state": state}


def sole_proprietor_with_company(request: "VerificationRequest") -> Hits:
    found = COMPANY.search(request.business_name)
    if found and request.entity_type == EntityType.SOLE_PROPRIETOR:
        yield "entity_type", {"found": found.group()}


def not_a_company(request: "VerificationRequest") -> Hits:
    name, kind = request.business_name, request.entity_type
    company = re.search(r"\b(?:l\.?l\.?c|corp|corporation|l\.?l\.?p|gmbh)\b", name, re.IGNORECASE)
    is_public = PUBLIC.search(name) and not COMPANY.search(name)
    if (
        company
        and kind == EntityType.GOVERNMENT
        or is_public
        and kind
        in (
            EntityType.PRIVATE_PROFIT,
            EntityType.PUBLIC_PROFIT,
            EntityType.SOLE_PROPRIETOR,
        )
    ):
        yield "entity_type", {"name": name[:120]}


# By type of number: the countries that have it, and how it looks without spaces, dots and hyphens.
REGISTERS: dict[str, tuple[tuple[str, ...], str]] = {
    "EIN": (("US",), r"\d{9}"),
    "CBN": (("CA",), r"\d{9}(?:[A-Z]{2}\d{4})?"),
    "CRA": (("CA",), r"\d{9}(?:[A-Z]{2}\d{4})?"),
    "NEQ": (("CA",), r"\d{10}"),
    "COMPANIESHOUSE": (("GB",), r"\d{7,8}|[A-Z]{2}\d{6}"),
    "ABN": (("AU",), r"\d{11}"),
    "ACN": (("AU",), r"\d{9}"),
    "NZBN": (("NZ",), r"\d{13}"),
    "SIREN": (("FR",), r"\d{9}"),
    "SIRET": (("FR",), r"\d{14}"),
    "USTIDNR": (("DE",), r"(?:DE)?\d{9}"),
    "CNPJ": (("BR",), r"[0-9A-Z]{12}\d{2}"),
}
# By country, for types that many countries have.
NATIONAL: dict[tuple[str, str], str] = {
    ("GB", "CRN"): r"\d{7,8}|[A-Z]{2}\d{6}",
    ("GB", "VAT"): r"(?:GB)?(?:\d{9}|\d{12})",
    ("IE", "VAT"): r"(?:IE)?\d[0-9A-Z+*]\d{5}[A-Z]{1,2}",
    ("DE", "VAT"): r"(?:DE)?\d{9}",
    ("FR", "VAT"): r"(?:FR)?[0-9A-Z]{2}\d{9}",
    ("ES", "VAT"): r"(?:ES)?[0-9A-Z]\d{7}[0-9A-Z]",
    ("IT", "VAT"): r"(?:IT)?\d{11}",
    ("NL", "VAT"): r"(?:NL)?\d{9}B\d{2}",
    ("CA", "BN"): r"\d{9}(?:[A-Z]{2}\d{4})?",
}


def _registration(request: "VerificationRequest") -> tuple[str, str, str]:
    number = re.sub(r"[^0-9A-Z+*]", "", request.business_registration_number.upper())
    kind = re.sub(r"[^A-Z]", "", request.business_registration_type.upper())
    return number, kind, request.business_registration_country


def registration_of_another_shape(request: "VerificationRequest") -> Hits:
    number, kind, country = _registration(request)
    countries, shape = REGISTERS.get(kind, ((country,), NATIONAL.get((country, kind), "")))
    # An EIN that is no EIN is refused as one, so that is an error elsewhere.
    if number and shape and country in countries and kind != "EIN" and not re.fullmatch(shape, number):
        yield "business_registration_number", {"kind": request.business_registration_type[:40]}


def registration_of_another_country(request: "VerificationRequest") -> Hits:
    _number, kind, country = _registration(request)
    countries = REGISTERS.get(kind, ((), ""))[0]
    is_abroad = bool(countries and country and country not in countries)
    if is_abroad or (country == "US" and kind in ("VAT", "CRN", "BRN", "BN")):
        yield (
            "business_registration_type",
            {"kind": request.business_registration_type[:40], "country": country},
        )


def registration_is_private(request: "VerificationRequest") -> Hits:
    if _registration(request)[1] in ("SSN", "ITIN", "SIN", "SOCIALSECURITYNUMBER"):
        yield "business_registration_type", {}


def registration_invented(request: "VerificationRequest") -> Hits:
    digits = re.sub(r"\D", "", request.business_registration_number)
    if len(digits) > 1 and len(set(digits)) == 1:
        yield "business_registration_number", {}


def country_unknown(request: "VerificationRequest") -> Hits:
    country = request.business_registration_country
    if re.fullmatch("[A-Z]{2}", country) and country not in phonenumbers.SUPPORTED_REGIONS:
        yield "business_registration_country", {"code": country}


def name_is_an_address(request: "VerificationRequest") -> Hits:
    name, website = request.business_name, squeezed(host(request.corporate_website))
    if website and (name.startswith(("http", "www.")) or squeezed(name) == website):
        yield "business_name", {}


RULES = (
    Rule(
        "legal_name_varies",
        "business_name",
        legal_name_varies,
        _("Another of our requests for this business calls it “%(other)s”."),
        _("Use the name exactly as registered in both, with its commas and its ending, such as LLC."),
        _("Reviewers look the name up in the registry."),
        REVIEWERS,
        bad={"business_name": "Larkspur Dental Group, LLC"},
        good={"business_name": "Larkspur Dental Group LLC"},
        beside={"phone_numbers": ["+18335550124"]},
    ),
    Rule(
        "name_is_an_address",
        "business_name",
        name_is_an_address,
        _("This is a web address, not the name in the registry."),
        _("Enter the registered name here and the brand in its own field."),
        _("The name must be found in the business registry."),
        REVIEWERS,
        bad={
            "business_name": "larkspur-dental.example",
            "production_message_content": "Larkspur-dental.example: see you on Tuesday. Reply STOP to opt out.",
        },
        good={"business_name": "Larkspur Dental Group LLC"},
    ),
    Rule(
        "brand_not_used",
        "doing_business_as",
        brand_not_used,
        _("Neither the sample nor the opt-in names the brand “%(brand)s”."),
        _("Name it in both, or leave this field empty."),
        _("The person who agrees and the person who gets the message must read the same brand."),
        REVIEWERS,
        bad={"doing_business_as": "Bright Smile"},
        good={
            "doing_business_as": "Bright Smile",
            "production_message_content": "Bright Smile: see you on Tuesday at 10:00. Reply STOP to opt out.",
        },
    ),
    Rule(
        "website_is_social",
        "corporate_website",
        website_is_social,
        _("A page on %(site)s isn't a website of the business."),
        _("Enter the business's own site, with contact details, a privacy policy and terms."),
        _(
            "Reviewers want a finished site of the business's own; a profile elsewhere can't show its policies."
        ),
        REVIEWERS,
        bad={
            "corporate_website": "https://www.facebook.com/larkspur",
            "business_contact_email": "robin@facebook.com",
            "privacy_policy_url": "https://www.facebook.com/larkspur/privacy",
            "terms_and_condition_url": "https://www.facebook.com/larkspur/terms",
        },
        good={"corporate_website": "https://www.larkspur-dental.example"},
    ),
    Rule(
        "post_box",
        "business_addr1",
        post_box,
        _("This is a post office box."),
        _("Enter the street address from the registry."),
        _("The address is compared with the registry, which holds the place of business."),
        REVIEWERS,
        bad={"business_addr1": "P.O. Box 1200"},
        good={"business_addr1": "200 Fictional Way"},
    ),
    Rule(
        "city_lower_case",
        "business_city",
        city_lower_case,
        _("“%(city)s” starts with a lowercase letter."),
        _("Write the city as in a mailing address, such as Austin."),
        _("Telnyx wants it to start with a capital letter."),
        REVIEWERS,
        bad={"business_city": "springfield"},
        good={"business_city": "Springfield"},
    ),
    Rule(
        "zip_of_another_shape",
        "business_zip",
        zip_of_another_shape,
        _("This isn't a postal code of %(state)s."),
        _("Check its letters and digits."),
        _("An address that doesn't exist can't be found in the registry."),
        OURS,
        bad={"business_zip": "6270"},
        good={"business_zip": "62704"},
    ),
    Rule(
        "zip_of_another_state",
        "business_zip",
        zip_of_another_state,
        _("The ZIP code is in %(known)s, not in %(state)s."),
        _("Check the ZIP code and the state."),
        _("An address that doesn't exist can't be found in the registry."),
        POSTAL,
        bad={"business_zip": "90210"},
        good={"business_zip": "62704-1234"},
    ),
    Rule(
        "state_of_another_country",
        "business_registration_country",
        state_of_another_country,
        _("%(state)s is in another country."),
        _("Check the country and the address."),
        _("Reviewers look in the registry of this country, with this address."),
        REGISTRATION,
        bad={"business_registration_country": "CA", "business_registration_type": "CBN"},
        good={
            "business_registration_country": "CA",
            "business_registration_type": "CBN",
            "business_state": "Ontario",
            "business_zip": "K1A 0B1",
        },
    ),
    Rule(
        "sole_proprietor_with_company",
        "entity_type",
        sole_proprietor_with_company,
        _("The name has “%(found)s”, so this isn't a sole proprietor."),
        _("Choose Private company."),
        _("The wrong business type is one of the most common reasons for rejection."),
        REVIEWERS,
        bad={"entity_type": EntityType.SOLE_PROPRIETOR},
        good={"entity_type": EntityType.PRIVATE_PROFIT},
    ),
    Rule(
        "not_a_company",
        "entity_type",
        not_a_company,
        _("The business type doesn't fit the name “%(name)s”."),
        _("A city, county or department is a government agency; a business with LLC or Corp. is a company."),
        _("The wrong business type is one of the most common reasons for rejection."),
        REVIEWERS,
        bad={"business_name": "City of Larkspur"},
        good={"business_name": "City of Larkspur", "entity_type": EntityType.GOVERNMENT},
    ),
    Rule(
        "registration_of_another_shape",
        "business_registration_number",
        registration_of_another_shape,
        _("This doesn't look like a number of type %(kind)s in that country."),
        _("Compare it with the registration certificate."),
        _(
            "A number the registry doesn't know is rejected, and submitting again doesn't settle it: Telnyx "
            "wants the certificate by email."
        ),
        FORMAT,
        bad={
            "business_registration_country": "GB",
            "business_registration_type": "Companies House",
            "business_registration_number": "12345",
            "business_state": "Greater London",
            "business_zip": "SW1A 1AA",
        },
        good={
            "business_registration_country": "GB",
            "business_registration_type": "Companies House",
            "business_registration_number": "SC123456",
            "business_state": "Scotland",
            "business_zip": "EH1 1YZ",
        },
        since=date(2026, 2, 17),
    ),
    Rule(
        "registration_of_another_country",
        "business_registration_type",
        registration_of_another_country,
        _("%(country)s has no registration numbers of type %(kind)s."),
        _("The US has EIN, Canada CBN, the United Kingdom Companies House, for example."),
        _("The number is looked up in the registry of this country, by this type."),
        REGISTRATION,
        bad={"business_registration_type": "VAT"},
        good={"business_registration_type": "EIN"},
        since=date(2026, 2, 17),
    ),
    Rule(
        "registration_is_private",
        "business_registration_type",
        registration_is_private,
        _("This is the number of a person, not of a business."),
        _("Enter an EIN; a US sole proprietor without one leaves number, type and country empty."),
        _(
            "Telnyx's help center asks sole proprietors without an EIN to leave it out, and it shouldn't be kept here."
        ),
        REGISTRATION,
        bad={"business_registration_type": "SSN"},
        good={"business_registration_type": "EIN"},
        since=date(2026, 2, 17),
    ),
    Rule(
        "registration_invented",
        "business_registration_number",
        registration_invented,
        _("A number that repeats a single digit looks made up."),
        _("Copy it from the registration certificate."),
        _("Reviewers look the number up in the registry."),
        REGISTRATION,
        bad={"business_registration_number": "99-9999999"},
        good={"business_registration_number": "12-3456789"},
        since=date(2026, 2, 17),
    ),
    Rule(
        "country_unknown",
        "business_registration_country",
        country_unknown,
        _("No country has the code %(code)s."),
        _("Choose it from the list. The United Kingdom, for example, is GB."),
        _("Telnyx expects the two-letter country code (ISO 3166)."),
        REGISTRATION,
        bad={"business_registration_country": "UK", "business_registration_type": "BRN"},
        good={
            "business_registration_country": "GB",
            "business_registration_type": "CRN",
            "business_registration_number": "12345678",
        },
        since=date(2026, 2, 17),
    ),
)
