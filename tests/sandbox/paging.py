"""One page of a list under `data` with `meta`, as most of Telnyx's services answer it."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

from .wire import Answer, json_answer

# Default page and size (OpenAPI description of 2026-07-16, parameter PageConsolidated).
DEFAULTS = {"page[number]": 1, "page[size]": 20}


def data_page(
    records: Sequence[Any], query: Mapping[str, str], shape: Callable[[Any], dict[str, Any]] = dict
) -> Answer:
    """Answer with the page a query asks for. The query was already checked."""
    number, size = (int(query.get(name, default)) for name, default in DEFAULTS.items())
    shown = records[(number - 1) * size : number * size]
    meta = {
        "page_number": number,
        "page_size": size,
        "total_pages": ceil(len(records) / size),
        "total_results": len(records),
    }
    return json_answer({"data": [shape(record) for record in shown], "meta": meta})
