"""Journey A in a browser: compliance gets a toll-free number verified, and what can go wrong on the way."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.journeys.conftest import LIST, Person
from tests.stack import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.system]


def reloads(page: Page) -> Callable[[], int]:
    """Return a function that counts how often the page loads from now on."""
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    return lambda: len(loads)


def beside(page: Page, field: str):
    return page.locator(f'[data-field="{field}"]')


@pytest.mark.promise("A")
def test_a_request_goes_from_my_work_to_verified(compliance):
    page = compliance.page
    page.get_by_role("link", name="New toll-free verification").first.click()
    for title in ("Numbers", "Business", "Contact", "What you send", "How people opt in", "Other details"):
        expect(page.locator("#readiness li", has_text=title).first).to_contain_text("Missing")
    expect(page.locator("#id_phone_numbers")).to_be_focused()

    page.fill("#id_phone_numbers", "(877) 355-4398")
    page.fill("#id_business_name", "Larkspur Dental Group LLC")
    compliance.press("Save draft")
    page.wait_for_url("**/change/")
    expect(page.locator("body")).to_contain_text(re.compile(r"Draft saved \d\d:\d\d"))
    expect(page.locator("#id_phone_numbers")).to_have_value("+1 877 355 4398")
    expect(beside(page, "corporate_website")).not_to_contain_text("missing")

    token = page.get_by_label("Campaign Verify token")
    expect(token).to_be_hidden()
    page.select_option("#id_use_case", "Political")
    expect(token).to_be_visible()
    page.select_option("#id_use_case", "Appointments")
    expect(token).to_be_hidden()

    hint = page.locator("[data-show-for=SOLE_PROPRIETOR]")
    expect(hint).to_be_hidden()
    page.select_option("#id_entity_type", "SOLE_PROPRIETOR")
    expect(hint).to_be_visible()

    page.fill("#id_use_case_summary", "x" * 501)
    counter = page.locator("#id_use_case_summary_count")
    expect(counter).to_have_text("1 too many")
    expect(counter).to_have_attribute("aria-live", "polite")
    compliance.press("Save draft")
    expect(page.locator("#id_use_case_summary")).to_have_value("x" * 501)
    expect(page.locator("#readiness")).to_contain_text("1 character too many")

    number = compliance.fill()
    compliance.check()
    compliance.sees("This will be sent")
    compliance.sees("usually takes 5 business days")
    expect(page.locator("pre")).to_be_hidden()
    page.get_by_text("The request as JSON").click()
    expect(page.locator("pre")).to_contain_text(f'"phoneNumber": "{number}"')
    expect(page.get_by_role("link", name="Back")).to_be_visible()
    compliance.press("Submit to Telnyx")
    page.wait_for_url("**/change/")

    compliance.sees_on_our_side("Received by Telnyx")
    compliance.sees_on_telnyxs_side("Telnyx is checking the request.")
    (held,) = compliance.held(number)
    expect(page.locator(".desk-lines")).to_contain_text(held["id"])
    compliance.telnyx.set_status(held["id"], "Waiting For Vendor")
    compliance.sees_on_telnyxs_side("the carriers are checking")
    compliance.telnyx.set_status(held["id"], "Verified")
    compliance.sees_on_telnyxs_side("Do not submit it again: that would switch its verification off.")
    expect(page.locator("#progress")).not_to_have_attribute("data-desk-refresh", re.compile("."))
    steps = compliance.history()
    assert [step.splitlines()[0] for step in steps[:3]] == [
        "Telnyx: Verified",
        "Telnyx: The carriers are checking (“Waiting For Vendor”)",
        "Telnyx is checking (“In Progress”)",
    ]
    assert re.search(
        r"\d{4}, \d\d:\d\d:\d\d \S+ · (reported by Telnyx|found when we checked at Telnyx)", steps[0]
    )

    compliance.open(f"{LIST}?group=done")
    expect(page.locator("#result_list")).to_contain_text("Verified on")


@pytest.mark.promise("A1")
def test_a_refusal_is_shown_beside_its_field_with_everything_typed(compliance):
    page = compliance.page
    number = compliance.submit(businessName="Marigold FAKE-422 Bakery LLC")

    compliance.sees("Telnyx refused 1 field. Nothing was registered.")

    expect(beside(page, "business_name")).to_contain_text("not a registered legal entity")
    expect(page.locator("#id_business_name")).to_be_focused()
    expect(page.locator("#id_business_name")).to_have_value("Marigold FAKE-422 Bakery LLC")
    expect(page.locator("#id_business_city")).to_have_value("Springfield")
    compliance.sees_on_our_side("Refused by Telnyx")
    assert (len(compliance.posts(number)), compliance.held(number)) == (1, [])

    page.fill("#id_business_name", "Marigold Bakery LLC")
    compliance.check()
    compliance.press("Submit to Telnyx")
    compliance.sees_on_our_side("Received by Telnyx")
    versions = page.locator("section", has_text="Submitted versions").first
    expect(versions).to_contain_text("2. New request")
    expect(versions).to_contain_text("not a registered legal entity")
    assert len(compliance.held(number)) == 1


@pytest.mark.promise("A2")
def test_a_correction_shows_what_changed_and_goes_out_whole(compliance):
    page = compliance.page
    number = compliance.submit(businessName="Bluebell Books LLC")
    compliance.sees_on_our_side("Received by Telnyx")
    (held,) = compliance.held(number)

    compliance.telnyx.set_status(held["id"], "Waiting For Customer", "The picture does not show the brand.")
    compliance.sees("Answer by ")
    expect(page.locator("blockquote")).to_have_text("The picture does not show the brand.")
    page.get_by_label("Anything else").fill("The new picture shows the brand.")
    compliance.check()

    compliance.sees("Submit correction")
    expect(page.locator("table")).to_contain_text("The new picture shows the brand.")
    compliance.press("Submit to Telnyx")
    compliance.sees_on_our_side("Received by Telnyx")
    compliance.sees_on_telnyxs_side("Telnyx is checking the request.")
    (patch,) = compliance.telnyx.requests("PATCH", held["id"])
    assert '"businessName":"Bluebell Books LLC"' in patch["body"].replace('": "', '":"')


@pytest.mark.promise("A6")
def test_a_double_click_is_one_submission(compliance):
    number = compliance.confirm()

    compliance.page.get_by_role("button", name="Submit to Telnyx", exact=True).dblclick()

    compliance.page.wait_for_url("**/change/")
    compliance.sees_on_our_side("Received by Telnyx")
    assert len(compliance.posts(number)) == 1


@pytest.mark.long
@pytest.mark.promise("A6")
def test_pressing_enter_twice_is_one_submission(compliance):
    number = compliance.confirm()

    compliance.page.get_by_role("button", name="Submit to Telnyx", exact=True).focus()
    compliance.page.keyboard.press("Enter")
    compliance.page.keyboard.press("Enter")

    compliance.sees_on_our_side("Received by Telnyx")
    assert len(compliance.posts(number)) == 1


@pytest.mark.long
@pytest.mark.promise("A6")
def test_two_tabs_are_one_submission(compliance):
    number = compliance.confirm()
    tab = compliance.page.context.new_page()
    tab.goto(compliance.page.url)
    if tab.locator("#id_reason").count():
        tab.fill("#id_reason", "One company, several practices.")
    compliance.press("Submit to Telnyx")
    compliance.page.wait_for_url("**/change/")

    tab.get_by_role("button", name="Submit to Telnyx", exact=True).click()

    tab.wait_for_url("**/change/")
    expect(tab.locator("body")).to_contain_text(re.compile(r"Already submitted \d+ seconds? ago"))
    compliance.sees_on_our_side("Received by Telnyx")
    assert len(compliance.posts(number)) == 1


def go_back(page: Page) -> None:
    """Go back one page. If a look for news ends with the page it leaves, Playwright's own go_back fails."""
    page.evaluate("window.isLeft = true; history.back()")
    page.wait_for_function("document.readyState === 'complete' && !window.isLeft")


