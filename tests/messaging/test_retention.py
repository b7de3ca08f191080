"""What has been kept long enough goes, a little at a time; what is younger stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.log import reading, store
from messaging.mirror import retention, webhooks
from messaging.mirror.models import Purge, WebhookEvent
from messaging.models import LinkClick, Message
from tests.messaging.bodies import message_event, outbound
from tests.signing import deliver


@pytest.fixture(autouse=True)
def _days(settings):
    settings.RETENTION_MESSAGE_TEXT_DAYS = 90
    settings.RETENTION_MESSAGE_DAYS = 396
    settings.RETENTION_WEBHOOK_BODY_DAYS = 30
    settings.RETENTION_WEBHOOK_DAYS = 400


def message(days: float) -> Message:
    at = timezone.now() - timedelta(days=days)
    payload = outbound(received_at=at.isoformat(), body={"text": "hello"})
    store.merge(reading.rows(payload, at=at, source="webhook"))
    return Message.objects.get(remote_id=payload["id"])


def event(days: float) -> WebhookEvent:
    body = message_event("sent", outbound())
    deliver(body)
    webhooks.drain()
    at = timezone.now() - timedelta(days=days)
    WebhookEvent.objects.filter(dedupe_key=body["data"]["id"]).update(received_at=at)
    return WebhookEvent.objects.get(dedupe_key=body["data"]["id"])


def test_texts_go_after_90_days_and_rows_after_13_months(db):
    gone, blank, whole = message(400), message(91), message(89)
    LinkClick.objects.create(
        message_id=blank.remote_id, url="https://x.example", clicked_at=blank.happened_at, event_id="1"
    )

    retention.run(step=1)

    assert not Message.objects.filter(pk=gone.pk).exists()
    blank.refresh_from_db()
    whole.refresh_from_db()
    assert (blank.text, blank.body, blank.their_address) == ("", {}, whole.their_address)
    assert whole.text
    assert not LinkClick.objects.exists()
    assert dict(Purge.objects.values_list("rule", "rows")) == {"message_text": 2, "messages": 1}


def test_x105_a_second_run_does_nothing_and_a_late_old_row_is_found(db):
    first = message(95)
    retention.run(step=1)
    reports = Purge.objects.count()

    retention.run(step=1)
    assert Purge.objects.count() == reports

    late = message(200)
    retention.run(step=1)
    late.refresh_from_db()
    assert (late.text, Message.objects.get(pk=first.pk).text) == ("", "")


def test_nothing_old_behind_a_young_row_is_passed_over_for_good(db):
    young, old = message(80), message(95)
    retention.run()
    assert Message.objects.get(pk=old.pk).text

    Message.objects.filter(pk=young.pk).update(happened_at=timezone.now() - timedelta(days=91))
    retention.run()
    assert Message.objects.get(pk=old.pk).text == ""


def test_0_days_keep_for_ever(db, settings):
    settings.RETENTION_MESSAGE_TEXT_DAYS = settings.RETENTION_MESSAGE_DAYS = 0
    kept = message(5000)

    retention.run()

    assert Message.objects.get(pk=kept.pk).text


def test_an_event_loses_its_body_keeps_its_key_and_cannot_be_replayed(db):
    gone, old = event(401), event(31)

    retention.run()

    old.refresh_from_db()
    assert bytes(old.body) == b""
    assert not WebhookEvent.objects.filter(pk=gone.pk).exists()
    assert webhooks.release(WebhookEvent.objects.filter(pk=old.pk)) == 0
