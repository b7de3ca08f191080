"""Fixtures of more than one folder: people at the desk, and the worker's rounds against a sandbox; a pytest plugin."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client as Browser
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from messaging.mirror import calls, periodic, throttle
from messaging.mirror.inbound import drain, refused
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound.sweep import sweep
from messaging.mirror.records import sync
from messaging.telnyx.client import Client
from tests.sandbox.control import Sandbox
from tests.stack import wait_until


@pytest.fixture(autouse=True)
def tries_of_this_test(monkeypatch) -> None:
    """Let no test be held up by what others tried: Redis outlives them."""
    monkeypatch.setattr(throttle, "PREFIX", f"tries of {uuid4()}:")


@pytest.fixture(autouse=True)
def refusals_of_this_test(monkeypatch) -> Iterator[None]:
    """Let no test write, from a thread of its own, what an earlier one left to be counted."""
    ours = refused._Waiting()
    monkeypatch.setattr(refused, "_waiting", ours)
    yield
    if ours.timer:
        ours.timer.cancel()


@pytest.fixture
def person(db) -> Callable[[str], User]:
    """Return the maker of a staff login: in the group of that name, `admin` for everything, `nobody` for nothing."""

    def made(name: str) -> User:
        user = User.objects.create(username=name, is_staff=True, is_superuser=name == "admin")
        if name not in ("admin", "nobody"):
            user.groups.add(Group.objects.get(name=name))
        return user

    return made


@pytest.fixture
def login(person) -> Callable[..., Browser]:
    def logged_in(name: str, **options) -> Browser:
        browser = Browser(**options)
        browser.force_login(person(name))
        return browser

    return logged_in


@pytest.fixture
def open_desk(page: Page, live_server: LiveServer) -> Callable[[str], Page]:
    """Return what opens the home page as a demo login, by the cookie that the log-in form would set."""

    def opened(name: str) -> Page:
        call_command("demo_users", verbosity=0)
        browser = Browser()
        browser.force_login(User.objects.get(username=name))
        cookie = browser.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page.goto(f"{live_server.url}/admin/")
        return page

    return opened


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser refuses or cannot run. At the end of a test there must be none."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda said: heard.append(said.text) if said.type in ("error", "warning") else None)
    yield heard
    assert heard == []


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
def quick(settings) -> None:
    """Shorten what is minutes in life: the order of events is what a test looks at."""
    settings.TELNYX_SETTLE_SECONDS = 0.6
    settings.TELNYX_WRITES_PER_SECOND = settings.TELNYX_READS_PER_SECOND = 1000.0
    settings.TELNYX_POLL_SECONDS = 0.1


@pytest.fixture
def telnyx_client(sandbox: Sandbox, transactional_db: None, quick: None) -> Iterator[Client]:
    """Return what the worker talks to the sandbox with; the desk's own browser is another matter."""
    with Client(sandbox.api_key, sandbox.base_url, read=0.5, deadline=3.0, called=calls.keep) as client:
        yield client


@pytest.fixture
def work(telnyx_client: Client) -> Callable[..., OutboxEntry]:
    """Work as worker and beat do until the entry has ended, or is in the state asked for."""

    def until(entry: OutboxEntry, *states: str, seconds: float = 15) -> OutboxEntry:
        def there() -> bool:
            sweep(telnyx_client, seconds=0.2)
            drain.drain()
            sync.poll_due(telnyx_client)
            entry.refresh_from_db()
            return entry.state in states if states else not entry.is_open()

        wait_until(there, seconds, f"entry {states or 'ended'}, is {entry.state}: {entry.reason}")
        return entry

    return until


@pytest.fixture
def chore(telnyx_client: Client) -> Callable[[], None]:
    """Poll and do the chores once, as the worker does every two seconds."""

    def done() -> None:
        sync.poll_due(telnyx_client)
        periodic.run(telnyx_client)

    return done
