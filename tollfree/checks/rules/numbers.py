"""Rules about the numbers, and about how many of them a business has."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from messaging.validators import display_number

from ...choices import EntityType, MessageVolume, Status
from .rule import NUMBERS, OURS, REVIEWERS, Hits, Rule, date

if TYPE_CHECKING:
    from ...models import VerificationRequest

NUMBERS_WITHOUT_REASON = 5
SHORTEST_REASON = 40
FEWEST_PER_NUMBER = 10
MUCH = 250_000


def number_rejected_elsewhere(request: "VerificationRequest") -> Hits:
    for other in request.others:
        if other.remote_status != Status.REJECTED or other.is_under_way():
            continue
        for number in sorted(set(request.phone_numbers) & set(other.phone_numbers)):
            yield (
                "phone_numbers",
                {"number": display_number(number), "request": other, "id": other.short_id()},
            )


def many_numbers_unexplained(request: "VerificationRequest") -> Hits:
    """Count the numbers of all the business's requests that are not gone, however each of them spells its name."""
    if len(request.additional_information) >= SHORTEST_REASON:
        return
    own = set(request.phone_numbers)
    others = (other.phone_numbers for other in request.others if other.is_same_business)
    if own and len(everything := own.union(*others)) > NUMBERS_WITHOUT_REASON:
        yield "additional_information", {"count": len(everything), "here": len(own)}


def too_few_messages(request: "VerificationRequest") -> Hits:
    volume, count = volume_of(request), len(set(request.phone_numbers))
    if volume and count > 1 and volume < count * FEWEST_PER_NUMBER:
        yield "message_volume", {"volume": request.message_volume, "count": count}


def too_many_messages(request: "VerificationRequest") -> Hits:
    if request.entity_type == EntityType.SOLE_PROPRIETOR and volume_of(request) >= MUCH:
        yield "message_volume", {"volume": request.get_message_volume_display()}


def volume_of(request: "VerificationRequest") -> int:
    """Return the messages per month as a number, 0 if it isn't one of Telnyx's words."""
    text = request.message_volume
    return int(text.replace(",", "").rstrip("+")) if text in MessageVolume.values else 0


def contact_phone_is_the_number(request: "VerificationRequest") -> Hits:
    if request.business_contact_phone and request.business_contact_phone in request.phone_numbers:
        yield "business_contact_phone", {}


RULES = (
    Rule(
        "number_rejected_elsewhere",
        "phone_numbers",
        number_rejected_elsewhere,
        _("%(number)s has a rejected request: %(request)s (%(id)s)."),
        _("Correct that one instead of creating a new one."),
        _(
            "A number has one request at a time. A correction keeps its place and its history with the reviewers."
        ),
        OURS,
        bad={"phone_numbers": ["+18005550123"]},
        good={"phone_numbers": ["+18335550124"]},
        beside={"remote_id": "r1", "remote_status": Status.REJECTED, "sync_state": "accepted"},
    ),
    Rule(
        "many_numbers_unexplained",
        "additional_information",
        many_numbers_unexplained,
        _("This business has %(count)s numbers in all its requests together."),
        _("More than five need a reason. Explain here what each is for."),
        _(
            "Reviewers suspect that many numbers spread unwanted messages, unless each has a purpose of its own."
        ),
        NUMBERS,
        bad={
            "phone_numbers": [f"+1800555010{digit}" for digit in range(6)],
            "additional_information": "We need them.",
        },
        good={
            "phone_numbers": [f"+1800555010{digit}" for digit in range(6)],
            "additional_information": "Each of our six practices has its own number for its own patients.",
        },
        error_from=date(2026, 1, 1),
    ),
    Rule(
        "too_few_messages",
        "message_volume",
        too_few_messages,
        _("%(volume)s messages a month is very few for %(count)s numbers."),
        _("Enter the total for all numbers, or leave out the numbers you don't need."),
        _("Reviewers compare the volume with the numbers and the size of the business."),
        REVIEWERS,
        bad={"phone_numbers": ["+18005550123", "+18005550124"], "message_volume": "10"},
        good={"phone_numbers": ["+18005550123", "+18005550124"], "message_volume": "1,000"},
    ),
    Rule(
        "too_many_messages",
        "message_volume",
        too_many_messages,
        _("%(volume)s messages a month is a lot for a sole proprietor."),
        _("Enter what you really expect; you can send more once it is approved."),
        _("A volume that doesn't fit the size of the business looks like somebody else's traffic."),
        REVIEWERS,
        bad={
            "entity_type": EntityType.SOLE_PROPRIETOR,
            "business_name": "Robin Sample",
            "message_volume": "1,000,000",
            "production_message_content": "Robin Sample Dental: see you on Tuesday at 10:00. Reply STOP to opt out.",
        },
        good={
            "entity_type": EntityType.SOLE_PROPRIETOR,
            "business_name": "Robin Sample",
            "message_volume": "1,000",
            "production_message_content": "Robin Sample Dental: see you on Tuesday at 10:00. Reply STOP to opt out.",
        },
    ),
    Rule(
        "contact_phone_is_the_number",
        "business_contact_phone",
        contact_phone_is_the_number,
        _("The contact's phone is one of the numbers to be verified."),
        _("Enter a phone number where a reviewer can reach the person."),
        _(
            "A toll-free number that isn't verified yet is often not answered, so the contact can't be checked."
        ),
        OURS,
        bad={"business_contact_phone": "+18005550123"},
        good={"business_contact_phone": "+12175550142"},
    ),
)
