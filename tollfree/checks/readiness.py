"""How ready each section of a request is to be sent."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from ..summary import label
from .problems import Level, Problem
from .sections import SENT_SECTIONS, Section


class Ready(TextChoices):
    DONE = "done", _("Done")
    MISSING = "missing", _("Missing")
    WRONG = "wrong", _("To fix")
    WARNING = "warning", _("Warning")


@dataclass(frozen=True)
class Readiness:
    """One section: its state, the fields still empty, and what else to correct or consider, each once."""

    section: Section
    state: Ready
    missing: list[tuple[str, str]]
    others: list[Problem]


def of(problems: list[Problem]) -> list[Readiness]:
    """Return the readiness of the six sections, from what a request's `problems()` found."""
    return [
        _section(section, [p for p in problems if p.section == section.slug]) for section in SENT_SECTIONS
    ]


def _section(section: Section, problems: list[Problem]) -> Readiness:
    missing = [(p.field, label(p.field)) for p in problems if p.rule == "required"]
    others = {p.message: p for p in reversed(problems) if p.rule != "required"}
    return Readiness(section, _state(problems), missing, list(reversed(others.values())))


def _state(problems: list[Problem]) -> Ready:
    if any(problem.rule == "required" for problem in problems):
        return Ready.MISSING
    if any(problem.level == Level.ERROR for problem in problems):
        return Ready.WRONG
    return Ready.WARNING if problems else Ready.DONE
