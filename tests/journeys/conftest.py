"""A person at a browser, the product as real processes, and a sandbox that plays Telnyx's reviewer."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.mirror.conftest import client  # noqa: F401 - a fixture: Telnyx's in the place of Django's
from tests.sandbox.control import Record, Sandbox, sample_request
from tests.stack import Stack, open_stack
from tollfree.models import VerificationRequest

# Minutes become seconds: a journey tests the order of events.
QUICK = {
    "TELNYX_SETTLE_SECONDS": "3",
    "TELNYX_DEADLINE": "3",
    "TELNYX_WRITES_PER_SECOND": "200",
    "TELNYX_READ_TIMEOUT": "3",
    "TELNYX_POLL_SECONDS": "2",
    # As in production: what a person reads in the meantime is tested, too.
    "SWEEP_SECONDS": "10",
}
# In milliseconds. What comes is not waited for so long; on a busy machine it comes late.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
LIST = "/admin/tollfree/verificationrequest/"

numbers = count(1000)


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The product with web, worker and beat, shared by all journeys in a module."""
    directory = tmp_path_factory.mktemp("journeys")
    with open_stack(request, directory) as opened:
        remember(opened, directory)
        yield opened.start(**QUICK)


def remember(stack: Stack, directory: Path) -> None:
    """Make the sandbox keep its records and keys when a journey stops and restarts it."""
    sandbox = stack.sandbox
    sandbox.stop()
    sandbox.options |= {
        "--state-file": directory / "records.json",
        "--signing-key-file": directory / "keys",
    }
    sandbox.start()
    stack.environment["TELNYX_PUBLIC_KEYS"] = ",".join(sandbox.public_keys)


class Person:
    """A person at the desk, who reads labels and presses buttons."""

    def __init__(self, page: Page, stack: Stack) -> None:
        self.page = page
        self.stack = stack
        self.url = stack.url
        self.telnyx: Sandbox = stack.sandbox
        page.set_default_timeout(PATIENCE)

    def log_in(self, name: str) -> "Person":
        """Open the desk with the session of somebody who has logged in before."""
        session = self.stack.session(name)
        self.page.context.add_cookies([{"name": "sessionid", "value": session, "url": self.url}])
        self.page.goto(f"{self.url}/admin/")
        return self

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def check(self) -> None:
        """Go on from the form to the page that sends, and give a reason there if it asks for one."""
        self.press("Check before submitting")
        self.page.wait_for_url("**/submit/")
        if self.page.locator("#id_reason").count():
            self.page.fill("#id_reason", "One company, several practices.")

    def fill(self, **changes: object) -> str:
        """Type a complete request into the form and return its number. `changes` uses Telnyx's names."""
        number = f"+1800555{next(numbers)}"
        body = sample_request(phoneNumbers=[{"phoneNumber": number}], **changes)
        for field, value in VerificationRequest.wire.load(body).items():
            place = self.page.locator(f"#id_{field}")
            if place.evaluate("field => field.tagName") == "SELECT":
                place.select_option(value)
            elif place.get_attribute("type") != "checkbox":
                place.fill("\n".join(value) if isinstance(value, list) else value)
        return number

    def confirm(self, **changes: object) -> str:
        """Fill in a new request and go on to the page that shows what will be sent; return its number."""
        self.open(f"{LIST}add/")
        number = self.fill(**changes)
        self.check()
        return number

    def submit(self, **changes: object) -> str:
        number = self.confirm(**changes)
        self.press("Submit to Telnyx")
        self.page.wait_for_url("**/change/")
        return number

    def sees(self, words: str) -> None:
        """Wait until these words are on the page."""
        expect(self.page.locator("body")).to_contain_text(words, timeout=PATIENCE)

    def sees_on_our_side(self, words: str) -> None:
        expect(self.page.locator(".desk-lines > div").first).to_contain_text(words, timeout=PATIENCE)

    def sees_on_telnyxs_side(self, words: str) -> None:
        expect(self.page.locator(".desk-lines > div").nth(1)).to_contain_text(words, timeout=PATIENCE)

    def history(self) -> list[str]:
        return self.page.locator(".desk-timeline li").all_inner_texts()

    def held(self, number: str) -> list[Record]:
        """Return what Telnyx holds for a number."""
        return [r for r in self.telnyx.records() if {"phoneNumber": number} in r["fields"]["phoneNumbers"]]

    def posts(self, number: str) -> list[Record]:
        """Return every request that reached Telnyx for a number."""
        return [r for r in self.telnyx.requests("POST", "verification/requests") if number in r["body"]]


@pytest.fixture
def compliance(page: Page, stack: Stack, complaints: list[str]) -> Person:
    return Person(page, stack).log_in("compliance")
