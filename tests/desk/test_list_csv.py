"""The lists of requests and orders as CSV: the rows of the list, in words, safe in a spreadsheet, and on record."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hosted.models import HostedOrder, OrderNumber
from messaging import list_csv
from messaging.mirror.masking import HIDDEN
from messaging.models import MessagingProfile
from tests.desk.lists import shown
from tollfree.models import VerificationRequest

ORDERS, REQUESTS = "/admin/hosted/hostedorder/", "/admin/tollfree/verificationrequest/"
NUMBERS = "/admin/hosted/hostednumber/"
SEERS = {"admin", "compliance", "approver", "operator"}


def make_order(name: str = "", number: str = "+13125550101", **fields) -> HostedOrder:
    order = HostedOrder.objects.create(**fields)
    if number:
        OrderNumber.objects.create(order=order, phone_number=number, name=name)
    return order


def make_request(**fields) -> VerificationRequest:
    return VerificationRequest.objects.create(**fields)


def content(answer) -> str:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


def rows(browser, url: str, query: str = "") -> list[dict[str, str]]:
    text = content(browser.get(f"{url}csv/{query}"))
    assert text.startswith("\ufeff")
    found = csv.DictReader(io.StringIO(text[1:]))
    return [{re.sub(r" \(.*\)", "", name): value for name, value in row.items()} for row in found]


def test_an_order_is_one_row_in_words(login, person):
    profile = MessagingProfile.objects.create(remote_id="p1", name="Main street")
    order = make_order(
        "Front desk",
        customer="Bright Smile",
        note="VIP",
        messaging_profile=profile,
        remote_id="o-1",
        remote_status="loa_file_invalid",
        known_status="loa_file_invalid",
        remote_status_at=timezone.now(),
        sync_state="accepted",
        created_by=person("compliance"),
    )
    OrderNumber.objects.create(order=order, phone_number="+13125550102")

    (row,) = rows(login("operator"), ORDERS)

    assert row["Order"] == str(order)
    assert row["Customer"] == "Bright Smile"
    assert row["Numbers"] == "1 312 555 0101 Front desk; 1 312 555 0102"
    assert (row["Stage"], row["Status at Telnyx"]) == ("Action needed", "Letter not accepted")
    assert row["Status in Telnyx's word"] == "loa_file_invalid"
    assert (row["Live numbers"], row["Failed numbers"]) == ("0", "0")
    assert row["What happens now"]
    assert (row["Messaging profile"], row["Note"]) == ("Main street", "VIP")
    assert (row["Created by"], row["Telnyx ID"]) == ("compliance", "o-1")
    assert row["Created"] == f"{timezone.localtime(order.created_at):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize("name", ["admin", "compliance", "approver", "operator", "support", "auditor"])
def test_contacts_are_masked_for_those_who_do_not_see_them_on_the_pages(login, name):
    make_request(
        business_name="Bright Smile",
        business_contact_first_name="Ada",
        business_contact_last_name="Lovelace",
        business_contact_email="ada@example.com",
        business_contact_phone="+13125550199",
        remote_status="Rejected",
        remote_reason="Call Ada at ada@example.com.",
    )
    browser = login(name)
    if browser.get(REQUESTS).status_code == 403:
        assert browser.get(f"{REQUESTS}csv/").status_code == 403
        return

    (row,) = rows(browser, REQUESTS)

    sees = name in SEERS
    assert row["Business"] == "Bright Smile"
    assert row["Contact"] == ("Ada Lovelace" if sees else HIDDEN)
    assert row["Contact email"] == ("ada@example.com" if sees else HIDDEN)
    assert row["Contact phone"] == ("+13125550199" if sees else HIDDEN)
    assert ("ada@example.com" in str(row)) == sees


@pytest.mark.parametrize(
    "start", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\uff1d1", " =1"]
)
def test_no_cell_is_a_formula(login, start):
    make_order(start, customer=start, note=start)
    make_request(business_name=start, corporate_website=start)
    browser = login("admin")

    cells = [cell for url in (ORDERS, REQUESTS) for row in rows(browser, url) for cell in row.values()]

    assert sum(cell.startswith("'") for cell in cells) >= 4
    assert not [cell for cell in cells if cell and cell.strip()[:1] in "=+-@\uff1d"]


def test_the_file_has_the_rows_of_the_list_with_its_filters_and_search(login):
    browser = login("admin")
    ours = make_order("a", number="+13125550101", note="find me")
    make_order("b", number="+13125550102", remote_id="o", remote_status="pending", sync_state="accepted")
    queries = ["", "?group=draft", "?q=find+me", "?q=0102", "?group=done", "?q=nothing"]

    for query in queries:
        listed = shown(browser, f"{ORDERS}{query}")
        assert len(rows(browser, ORDERS, query)) == len(listed), query
    link = browser.get(f"{ORDERS}?q=find+me&group=draft").content.decode()

    assert rows(browser, ORDERS, "?q=find+me")[0]["Order"] == str(ours)
    assert f'href="{ORDERS}csv/?q=find+me&amp;group=draft"' in link
    assert browser.get(f"{ORDERS}csv/?note__startswith=f").status_code == 400


def test_a_list_beyond_a_page_is_written_whole_in_its_order_and_in_batches(login, monkeypatch):
    monkeypatch.setattr(list_csv, "AT_ONCE", 20)
    browser = login("admin")
    for n in range(70):
        make_order(str(n), number=f"+1312556{n:04}", note=str(n))

    found = [row["Note"] for row in rows(browser, ORDERS)]

    assert found == [str(n) for n in reversed(range(70))]


def test_500_rows_cost_what_5_cost(login):
    browser = login("admin")
    costs = []
    for n in range(5):
        make_order(str(n), number=f"+1312556{n:04}")
        make_request(business_name=str(n))
    for url in (ORDERS, REQUESTS):
        rows(browser, url)  # warm up what is looked up once per process

    for more in (0, 100):
        for n in range(5, 5 + more):
            make_order(str(n), number=f"+1312556{n:04}")
            make_request(business_name=str(n))
        for url in (ORDERS, REQUESTS):
            with CaptureQueriesContext(connection) as asked:
                rows(browser, url)
            costs.append(len(asked))

    assert costs[:2] == costs[2:]
    assert max(costs) <= 20


@pytest.mark.parametrize("url", [ORDERS, REQUESTS])
def test_too_many_rows_are_refused_with_a_sentence_and_the_filters_stay(login, monkeypatch, url):
    monkeypatch.setattr(list_csv, "MOST", 2)
    browser = login("admin")
    for n in range(3):
        make_order(str(n), number=f"+1312556{n:04}")
        make_request(business_name=str(n))

    answer = browser.get(f"{url}csv/?group=draft")
    page = browser.get(answer.url).content.decode()

    assert answer.url == f"{url}?group=draft"
    assert "The list has more than 2 rows" in page
    assert not LogEntry.objects.exists()


def test_an_export_is_on_record_without_what_was_searched_for(login):
    make_order("Ada", customer="Ada")

    rows(login("operator"), ORDERS, "?q=Ada&group=draft")

    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.content_type.model) == ("operator", "hostedorder")
    assert "CSV (filters: search, stage)" in entry.change_message
    assert "Ada" not in entry.change_message


@pytest.mark.parametrize("url", [ORDERS, REQUESTS])
def test_exporting_needs_the_permission_to_view_and_is_no_post(login, url):
    assert login("nobody").get(f"{url}csv/").status_code == 403
    assert login("admin").post(f"{url}csv/").status_code == 405


def test_whoever_lost_the_group_gets_no_file_of_a_list_or_an_order(login):
    urls = [
        f"{ORDERS}csv/",
        f"{REQUESTS}csv/",
        f"{NUMBERS}csv/",
        f"{ORDERS}{make_order().pk}/eligibility.csv",
    ]
    browser = login("operator")
    assert [browser.get(url).status_code for url in urls] == [200] * 4

    User.objects.get(username="operator").groups.clear()

    assert [browser.get(url).status_code for url in urls] == [403] * 4


def test_times_are_in_the_zone_of_the_reader(login):
    order = make_order("a")
    HostedOrder.objects.filter(pk=order.pk).update(created_at="2026-01-15T03:00:00Z")
    browser = login("admin")
    browser.cookies["desk_zone"] = "America/Chicago"

    text = content(browser.get(f"{ORDERS}csv/"))

    assert "Created (America/Chicago)" in text
    assert "2026-01-14 21:00" in text


def test_an_answer_that_is_due_has_its_date(login):
    since = timezone.now() - timedelta(days=1)
    request = make_request(
        remote_id="r",
        remote_status="Waiting For Customer",
        remote_status_at=since,
        known_status="Waiting For Customer",
        sync_state="accepted",
    )

    (row,) = rows(login("admin"), REQUESTS)

    request.refresh_from_db()
    due = request.due_at()
    assert row["Due"] == (f"{timezone.localtime(due):%Y-%m-%d %H:%M}" if due else "")
    assert due
