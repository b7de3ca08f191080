"""Submit a number again that is verified: with a permission of its own, the number typed, and a reason on record."""

from collections.abc import Sequence
from dataclasses import replace

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from messaging.desk import acts
from messaging.desk.pages import says_something
from messaging.numbers import normalise_number
from messaging.validators import display_number

from . import reasons
from .checks import problems, validation
from .checks.problems import Problem
from .checks.rules.rule import Level
from .models import VerificationRequest

PERMISSION = "tollfree.resubmit_verified"
RULE = problems.NUMBER_VERIFIED
TYPED, WHY = "verified_number", "verified_reason"

ON_RECORD = gettext_lazy("Submitted again although verified: %(numbers)s")
SAME_BUSINESS = gettext_lazy("%(number)s is verified for %(business)s, in another request.")
ANOTHER_BUSINESS = gettext_lazy("%(number)s is verified for %(business)s. That business will lose it.")
NOT_TYPED = gettext_lazy("Nothing was sent. Type each verified number in full, as it is shown.")
NOT_SAID = gettext_lazy(
    "Nothing was sent. Say why the verification may be switched off, in a few words that a colleague will "
    "understand next month."
)
WHO_MAY = gettext_lazy(
    "A verified number may be submitted again only by approvers, and by others with the permission “Can submit "
    "verified numbers again”. An administrator can grant it."
)


class NotConfirmed(Exception):
    """A verified number was not typed, or no reason was given; the text says which."""


def told(found: Sequence[Problem], user: User) -> list[Problem]:
    """Return the problems as they are for this person: a verified number only warns people with the permission."""
    may = user.has_perm(PERMISSION)
    return [replace(one, level=Level.WARNING) if may and one.rule == RULE else one for one in found]


def stopping(found: Sequence[Problem], user: User) -> list[Problem]:
    """Return the errors that stop this person."""
    return problems.errors(told(found, user))


def check(request: HttpRequest, record: VerificationRequest) -> tuple[list[str], str]:
    """Return the verified numbers of a request and the reason given. Raise NotConfirmed if something is missing.

    Call it after `record.problems()`.
    """
    numbers = validation.verified_numbers(record)
    if not numbers:
        return [], ""
    if not set(numbers) <= {_read(text) for text in request.POST.getlist(TYPED)}:
        raise NotConfirmed(str(NOT_TYPED))
    reason = reasons.reason_in(request, WHY)
    if not says_something(reason):
        raise NotConfirmed(str(NOT_SAID))
    return numbers, reason


def record(by: User, request: VerificationRequest, numbers: Sequence[str], reason: str) -> None:
    """Put on record what was switched off, by whom, and why."""
    shown = ", ".join(map(display_number, numbers))
    acts.record(by, request, str(ON_RECORD) % {"numbers": shown}, reason=reason)


def holders(record: VerificationRequest) -> list[str]:
    """Return for whom each verified number is verified now, in words. Call it after `record.problems()`."""
    return [
        str(SAME_BUSINESS if other.is_same_business else ANOTHER_BUSINESS)
        % {"number": display_number(number), "business": other.business_name or other}
        for number, other in validation.verified_in(record)
    ]


def asked(request: HttpRequest, record: VerificationRequest) -> list[tuple[str, str]]:
    """Return each verified number as it is shown, with what was typed for it. Call it after `record.problems()`."""
    typed = request.POST.getlist(TYPED)
    numbers = validation.verified_numbers(record)
    return [(display_number(number), typed[n] if n < len(typed) else "") for n, number in enumerate(numbers)]


def _read(text: str) -> str:
    try:
        return normalise_number(text)
    except ValidationError:
        return ""
