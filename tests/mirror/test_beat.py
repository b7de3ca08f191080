"""Beat fires at its intervals whatever the clock says, and nothing piles up while nobody listens."""

import json
import time

import pytest
import redis
from django.conf import settings

from config.celery import app
from messaging.mirror import beat, heartbeat
from messaging.mirror.models import Heartbeat
from messaging.mirror.outbound import outbox
from tests.mirror.conftest import make_request

SHORT = {"check_links", "drain", "import_asked", "notice", "poll", "sweep", "tell", "test_webhooks"}


@pytest.fixture
def broker():
    connection = redis.Redis.from_url(settings.REDIS_URL)
    connection.flushdb()
    yield connection
    connection.flushdb()


@pytest.fixture
def ticking(transactional_db, broker) -> beat.Beat:
    return beat.Beat(app=app)


def waiting(broker) -> dict[str, int]:
    queues = [route["queue"] for route in settings.CELERY_TASK_ROUTES.values()]
    return {queue: found for queue in queues if (found := broker.llen(queue))}


def pass_time(ticking: beat.Beat, seconds: float) -> None:
    ticking.due_at = {task: at - seconds for task, at in ticking.due_at.items()}


def test_work_of_every_few_seconds_is_rung_for_at_once_and_the_rest_within_a_minute(ticking, broker):
    assert 0 <= ticking.tick() <= 10
    assert set(waiting(broker)) == SHORT

    pass_time(ticking, 61)
    ticking.tick()
    assert set(waiting(broker)) == {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}


def test_after_its_first_ring_each_task_is_rung_for_at_its_interval(ticking, broker):
    ticking.tick()
    pass_time(ticking, 61)
    ticking.tick()
    broker.flushdb()

    pass_time(ticking, 601)
    ticking.tick()

    assert set(waiting(broker)) == SHORT | {"fetch_lost_webhooks", "learn", "notice_senders", "purge"}


@pytest.mark.promise("X20")
def test_a_task_is_not_rung_for_while_its_last_ring_waits(ticking, broker):
    for _ in range(20):
        ticking.tick()
        pass_time(ticking, 90_000)

    assert set(waiting(broker)) == {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert set(waiting(broker).values()) == {1}

    broker.flushdb()  # the worker took them, or the broker forgot them
    ticking.tick()
    assert set(waiting(broker)) >= SHORT


@pytest.mark.parametrize("skew", [420, -420])
def test_a_clock_that_is_set_changes_nothing(ticking, broker, skewed, skew):
    ticking.tick()
    broker.flushdb()

    with skewed(skew):
        ticking.tick()
        assert waiting(broker) == {}
        pass_time(ticking, 11)
        ticking.tick()

    assert set(waiting(broker)) == SHORT


def test_no_message_expires_since_two_clocks_would_decide_when(ticking, broker, transactional_db):
    ticking.tick()
    outbox.add(make_request(), "create", requested_by=None)

    names = [*waiting(broker), "celery"]
    messages = [json.loads(raw) for name in names for raw in broker.lrange(name, 0, -1)]

    assert len(messages) == len(SHORT) + 1
    assert {message["headers"]["expires"] for message in messages} == {None}


@pytest.mark.promise("X13")
def test_a_broker_that_is_away_stops_neither_beat_nor_its_sign_of_life(transactional_db, monkeypatch, caplog):
    lonely = beat.Beat(app=app)
    monkeypatch.setattr(app, "connection_for_write", lambda: app.connection("redis://:secret@127.0.0.1:9/0"))
    started = time.monotonic()

    lonely.tick()

    assert heartbeat.alive(Heartbeat.BEAT)
    assert "Beat cannot reach the broker" in caplog.text
    assert "secret" not in caplog.text
    assert time.monotonic() - started < 60


def test_every_periodic_task_exists_and_a_worker_takes_from_its_queue(db):
    app.loader.import_default_modules()

    assert set(settings.PERIODIC) <= set(app.tasks)
    assert {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} <= set(app.amqp.queues)
