"""Webhooks that never came are fetched from Telnyx's log, each once. If Telnyx fails, the reason is kept."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.mirror import breaker, heartbeat
from messaging.mirror.inbound import drain, recover
from messaging.mirror.models import ClockReading, Pace, Recovery, WebhookEvent
from messaging.mirror.models.inbox import FETCHED
from messaging.models import Message
from messaging.telnyx.client import Client
from tests.desk.conftest import event_url
from tests.sandbox.control import Sandbox, sample_request
from tests.signing import deliver
from tests.stack import wait_until

State = Recovery.State
PAGE = "/admin/mirror/recovery/"


@pytest.fixture(scope="module")
def losing() -> Iterator[Sandbox]:
    """Yield a sandbox that delivers to an address where nobody listens."""
    with Sandbox(webhooks="http://127.0.0.1:9/webhooks/telnyx/") as sandbox:
        yield sandbox


@pytest.fixture
def telnyx(losing: Sandbox, transactional_db: None, quick: None) -> Iterator[Client]:
    losing.reset()
    with Client(losing.api_key, losing.base_url, read=5, deadline=10) as client:
        yield client


def lose(sandbox: Sandbox, count: int = 1) -> list[str]:
    """Lose events; return the ids of their messages."""
    sandbox.next_webhook("lose", count)
    return [sandbox.write(f"Lost {n}")["id"] for n in range(count)]


def period(hours: int = 2) -> dict[str, str]:
    now = timezone.now() + timedelta(minutes=1)
    return {
        "since": f"{now - timedelta(hours=hours):%Y-%m-%dT%H:%M}",
        "until": f"{now:%Y-%m-%dT%H:%M}",
    }


@pytest.mark.promise("X68")
def test_500_lost_events_are_all_recovered_once_by_the_clock(telnyx, losing):
    lost = lose(losing, 500)

    recovery = recover.by_the_clock(telnyx)
    drain.drain()

    assert (recovery.state, recovery.missing) == (State.DONE, {"message.received": 500})
    assert {str(id) for id in Message.objects.values_list("remote_id", flat=True)} == set(lost)
    assert set(WebhookEvent.objects.values_list("deliveries", "key_fingerprint", "state")) == {
        (1, FETCHED, "done")
    }
    recover.by_the_clock(telnyx)
    assert WebhookEvent.objects.count() == 500
    assert Recovery.objects.count() == 1  # a check that finds nothing leaves no row of its own


def test_what_telnyx_dates_by_a_clock_that_is_behind_is_fetched_too(telnyx, losing):
    """By our clock, which is half an hour ahead, the previous check already reached up to now."""
    recover.by_the_clock(telnyx)
    Recovery.objects.update(through=timezone.now() + timedelta(minutes=30))
    ClockReading.objects.create(
        name=heartbeat.TELNYX, ahead=-1800.0, read_at=timezone.now(), lowest=-1800.0, lowest_at=timezone.now()
    )
    lose(losing, 2)

    recover.by_the_clock(telnyx)

    assert WebhookEvent.objects.count() == 2


@pytest.mark.parametrize("late_first", [True, False])
@pytest.mark.promise("X69")
def test_a_recovered_and_a_late_delivery_are_one_effect(telnyx, losing, late_first):
    (lost,) = lose(losing)
    (late,) = [entry["event"] for entry in losing.deliveries()]
    steps = [lambda: deliver(late), lambda: recover.by_the_clock(telnyx)]

    for step in steps if late_first else reversed(steps):
        step()
        drain.drain()

    assert str(Message.objects.get().remote_id) == lost
    assert WebhookEvent.objects.get().state == "done"


def test_what_a_run_has_no_time_for_is_read_by_the_next(telnyx, losing, settings):
    lose(losing)

    settings.TELNYX_READS_PER_SECOND = 5.0
    runs: list[Recovery] = []

    def there() -> bool:
        if recovery := recover.by_the_clock(telnyx, seconds=0.5):
            runs.append(recovery)
        return WebhookEvent.objects.exists()

    wait_until(there, 60, "the lost event")

    assert len(runs) > 1
    assert not Recovery.objects.exclude(state=State.DONE).exists()


@pytest.mark.promise("F76")
def test_a_person_previews_and_then_fetches(telnyx, losing, login):
    lose(losing, 2)
    user = login("compliance")

    page = user.post(f"{PAGE}look/", period(), follow=True)
    assert "Waiting for the worker" in page.content.decode()
    assert 'data-desk-refresh="2"' in page.content.decode()
    assert recover.asked_for(telnyx) == 1

    look = Recovery.objects.get()
    html = user.get(f"{PAGE}{look.pk}/change/").content.decode()
    assert (look.state, look.missing) == (State.FOUND, {"message.received": 2})
    assert "Fetch 2 events" in html
    assert "a webhook can still be missing" in html
    assert not WebhookEvent.objects.exists()

    for _ in range(2):
        user.post(f"{PAGE}{look.pk}/again/")
    assert recover.asked_for(telnyx) >= 1
    drain.drain()

    assert Message.objects.count() == WebhookEvent.objects.count() == 2
    event = WebhookEvent.objects.first()
    assert "Fetched from Telnyx" in user.get(event_url(event)).content.decode()
    assert user.get(PAGE).status_code == 200


def test_an_event_that_answers_a_request_of_ours_keeps_its_token(telnyx, losing):
    address = "https://desk.example.com/webhooks/telnyx/token-0001/"
    record = losing.seed(sample_request(webhookUrl=address), taken_over=True)
    losing.set_status(record["id"], "In Progress")
    losing.wait(lambda: [row for row in losing.deliveries() if row["outcome"] == "failed"], 1, 30)

    recover.by_the_clock(telnyx)

    event = WebhookEvent.objects.get()
    assert event.callback_token == "token-0001"
    assert event.event_type == "toll_free_verification.status_update"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "retry_after", "seconds": 30, "when": "retry-after"}, "asked us to slow down"),
        ({"kind": "status", "status": 500}, "HTTP 500"),
        ({"kind": "html"}, "HTTP 200"),
    ],
)
@pytest.mark.promise("F76")
def test_a_failing_telnyx_leaves_a_row_with_a_reason_and_can_be_asked_again(
    telnyx,
    losing,
    login,
    fault,
    said,
):
    user = login("compliance")
    losing.fault(**fault, count=None, path="webhook_deliveries")
    user.post(f"{PAGE}look/", period(1))

    recover.asked_for(telnyx)

    row = Recovery.objects.get()
    assert row.state == State.FAILED
    assert said in row.reason
    html = user.get(f"{PAGE}{row.pk}/change/").content.decode()
    assert "Try again" in html
    losing.clear_faults()
    Pace.objects.all().delete()
    user.post(f"{PAGE}{row.pk}/again/")
    recover.asked_for(telnyx)
    assert Recovery.objects.first().state == State.FOUND


def test_the_clock_failing_again_and_again_fills_one_row(telnyx, losing):
    losing.fault("status", status=500, count=None, path="webhook_deliveries")

    for _ in range(3):
        recover.by_the_clock(telnyx)
    assert [row.state for row in Recovery.objects.all()] == [State.FAILED]

    losing.clear_faults()
    (lost,) = lose(losing)
    recover.by_the_clock(telnyx)
    drain.drain()
    assert str(Message.objects.get().remote_id) == lost


@pytest.mark.promise("X31")
def test_a_refused_key_stops_the_recovery_and_says_so(telnyx, losing):
    losing.set_key("KEY-other")

    recover.by_the_clock(telnyx)

    assert breaker.closed()
    assert "refuses our key" in Recovery.objects.get().reason


def test_odd_entries_of_the_log_stop_nothing(telnyx, losing):
    (lost,) = lose(losing)
    (event,) = [entry["event"]["data"] for entry in losing.deliveries()]
    rows = [
        {"id": "1", "webhook": None},
        {"id": "2", "webhook": "text", "attempts": 7},
        {
            "id": "3",
            "webhook": {"record_type": "link_clicked", "message_id": lost, "url": "https://x.example"},
        },
        {"id": "4", "webhook": {"data": event}, "attempts": [None, {"http": None}]},
    ]
    body = {"data": rows, "meta": {"total_results": len(rows)}}
    losing.fault("status", status=200, json=body, count=1, path="webhook_deliveries")

    recovery = recover.by_the_clock(telnyx)
    drain.drain()

    assert recovery.state == State.DONE
    assert recovery.missing == {"": 1, "message.received": 1}
    assert str(Message.objects.get().remote_id) == lost


@pytest.mark.parametrize("name", ["approver", "operator", "support", "auditor", "nobody"])
@pytest.mark.promise("X86")
def test_people_who_may_not_recover_are_refused(db, login, name):
    row = Recovery.objects.create(
        since=timezone.now() - timedelta(hours=1), until=timezone.now(), state=State.FOUND
    )
    client = login(name)

    answers = [
        client.get(PAGE),
        client.get(f"{PAGE}{row.pk}/change/"),
        client.post(f"{PAGE}look/", period()),
        client.post(f"{PAGE}{row.pk}/again/"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert Recovery.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"since": "2020-01-01T00:00"}, "last 30 days"),
        ({"until": "2020-01-01T00:00"}, "The end must be after the start, and the start in the past"),
        ({"since": "soon"}, "Enter a valid date/time"),
    ],
)
def test_a_time_that_makes_no_sense_is_said_and_nothing_typed_is_lost(db, login, changes, said):
    typed = {**period(), **changes}

    html = login("admin").post(f"{PAGE}look/", typed).content.decode()

    assert said in html
    assert all(f'value="{value}"' in html for value in typed.values())
    assert not Recovery.objects.exists()


def test_a_body_is_stored_as_data_alone(telnyx, losing):
    lose(losing)

    recover.by_the_clock(telnyx)

    assert set(json.loads(bytes(WebhookEvent.objects.get().body))) == {"data"}
