"""Journey R in a browser: from the agents to a carousel on an invited handset, its delivery, and what was tapped."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.accessibility import PHONE, faults_in_light_and_dark
from tests.journeys.conftest import Person
from tests.sandbox.messages_control import SENDER
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.system]

AGENTS, MESSAGES, TEMPLATES = "/admin/rcs/rcsagent/", "/admin/rcs/rcsmessage/", "/admin/rcs/rcstemplate/"
NEW = f"{MESSAGES}new/"
WITH_RCS, WITHOUT, ODD = "+13035550142", "+13035550141", "+13035550143"
# Everything a handset can do, so that there are no warnings.
EVERYTHING = [
    "GENERIC_RCS_FEATURE",
    "RICHCARD_STANDALONE",
    "RICHCARD_CAROUSEL",
    "ACTION_OPEN_URL",
    "ACTION_SHARE_LOCATION",
]


class Operator(Person):
    """An operator who writes RCS messages."""

    product: Stack

    def write(self, to: str) -> None:
        """Open the form and choose the agent and the recipient."""
        self.open(NEW)
        self.page.get_by_label("RCS agent").select_option(label="Larkspur Dental")
        self.page.get_by_label("To", exact=True).fill(to)
        self.page.get_by_label("Purpose").select_option("test")

    def kind(self, name: str) -> None:
        self.page.get_by_role("radio", name=name, exact=True).check()

    def item(self, name: str, within: Locator | None = None) -> Locator:
        """Return a card or a button of the builder by its name."""
        rows = (within or self.page.locator("#rcs-builder")).locator(".mc-item")
        return rows.filter(has=self.page.get_by_text(name, exact=True)).first

    def screen(self) -> Locator:
        return self.page.locator("[data-screen]")

    def content(self) -> dict:
        return json.loads(self.page.locator("#id_content").input_value())

    def review(self) -> None:
        self.press("Check before sending")

    def ask_for_it(self) -> None:
        """Go through the page that shows what will be sent."""
        self.review()
        self.sees("This will be sent")
        self.press("Send")
        self.page.wait_for_url("**/change/")

    def reached(self, words: str) -> list[str]:
        """Return the RCS messages with this text that reached Telnyx."""
        return [one["body"] for one in self.telnyx.requests("POST", "messages/rcs$") if words in one["body"]]

    def send(self) -> str:
        """Send it, wait for Telnyx's answer, and return the id at Telnyx."""
        self.ask_for_it()
        self.sees("Telnyx has it.")
        pk = self.page.url.split("/")[-3]
        return str(self.product.sql("SELECT remote_id FROM rcs_rcsmessage WHERE id = %s", pk)[0][0])


@pytest.fixture
def operator(page: Page, stack: Stack, complaints: list[str]) -> Operator:
    person = Operator(page, stack)
    person.product = stack
    wait_until(
        lambda: stack.sql("SELECT 1 FROM rcs_rcsagent WHERE enabled AND gone_at IS NULL"), 60, "the agents"
    )
    person.log_in("operator")
    return person


