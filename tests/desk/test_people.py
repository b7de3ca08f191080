"""People and groups, as an administrator keeps them: words, rights, sign-ins, and whose work is left."""

from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.test import Client

from config.asking import FACTOR
from config.login import PASSWORD
from config.roles import RIGHTS
from messaging.desk import factors
from tests.desk.conftest import make_request
from tests.tollfree.pages import fields, text
from tollfree.models import VerificationRequest

PEOPLE, GROUPS, LOGIN = "/admin/auth/user/", "/admin/auth/group/", "/admin/login/"
WRONG = (
    "This user name and password don't match, or this account can't sign in here. Try again, or ask an "
    "administrator."
)
WORD = "a very long new password"


@pytest.fixture
def boss(db):
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode()).split('id="content-main"')[-1]


def sign_in(name, password=WORD):
    client = Client()
    return client, client.post(LOGIN, {"username": name, "password": password, "next": "/admin/"})


def test_a_group_shows_the_rights_of_the_desk_and_keeps_what_else_it_was_given(boss):
    group, other = Group.objects.create(name="Night shift"), Permission.objects.get(codename="add_session")
    group.permissions.add(other)
    address = f"{GROUPS}{group.pk}/change/"
    shown = page(boss, address)
    right = Permission.objects.get(content_type__app_label="messaging", codename="view_message")

    boss.post(address, {"name": "Night shift", "permissions": [right.pk]})

    assert [title for title, _rows in RIGHTS if f"<b>{title}</b>" not in shown] == []
    assert shown.count('name="permissions"') == sum(len(rows) for _title, rows in RIGHTS)
    assert "Can add" not in shown
    assert set(group.permissions.all()) == {other, right}
    assert "session" not in LogEntry.objects.latest("pk").change_message


def test_the_group_of_a_role_stays_and_keeps_its_name(boss):
    role, own = Group.objects.get(name="support"), Group.objects.create(name="Night shift")

    shown = page(boss, f"{GROUPS}{role.pk}/change/")
    assert "The group of the desk's role Support." in shown
    assert f"{GROUPS}{role.pk}/delete/" not in shown
    assert f"{GROUPS}{own.pk}/delete/" in page(boss, f"{GROUPS}{own.pk}/change/")
    boss.post(f"{GROUPS}{role.pk}/change/", {"name": "other"})
    refused = boss.post(f"{GROUPS}{role.pk}/delete/", {"post": "yes"}, follow=True)
    boss.post(f"{GROUPS}{own.pk}/delete/", {"post": "yes"})

    assert "can't be deleted" in text(refused)
    assert Group.objects.filter(name="support").exists()
    assert not Group.objects.filter(name="Night shift").exists()


def test_somebody_who_is_added_may_sign_in_and_has_their_role(boss):
    form = fields(boss, f"{PEOPLE}add/")
    words = page(boss, f"{PEOPLE}add/")
    role = Group.objects.get(name="support")

    added = boss.post(
        f"{PEOPLE}add/",
        form | {"username": "kim", "password1": WORD, "password2": WORD, "groups": [role.pk]},
        follow=True,
    )

    said = text(added)
    assert "Give kim their user name and password. They sign in at http://testserver/admin/login/." in said
    assert "The first time, they set up a code" not in said
    assert "Finds out what happened to a message" in words
    for technical in ("Superuser", "Staff", "Designates", "LDAP", "Single Sign-On"):
        assert technical not in words
    kim = User.objects.get(username="kim")
    assert list(kim.groups.all()) == [role]
    assert sign_in("kim")[1]["Location"] == "/admin/"
    person = page(boss, f"{PEOPLE}{kim.pk}/change/")
    assert "algorithm" not in person
    assert f"{PEOPLE}{kim.pk}/password/" in person
    listed = text(boss.get(PEOPLE))
    assert "Support" in listed
    assert "Last sign-in" in listed


def test_somebody_who_is_added_is_told_of_the_second_factor_they_need(boss, settings):
    form = fields(boss, f"{PEOPLE}add/")
    role = Group.objects.get(name="compliance")
    settings.REQUIRE_SECOND_FACTOR, settings.CONFIRM_MINUTES = True, 0
    factors.turn_on(User.objects.get(username="boss"), factors.new_secret(), 0)
    session = boss.session
    session[FACTOR] = str(factors.APP)
    session.save()

    added = boss.post(
        f"{PEOPLE}add/",
        form | {"username": "kim", "password1": WORD, "password2": WORD, "groups": [role.pk]},
        follow=True,
    )

    assert "The first time, they set up a code from an app on their phone, or a passkey." in text(added)


