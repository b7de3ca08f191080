"""Listings at Telnyx, read to the end or not at all.

Telnyx pages in four ways, and the toll-free service silently reduces the page size (docs/telnyx.md, T1.8), so we find
the end by counting the records received, never by the size we asked for. Every generator here yields records and
returns only when it has yielded each one Telnyx counts; otherwise it raises, so that nobody takes a record's
absence from half a list as proof that it does not exist.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from messaging.telnyx.client import Answer, Client
from messaging.telnyx.errors import IncompleteList, ListChanged

MOST_PAGES = 500

Params = Mapping[str, Any] | Sequence[tuple[str, Any]]
Record = dict[str, Any]


@dataclass(frozen=True)
class Style:
    """The names that one way of paging has for its page, its size, its records and their number."""

    page: str
    size: str
    records: str
    total: tuple[str, ...]


DATA = Style("page[number]", "page[size]", "data", ("meta", "total_results"))
RECORDS = Style("page", "page_size", "records", ("total_records",))
HISTORY = Style("page[number]", "page[size]", "records", ("total_records",))


def data_pages(client: Client, path: str, params: Params = (), size: int = 250) -> Iterator[Record]:
    """Yield every record of a list under `data` with `meta`, `size` to a page (Telnyx takes 1 to 250).

    Raises ListChanged, IncompleteList, or what `Client.get` raises.
    """
    return _all(client, path, params, size, DATA)


def record_pages(client: Client, path: str, params: Params = (), size: int = 100) -> Iterator[Record]:
    """Yield every record of a toll-free list, which takes `page` and `page_size` and answers with `records`.

    Without both it answers 400 (docs/telnyx.md, T1.6). Raises as `data_pages` does.
    """
    return _all(client, path, params, size, RECORDS)


def history_pages(client: Client, path: str, params: Params = (), size: int = 100) -> Iterator[Record]:
    """Yield every entry of a toll-free status history: requested like `data_pages`, answered like `record_pages`.

    Raises as `data_pages` does.
    """
    return _all(client, path, params, size, HISTORY)


def single(client: Client, path: str, params: Params = ()) -> Iterator[Record]:
    """Yield every record of a list that declares no paging, page by page if it has pages after all.

    Raises as `data_pages` does.
    """
    answer = client.get(path, params)
    pages = _at(answer.data, ("meta", "total_pages"))
    if isinstance(pages, int) and pages > 1:
        yield from data_pages(client, path, params)
    else:
        yield from _records(answer, DATA)


@dataclass(frozen=True)
class Page:
    """One page of a list, and how many records Telnyx counts in all of them."""

    records: list[Record]
    total: int


def page_of(pages: Any, client: Client, path: str, number: int) -> Page:
    """Return one page of a list that `data_pages` or `record_pages` reads whole. Raises what `Client.get` raises."""
    style, size = PAGED[pages]
    answer = client.get(path, [(style.size, size), (style.page, number)])
    return Page(_records(answer, style), _total(answer, style))


# How each kind of list is read page by page.
PAGED: Mapping[Any, tuple[Style, int]] = {data_pages: (DATA, 250), record_pages: (RECORDS, 100)}


def _all(client: Client, path: str, params: Params, size: int, style: Style) -> Iterator[Record]:
    asked = [*(params.items() if isinstance(params, Mapping) else params), (style.size, size)]
    seen: set[str] = set()
    received, expected = 0, None
    for number in range(1, MOST_PAGES + 1):
        answer = client.get(path, [*asked, (style.page, number)])
        total, records = _total(answer, style), _records(answer, style)
        if expected is not None and total != expected:
            raise ListChanged(f"Telnyx counted {expected} records, then {total}.", answer=answer)
        expected = total
        received += len(records)
        _check_new(records, seen, answer)
        yield from records
        if received == total:
            return
        if received > total or not records:
            raise IncompleteList(f"Telnyx counts {total} records and sent {received}.", answer=answer)
    raise IncompleteList(f"Telnyx has more than {MOST_PAGES} pages; {received} records were read.")


def _check_new(records: list[Record], seen: set[str], answer: Answer) -> None:
    """Refuse a record that came before: one added in front pushes another past the end of a page."""
    ids = [record["id"] for record in records if isinstance(record.get("id"), str)]
    before = len(seen)
    seen.update(ids)
    if len(seen) != before + len(ids):
        raise ListChanged("Telnyx sent a record twice, so the list moved while it was read.", answer=answer)


def _records(answer: Answer, style: Style) -> list[Record]:
    records = _at(answer.data, (style.records,))
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise IncompleteList(f"Telnyx's answer has no list of records under {style.records}.", answer=answer)
    return records


def _total(answer: Answer, style: Style) -> int:
    total = _at(answer.data, style.total)
    if not isinstance(total, int):
        raise IncompleteList(f"Telnyx's answer lacks {'.'.join(style.total)}.", answer=answer)
    return total


def _at(data: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data
