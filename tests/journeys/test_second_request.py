"""A second request of a known business, with the pages, the values and the clicks it takes counted by the browser.

Every navigation of the tab counts, from the home page after the login to the moment when the words "Received by Telnyx"
appear; the login page itself doesn't. Right after that moment the page loads itself again, to show what Telnyx holds.
"""

import pytest
from playwright.sync_api import Frame, Page

from tests.journeys.conftest import Person, numbers
from tests.sandbox.control import sample_request
from tests.stack import Stack
from tollfree.checks.sections import COMPANY
from tollfree.models import VerificationRequest

pytestmark = [pytest.mark.browser, pytest.mark.system]

# Calls `received` when the words appear, on whichever page that is.
WATCH = """
new MutationObserver((changes, watching) => {
  if (!document.querySelector(".desk-lines > div")?.textContent.includes("Received by Telnyx")) return;
  watching.disconnect();
  received();
}).observe(document, { childList: true, subtree: true, characterData: true });
"""
MOST_PAGES, MOST_VALUES, MOST_CLICKS_AFTER = 4, 25, 3


class Counted(Person):
    """A person of whom the browser counts the pages, and who counts what is typed or chosen and what is clicked."""

    def __init__(self, page: Page, stack: Stack) -> None:
        super().__init__(page, stack)
        self.pages: list[str] = []
        self.pages_until_received: list[str] = []
        self.values: list[str] = []
        # Those after the last field that was filled in on the form.
        self.clicks: list[str] = []
        page.on("framenavigated", self._navigated)
        page.expose_function("received", self._received)
        page.add_init_script(WATCH)

    def _received(self) -> None:
        self.pages_until_received = self.pages_until_received or [*self.pages]

    def _navigated(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self.pages.append(frame.url)

    def write(self, place: str, value: str) -> None:
        field = self.page.locator(place)
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
        self.values.append(place)
        if place != "#id_reason":
            self.clicks.clear()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.clicks.append(name)


def make_business(compliance: Person) -> None:
    """Submit a first request and make a business profile from it, as the desk offers."""
    compliance.submit()
    compliance.sees_on_our_side("Received by Telnyx")
    compliance.page.get_by_role("link", name="Make a business profile from this request").click()
    compliance.page.fill("#id_name", "Larkspur")
    compliance.press("Save profile")
    compliance.sees("Saved. Nothing was sent to Telnyx.")


@pytest.mark.promise("A")
def test_a_second_request_of_a_business_takes_few_pages_values_and_clicks(compliance, browser, stack):
    make_business(compliance)
    with browser.new_context() as context:
        person = Counted(context.new_page(), stack)
        person.page.goto(f"{stack.url}/admin/login/")
        person.pages.clear()

        person.write("#id_username", "compliance")
        person.write("#id_password", "demo")
        person.page.keyboard.press("Enter")
        person.write("[list^=names_]", "Larkspur")
        person.press("Start request")
        person.page.wait_for_url("**/change/")
        number = f"+1800555{next(numbers)}"
        body = sample_request(phoneNumbers=[{"phoneNumber": number}])
        for field, value in VerificationRequest.wire.load(body).items():
            if field not in COMPANY:
                person.write(f"#id_{field}", "\n".join(value) if isinstance(value, list) else value)
        person.press("Check before submitting")
        person.page.wait_for_url("**/submit/")
        if person.page.locator("#id_reason").count():
            person.write("#id_reason", "One company, several practices.")
        person.press("Submit to Telnyx")
        person.page.wait_for_url("**/change/")
        person.sees_on_our_side("Received by Telnyx")

        (held,) = person.held(number)
        assert held["fields"]["businessName"] == body["businessName"]
        assert 1 < len(person.pages_until_received) <= MOST_PAGES, person.pages_until_received
        assert len(person.values) <= MOST_VALUES, person.values
        assert len(person.clicks) <= MOST_CLICKS_AFTER, person.clicks