@pytest.mark.promise("R")
def test_a_message_goes_from_the_agents_to_a_tapped_button_in_the_conversation(operator, stack):
    page, telnyx = operator.page, operator.telnyx
    telnyx.set_features(WITH_RCS, EVERYTHING)
    operator.open(AGENTS)
    page.get_by_role("link", name="Larkspur Dental").click()
    page.get_by_label("Test handset number").fill(WITH_RCS)
    operator.press("Invite handset")
    operator.sees("Someone has to accept the invitation on the handset")
    page.get_by_role("link", name="Send an RCS message").click()

    expect(page.get_by_label("RCS agent").locator("option:checked")).to_have_text("Larkspur Dental")
    page.get_by_label("To", exact=True).fill("(303) 555-0142")
    page.get_by_label("Purpose").select_option("test")
    operator.sees("Not checked yet.")
    operator.press("Check now")
    operator.sees("This phone can show texts")

    operator.kind("Carousel")
    first, second = operator.item("Card 1"), operator.item("Card 2")
    first.get_by_label("Title").fill("Spring cleaning")
    first.get_by_label("Picture or video URL").fill("https://cdn.larkspur.example/spring.jpg")
    first.get_by_role("button", name="Add button").click()
    button = operator.item("Button 1", operator.item("Card 1"))
    button.get_by_label("Button text").fill("Book a time")
    button.get_by_text("More", exact=True).click()
    button.get_by_label("Data sent back to us").fill("book-8842")
    second.get_by_role("button", name=re.compile("^Card 2")).click()
    second.get_by_label("Title").fill("Whitening")
    second.get_by_role("button", name="Add button").click()
    other = operator.item("Button 1", operator.item("Card 2"))
    other.get_by_label("When tapped").select_option(label="Open a web page")
    other = operator.item("Button 1", operator.item("Card 2"))
    other.get_by_label("Button text").fill("See prices")
    other.get_by_label("Page URL", exact=True).fill("https://larkspur.example/prices")

    shown = operator.screen().locator(".mc-carousel > .mc-card")
    expect(shown).to_have_count(2)
    expect(shown.first).to_contain_text("spring.jpg")
    expect(shown.first).to_contain_text("Book a time")
    expect(operator.screen().locator("img")).to_have_count(0)
    expect(page.locator("#rcs-warnings")).to_be_hidden()

    page.get_by_role("button", name="Move Card 2 up").press("Enter")
    expect(page.get_by_role("button", name="Move Card 1 down")).to_be_focused()
    expect(shown.first).to_contain_text("Whitening")
    page.get_by_role("button", name="Remove Card 1", exact=True).click()
    expect(shown).to_have_count(1)
    operator.press("Undo")
    expect(shown.first).to_contain_text("Whitening")

    remote_id = operator.send()
    operator.sees("Delivered")
    (sent,) = operator.reached("Whitening")
    cards = json.loads(sent)["agent_message"]["content_message"]["rich_card"]["carousel_card"][
        "card_contents"
    ]
    assert [card["title"] for card in cards] == ["Whitening", "Spring cleaning"]
    assert cards[1]["suggestions"] == [{"reply": {"text": "Book a time", "postback_data": "Ym9vay04ODQy"}}]
    expect(operator.screen()).to_contain_text("Spring cleaning")
    mine = page.url

    telnyx.tap(remote_id, 1)
    page.context.clear_cookies()
    support = Person(page, stack).log_in("support")
    support.open(mine.removeprefix(support.url))
    support.sees("Delivered")
    page.get_by_role("link", name="Open the conversation").click()
    support.page.wait_for_url("**/conversation/**")
    wait_until(
        lambda: stack.sql(
            "SELECT 1 FROM messaging_message WHERE direction = 'inbound' AND type = 'RCS' AND their_address = %s",
            WITH_RCS,
        ),
        30,
        "what was tapped",
    )
    page.reload()
    page.get_by_text("Show the whole conversation").first.click()
    page.get_by_label("Why do you need to see it?").fill("The patient called about it")
    page.get_by_role("button", name="Show the whole conversation").click()
    support.sees("Book a time")


@pytest.mark.promise("R1")
def test_a_disabled_agent_is_not_offered(operator):
    operator.open(NEW)

    offered = operator.page.get_by_label("RCS agent").locator("option").all_inner_texts()

    assert "Larkspur Dental" in offered
    assert "Fernhill Trial" not in offered


@pytest.mark.promise("R2")
def test_limits_are_shown_while_typing_and_enforced_by_the_form(operator):
    page = operator.page
    operator.write(WITH_RCS)
    operator.kind("Carousel")
    for _card in range(8):
        operator.press("Add card")
    expect(page.get_by_role("button", name="Add card")).to_be_disabled()
    operator.sees("A carousel has 2 to 10 cards.")

    page.locator("#rcs-raw > summary").click()
    content = operator.content()
    cards = content["rich_card"]["carousel_card"]["card_contents"]
    cards[:] = [{"title": f"Card of {number}"} for number in range(11)]
    page.locator("#id_content").fill(json.dumps(content))
    operator.review()
    operator.sees("At most 10 cards; you have 11.")
    expect(page.locator("#rcs-builder .mc-item")).to_have_count(11)
    operator.press("Remove Card 11")

    page.locator(".mc-under").get_by_role("button", name="Add button").click()
    button = operator.item("Button 1", page.locator(".mc-under"))
    button.get_by_label("Button text").fill("x" * 26)
    expect(button).to_contain_text("26/25")
    expect(button).to_contain_text("1 too many.")
    operator.review()
    page.locator("#rcs-wrong").get_by_role("link", name="Button 1, Text").click()
    field = page.get_by_label("Button text")
    expect(field).to_be_focused()
    expect(field).to_have_value("x" * 26)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".mc-under .ms-error").filter(has_text="At most 25 characters")).to_be_visible()
    field.fill("x" * 25)
    expect(page.locator(".mc-under .ms-error").filter(has_text="At most 25 characters")).to_have_count(0)

    operator.review()
    operator.sees("This will be sent")


@pytest.mark.promise("R3")
def test_an_invalid_address_is_refused_beside_its_field(operator):
    page = operator.page
    operator.write(WITH_RCS)
    operator.kind("File")
    field = page.get_by_label("File URL")
    field.fill("our new price list")
    field.blur()
    operator.sees("Not a web address. Start it with https://.")
    operator.review()

    field = page.get_by_label("File URL")
    expect(field).to_have_value("our new price list")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#rcs-wrong")).to_contain_text("File URL")
    field.fill("https://cdn.larkspur.example/prices.pdf")
    expect(operator.screen()).to_contain_text("prices.pdf")
    operator.review()
    operator.sees("This will be sent")


