"""A notice about what is no longer so counts as read, and isn't sent anymore; one that is still true stays."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry
from messaging.models import Notice, NoticeSending, NoticeSettings
from messaging.notices import look, over, post
from tests.desk.colleagues import browser, colleague, url
from tests.desk.conftest import entry_url, make_entry
from tests.desk.waiting import ago, asked, ordered
from tests.tollfree.conftest import complete
from tests.tollfree.pages import fields, text
from tollfree.models import VerificationRequest

LIST = "/admin/desk/notices/"


@pytest.fixture
def ann(db) -> User:
    return colleague("ann", "operator", email="ann@desk.example")


@pytest.fixture
def ben(db) -> User:
    return colleague("ben", "operator", email="ben@desk.example")


def unread() -> list[tuple[str, str]]:
    """Return the kind of each notice that is unread, and whose it is."""
    return sorted(Notice.objects.filter(read_at=None).values_list("kind", "user__username"))


def over_for(user: User) -> int:
    return Notice.objects.filter(user=user, over_at__isnull=False).count()


def hand(client, request, button: str, **typed: str) -> None:
    seen = client.get(url(request, "give")).context["seen"]
    client.post(url(request, button), {"seen": seen, **typed})


def move(request, status: str) -> None:
    VerificationRequest.objects.filter(pk=request.pk).update(remote_status=status, known_status=status)


def test_work_that_moves_on_is_no_longer_unread_and_work_that_waits_is(ann):
    answered = asked("answered", assigned_to=ann, remote_status_at=ago(days=6, hours=2))
    asked("waits", assigned_to=ann, remote_status_at=ago(hours=1))
    order = ordered("canceled", assigned_to=ann, remote_status_at=ago(hours=1))
    look.look()
    assert unread() == [("last_day", "ann"), *[("our_turn", "ann")] * 3]
    page = text(browser(ann).get(LIST))
    assert "4 unread notices" in page
    assert "no longer needed" not in page

    move(answered, "In Progress")
    order.gone(clock.now())
    look.look()

    assert unread() == [("our_turn", "ann")]
    page = text(browser(ann).get(LIST))
    assert "1 unread notice " in page
    assert page.count("no longer needed") == 3
    assert "Acknowledge" not in page


def test_work_that_is_taken_or_given_away_is_over_for_the_others_and_unread_again_when_it_comes_back(
    ann, ben, mails, rounds
):
    request = asked("r1", remote_status_at=ago(hours=1))
    rounds()
    assert unread() == [("our_turn", "ann"), ("our_turn", "ben")]

    hand(browser(ann), request, "take")
    rounds()
    assert unread() == [("our_turn", "ann")]
    assert over_for(ben) == 1

    hand(browser(ann), request, "give", to="ben")
    rounds(minutes=6)
    assert unread() == [("our_turn", "ben")]

    rounds(days=1, hours=1)
    assert (len(mails.to(ann.email)), len(mails.to(ben.email))) == (0, 1)


def test_a_new_rejection_is_told_and_the_notice_of_the_one_before_is_over(ann):
    request = asked("r1", assigned_to=ann, remote_status_at=ago(days=2))
    look.look()
    VerificationRequest.objects.filter(pk=request.pk).update(remote_status_at=ago(hours=1))

    look.look()

    assert unread() == [("our_turn", "ann")]
    assert over_for(ann) == 1


def test_a_changed_setting_leaves_what_is_still_our_turn(ann, settings):
    asked("r1", assigned_to=ann, remote_status_at=ago(days=6, hours=2))
    look.look()
    settings.TOLLFREE_ANSWER_DAYS = 30

    over.mark(clock.now())

    assert unread() == [("our_turn", "ann")]
    assert Notice.objects.get(kind="last_day").over_at  # that date is no longer true


def test_a_decision_is_over_once_somebody_decided(db):
    eve = colleague("eve", "compliance", email="eve@desk.example")
    entries = [make_entry(OutboxEntry.State.NEEDS_PERSON) for _ in range(2)]
    entries[0].attempts.create(outcome="unclear", worker="test")
    VerificationRequest.objects.update(assigned_to=eve)
    look.look()
    assert unread() == [("decision", "eve")] * 2

    browser(eve).post(entry_url(entries[0], "send-again"), {"text": "I looked in the portal."})
    entries[0].refresh_from_db()
    assert entries[0].state == OutboxEntry.State.QUEUED
    look.look()

    assert unread() == [("decision", "eve")]
    assert Notice.objects.get(over_at__isnull=False).resource_id == str(entries[0].pk)


@pytest.mark.parametrize("how", ["send_back", "take_back", "edit"])
def test_a_question_for_approval_is_over_once_it_is_answered_or_taken_back(db, settings, how):
    settings.FOUR_EYES = ["tollfree"]
    pia, both = colleague("pia", "approver"), colleague("both", "approver", "operator")
    requests = [complete(phone_numbers=[f"+1800555{n:04}"], created_by=both) for n in (1, 2)]
    client = browser(both)
    for request in requests:
        request.save()
        client.post(url(request, "submit"), fields(client, url(request, "submit")))
    look.look()
    assert unread() == [("approval", "pia")] * 2

    request = requests[0]
    asked_for = str(request.approvals.get().pk)
    if how == "send_back":
        answer = browser(pia).post(url(request, how), {"asked": asked_for, "reason": "Name the brand."})
    elif how == "take_back":
        answer = client.post(url(request, how), {"asked": asked_for})
    else:
        typed = fields(client, url(request, "change")) | {"business_name": "c"}
        answer = client.post(url(request, "change"), typed)
    assert answer.status_code == 302
    look.look()

    assert unread() == [("approval", "pia")]
    assert Notice.objects.get(over_at=None).resource_id == str(requests[1].pk)


def test_an_email_or_post_that_has_not_left_yet_does_not_leave_once_it_is_over(ann, mails, chat):
    now_and_here = {"our_turn": {"desk": False, "email": "now", "rooms": ["ops"]}}
    NoticeSettings.objects.create(user=ann, choices=now_and_here)
    gone, stays = (asked(name, assigned_to=ann, remote_status_at=ago(hours=1)) for name in ("gone", "stays"))
    look.look()
    assert NoticeSending.objects.count() == 4
    move(gone, "In Progress")

    post.post()

    assert sorted(NoticeSending.objects.values_list("state", flat=True)) == [
        "sent",
        "sent",
        "skipped",
        "skipped",
    ]
    (mail,) = mails.to(ann.email)
    for said in (mail, *chat.got):
        assert str(gone.pk)[:8] not in said
        assert str(stays.pk)[:8] in said


def test_a_sweep_costs_the_same_however_many_are_unread_and_comes_to_each(ann, monkeypatch):
    def make(names: str) -> None:
        for name in names:
            asked(name, assigned_to=ann, remote_status_at=ago(hours=1))
            ordered(name, assigned_to=ann, remote_status_at=ago(hours=1))
        look.look()

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            over.mark(clock.now())
        return len(seen)

    make("a")
    few = cost()
    make("bcde")
    assert cost() == few
    assert len(unread()) == 10

    VerificationRequest.objects.update(remote_status="In Progress", known_status="In Progress")
    monkeypatch.setattr(over, "MOST", 3)
    for _ in range(100):
        if len(unread()) == 5:
            break
        over.mark(clock.now())
    assert unread() == [("our_turn", "ann")] * 5


def test_opening_a_record_reads_what_one_was_told_about_it_and_nothing_else(ann, ben):
    request, other = (asked(name, remote_status_at=ago(hours=1)) for name in ("a", "b"))
    look.look()
    client = browser(ann)
    client.get(url(request, "change"), headers={"Sec-Fetch-Mode": "cors"})
    client.get(url(request, "history"))
    assert unread() == [("our_turn", "ann")] * 2 + [("our_turn", "ben")] * 2

    page = text(client.get(url(request, "change")))

    assert "1 unread notice " in page
    assert unread() == [("our_turn", "ann")] + [("our_turn", "ben")] * 2
    assert Notice.objects.get(user=ann, read_at=None).resource_id == str(other.pk)
    assert not Notice.objects.filter(over_at__isnull=False).exists()
