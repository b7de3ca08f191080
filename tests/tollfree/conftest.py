"""Toll-free requests for tests: a complete one, and the worker's rounds against a sandbox."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.mirror.conftest import client  # noqa: F401 - a fixture: Telnyx's in the place of Django's
from tollfree.models import VerificationRequest

Make = Callable[..., VerificationRequest]

# Everything Telnyx and its reviewers ask for, so that a test can break one thing.
COMPLETE: dict[str, Any] = {
    "phone_numbers": ["+18005550123"],
    "business_name": "Larkspur Dental Group LLC",
    "corporate_website": "https://www.larkspur-dental.example",
    "business_addr1": "200 Fictional Way",
    "business_city": "Springfield",
    "business_state": "Illinois",
    "business_zip": "62704",
    "entity_type": "PRIVATE_PROFIT",
    "business_registration_number": "12-3456789",
    "business_registration_type": "EIN",
    "business_registration_country": "US",
    "business_contact_first_name": "Robin",
    "business_contact_last_name": "Sample",
    "business_contact_email": "robin@larkspur-dental.example",
    "business_contact_phone": "+12175550142",
    "use_case": "Appointments",
    "message_volume": "10,000",
    "use_case_summary": "Reminders of booked dental appointments, sent to patients who asked for them.",
    "production_message_content": "Larkspur Dental: see you on Tuesday at 10:00. Reply STOP to opt out.",
    "opt_in_workflow": "Patients tick a separate, optional box for text reminders in the booking form.",
    "opt_in_workflow_image_urls": ["https://larkspur-dental.example/opt-in.png"],
    "opt_in_keywords": "START, YES",
    "privacy_policy_url": "https://larkspur-dental.example/privacy",
    "terms_and_condition_url": "https://larkspur-dental.example/terms",
    "additional_information": "Each practice has one number for its own patients.",
}


def complete(**changes: Any) -> VerificationRequest:
    """Return an unsaved request without problems, except for `changes`."""
    return VerificationRequest(**(COMPLETE | changes))


@pytest.fixture
def make(db: None) -> Make:
    def made(**changes: Any) -> VerificationRequest:
        request = complete(**changes)
        request.save()
        return request

    return made
