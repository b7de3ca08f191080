"""The version is only in pyproject.toml. People and Telnyx see the same one."""

import tomllib
from collections.abc import Iterator
from io import StringIO

import pytest
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


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/auth/user/",
        "/admin/auth/user/add/",
        "/admin/mirror/outboxentry/",
        "/admin/messaging/message/",
        "/admin/tollfree/verificationrequest/add/",
        "/admin/password_change/",
    ],
)
def test_the_footer_of_every_kind_of_page_shows_the_version_once(admin_client, path):
    page = admin_client.get(path).content.decode()

    assert page.count("<footer") == 1
    assert f"telnyx-desk {VERSION}</footer>" in page


def test_the_changelog_starts_with_this_version():
    newest = next(line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## "))

    assert newest.split()[1] == VERSION


def test_who_is_not_logged_in_does_not_see_the_version(client, db):
    assert VERSION not in client.get("/admin/login/").content.decode()


def test_telnyx_sees_the_version_in_the_user_agent(sandbox, transactional_db):
    call_command("telnyx_pull", "--dry-run", "tollfree.VerificationRequest", stdout=StringIO())

    agents = {request["headers"]["user-agent"] for request in sandbox.requests("GET")}
    assert agents == {f"telnyx-desk/{VERSION}"}
