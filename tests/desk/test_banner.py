"""A calm sentence on every page while sending is stopped, and none once it continues."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.mirror import breaker
from messaging.mirror.models import Attempt, OutboxEntry
from tests.desk.conftest import entry_url, event_url, make_entry, make_event

FRAGMENT = "/admin/desk/banner/"
CALM = "Nothing is lost; you can keep working."


@pytest.fixture
def stuck(db) -> OutboxEntry:
    """A request that was due two minutes ago, and no sign of a worker."""
    return make_entry(not_before=timezone.now() - timedelta(minutes=2))


@pytest.mark.promise("F83")
def test_there_is_no_banner_while_sending_works(login):
    make_entry(not_before=timezone.now() + timedelta(minutes=5))

    assert CALM not in login("compliance").get("/admin/").content.decode()


@pytest.mark.promise("A7")
def test_every_page_says_since_when_and_how_many_wait(login, stuck):
    client = login("compliance")
    make_entry()
    pages = ["/admin/", "/admin/mirror/outboxentry/", entry_url(stuck), event_url(make_event()), FRAGMENT]
    pages += ["/admin/mirror/", "/admin/password_change/", entry_url(stuck, "history")]

    for url in pages:
        html = client.get(url).content.decode()
        assert f"Sending has been paused since {stuck.not_before:%H:%M}." in html, url
        assert "2 requests to Telnyx are waiting." in html
        assert CALM in html


@pytest.mark.promise("F83")
def test_the_time_is_that_of_the_viewer(login, stuck):
    client = login("compliance")
    client.cookies["desk_zone"] = "Asia%2FKolkata"

    local = stuck.not_before + timedelta(hours=5, minutes=30)

    assert f"{local:%H:%M}." in client.get(FRAGMENT).content.decode()


@pytest.mark.promise("A7")
def test_the_banner_goes_away_once_something_was_sent(login, stuck):
    client = login("compliance")
    assert CALM in client.get(FRAGMENT).content.decode()

    stuck.attempts.create(outcome=Attempt.Outcome.ACCEPTED, worker="w")

    assert CALM not in client.get(FRAGMENT).content.decode()


@pytest.mark.promise("A11")
def test_a_refused_key_is_explained_calmly_to_all_and_plainly_to_engineers(login, db):
    make_entry()
    breaker.close("401 from Telnyx")

    calm = login("compliance").get("/admin/").content.decode()
    plain = login("admin").get("/admin/").content.decode()

    assert "Sending has been paused since" in calm
    assert "1 request to Telnyx is waiting." in calm
    assert "API key" not in calm
    assert "put a working key in TELNYX_API_KEY" in plain
    assert "settle that in Telnyx&#x27;s portal" in plain or "settle that in Telnyx's portal" in plain
    assert "401 from Telnyx" in plain
    assert "401 from Telnyx" not in calm
    assert CALM in calm
    assert "/admin/mirror/outboxentry/?state=open" in plain
    assert OutboxEntry.objects.get().state == OutboxEntry.State.BLOCKED

    breaker.reopen()
    assert CALM not in login("approver").get("/admin/").content.decode()


def test_a_page_whose_session_ended_gets_nothing_instead_of_a_log_in_page(client, stuck):
    answer = client.get(FRAGMENT)

    assert (answer.status_code, answer.content) == (204, b"")


def test_the_banner_costs_two_queries(login):
    client = login("compliance")
    for _ in range(20):
        make_entry(not_before=timezone.now() + timedelta(minutes=5))
    client.get(FRAGMENT)

    with CaptureQueriesContext(connection) as seen:
        client.get(FRAGMENT)

    ours = [query["sql"] for query in seen.captured_queries if "mirror_" in query["sql"]]
    assert len(ours) <= 2