@pytest.mark.promise("A6")
def test_going_back_and_submitting_again_is_one_submission(compliance):
    number = compliance.submit()
    compliance.sees_on_our_side("Received by Telnyx")

    go_back(compliance.page)
    button = compliance.page.get_by_role("button", name="Submit to Telnyx", exact=True)
    if button.count():
        button.click()

    compliance.sees_on_our_side("Received by Telnyx")
    assert len(compliance.posts(number)) == 1


@pytest.mark.promise("A6")
def test_a_double_click_on_save_makes_one_draft(compliance, stack):
    compliance.open(f"{LIST}add/")
    compliance.page.fill("#id_business_name", "Twice Ltd")

    compliance.page.get_by_role("button", name="Save draft").dblclick()

    compliance.page.wait_for_url("**/change/")
    found = stack.sql("SELECT count(*) FROM tollfree_verificationrequest WHERE business_name = 'Twice Ltd'")
    assert found == [(1,)]


def test_enter_in_a_field_saves_and_does_not_submit(compliance):
    compliance.open(f"{LIST}add/")
    compliance.page.fill("#id_business_name", "Enter Ltd")

    compliance.page.keyboard.press("Enter")

    compliance.sees("Draft saved")


@pytest.mark.promise("A9")
def test_while_telnyx_is_away_the_page_shows_the_next_try_and_continues_by_itself(compliance, stack):
    number = compliance.confirm()
    stack.sandbox.stop()
    try:
        compliance.press("Submit to Telnyx")
        compliance.sees_on_our_side("Telnyx isn't answering. Next try")
    finally:
        stack.sandbox.start()

    compliance.sees_on_our_side("Received by Telnyx")
    assert len(compliance.held(number)) == 1


