"""The page Roles, and what each role finds first: its entries of the sidebar and the top of its home page."""

import re

import pytest
from django.contrib.auth.models import Group, Permission, User

from config.roles import ROLES

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
