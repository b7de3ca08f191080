"""Safe settings, one database per worker, no network beyond loopback, and a browser."""

import atexit
import base64
import os
import secrets
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import django
import pytest
from django.conf import settings
from django.utils import timezone
from nacl.encoding import Base64Encoder
from nacl.signing import SigningKey

pytest_plugins = ["tests.stack", "tests.description", "tests.comparison", "tests.flush", "tests.fixtures"]

# The key pair that signs the tests' webhooks.
SIGNING_KEY = SigningKey(b"the tests sign their webhooks so")

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
# The same for every worker of a run, but different for two runs on one server.
RUN = os.environ.setdefault("TELNYX_DESK_TEST_RUN", secrets.token_hex(4))


def on_database(url: str, number: int) -> str:
    """Return the URL of a numbered database on the same broker."""
    return urlsplit(url)._replace(path=f"/{number}").geturl()


DOCUMENTS = tempfile.mkdtemp(prefix="telnyx-desk-documents-")
atexit.register(shutil.rmtree, DOCUMENTS, ignore_errors=True)

# An .env file may hold real keys. What is set here wins over it, because it is set first.
for name in ("DATABASE_URL", "REDIS_URL"):
    if not os.environ.get(name):
        pytest.exit(f"{name} is not set: start the tests with ./run test, which also starts the servers.", 4)
os.environ |= {
    # Set here, not in pyproject.toml: pytest-django would read the settings before these values are set.
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "PRIVATE": "1",
    "DEBUG": "0",
    "SECRET_KEY": "only for the tests, and long enough for every check of it: 0123456789",
    "DOCUMENT_KEYS": base64.urlsafe_b64encode(b"the tests seal their files so...").decode(),
    "DOCUMENTS_ROOT": DOCUMENTS,
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "CSRF_TRUSTED_ORIGINS": "",
    "PUBLIC_URL": "http://127.0.0.1:9",
    "TELNYX_BASE_URL": "http://127.0.0.1:9/v2",
    "TELNYX_API_KEY": "KEY-invented-for-the-tests",
    "TELNYX_PUBLIC_KEYS": SIGNING_KEY.verify_key.encode(Base64Encoder).decode(),
    "TRUSTED_PROXY": "0",
    "LINK_CHECK": "0",
    "UNDO_SECONDS": "0",
    # Even numbers are for the tests themselves, odd ones for the processes of stack.py.
    "REDIS_URL": on_database(os.environ["REDIS_URL"], 2 * int(WORKER.removeprefix("gw"))),
    # Playwright leaves an event loop on the main thread; Django then refuses the ORM to every later test.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}

django.setup()
# What production takes a third of a second for on purpose; the processes of stack.py do it as production does.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# The workers of this run inherit our environment. With this name in it, pytest-django would read the settings before
# their conftest gives them a broker of their own.
del os.environ["DJANGO_SETTINGS_MODULE"]


class NetworkReached(BaseException):
    """A test tried to reach the network outside this machine. No `except Exception` hides this."""


SERVERS = {urlsplit(os.environ[name]).hostname for name in ("DATABASE_URL", "REDIS_URL")}


def is_ours(host: object) -> bool:
    if host in ("", None, "localhost", *SERVERS):
        return True
    try:
        return ip_address(str(host)).is_loopback
    except ValueError:
        return False


def guard(event: str, arguments: tuple) -> None:
    """Stop everything that leaves loopback, in any thread and any library that uses Python's sockets."""
    if event == "socket.getaddrinfo":
        host = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
        if str(host).endswith(".invalid"):  # RFC 6761: a name that never exists; no resolver is needed
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not is_ours(host):
        raise NetworkReached(f"{event} to {host}")


sys.addaudithook(guard)


@pytest.fixture
def skewed(monkeypatch):
    """Return a context in which this process's clock is off by so many seconds. PostgreSQL's stays right."""

    @contextmanager
    def off_by(seconds: float) -> Iterator[None]:
        real_time, real_now = time.time, timezone.now
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda: real_time() + seconds)
            patch.setattr(timezone, "now", lambda: real_now() + timedelta(seconds=seconds))
            yield

    return off_by


NO_BROWSER = "no Chromium on this machine"
CHROMIUM_SWITCHES = [
    "--no-sandbox",  # the only way to run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    if Path("/usr/bin/chromium").exists():
        return "/usr/bin/chromium"
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {"executable_path": chromium(), "args": CHROMIUM_SWITCHES}


def pytest_configure(config):
    if os.environ.get("CI") == "true" and not chromium():
        raise pytest.UsageError(f"CI needs the browser tests, and there is {NO_BROWSER}.")


def pytest_collection_modifyitems(items):
    # A worker takes whole modules, in this order. Those that mostly wait for a browser or a process, or that walk
    # through the whole desk, start first, so that at the end no worker is left alone with one of them.
    early = {
        item.path
        for item in items
        if any(map(item.get_closest_marker, ("system", "browser"))) or "walk" in item.fixturenames
    }
    items.sort(key=lambda item: item.path not in early)
    if chromium():
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


def pytest_terminal_summary(terminalreporter):
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    missed = sum(NO_BROWSER in reason for reason in skipped)
    if missed:
        terminalreporter.write_line(f"{missed} browser tests were skipped: {NO_BROWSER}.")