@pytest.mark.promise("R4")
def test_invalid_json_loses_nothing(operator):
    page = operator.page
    operator.write(WITH_RCS)
    page.locator("#rcs-builder textarea").fill("Good morning")
    page.locator("#rcs-raw > summary").click()
    raw = page.locator("#id_content")
    raw.fill('{"text": "Good eve')
    operator.sees("Not valid JSON yet")
    expect(page.locator("#rcs-builder")).to_have_attribute("inert", "")
    operator.review()
    expect(raw).to_have_value('{"text": "Good eve')
    raw.fill('{"text": "Good evening", "suggestions": [{"reply": {"text": "Hello"}}]}')

    expect(page.locator("#rcs-builder textarea")).to_have_value("Good evening")
    expect(operator.screen()).to_contain_text("Hello")
    operator.kind("Card")
    operator.kind("Text")
    expect(page.locator("#rcs-builder textarea")).to_have_value("Good evening")


@pytest.mark.promise("R5")
def test_a_handset_without_rcs_gets_the_text_instead(operator):
    page = operator.page
    operator.telnyx.set_features(WITHOUT, None)
    operator.write(WITHOUT)
    operator.press("Check now")
    operator.sees("This phone has no RCS.")
    operator.sees("It would not arrive.")
    page.locator("#rcs-builder textarea").fill("See our cards")
    operator.review()
    operator.sees("Choose something else, or add a fallback text.")
    page.get_by_role("radio", name="A text message").check()
    page.locator("#id_sms_from").fill(SENDER)
    page.locator("#id_sms_text").fill("See our web page")
    expect(page.locator("#rcs-parts")).to_contain_text("1 part in GSM-7")
    operator.sees("It would be sent as a text message.")

    operator.send()

    operator.sees("Telnyx sent the text message instead.")
    expect(operator.screen()).to_contain_text("See our web page")


@pytest.mark.promise("R6")
def test_a_lost_answer_is_settled_by_the_webhook_and_nothing_is_sent_twice(operator):
    operator.telnyx.fault("store_then_lose", method="POST", path="messages/rcs")
    operator.write(WITH_RCS)
    operator.page.locator("#rcs-builder textarea").fill("Only once, please")

    operator.ask_for_it()

    operator.sees("Telnyx has it.")
    operator.sees("Delivered")
    assert len(operator.reached("Only once, please")) == 1


@pytest.mark.promise("R7")
def test_an_answer_slower_than_its_webhooks_ends_in_one_message(operator):
    operator.telnyx.fault("delay", when="after", seconds=2.5, method="POST", path="messages/rcs")
    operator.write(WITH_RCS)
    operator.page.locator("#rcs-builder textarea").fill("Faster than the answer")

    operator.ask_for_it()

    operator.sees("Telnyx has it.")
    operator.sees("Delivered")
    assert len(operator.reached("Faster than the answer")) == 1


@pytest.mark.promise("R8")
def test_an_unknown_feature_word_is_shown_as_it_came(operator):
    operator.telnyx.set_features(ODD, ["GENERIC_RCS_FEATURE", "HOLOGRAM"])
    operator.write(ODD)

    operator.press("Check now")

    operator.sees("HOLOGRAM (not recognized)")


@pytest.mark.long
@pytest.mark.promise("F99", "F100")
def test_no_rcs_page_breaks_wcag_or_overflows_a_phone(operator, stack):
    page = operator.page
    operator.telnyx.set_features(WITH_RCS, EVERYTHING)
    operator.open(f"{TEMPLATES}new/")
    page.locator("#id_name").fill("Spring")
    content = {
        "rich_card": {
            "carousel_card": {"card_width": "MEDIUM", "card_contents": [{"title": "a"}, {"title": "b"}]}
        },
        "suggestions": [
            {"reply": {"text": "Yes"}},
            {"action": {"text": "Where?", "share_location_action": {}}},
        ],
    }
    page.locator("#rcs-raw > summary").click()
    page.locator("#id_content").fill(json.dumps(content))
    operator.press("Save")
    page.wait_for_url("**/change/")
    template = page.url
    page.get_by_role("link", name="Use template").click()
    page.get_by_label("RCS agent").select_option(label="Larkspur Dental")
    page.get_by_label("To", exact=True).fill(WITH_RCS)
    page.get_by_label("Purpose").select_option("test")
    started = page.url
    operator.send()
    pages = {
        "builder": started,
        "sent": page.url,
        "list": f"{operator.url}{MESSAGES}",
        "templates": f"{operator.url}{TEMPLATES}",
        "template": template,
        "edit": template.replace("/change/", "/edit/"),
        "agents": f"{operator.url}{AGENTS}",
    }

    found = []
    for name, url in pages.items():
        page.goto(url)
        for fold in page.locator("#content-main details").all():
            fold.evaluate("fold => { fold.open = true; }")
        page.evaluate("""() => document.querySelectorAll('#rcs-builder .mc-fold[aria-expanded="false"]')
            .forEach((fold) => fold.click())""")
        found += [f"{name}: {fault}" for fault in faults_in_light_and_dark(page)]
    page.set_viewport_size(PHONE)
    for name, url in pages.items():
        page.goto(url)
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            found.append(f"phone {name}")

    assert found == [], "\n".join(found)
