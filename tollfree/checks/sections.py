"""The six sections in which a request is filled in, read and sent."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Section:
    slug: str
    title: str | Promise
    fields: tuple[str, ...]


SENT_SECTIONS = (
    Section("numbers", _("Numbers"), ("phone_numbers",)),
    Section(
        "business",
        _("Business"),
        (
            "business_name",
            "doing_business_as",
            "corporate_website",
            "business_addr1",
            "business_addr2",
            "business_city",
            "business_state",
            "business_zip",
            "entity_type",
            "business_registration_number",
            "business_registration_type",
            "business_registration_country",
        ),
    ),
    Section(
        "contact",
        _("Contact"),
        (
            "business_contact_first_name",
            "business_contact_last_name",
            "business_contact_email",
            "business_contact_phone",
        ),
    ),
    Section(
        "messages",
        _("What you send"),
        (
            "use_case",
            "campaign_verify_authorization_token",
            "message_volume",
            "use_case_summary",
            "production_message_content",
            "age_gated_content",
        ),
    ),
    Section(
        "consent",
        _("How people opt in"),
        (
            "opt_in_workflow",
            "opt_in_workflow_image_urls",
            "opt_in_keywords",
            "opt_in_confirmation_response",
            "help_message_response",
            "privacy_policy_url",
            "terms_and_condition_url",
        ),
    ),
    Section("extra", _("Other details"), ("isv_reseller", "additional_information")),
)

SECTION_OF = {field: section.slug for section in SENT_SECTIONS for field in section.fields}

# Values that people who can't edit don't need to see in full.
SECRETS = ("business_registration_number", "campaign_verify_authorization_token")
# People and addresses; someone who may only view requests sees none of this.
CONTACT = (
    "business_contact_first_name",
    "business_contact_last_name",
    "business_contact_email",
    "business_contact_phone",
    "business_addr1",
    "business_addr2",
    "business_city",
    "business_state",
    "business_zip",
)
# The company in a request: what a business profile keeps for the next one.
COMPANY_SECTIONS = (
    *(section for section in SENT_SECTIONS if section.slug in ("business", "contact")),
    Section(
        "pages",
        _("Web pages and reseller"),
        ("privacy_policy_url", "terms_and_condition_url", "isv_reseller"),
    ),
)
COMPANY = tuple(field for section in COMPANY_SECTIONS for field in section.fields)
