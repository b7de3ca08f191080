"""What a test or a person decided in advance: eligibility, codes that do not arrive, what happens to the next files."""

from collections import deque

from .facts import ELIGIBILITIES, ORDER_STATUSES, OWNED, RULES, digits_say

NOT_SENT = {
    "sms": "The text message could not be delivered to this number.",
    "call": "The call to this number was not answered.",
}


class Script:
    """Lasts until a reset. A number that is not in it follows its last two digits."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.eligibility: dict[str, str] = {}
        self.code_errors: dict[str, str] = {}
        self.document_outcomes: deque[str] = deque()
        self.shows_ownership = False

    def set_eligibility(self, number: str, status: str | None) -> None:
        """Decide what a check says about a number; None lets its digits decide again."""
        if status is None:
            self.eligibility.pop(number, None)
        elif status not in ELIGIBILITIES:
            raise ValueError(f"status must be one of {', '.join(ELIGIBILITIES)}")
        else:
            self.eligibility[number] = status

    def set_code_error(self, number: str, error: str | None) -> None:
        """Make codes for a number fail with these words; None lets its digits decide again."""
        if error is None:
            self.code_errors.pop(number, None)
        else:
            self.code_errors[number] = error

    def plan_documents(self, status: str, count: int = 1) -> None:
        """Decide the status of the order after each of the next `count` uploads."""
        if status not in ORDER_STATUSES:
            raise ValueError(f"status must be one of {', '.join(ORDER_STATUSES)}")
        self.document_outcomes.extend([status] * count)

    def code_error(self, number: str, method: str) -> str | None:
        """Return why a code does not reach a number, or None if it does."""
        if number in self.code_errors:
            return self.code_errors[number]
        return NOT_SENT[method] if method in (digits_say("code_refused", number) or []) else None

    def in_answers(self, status: str) -> str:
        """Return the status of a number as REST shows it."""
        hidden = status == OWNED and not self.shows_ownership
        return RULES["a_verified_number_is_in_answers"] if hidden else status
