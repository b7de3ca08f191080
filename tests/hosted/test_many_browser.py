"""The pages for changing many hosted numbers, and the lists with their new lines, in a browser: axe, dark, a phone."""

import pytest
from playwright.sync_api import Page, expect

from hosted.models import BulkChange, HostedNumber
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound.sweep import sweep
from messaging.models import Look
from tests.accessibility import PHONE, faults_in_light_and_dark
from tests.hosted.inventory import LIST, make

pytestmark = [pytest.mark.browser]

ORDERS = "/admin/hosted/hostedorder/"


def looked_at(page: Page, name: str) -> list[str]:
    """Return what is wrong with the page as it is now: in light, in dark, and on a phone."""
    for fold in page.locator("#content-main details").all():
        fold.evaluate("fold => { fold.open = true; }")
    found = [f"{name}: {fault}" for fault in faults_in_light_and_dark(page)]
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
        found.append(f"{name} is too wide for a phone")
    page.set_viewport_size({"width": 1280, "height": 720})
    return found


def test_numbers_are_ticked_changed_and_followed(open_desk, live_server, telnyx_client):
    rows = [make(f"+1312556000{n}", tags=["a long tag with spaces"]) for n in range(4)]
    HostedNumber.objects.filter(pk=rows[3].pk).update(tags=["vip"])
    page = open_desk("operator")
    found = []

    page.goto(f"{live_server.url}{LIST}")
    found += looked_at(page, "list")
    for box in page.locator("input[name=_selected_action]").all():
        box.check()
    page.get_by_role("button", name="Change settings").click()
    expect(page.get_by_role("heading", name="Change settings of 4 numbers")).to_be_visible()
    found += looked_at(page, "form")
    page.get_by_label("Which tags").fill("vip")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_text("Say what to do with the tags below.")).to_be_visible()
    found += looked_at(page, "form with an error")
    page.get_by_label("Tags", exact=True).select_option("add")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_text("3 numbers will change, 1 is left out")).to_be_visible()
    found += looked_at(page, "confirmation")
    page.get_by_role("button", name="Send 3 changes to Telnyx").click()
    expect(page.get_by_text("On the way: 3").first).to_be_visible()
    found += looked_at(page, "in progress")
    first = BulkChange.objects.get().lines.exclude(entry=None).first().entry
    OutboxEntry.objects.exclude(pk=first.pk).update(not_before="2030-01-01T00:00Z")
    sweep(telnyx_client, seconds=1)  # Telnyx does not know this number
    expect(page.get_by_text("Refused by Telnyx: 1").first).to_be_visible(
        timeout=20_000
    )  # refreshed by itself
    found += looked_at(page, "refused")
    page.get_by_role("button", name="Stop the 2 changes not sent yet").click()
    expect(page.get_by_text("2 changes were taken back.")).to_be_visible()
    found += looked_at(page, "undone")
    page.get_by_role("link", name="Correct and send again").click()
    expect(page.get_by_role("heading", name="Change settings of 1 number", exact=True)).to_be_visible()
    expect(page.get_by_label("Which tags")).to_have_value("vip")

    assert found == [], "\n".join(found)


def test_the_line_about_looks_says_by_itself_when_one_is_done(open_desk, live_server, chore):
    page = open_desk("operator")
    page.goto(f"{live_server.url}{ORDERS}")
    found = looked_at(page, "orders")

    page.get_by_role("button", name="Look for new at Telnyx").click()
    expect(page.locator("#look")).to_contain_text("Our worker isn't running right now")
    found += looked_at(page, "looking")
    while not Look.objects.filter(pk="hosted.HostedOrder").exclude(ended_at=None).exists():
        chore()
    expect(page.locator("#look")).to_contain_text("nothing new.", timeout=20_000)
    found += looked_at(page, "looked")

    assert found == [], "\n".join(found)
