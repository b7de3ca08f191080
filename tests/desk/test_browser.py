"""The pages in a real browser: nothing is blocked, nothing overflows on a phone, and the banner clears by itself."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page

from messaging.mirror.models import Attempt
from tests.accessibility import PHONE, faults
from tests.desk.conftest import State, entry_url, event_url, make_entry, make_event, make_request

pytestmark = pytest.mark.browser

PAUSED = "Sending has been paused since"


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser refuses or cannot run. At the end of a test there must be none."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda said: heard.append(said.text) if said.type in ("error", "warning") else None)
    yield heard
    assert heard == []


@pytest.fixture
def desk(open_desk, complaints) -> Page:
    return open_desk("admin")


@pytest.fixture
def pages(desk, live_server) -> list[str]:
    long = make_request(
        businessName="Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch Holdings " * 2
    )
    unclear = make_entry(State.NEEDS_PERSON, of=long, reason="Telnyx holds an older request. " * 8)
    unclear.attempts.create(outcome=Attempt.Outcome.UNCLEAR, worker="w" * 100, error="x" * 200)
    event = make_event(note="n" * 400)
    paths = ["/admin/", "/admin/mirror/outboxentry/", "/admin/mirror/attempt/", "/admin/mirror/webhookevent/"]
    paths += ["/admin/mirror/recordview/"]
    paths += [entry_url(unclear), event_url(event), "/admin/auth/user/"]
    paths += [f"/admin/auth/user/{User.objects.get(username='admin').pk}/change/", "/admin/auth/group/add/"]
    return [live_server.url + path for path in paths]


def test_a_demo_login_is_one_click(page, live_server, complaints):
    call_command("demo_users", verbosity=0)
    page.goto(f"{live_server.url}/admin/login/")
    page.get_by_role("button", name="admin", exact=True).click()
    page.wait_for_url("**/admin/")

    page.get_by_role("link", name="Outbox").wait_for(state="attached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.promise("F99")
def test_no_page_overflows_a_phone_or_breaks_the_content_policy(desk, pages, scheme):
    desk.emulate_media(color_scheme=scheme)
    desk.set_viewport_size(PHONE)

    for url in pages:
        desk.goto(url)
        assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], url
        assert desk.locator("html.dark").count() == (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.promise("F100")
def test_no_page_has_accessibility_faults(desk, pages, scheme):
    desk.emulate_media(color_scheme=scheme)

    for url in pages:
        desk.goto(url)
        desk.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        assert faults(desk) == [], url


def test_the_sidebar_folds_away_on_a_phone_and_opens_by_a_tap(desk):
    desk.set_viewport_size(PHONE)
    outbox = desk.get_by_role("link", name="Outbox")
    assert not outbox.is_visible()

    desk.locator("#header-inner .material-symbols-outlined:visible").first.click()

    outbox.wait_for(state="visible")


@pytest.mark.promise("A7")
def test_the_banner_goes_away_without_a_reload(page, live_server, desk):
    entry = make_entry(not_before=timezone.now() - timedelta(minutes=2))
    page.clock.install()
    page.goto(f"{live_server.url}/admin/mirror/outboxentry/")
    page.get_by_text(PAUSED).wait_for()

    entry.attempts.create(outcome=Attempt.Outcome.ACCEPTED, worker="w")
    page.clock.run_for(30_000)

    page.get_by_text(PAUSED).wait_for(state="detached")


@pytest.mark.promise("F101")
def test_an_open_entry_follows_its_state_and_then_stops(page, live_server, desk):
    entry = make_entry(not_before=timezone.now() + timedelta(minutes=5))
    page.clock.install()
    page.goto(live_server.url + entry_url(entry))
    page.locator(".desk-pill", has_text="Queued").wait_for()

    type(entry).objects.filter(pk=entry.pk).update(
        state=State.CANCELLED, resolved_at=timezone.now(), resolution="person", reason="Withdrawn elsewhere."
    )
    page.clock.run_for(8_000)

    page.get_by_text("Withdrawn elsewhere.").first.wait_for()
    assert page.locator("#desk-live[data-desk-refresh]").count() == 0


def test_a_decision_is_typed_in_peace_and_sent_once(page, live_server, desk):
    entry = make_entry(State.NEEDS_PERSON)
    entry.attempts.create(outcome=Attempt.Outcome.UNCLEAR, worker="w")
    page.clock.install()
    page.goto(live_server.url + entry_url(entry))
    page.get_by_text("Nothing arrived: send again").first.click()
    page.get_by_label("How do you know?").fill("I looked")

    type(entry).objects.filter(pk=entry.pk).update(reason="News from a worker.")
    page.clock.run_for(20_000)

    assert page.get_by_label("How do you know?").input_value() == "I looked"
    page.get_by_role("button", name="Nothing arrived: send again").click()
    page.get_by_text("Queued for Telnyx.").wait_for()


def test_what_was_said_after_a_click_goes_when_the_state_moves_on(page, live_server, desk):
    entry = make_entry(State.NEEDS_PERSON)
    entry.attempts.create(outcome=Attempt.Outcome.UNCLEAR, worker="w")
    page.clock.install()
    page.goto(live_server.url + entry_url(entry))
    page.get_by_text("Nothing arrived: send again").first.click()
    page.get_by_label("How do you know?").fill("I looked")
    page.get_by_role("button", name="Nothing arrived: send again").click()
    page.get_by_text("Queued for Telnyx.").wait_for()
    page.clock.run_for(8_000)
    assert page.get_by_text("Queued for Telnyx.").is_visible()

    type(entry).objects.filter(pk=entry.pk).update(
        state=State.CANCELLED, resolved_at=timezone.now(), resolution="person", reason="Withdrawn elsewhere."
    )
    page.clock.run_for(8_000)

    page.get_by_text("Withdrawn elsewhere.").first.wait_for()
    page.get_by_text("Queued for Telnyx.").wait_for(state="detached")


@pytest.mark.promise("F98")
def test_the_browser_sends_its_time_zone(browser, live_server, transactional_db):
    User.objects.create_superuser("asha", password="only for this test")
    page = browser.new_context(timezone_id="Asia/Kolkata").new_page()
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("[name=username]", "asha")
    page.fill("[name=password]", "only for this test")
    page.click("button[type=submit]")
    page.goto(live_server.url + entry_url(make_entry()))

    assert page.locator("time", has_text=" IST").count() > 0
    page.context.close()


def test_on_a_phone_each_cell_has_the_heading_of_its_column(desk, live_server):
    entry = make_entry()
    entry.attempts.create(outcome=Attempt.Outcome.ACCEPTED, worker="w", milliseconds=12)
    desk.set_viewport_size(PHONE)
    for path in ("/admin/mirror/attempt/", "/admin/mirror/outboxentry/", "/admin/auth/user/"):
        desk.goto(live_server.url + path)

        labels = desk.locator(
            "#result_list tbody tr:first-child td:not(.action-checkbox), #result_list tbody th"
        )
        words = labels.evaluate_all("cells => cells.map((cell) => cell.dataset.label)")

        assert "Select record" not in words
        assert all(word[:1] == word[:1].upper() for word in words), words
