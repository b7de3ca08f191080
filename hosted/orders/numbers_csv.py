"""An order's numbers at every stage, as a CSV in which spreadsheets leave digits and plus signs as they are."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from messaging import spreadsheet

from ..models import Document, HostedOrder, OrderNumber
from ..state import eligibility
from . import steps
from .steps import StepName, StepState

# The check says what eligible means; the other steps have a column each.
TRACKED = [name for name in StepName if name != StepName.ELIGIBLE]
SILENT = (StepState.LATER, StepState.NEVER)


def numbers_csv(order: HostedOrder, numbers: Iterable[OrderNumber], documents: Iterable[Document]) -> str:
    """Return one line per number: the number, the check's result, how far each step is, and what to do."""
    head = [
        _("Number"),
        _("Name"),
        _("As typed"),
        _("Result"),
        _("Meaning"),
        _("Next step"),
        *(str(name.label) for name in TRACKED),
        _("Now"),
        _("Status at Telnyx"),
        _("Status since (UTC)"),
        _("Telnyx's status"),
        _("Telnyx's details"),
        _("Checked (UTC)"),
    ]
    rows = [_row(order, track) for track in steps.tracks(order, numbers, documents)]
    return spreadsheet.BOM + spreadsheet.lines([head, *rows])


def _row(order: HostedOrder, track: steps.Track) -> list[str]:
    number = track.number
    found = eligibility.verdict(number)
    return [
        number.phone_number,
        number.name,
        number.typed,
        str(found.kind.label),
        str(found.words),
        "" if order.remote_id else str(found.next_step),
        *(str(track.step(name).state.label) for name in TRACKED),
        _now([track.step(name) for name in TRACKED]),
        number.status_words(),
        _utc(number.status_at),
        number.eligibility,
        number.eligibility_detail,
        _utc(number.checked_at),
    ]


def _now(tracked: Sequence[steps.Step]) -> str:
    """Return what the first unfinished step says, else what the last one says."""
    said = [step for step in tracked if step.words and step.state not in SILENT]
    unfinished = [step for step in said if step.state != StepState.DONE]
    return str(next(iter([*unfinished, *said[::-1]])).words) if said else ""


def _utc(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if at else ""
