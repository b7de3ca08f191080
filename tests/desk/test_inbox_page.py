"""The page of a webhook event: what came in, what happened to it, and processing it again."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from messaging.mirror import retention, reveals
from messaging.mirror.inbound import drain, inbox
from messaging.mirror.models import RecordView, WebhookEvent
from messaging.mirror.models.inbox import FETCHED
from tests.desk.conftest import event_url, make_event
from tests.signing import WEBHOOK, event, signature_headers

State = WebhookEvent.State


def page(client: Client, row: WebhookEvent) -> str:
    return client.get(event_url(row)).content.decode()


@pytest.mark.parametrize("state", State.values)
@pytest.mark.promise("F73")
def test_every_state_is_explained(login, state):
    answer = login("auditor").get(event_url(make_event(state)))

    assert len(str(answer.context["meaning"])) > 40
    assert str(State(state).label) in answer.content.decode()


@pytest.mark.promise("A13")
def test_a_duplicate_is_counted_and_called_harmless(login, db):
    body = json.dumps(event()).encode()
    for _ in range(2):
        headers = signature_headers(body)
        Client().post(WEBHOOK, body, content_type="application/json", headers=headers)

    html = page(login("auditor"), WebhookEvent.objects.get())

    assert "Received 2 times: duplicates have no second effect." in html


@pytest.mark.promise("X82")
def test_a_body_is_shown_as_text_whatever_it_holds(login):
    row = make_event(note="<script>alert(1)</script>", trick="a\u202eb\u0000c")
    client = login("compliance")
    client.post(event_url(row, "reveal"), {"reason": "Ticket 12"})

    html = page(client, row)

    assert "<script>alert(1)" not in html
    assert "\\u202e" in html
    assert "\u202e" not in html


@pytest.mark.promise("X94")
def test_secrets_of_a_body_are_never_shown(login):
    row = make_event(
        businessRegistrationNumber="12-3456789", deep=[{"campaignVerifyAuthorizationToken": "canary"}]
    )

    client = login("admin")
    client.post(event_url(row, "reveal"), {"reason": "Ticket 12"})

    html = page(client, row)

    assert "businessRegistrationNumber" in html
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
@pytest.mark.promise("X62")
def test_an_unreadable_body_has_a_page(login, body):
    inbox.store(body, "0123456789abcdef")
    client, row = login("compliance"), WebhookEvent.objects.get()

    masked = client.get(event_url(row))
    client.post(event_url(row, "reveal"), {"reason": "Ticket 12"})
    opened = client.get(event_url(row))

    assert (masked.status_code, opened.status_code) == (200, 200)
    assert "12-3456789" not in masked.content.decode() + opened.content.decode()


@pytest.mark.promise("F75")
def test_a_dead_event_is_processed_again(login):
    client, row = login("admin"), make_event(State.DEAD)
    WebhookEvent.objects.update(error="ValueError: no status", attempts_made=6)
    assert "ValueError: no status" in page(client, row)

    client.post(event_url(row, "replay"))
    drain.drain()

    row.refresh_from_db()
    assert (row.state, row.error) == (State.KEPT, "")  # we have no handler for its type


@pytest.mark.promise("X52")
def test_a_quarantined_event_can_be_released(login):
    client, row = login("admin"), make_event(State.QUARANTINED)
    html = page(client, row)
    assert "Release" in html
    assert f'action="{event_url(row, "replay")}"' in html

    client.post(event_url(row, "replay"))

    row.refresh_from_db()
    assert row.state == State.PENDING


@pytest.mark.promise("F75")
def test_many_are_processed_again_at_once_and_what_waits_anyway_is_left(login):
    client = login("admin")
    rows = [make_event(State.DEAD), make_event(State.KEPT), make_event(State.PENDING)]

    chosen = {"action": "process_again", "_selected_action": [row.pk for row in rows]}
    said = client.post("/admin/mirror/webhookevent/", chosen, follow=True).context["messages"]

    assert "2 events will be processed again" in " ".join(str(message) for message in said)
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {State.PENDING}


READERS = {"compliance", "admin"}


@pytest.mark.parametrize("name", ["compliance", "admin", "approver", "operator", "auditor"])
@pytest.mark.promise("F63")
def test_what_telnyx_sent_is_opened_on_record_only_by_people_who_read_texts(login, name):
    row = make_event(text="Meet me at 5", to="+13125550001", status="delivered")
    client = login(name)

    masked = page(client, row)
    answer = client.post(event_url(row, "reveal"), {"reason": "Ticket 12"})
    opened = page(client, row)

    assert answer.status_code == (302 if name in READERS else 403)
    assert not any(word in masked for word in ("Meet me at 5", "13125550001"))
    assert ("Meet me at 5" in opened, "13125550001" in opened) == (name in READERS, name in READERS)
    assert "delivered" in masked
    assert row.dedupe_key in masked
    views = [(view.user.username, view.key, view.reason) for view in RecordView.objects.all()]
    assert views == ([(name, str(row.pk), "Ticket 12")] if name in READERS else [])


def test_an_event_closes_again_after_a_quarter_of_an_hour(login):
    row, client = make_event(text="Meet me at 5"), login("compliance")
    client.post(event_url(row, "reveal"), {"reason": "Ticket 12"})
    assert "Meet me at 5" in page(client, row)

    long_ago = timezone.now() - reveals.LASTS - timedelta(seconds=1)
    other = make_event(text="Call me at 6")
    RecordView.objects.create(
        user=User.objects.get(), kind="mirror.webhookevent", key=str(other.pk), reason="before", at=long_ago
    )

    assert "Call me at 6" not in page(client, other)


def test_nothing_opens_without_a_reason(login):
    row, client = make_event(text="Meet me at 5"), login("compliance")

    said = client.post(event_url(row, "reveal"), {"reason": "  "}, follow=True)

    assert "Nothing was opened. Say in a few words why you need to see it." in said.content.decode()
    assert "Meet me at 5" not in page(client, row)


@pytest.mark.promise("F64")
def test_an_emptied_body_says_so_and_cannot_be_processed_again(login, settings):
    settings.RETENTION_WEBHOOK_BODY_DAYS = 30
    row = make_event(State.DONE, text="Meet me at 5")
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=31))

    retention.run()

    for name in ("admin", "auditor"):
        html = page(login(name), row)
        assert "It was deleted 30 days after it arrived" in html
        assert "Process again" not in html


@pytest.mark.promise("F76")
def test_a_recovered_event_says_that_it_has_no_signature(login):
    body = json.dumps(event()).encode()
    inbox.store(body, FETCHED)

    html = page(login("auditor"), WebhookEvent.objects.get())

    assert "Fetched from Telnyx&#x27;s log" in html or "Fetched from Telnyx's log" in html
    assert "Genuine, signed with key" not in html


def test_an_event_that_failed_says_when_it_is_tried_next(login):
    row, fresh = make_event(), make_event()
    at = timezone.now() + timedelta(minutes=5)
    WebhookEvent.objects.filter(pk=row.pk).update(attempts_made=3, error="KeyError: 'id'", not_before=at)
    client = login("auditor")

    page, calm = (client.get(event_url(one)).content.decode() for one in (row, fresh))
    listed = client.get("/admin/mirror/webhookevent/").content.decode()

    assert "will be processed within seconds" not in page
    assert re.search(rf"Processing it failed.+ Next try: .+ {at:%H:%M:%S} UTC\.", page)
    assert f"Next try: {at:%H:%M}" in listed
    assert listed.count("Next try:") == 1
    assert "will be processed within seconds" in calm
