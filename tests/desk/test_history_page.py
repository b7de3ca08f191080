"""The history page of a record: old and new values in people's words, the whole of it, and no secret."""

from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from messaging.desk import acts
from tests.tollfree.conftest import complete
from tests.tollfree.pages import LIST, fields

ROBIN = "/admin/auth/user/{}/{}/"


@pytest.fixture
def root(db):
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode()).split('id="content-main"')[1]


def test_a_change_of_a_person_shows_old_and_new_values(root):
    robin = User.objects.create_user("robin", email="old@desk.example", is_staff=True)
    form = fields(root, ROBIN.format(robin.pk, "change"))
    group = Group.objects.get(name="support")

    root.post(
        ROBIN.format(robin.pk, "change"),
        form | {"first_name": "Robin", "is_staff": "", "groups": [str(group.pk)], "_save": "1"},
    )

    said = page(root, ROBIN.format(robin.pk, "history"))
    assert "First name: (empty) → Robin" in said
    assert "May sign in here: Yes → No" in said
    assert "Roles and groups added: support" in said
    assert "root" in said
    for never in ("is_staff", "first_name", "99999", "9999"):
        assert never not in said


def test_a_new_password_is_on_record_and_not_shown(root):
    robin = User.objects.create_user("robin", is_staff=True)
    words = {"password1": "Quite-new-8841", "password2": "Quite-new-8841", "usable_password": "true"}

    root.post(ROBIN.format(robin.pk, "password"), words)

    robin.refresh_from_db()
    assert robin.check_password("Quite-new-8841")
    assert "Password: changed" in page(root, ROBIN.format(robin.pk, "history"))
    assert not LogEntry.objects.filter(change_message__contains="8841").exists()


def test_permissions_of_a_group_are_named_when_they_come_and_go(root):
    group = Group.objects.create(name="Night shift")
    kept, gone, new = Permission.objects.filter(
        codename__in=["view_message", "view_optout", "view_savedtext"]
    )
    group.permissions.set([kept, gone])
    form = {"name": "Night shift", "permissions": [str(kept.pk), str(new.pk)], "_save": "1"}

    root.post(f"/admin/auth/group/{group.pk}/change/", form)

    said = page(root, f"/admin/auth/group/{group.pk}/history/")
    assert f"Rights added: {new.name}" in said
    assert f"Rights removed: {gone.name}" in said
    assert kept.name not in said


def test_a_changed_draft_shows_what_changed_but_no_contact(login, db):
    request = complete(business_name="Old name")
    request.save()
    compliance = login("compliance")
    address = f"{LIST}{request.pk}"
    typed = {"business_name": "New name", "business_contact_email": "new@larkspur.example", "_save": "1"}

    compliance.post(f"{address}/change/", fields(compliance, f"{address}/change/") | typed)

    for where in ("history", "change"):
        said = unescape(compliance.get(f"{address}/{where}/").content.decode())
        assert "Old name → New name" in said
        assert "Contact email: changed" in said or "mail: changed" in said
    log = LogEntry.objects.get().change_message
    assert "new@larkspur.example" not in log
    assert "business_" not in log


def test_an_imported_request_has_a_history(login, db):
    request = complete(remote_id="r1", sync_state="accepted")
    request.save()

    said = page(login("auditor"), f"{LIST}{request.pk}/history/")

    assert "Found at Telnyx and imported" in said
    assert "change history" not in said


def test_a_record_without_acts_says_so(root):
    group = Group.objects.create(name="Night shift")

    assert "Nothing is on record about it yet." in page(root, f"/admin/auth/group/{group.pk}/history/")


def test_an_old_entry_of_djangos_own_is_still_read(root):
    group = Group.objects.create(name="Night shift")
    by = User.objects.get(username="root")
    acts.record(by, group, '[{"changed": {"fields": ["Name"]}}]')

    assert "Changed Name." in page(root, f"/admin/auth/group/{group.pk}/history/")


def test_the_history_is_for_people_who_may_view_the_record(login):
    group = Group.objects.create(name="Night shift")

    assert login("support").get(f"/admin/auth/group/{group.pk}/history/").status_code == 403
