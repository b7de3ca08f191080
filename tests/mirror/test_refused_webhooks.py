"""What the address for webhooks turns away is counted by cause, cheaply, and shown on Health."""

import json
import re
import time
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.desk.arrival import CAUSES
from messaging.mirror import retention
from messaging.mirror.inbound import inbox, refused
from messaging.mirror.models import RefusedWebhooks, WebhookEvent
from tests.signing import OTHER_KEY, WEBHOOK, deliver, event, signature_headers

HEALTH = "/admin/desk/health/"
Cause = RefusedWebhooks.Cause


def counted() -> dict[str, int]:
    return dict(RefusedWebhooks.objects.values_list("cause", "count"))


def rows_of(client: Client, name: str) -> str:
    """Return the words of one row on Health: a part, or a cause."""
    html = client.get(HEALTH).content.decode()
    row = re.search(rf'<li id="{name}">(.*?)</li>', html, re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", row[1])).split()) if row else ""


def chip(client: Client) -> str:
    html = client.get(HEALTH).content.decode()
    row = re.search(r'<li id="part-refused">(.*?)</li>', html, re.S)[1]
    return re.search(r'data-group="(\w+)"', row)[1]


def add(cause: Cause, count: int, **ago: float) -> None:
    at = timezone.now() - timedelta(**ago)
    RefusedWebhooks.objects.create(slot=at, cause=cause, count=count, first_at=at, last_at=at)


BODY = json.dumps(event()).encode()
GOOD = signature_headers(BODY)


@pytest.mark.parametrize(
    ("headers", "cause", "status"),
    [
        (signature_headers(BODY, key=OTHER_KEY), Cause.WRONG_SIGNATURE, 403),
        ({}, Cause.NO_SIGNATURE, 400),
        ({"telnyx-timestamp": GOOD["telnyx-timestamp"]}, Cause.NO_SIGNATURE, 400),
        ({**GOOD, "telnyx-signature-ed25519": "words"}, Cause.UNREADABLE, 400),
        ({**GOOD, "telnyx-timestamp": "yesterday"}, Cause.UNREADABLE, 400),
        (signature_headers(BODY, at=time.time() - 4000), Cause.WRONG_TIME, 400),
    ],
)
def test_each_cause_is_counted(db, headers, cause, status):
    assert [deliver(BODY, headers=headers) for _ in range(3)] == [status] * 3

    assert counted() == {cause: 3}


def test_what_is_too_large_or_says_no_length_is_counted_unread(db):
    Client().post(WEBHOOK, b"x" * ((1 << 20) + 1), content_type="text/plain")
    Client().post(WEBHOOK, b"x", content_type="text/plain", CONTENT_LENGTH="")

    assert counted() == {Cause.TOO_LARGE: 1, Cause.NO_LENGTH: 1}


def test_without_a_key_it_is_counted_that_we_had_none(db, settings):
    settings.TELNYX_PUBLIC_KEYS = []

    assert deliver(BODY, headers=GOOD) == 503

    assert counted() == {Cause.NO_KEY: 1}


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_stored_is_counted_once_the_database_is_back(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "STORE", "SELECT * FROM not_there")
        assert deliver(event()) == 503
    assert counted() == {}

    refused.flush()

    assert counted() == {Cause.NOT_STORED: 1}


@pytest.mark.django_db(transaction=True)
def test_a_count_that_fails_changes_no_answer_and_is_kept(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(refused, "COUNT", "SELECT * FROM not_there WHERE %s = %s")
        assert deliver(BODY, headers={}) == 400
        assert deliver(BODY, headers={}) == 400

    refused.flush()

    assert counted() == {Cause.NO_SIGNATURE: 2}


def test_a_good_delivery_is_not_counted(db):
    assert deliver(event()) == 200

    assert counted() == {}


def test_nothing_of_a_delivery_is_kept(db):
    deliver(b'{"secret": "+13125550100"}', headers={})

    [row] = RefusedWebhooks.objects.values()
    assert set(row) == {"id", "slot", "cause", "count", "first_at", "last_at"}
    assert not WebhookEvent.objects.exists()


def test_a_flood_costs_a_few_statements_and_one_row(db, monkeypatch):
    later = []
    monkeypatch.setattr(refused, "_ring_later", lambda: later.append(1))
    monkeypatch.setattr(
        refused, "SECONDS", 1000.0
    )  # on a busy machine, a flood of this size may take longer than ten

    with CaptureQueriesContext(
        connection,
    ) as asked:
        for _ in range(100):
            assert deliver(BODY, headers={}) == 400

    assert len(asked) <= refused.MOST
    assert later, "somebody will write the rest"
    refused.flush()
    assert counted() == {Cause.NO_SIGNATURE: 100}


@pytest.mark.django_db(transaction=True)
def test_the_rest_of_a_flood_is_written_though_nobody_comes_any_more(monkeypatch):
    monkeypatch.setattr(refused, "SECONDS", 0.2)
    for _ in range(refused.MOST + 30):
        refused.count(Cause.NO_SIGNATURE)

    refused._waiting.timer.join(10)

    assert sum(counted().values()) == refused.MOST + 30


def test_health_says_how_many_when_and_what_to_do(login):
    add(Cause.NO_SIGNATURE, 2, minutes=5)
    add(Cause.NO_SIGNATURE, 3, hours=5)
    add(Cause.NO_SIGNATURE, 4000, days=3)
    add(Cause.NO_SIGNATURE, 9, days=9)

    client = login("operator")

    words = rows_of(client, "cause-no_signature")
    assert "2 in the last hour, 5 in the last 24 hours, 4,005 in the last 7 days" in words
    assert "Telnyx signs everything" in words
    assert "What an administrator does:" in words
    assert "4,005 were turned away in the last 7 days" in rows_of(client, "part-refused")


@pytest.mark.parametrize(
    ("hour", "week_before", "group"),
    [(4, 0, "done"), (5, 0, "needs_us"), (20, 167 * 7, "done"), (30, 167 * 7, "needs_us"), (0, 5000, "done")],
)
def test_a_jump_deserves_a_look_and_what_is_usual_does_not(login, hour, week_before, group):
    if hour:
        add(Cause.NO_SIGNATURE, hour, minutes=5)
    if week_before:
        add(Cause.NO_SIGNATURE, week_before, days=2)

    client = login("operator")

    assert chip(client) == group
    assert ('href="#refused"' in client.get(HEALTH).content.decode()) == (group == "needs_us")
    assert Client().get("/readyz").json()["refused"] == "ok"


def test_a_wrong_key_deserves_a_look_as_long_as_nothing_genuine_comes(login):
    add(Cause.WRONG_SIGNATURE, 6, minutes=5)
    add(Cause.WRONG_SIGNATURE, 6 * 167, days=2)
    client = login("operator")
    assert chip(client) == "needs_us"

    deliver(event())

    assert chip(client) == "done"


def test_every_cause_is_explained(login):
    for cause in Cause:
        add(cause, 1, minutes=5)
    client = login("auditor")

    assert set(CAUSES) == set(Cause)
    for cause in Cause:
        assert unescape(str(cause.label)) in rows_of(client, f"cause-{cause}")


def test_counts_are_deleted_after_a_week(db):
    add(Cause.NO_SIGNATURE, 1, days=9)
    add(Cause.NO_SIGNATURE, 2, days=6)

    retention.run()

    assert counted() == {Cause.NO_SIGNATURE: 2}