@pytest.mark.parametrize("is_staff", [True, False])
def test_a_sign_in_that_fails_says_the_same_whatever_the_cause(db, is_staff):
    User.objects.create_user("kim", password=WORD, is_staff=is_staff)

    _client, answer = sign_in("kim", "wrong" if is_staff else WORD)

    said = text(answer)
    assert said.count(WRONG) == 1
    assert "Please correct the error" not in said


def test_a_colleague_who_is_locked_out_is_let_in_again(boss):
    kim = User.objects.create_user("kim", password=WORD, is_staff=True)
    for _each in range(PASSWORD.pair.most):
        sign_in("kim", "wrong")
    assert sign_in("kim")[1].status_code == 429
    address = f"{PEOPLE}{kim.pk}/change/"
    assert "they can't try to sign in until" in page(boss, address)

    said = text(boss.post(f"/admin/desk/sign-in/of/{kim.pk}/unlock/", follow=True))

    assert "They can try again now." in said
    assert "can't try to sign in" not in page(boss, address)
    assert sign_in("kim")[1]["Location"] == "/admin/"
    assert LogEntry.objects.latest("pk").change_message == "Allowed to try to sign in again"


def test_an_administrator_ends_the_sign_ins_of_a_colleague(boss):
    kim = User.objects.create_user("kim", password=WORD, is_staff=True)
    client, _answer = sign_in("kim")
    assert "Signed in in 1 place now." in page(boss, f"{PEOPLE}{kim.pk}/change/")

    boss.post(f"/admin/desk/sign-in/of/{kim.pk}/end/")

    assert client.get("/admin/").status_code == 302
    assert boss.get("/admin/").status_code == 200
    assert "Not signed in anywhere now." in page(boss, f"{PEOPLE}{kim.pk}/change/")
    assert LogEntry.objects.latest("pk").change_message == "Signed out everywhere"


def test_the_own_list_of_sign_ins_names_those_that_still_count(db):
    kim = User.objects.create_user("kim", password=WORD, is_staff=True)
    sign_in("kim")
    kim.set_password(WORD + "!")
    kim.save()
    client, _answer = sign_in("kim", WORD + "!")
    assert Session.objects.count() == 2

    assert client.get("/admin/desk/sign-in/").content.decode().count("A browser we don") == 1
    sign_in("kim", WORD + "!")
    assert "last used" in text(client.get("/admin/desk/sign-in/"))


def test_whose_work_is_out_of_their_reach_is_said_when_a_role_is_taken(boss):
    kim = User.objects.create_user("kim", password=WORD, is_staff=True)
    kim.groups.add(Group.objects.get(name="operator"))
    client, _answer = sign_in("kim")
    VerificationRequest.objects.filter(pk=make_request().pk).update(assigned_to=kim)
    address = f"{PEOPLE}{kim.pk}/change/"
    form = fields(boss, address)
    work = f"/admin/desk/work-of/{kim.pk}/"

    kept = boss.post(address, form, follow=True)
    taken = boss.post(address, form | {"groups": []}, follow=True)
    off = boss.post(address, form | {"is_staff": ""}, follow=True)

    assert "can't work on it" not in text(kept)
    for answer in (taken, off):
        assert "1 record is with kim, who can't work on it. Give their work to a colleague" in text(answer)
        assert work in answer.content.decode()
    assert "kim (can't sign in)" in text(boss.get("/admin/tollfree/verificationrequest/"))
    kim.is_staff = True
    kim.save()
    assert client.get("/admin/").status_code == 302


def test_a_person_with_acts_on_record_is_not_deleted(boss):
    kim, new = User.objects.create_user("kim", is_staff=True), User.objects.create_user("new")
    group = Group.objects.get(name="support")
    new.groups.add(group)
    LogEntry.objects.create(user=kim, action_flag=2, object_repr="x")

    refused = boss.post(f"{PEOPLE}{kim.pk}/delete/", {"post": "yes"}, follow=True)
    asked = text(boss.get(f"{PEOPLE}{new.pk}/delete/"))
    boss.post(f"{PEOPLE}{new.pk}/delete/", {"post": "yes"})

    assert "kim can't be deleted: what they did here stays on record" in text(refused)
    assert "object (" not in asked
    assert set(User.objects.values_list("username", flat=True)) == {"boss", "kim"}
