"""What the check said of each number, as a table for spreadsheets that leaves digits and pluses as they are."""

import csv
import re
from collections.abc import Iterable
from datetime import UTC
from io import StringIO
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from . import eligibility

if TYPE_CHECKING:
    from .models import OrderNumber

# A spreadsheet runs what begins like this as a formula, and takes a plus off a number. With an apostrophe in front
# it stays text; our own reading of pastes and files takes the apostrophe away again.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# It shows longer numbers rounded.
LONG_NUMBER = re.compile(r"\d{11,}")
# Without this mark, Excel reads UTF-8 as something else.
MARK = "\ufeff"


def eligibility_csv(numbers: "Iterable[OrderNumber]") -> str:
    """Return one line for each number: what it is, what the check said, and what to do."""
    file = StringIO()
    file.write(MARK)
    table = csv.writer(file)
    table.writerow(
        [
            _("Number"),
            _("As typed"),
            _("Result"),
            _("Meaning"),
            _("Next step"),
            _("Telnyx's word"),
            _("Telnyx's detail"),
            _("Checked (UTC)"),
        ]
    )
    for number in numbers:
        found = eligibility.verdict(number)
        checked = f"{number.checked_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if number.checked_at else ""
        row = [
            number.phone_number,
            number.typed,
            found.kind.label,
            found.words,
            found.next_step,
            number.eligibility,
            number.eligibility_detail,
            checked,
        ]
        table.writerow(safe(str(value)) for value in row)
    return file.getvalue()


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula or a number."""
    return f"'{text}" if text.startswith(FORMULA) or LONG_NUMBER.fullmatch(text) else text
