"""People at the desk, profiles as the pull brings them."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client as Browser

from messaging.mirror.models import OutboxEntry
from messaging.mirror.records import sync
from messaging.models import MessagingProfile
from messaging.telnyx.client import Client
from tests.sandbox.hosted_control import PROFILE_ID
from tests.visitor import Forms

PROFILES, SENDERS = "/admin/messaging/messagingprofile/", "/admin/messaging/alphanumericsender/"
MANAGE = (
    "view_messagingprofile",
    "add_messagingprofile",
    "change_messagingprofile",
    "delete_messagingprofile",
    "regenerate_secret_messagingprofile",
    "view_alphanumericsender",
    "add_alphanumericsender",
    "delete_alphanumericsender",
)


def person(name: str, *codenames: str) -> User:
    """Return a staff login with its own permissions: groups do not survive a test with transactions."""
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def browser_of(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def operator(transactional_db) -> User:
    return person("operator", *MANAGE)


@pytest.fixture
def desk(operator) -> Browser:
    return browser_of(operator)


@pytest.fixture
def viewer(transactional_db) -> Browser:
    return browser_of(person("viewer", "view_messagingprofile", "view_alphanumericsender"))


@pytest.fixture
def profile(sandbox, quick, transactional_db) -> MessagingProfile:
    """Return a profile as the hourly pull brought it, with more patience than a test of lost answers has."""
    with Client(sandbox.api_key, sandbox.base_url) as patient:
        sync.pull(MessagingProfile, patient)
    return MessagingProfile.objects.get(remote_id=PROFILE_ID)


def url(record: Any, action: str = "change") -> str:
    return f"/admin/messaging/{record._meta.model_name}/{record.pk}/{action}/"


def taken_back(browser: Browser, record: Any) -> None:
    """Undo the open promise of a record by the button of its page, and see that nothing more is promised or gone."""
    entry = OutboxEntry.objects.get()
    undo = f"/admin/mirror/outboxentry/{entry.pk}/undo/"
    page = browser.get(url(record))
    assert "Sends at" in text(page)
    assert f'action="{undo}"' in page.content.decode()

    answer = browser.post(undo, follow=True)

    entry.refresh_from_db()
    record.refresh_from_db()
    assert entry.was_taken_back()
    assert (record.sync_state, record.gone_at) == ("accepted", None)
    assert "Taken back. Nothing was sent to Telnyx." in text(answer)
    assert "operator took it back before it was sent." in text(answer)


def fields(browser: Browser, path: str) -> dict[str, Any]:
    """Return what a browser would send for the form of a page if nobody changed it."""
    found: dict[str, Any] = Forms(browser.get(path).content.decode()).fields
    found.pop("csrfmiddlewaretoken", None)
    return found


def newest(operation: str) -> OutboxEntry:
    return OutboxEntry.objects.filter(operation=operation).latest("created_at")


def text(answer: Any) -> str:
    return answer.content.decode().replace("&#x27;", "'")
