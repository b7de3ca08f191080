"""Ages count on in an open page, by the server's clock."""

import re

import pytest
from playwright.sync_api import expect

from messaging.mirror.models import OutboxEntry
from tests.desk.conftest import make_entry

pytestmark = pytest.mark.browser


def test_an_age_counts_on_while_the_page_is_open(open_desk, live_server):
    make_entry(OutboxEntry.State.REFUSED)
    desk = open_desk("admin")
    desk.clock.install()
    desk.goto(f"{live_server.url}/admin/tollfree/verificationrequest/")
    age = desk.locator("time[data-ticks='age']").first
    expect(age).to_have_text(re.compile(r"just now|\d+ seconds? ago"))

    desk.clock.fast_forward(190_000)

    expect(age).to_have_text("3 minutes ago")
