"""How ready each section of a request is to be sent."""

from collections.abc import Mapping
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
    CORRECTED = "corrected", _("Corrected, not sent")
    WARNING = "warning", _("Worth a look")


@dataclass(frozen=True)
class Readiness:
    """One section: its state, the fields still empty, and what else to correct or consider, each once."""

    section: Section
    state: Ready
    missing: list[tuple[str, str]]
    others: list[Problem]
    # Fields that Telnyx refused, each with our label: as they still are, and as corrected since.
    refused: list[tuple[str, str]]
    corrected: list[tuple[str, str]]

    @property
    def errors(self) -> list[Problem]:
        """What else stops the request."""
        return [problem for problem in self.others if problem.level == Level.ERROR]

    @property
    def warnings(self) -> list[Problem]:
        """What doesn't stop it."""
        return [problem for problem in self.others if problem.level != Level.ERROR]


class Parts(list[Readiness]):
    """All sections, counted: what stops the request, and what doesn't."""

    @property
    def to_fix(self) -> int:
        """How many things stop the request."""
        return sum(len(part.missing) + len(part.errors) for part in self)

    @property
    def is_refused(self) -> bool:
        """Return True if a field is still as Telnyx refused it."""
        return any(part.refused for part in self)

    @property
    def to_see(self) -> int:
        """How many things are worth a look."""
        return sum(len(part.warnings) for part in self)


def of(problems: list[Problem], refused: Mapping[str, bool] | None = None) -> Parts:
    """Return the readiness of the six sections, from what a request's `problems()` found.

    `refused` says of each field that Telnyx refused whether it was corrected since.
    """
    return Parts(
        _section(
            section,
            [p for p in problems if p.section == section.slug],
            {field: done for field, done in (refused or {}).items() if field in section.fields},
        )
        for section in SENT_SECTIONS
    )


def _section(section: Section, problems: list[Problem], refused: Mapping[str, bool]) -> Readiness:
    missing = [(p.field, label(p.field)) for p in problems if p.rule == "required"]
    others = {p.message: p for p in reversed(problems) if p.rule != "required"}
    return Readiness(
        section,
        _state(problems, refused),
        missing,
        list(reversed(others.values())),
        [(field, label(field)) for field, is_corrected in refused.items() if not is_corrected],
        [(field, label(field)) for field, is_corrected in refused.items() if is_corrected],
    )


def _state(problems: list[Problem], refused: Mapping[str, bool]) -> Ready:
    if any(problem.rule == "required" for problem in problems):
        return Ready.MISSING
    if not all(refused.values()) or any(problem.level == Level.ERROR for problem in problems):
        return Ready.WRONG
    if refused:
        return Ready.CORRECTED
    return Ready.WARNING if problems else Ready.DONE
