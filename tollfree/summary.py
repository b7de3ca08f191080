"""A request as shown to people: section by section, and what changed since it was last sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from messaging import countries
from messaging.desk import drift
from messaging.mirror.masking import HIDDEN
from messaging.mirror.models import OutboxEntry
from messaging.telnyx import times
from messaging.validators import display_number

from .checks.sections import CONTACT, SECRETS, SECTION_OF, SENT_SECTIONS
from .choices import UseCase
from .models import VerificationRequest

VISIBLE_END = 4
CONTENT = ("create", "update")


@dataclass(frozen=True)
class Value:
    """One field in words; `lines` is empty if nothing is filled in."""

    field: str
    label: str
    lines: list[str]
    # Our numbers, each with a page of its own.
    numbers: Sequence[str] = ()


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
    if field == "business_registration_country" and value in countries.NAMES:
        return [f"{countries.name(value)} ({value})"]
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
            numbers = request.phone_numbers if field == "phone_numbers" else ()
            yield Value(field, label(field), text, numbers)


def changes(
    before: VerificationRequest, after: VerificationRequest, *, secrets: bool = True, contacts: bool = True
) -> list[Change]:
    """Return the fields in which two versions differ, in the order of the form; masked as `lines` does."""

    def seen(version: VerificationRequest, field: str) -> list[str]:
        return lines(version, field, secrets=secrets, contacts=contacts)

    return [
        Change(field, label(field), seen(before, field), seen(after, field))
        for field in SECTION_OF
        if _sent_value(before, field) != _sent_value(after, field)
    ]


def _sent_value(request: VerificationRequest, field: str) -> Any:
    """Return a field's value as Telnyx would get it."""
    if field == "campaign_verify_authorization_token" and request.use_case != UseCase.POLITICAL:
        return ""
    return getattr(request, field)


@dataclass(frozen=True)
class Apart:
    """Where our copy differs from Telnyx's: what is ours and not sent, and what someone has to decide."""

    unsent: Sequence[Change] = ()
    differences: Sequence[drift.Difference] = ()


def apart(
    request: VerificationRequest, entries: Iterable[OutboxEntry], *, secrets: bool, contacts: bool
) -> Apart:
    """Compare what is here with what Telnyx holds; `entries` are all promises of the request, newest first.

    While a promise is open, what is here is what is being sent, so nothing is unsent.
    """
    if request.is_under_way() or request.gone_at:
        return Apart()
    read = reader(secrets=secrets, contacts=contacts)
    undecided, held = request.undecided(), request.held()
    return Apart(
        [
            Change(field, label(field), read(field, held[field]), read(field, getattr(request, field)))
            for field in request.apart()
            if field not in undecided
        ],
        drift.differences(request, undecided, read, entries),
    )


def reader(*, secrets: bool, contacts: bool) -> drift.Read:
    """Return what reads a value of a field in lines, masked as `lines` does."""

    def read(field: str, value: Any) -> list[str]:
        return lines(VerificationRequest(**{field: value}), field, secrets=secrets, contacts=contacts)

    return read


@dataclass(frozen=True)
class Holding:
    """Everything Telnyx said about a request when we last read it; a time it didn't say is None."""

    blocks: list[Block]
    created_at: datetime | None
    updated_at: datetime | None


def holding(request: VerificationRequest, *, secrets: bool, contacts: bool) -> Holding | None:
    """Return what Telnyx holds, in full, or None if it never said. What it leaves out reads as empty."""
    if request.remote_id is None or not request.remote_data:
        return None
    return Holding(
        blocks(VerificationRequest(**request.held()), secrets=secrets, contacts=contacts),
        times.read(request.remote_data.get("createdAt")),
        times.read(request.remote_data.get("updatedAt")),
    )


def held(request: VerificationRequest) -> VerificationRequest | None:
    """Return the request as Telnyx holds it, or None if Telnyx never said. What Telnyx leaves out reads as ours."""
    if request.remote_id is None or not request.remote_data:
        return None
    ours = {field: getattr(request, field) for field in request.wire.names}
    told = VerificationRequest.wire.load(request.remote_data)
    return VerificationRequest(**{**ours, **told})


def version(entry: OutboxEntry) -> VerificationRequest | None:
    """Return the request as a promise holds it, or None if it holds none or its content is no longer kept."""
    if entry.operation not in CONTENT or entry.is_forgotten():
        return None
    return _loaded(entry.promised())


def before_correction(
    request: VerificationRequest, entries: Iterable[OutboxEntry]
) -> VerificationRequest | None:
    """Return what a correction replaces: Telnyx's copy, and what was sent last where Telnyx says nothing of a field.

    None if Telnyx never saw the request. `entries` are all promises of the request, newest first.
    """
    if request.remote_id is None or not request.remote_data:
        return last_sent(request, entries)
    there = VerificationRequest(**(request.last_sent(entries) or {}))
    for field, value in request.held().items():
        setattr(there, field, value)
    return there


def is_what(entry: OutboxEntry, request: VerificationRequest) -> bool:
    """Return True if this promise holds exactly what the request says now."""
    is_kept = entry.operation in CONTENT and not entry.is_forgotten()
    return is_kept and not changed_since(entry, request)


def changed_since(entry: OutboxEntry, request: VerificationRequest) -> list[str]:
    """Return the fields that differ from those of a promise; none if its content is no longer kept."""
    if entry.operation not in CONTENT or entry.is_forgotten():
        return []
    return [change.field for change in changes(_loaded(entry.promised()), request)]


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