@pytest.mark.promise("A10")
def test_a_lost_answer_is_looked_up_and_ends_in_one_request(compliance):
    # Until the person has read the page, Telnyx cannot say what it holds.
    compliance.telnyx.fault("status", method="GET", path="verification/requests", status=503, count=None)
    number = compliance.submit(businessName="Primrose FAKE-TIMEOUT Pharmacy LLC")

    compliance.sees_on_our_side("We're checking whether Telnyx received it.")
    compliance.telnyx.clear_faults()
    compliance.sees_on_our_side("Received by Telnyx")

    assert len(compliance.held(number)) == len(compliance.posts(number)) == 1


@pytest.mark.promise("A12")
def test_a_lost_webhook_is_found_later_or_at_once_by_asking_now(compliance):
    number = compliance.submit()
    compliance.sees_on_our_side("Received by Telnyx")
    (held,) = compliance.held(number)
    compliance.telnyx.next_webhook("lose")

    compliance.telnyx.set_status(held["id"], "Verified")
    compliance.press("Refresh from Telnyx")

    compliance.sees_on_telnyxs_side("Verified on")
    assert re.search(
        "found when (a person asked|we checked at) Telnyx|the report was lost, so we fetched it",
        compliance.history()[0],
    )


def deliveries(person: Person, id: str) -> list[str]:
    return [d["outcome"] for d in person.telnyx.deliveries() if id in str(d["event"])]


@pytest.mark.promise("A13")
def test_a_duplicate_webhook_is_one_step_and_a_late_one_moves_nothing_back(compliance, stack):
    number = compliance.submit()
    compliance.sees_on_our_side("Received by Telnyx")
    (held,) = compliance.held(number)
    compliance.telnyx.next_webhook("hold")
    compliance.telnyx.set_status(held["id"], "Waiting For Vendor")
    compliance.telnyx.next_webhook("repeat")
    compliance.telnyx.set_status(held["id"], "Verified")
    compliance.sees_on_telnyxs_side("Verified on")

    compliance.telnyx.release_webhooks()
    wait_until(lambda: deliveries(compliance, held["id"]) == ["delivered"] * 3, 10, "all are delivered")
    waiting = "SELECT 1 FROM mirror_webhookevent WHERE state = 'pending'"
    wait_until(lambda: not stack.sql(waiting), 10, "all are processed")

    compliance.page.reload()
    compliance.sees_on_telnyxs_side("Verified on")
    told = [
        step.splitlines()[0] for step in compliance.history() if step.startswith(("Telnyx:", "Telnyx is"))
    ]
    assert told == [
        "Telnyx: Verified",
        "Telnyx: The carriers are checking (“Waiting For Vendor”)",
        "Telnyx is checking (“In Progress”)",
    ]


@pytest.mark.long
@pytest.mark.promise("A19")
def test_an_unknown_status_is_shown_as_it_is(compliance):
    number = compliance.submit()
    compliance.sees_on_our_side("Received by Telnyx")
    (held,) = compliance.held(number)

    compliance.telnyx.set_status(held["id"], "Paused By Carrier")

    compliance.sees_on_telnyxs_side("Paused By Carrier (new status, meaning not known yet)")
    compliance.sees_on_telnyxs_side("In review")


