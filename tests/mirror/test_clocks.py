"""Whatever a process's clock says, PostgreSQL's decides when to send, to look up, to give up, and to run at all."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

from messaging.mirror import clock, heartbeat, pace, retention
from messaging.mirror.inbound import drain
from messaging.mirror.models import Attempt, ClockReading, Heartbeat, OutboxEntry, WebhookEvent
from messaging.mirror.outbound import outbox, resolve, taking
from messaging.mirror.outbound.sweep import due, sweep
from messaging.mirror.records import sync
from messaging.telnyx.client import Answer
from tests.mirror.conftest import make_request
from tests.signing import deliver, event
from tollfree.models import VerificationRequest

State = OutboxEntry.State
MINUTES = timedelta(minutes=7)


@pytest.fixture(params=[420, -420], ids=["7 minutes ahead", "7 minutes behind"])
def other_clock(request, skewed):
    """Run a test while this process's clock is wrong and PostgreSQL's is right."""
    with skewed(request.param):
        yield request.param


def true_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0].astimezone(UTC)


@pytest.mark.promise("X42")
def test_now_is_postgresqls_time(db, other_clock):
    for told in (clock.now(), clock.ask()):
        assert abs(true_time() - told) < timedelta(seconds=5)
    assert abs(clock.ahead() - other_clock) < 5


def test_a_machine_that_was_asleep_knows_the_time_when_it_wakes(db, monkeypatch):
    """The monotonic clock stops in the meantime."""
    clock.ask()
    awake = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: awake() - 3600)

    assert abs(true_time() - clock.now()) < timedelta(seconds=5)
    assert abs(clock.ahead()) < 5


@pytest.mark.promise("X42")
def test_rows_carry_postgresqls_time(db, other_clock):
    entry = outbox.add(make_request(), "create", requested_by=None)
    attempt = entry.attempts.create(outcome=Attempt.Outcome.NOT_SENT, worker="w")

    for at in (entry.created_at, entry.not_before, attempt.finished_at, entry.resource.created_at):
        assert abs(true_time() - at) < timedelta(seconds=5)


@pytest.mark.parametrize("years", [20, -20])
@pytest.mark.promise("X42", "X90")
def test_a_sign_in_holds_on_processes_with_other_clocks_and_ends_after_twelve_hours(db, skewed, years):
    User.objects.create_superuser("ada", password="a long one for ada")
    client, login = Client(), {"username": "ada", "password": "a long one for ada"}

    def is_in() -> bool:
        return client.get("/admin/").status_code == 200

    with skewed(years * 365 * 86400):
        client.post("/admin/login/", login)
        assert is_in()
    assert is_in()
    assert Session.objects.get().expire_date < true_time() + timedelta(hours=13)

    Session.objects.update(expire_date=true_time() - timedelta(seconds=1))
    with skewed(years * 365 * 86400):
        assert not is_in()


def test_what_people_did_is_dated_by_postgresql_and_kept(db, skewed):
    user = User.objects.create(username="ada")
    with skewed(-20 * 365 * 86400):
        LogEntry.objects.create(user=user, action_flag=2, action_time=timezone.now())

    retention.run()

    assert abs(true_time() - LogEntry.objects.get().action_time) < timedelta(seconds=5)


def test_what_is_submitted_is_due_at_once(submit, other_clock):
    entry = submit()

    assert [found.pk for found in due()] == [entry.pk]


@pytest.mark.promise("X30", "X42")
def test_a_lost_answer_is_not_sent_again_before_the_settling_time(
    sandbox, submit, work, client, settings, other_clock
):
    settings.TELNYX_SETTLE_SECONDS = 300
    sandbox.fault("reset", method="POST", when="before")
    entry = work(submit(), State.UNSURE)

    for _ in range(4):
        OutboxEntry.objects.filter(pk=entry.pk, state=State.UNSURE).update(not_before=true_time())
        sweep(client, seconds=0.2)

    entry.refresh_from_db()
    assert (entry.state, entry.sends) == (State.UNSURE, 1)
    assert entry.negatives >= resolve.NEGATIVES_NEEDED


def test_checking_again_and_again_does_not_delay_the_answer(sandbox, submit, work, client, settings):
    settings.TELNYX_SETTLE_SECONDS = 300
    sandbox.fault("reset", method="POST", when="before")
    entry = work(submit(), State.UNSURE)

    for _ in range(8):
        outbox.retry_now(entry)
        sweep(client, seconds=0.2)
        entry.refresh_from_db()

    assert entry.state == State.UNSURE
    assert entry.not_before < true_time() + timedelta(seconds=300)


def test_a_lost_answer_is_found_and_adopted(sandbox, submit, work, other_clock):
    sandbox.fault("store_then_lose", method="POST")

    entry = work(submit())

    assert (entry.state, entry.sends, len(sandbox.records())) == (State.ACCEPTED, 1, 1)


def test_what_was_lost_is_sent_again_once_it_has_settled(sandbox, submit, work, settings, other_clock):
    settings.TELNYX_SETTLE_SECONDS = 0.6
    sandbox.fault("reset", method="POST", when="before")

    entry = work(submit())

    assert (entry.state, entry.sends, len(sandbox.records())) == (State.ACCEPTED, 2, 1)


def telnyx_says(at: datetime) -> None:
    heartbeat._written.clear()
    heartbeat.heard(Answer(200, {}, None, b"", 0.1, date=at))


def test_the_lowest_reading_of_telnyxs_clock_counts_for_three_days(db):
    for behind in (1, 5, 3):
        telnyx_says(true_time() - timedelta(hours=behind))

    assert abs(heartbeat.telnyx_behind() - timedelta(hours=5)) < timedelta(seconds=10)
    assert abs(ClockReading.objects.get().ahead + 3 * 3600) < 10
    ClockReading.objects.update(lowest_at=true_time() - timedelta(days=3, seconds=1))
    telnyx_says(true_time() - timedelta(hours=2))
    assert abs(heartbeat.telnyx_behind() - timedelta(hours=2)) < timedelta(seconds=10)


@pytest.mark.parametrize("year", [1, 1970, 9999])
def test_a_date_that_cannot_be_telnyxs_is_not_believed(db, year):
    telnyx_says(datetime(year, 1, 1, tzinfo=UTC))

    assert not ClockReading.objects.exists()
    assert heartbeat.telnyx_behind() == timedelta()


def test_a_record_of_ours_is_found_though_telnyxs_clock_is_behind(sandbox, submit, work):
    """Telnyx dates its records by its own clock. Its answers showed that it is behind."""
    entry = submit()
    OutboxEntry.objects.filter(pk=entry.pk).update(created_at=true_time())
    telnyx_says(true_time() - timedelta(hours=1))

    entry.refresh_from_db()
    earliest = heartbeat.earliest_at_telnyx(entry)

    assert abs(true_time() - earliest - timedelta(minutes=70)) < timedelta(seconds=10)


@pytest.mark.parametrize(("age", "is_given_up"), [(MINUTES * -1, False), (MINUTES, True)])
def test_giving_up_counts_24_hours_of_postgresql(submit, client, other_clock, age, is_given_up):
    entry = submit()
    made_at = true_time() - taking.GIVE_UP_AFTER - age / 2
    OutboxEntry.objects.filter(pk=entry.pk).update(created_at=made_at)

    sweep(client, seconds=0.2)

    entry.refresh_from_db()
    assert (entry.state == State.NEEDS_PERSON) is is_given_up


@pytest.mark.parametrize(("left", "is_sent"), [(-1, False), (1, True)])
def test_a_key_is_used_again_only_within_its_window(
    submit, settings, monkeypatch, other_clock, left, is_sent
):
    settings.TELNYX_REPLAY_SENDS = True
    entry = submit()
    sent_at = true_time() - timedelta(hours=1) + left * timedelta(minutes=3)
    OutboxEntry.objects.filter(pk=entry.pk).update(send_started_at=sent_at)
    entry.refresh_from_db()
    operation = type("Keyed", (), {"replayable_for": timedelta(hours=1)})
    monkeypatch.setattr(OutboxEntry, "get_operation", lambda self: operation)

    assert resolve._may_replay(entry) is is_sent


def test_signs_of_life_are_judged_by_postgresql(db, other_clock):
    heartbeat.beat(Heartbeat.WORKER)

    assert heartbeat.alive(Heartbeat.WORKER)
    Heartbeat.objects.update(seen_at=true_time() - timedelta(minutes=2))
    assert not heartbeat.alive(Heartbeat.WORKER)


def test_webhooks_are_stored_processed_and_retried_in_time(db, other_clock):
    deliver(event(), at=true_time().timestamp())

    assert drain.drain() == 1

    row = WebhookEvent.objects.get()
    assert row.state == WebhookEvent.State.KEPT
    assert abs(true_time() - row.received_at) < timedelta(seconds=5)


@pytest.mark.promise("X42")
def test_a_record_is_polled_when_it_is_due(sandbox, submit, work, client, other_clock):
    entry = work(submit())
    [held] = sandbox.records()
    sandbox.set_status(held["id"], "Rejected", webhook=False)
    sync.ask_soon(entry.resource, "sync")

    assert sync.poll_due(client) == 1

    row = VerificationRequest.objects.get()
    assert row.remote_status == "Rejected"
    assert abs(true_time() - row.remote_as_of) < timedelta(seconds=5)


def test_a_pace_that_telnyx_slowed_holds_for_its_seconds(db, other_clock):
    pace.pause("POST x", 30)

    assert 25 < pace.take("POST x", 1000.0) <= 30


@pytest.mark.promise("X42", "X105")
def test_nothing_is_deleted_early(db, other_clock, settings):
    settings.RETENTION_WEBHOOK_BODY_DAYS = 1
    deliver(event(), at=true_time().timestamp())
    WebhookEvent.objects.update(received_at=true_time() - timedelta(days=1) + MINUTES / 2)

    retention.run()

    assert WebhookEvent.objects.exclude(body=b"").exists()
