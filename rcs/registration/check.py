"""What is missing or doesn't fit together before a registration can be sent."""

from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..models import RcsAgentRegistration, RcsBrand
from .choices import Organization

BRAND_NEEDS = (
    *("display_name", "legal_name", "legal_entity_type", "organization_type", "website_url", "ein"),
    *("address_line_1", "city", "administrative_area", "postal_code", "country_code"),
    *("contact_first_name", "contact_last_name", "contact_email", "contact_phone"),
)
AGENT_NEEDS = (
    *("brand_remote_id", "display_name", "use_case", "description", "logo_url", "hero_url", "brand_color"),
    *("privacy_policy_url", "terms_and_conditions_url"),
)
# Each of an agent's contacts with the name it is shown by.
CONTACTS = (
    ("phone_number", "phone_label"),
    ("website_url", "website_label"),
    ("email_address", "email_label"),
)


@dataclass(frozen=True)
class Problem:
    """What has to be done about a field before the registration can be sent."""

    field: str
    message: str


def problems(record: Any) -> list[Problem]:
    """Return everything that is missing, in the order of the form."""
    needed = BRAND_NEEDS if isinstance(record, RcsBrand) else AGENT_NEEDS
    found = [Problem(name, missing(record, name)) for name in needed if not getattr(record, name)]
    if isinstance(record, RcsBrand):
        is_listed = record.organization_type == Organization.PUBLIC_PROFIT
        if is_listed and not record.stock_symbol:
            found.append(
                Problem("stock_symbol", _("A company listed on a stock exchange needs its stock symbol."))
            )
        return found
    return found + list(_contacts(record))


def missing(record: Any, name: str) -> str:
    label = capfirst(str(record._meta.get_field(name).verbose_name))
    return _("Fill in “%(field)s”.") % {"field": label}


def _contacts(agent: RcsAgentRegistration) -> list[Problem]:
    found = []
    if not any(getattr(agent, value) for value, _label in CONTACTS):
        words = _("People need a phone number, a website or an email address they can turn to.")
        found.append(Problem("phone_number", words))
    for value, label in CONTACTS:
        if getattr(agent, value) and not getattr(agent, label):
            found.append(Problem(label, missing(agent, label)))
        if getattr(agent, label) and not getattr(agent, value):
            found.append(Problem(value, missing(agent, value)))
    return found
