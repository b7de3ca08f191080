"""The version stands in pyproject.toml alone; people and Telnyx see the same one."""

import tomllib
from collections.abc import Iterator
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from config.local.places import ROOT
from messaging.mirror import account
from tests.sandbox.control import Sandbox

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture
def sandbox(settings) -> Iterator[Sandbox]:
    """A stand-in for Telnyx that this process's own client talks to."""
    with Sandbox() as sandbox:
        settings.TELNYX_API_KEY, settings.TELNYX_BASE_URL = sandbox.api_key, sandbox.base_url
        account.client.cache_clear()
        yield sandbox
        account.client().close()
        account.client.cache_clear()


def test_the_footer_of_every_page_shows_the_version(client, db):
    client.force_login(User.objects.create(username="somebody", is_staff=True))

    for path in ("/admin/", "/admin/password_change/"):
        assert f">telnyx-desk {VERSION}</footer>" in client.get(path).content.decode()


def test_the_changelog_starts_with_this_version():
    newest = next(line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## "))

    assert newest.split()[1] == VERSION


def test_who_is_not_logged_in_does_not_see_the_version(client, db):
    assert VERSION not in client.get("/admin/login/").content.decode()


def test_telnyx_sees_the_version_in_the_user_agent(sandbox, transactional_db):
    call_command("telnyx_pull", "--dry-run", "tollfree.VerificationRequest", stdout=StringIO())

    agents = {request["headers"]["user-agent"] for request in sandbox.requests("GET")}
    assert agents == {f"telnyx-desk/{VERSION}"}
