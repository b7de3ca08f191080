"""Stored events are processed one by one: a bad one waits, is then given up, and delays no other."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from messaging.mirror import tasks
from messaging.mirror.inbound import drain
from messaging.mirror.inbound.drain import UnknownResource
from messaging.mirror.models import DrainRound, OutboxEntry, WebhookEvent
from messaging.mirror.outbound import outbox
from tests.signing import deliver, event

State = WebhookEvent.State


@pytest.fixture
def seen():
    """Handle `test.*` events for one test: remember good ones, fail the way their payload asks."""
    handled: list[str] = []

    def matches(data):
        return str(data.get("event_type", "")).startswith("test.")

    def handle(stored):
        payload = stored.data()["payload"]
        if payload.get("fail") == "error":
            raise RuntimeError("as asked")
        if payload.get("fail") == "database":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 'secret of a row'::int")
        if payload.get("fail") == "locked":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(4711)")
        if payload.get("fail") == "slow":
            time.sleep(0.05)
        if payload.get("fail") == "unknown":
            raise UnknownResource("not known yet", [payload.get("id", "")])
        handled.append(stored.dedupe_key)

    drain.handler(matches)(handle)
    yield handled
    drain._handlers.remove((matches, handle))


def make_due() -> None:
    WebhookEvent.objects.update(not_before=timezone.now() - timedelta(seconds=1))


def post(**payload: object) -> WebhookEvent:
    body = event("test.event", **payload)
    assert deliver(body) == 200
    return WebhookEvent.objects.get(dedupe_key=body["data"]["id"])


@pytest.mark.promise("X63")
def test_an_event_without_a_handler_is_kept(db):
    deliver(event("brand.new"))

    drain.drain()

    assert WebhookEvent.objects.get().state == State.KEPT


@pytest.mark.parametrize("fail", ["error", "database"])
@pytest.mark.promise("X64")
def test_a_bad_event_delays_nobody_and_is_given_up_in_the_end(db, seen, fail):
    bad = post(fail=fail)
    good = [post() for _ in range(5)]

    drain.drain()

    assert seen == [one.dedupe_key for one in good]
    bad.refresh_from_db()
    assert (bad.state, bad.attempts_made) == (State.PENDING, 1)
    assert bad.not_before > timezone.now()
    for _ in drain.WAITS:
        make_due()
        drain.drain()
    bad.refresh_from_db()
    assert bad.state == State.DEAD
    assert bad.error
    make_due()
    assert drain.drain() == 0


@pytest.mark.promise("X95")
def test_the_words_of_a_database_error_are_not_kept(db, seen, caplog):
    bad = post(fail="database")

    drain.drain()

    bad.refresh_from_db()
    assert "secret of a row" not in bad.error + caplog.text


@pytest.mark.promise("X66")
def test_an_event_about_an_unknown_record_waits(db, seen):
    early = post(fail="unknown")

    drain.drain()

    early.refresh_from_db()
    assert (early.state, early.error) == (State.WAITING, "not known yet")


def test_waiting_costs_no_attempts(db, seen):
    early = post(fail="unknown", id="r1")

    for _ in range(3 * len(drain.WAITS)):
        make_due()
        drain.drain()
        outbox.release_waiting_events(["another"], "0" * 32)

    early.refresh_from_db()
    assert (early.state, early.attempts_made) == (State.WAITING, 0)


def test_only_events_about_the_record_that_was_accepted_are_released(db, seen):
    ours, other = post(fail="unknown", id="r1"), post(fail="unknown", id="r2")
    drain.drain()

    outbox.release_waiting_events(["r1", None])

    due = set(
        WebhookEvent.objects.filter(not_before__lte=timezone.now()).values_list("dedupe_key", flat=True)
    )
    assert due == {ours.dedupe_key}
    assert other.dedupe_key not in due


def test_an_event_that_came_to_the_address_of_a_request_is_released_by_its_answer(db, seen):
    body = event("test.event", fail="unknown")
    deliver(body, path=f"/webhooks/telnyx/{'a' * 32}/")
    drain.drain()

    outbox.release_waiting_events([None], "a" * 32)

    assert WebhookEvent.objects.filter(not_before__lte=timezone.now()).exists()


def test_an_event_waits_longer_the_older_it_is_and_age_alone_ends_the_wait(db, seen):
    early = post(fail="unknown", id="r1")

    def waits_after(age: timedelta) -> timedelta:
        WebhookEvent.objects.update(received_at=timezone.now() - age)
        make_due()
        drain.drain()
        early.refresh_from_db()
        return early.not_before - timezone.now()

    assert timedelta(seconds=3) < waits_after(timedelta(seconds=8)) < timedelta(seconds=6)
    assert timedelta(minutes=4) < waits_after(timedelta(minutes=20)) < timedelta(minutes=6)
    assert timedelta(minutes=14) < waits_after(timedelta(days=13)) < timedelta(minutes=16)
    assert early.state == State.WAITING
    waits_after(timedelta(days=14, minutes=1))
    assert (early.state, early.error) == (State.DEAD, "not known yet")


@pytest.mark.parametrize("name", ["RETENTION_WEBHOOK_BODY_DAYS", "RETENTION_WEBHOOK_DAYS"])
def test_an_event_without_its_record_is_given_up_before_its_body_is_deleted(db, seen, settings, name):
    setattr(settings, name, 3)
    early = post(fail="unknown", id="r1")
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=2, hours=1))

    drain.drain()

    early.refresh_from_db()
    assert early.state == State.DEAD


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_else_holds_costs_an_event_nothing(seen, settings):
    blocked = post(fail="locked")
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_advisory_xact_lock(4711)")
        with connection.cursor() as ours:
            ours.execute("SET lock_timeout = '50ms'")

        drain.drain()

        blocked.refresh_from_db()
        assert (blocked.state, blocked.attempts_made) == (State.PENDING, 0)
        assert blocked.not_before < timezone.now() + timedelta(seconds=5)
        cursor.execute("ROLLBACK")
    other.close()
    make_due()
    drain.drain()
    assert seen == [blocked.dedupe_key]


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_retry_one_event_count_one_attempt(seen):
    """The second one comes while the first is working on the event, and must leave it alone."""
    bad = post(fail="error")
    WebhookEvent.objects.update(attempts_made=1)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM mirror_webhookevent WHERE id = %s FOR UPDATE", [bad.pk])

        drain.drain()

        cursor.execute("ROLLBACK")
    other.close()
    bad.refresh_from_db()
    assert bad.attempts_made == 1
    assert bad.not_before <= timezone.now()


@pytest.mark.promise("F75")
def test_a_dead_event_can_be_released(db, seen):
    bad = post(fail="error")
    WebhookEvent.objects.filter(pk=bad.pk).update(state=State.DEAD, body=b'{"data": {}}')

    assert drain.release(WebhookEvent.objects.all()) == 1
    drain.drain()

    bad.refresh_from_db()
    assert bad.state == State.KEPT


def test_a_batch_larger_than_one_bite_is_drained_whole(db, seen):
    keys = [post().dedupe_key for _ in range(7)]

    assert drain.drain(batch=3) == 7
    assert seen == keys


def test_what_there_is_no_time_for_is_left_for_the_next_drain_and_costs_no_attempt(db, seen):
    """A worker whose task takes too long is killed, which would count against every event it held."""
    keys = [post(fail="slow").dedupe_key for _ in range(20)]

    assert drain.drain(seconds=0.2) == len(seen) < 20

    left = WebhookEvent.objects.filter(state=State.PENDING, attempts_made=0, processed_at=None)
    assert left.count() == 20 - len(seen)
    drain.drain()
    assert seen == keys


def test_no_row_is_held_for_longer_than_a_round(db, seen, monkeypatch):
    """Settling a request has to wait for the rows of its events."""
    monkeypatch.setattr(drain, "ROUND_SECONDS", 0.2)
    keys = [post(fail="slow").dedupe_key for _ in range(20)]

    assert drain.drain() == 20

    taken = WebhookEvent.objects.aggregate(first=Min("processed_at"), last=Max("processed_at"))
    assert seen == keys
    assert taken["last"] - taken["first"] > timedelta(seconds=0.2)


@pytest.mark.parametrize("attempts", [0, 1])
def test_a_round_that_a_restart_of_postgresql_cut_off_blames_no_event(db, seen, attempts):
    one = post()
    WebhookEvent.objects.update(attempts_made=attempts, not_before=timezone.now() + timedelta(hours=1))
    this_round = DrainRound.objects.create(event_ids=[one.pk], worker="w")
    DrainRound.objects.filter(pk=this_round.pk).update(started_at=timezone.now() - timedelta(days=365))

    drain.drain()

    one.refresh_from_db()
    assert (one.state, one.attempts_made, one.error) == (State.PENDING, attempts, "")
    assert not DrainRound.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "task", [tasks.sweep, tasks.drain, tasks.poll, tasks.pull, lambda: tasks.relay("0" * 32)]
)
@pytest.mark.promise("X20")
def test_every_task_may_run_three_times(task):
    for _ in range(3):
        task()


@pytest.mark.promise("X66")
def test_a_webhook_that_beats_the_answer_wakes_the_unsure_promise_even_when_it_has_to_wait(
    seen, sandbox, submit, work
):
    sandbox.fault("store_then_lose", method="POST")
    entry = work(submit(), "unsure")
    far = timezone.now() + timedelta(hours=1)
    OutboxEntry.objects.filter(pk=entry.pk).update(not_before=far)
    body = event("test.event", fail="unknown")

    assert deliver(body, path=f"/webhooks/telnyx/{entry.callback_token}/") == 200
    drain.drain()

    entry.refresh_from_db()
    assert entry.not_before < far
    assert work(entry).state == "accepted"
