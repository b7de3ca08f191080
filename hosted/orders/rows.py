"""One number of an order, as shown on the order's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from messaging.mirror import clock
from messaging.mirror.wording import Words

from ..choices import CodeMethod, CodeResult
from ..models import Document, HostedOrder, OrderNumber
from ..state import eligibility
from . import ownership_codes
from . import steps as tracker


@dataclass(frozen=True)
class Row:
    """One number with its steps, the check's result, and what can be done to prove ownership."""

    number: OrderNumber
    steps: tuple[tracker.Step, ...]
    verdict: eligibility.Verdict
    is_old: bool
    resend_at: datetime | None
    needs_proof: bool
    needs_support: bool
    is_blocked: bool
    # Telnyx's words, if it refused a request because of this number.
    refused: str = ""

    @property
    def is_stuck(self) -> bool:
        """Return True if proving ownership ran into trouble, so that people may want to go on without the number."""
        return self.needs_support or bool(self.refused or self.number.code_error or self.number.code_result)

    @property
    def seconds_left(self) -> int:
        """Return the seconds until the next code may be requested."""
        return ceil((self.resend_at - clock.now()).total_seconds()) if self.resend_at else 0

    @property
    def way(self) -> str:
        """Return the best method to send a code now, or "" if one is on its way.

        A call reaches every number that can be hosted; a text reaches no landline.
        """
        number = self.number
        if not number.code_sent_at:
            return CodeMethod.CALL.value
        return CodeMethod.CALL.value if number.code_error and number.code_method == CodeMethod.SMS else ""

    @property
    def code_result(self) -> Words:
        """Return the result of the last code in words; a result we don't know is returned as it is."""
        result = self.number.code_result
        return dict(CodeResult.choices).get(result.lower(), result)


def of(
    order: HostedOrder,
    numbers: Sequence[OrderNumber],
    documents: Sequence[Document],
    refused: Mapping[str, str],
) -> list[Row]:
    """Return the numbers as the page shows them; `refused` are Telnyx's words by number. Makes no queries."""
    return [_row(track, refused) for track in tracker.tracks(order, numbers, documents)]


def _row(track: tracker.Track, refused: Mapping[str, str]) -> Row:
    number = track.number
    return Row(
        number=number,
        steps=track.steps,
        verdict=eligibility.verdict(number),
        is_old=eligibility.is_old(number),
        resend_at=ownership_codes.resend_at(number),
        needs_proof=number.is_in_order() and not number.is_owned() and not number.has_failed(),
        needs_support=ownership_codes.needs_support(number),
        is_blocked=not eligibility.may_be_ordered(number),
        refused=refused.get(number.phone_number, ""),
    )
