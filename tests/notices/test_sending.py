"""What leaves the desk: each notice once, however the worker ends; nothing secret or personal in it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from messaging.mirror import clock
from messaging.models import Notice, NoticeSending, NoticeSettings
from messaging.notices import kinds, post, tell
from tests.desk.colleagues import colleague
from tests.desk.waiting import ago, asked

State = NoticeSending.State


@pytest.fixture
def ann(db) -> User:
    return colleague("ann", "operator", email="ann@desk.example")


def states() -> list[str]:
    return list(NoticeSending.objects.order_by("pk").values_list("state", flat=True))


def make(user: User, event: str = "decision:1", kind=kinds.LAST_DAY, **more) -> Notice:
    tell.tell(kind, event, [user], about=asked(event), at=clock.now(), **more)
    return Notice.objects.get(event=event, user=user)


def test_an_event_is_one_notice_and_one_mail_however_often_it_is_told(ann, mails):
    due = asked("due")
    for _ in range(3):
        tell.tell(kinds.LAST_DAY, "x", [ann], about=due, at=clock.now())
        post.post()

    assert Notice.objects.count() == 1
    assert len(mails.got) == 1
    (message,) = mails.got
    assert message["To"] == "ann@desk.example"
    assert message["Auto-Submitted"] == "auto-generated"
    batch = NoticeSending.objects.get().batch
    assert message["Message-ID"] == f"<{batch}@127.0.0.1>"
    assert states() == [State.SENT]


def test_a_mail_names_the_kind_an_id_and_a_link_and_nobody(ann, mails):
    due = asked("Larkspur Dental", business_contact_first_name="Wilhelmina")
    tell.tell(kinds.LAST_DAY, "x", [ann], about=due, at=clock.now())

    post.post()

    (text,) = mails.to("ann@desk.example")
    text += str(mails.got[0]["Subject"])
    assert f"toll-free verification {str(due.pk)[:8]}" in text
    assert f"http://127.0.0.1:9/admin/tollfree/verificationrequest/{due.pk}/change/" in text
    for hidden in ("Larkspur", "Wilhelmina", *(str(number) for number in due.phone_numbers)):
        assert hidden not in text


@pytest.mark.parametrize(("answer", "state"), [("451 later", State.DUE), ("550 never", State.FAILED)])
def test_a_server_that_refuses_is_asked_again_only_if_it_may_change_its_mind(ann, mails, answer, state):
    make(ann)
    mails.answers.append(answer)

    post.post()
    assert states() == [state]
    post.post(clock.now() + timedelta(minutes=1))

    assert len(mails.got) == (1 if state == State.DUE else 0)


def test_a_server_that_is_away_is_asked_again_with_longer_waits(ann, mails, settings):
    make(ann)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    now = clock.now()
    post.post(now)
    post.post(now + timedelta(seconds=29))
    assert NoticeSending.objects.get().tries == 1
    post.post(now + timedelta(seconds=31))
    assert NoticeSending.objects.get().tries == 2
    settings.EMAIL_PORT = port

    post.post(now + timedelta(minutes=5))

    assert len(mails.got) == 1


def test_what_a_lost_worker_claimed_is_sent_and_what_it_may_have_sent_is_not(ann, mails):
    for name, state in (("a", State.CLAIMED), ("b", State.SENDING)):
        notice = make(ann, name)
        NoticeSending.objects.filter(notice=notice).update(state=state, claimed_at=clock.now())

    post.post()
    assert mails.got == []
    post.post(clock.now() + timedelta(seconds=91))

    assert len(mails.got) == 1
    assert states() == [State.SENT, State.UNKNOWN]


def test_what_was_read_and_whoever_left_or_lost_the_right_gets_no_mail(ann, mails):
    make(ann, "read")
    Notice.objects.update(read_at=clock.now())
    left = colleague("left", "operator", email="left@desk.example")
    lost = colleague("lost", "operator", email="lost@desk.example")
    make(left, "a")
    make(lost, "b")
    User.objects.filter(pk=left.pk).update(is_active=False)
    lost.groups.clear()

    post.post()

    assert mails.got == []
    assert set(states()) == {State.SKIPPED}


def test_the_disabled_get_no_notice(db, mails):
    make_for = [colleague("off", "operator", is_active=False), colleague("out", "operator", is_staff=False)]

    tell.tell(kinds.LAST_DAY, "x", make_for, about=asked("due"))

    assert not Notice.objects.exists()


def test_a_room_reads_of_an_event_once_however_many_chose_it(ann, chat, mails, caplog):
    ben = colleague("ben", "operator", email="ben@desk.example")
    for user in (ann, ben):
        choice = {"desk": True, "email": "off", "rooms": ["ops", "gone"]}
        NoticeSettings.objects.create(user=user, choices={"last_day": choice}, quiet_from=0, quiet_until=23)
    tell.tell(kinds.LAST_DAY, "x", [ann, ben], about=asked("due"), at=clock.now())
    chat.refuse = True
    post.post()
    assert states() == [State.DUE]
    chat.refuse = False

    post.post(clock.now() + timedelta(minutes=1))

    assert len(chat.got) == 1
    assert "secret-of-the-room" not in caplog.text
    assert mails.got == []


def test_many_at_once_are_one_mail(ann, mails):
    due = [asked(f"due{n}") for n in range(60)]
    for n, each in enumerate(due):
        tell.tell(kinds.LAST_DAY, f"x{n}", [ann], about=each, at=ago(hours=1))

    post.post()

    (message,) = mails.got
    assert message["Subject"] == "[telnyx-desk] 60 notices"
    assert "And 10 more." in mails.to("ann@desk.example")[0]
