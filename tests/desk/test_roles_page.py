"""The page Roles, and what each role finds first: its entries of the sidebar and the top of its home page."""

import re

import pytest
from django.contrib.auth.models import Group, Permission, User

from config.admin import NAVIGATION
from config.roles import ADMIN, ROLES

NAMES = [role.group for role in ROLES]


def sidebar(html: str) -> tuple[str, str]:
    """Return the sidebar of a page: what it shows, and what is folded under "More"."""
    all_of_it = html[html.index('id="nav-sidebar-apps"') : html.index('id="main"')]
    shown, _mark, more = all_of_it.partition("<details")
    return shown, more


@pytest.mark.parametrize("name", [*NAMES, "admin", "nobody"])
@pytest.mark.promise("F87", "X86")
def test_administrators_and_auditors_see_who_may_do_what(login, name):
    client = login(name)

    assert client.get("/admin/desk/roles/").status_code == (200 if name in ("auditor", "admin") else 403)
    assert ("/admin/desk/roles/" in client.get("/admin/").content.decode()) == (name in ("auditor", "admin"))


@pytest.mark.promise("F87")
def test_the_page_names_the_people_of_a_role_and_says_yes_and_no_in_words(login):
    amy = User.objects.create(username="amy", first_name="Amy", last_name="Adler", is_staff=True)
    gone = User.objects.create(username="gone-for-good", is_staff=True, is_active=False)
    for user in (amy, gone):
        user.groups.add(Group.objects.get(name="support"))

    page = login("auditor").get("/admin/desk/roles/").content.decode()

    assert "Amy Adler" in page
    assert "gone-for-good" not in page
    row = re.search(r"Approve hosted orders of others</th>(.*?)</tr>", page, re.DOTALL)
    assert row is not None
    assert re.findall(r"\b(Yes|No)\b", row[1]) == ["No", "Yes", "No", "No", "No", "Yes"]


@pytest.mark.promise("F87")
def test_what_was_changed_about_a_role_here_is_shown_as_it_is_now(login):
    approver, support = Group.objects.get(name="approver"), Group.objects.get(name="support")
    permission = Permission.objects.get(codename="approve_hostedorder")
    approver.permissions.remove(permission)
    support.permissions.add(permission)
    Group.objects.create(name="Night shift")

    page = login("admin").get("/admin/desk/roles/").content.decode()

    row = re.search(r"Approve hosted orders of others</th>(.*?)</tr>", page, re.DOTALL)
    assert row is not None
    assert re.findall(r"\b(Yes|No)\b", row[1]) == ["No", "No", "No", "Yes", "No", "Yes"]
    assert page.count("changed here") == 2
    assert "Night shift" in page


def test_every_entry_a_role_works_with_is_one_of_the_sidebar():
    known = {label for _title, entries in NAVIGATION for _words, _icon, label in entries}

    for role in (*ROLES, ADMIN):
        assert role.work | set(role.first) <= known
        assert set(role.first) <= role.work


@pytest.mark.parametrize(
    ("name", "seen", "folded"),
    [
        ("support", "Messages", "Outbox"),
        ("auditor", "Views of records", "Hosted orders"),
        ("approver", "Toll-free verifications", "RCS agents"),
        ("operator", "Hosted numbers", "API attempts"),
        ("compliance", "Auto-responses", "RCS phones"),
        ("admin", "Health", "RCS phones"),
    ],
)
@pytest.mark.promise("F92")
def test_the_sidebar_shows_what_a_role_works_with_and_folds_the_rest(login, name, seen, folded):
    shown, more = sidebar(login(name).get("/admin/").content.decode())

    assert f"<span>{seen}</span>" in shown
    assert f"<span>{folded}</span>" not in shown
    assert f"<span>{folded}</span>" in more


def test_more_is_open_on_a_page_that_is_in_it(login):
    client = login("support")

    assert 'class="desk-more" open' in client.get("/admin/mirror/outboxentry/").content.decode()
    assert 'class="desk-more" open' not in client.get("/admin/messaging/message/").content.decode()


def test_somebody_in_two_roles_has_the_work_of_both_and_a_group_made_here_folds_nothing(login):
    client = login("support")
    User.objects.get(username="support").groups.add(Group.objects.get(name="auditor"))
    shown, _more = sidebar(client.get("/admin/").content.decode())
    assert "<span>Messages</span>" in shown
    assert "<span>Views of records</span>" in shown

    own = Group.objects.create(name="Night shift")
    own.permissions.add(Permission.objects.get(codename="view_outboxentry"))
    User.objects.get(username="support").groups.set([own])
    shown, more = sidebar(client.get("/admin/").content.decode())
    assert "<span>Outbox</span>" in shown
    assert more == ""


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("auditor", "/admin/mirror/auditentry/"),
        ("support", "/admin/desk/find/"),
        ("admin", "/admin/desk/health/"),
    ],
)
@pytest.mark.promise("F92")
def test_the_home_page_begins_with_the_work_of_the_role(login, name, first):
    html = login(name).get("/admin/").content.decode()

    begun = html[html.index('class="desk-stack"') :]
    found = re.search(r'(?:href|action)="(/[^"]+)"', begun)
    assert found is not None
    assert found[1] == first
