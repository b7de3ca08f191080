"""Each kind of event tells whom it should, once, through the front door."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now

from messaging.mirror import breaker
from messaging.mirror.inbound import drain
from messaging.mirror.models import Heartbeat, OutboxEntry, WebhookEvent
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.records import sync
from messaging.models import Message, Notice, NoticeSending, NoticeSettings, SenderAlert
from messaging.notices import look
from tests.desk.colleagues import browser, colleague, url
from tests.desk.conftest import make_entry, make_event
from tests.desk.waiting import ago, asked, ordered
from tests.signing import STATUS_UPDATE, deliver, event
from tests.tollfree.conftest import complete
from tests.tollfree.pages import fields
from tollfree.models import VerificationRequest


@pytest.fixture
def ann(db) -> User:
    return colleague("ann", "operator", email="ann@desk.example")


@pytest.fixture
def engineer(db) -> User:
    return User.objects.create(username="root", is_staff=True, is_superuser=True, email="root@desk.example")


def told() -> list[tuple[str, str]]:
    """Return who was told of what."""
    return sorted(Notice.objects.values_list("kind", "user__username"))


def mailed(server) -> list[tuple[str, str]]:
    return sorted(
        (each["To"], str(each["Subject"]).partition("] ")[2].partition(":")[0]) for each in server.got
    )


def test_a_rejection_by_webhook_tells_whoever_has_it_once(telnyx_client, sandbox, mails, rounds):
    ann = colleague("ann", "compliance", email="ann@desk.example")
    client, draft = browser(ann), complete(assigned_to=ann)
    draft.save()
    client.post(url(draft, "submit"), fields(client, url(draft, "submit")))
    relay.relay(outbox.entries(draft)[0].pk, telnyx_client)
    draft.refresh_from_db()
    rounds()
    assert told() == []
    sandbox.set_status(draft.remote_id, "Rejected", "Call +13125550142")
    deliver(event(STATUS_UPDATE, id=draft.remote_id, status="rejected"))
    drain.drain()
    sync.poll_due(telnyx_client)

    rounds()
    assert told() == []  # she just submitted it, and sees what becomes of it
    rounds(minutes=5)
    rounds(minutes=10)

    assert told() == [("our_turn", "ann")]
    assert mails.got == []  # it waits for the daily summary
    rounds(days=1, hours=1)
    assert mails.to(ann.email)
    assert "5550142" not in mails.to(ann.email)[0]


def test_what_nobody_has_tells_everyone_who_may_change_it_and_nobody_else(ann, mails, rounds):
    colleague("ben", "compliance")
    colleague("viewer", "auditor")
    colleague("off", "operator", is_active=False)
    colleague("nobody")
    asked("r1", remote_status_at=ago(hours=1))

    rounds()

    assert told() == [("our_turn", "ann"), ("our_turn", "ben")]


def test_whoever_is_given_the_work_is_told_too(ann, rounds):
    ben = colleague("ben", "operator")
    request = asked("r1", remote_status_at=ago(hours=1), assigned_to=ann)
    rounds()

    page = browser(ann)
    page.post(url(request, "give"), {"to": "ben", "seen": f"{ann.pk}."})
    VerificationRequest.objects.filter(pk=request.pk).update(assigned_to=ben)
    rounds()

    assert told() == [("our_turn", "ann"), ("our_turn", "ben")]


def test_half_of_the_time_and_the_last_day_are_told_once_and_the_last_day_is_repeated(ann, mails, rounds):
    asked("r1", remote_status_at=ago(minutes=1), assigned_to=ann)

    rounds(days=3, hours=11)
    assert told() == [("our_turn", "ann")]
    rounds(days=3, hours=13)
    rounds(days=5, hours=23)
    assert told() == [("half", "ann"), ("our_turn", "ann")]
    rounds(days=6, hours=1)
    assert told() == [("half", "ann"), ("last_day", "ann"), ("our_turn", "ann")]
    due = [each for each in mails.got if "Due" in str(each["Subject"])]
    assert len(due) == 1

    rounds(days=6, hours=20)
    assert NoticeSending.objects.filter(notice__kind="last_day").count() == 1
    rounds(days=7, hours=2)
    assert NoticeSending.objects.filter(notice__kind="last_day").count() == 2
    assert Notice.objects.get(kind="last_day").repeats == 1

    browser(ann).post(f"/admin/desk/notices/{Notice.objects.get(kind='last_day').pk}/acknowledge/")
    rounds(days=9)
    assert NoticeSending.objects.filter(notice__kind="last_day").count() == 2


def test_what_is_answered_is_not_repeated(ann, mails, rounds):
    request = asked("r1", remote_status_at=ago(days=6, hours=1), assigned_to=ann)
    rounds()
    VerificationRequest.objects.filter(pk=request.pk).update(
        remote_status="In Progress", known_status="In Progress"
    )

    rounds(days=2)

    assert NoticeSending.objects.filter(notice__kind="last_day").count() == 1


def test_a_hosted_order_has_its_own_clock(ann, rounds):
    ordered("o1", assigned_to=ann, remote_status_at=ago(minutes=1))

    rounds()
    assert told() == [("our_turn", "ann")]
    rounds(days=1, hours=13)
    rounds(days=2, hours=1)

    assert told() == [("half", "ann"), ("last_day", "ann"), ("our_turn", "ann")]


def test_what_came_long_ago_is_no_news(ann, rounds):
    asked("r1", remote_status_at=ago(days=60), assigned_to=ann)

    rounds()

    assert told() == []


def test_a_request_that_needs_a_decision_tells_whoever_has_the_record_if_they_decide(engineer, mails, rounds):
    eve = colleague("eve", "compliance", email="eve@desk.example")
    colleague("viewer", "auditor")
    entry = make_entry(OutboxEntry.State.NEEDS_PERSON)
    VerificationRequest.objects.filter(pk=entry.resource_id).update(assigned_to=eve)

    rounds()
    rounds(minutes=1)

    assert told() == [("decision", "eve")]
    assert mailed(mails) == [("eve@desk.example", "Needs a decision")]
    assert f"/admin/mirror/outboxentry/{entry.pk}/change/" in mails.to("eve@desk.example")[0]


def test_a_decision_nobody_near_can_take_goes_to_those_who_can(ann, engineer, rounds):
    colleague("support", "support")
    make_entry(OutboxEntry.State.NEEDS_PERSON)

    rounds()

    assert ("decision", "root") in told()
    assert ("decision", "support") not in told()


def test_a_question_for_approval_tells_the_approvers_but_not_who_asked(ann, mails, rounds, settings):
    settings.FOUR_EYES = ["tollfree"]
    colleague("pia", "approver", email="pia@desk.example")
    both = colleague("both", "approver", "operator", email="both@desk.example")
    request = complete(created_by=both)
    request.save()
    client = browser(both)
    client.post(url(request, "submit"), fields(client, url(request, "submit")))

    rounds()

    assert told() == [("approval", "pia")]
    assert mailed(mails) == [("pia@desk.example", "A colleague asks for approval")]


def test_a_note_tells_the_colleague_it_names_once_even_if_it_is_changed(ann, mails, rounds):
    ben = colleague("ben", "operator", email="ben@desk.example")
    request = asked("r1", "In Progress")
    client = browser(ann)

    client.post(url(request, "notes/add"), {"text": "@ben call +13125550142"})
    note = request.notes.get()
    client.post(url(request, f"notes/{note.pk}"), {"text": "@ben please"})
    rounds()

    assert told() == [("mention", "ben")]
    (text,) = mails.to(ben.email)
    assert "5550142" not in text


def test_a_key_that_is_refused_tells_engineers_once_each_time(engineer, mails, rounds):
    colleague("eve", "compliance", email="eve@desk.example")
    breaker.close("401")
    rounds()
    rounds(minutes=3)
    assert told() == [("key", "root")]
    assert len(mails.got) == 1

    breaker.reopen()
    rounds()
    breaker.close("401")
    rounds()

    assert told() == [("key", "root"), ("key", "root")]


def test_others_who_see_the_page_health_may_turn_it_on(engineer, rounds):
    eve = colleague("eve", "compliance")
    wanted = {"desk": True, "email": "off"}
    NoticeSettings.objects.create(user=eve, choices={"key": wanted})
    sue = colleague("sue", "support")
    NoticeSettings.objects.create(user=sue, choices={"key": wanted})
    breaker.close("401")

    rounds()

    assert told() == [("key", "eve"), ("key", "root")]


def test_a_long_silence_of_webhooks_is_told_once(engineer, mails, rounds):
    event = make_event(WebhookEvent.State.DONE)
    rounds(hours=23)
    assert told() == []

    rounds(hours=25)
    rounds(hours=60)
    assert told() == [("silent", "root")]

    WebhookEvent.objects.filter(pk=event.pk).update(last_received_at=Now() + timedelta(hours=61))
    rounds(hours=62)
    rounds(hours=90)
    assert told() == [("silent", "root"), ("silent", "root")]


def test_silence_can_be_turned_off(engineer, rounds, settings):
    settings.NOTICE_WEBHOOK_SILENT_HOURS = 0
    make_event(WebhookEvent.State.DONE)

    rounds(days=30)

    assert told() == []


def test_a_worker_that_stopped_is_told_by_beat_once(engineer, mails):
    Heartbeat.objects.create(name=Heartbeat.WORKER, seen_at=ago(seconds=70))
    look.watch_the_worker()
    assert told() == []
    Heartbeat.objects.update(seen_at=ago(minutes=3))

    look.watch_the_worker()
    look.watch_the_worker()

    assert told() == [("worker", "root")]
    assert mailed(mails)[0][0] == "root@desk.example"
    assert len(mails.got) == 1


def messages(address: str, failed: int, delivered: int, *, code: str = "40001", **before: float) -> None:
    at = ago(**before)
    Message.objects.bulk_create(
        Message(
            remote_id=uuid4(),
            direction="outbound",
            status="delivery_failed" if n < failed else "delivered",
            error_code=code if n < failed else "",
            our_address=address,
            their_address="+13125550142",
            happened_at=at,
            status_at=at,
            details_at=at,
        )
        for n in range(failed + delivered)
    )


def test_a_sender_that_begins_to_fail_is_told_once(ann, mails, rounds):
    colleague("viewer", "auditor", email="viewer@desk.example")
    messages("+18005550100", 1, 99, hours=5)
    messages("+18005550100", 30, 20, minutes=10)
    messages("+18005550111", 30, 20, hours=5)  # as bad as always
    messages("+18005550111", 30, 20, minutes=10)
    messages("+18005550122", 9, 0, minutes=10)  # too few
    messages("+18005550133", 15, 200, minutes=10)  # few of many

    rounds()
    rounds(minutes=20)

    assert told() == [("sender", "ann")]
    (text,) = mails.to(ann.email)
    assert "5550100" not in text
    notice = Notice.objects.get()
    assert browser(ann).get(f"/admin/messaging/message/{notice.resource_id}/sender/").status_code == 200
    assert f"/admin/messaging/message/{notice.resource_id}/sender/" in text


def test_an_alert_names_the_codes_and_the_first_failure_and_is_open_until_the_sender_recovers(
    ann, mails, rounds
):
    messages("+18005550100", 1, 99, hours=5)
    messages("+18005550100", 12, 3, minutes=50)
    messages("+18005550100", 8, 0, minutes=10, code="40002")
    first = Message.objects.filter(status="delivery_failed", our_address="+18005550100").order_by(
        "happened_at", "pk"
    )[1]

    rounds()
    alert = SenderAlert.objects.get()
    (text,) = mails.to(ann.email)
    page = browser(ann).get(f"/admin/messaging/message/{alert.first_message_id}/sender/").content.decode()

    assert alert.first_message_id == first.pk
    assert alert.codes == [["40001", 12], ["40002", 8]]
    assert "20 of 23 within an hour. Error codes, most frequent first: 40001, 40002." in text
    assert "In the worst hour 20 of 23 messages failed." in page
    assert f"/admin/messaging/message/{first.pk}/change/" in page
    assert "A carrier&#x27;s spam filter stopped this message." in page

    # It goes on failing: the same alert, nobody is told again.
    messages("+18005550100", 30, 0, minutes=1)
    rounds(minutes=5)
    assert (SenderAlert.objects.get().failed, len(mails.to(ann.email))) == (50, 1)

    # It recovers, and fails again later: that is news.
    messages("+18005550100", 0, 40, minutes=-70)
    rounds(minutes=80)
    assert SenderAlert.objects.get().recovered_at
    messages("+18005550100", 40, 0, minutes=-300)
    rounds(minutes=310)
    assert SenderAlert.objects.filter(recovered_at=None).count() == 1
    assert len(told()) == 2
