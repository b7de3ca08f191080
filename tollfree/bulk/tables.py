"""Read the cells of a table of requests: `python -m tollfree.bulk.tables < FILE`, as reading.py does.

It runs in a separate process (messaging/apart.py) and prints JSON: the sheets that people see, or
{"problem": "rows"}.
"""

from typing import Any

from messaging import rights
from messaging.tables import reader

# Only for a reader that hangs.
CPU_SECONDS = 30
# 500 requests, and what people write above and below them. A cell that is too long for Telnyx is still shown as such.
LIMITS = reader.Limits(rows=600, columns=100, cell=5_000, heads_first=True)
# Of all sheets; 500 full requests hold half of it.
MOST_TEXT = 4_000_000
# What a cell says that has no text; these signs are in no real one, and unlike NUL they can be stored.
MARKS = {reader.FORMULA: "\ufffdformula", reader.ERROR: "\ufffderror"}


def find(content: bytes) -> dict[str, Any]:
    """Return the cells of each sheet by row, or what is wrong with the file."""
    found: list[dict[str, Any]] = []
    size, problem = 0, "empty"
    try:
        for sheet in reader.read(content, LIMITS):
            if sheet.problem and not sheet.is_hidden:
                problem = sheet.problem
            if sheet.is_hidden or not sheet.rows:
                continue
            rows = [(n, [MARKS.get(cell, cell) for cell in cells]) for n, cells in sorted(sheet.rows.items())]
            size += sum(len(cell) for _n, cells in rows for cell in cells)
            if size > MOST_TEXT:
                return {"problem": "cells"}
            found.append({"name": sheet.name, "rows": rows})
    except reader.Refused as refused:
        return {"problem": refused.code, "row": refused.row}
    except MemoryError:
        return {"problem": "bomb"}
    return {"sheets": found} if found else {"problem": problem}


if __name__ == "__main__":
    rights.answer(find, CPU_SECONDS)
