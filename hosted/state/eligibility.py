"""What Telnyx's check says about each number, in plain words with the next step, and what it means for ordering.

"Could not check" is not "not eligible": the first means try again, the second means find another way.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox

if TYPE_CHECKING:
    from ..models import HostedOrder, OrderNumber

State = OutboxEntry.State

ELIGIBLE = "ELIGIBLE"
# How long a result is good enough to order by; a number may move at any time.
FRESH_FOR = timedelta(hours=24)


class Kind(TextChoices):
    ELIGIBLE = "eligible", _("Eligible")
    INELIGIBLE = "ineligible", _("Not eligible")
    UNKNOWN = "unknown", _("Could not check")
    UNCHECKED = "unchecked", _("Not checked yet")


@dataclass(frozen=True)
class Verdict:
    """What a check means: in words, what to do next, and whether a supervisor may order the number anyway."""

    kind: Kind
    words: str | Promise
    next_step: str | Promise = ""
    may_override: bool = False


def _no(words: str | Promise, next_step: str | Promise, *, may_override: bool = False) -> Verdict:
    return Verdict(Kind.INELIGIBLE, words, next_step, may_override)


def _unknown(words: str | Promise, next_step: str | Promise) -> Verdict:
    return Verdict(Kind.UNKNOWN, words, next_step)


UNCHECKED = Verdict(Kind.UNCHECKED, _("Not checked yet."), _("Check eligibility."))
NO_ANSWER = _unknown(_("Telnyx's answer doesn't mention this number."), _("Check again."))

# Telnyx writes these in capitals in its API description and in lower case elsewhere (docs/telnyx.md, T3.7).
BY_STATUS: dict[str, Verdict] = {
    ELIGIBLE: Verdict(
        Kind.ELIGIBLE, _("Telnyx can probably host it."), _("Order it to find out for certain.")
    ),
    "NUMBER_CAN_NOT_BE_REPEATED": _no(
        _("The number was in the list twice."), _("Remove the duplicate and check again.")
    ),
    "NUMBER_CAN_NOT_BE_VALIDATED": _unknown(
        _("Telnyx could not check this number right now."),
        _("Check again later. If nothing changes, check the digits or ask Telnyx support."),
    ),
    "NUMBER_CAN_NOT_BE_WIRELESS": _no(
        _("Mobile numbers can't be hosted."),
        _(
            "Use a landline or internet number, or move the voice service to a landline "
            "or internet provider first."
        ),
    ),
    "NUMBER_CAN_NOT_BE_ACTIVE_IN_YOUR_ACCOUNT": _no(
        _("The number is already active in your Telnyx account."),
        _("Nothing to host. Set up texting on the number itself."),
    ),
    "NUMBER_CAN_NOT_HOSTED_WITH_A_TELNYX_SUBSCRIBER": _no(
        _("Another Telnyx customer hosts this number."),
        _("Ask them to release it, or ask a supervisor to start a transfer."),
        may_override=True,
    ),
    "NUMBER_CAN_NOT_BE_IN_TELNYX": _no(
        _("The number belongs to another Telnyx account."),
        _("A transfer between accounts may be possible. A supervisor can order it anyway."),
        may_override=True,
    ),
    "NUMBER_IS_NOT_A_US_NUMBER": _no(_("Only US numbers can be hosted."), _("Remove it.")),
    "NUMBER_IS_NOT_A_VALID_ROUTING_NUMBER": _no(
        _("Calls and texts can't be routed to this number."),
        _("Check the digits with the line's provider."),
    ),
    "NUMBER_IS_NOT_IN_E164_FORMAT": _no(
        _("Telnyx can't read this number."), _("Type it again with + and its country code.")
    ),
    "BILLING_ACCOUNT_CHECK_FAILED": _unknown(
        _("Telnyx could not check your billing account."),
        _("See the billing page in the Telnyx portal, then check again."),
    ),
    "BILLING_ACCOUNT_IS_ABOLISHED": _no(
        _("Your Telnyx billing account is closed."), _("Ask Telnyx support.")
    ),
}


def verdict(number: "OrderNumber") -> Verdict:
    """Return what is known about a number's eligibility. A status we don't know is shown as it is."""
    if number.checked_at is None:
        return UNCHECKED
    if not number.eligibility and number.eligible is None:
        return NO_ANSWER
    known = BY_STATUS.get(number.eligibility.upper())
    says_yes = number.eligible is True
    if known and (known.kind == Kind.ELIGIBLE) == says_yes:
        return known
    if known and known.kind == Kind.UNKNOWN:
        return known
    if known or says_yes or number.eligible is None:
        # Both must say yes (docs/telnyx.md, T3.6).
        return _unknown(
            _("Telnyx's answer is unclear: %(status)s.") % {"status": number.eligibility or "?"},
            _("Check again, or ask Telnyx support."),
        )
    return _no(
        _("%(status)s (new status, meaning not known yet)") % {"status": number.eligibility or "?"},
        _("Ask Telnyx support."),
    )


def may_be_ordered(number: "OrderNumber") -> bool:
    """Return True if the number can be ordered: eligible, or overridden by a supervisor."""
    found = verdict(number)
    return found.kind == Kind.ELIGIBLE or (found.may_override and number.is_overridden())


def is_old(number: "OrderNumber", now: datetime | None = None) -> bool:
    """Return True if the last result is too old to order by."""
    checked_at = number.checked_at
    return checked_at is not None and (now or clock.now()) - checked_at > FRESH_FOR


def newest_check(order: "HostedOrder") -> OutboxEntry | None:
    """Return the check that was requested last."""
    return outbox.entries(order).filter(operation="check_eligibility").defer("body").first()


def failed_check(check: OutboxEntry | None) -> Verdict | None:
    """Return what to say while the newest check was tried but has no answer, or None.

    This says nothing about any number: ordering waits until the check has been answered.
    """
    if check is None or check.state in (State.ACCEPTED, State.CANCELLED):
        return None
    if check.state == State.REFUSED:
        told = next((error.get("detail") or error.get("title") for error in check.errors), "")
        words = _("We could not check: Telnyx refused to answer. %(told)s") % {"told": told or ""}
        return _unknown(words, _("Check again."))
    is_first_try = check.attempts_made == 1 and check.state == State.SENDING
    if not check.attempts_made or is_first_try:
        return None
    if check.state == State.NEEDS_PERSON:
        return _unknown(_("We could not check: Telnyx didn't answer."), _("Check again."))
    return _unknown(
        _("We could not check yet: Telnyx isn't answering."), _("We keep trying. No action needed.")
    )
