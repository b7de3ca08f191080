"""What our own history says of a warning: how often Telnyx rejected what was sent despite it."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import ngettext

from ..checks.problems import Problem
from .models import RuleHistory


def with_history(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems, each with the sentence if our history supports its rule. One query, none without problems.

    Only versions count that were sent from here with this rule's warning about this field and that Telnyx approved or
    rejected; of these, only rejections that an explained reason says were about this field.
    """
    found = list(problems)
    rows = RuleHistory.objects.filter(rule__in={problem.rule for problem in found}, rejected__gt=0)
    known = {(row.rule, row.field): _sentence(row) for row in rows}
    return [replace(problem, history=known.get((problem.rule, problem.field), "")) for problem in found]


def _sentence(row: RuleHistory) -> str:
    words = ngettext(
        "Our history: the last answered version sent with this warning was rejected for a reason about this field.",
        "Our history: of the last %(answered)s answered versions sent with this warning, Telnyx rejected %(rejected)s "
        "for a reason about this field.",
        row.answered,
    )
    return words % {"answered": row.answered, "rejected": row.rejected}
