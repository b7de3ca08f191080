"""Rules about the person a reviewer may reach, and about a reseller in between."""

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from messaging.validators import is_valid_number

from .rule import OURS, REVIEWERS, Hits, Rule
from .texts import host, plain_name, quoted, said, site, squeezed, words

if TYPE_CHECKING:
    from ...models import VerificationRequest

NOBODY = words(
    r"admin\w*|support|team|info|sales|office|customer|service|n/?a|test|none|owner|manager|contact"
)
FREE_MAIL = re.compile(
    r"(?:gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|aol|icloud|me|mac|gmx|proton|protonmail|mail|zoho|"
    r"yandex|comcast|verizon|att|sbcglobal|bellsouth|cox|web)\.(?:com|net|de|fr|ca|me|ru|co\.uk|com\.au)"
)
MANY = words(
    r"multiple (?:businesses|companies|brands|merchants|clients|organizations)|"
    r"(?:several|various|different|many) (?:businesses|companies|merchants|organizations)|white[- ]label\w*|"
    r"on behalf of (?:our|its|their|many|several|multiple|various|different) (?:clients?|customers?|"
    r"merchants?|tenants?)|"
    r"our (?:clients|customers)['’] (?:customers|patients|clients|members)"
)
SHORTEST_NAME = 4


def phone_not_in_use(request: "VerificationRequest") -> Hits:
    phone = request.business_contact_phone
    if phone.startswith("+") and not is_valid_number(phone):
        yield "business_contact_phone", {}


def name_of_nobody(request: "VerificationRequest") -> Hits:
    for field in ("business_contact_first_name", "business_contact_last_name"):
        if NOBODY.fullmatch(getattr(request, field)):
            yield field, {}


def name_is_initial(request: "VerificationRequest") -> Hits:
    for field in ("business_contact_first_name", "business_contact_last_name"):
        if re.fullmatch(r"[A-Za-z]\.?", getattr(request, field)):
            yield field, {}


def _domain(request: "VerificationRequest") -> str:
    return request.business_contact_email.rpartition("@")[2].casefold()


def email_free(request: "VerificationRequest") -> Hits:
    if FREE_MAIL.fullmatch(_domain(request)):
        yield "business_contact_email", {"domain": _domain(request)}


def email_of_the_reseller(request: "VerificationRequest") -> Hits:
    reseller, domain, website = (
        plain_name(request.isv_reseller),
        _domain(request),
        host(request.corporate_website),
    )
    name = squeezed(reseller)
    if not domain or len(name) < SHORTEST_NAME or site(domain) == site(website):
        return
    told = squeezed(site(domain).split(".")[0])
    if len(told) >= SHORTEST_NAME and (name in told or name.startswith(told) or told.startswith(name[:8])):
        yield "business_contact_email", {"reseller": request.isv_reseller[:120]}


def email_elsewhere(request: "VerificationRequest") -> Hits:
    domain, website = _domain(request), host(request.corporate_website)
    is_said = any(True for check in (email_free, email_of_the_reseller) for _hit in check(request))
    if domain and website and not is_said and site(domain) != site(website):
        yield "business_contact_email", {}


def reseller_is_the_business(request: "VerificationRequest") -> Hits:
    reseller = squeezed(plain_name(request.isv_reseller))
    if reseller and reseller in {
        squeezed(plain_name(n)) for n in (request.business_name, request.doing_business_as)
    }:
        yield "isv_reseller", {}


def many_businesses(request: "VerificationRequest") -> Hits:
    for field in ("use_case_summary", "additional_information"):
        if found := list(said(MANY, getattr(request, field))):
            yield field, {"found": quoted(found)}


RULES = (
    Rule(
        "name_of_nobody",
        "business_contact_first_name",
        name_of_nobody,
        _("This isn't a person's name."),
        _("Reviewers want the name of a real person responsible for the business."),
        _("A reviewer may call, and asks for this person."),
        REVIEWERS,
        bad={"business_contact_first_name": "Support"},
        good={"business_contact_first_name": "Robin"},
    ),
    Rule(
        "name_is_initial",
        "business_contact_last_name",
        name_is_initial,
        _("An initial isn't enough."),
        _("Write the name in full."),
        _("A reviewer may look the person up, on the website or in the registry."),
        REVIEWERS,
        bad={"business_contact_last_name": "S."},
        good={"business_contact_last_name": "Sample"},
    ),
    Rule(
        "email_free",
        "business_contact_email",
        email_free,
        _("%(domain)s is a free email service."),
        _("Use an address on the website's domain."),
        _("Anyone can get such an address, so it doesn't show that the person works for the business."),
        REVIEWERS,
        bad={"business_contact_email": "larkspur.dental@gmail.com"},
        good={"business_contact_email": "robin@larkspur-dental.example"},
    ),
    Rule(
        "email_of_the_reseller",
        "business_contact_email",
        email_of_the_reseller,
        _("This address belongs to %(reseller)s, not to the business."),
        _("Enter a contact at the business itself."),
        _("Reviewers reject requests with the contact of a software vendor or reseller."),
        REVIEWERS,
        bad={"isv_reseller": "Textbridge Inc.", "business_contact_email": "ana@textbridge.example"},
        good={"isv_reseller": "Textbridge Inc.", "business_contact_email": "robin@larkspur-dental.example"},
    ),
    Rule(
        "email_elsewhere",
        "business_contact_email",
        email_elsewhere,
        _("The email address isn't on the website's domain."),
        _("Reviewers want one of the business's own."),
        _("It shows that the person works for the business with that website."),
        REVIEWERS,
        bad={"business_contact_email": "robin@another-practice.example"},
        good={"business_contact_email": "robin@mail.larkspur-dental.example"},
    ),
    Rule(
        "phone_not_in_use",
        "business_contact_phone",
        phone_not_in_use,
        _("No country uses a number like this."),
        _("Check its digits."),
        _("A reviewer may call it."),
        OURS,
        bad={"business_contact_phone": "+19995550100"},
        good={"business_contact_phone": "+12175550142"},
    ),
    Rule(
        "reseller_is_the_business",
        "isv_reseller",
        reseller_is_the_business,
        _("This is the business itself."),
        _("Leave it empty unless another company sends on its behalf."),
        _("A reseller that is also the business makes reviewers doubt who sends the messages."),
        REVIEWERS,
        bad={"isv_reseller": "Larkspur Dental Group, LLC"},
        good={"isv_reseller": "Textbridge Inc."},
    ),
    Rule(
        "many_businesses",
        "use_case_summary",
        many_businesses,
        _("%(found)s sounds as if several businesses sent from these numbers."),
        _("File one request for each business, with its own name, website and numbers."),
        _(
            "One number for several businesses is rejected. The business people know must be the one in the request."
        ),
        REVIEWERS,
        bad={
            "use_case_summary": "Reminders that we send on behalf of our clients to the people on their lists."
        },
        good={
            "use_case_summary": "Reminders of booked dental appointments, sent to patients who asked for them."
        },
    ),
)
