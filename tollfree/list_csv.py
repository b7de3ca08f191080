"""The list of toll-free verifications as a CSV file. Contacts are in it for those who see them on the pages, too."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy

from messaging.list_csv import Column
from messaging.mirror.masking import HIDDEN
from messaging.team.people import name_and_state
from messaging.validators import display_number

from . import page, standing, turns
from .choices import in_plain_words
from .models import VerificationRequest

Value = Callable[[VerificationRequest, User], str]


def prepare(requests: list[VerificationRequest], _user: User) -> None:
    turns.with_entries(requests)


def _numbers(request: VerificationRequest, _user: User) -> str:
    """Return the numbers; without the plus sign a spreadsheet takes them for text."""
    return "; ".join(display_number(number).removeprefix("+") for number in request.phone_numbers)


def _contact(*names: str) -> Value:
    def value(request: VerificationRequest, user: User) -> str:
        found = " ".join(filter(None, (getattr(request, name) for name in names)))
        return found if not found or page.sees_contacts(user) else HIDDEN

    return value


def _status(request: VerificationRequest, _user: User) -> str:
    return in_plain_words(request.remote_status) if request.remote_status else ""


COLUMNS = (
    Column(gettext_lazy("Business"), lambda request, user: request.business_name),
    Column(gettext_lazy("Numbers"), _numbers),
    Column(gettext_lazy("Stage"), lambda request, user: request.turn().group.label),
    Column(gettext_lazy("What happens now"), lambda request, user: standing.line(request)),
    Column(gettext_lazy("Status at Telnyx"), _status),
    Column(
        gettext_lazy("Reason given by Telnyx"),
        lambda request, user: page.seen_of(request, user).words(request.remote_reason),
    ),
    Column(gettext_lazy("Due (%(zone)s)"), lambda request, user: request.due_at()),
    Column(gettext_lazy("Assigned to"), lambda request, user: name_and_state(request.assigned_to)),
    Column(gettext_lazy("Website"), lambda request, user: request.corporate_website),
    Column(gettext_lazy("Contact"), _contact("business_contact_first_name", "business_contact_last_name")),
    Column(gettext_lazy("Contact email"), _contact("business_contact_email")),
    Column(gettext_lazy("Contact phone"), _contact("business_contact_phone")),
    Column(gettext_lazy("Created by"), lambda request, user: str(request.created_by or "")),
    Column(gettext_lazy("Created (%(zone)s)"), lambda request, user: request.created_at),
    Column(gettext_lazy("Last edited (%(zone)s)"), lambda request, user: request.updated_at),
    Column(gettext_lazy("Telnyx ID"), lambda request, user: request.remote_id),
)
