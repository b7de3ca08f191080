"""Journey D in a browser: an administrator finds out what doesn't work, and puts it right."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import LIST, Person
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.system]

EVENTS, CALLS, OUTBOX = (f"/admin/mirror/{model}/" for model in ("webhookevent", "apicall", "outboxentry"))
REASON = "After the outage of this morning"


@pytest.fixture
def engineer(page: Page, stack: Stack, complaints: list[str]) -> Person:
    return Person(page, stack).log_in("admin")


def received(engineer: Person, **changes: object) -> tuple[str, str]:
    """Submit a request and wait until Telnyx has it; return its number and Telnyx's ID."""
    number = engineer.submit(**changes)
    engineer.sees_on_our_side("Received by Telnyx")
    return number, engineer.held(number)[0]["id"]


@pytest.mark.promise("D")
def test_health_names_each_part_and_a_test_webhook_passes_five_stages(engineer):
    page = engineer.page
    engineer.open("/admin/")
    page.get_by_role("link", name="Health", exact=True).first.click()
    for part in ("worker", "beat", "broker", "database", "telnyx", "clock", "documents"):
        expect(page.locator(f"#part-{part}")).to_be_visible()

    engineer.press("Send a test webhook")

    expect(page.locator("#own-test ol .desk-pill[data-group=done]")).to_have_count(5)


@pytest.mark.promise("D")
def test_an_event_is_found_by_number_and_processed_again_after_a_look(engineer):
    page = engineer.page
    number, telnyx_id = received(engineer)
    engineer.telnyx.set_status(telnyx_id, "Verified")
    engineer.sees_on_telnyxs_side("Verified")

    engineer.open(EVENTS)
    page.get_by_label("Events about a phone number").fill(number)
    engineer.press("Find events")
    engineer.sees("Only events about the number")
    assert number not in page.url
    page.get_by_role("link", name="Process all of these again").click()
    expect(page.locator("section", has_text="What that would change right now")).to_contain_text("change")
    page.get_by_label("Why process them again?").fill(REASON)
    engineer.press("Process again")

    engineer.sees("Finished. This is how they ended:")
    engineer.sees(REASON)
    expect(page.locator("#desk-live li .desk-pill").first).to_be_visible()


@pytest.mark.promise("D")
def test_a_webhook_that_never_came_is_found_in_telnyxs_log_and_fetched(engineer, stack):
    _number, telnyx_id = received(engineer)
    engineer.telnyx.next_webhook("lose")
    engineer.telnyx.set_status(telnyx_id, "Verified")

    engineer.open("/admin/mirror/recovery/")
    engineer.press("Check log")
    engineer.page.get_by_role("button", name=re.compile(r"Fetch \d+ event")).click()

    engineer.sees("What was fetched")
    fetched = "SELECT count(*) FROM mirror_webhookevent WHERE key_fingerprint = 'fetched'"
    wait_until(lambda: stack.sql(fetched)[0][0] >= 1, 60, "the lost event is stored")


@pytest.mark.promise("D")
def test_what_was_changed_in_the_portal_is_listed_and_decided(engineer):
    page = engineer.page
    number, telnyx_id = received(engineer, businessName="Harbor Lantern Books")
    engineer.telnyx.edit(telnyx_id, businessName="Harbor Lantern Books of Maine")
    page.get_by_role("button", name="Refresh from Telnyx").first.click()
    engineer.sees("Harbor Lantern Books of Maine")

    engineer.open("/admin/desk/differences/")
    page.locator(".desk-rows li", has_text="Harbor Lantern").get_by_role("link").click()

    page.wait_for_url(f"**{LIST}**")
    engineer.sees("Harbor Lantern Books of Maine")
    assert engineer.held(number)


@pytest.mark.promise("D")
def test_a_call_is_found_by_its_answer_and_copied_without_our_key(engineer):
    page = engineer.page
    refused = {"errors": [{"code": "10015", "title": "Bad request", "detail": "It can't be taken."}]}
    engineer.telnyx.fault("status", method="POST", path="verification", status=422, json=refused, store=False)
    engineer.submit()
    engineer.sees_on_our_side("Refused by Telnyx")

    engineer.open(f"{CALLS}?answered__exact=4&method=POST")
    page.locator("#result_list tbody tr").first.get_by_role("link").first.click()

    expect(page.locator("#curl pre")).to_contain_text("Authorization: Bearer $TELNYX_API_KEY")
    assert engineer.telnyx.api_key not in page.content()
    engineer.sees("admin")


@pytest.mark.promise("D")
def test_what_is_deleted_when_its_time_is_up_names_its_setting(engineer):
    engineer.open("/admin/")
    more = engineer.page.locator("#nav-sidebar-apps")
    more.get_by_role("link", name="Retention").first.click()

    engineer.sees("kept for 14 days")


@pytest.mark.promise("D")
def test_what_waits_is_canceled_by_the_filter_with_a_reason_and_a_result_each(engineer):
    page = engineer.page
    engineer.telnyx.fault("retry_after", method="POST", value="3600")
    number = engineer.submit()
    engineer.sees("asked us to slow down")

    engineer.open(f"{OUTBOX}?state=open")
    page.get_by_role("link", name="Cancel all of these").click()
    page.locator("#reason").fill(REASON)
    engineer.press("Cancel requests")

    engineer.sees("What happened to each")
    expect(page.locator("#desk-live")).to_contain_text("Canceled")
    assert engineer.held(number) == []
    assert len(engineer.posts(number)) == 1
