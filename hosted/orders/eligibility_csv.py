"""The check's result for each number, as a CSV in which spreadsheets leave digits and plus signs as they are."""

from collections.abc import Iterable
from datetime import UTC
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from messaging import spreadsheet

from ..state import eligibility

if TYPE_CHECKING:
    from ..models import OrderNumber


def eligibility_csv(numbers: "Iterable[OrderNumber]") -> str:
    """Return one line per number: the number, the check's result, and what to do."""
    head = [
        _("Number"),
        _("Name"),
        _("As typed"),
        _("Result"),
        _("Meaning"),
        _("Next step"),
        _("Telnyx's status"),
        _("Telnyx's details"),
        _("Checked (UTC)"),
    ]
    return spreadsheet.BOM + spreadsheet.lines([head, *map(_row, numbers)])


def _row(number: "OrderNumber") -> list[str]:
    found = eligibility.verdict(number)
    checked = f"{number.checked_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if number.checked_at else ""
    return [
        number.phone_number,
        number.name,
        number.typed,
        str(found.kind.label),
        str(found.words),
        str(found.next_step),
        number.eligibility,
        number.eligibility_detail,
        checked,
    ]
