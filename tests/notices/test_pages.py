"""The bell, the list of one's notices, and the page on which people choose what they are told."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from messaging.mirror import clock, retention
from messaging.models import Notice, NoticeSending, NoticeSettings
from messaging.notices import kinds, post, tell, words
from tests.desk.colleagues import browser, colleague
from tests.desk.conftest import make_entry
from tests.desk.lists import queries
from tests.desk.waiting import asked, ordered
from tests.tollfree.pages import fields, text

LIST = "/admin/desk/notices/"
PAGE = f"{LIST}settings/"
TEST = f"{LIST}test/"


@pytest.fixture
def ann(db) -> User:
    return colleague("ann", "operator", email="ann@desk.example")


@pytest.fixture
def client(ann) -> Client:
    return browser(ann)


def make(user: User, name: str, kind=kinds.LAST_DAY) -> Notice:
    tell.tell(kind, name, [user], about=asked(name), at=clock.now())
    return Notice.objects.get(event=name, user=user)


def test_the_bell_counts_what_is_unread_and_opening_one_leads_to_its_record(client, ann):
    assert "Notices: none unread" in text(client.get("/admin/"))
    notice = make(ann, "a")
    make(ann, "b")
    assert "2 unread notices" in text(client.get("/admin/"))

    answer = client.post(f"{LIST}{notice.pk}/open/")

    assert answer["Location"] == f"/admin/tollfree/verificationrequest/{notice.resource_id}/change/"
    assert client.get(answer["Location"]).status_code == 200
    assert "1 unread notice " in text(client.get("/admin/"))
    client.post(f"{LIST}read/")
    assert "Notices: none unread" in text(client.get("/admin/"))


def test_the_list_names_each_record_as_its_page_does_and_a_mail_does_not(client, ann):
    make(ann, "Marigold")
    order = ordered("y", customer="Juniper Lane Books")
    tell.tell(kinds.OUR_TURN, "b", [ann], about=order)
    entry = make_entry("needs_person", of=ordered("x", customer="Tern Cafe"), operation="cancel")
    tell.tell(kinds.DECISION, "c", [ann], about=entry)

    said = text(client.get(LIST))

    assert "Action needed: Juniper Lane Books (hosted order)." in said
    assert "Marigold (" in said
    assert "Tern Cafe (request to Telnyx)." in said
    assert not any("Juniper" in words.line(notice) for notice in Notice.objects.all())
    ann.groups.clear()
    assert not words.names(Notice.objects.all(), User.objects.get(pk=ann.pk))


def test_a_deadline_is_acknowledged_on_the_list(client, ann):
    notice = make(ann, "a")

    said = text(client.post(f"{LIST}{notice.pk}/acknowledge/", follow=True))

    assert "Acknowledged. You won't be reminded of this one again." in said
    notice.refresh_from_db()
    assert notice.acknowledged_at
    assert notice.read_at


def test_nobody_sees_or_touches_the_notices_of_another(client, ann):
    other = colleague("ben", "operator")
    notice = make(other, "a")

    answers = [client.post(f"{LIST}{notice.pk}/{act}/").status_code for act in ("open", "acknowledge")]
    client.post(f"{LIST}read/")

    assert answers == [404, 404]
    assert str(notice.pk) not in client.get(LIST).content.decode()
    notice.refresh_from_db()
    assert (notice.read_at, notice.acknowledged_at) == (None, None)


def test_what_a_person_may_not_see_any_more_is_not_listed(client, ann):
    notice = make(ann, "a")
    ann.groups.clear()

    assert notice.resource_id[:8] not in client.get(LIST).content.decode()


@pytest.mark.parametrize("act", ["read/", "test/", "settings/"])
def test_acts_need_the_token_of_a_form_and_a_login(ann, act):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)

    assert strict.post(f"{LIST}{act}").status_code == 403
    assert Client().post(f"{LIST}{act}")["Location"].startswith("/admin/login/")
    if act != "settings/":
        assert strict.get(f"{LIST}{act}").status_code == 405


def test_the_list_costs_the_same_however_many_there_are(client, ann):
    make(ann, "a")
    client.get(LIST)
    few = queries(client, LIST)
    for n in range(40):
        make(ann, f"n{n}")

    many = queries(client, LIST)

    assert len(many) == len(few)
    assert not any("COUNT(*)" in sql for sql in many)
    assert "Older" in text(client.get(LIST))
    assert "Newer" in text(client.get(f"{LIST}?page=2"))
    for odd in ("0", "x", "99999999999", "0001" + "9" * 20, "²"):
        assert client.get(LIST, {"page": odd}).status_code == 200


def test_what_is_chosen_is_what_is_told(client, ann, mails, chat):
    form = fields(client, PAGE)
    form |= {"zone": "America/New_York", "quiet_from": "22", "quiet_until": "7", "digest_at": "9"}
    form |= {"last_day-email": "digest", "our_turn-email": "off", "mention-room": "ops"}
    form.pop("our_turn-desk")

    said = text(client.post(PAGE, form, follow=True))

    assert "Saved. It applies to everything from now on." in said
    wish = NoticeSettings.objects.get(user=ann)
    assert (wish.zone, wish.quiet_from, wish.quiet_until, wish.digest_at) == ("America/New_York", 22, 7, 9)
    assert wish.choices["last_day"] == {"desk": True, "email": "digest", "rooms": []}
    assert wish.choices["our_turn"] == {"desk": False, "email": "off", "rooms": []}
    assert wish.choices["mention"]["rooms"] == ["ops"]
    kept = fields(client, PAGE)
    assert kept == form | {"csrfmiddlewaretoken": kept["csrfmiddlewaretoken"]}
    assert LogEntry.objects.get().change_message == "Notice settings chosen"
    tell.tell(kinds.OUR_TURN, "x", [ann], about=asked("x"))
    assert not Notice.objects.exists()
    make(ann, "y")
    post.post()
    assert mails.got == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"zone": "Mars/Olympus"}, "there is no time zone with that name"),
        ({"zone": "../../etc/passwd"}, "there is no time zone with that name"),
        ({"quiet_from": "22", "quiet_until": ""}, "quiet hours need a start and an end"),
    ],
)
def test_a_form_that_is_wrong_says_so_and_keeps_what_was_chosen(client, ann, changes, words):
    answer = client.post(PAGE, fields(client, PAGE) | {"last_day-email": "off"} | changes)

    assert answer.status_code == 200
    assert words in text(answer)
    assert not NoticeSettings.objects.exists()
    assert '<option value="off" selected>' in answer.content.decode()


def test_forged_choices_are_not_kept(client, ann):
    form = fields(client, PAGE) | {"last_day-email": "x", "last_day-room": "no such", "digest_at": "99"}

    client.post(PAGE, form | {"key-desk": "1"})

    wish = NoticeSettings.objects.get(user=ann)
    assert wish.choices["last_day"] == {"desk": True, "email": "now", "rooms": []}
    assert wish.digest_at == 8


def test_people_choose_only_among_what_they_may_be_told(ann, login):
    assert "Telnyx refuses our API key" not in text(login("support").get(PAGE))
    assert "Telnyx refuses our API key" in text(login("auditor").get(PAGE))
    assert "A colleague asks for approval" in text(login("approver").get(PAGE))
    assert "You can't see anything yet that notices are about." in text(login("nobody").get(PAGE))


def test_send_me_one_tries_every_channel_and_says_what_became_of_it(client, ann, mails, chat):
    NoticeSettings.objects.create(user=ann, quiet_from=0, quiet_until=23)

    said = text(client.post(TEST, follow=True))
    assert "Email: waiting for the worker" in said
    assert 'data-desk-refresh="2"' in client.get(PAGE).content.decode()
    post.post()

    said = text(client.get(PAGE))
    assert "In the desk: it is in your list of notices." in said
    assert "Email: the mail server accepted it for ann@desk.example at" in said
    assert "ops: posted at" in said
    assert len(mails.got) == len(chat.got) == 1
    assert "This is the test you asked for." in chat.got[0]
    assert "This is the test you asked for." in text(client.get(LIST))
    assert 'data-desk-refresh="2"' not in client.get(PAGE).content.decode()


def test_send_me_one_says_what_does_not_work(client, ann, mails, chat):
    mails.answers.append("550 never")
    chat.refuse = True
    client.post(TEST)
    post.post()

    said = text(client.get(PAGE))

    assert "Email: the mail server didn't accept it for ann@desk.example" in said
    assert "ops: the chat didn't accept it" in said
    assert "secret-of-the-room" not in client.get(PAGE).content.decode()
    assert not NoticeSending.objects.filter(state="due").exists()


def test_send_me_one_without_a_mail_server_or_an_address_says_who_can_help(client, ann, settings):
    client.post(TEST)
    assert "Email: mail isn't set up here." in text(client.get(PAGE))
    settings.EMAIL_URL = "smtp://127.0.0.1"
    User.objects.filter(pk=ann.pk).update(email="")
    client.post(TEST)
    assert "Email: your account has no email address." in text(client.get(PAGE))


def test_tests_are_limited(client, ann):
    for _ in range(5):
        client.post(TEST)

    said = text(client.post(TEST, follow=True))

    assert "Nothing was sent: you sent several tests just now." in said
    assert Notice.objects.count() == 5


def test_old_notices_are_deleted_with_what_was_sent_of_them(client, ann, mails):
    make(ann, "old")
    make(ann, "new")
    Notice.objects.filter(event="old").update(created_at=clock.now() - timedelta(days=91))

    retention.run(seconds=10)

    assert list(Notice.objects.values_list("event", flat=True)) == ["new"]
    assert NoticeSending.objects.count() == 1
