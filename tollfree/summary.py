"""A request as shown to people: section by section, and what changed since it was last sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from messaging.mirror.masking import HIDDEN
from messaging.mirror.models import OutboxEntry
from messaging.validators import display_number

from .checks.sections import SECTION_OF, SENT_SECTIONS
from .choices import UseCase
from .models import VerificationRequest

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
VISIBLE_END = 4
CONTENT = ("create", "update")


@dataclass(frozen=True)
class Value:
    """One field in words; `lines` is empty if nothing is filled in."""

    field: str
    label: str
    lines: list[str]


@dataclass(frozen=True)
class Block:
    slug: str
    title: str | Promise
    values: list[Value]


@dataclass(frozen=True)
class Change:
    """One field that reads differently in two versions."""

    field: str
    label: str
    before: list[str]
    after: list[str]


def label(field: str) -> str:
    return capfirst(str(VerificationRequest._meta.get_field(field).verbose_name))  # type: ignore[union-attr]


def lines(
    request: VerificationRequest, field: str, *, secrets: bool = True, contacts: bool = True
) -> list[str]:
    """Return a field's value in lines. With `secrets` False, only the end of a secret value is shown.

    With `contacts` False, people and addresses are left out.
    """
    value = getattr(request, field)
    if field in CONTACT and value and not contacts:
        return [HIDDEN]
    if isinstance(value, bool):
        return [_("Yes") if value else _("No")]
    if field == "phone_numbers":
        return [display_number(number) for number in value]
    if isinstance(value, list):
        return list(value)
    if field in SECRETS and value and not secrets:
        return [masked(value)]
    if field == "business_contact_phone":
        value = display_number(value)
    choices = dict(VerificationRequest._meta.get_field(field).flatchoices)  # type: ignore[union-attr]
    return [str(line) for line in str(choices.get(value, value)).splitlines()]


def masked(text: str) -> str:
    """Return a secret as dots and its last characters, or only dots when it is short."""
    return HIDDEN + (text[-VISIBLE_END:] if len(text) >= 2 * VISIBLE_END else "")


def blocks(
    request: VerificationRequest, *, secrets: bool, contacts: bool = True, empty: bool = True
) -> list[Block]:
    """Return everything in a request, section by section; `empty` False leaves out what is not filled in."""
    return [
        Block(section.slug, section.title, list(_values(request, section.fields, secrets, contacts, empty)))
        for section in SENT_SECTIONS
    ]


def _values(
    request: VerificationRequest, fields: Iterable[str], secrets: bool, contacts: bool, empty: bool
) -> Iterable[Value]:
    for field in fields:
        if field == "campaign_verify_authorization_token" and request.use_case != UseCase.POLITICAL:
            continue
        text = lines(request, field, secrets=secrets, contacts=contacts)
        if text or empty:
            yield Value(field, label(field), text)


def changes(before: VerificationRequest, after: VerificationRequest) -> list[Change]:
    """Return the fields in which two versions differ, in the order of the form."""
    return [
        Change(field, label(field), lines(before, field), lines(after, field))
        for field in SECTION_OF
        if getattr(before, field) != getattr(after, field)
    ]


def last_sent(request: VerificationRequest, entries: Iterable[OutboxEntry]) -> VerificationRequest | None:
    """Return the version Telnyx has, or the one it refused last if it has none; None if it never saw one.

    `entries` are all promises of the request, newest first.
    """
    sent = [entry for entry in entries if entry.operation in CONTENT]
    states = (OutboxEntry.State.ACCEPTED, OutboxEntry.State.REFUSED)
    newest = next((entry for state in states for entry in sent if entry.state == state), None)
    if newest and not newest.is_forgotten():
        return _loaded(newest.promised())
    return _loaded(request.remote_data) if request.remote_data else None


def _loaded(record: Mapping[str, Any]) -> VerificationRequest:
    return VerificationRequest(**VerificationRequest.wire.load(record))
