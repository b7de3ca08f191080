"""Writing a message in a real browser: the counter next to the text agrees with what the form counts on sending."""

import pytest
from playwright.sync_api import Page, expect

from messaging import segments
from messaging.models import ComposedMessage
from tests.accessibility import PHONE, faults
from tests.messaging.sending.conftest import LIST, body_sent, hears, making, page_of
from tests.messaging.sending.whatsapp import MONEY, button, of_button, template
from tests.sandbox.messages_control import SENDER

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
    desk.get_by_label("Send it as one MMS, even without a picture").check()
    expect(desk.locator("[data-size]")).to_have_text("One MMS, however long the text.")
    assert said == []


def kind(desk: Page, name: str) -> None:
    desk.get_by_role("radio", name=name, exact=True).check()


def test_buttons_and_a_template_go_through_the_pages_of_whatsapp(desk, live_server, sandbox, work):
    said: list[str] = []
    desk.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    hears("Is it ready?", type="WHATSAPP", to=SENDER)
    desk.goto(f"{live_server.url}{LIST}")
    desk.get_by_role("link", name="Send a message").click()
    desk.get_by_role("link", name="WhatsApp message").click()
    desk.get_by_label("Purpose").select_option("manual")
    desk.get_by_label("From", exact=True).fill("(312) 555-0160")
    desk.get_by_label("To", exact=True).fill("(303) 555-0123")
    phone = desk.locator("[data-screen]")

    desk.locator("#wa-builder textarea").first.fill("Does *Tuesday* work?")
    expect(phone.locator("strong")).to_have_text("Tuesday")
    kind(desk, "Buttons")
    expect(desk.get_by_role("textbox", name="Text", exact=True)).to_have_value("Does *Tuesday* work?")
    desk.get_by_label("Button text").fill("x" * 21)
    expect(desk.locator(".mc-item")).to_contain_text("1 too many.")
    desk.get_by_role("button", name="Check before sending").last.click()
    desk.locator("#wa-wrong").get_by_role("link", name="Button 1, Title").click()
    title = desk.get_by_label("Button text")
    expect(title).to_be_focused()
    expect(title).to_have_value("x" * 21)
    expect(desk.locator(".mc-item")).to_contain_text("At most 20 characters; you have 21.")
    title.fill("Yes")
    desk.get_by_role("button", name="Add button").click()
    desk.get_by_label("Button text").last.fill("Another time")
    expect(phone.locator(".wa-button")).to_have_text(["Yes", "Another time"])
    assert faults(desk) == []
    send_it(desk)
    work(making(ComposedMessage.objects.get()))
    assert body_sent(sandbox)["whatsapp_message"] == {
        "type": "interactive",
        "interactive": {
            "type": "button",
            "body": {"text": "Does *Tuesday* work?"},
            "action": {"buttons": [button("button-1", "Yes"), button("button-2", "Another time")]},
        },
    }
    expect(phone).to_contain_text("Another time")

    # A template, which is offered again with its values left empty.
    sandbox.clear_requests()
    desk.goto(f"{live_server.url}{page_of('whatsapp')}")
    desk.get_by_label("Purpose").select_option("manual")
    desk.get_by_label("From", exact=True).fill("(312) 555-0160")
    desk.get_by_label("To", exact=True).fill("(303) 555-0123")
    kind(desk, "Template")
    expect(desk.locator("#wa-window")).to_be_hidden()
    desk.get_by_label("Template name").fill("order_ready")
    desk.get_by_role("button", name="Add values of the text").click()
    desk.get_by_label("Value", exact=True).fill("Robin")
    desk.get_by_role("button", name="Add value", exact=True).click()
    second = desk.locator(".mc-item .mc-item").last
    second.get_by_label("Type").select_option(label="An amount of money")
    second.get_by_label("Amount", exact=True).fill("37.25")
    second.get_by_label("Currency").fill("USD")
    second.get_by_label("In words").fill("$37.25")
    desk.get_by_role("button", name="Add button value").click()
    desk.get_by_label("The button", exact=True).select_option(label="copies a code")
    desk.get_by_label("Code to copy").fill("SPRING25")
    expect(phone).to_contain_text("Button 1: copies SPRING25")
    expect(phone.locator(".wa-values dd")).to_have_text(["Robin", "$37.25"])
    assert faults(desk) == []
    send_it(desk)
    work(making(ComposedMessage.objects.first()))
    values = [{"type": "text", "text": "Robin"}, {"type": "currency", "currency": MONEY}]
    assert body_sent(sandbox)["whatsapp_message"] == template(
        {"type": "body", "parameters": values}, of_button("copy_code", "coupon_code", "SPRING25")
    )

    desk.goto(f"{live_server.url}{page_of('whatsapp')}")
    desk.set_viewport_size(PHONE)
    desk.get_by_label("Start from a template used before").select_option(label="order_ready (en_US)")
    expect(desk.get_by_label("Template name")).to_have_value("order_ready")
    expect(phone.locator(".wa-values dd")).to_have_text(["no value yet", "no value yet"])
    assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert said == []


def send_it(desk: Page) -> None:
    desk.get_by_role("button", name="Check before sending").last.click()
    desk.get_by_role("button", name="Send", exact=True).dblclick()
    expect(
        desk.get_by_text("Saved for sending. The status below says where it is now.", exact=True)
    ).to_be_visible()
