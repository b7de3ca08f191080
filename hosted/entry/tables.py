"""Find the numbers in a CSV or XLSX file: `python -m hosted.entry.tables < FILE`, as spreadsheet.py does.

It runs in a separate process (messaging/apart.py) and prints JSON: the columns that hold numbers, as columns.py
chooses them, or {"problem": "rows"}.
"""

from typing import Any

from messaging import rights
from messaging.tables import reader

from .columns import MOST_COLUMNS, choose, is_number

# Only for a reader that hangs: the largest table within the limits takes about 3 seconds on a slow machine.
CPU_SECONDS = 30
# No phone number is longer than 200 characters.
LIMITS = reader.Limits(rows=5_000, columns=MOST_COLUMNS, cell=200, is_own_row=is_number)


def find(content: bytes) -> dict[str, Any]:
    """Return the columns that hold numbers, or what is wrong with the file."""
    try:
        return choose(reader.read(content, LIMITS))
    except reader.Refused as refused:
        return {"problem": refused.code, "row": refused.row}
    except MemoryError:
        return {"problem": "bomb"}


if __name__ == "__main__":
    rights.answer(find, CPU_SECONDS)
