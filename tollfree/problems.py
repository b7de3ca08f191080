"""Everything that stops, or should delay, submitting a request: one list that page, button and API read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import VerificationRequest

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Problem:
    """One thing to correct, or to think about when its level is "warning"; `field` is empty when it is about all."""

    rule: str
    field: str
    message: str
    level: str
    section: str


def find(request: "VerificationRequest") -> list[Problem]:
    return []


def errors(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.level == ERROR]
