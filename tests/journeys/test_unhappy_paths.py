"""Journey A in a browser where it does not end well at once: rejections, too many numbers, a change in the portal."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import LIST, Person
from tests.sandbox.control import Record

pytestmark = [pytest.mark.browser, pytest.mark.system]

SUBMIT = "Submit to Telnyx"
CHECK = "Check before submitting"


def received(compliance: Person, **changes: object) -> Record:
    """Submit a request and return what Telnyx holds."""
    number = compliance.submit(**changes)
    compliance.sees_on_our_side("Received by Telnyx")
    (held,) = compliance.held(number)
    return held


def rejected(compliance: Person, reason: str) -> Record:
    held = received(compliance)
    compliance.telnyx.set_status(held["id"], "Rejected", reason)
    compliance.sees("Telnyx rejected the request.")
    expect(compliance.page.locator("blockquote").first).to_have_text(reason)
    return held


def corrections(compliance: Person, held: Record) -> list[Record]:
    return compliance.telnyx.requests("PATCH", held["id"])


def is_not_sent_before_it_is_confirmed(compliance: Person, held: Record) -> None:
    """Go on to the page that sends, and press its button with its boxes unticked."""
    compliance.check()
    boxes = compliance.page.locator(".tf-asks [type=checkbox]")
    expect(boxes.first).to_be_visible()
    compliance.press(SUBMIT)
    assert boxes.first.evaluate("box => box.matches(':invalid')")
    assert compliance.page.url.endswith("/submit/")
    assert corrections(compliance, held) == []


@pytest.mark.promise("A3")
def test_a_rejection_to_write_about_offers_the_email_and_is_sent_again_only_when_confirmed(compliance):
    page = compliance.page
    held = rejected(compliance, "Business registration number is missing or invalid")
    compliance.sees("Don't submit again yet. Write to Telnyx")

    page.get_by_role("link", name="Write to Telnyx").click()
    expect(page.locator(".tf-letter")).to_contain_text("Larkspur Dental Group LLC")
    expect(page.get_by_role("button", name="Copy the text")).to_be_visible()
    compliance.press("Record that I sent it")
    page.wait_for_url("**/change/")
    assert any("Telnyx" in step and "compliance" in step for step in compliance.history()[:1])

    is_not_sent_before_it_is_confirmed(compliance, held)
    for box in page.locator(".tf-asks [type=checkbox]").all():
        box.check()
    compliance.press(SUBMIT)
    compliance.sees_on_our_side("Received by Telnyx")
    assert len(corrections(compliance, held)) == 1


@pytest.mark.promise("A4")
def test_a_wording_nobody_knows_is_shown_as_it_came_and_can_be_explained(compliance):
    page = compliance.page
    rejected(compliance, "The moon is made of green cheese")
    request = page.url
    compliance.sees("We don't have an explanation for this wording yet")

    page.get_by_role("link", name="Explain this").click()
    expect(page.locator("#id_phrases")).to_have_value("The moon is made of green cheese")
    page.fill("#id_title", "The moon isn't cheese")
    page.fill("#id_meaning", "The reviewer thinks of the moon.")
    page.get_by_label("Correct and resubmit").check()
    page.fill("#id_advice", "Say what the moon is made of.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(lambda url: "/add/" not in url)

    page.goto(request)
    compliance.sees("Say what the moon is made of.")
    expect(page.locator("body")).not_to_contain_text("We don't have an explanation for this wording yet")


@pytest.mark.promise("A5")
def test_what_cannot_be_approved_says_so_and_its_case_is_closed_or_it_is_deleted(compliance):
    page = compliance.page
    held = rejected(compliance, "SHAFT content")
    request = page.url

    expect(page.locator(".tf-verdict").first).to_have_text("Cannot be approved")
    compliance.sees("Correcting the request doesn't help")
    expect(page.locator("body")).not_to_contain_text("Correct the fields below and submit again.")
    expect(page.get_by_role("link", name="Delete at Telnyx")).to_be_visible()
    is_not_sent_before_it_is_confirmed(compliance, held)
    assert "The advice is that this cannot be approved." in page.locator(".tf-asks").inner_text()

    page.goto(request)
    page.get_by_role("link", name="Close case").click()
    page.fill("#id_reason", "They sell what carriers forbid; the customer was called.")
    compliance.press("Close case")
    compliance.sees("Case closed. Nothing was sent to Telnyx; the request stays rejected there.")
    compliance.open(f"{LIST}?group=needs_us")
    expect(page.locator(f"#result_list a[href*='{request.split('/')[-3]}']")).to_have_count(0)
    page.goto(request)
    page.get_by_role("link", name="Reopen case").click()
    page.fill("#id_reason", "The customer gave up that business.")
    compliance.press("Reopen case")
    compliance.sees("Telnyx rejected the request.")
    assert corrections(compliance, held) == []


@pytest.mark.promise("A18")
def test_a_change_in_the_portal_is_shown_and_nothing_follows_it_before_somebody_decides(compliance):
    page = compliance.page
    held = received(compliance)

    compliance.telnyx.edit(held["id"], businessContactFirstName="Jamie")
    compliance.press("Refresh from Telnyx")
    compliance.sees("Someone changed this request in Telnyx's portal.")
    page.get_by_role("link", name="Compare and decide").click()
    copies = page.locator(".desk-difference")
    expect(copies).to_have_count(1)
    expect(copies).to_contain_text("Jamie")
    expect(copies).to_contain_text("Robin")
    page.get_by_label("Use Telnyx's copy").check()
    compliance.press("Save decisions")

    compliance.sees("Decided. Nothing was sent.")
    expect(page.locator("body")).not_to_contain_text("Someone changed this request in Telnyx's portal.")
    expect(page.locator("#content-main")).to_contain_text("Jamie")
    assert corrections(compliance, held) == []


def verified(compliance: Person) -> str:
    """Have a request approved and return its number."""
    number = compliance.submit()
    compliance.sees_on_our_side("Received by Telnyx")
    (held,) = compliance.held(number)
    compliance.telnyx.set_status(held["id"], "Verified")
    compliance.sees_on_telnyxs_side("Verified")
    return number


@pytest.mark.promise("A14")
def test_a_verified_number_stops_and_goes_on_only_typed_and_with_a_reason(compliance, browser, stack):
    number = verified(compliance)
    compliance.open(f"{LIST}add/")
    compliance.fill()
    compliance.page.fill("#id_phone_numbers", number)
    compliance.press("Save draft")
    compliance.page.wait_for_url("**/change/")
    path = compliance.page.url.removeprefix(stack.url)
    compliance.page.get_by_role("button", name=CHECK, exact=True).click()
    compliance.sees("may be submitted again only by approvers")

    with browser.new_context() as context:
        approver = Person(context.new_page(), stack).log_in("approver")
        page = approver.page
        approver.open(path)
        page.get_by_role("link", name=CHECK).click()
        approver.sees("This number is verified. A new request switches that off until it is approved again.")
        approver.press(SUBMIT)
        assert page.url.endswith("/submit/")
        assert len(approver.posts(number)) == 1  # the one that was verified

        if page.locator("#id_reason").count():
            page.fill("#id_reason", "One company, several practices.")
        page.fill("[name=verified_number]", number)
        page.fill("[name=verified_reason]", "The company was sold, and the new owner starts over.")
        approver.press(SUBMIT)
        page.wait_for_url("**/change/")
        approver.sees_on_our_side("Received by Telnyx")
        assert len(approver.posts(number)) == 2
        assert any("The company was sold" in step for step in approver.history())


@pytest.mark.promise("A15")
def test_a_sixth_number_needs_a_reason_to_be_submitted_and_none_to_be_saved(compliance):
    page, block = compliance.page, "+1833555020"
    compliance.open(f"{LIST}add/")
    compliance.fill()
    page.fill("#id_phone_numbers", "\n".join(f"{block}{last}" for last in range(6)))
    page.fill("#id_additional_information", "We need them.")
    compliance.press("Save draft")
    compliance.sees("Draft saved")

    page.get_by_role("button", name=CHECK, exact=True).click()
    compliance.sees("More than five need a reason. Explain here what each is for.")
    assert compliance.posts(block) == []

    page.get_by_label("Anything else").fill(
        "Five branches and the head office each answer their own customers."
    )
    compliance.check()
    compliance.press(SUBMIT)
    page.wait_for_url("**/change/")
    compliance.sees_on_our_side("Received by Telnyx")
    assert len(compliance.posts(block)) == 1


@pytest.mark.promise("A20")
def test_a_copy_of_a_verified_request_is_a_draft_without_its_number_and_history(compliance):
    page = compliance.page
    number = verified(compliance)

    compliance.press("Copy into a new draft")
    page.wait_for_url("**/change/")
    compliance.sees("This is a copy.")
    compliance.sees("opt-in")
    expect(page.locator("#id_phone_numbers")).to_have_value("")
    expect(page.locator("#id_business_name")).to_have_value("Larkspur Dental Group LLC")
    assert not any("Verified" in step for step in compliance.history())
    assert len(compliance.posts(number)) == 1
