"""What the tests of registrations send: a brand, an agent and a launch that Telnyx's documentation allows."""

from typing import Any

BRAND: dict[str, Any] = {
    "display_name": "Larkspur Dental",
    "legal_name": "Larkspur Dental Group LLC",
    "legal_entity_type": "LIMITED_LIABILITY_COMPANY",
    "organization_type": "PRIVATE_PROFIT",
    "website_url": "https://larkspur-dental.example.com",
    "identifiers": {"ein": {"identifier_type": "EIN", "value": "12-3456789"}},
    "addresses": {
        "primary": {
            "line_1": "200 Fictional Way",
            "city": "Springfield",
            "administrative_area": "IL",
            "postal_code": "62704",
            "country_code": "US",
        }
    },
    "contacts": {
        "brand": {
            "contact_type": "BRAND",
            "first_name": "Robin",
            "last_name": "Sample",
            "email": "robin@larkspur-dental.example.com",
            "phone_number": "+12175550142",
        }
    },
}
AGENT: dict[str, Any] = {
    "display_name": "Larkspur Reminders",
    "use_case": "TRANSACTIONAL",
    "configuration": {
        "basics": {
            "description": "Reminders of appointments",
            "logo_url": "https://larkspur-dental.example.com/logo.png",
            "hero_url": "https://larkspur-dental.example.com/hero.png",
            "brand_color": "#123456",
            "privacy_policy_url": "https://larkspur-dental.example.com/privacy",
            "terms_and_conditions_url": "https://larkspur-dental.example.com/terms",
            "email": {"address": "help@larkspur-dental.example.com", "label": "Support"},
        }
    },
}
LAUNCH: dict[str, Any] = {
    "campaign": {
        "company_overview": "Larkspur Dental runs four practices.",
        "agent_overview": "The agent reminds patients of appointments.",
        "interactions": [{"interaction_type": "TRANSACTIONAL_UPDATES"}],
        "message_examples": ["See you on Tuesday.", "Your visit is moved.", "How was your visit?"],
        "consent_settings": {
            "opt_in_methods": [{"method_type": "SALE_POINT"}],
            "call_to_action": "Tick a box on the form at the desk.",
            "double_opt_in": False,
            "opt_in_message": "You get reminders from Larkspur Dental.",
            "help_response": "Write to help@larkspur-dental.example.com.",
            "opt_out_response": "You get no more messages.",
        },
    },
    "testing": {"test_url": "https://larkspur-dental.example.com/video"},
}
