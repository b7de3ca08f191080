"""What the commands that fill a demo share: the sandbox's buttons, and waiting for the worker and the sandbox."""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Model

from messaging.mirror.models import OutboxEntry

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# No browser, no proxy: the sandbox is on this machine.
opener = build_opener(ProxyHandler({}))


def sandbox() -> str:
    """Return the address of the sandbox's controls. Raise CommandError on a desk that may talk to Telnyx."""
    parts = urlsplit(settings.TELNYX_BASE_URL)
    if not settings.PRIVATE or parts.hostname not in LOOPBACK:
        raise CommandError("This only fills a private desk that talks to the sandbox.")
    return f"{parts.scheme}://{parts.netloc}/_sandbox"


def press(url: str, data: dict[str, Any] | None = None, method: str | None = None) -> Any:
    """Press a button of the sandbox's console, or read one of its lists if there is nothing to send."""
    body = None if data is None else json.dumps(data).encode()
    request = Request(url, body, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - loopback
    with opener.open(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def wait(there: Callable[[], bool], deadline: float, what: object) -> None:
    """Ask until the answer is yes. Raise CommandError at `deadline` of time.monotonic()."""
    while not there():
        if time.monotonic() > deadline:
            raise CommandError(f"{what} makes no progress; is the worker running?")
        time.sleep(0.2)


class DemoCommand(BaseCommand):
    """A command that fills a demo. It gives each step so many `seconds`, which `handle` sets."""

    seconds: float

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the option for how long to wait."""
        parser.add_argument("--seconds", type=float, default=120, help="how long to wait for each step")

    def all_kept(self, entries: Iterable[OutboxEntry]) -> None:
        """Make all these promises, then wait until the worker has kept them."""
        for entry in list(entries):
            self.wait_for(entry, lambda entry=entry: not entry.is_open())  # type: ignore[misc]

    def wait_for(self, row: Model, there: Callable[[], bool]) -> None:
        """Read a row again until it is as it should be."""

        def seen() -> bool:
            row.refresh_from_db()
            return there()

        self.wait(seen, row)

    def wait(self, there: Callable[[], bool], what: object) -> None:
        """Ask until the answer is yes."""
        wait(there, time.monotonic() + self.seconds, what)
