"""Every page and /readyz say what is late, held back or off, before anything is given up."""

import socket
import time
from datetime import timedelta
from html import unescape
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from messaging.mirror import health, heartbeat
from messaging.mirror.models import Attempt, ClockReading, Heartbeat, WebhookEvent
from tests.desk.conftest import make_entry, make_event
from tests.signing import deliver, event

State = WebhookEvent.State
FRAGMENT = "/admin/desk/banner/"


@pytest.fixture
def alive(db) -> None:
    """Record signs of life of worker and beat from a moment ago."""
    for name in (Heartbeat.WORKER, Heartbeat.BEAT):
        heartbeat.beat(name)


def ready() -> tuple[int, dict]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


@pytest.mark.promise("F82")
def test_the_desk_is_ready_when_nothing_is_late(alive):
    status, body = ready()

    assert (status, set(body.values())) == (200, {"ok"})


@pytest.mark.django_db(transaction=True)
def test_a_desk_whose_migrations_have_not_run_is_not_ready(alive):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE mirror_clockreading RENAME TO not_there_yet")
    try:
        status, body = ready()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE not_there_yet RENAME TO mirror_clockreading")

    assert (status, body["database"]) == (503, "failing")


@pytest.mark.promise("F82")
def test_an_event_that_is_due_for_a_minute_is_not_ready_however_alive_everybody_is(alive, login):
    row = make_event()
    WebhookEvent.objects.filter(pk=row.pk).update(not_before=timezone.now() - timedelta(seconds=75))

    status, body = ready()

    assert (status, body["inbox"], body["worker"]) == (503, "failing", "ok")
    words = "is not processed yet."
    assert words in login("support").get(FRAGMENT).content.decode()
    WebhookEvent.objects.update(state=State.DONE)
    assert ready()[0] == 200
    assert words not in login("auditor").get(FRAGMENT).content.decode()


@pytest.mark.promise("F82")
def test_a_request_that_is_due_for_a_minute_is_not_ready(alive):
    make_entry(not_before=timezone.now() - timedelta(seconds=75))

    assert (ready()[0], ready()[1]["outbox"]) == (503, "failing")


def test_a_request_that_is_passed_over_is_seen_though_others_are_sent(alive):
    entry = make_entry(not_before=timezone.now() - timedelta(seconds=75))
    entry.attempts.create(outcome=Attempt.Outcome.ACCEPTED, worker="w")
    assert ready()[0] == 200

    type(entry).objects.update(not_before=timezone.now() - timedelta(minutes=11))

    assert ready()[0] == 503


def test_events_held_back_for_their_time_are_said_in_readyz_and_on_the_home_page(alive, login):
    for _ in range(2):
        deliver(event(), at=time.time() - 400)
    words = "2 events are held back; is the clock right?"

    status, body = ready()

    assert (status, body["held_back"]) == (503, "failing")
    assert words in body["why"]
    home = login("operator").get("/admin/").content.decode()
    assert words in home
    assert "Held-back webhooks" in home
    assert "state__exact=quarantined" in home
    WebhookEvent.objects.update(last_received_at=timezone.now() - timedelta(hours=1))
    status, body = ready()
    assert (status, body["why"]) == (200, [words])


def test_a_webhook_that_is_held_back_now_is_seen_among_more_from_long_ago_than_are_counted(alive):
    old = timezone.now() - timedelta(days=2)
    for _ in range(3):
        deliver(event(), at=time.time() - 400)
    WebhookEvent.objects.update(last_received_at=old)
    deliver(event(), at=time.time() - 400)

    with mock.patch.object(health, "MANY", 2), connection.cursor() as cursor:
        # PostgreSQL may return the rows in any order.
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        assert ready()[1]["held_back"] == "failing"


@pytest.mark.parametrize(("skew", "word"), [(420, "ahead of"), (-420, "behind")])
@pytest.mark.promise("F82", "X42")
def test_a_clock_that_is_minutes_off_is_named(alive, login, skewed, skew, word):
    heartbeat._written.clear()
    with skewed(skew):
        heartbeat.beat(Heartbeat.WORKER)
    heartbeat._written.clear()
    heartbeat.beat(Heartbeat.BEAT)

    status, body = ready()

    assert (status, body["clock"], body["worker"], body["beat"]) == (503, "failing", "ok", "ok")
    [said] = body["why"]
    assert said.startswith("The clock of worker is ")
    assert f"is 7 minutes {word}" in said or f"is 6 minutes {word}" in said
    named = said.replace("worker", f"worker {socket.gethostname()}")
    assert named in unescape(login("admin").get("/admin/").content.decode())
    assert "Set that machine" not in login("support").get("/admin/").content.decode()


@pytest.mark.promise("X42")
def test_the_web_process_judges_its_own_clock(alive, skewed):
    with skewed(420):
        status, body = ready()

    assert (status, body["clock"]) == (503, "failing")
    assert "The clock of web is" in body["why"][0]


@pytest.mark.promise("X42")
def test_a_difference_from_telnyx_is_reported_as_the_database_servers(alive):
    ClockReading.objects.create(name=heartbeat.TELNYX, ahead=-130.0, read_at=timezone.now())

    status, body = ready()

    assert status == 503
    assert body["why"] == [
        "PostgreSQL's clock is 2 minutes ahead of Telnyx's. Set the database server's clock."
    ]


def test_a_reading_of_a_process_that_is_gone_is_forgotten(alive):
    ClockReading.objects.create(
        name="worker old", ahead=500.0, read_at=timezone.now() - timedelta(minutes=11)
    )

    assert ready()[0] == 200


@pytest.mark.promise("X66")
def test_people_hear_of_an_event_without_its_record_before_it_is_given_up(login, db):
    row, words = make_event(State.WAITING), "Webhooks without a record"
    assert words not in login("operator").get("/admin/").content.decode()

    WebhookEvent.objects.filter(pk=row.pk).update(received_at=timezone.now() - timedelta(hours=2))

    home = login("compliance").get("/admin/").content.decode()
    assert words in home
    assert "state__exact=waiting" in home
    assert words not in login("support").get("/admin/").content.decode()


def test_an_event_that_was_given_up_is_on_the_home_page(login, db):
    make_event(State.DEAD)

    assert "Failed webhooks" in login("operator").get("/admin/").content.decode()


def test_one_check_is_one_statement_however_much_there_is(db, django_assert_num_queries):
    for _ in range(20):
        make_entry()
        make_event()

    with django_assert_num_queries(1):
        found = health.read()

    assert found.waiting == 20


def test_someone_who_may_not_release_an_event_learns_who_may(login, db):
    row = make_event(State.QUARANTINED)

    page = login("operator").get(f"/admin/mirror/webhookevent/{row.pk}/change/").content.decode()

    assert "Releasing it needs the permission “Can release or process a webhook event again”." in page
    assert (
        "Releasing it needs"
        not in login("admin").get(f"/admin/mirror/webhookevent/{row.pk}/change/").content.decode()
    )
