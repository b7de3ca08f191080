"""When we are due is a column of both lists, sorts them, and chooses from them; database and page agree on it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from hosted.models import HostedOrder
from hosted.state import turn_rules
from hosted.state import turns as order_turns
from messaging.desk import filters
from tests.desk.lists import queries, shown
from tests.desk.waiting import ago, asked, ordered
from tests.tollfree.conftest import complete
from tests.tollfree.pages import one_of_each, text
from tollfree import standing, turns
from tollfree.models import VerificationRequest

REQUESTS, ORDERS = "/admin/tollfree/verificationrequest/", "/admin/hosted/hostedorder/"


@pytest.fixture
def make(db):
    def made(**changes) -> VerificationRequest:
        row = complete(**changes)
        row.save()
        return row

    return made


@pytest.fixture
def requests(db) -> dict[str, VerificationRequest]:
    return {
        "overdue": asked("Overdue Ltd", remote_status_at=ago(days=9)),
        "soon": asked("Soon Ltd", remote_status_at=ago(days=6)),
        "later": asked("Later Ltd", remote_status_at=ago(days=2)),
        "far": asked("Far Ltd", remote_status_at=timezone.now() + timedelta(days=3)),
        "never": asked("Never Ltd", "In Progress", remote_status_at=ago(days=40)),
    }


@pytest.fixture
def orders(db) -> dict[str, HostedOrder]:
    return {
        "overdue": ordered("Overdue Inc", remote_status_at=ago(days=5)),
        "soon": ordered("Soon Inc", remote_status_at=ago(days=2)),
        "later": ordered("Later Inc", transfer_state="requested", transfer_deadline=ago(days=-5)),
        "far": ordered("Far Inc", transfer_state="requested", transfer_deadline=ago(days=-9)),
        "never": ordered("Never Inc", remote_status="provisioning", known_status="provisioning"),
    }


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("overdue", ["overdue"]),
        ("none", ["never"]),
        ("x", ["overdue", "soon", "later", "far", "never"]),
    ],
)
@pytest.mark.parametrize(("url", "rows"), [(REQUESTS, "requests"), (ORDERS, "orders")])
def test_a_filter_chooses_by_the_due_date(login, request, url, rows, value, names):
    made = request.getfixturevalue(rows)

    assert shown(login("support"), f"{url}?due={value}") == {str(made[name].pk) for name in names}


@pytest.mark.parametrize("query", ["due=2", "due=7", "group=none_such", "with=7", "due=overdue&group=x"])
@pytest.mark.parametrize("url", [REQUESTS, ORDERS])
def test_a_filter_with_a_value_that_it_does_not_know_says_so(login, url, query):
    page = text(login("support").get(f"{url}?{query}"))

    assert page.count("the bookmark or link may be old") == 1


@pytest.mark.parametrize("query", ["", "due=overdue&group=draft&with=me", "due=", "p=2"])
@pytest.mark.parametrize("url", [REQUESTS, ORDERS])
def test_of_known_filters_nothing_is_said(login, url, query):
    assert "may be old" not in text(login("support").get(f"{url}?{query}"))


# Friday evening in Tokyo, where Saturday starts at 15:00 UTC.
FRIDAY = datetime(2031, 1, 3, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("overdue", "a minute ago"),
        ("today", "at once, late on Friday"),
        ("week", "at once, late on Friday, early on Saturday, late on Sunday"),
        ("7days", "at once, late on Friday, early on Saturday, late on Sunday, early on Monday"),
        ("later", "early on Monday"),
    ],
)
@pytest.mark.parametrize("url", [REQUESTS, ORDERS])
def test_today_and_this_week_end_at_midnight_of_the_viewer(login, monkeypatch, url, value, names):
    monkeypatch.setattr(filters, "now", lambda: FRIDAY)
    client = login("support")
    client.cookies["desk_zone"] = "Asia%2FTokyo"
    midnight, minute = FRIDAY.replace(hour=15), timedelta(minutes=1)
    times = {
        "a minute ago": FRIDAY - minute,
        "at once": FRIDAY,
        "late on Friday": midnight - minute,
        "early on Saturday": midnight,
        "late on Sunday": midnight + timedelta(days=2) - minute,
        "early on Monday": midnight + timedelta(days=2),
    }
    made, answer = (asked, 7) if url == REQUESTS else (ordered, 3)
    rows = {name: made(name, remote_status_at=at - timedelta(days=answer)) for name, at in times.items()}

    assert shown(client, f"{url}?due={value}") == {str(rows[name].pk) for name in names.split(", ")}


@pytest.mark.parametrize(("url", "made", "whole"), [(REQUESTS, asked, 7), (ORDERS, ordered, 3)])
def test_half_of_the_time_and_the_last_day_are_said_in_words(login, url, made, whole):
    client = login("support")
    for share, words in ((0.4, ""), (0.6, "Half the time is gone"), (0.99, "Last day"), (1.1, "")):
        row = made(f"At {share}", remote_status_at=ago(days=whole * share))
        for address in (url, "/admin/"):
            page = text(client.get(address))
            for mark in ("Half the time is gone", "Last day"):
                assert (mark in page) == (mark == words), (share, address, mark)
        row.delete()


@pytest.mark.parametrize(("url", "rows"), [(REQUESTS, "requests"), (ORDERS, "orders")])
def test_the_column_sorts_both_ways_with_rows_without_a_date_last(login, request, url, rows):
    made = request.getfixturevalue(rows)
    client = login("support")

    column = client.get(url).context["cl"].list_display.index("due")

    for sign, names in (("", "overdue soon later far never"), ("-", "far later soon overdue never")):
        found = client.get(f"{url}?o={sign}{column}").context["cl"].result_list
        assert [row.pk for row in found] == [made[name].pk for name in names.split()]
    page = text(client.get(url))
    for words in ("Due in", "Overdue by 2 days"):
        assert words in page


def test_the_database_and_the_page_agree_on_every_stage(make, requests, orders):
    one_of_each(make)
    for row in VerificationRequest.objects.annotate(due=turns.due()):
        assert row.due == turns.due_at(row), str(row)
    for placed in HostedOrder.objects.annotate(due=turn_rules.due()):
        assert placed.due == order_turns.due_for_us(placed), str(placed)


@pytest.mark.promise("L3")
@pytest.mark.parametrize("url", [REQUESTS, ORDERS])
def test_sorting_and_choosing_cost_the_same_for_many_rows(login, requests, orders, url):
    client = login("support")
    column = client.get(url).context["cl"].list_display.index("due")
    address = f"{url}?o={column}&due=later"
    client.get(address)
    few = queries(client, address)
    for n in range(30):
        asked(f"r{n}", remote_status_at=ago(days=-9))
        ordered(f"o{n}", remote_status_at=ago(days=-9))

    many = queries(client, address)

    assert len(many) == len(few) <= 14
    assert not any("COUNT(*)" in query for query in many)


def test_a_changed_setting_counts_for_what_is_open(login, requests, orders, settings):
    client = login("support")
    assert shown(client, f"{REQUESTS}?due=overdue") == {str(requests["overdue"].pk)}

    settings.TOLLFREE_ANSWER_DAYS, settings.HOSTED_ANSWER_DAYS = 1, 1

    late = {str(requests[name].pk) for name in ("overdue", "soon", "later")}
    assert shown(client, f"{REQUESTS}?due=overdue") == late
    assert shown(client, f"{ORDERS}?due=overdue") == {str(orders[name].pk) for name in ("overdue", "soon")}
    for row in VerificationRequest.objects.annotate(due=turns.due()):
        assert row.due == turns.due_at(row), str(row)
    for placed in HostedOrder.objects.annotate(due=turn_rules.due()):
        assert placed.due == order_turns.due_for_us(placed), str(placed)


def test_pages_name_the_days_that_are_set(login, requests, orders, settings):
    client = login("operator")
    settings.TOLLFREE_ANSWER_DAYS, settings.HOSTED_ANSWER_DAYS = 6, 4
    settings.TOLLFREE_REVIEW_DAYS, settings.TOLLFREE_CARRIER_DAYS = 8, 1

    page = text(client.get(f"{REQUESTS}{requests['later'].pk}/change/"))
    assert "After 6 days the carriers may close the request; Telnyx gives no fixed time." in page
    assert "within 4 days, by" in text(client.get(f"{ORDERS}{orders['soon'].pk}/change/"))
    assert "of the usual 8 business days" in in_review("In Progress", days=4)
    assert "; 1 is usual" in in_review("Waiting For Vendor", days=3)
    home = text(client.get("/admin/"))
    assert "usually 8 business days" in home
    assert "usually 1 day" in home
    assert "usually 1 days" not in home


def in_review(status: str, *, days: int) -> str:
    row = asked(f"Waits {days} days", status, remote_status_at=ago(days=days))
    return standing.time_left(row.turn(), row.turn_since())
