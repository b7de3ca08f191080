"""What has been kept long enough is deleted, a little at a time. What is newer stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.log import parsing, store
from messaging.mirror import retention
from messaging.mirror.inbound import drain
from messaging.mirror.models import Purge, WebhookEvent
from messaging.mirror.retention import Rule
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
    store.merge(parsing.rows(payload, at=at, source="webhook"))
    return Message.objects.get(remote_id=payload["id"])


def event(days: float) -> WebhookEvent:
    body = message_event("sent", outbound())
    deliver(body)
    drain.drain()
    at = timezone.now() - timedelta(days=days)
    WebhookEvent.objects.filter(dedupe_key=body["data"]["id"]).update(received_at=at)
    return WebhookEvent.objects.get(dedupe_key=body["data"]["id"])


@pytest.mark.promise("F64")
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
    assert dict(Purge.objects.values_list("rule", "rows")) == {
        "message_text": 2,
        "messages": 1,
        "link_clicks": 1,
    }


def test_telnyxs_words_for_an_error_go_with_the_text_they_may_repeat_and_its_code_stays(db):
    old, new = message(91), message(89)
    said = [{"code": "40002", "title": "Spam", "detail": f"“{old.text}” is spam"}]
    Message.objects.update(errors=said, error_code="40002")

    retention.run(step=1)

    assert Message.objects.get(pk=old.pk).errors == [{"code": "40002"}]
    assert Message.objects.get(pk=old.pk).error_code == "40002"
    assert Message.objects.get(pk=new.pk).errors == said


@pytest.mark.promise("X105")
def test_a_second_run_does_nothing_and_a_late_old_row_is_found(db):
    first = message(95)
    retention.run(step=1)
    reports = Purge.objects.count()

    retention.run(step=1)
    assert Purge.objects.count() == reports

    late = message(200)
    retention.run(step=1)
    late.refresh_from_db()
    assert (late.text, Message.objects.get(pk=first.pk).text) == ("", "")


def test_a_row_dated_in_the_future_or_not_yet_old_holds_up_nothing_behind_it(db):
    future, young, old = message(-27000), message(80), message(95)

    retention.run(step=1)
    assert not Message.objects.get(pk=old.pk).text
    assert Message.objects.get(pk=future.pk).text
    assert Message.objects.get(pk=young.pk).text

    Message.objects.filter(pk=young.pk).update(happened_at=timezone.now() - timedelta(days=91))
    retention.run(step=1)
    assert not Message.objects.get(pk=young.pk).text


def test_lower_and_higher_days_count_from_the_next_run_on(db, settings):
    row = message(60)
    retention.run()
    assert Message.objects.get(pk=row.pk).text

    settings.RETENTION_MESSAGE_TEXT_DAYS = 50
    retention.run()
    assert not Message.objects.get(pk=row.pk).text

    settings.RETENTION_MESSAGE_TEXT_DAYS = 200
    later = message(150)
    retention.run()
    assert Message.objects.get(pk=later.pk).text


def test_what_a_late_event_brings_back_goes_again(db):
    row = message(95)
    retention.run()
    at = row.happened_at
    payload = outbound(id=str(row.remote_id), received_at=at.isoformat(), text="again")
    store.merge(parsing.rows(payload, at=at + timedelta(seconds=1), source="webhook"))
    assert Message.objects.get(pk=row.pk).text == "again"

    retention.run()

    assert not Message.objects.get(pk=row.pk).text


def test_reports_are_not_needed_to_go_on(db):
    message(95)
    retention.run()
    Purge.objects.all().delete()
    other = message(95)

    assert retention.run()["message_text"] == 1
    assert not Message.objects.get(pk=other.pk).text


@pytest.mark.parametrize("days", [-1, 10**9])
def test_days_that_make_no_sense_delete_nothing(db, settings, days):
    settings.RETENTION_MESSAGE_TEXT_DAYS = settings.RETENTION_MESSAGE_DAYS = days
    row = message(10)

    retention.run()

    assert Message.objects.get(pk=row.pk).text


def test_a_clock_of_ours_that_runs_ahead_deletes_nothing_early(db, monkeypatch):
    row = message(80)
    ahead = timezone.now() + timedelta(days=7 * 365)
    monkeypatch.setattr(timezone, "now", lambda: ahead)

    retention.run()

    assert Message.objects.get(pk=row.pk).text
    assert not Purge.objects.exists()


@pytest.mark.promise("X105")
def test_a_rule_that_fails_holds_up_no_other(db):
    message(95)
    broken = Rule("broken", "", lambda: 1, Message, "happened_at", also=lambda ids: 1 / 0)
    retention.add(broken)
    try:
        done = retention.run()
    finally:
        del retention._rules["broken"]

    assert "broken" not in done
    assert done["message_text"] == 1


@pytest.mark.promise("F64")
def test_0_days_keep_everything(db, settings):
    settings.RETENTION_MESSAGE_TEXT_DAYS = settings.RETENTION_MESSAGE_DAYS = 0
    kept = message(5000)

    retention.run()

    assert Message.objects.get(pk=kept.pk).text


def test_what_came_before_a_long_outage_is_processed_before_its_body_goes(db):
    body = message_event("sent", outbound())
    deliver(body)
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=40))

    retention.run(step=1)
    drain.drain()
    retention.run(step=1)

    assert Message.objects.filter(remote_id=body["data"]["payload"]["id"]).exists()
    assert WebhookEvent.objects.get().is_emptied()


@pytest.mark.promise("X105")
def test_an_event_loses_its_body_keeps_its_key_and_cannot_be_replayed(db):
    gone, old = event(401), event(31)

    retention.run()

    old.refresh_from_db()
    assert bytes(old.body) == b""
    assert not WebhookEvent.objects.filter(pk=gone.pk).exists()
    assert drain.release(WebhookEvent.objects.filter(pk=old.pk)) == 0
