"""The form of a request says what it lacks while one types."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, Route, expect

from tests.journeys.conftest import LIST, Person
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.system]

STATED = "Larkspur Dental: see you on Tuesday at 10:00."
READY = "#readiness .tf-ready > li:nth-child(4)"
LIVE = re.compile(r"/readiness/$")


@pytest.mark.promise("F03")
def test_the_panel_follows_what_is_typed_without_saving(compliance):
    page = compliance.page
    compliance.open(f"{LIST}add/")
    compliance.fill(messageVolume="10,000")
    sample = page.locator("#id_production_message_content")
    sample.fill(STATED)
    expect(page.locator(READY)).to_contain_text("STOP")

    sample.fill(f"{STATED} Reply STOP to opt out.")

    expect(page.locator(READY)).not_to_contain_text("STOP")
    expect(page.locator("#readiness")).to_contain_text("As typed. None of it is saved yet.")
    expect(sample).to_be_focused()
    assert page.url.endswith("/add/")


@pytest.mark.promise("F03")
def test_only_the_newest_answer_counts(compliance):
    page = compliance.page
    compliance.open(f"{LIST}add/")
    held: list[Route] = []
    page.route(LIVE, lambda route: route.continue_() if held else held.append(route))
    with page.expect_request(LIVE):
        page.fill("#id_phone_numbers", "(800) 555-0123")
    page.fill("#id_phone_numbers", "")
    expect(page.locator("#readiness")).to_contain_text("As typed.")

    with suppress(Error):  # the browser has given it up
        held[0].continue_()
    page.fill("#id_business_name", "Larkspur")

    expect(page.locator("#readiness .tf-ready > li").nth(1)).not_to_contain_text("Legal business name")
    expect(page.locator("#readiness .tf-ready > li").first).to_contain_text("Missing")


@pytest.mark.promise("F03")
def test_when_nobody_answers_the_panel_says_that_it_is_not_up_to_date(page: Page, stack: Stack):
    compliance = Person(page, stack).log_in("compliance")
    compliance.open(f"{LIST}add/")
    page.route(LIVE, lambda route: route.abort())
    page.fill("#id_business_name", "Larkspur")
    stale = "Not up to date; saving checks again."
    expect(page.locator("#readiness")).to_contain_text(stale)

    page.unroute(LIVE)
    page.fill("#id_business_name", "Larkspur Dental")
    expect(page.locator("#readiness")).to_contain_text("As typed.")

    page.context.clear_cookies()
    page.fill("#id_business_name", "Larkspur Dental Group")
    expect(page.locator("#readiness")).to_contain_text(stale)
    expect(page.locator("#id_business_name")).to_have_value("Larkspur Dental Group")
