"""The page of a webhook event: what came, what became of it, and processing it again."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from messaging.mirror import inbox, retention, webhooks
from messaging.mirror.models import WebhookEvent
from messaging.mirror.models.inbox import FETCHED
from tests.desk.conftest import event_url, make_event
from tests.signing import WEBHOOK, event, signature_headers

State = WebhookEvent.State


def page(client: Client, row: WebhookEvent) -> str:
    return client.get(event_url(row)).content.decode()


@pytest.mark.parametrize("state", State.values)
def test_every_state_is_explained(login, state):
    answer = login("auditor").get(event_url(make_event(state)))

    assert len(str(answer.context["meaning"])) > 40
    assert str(State(state).label) in answer.content.decode()


def test_a13_a_duplicate_is_counted_and_named_harmless(login, db):
    body = json.dumps(event()).encode()
    for _ in range(2):
        headers = signature_headers(body)
        Client().post(WEBHOOK, body, content_type="application/json", headers=headers)

    html = page(login("auditor"), WebhookEvent.objects.get())

    assert "Received 2 times: duplicates have no second effect." in html


def test_x82_a_body_is_text_whatever_it_holds(login):
    row = make_event(note="<script>alert(1)</script>", trick="a\u202eb\u0000c")

    html = page(login("compliance"), row)

    assert "<script>alert(1)" not in html
    assert "\\u202e" in html
    assert "\u202e" not in html


def test_secrets_of_a_body_are_never_shown(login):
    row = make_event(
        businessRegistrationNumber="12-3456789", deep=[{"campaignVerifyAuthorizationToken": "canary"}]
    )

    html = page(login("admin"), row)

    assert "12-3456789" not in html
    assert "canary" not in html


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b'{"businessRegistrationNumber": "12-3456789", ',
        b"[" * 5000,
        b"9" * 6000,
        b"NaN",
        b'"\\ud800"',
    ],
)
def test_x62_a_body_nobody_can_read_has_a_page(login, body):
    inbox.store(body, "0123456789abcdef")

    answer = login("compliance").get(event_url(WebhookEvent.objects.get()))

    assert answer.status_code == 200
    assert "12-3456789" not in answer.content.decode()


def test_a_dead_event_is_processed_again(login):
    client, row = login("admin"), make_event(State.DEAD)
    WebhookEvent.objects.update(error="ValueError: no status", attempts_made=6)
    assert "ValueError: no status" in page(client, row)

    client.post(event_url(row, "replay"))
    webhooks.drain()

    row.refresh_from_db()
    assert (row.state, row.error) == (State.KEPT, "")  # nothing of ours handles its type


def test_x52_a_quarantined_event_is_released(login):
    client, row = login("admin"), make_event(State.QUARANTINED)
    html = page(client, row)
    assert "Release" in html
    assert f'action="{event_url(row, "replay")}"' in html

    client.post(event_url(row, "replay"))

    row.refresh_from_db()
    assert row.state == State.PENDING


def test_many_are_processed_again_at_once_and_what_waits_anyway_is_left(login):
    client = login("admin")
    rows = [make_event(State.DEAD), make_event(State.KEPT), make_event(State.PENDING)]

    chosen = {"action": "process_again", "_selected_action": [row.pk for row in rows]}
    said = client.post("/admin/mirror/webhookevent/", chosen, follow=True).context["messages"]

    assert "2 events are processed again" in " ".join(str(message) for message in said)
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {State.PENDING}


READERS = {"compliance", "admin"}


@pytest.mark.parametrize("name", ["compliance", "admin", "approver", "operator", "auditor"])
def test_f86_what_telnyx_sent_is_read_by_those_who_read_texts_only(login, name):
    row = make_event(text="Meet me at 5", to="+13125550001")

    html = page(login(name), row)

    assert ("Meet me at 5" in html, "13125550001" in html) == (name in READERS, name in READERS)
    assert ("only compliance and administrators read them here" in html) == (name not in READERS)
    assert row.dedupe_key in html
    assert row.event_type in html


def test_f64_an_emptied_body_says_so_and_cannot_be_processed_again(login, settings):
    settings.RETENTION_WEBHOOK_BODY_DAYS = 30
    row = make_event(State.DONE, text="Meet me at 5")
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=31))

    retention.run()

    for name in ("admin", "auditor"):
        html = page(login(name), row)
        assert "It was deleted 30 days after it came" in html
        assert "Process again" not in html


def test_f76_a_fetched_event_says_that_it_has_no_signature(login):
    body = json.dumps(event()).encode()
    inbox.store(body, FETCHED)

    html = page(login("auditor"), WebhookEvent.objects.get())

    assert "Fetched from Telnyx&#x27;s log" in html or "Fetched from Telnyx's log" in html
    assert "Genuine, signed with key" not in html
