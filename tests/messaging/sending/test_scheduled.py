"""What will go out, by day and in two time zones, and canceling several at once."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from messaging.mirror.models import OutboxEntry
from messaging.models import ComposedMessage
from tests.messaging.sending.conftest import LIST, confirm, in_form, making, page_of, review
from tests.tollfree.pages import text
from tests.visitor import Forms

PAGE = f"{LIST}scheduled/"
SEVERAL = f"{PAGE}cancel/"
State = OutboxEntry.State


def at(days: int):
    """Return a time some days ahead at noon in UTC, which is the same day wherever the tests run."""
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    return noon + timedelta(days=days)


@pytest.fixture
def three(send, work) -> list[ComposedMessage]:
    """Return one that Telnyx holds, one that hasn't left us, and one that Telnyx refused."""
    held = send(send_at=in_form(at(1)), recipients="+13035550123")
    refused = send(send_at=in_form(at(2)), recipients="+13035540310")
    work(making(held))
    work(making(refused))
    queued = send(send_at=in_form(at(2)), recipients="+13035550145")
    for message in (held, queued, refused):
        message.refresh_from_db()
    return [held, queued, refused]


def test_the_calendar_shows_what_will_go_out_in_both_zones(three, person, django_assert_max_num_queries):
    operator = person("operator")
    operator.get(PAGE)

    with django_assert_max_num_queries(12):
        answer = operator.get(PAGE)

    shown = {str(row.message.pk): row for day in answer.context["days"] for row in day.rows}
    held, queued, _refused = three
    assert set(shown) == {str(held.pk), str(queued.pk)}
    assert [len(day.rows) for day in answer.context["days"]] == [0, 1, 1, 0, 0, 0]
    there = timezone.localtime(at(1), ZoneInfo("America/Denver"))
    assert shown[str(held.pk)].there == date_format(there, "D, N j, H:i T")
    words = f"There: {shown[str(held.pk)].there}, going by the phone number."
    assert words in text(operator.get(f"{LIST}{held.pk}/change/"))
    page = text(answer)
    assert "Scheduled at Telnyx" in page
    assert "Not at Telnyx yet" in page
    assert "3035550123" not in answer.content.decode()
    assert (
        "disabled" in person("approver").get(PAGE).content.decode().split('name="message"')[1].split(">")[0]
    )


def test_several_are_looked_at_first_and_then_canceled_each_by_itself(three, person, work, sandbox):
    held, queued, refused = three
    operator = person("operator")
    chosen = {"message": [str(held.pk), str(queued.pk), str(refused.pk), str(uuid4())]}

    look = operator.post(SEVERAL, chosen)
    assert "2 messages will be canceled." in text(look)
    assert "2 of those you chose are left out" in text(look)
    assert "1 is not at Telnyx yet." in text(look)
    assert not OutboxEntry.objects.filter(operation="cancel").exists()

    fields = Forms(look.content.decode()).fields
    posted = chosen | {"_cancel": "1", "form_token": fields["form_token"], "reason": "Wrong week"}
    done = operator.post(SEVERAL, posted, follow=True)
    again = operator.post(SEVERAL, posted, follow=True)

    assert "1 message withdrawn: no one will be texted." in text(done)
    assert "1 cancellation is queued for Telnyx." in text(done)
    assert "2 messages were left out" in text(done)
    assert "Being canceled" in text(done)
    assert "4 messages were left out" in text(again)
    assert making(queued).state == State.CANCELLED
    assert work(OutboxEntry.objects.get(operation="cancel")).state == State.ACCEPTED
    assert "Nothing is scheduled." in text(operator.get(PAGE))
    page = text(operator.get(f"{LIST}{held.pk}/change/"))
    assert "Send at another time" in page
    assert "Wrong week" in page
    again = operator.get(f"{page_of('message')}?again={held.pk}")
    assert again.context["form"]["text"].value() == held.text
    assert "Choose the new time; the old one was" in text(again)
    assert "Fix what was wrong." not in text(again)
    written = Forms(again.content.decode()).fields | {"_review": "1"}
    assert written["send_at"] == in_form(held.send_at)
    forgotten, both, now, later = (
        operator.post(page_of("message"), written | typed)
        for typed in ({"send_at": ""}, {"send_now": "on"}, {"send_at": "", "send_now": "on"}, {})
    )
    assert "Choose a time, or check “Send it now, not at a set time”." in text(forgotten)
    assert "A time is chosen, too." in text(both)
    assert (
        f"There: {date_format(timezone.localtime(held.send_at, ZoneInfo('America/Denver')), 'D, N j, H:i T')}"
        in text(later)
    )
    assert ["This will be sent later" in text(page) for page in (now, later)] == [False, True]
    confirm(operator, now)
    assert making(ComposedMessage.objects.get(again_of=held)).state == State.QUEUED
    assert ComposedMessage.objects.get(again_of=held).send_at is None


def test_nobody_cancels_what_they_may_not(three, person, profile):
    support = person("support")
    chosen = {"message": [str(message.pk) for message in three]}
    forged = chosen | {"_cancel": "1", "form_token": "t"}

    assert person("approver").post(SEVERAL, forged).status_code == 403
    assert "3 messages were left out" in text(support.post(SEVERAL, forged, follow=True))
    assert "None of these messages can be canceled by you now." in text(
        support.post(SEVERAL, chosen, follow=True)
    )
    confirm(support, review(support, "message", profile=profile, purpose="test", send_at=in_form(at(1))))
    own = ComposedMessage.objects.get(purpose="test")
    support.post(SEVERAL, {"message": str(own.pk), "_cancel": "1", "form_token": "t"})

    assert making(own).state == State.CANCELLED
    assert OutboxEntry.objects.filter(operation="cancel").count() == 0


def test_what_is_about_to_go_out_is_left_out(three, person):
    held = three[0]
    ComposedMessage.objects.filter(pk=held.pk).update(send_at=timezone.now() + timedelta(seconds=50))
    operator = person("operator")

    answer = operator.post(SEVERAL, {"message": str(held.pk), "_cancel": "1", "form_token": "t"}, follow=True)

    assert "1 message was left out: it is too late" in text(answer)
    assert not OutboxEntry.objects.filter(operation="cancel").exists()
