"""Everything that blocks, or should delay, submitting a request: one list for the page, the button and the API."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from ..links import words as links
from . import validation
from .rules import RULES
from .rules.rule import Level
from .sections import SECTION_OF

if TYPE_CHECKING:
    from ..models import VerificationRequest


@dataclass(frozen=True)
class Problem:
    """One thing to correct or, at level "warning", to consider; `rule` is the stable id of the rule that found it.

    `history` says what came of it before, if anybody asked (lessons.warnings).
    """

    rule: str
    field: str
    message: str
    level: Level
    history: str = ""

    @property
    def section(self) -> str:
        """The slug of the section with this field."""
        return SECTION_OF[self.field]


# What was found when a web address was opened.
LINK = "link_"
# No warning: it has questions of its own (tollfree/verified.py).
NUMBER_VERIFIED = "number_verified"
FIELD_ORDER = {field: position for position, field in enumerate(SECTION_OF)}


def find(request: "VerificationRequest") -> list[Problem]:
    """Return all current problems of a request, errors first, then in the order of the form."""
    request.others = request.find_others()
    return sorted(
        _all(request), key=lambda problem: (problem.level != Level.ERROR, FIELD_ORDER[problem.field])
    )


def _all(request: "VerificationRequest") -> Iterator[Problem]:
    for name, check in validation.ERRORS.items():
        for field, message in check(request):
            yield Problem(name, field, message, Level.ERROR)
    today = timezone.localdate()
    for rule in RULES:
        if level := rule.level(today):
            for field, message in rule.find(request):
                yield Problem(rule.id, field, message, level)
    for code, field, message in links.warnings(request):
        yield Problem(f"{LINK}{code}", field, message, Level.WARNING)


def errors(problems: list[Problem]) -> list[Problem]:
    """Return the problems that block submitting."""
    return [problem for problem in problems if problem.level == Level.ERROR]
