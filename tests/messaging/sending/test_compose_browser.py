"""Writing a message in a real browser: the counter next to the text agrees with what the form counts on sending."""

import pytest
from playwright.sync_api import Page, expect

from messaging import segments
from tests.messaging.sending.conftest import LIST, page_of

pytestmark = pytest.mark.browser

TEXTS = [
    "Your order is ready",
    "x" * 160,
    "x" * 161,
    "Stra\u00dfe {8842} \u20ac5 ~ [ok]",
    "\u20ac" * 81,
    "\u0141\u00f3d\u017a",
    "\U0001f600" * 36,
    "\U0001f600" * 67,
    "]" * 153,
    "x" + "]" * 153,
    "\u0142" * 66 + "\U0001f600" * 3,
    "x" * 1540,
]


@pytest.fixture
def desk(open_desk, profile) -> Page:
    return open_desk("operator")


def test_the_counter_agrees_with_the_form_and_no_script_is_refused(desk, live_server):
    said: list[str] = []
    desk.on("console", lambda message: said.append(message.text))
    desk.goto(f"{live_server.url}{page_of('message')}")

    for text in TEXTS:
        desk.get_by_label("Text", exact=True).fill(text)
        size = segments.measure(text)
        words = desk.locator("[data-size]")
        if size.parts > segments.MOST_PARTS:
            expect(words).to_have_text(f"{size.parts} parts, but Telnyx sends at most 10.")
        else:
            expect(words).to_contain_text(f"{size.parts} part")
            expect(words).to_contain_text(f"in {size.encoding}: room for {size.left} more")
        expect(desk.locator("[data-bubble]")).to_have_text(text)

    desk.locator("#more summary").click()
    desk.get_by_label("Send it as one MMS, also without a picture").check()
    expect(desk.locator("[data-size]")).to_have_text("One MMS, however long the text.")
    assert said == []


def test_a_message_goes_through_the_pages(desk, live_server):
    desk.goto(f"{live_server.url}{LIST}")
    desk.get_by_role("link", name="Send a message").click()
    desk.get_by_role("link", name="WhatsApp message").click()

    expect(desk.get_by_label("Template", exact=True)).to_be_hidden()
    desk.get_by_label("Approved template").check()
    expect(desk.get_by_label("Text", exact=True)).to_be_hidden()
    desk.get_by_label("From", exact=True).fill("(312) 555-0160")
    desk.get_by_label("To", exact=True).fill("(303) 555-0123")
    desk.get_by_label("Template", exact=True).fill("order_ready")
    desk.get_by_role("button", name="Check before sending").click()
    desk.get_by_role("button", name="Send", exact=True).dblclick()

    expect(desk.get_by_text("Queued for Telnyx.", exact=True)).to_be_visible()