def test_a_rejected_request_is_deleted_at_telnyx_and_copied(compliance):
    page = compliance.page
    number = compliance.submit()
    compliance.sees_on_our_side("Received by Telnyx")
    (held,) = compliance.held(number)
    compliance.telnyx.set_status(held["id"], "Rejected", "Website could not be reached.")
    compliance.sees("Telnyx rejected the request.")

    page.get_by_role("link", name="Delete at Telnyx").click()
    compliance.press("Delete at Telnyx")
    compliance.sees_on_our_side("Deleted at Telnyx")
    assert compliance.held(number) == []
    compliance.press("Copy into a new draft")

    compliance.sees("This is a copy.")
    expect(page.locator("#id_phone_numbers")).to_have_value("")
    expect(page.locator("#id_business_city")).to_have_value("Springfield")


@pytest.mark.promise("F108")
def test_leaving_asks_only_while_something_is_unsaved(compliance):
    page = compliance.page
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    compliance.open(f"{LIST}add/")
    compliance.open(LIST)
    assert asked == []

    compliance.open(f"{LIST}add/")
    page.locator("#id_business_name").press_sequentially("Kept")
    compliance.press("Save draft")
    compliance.sees("Draft saved")
    assert asked == []
    page.locator("#id_business_name").press_sequentially(" and not saved")
    compliance.open(LIST)
    assert asked == ["beforeunload"]


@pytest.mark.promise("F107")
def test_a_button_is_disabled_only_after_its_name_was_sent(compliance):
    page = compliance.page
    compliance.open(f"{LIST}add/")
    page.fill("#id_business_name", "Named Ltd")
    # 204 leaves the browser where it is, as if the answer had not come yet.
    page.route(
        "**/add/",
        lambda route: route.fulfill(status=204) if route.request.method == "POST" else route.continue_(),
    )

    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Check before submitting").click()

    assert "_submit" in (sent.value.post_data or "")
    expect(page.get_by_role("button", name="Save draft")).to_be_disabled()
    expect(page.get_by_role("button", name="Check before submitting")).to_be_disabled()


@pytest.mark.promise("A17")
def test_a_colleagues_save_is_not_overwritten(compliance, browser, stack):
    compliance.open(f"{LIST}add/")
    compliance.page.fill("#id_business_name", "Shared Ltd")
    compliance.press("Save draft")
    compliance.page.wait_for_url("**/change/")
    path = compliance.page.url.removeprefix(stack.url)
    compliance.page.fill("#id_business_city", "Peoria")
    with browser.new_context() as context:
        operator = Person(context.new_page(), stack).log_in("operator")
        operator.open(path)
        operator.page.fill("#id_business_city", "Chicago")
        operator.press("Save draft")
        operator.sees("Draft saved")

    compliance.press("Save draft")

    compliance.sees("operator saved this request at")
    expect(compliance.page.locator(".desk-clashes fieldset", has_text="City")).to_contain_text("Chicago")
    expect(compliance.page.locator("#id_business_city")).to_have_value("Peoria")


@pytest.mark.promise("F101")
def test_a_person_who_types_is_not_disturbed_by_news(compliance, stack):
    number = compliance.submit()
    compliance.sees_on_our_side("Received by Telnyx")
    (held,) = compliance.held(number)
    compliance.telnyx.set_status(held["id"], "Rejected", "No brand.")
    compliance.sees("Telnyx rejected the request.")
    compliance.page.get_by_label("Anything else").fill("Half a sent")
    count = reloads(compliance.page)

    compliance.telnyx.set_status(held["id"], "In Progress")
    status = "SELECT remote_status FROM tollfree_verificationrequest WHERE remote_id = %s"
    wait_until(lambda: stack.sql(status, held["id"]) == [("In Progress",)], 20, "we know")
    compliance.page.wait_for_timeout(6000)  # longer than any page waits before it checks again

    assert count() == 0
    expect(compliance.page.get_by_label("Anything else")).to_have_value("Half a sent")


def test_support_reads_and_is_offered_nothing_that_changes(compliance, browser, stack):
    compliance.submit(businessName="Readers LLC")
    compliance.sees_on_our_side("Received by Telnyx")
    path = compliance.page.url.removeprefix(stack.url)
    with browser.new_context() as context:
        support = Person(context.new_page(), stack).log_in("support")
        support.open(path)

        support.sees_on_our_side("Received by Telnyx")
        others = support.page.locator("#content-main button:visible:not(.desk-copy)")
        expect(others).to_have_text(["Add note"])
        expect(support.page.locator("body")).to_contain_text("••••••6789")
        expect(support.page.locator("body")).not_to_contain_text("12-3456789")
