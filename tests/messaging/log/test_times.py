"""An impossible time is replaced by the time we received it, for everything that reports about messages."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from config.middleware import ZONE_COOKIE
from messaging.log import parsing, store
from messaging.mirror.inbound import drain
from messaging.mirror.models import WebhookEvent
from messaging.models import LinkClick, Message, OptOut, SpendLimitReached
from messaging.models.optouts import entry_of
from messaging.optouts import reconcile
from tests.messaging.bodies import OURS, PROFILE, THEIRS, inbound, message_event, outbound
from tests.signing import deliver

WRONG = [
    "2099-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59-12:00",
    pytest.param((timezone.now() + timedelta(hours=21)).isoformat(), id="21 hours ahead"),
]


def receive(body: dict) -> WebhookEvent:
    assert deliver(body) == 200
    drain.drain()
    return WebhookEvent.objects.latest("id")


def is_now(at: datetime | None) -> bool:
    return at is not None and abs(timezone.now() - at) < timedelta(minutes=1)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("type", ["SMS", "RCS"])
@pytest.mark.promise("X48")
def test_no_wrong_time_of_a_message_is_kept(db, wrong, type):
    payload = outbound(type=type, received_at=wrong, sent_at=wrong, completed_at=wrong)
    body = message_event("finalized", payload)
    body["data"]["occurred_at"] = wrong

    event = receive(body)

    message = Message.objects.get(remote_id=payload["id"])
    assert event.state == WebhookEvent.State.DONE
    assert (message.happened_at, message.status_at) == (event.received_at, event.received_at)
    assert (message.sent_at, message.completed_at) == (None, None)
    assert wrong in event.body_text()


def test_a_time_within_minutes_of_our_clock_is_believed(db):
    soon = timezone.now() + timedelta(minutes=3)
    body = message_event("sent", outbound())
    body["data"]["occurred_at"] = soon.isoformat()

    receive(body)

    assert Message.objects.get().status_at == soon


def test_an_answer_about_a_message_is_judged_by_when_it_was_asked_for(db):
    asked_at = timezone.now()
    payload = outbound(received_at="2099-01-01T00:00:00Z", sent_at="2099-01-01T00:00:00Z")

    store.merge(parsing.rows(payload, at=asked_at, source="api"))

    message = Message.objects.get()
    assert (message.happened_at, message.sent_at) == (asked_at, None)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_stop_with_a_wrong_time_blocks_and_a_start_with_one_does_not_win(db, wrong):
    def text(kind: str) -> None:
        body = message_event("received", inbound(received_at=wrong, autoresponse_type=kind, text=kind))
        body["data"]["occurred_at"] = wrong
        receive(body)

    text("START")
    text("STOP")

    assert reconcile.blocks(PROFILE, THEIRS)
    assert is_now(OptOut.objects.get().stopped_at)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.promise("X48")
def test_a_wrong_time_in_the_list_of_opt_outs_counts_as_missing(wrong):
    assert entry_of({"created_at": wrong, "keyword": "STOP"}, timezone.now()).created_at is None


@pytest.mark.parametrize("wrong", WRONG)
def test_a_click_and_a_spend_limit_with_a_wrong_time_count_from_when_they_came(db, wrong):
    receive(
        {
            "data": {
                "record_type": "link_clicked",
                "message_id": str(uuid4()),
                "url": "x",
                "time_clicked": wrong,
            }
        }
    )
    receive(
        {
            "data": {
                "id": str(uuid4()),
                "event_type": "messaging-profile.spend-limit-reached",
                "occurred_at": wrong,
                "payload": {"profile_id": PROFILE},
            }
        }
    )

    assert is_now(LinkClick.objects.get().clicked_at)
    assert is_now(SpendLimitReached.objects.get().reached_at)


def test_a_repetition_years_later_is_judged_by_when_the_event_came(db):
    body = message_event("sent", outbound())
    body["data"]["occurred_at"] = (timezone.now() + timedelta(minutes=30)).isoformat()
    event = receive(body)
    before = Message.objects.values().get()

    drain.release(WebhookEvent.objects.filter(pk=event.pk))
    drain.drain()

    assert Message.objects.values().get() == before
    assert before["our_address"] == OURS
    assert isinstance(before["remote_id"], UUID)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Midway"])
@pytest.mark.parametrize("wrong", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_page_of_an_event_at_an_end_of_time_opens_in_every_zone(admin_client, wrong, zone):
    body = message_event("sent", outbound())
    body["data"]["occurred_at"] = wrong
    event = receive(body)

    admin_client.cookies[ZONE_COOKIE] = zone

    assert admin_client.get(f"/admin/mirror/webhookevent/{event.pk}/change/").status_code == 200
