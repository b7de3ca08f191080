"""Read the rows of a CSV or XLSX file: `python -m messaging.optouts.consent_rows < FILE`, as consents.py does.

It runs in a separate process (messaging/apart.py) and prints JSON: the rows by their numbers, or {"problem": code}.
"""

from typing import Any

from messaging import rights
from messaging.tables import reader

CPU_SECONDS = 20
LIMITS = reader.Limits(rows=5_001, columns=20, cell=300, heads_first=True)


def find(content: bytes) -> dict[str, Any]:
    """Return the rows, or what is wrong with the file."""
    try:
        sheet = next(
            (sheet for sheet in reader.read(content, LIMITS) if sheet.rows and not sheet.is_hidden), None
        )
        if sheet is None:
            return {"problem": "kind"}
        # What isn't a text or a number, such as a formula without its value, counts as empty.
        return {
            "rows": {
                row: ["" if cell.startswith("\0") else cell for cell in cells]
                for row, cells in sheet.rows.items()
            },
            "is_workbook": content.startswith(reader.ZIP),
        }
    except reader.Refused as refused:
        return {"problem": refused.code}
    except MemoryError:
        return {"problem": "bomb"}


if __name__ == "__main__":
    rights.answer(find, CPU_SECONDS)
