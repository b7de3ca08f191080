"""What fails in two looks in a row is an incident, written down once, with what waited and what became of it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.mirror import heartbeat, incidents, periodic, retention
from messaging.mirror.models import Heartbeat, Incident, OutboxEntry
from tests.desk.conftest import make_entry, make_event

URL = "/admin/mirror/incident/"
State = OutboxEntry.State


def set_alive() -> None:
    for name in (Heartbeat.WORKER, Heartbeat.BEAT, Heartbeat.TELNYX_ANSWERED):
        heartbeat.beat(name)


@pytest.fixture
def alive(db: None) -> None:
    set_alive()


def stop_worker() -> None:
    Heartbeat.objects.filter(name=Heartbeat.WORKER).update(seen_at=timezone.now() - timedelta(minutes=3))


def wait(**length: float) -> None:
    """Let time pass: everything that was written is that much older."""
    passed = timedelta(**length)
    Heartbeat.objects.filter(name=Heartbeat.LOOKED).update(seen_at=F("seen_at") - passed)
    Incident.objects.update(
        started_at=F("started_at") - passed, ended_at=F("ended_at") - passed, seen_at=F("seen_at") - passed
    )


def look(**after: float) -> None:
    wait(**(after or {"seconds": 30}))
    incidents.look()


def certain() -> list[Incident]:
    return list(Incident.objects.filter(is_certain=True))


def fail_twice() -> None:
    stop_worker()
    look()
    look()


def text_of(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def incident(**changes: Any) -> Incident:
    now = timezone.now()
    values = {"kind": "worker", "started_at": now - timedelta(hours=2), "ended_at": now, "seen_at": now}
    return Incident.objects.create(is_certain=True, **values | changes)


@pytest.mark.promise("F84")
def test_a_part_that_fails_in_two_looks_in_a_row_is_an_incident(alive):
    stop_worker()

    look()
    assert certain() == []
    look()

    [found] = certain()
    assert (found.kind, found.ended_at) == ("worker", None)
    # From when the worker was last seen, not from when somebody looked.
    assert found.started_at < timezone.now() - timedelta(minutes=3)


def test_what_fails_in_one_look_only_leaves_nothing(alive):
    stop_worker()
    look()
    set_alive()
    look()
    stop_worker()
    look()

    assert certain() == []
    assert Incident.objects.count() == 1


def test_two_beats_that_look_within_seconds_are_one_look(alive):
    stop_worker()
    look()
    look(seconds=4)

    assert certain() == []


@pytest.mark.promise("F84")
def test_eight_looks_at_once_make_one_incident(transactional_db):
    set_alive()
    stop_worker()
    barrier = threading.Barrier(8)

    def run(_: int) -> None:
        barrier.wait()
        try:
            incidents.look()
        finally:
            connection.close()

    for certain_by_now in range(2):
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(run, range(8)))
        assert Incident.objects.count() == 1
        assert len(certain()) == certain_by_now
        wait(seconds=30)


def test_it_ends_once_the_part_works_again(alive):
    fail_twice()
    set_alive()
    look()

    [found] = certain()
    assert found.ended_at is not None
    assert timezone.now() - found.ended_at < timedelta(seconds=20)


@pytest.mark.promise("F84")
@pytest.mark.parametrize(("minutes", "count"), [(5, 1), (15, 2)])
def test_a_part_that_fails_again_soon_continues_its_incident(alive, minutes, count):
    fail_twice()
    began = certain()[0]
    set_alive()
    look()
    # Beat went on looking all the time.
    Incident.objects.update(ended_at=F("ended_at") - timedelta(minutes=minutes))
    fail_twice()

    found = certain()
    assert len(found) == count
    assert Incident.objects.filter(ended_at=None).count() == 1
    assert (Incident.objects.get(ended_at=None).pk == began.pk) is (count == 1)


def test_the_most_that_waited_is_kept(alive):
    entries = [make_entry() for _ in range(3)]
    make_event()
    fail_twice()
    assert [(each.requests_waiting, each.events_waiting) for each in certain()] == [(3, 1)]

    make_event()
    look()
    OutboxEntry.objects.filter(pk=entries[0].pk).update(state=State.NEEDS_PERSON)
    look()

    assert [(each.requests_waiting, each.events_waiting) for each in certain()] == [(3, 2)]


def test_a_time_without_beat_is_written_down_once_it_is_back(alive):
    look()
    look(minutes=30)

    [found] = certain()
    assert found.kind == "beat"
    assert found.ended_at - found.started_at >= timedelta(minutes=29)


def test_a_deploy_is_no_incident(alive):
    look()
    look(seconds=100)

    assert certain() == []


def test_beat_looks(alive):
    stop_worker()

    periodic.run_watches()
    wait(seconds=30)
    periodic.run_watches()

    assert [each.kind for each in certain()] == ["worker"]


@pytest.mark.promise("F84")
def test_the_page_says_what_happened_and_what_became_of_what_was_submitted(login, alive):
    found = incident(requests_waiting=2, events_waiting=1000)
    make_entry(State.ACCEPTED)
    make_entry(State.ACCEPTED)
    Incident.objects.update(ended_at=timezone.now())
    make_entry(State.QUEUED)
    client = login("operator")

    page = text_of(client.get(f"{URL}{found.pk}/change/"))

    assert "No worker showed a sign of life." in page
    assert "2 requests to Telnyx were made during this time." in page
    assert "<dt>Received by Telnyx</dt><dd>2</dd>" in page
    assert "Everything people submitted was kept in the database; nothing was lost." in page
    assert "<dd>2 hours</dd>" in page
    assert "<dd>1,000 or more</dd>" in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.QUEUED, "<dt>Still waiting</dt><dd>1</dd>"),
        (State.UNSURE, "<dt>Still waiting</dt><dd>1</dd>"),
        (State.NEEDS_PERSON, "<dt>Needs a decision</dt><dd>1</dd>"),
    ],
)
def test_it_says_that_nothing_was_lost_only_once_everything_has_ended(login, alive, state, words):
    found = incident(ended_at=None)
    make_entry(State.ACCEPTED)
    make_entry(state)

    page = text_of(login("auditor").get(f"{URL}{found.pk}/change/"))

    assert words in page
    assert "nothing was lost" not in page


def test_nothing_is_claimed_where_nothing_was_submitted(login, alive):
    found = incident(kind="clock")

    page = text_of(login("auditor").get(f"{URL}{found.pk}/change/"))

    assert "No request to Telnyx was made during this time." in page
    assert "nothing was lost" not in page


def test_whoever_sees_health_sees_incidents(login, alive):
    found = incident()
    hidden = incident(kind="broker", ended_at=None)
    Incident.objects.filter(pk=hidden.pk).update(is_certain=False)

    for group in ("compliance", "approver", "operator", "auditor", "admin"):
        client = login(group)
        page = text_of(client.get(URL))
        assert "Worker" in page
        assert "Job queue (Redis)" not in page
        assert f'href="{URL}"' in client.get("/admin/desk/health/").content.decode()
    client = login("support")
    assert client.get(URL).status_code == 403
    assert client.get(f"{URL}{found.pk}/change/").status_code == 403


def test_one_that_goes_on_says_so(login, alive):
    incident(ended_at=None)

    assert "Still going on" in text_of(login("operator").get(URL))


def test_the_list_asks_as_often_however_long_it_is(login, alive):
    client = login("operator")
    incident()
    client.get(URL)
    with CaptureQueriesContext(connection) as before:
        client.get(URL)
    for _ in range(20):
        incident()

    with CaptureQueriesContext(connection) as after:
        client.get(URL)

    assert len(after) == len(before) <= 12


def test_they_go_after_two_years_unless_they_go_on(alive):
    old = timezone.now() - timedelta(days=731)
    incident(started_at=old, ended_at=old)
    kept = [incident(started_at=old, ended_at=None), incident(ended_at=old + timedelta(days=2))]

    retention.run()

    assert set(Incident.objects.all()) == set(kept)
