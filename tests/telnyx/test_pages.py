"""Reading lists to the end from a Telnyx that clamps, shifts and miscounts."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from messaging.mirror.records import pages
from messaging.telnyx.client import Client
from messaging.telnyx.errors import IncompleteList, ListChanged, NotFound

Read = Callable[..., Iterator[dict[str, Any]]]

PATH = "/things"


def things(count: int) -> list[dict[str, Any]]:
    return [{"id": f"t{number}"} for number in range(count)]


class Listing:
    """A list at Telnyx in one style, whose page size is clamped to `most`. `change` edits it after a page."""

    def __init__(self, style: str, records: list[Any], most: int = 250) -> None:
        self.style = style
        self.records = records
        self.most = most
        self.asked: list[dict[str, str]] = []
        self.change: Callable[[Listing], None] = lambda listing: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        params = dict(request.url.params)
        self.asked.append(params)
        page = int(params.get("page[number]") or params.get("page") or 1)
        size = min(int(params.get("page[size]") or params.get("page_size") or 20), self.most)
        body = self.body(page, size)
        self.change(self)
        return httpx.Response(200, json=body)

    def body(self, page: int, size: int) -> dict[str, Any]:
        shown, total = self.records[(page - 1) * size : page * size], len(self.records)
        if self.style == "records":
            return {"records": shown, "total_records": total}
        meta = {
            "page_number": page,
            "page_size": size,
            "total_pages": -(-total // size),
            "total_results": total,
        }
        return {"data": shown, "meta": meta}

    @property
    def client(self) -> Client:
        return Client("key", "http://telnyx.test/v2", transport=httpx.MockTransport(self))


STYLES = [
    (pages.data_pages, "data"),
    (pages.record_pages, "records"),
    (pages.history_pages, "records"),
    (pages.single, "data"),
]


def answering(body: Any, status: int = 200) -> Client:
    transport = httpx.MockTransport(lambda request: httpx.Response(status, json=body))
    return Client("key", "http://telnyx.test/v2", transport=transport)


@pytest.mark.parametrize(("read", "style"), STYLES)
@pytest.mark.parametrize("count", [0, 1, 19, 20, 250, 251, 700])
def test_it_yields_every_record_once_and_in_order(read: Read, style: str, count: int) -> None:
    listing = Listing(style, things(count))

    assert list(read(listing.client, PATH)) == things(count)


@pytest.mark.parametrize(("read", "style"), STYLES)
def test_a_page_size_clamped_in_silence_loses_nothing(read: Read, style: str) -> None:
    listing = Listing(style, things(123), most=10)

    assert list(read(listing.client, PATH)) == things(123)


@pytest.mark.parametrize(
    ("read", "style", "first"),
    [
        (pages.data_pages, "data", {"page[size]": "250", "page[number]": "1"}),
        (pages.record_pages, "records", {"page_size": "100", "page": "1"}),
        (pages.history_pages, "records", {"page[size]": "100", "page[number]": "1"}),
        (pages.single, "data", {}),
    ],
)
@pytest.mark.parametrize("given", [{"status": "Verified"}, [("status", "Verified")]])
def test_each_style_asks_in_its_own_words(read: Read, style: str, first: dict[str, str], given: Any) -> None:
    listing = Listing(style, things(3))

    list(read(listing.client, PATH, given))

    assert listing.asked == [{"status": "Verified", **first}]


def test_no_page_is_asked_for_after_the_last_record() -> None:
    listing = Listing("data", things(500))

    list(pages.data_pages(listing.client, PATH))

    assert len(listing.asked) == 2


def test_nothing_is_asked_before_the_first_record_is_wanted() -> None:
    listing = Listing("data", things(500))

    records = pages.data_pages(listing.client, PATH)
    assert listing.asked == []
    next(records)

    assert len(listing.asked) == 1


@pytest.mark.parametrize(
    "edit", [lambda records: records.insert(0, {"id": "new"}), lambda records: records.pop()]
)
@pytest.mark.parametrize(("read", "style"), STYLES[:3])
@pytest.mark.promise("X36")
def test_a_list_that_grows_or_shrinks_while_it_is_read_proves_nothing(
    read: Read, style: str, edit: Callable[[list[Any]], Any]
) -> None:
    listing = Listing(style, things(30), most=10)
    listing.change = lambda listing: edit(listing.records)

    with pytest.raises(ListChanged):
        list(read(listing.client, PATH))


@pytest.mark.promise("X36")
def test_a_list_that_moves_without_changing_its_length_proves_nothing() -> None:
    def swap(listing: Listing) -> None:
        listing.records.insert(0, {"id": f"new{len(listing.asked)}"})
        listing.records.pop()

    listing = Listing("records", things(30), most=10)
    listing.change = swap

    with pytest.raises(ListChanged, match="twice"):
        list(pages.record_pages(listing.client, PATH))


@pytest.mark.promise("X36")
def test_entries_without_an_id_may_look_the_same() -> None:
    history = [{"verificationStatus": "Pending", "updatedAt": "2026-01-01"}] * 3

    assert list(pages.history_pages(Listing("records", history, most=2).client, PATH)) == history


@pytest.mark.promise("X36")
def test_an_endless_list_is_given_up_after_500_pages() -> None:
    listing = Listing("data", things(501), most=1)

    with pytest.raises(IncompleteList, match="500 pages"):
        list(pages.data_pages(listing.client, PATH))

    assert len(listing.asked) == 500


@pytest.mark.promise("X36")
def test_a_list_of_exactly_500_pages_is_read() -> None:
    assert len(list(pages.data_pages(Listing("data", things(500), most=1).client, PATH))) == 500


@pytest.mark.parametrize("read", [pages.data_pages, pages.record_pages, pages.history_pages, pages.single])
@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "text",
        {"data": {"id": "1"}, "records": {"id": "1"}},
        {"data": None, "records": None, "meta": None},
        {"data": ["1"], "records": ["1"], "meta": {"total_results": 1}, "total_records": 1},
    ],
)
@pytest.mark.promise("X36")
def test_an_answer_that_is_not_a_list_is_never_read_as_empty(read: Read, body: Any) -> None:
    with pytest.raises(IncompleteList):
        list(read(answering(body), PATH))


@pytest.mark.parametrize("total", [None, "2", 2.0, -1, 1, 3])
@pytest.mark.parametrize("read", [pages.data_pages, pages.record_pages, pages.history_pages])
@pytest.mark.promise("X36")
def test_a_count_that_does_not_fit_the_records_proves_nothing(read: Read, total: Any) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        first = "1" in (request.url.params.get("page[number]"), request.url.params.get("page"))
        shown = things(2) if first else []
        body = {"data": shown, "records": shown, "meta": {"total_results": total}, "total_records": total}
        return httpx.Response(200, json=body)

    client = Client("key", "http://telnyx.test/v2", transport=httpx.MockTransport(respond))

    with pytest.raises(IncompleteList):
        list(read(client, PATH))


def test_a_page_without_records_ends_a_list_that_promised_more() -> None:
    listing = Listing("data", things(30), most=10)
    listing.body = lambda page, size: {"data": things(page % 2), "meta": {"total_results": 9}}  # type: ignore[method-assign]

    with pytest.raises(IncompleteList, match="counts 9 records and sent 1"):
        list(pages.data_pages(listing.client, PATH))

    assert len(listing.asked) == 2


def test_a_list_without_declared_paging_needs_no_meta() -> None:
    assert list(pages.single(answering({"data": things(3)}), PATH)) == things(3)


@pytest.mark.parametrize(("read", "style"), STYLES)
def test_what_the_client_raises_comes_through(read: Read, style: str) -> None:
    refused = {"errors": [{"code": "10005", "title": "Resource not found"}]}

    with pytest.raises(NotFound):
        list(read(answering(refused, 404), PATH))
