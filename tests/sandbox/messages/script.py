"""What happens to a message: decided in advance for the next ones or for a number, or by the number's last digits."""

from collections import deque
from dataclasses import dataclass

from .facts import AT_ONCE, CODE_OF, ENDINGS, LATER, OUTCOMES, TITLES

REFUSED = "refused"
KNOWN = (*OUTCOMES, REFUSED)


@dataclass(frozen=True)
class Outcome:
    name: str
    code: str | None = None

    def __post_init__(self) -> None:
        if self.name not in KNOWN:
            raise ValueError(f"outcome must be one of {', '.join(KNOWN)}")
        if self.code is not None and self.code not in TITLES:
            raise ValueError(f"{self.code} is not an error code of messages")
        if self.name == REFUSED and self.code not in AT_ONCE:
            raise ValueError(f"a refusal needs one of the codes {', '.join(AT_ONCE)}")

    @property
    def error_code(self) -> str | None:
        return self.code or CODE_OF.get(self.name)


DELIVERED = Outcome("delivered")


class Script:
    """Lasts until a reset. `limits` are daily budgets of profiles in dollars."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.coming: deque[Outcome] = deque()
        self.numbers: dict[str, Outcome] = {}
        self.limits: dict[str, str] = {}

    def plan(self, outcome: Outcome, count: int = 1) -> None:
        self.coming.extend([outcome] * count)

    def set_number(self, number: str, outcome: Outcome | None) -> None:
        """Decide about all messages to a number. None lets its digits decide again."""
        if outcome is None:
            self.numbers.pop(number, None)
        else:
            self.numbers[number] = outcome

    def take_refusal(self, number: str) -> str | None:
        """Return the code that refuses a send to this number, or None."""
        if self.coming and self.coming[0].name == REFUSED:
            return self.coming.popleft().code
        outcome = self.numbers.get(number) or said_by_digits(number)
        return outcome.code if outcome and outcome.name == REFUSED else None

    def decides(self, number: str) -> bool:
        """Return True if somebody decided about the next message, or about this number."""
        return bool(self.coming) or number in self.numbers

    def take(self, number: str) -> Outcome:
        """Return what happens to an accepted message."""
        if self.coming and self.coming[0].name != REFUSED:
            return self.coming.popleft()
        outcome = self.numbers.get(number) or said_by_digits(number)
        return outcome if outcome and outcome.name != REFUSED else DELIVERED


def said_by_digits(number: str) -> Outcome | None:
    """Return what the last five or two digits of a number decide."""
    code, ending = number[-5:], number[-2:]
    if code in AT_ONCE:
        return Outcome(REFUSED, code)
    if code in LATER:
        return Outcome("delivery_failed", code)
    return Outcome(ENDINGS[ending]) if ending in ENDINGS else None
