"""The pages in a real browser: nothing is blocked, nothing overflows on a phone, and the banner clears by itself."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from messaging.mirror.models import (
    ApiCall,
    Attempt,
    OutboxAct,
    OutboxEntry,
    Purge,
    Recovery,
    RefusedWebhooks,
    Replay,
    WebhookEvent,
    WebhookTest,
)
from messaging.models import Notice
from tests.accessibility import PHONE, SCREEN, faults_in_light_and_dark
from tests.desk.conftest import State, entry_url, event_url, make_entry, make_event, make_request

pytestmark = pytest.mark.browser

PAUSED = "Sending has been paused since"
# The cells of lists whose text is higher than they are.
CUT_OFF = """[...document.querySelectorAll(".result-list tbody :is(td, th)")]
    .filter(cell => cell.scrollHeight > cell.clientHeight + 1).map(cell => cell.innerText)"""


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
    paths += ["/admin/mirror/recordview/", "/admin/desk/sign-in/", "/admin/desk/sign-in/confirm/"]
    paths += [entry_url(unclear), event_url(event), "/admin/auth/user/"]
    admin = User.objects.get(username="admin")
    paths += [f"/admin/auth/user/{admin.pk}/change/", "/admin/auth/group/add/"]
    return [live_server.url + path for path in paths + engineers_pages(admin, unclear, long.pk)]


def engineers_pages(admin: User, entry: OutboxEntry, request: UUID) -> list[str]:
    """Return the addresses of what an engineer opens, each with something on it."""
    now = timezone.now()
    call = ApiCall.objects.create(
        method="GET",
        path=f"/messaging_hosted_number_orders/{uuid4()}",
        status=200,
        answered=2,
        milliseconds=9,
        purpose="lists",
    )
    WebhookTest.objects.create(requested_by=admin)
    RefusedWebhooks.objects.create(slot=now, cause="no_signature", count=2, first_at=now, last_at=now)
    Recovery.objects.create(since=now - timedelta(days=3), until=now)
    Purge.objects.create(rule="message_text", days=90, before=now)
    Notice.objects.create(user=admin, kind="mention", event="mention:1")
    act = OutboxAct.objects.create(asked_by=admin, reason="It is back", act="retry", form_token="1")
    act.rows.create(entry_id=entry.pk)
    events = list(WebhookEvent.objects.values_list("pk", flat=True))
    replay = Replay.objects.create(asked_by=admin, reason="After the fix", event_ids=events)
    desk = ["health", "differences", "roles", "event-errors", "replay", "notices", "notices/settings"]
    desk += ["outbox/try-now", "outbox/cancel", f"outbox/{act.pk}", f"replays/{replay.pk}", "sign-in/passkey"]
    lists = ["mirror/apicall", "mirror/auditentry", "mirror/recovery", "mirror/purge", "messaging/evidence"]
    lists += [f"mirror/apicall/{call.pk}/change", f"messaging/evidence/start/toll-free/{request}"]
    return [f"/admin/desk/{name}/" for name in desk] + [f"/admin/{name}/" for name in lists]


def test_a_demo_login_is_one_click(page, live_server, complaints):
    call_command("demo_users", verbosity=0)
    page.goto(f"{live_server.url}/admin/login/")
    page.get_by_role("button", name="admin", exact=True).click()
    page.wait_for_url("**/admin/")

    page.get_by_role("navigation", name="Where to start").get_by_role("link", name="Outbox").wait_for()


@pytest.mark.promise("F99", "F100")
def test_no_page_overflows_a_phone_breaks_the_content_policy_or_has_accessibility_faults(desk, pages):
    for url in pages:
        desk.set_viewport_size(PHONE)
        desk.goto(url)
        assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], url
        assert desk.evaluate(CUT_OFF) == [], url
        desk.set_viewport_size(SCREEN)
        desk.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        assert faults_in_light_and_dark(desk) == [], url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.promise("F99")
def test_a_page_is_light_or_dark_as_the_device_is(desk, live_server, scheme):
    desk.emulate_media(color_scheme=scheme)

    desk.goto(f"{live_server.url}/admin/")

    assert desk.locator("html.dark").count() == (scheme == "dark")


def test_the_sidebar_folds_away_on_a_phone_and_opens_by_a_tap(desk):
    desk.set_viewport_size(PHONE)
    outbox = desk.locator("#nav-sidebar").get_by_role("link", name="Outbox")
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


def test_a_new_form_on_a_phone_opens_at_its_first_field(desk, live_server):
    desk.set_viewport_size(PHONE)
    desk.goto(f"{live_server.url}/admin/tollfree/verificationrequest/add/")
    desk.locator("#readiness [data-level=error]").first.wait_for(state="attached")

    desk.wait_for_timeout(300)  # the page scrolls to an error 100 ms after it is there, if it does

    assert desk.evaluate("scrollY") == 0


def test_what_has_to_be_fixed_is_said_in_view_when_the_page_jumps_to_the_first_field(desk, live_server):
    desk.set_viewport_size({**PHONE, "height": 320})
    desk.goto(f"{live_server.url}/admin/tollfree/verificationrequest/add/")
    desk.get_by_label("Toll-free numbers").fill("+1 888 555 0143")
    desk.get_by_role("button", name="Check before submitting").click()

    desk.wait_for_url("**check=1")
    desk.wait_for_function("scrollY > 0")

    expect(desk.locator("#desk-messages")).to_be_in_viewport()
    desk.get_by_role("button", name="Save draft").click(trial=True)  # it isn't covered


def test_the_way_back_from_a_form_without_cookies_is_seen_in_both_themes(browser, live_server):
    for scheme in ("light", "dark"):
        page = browser.new_context(color_scheme=scheme).new_page()
        page.goto(f"{live_server.url}/admin/login/")
        page.context.clear_cookies()
        page.get_by_label("User name").fill("admin")
        page.locator("[type=password]").fill("x")
        page.locator("[type=submit]").last.click()
        button = page.get_by_role("link", name="Go back to the page")
        button.wait_for()
        assert button.evaluate("one => getComputedStyle(one).backgroundColor") not in (
            "rgba(0, 0, 0, 0)",
            "transparent",
        )
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
