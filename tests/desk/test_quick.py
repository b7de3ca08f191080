"""The box that Ctrl-K opens, and the single keys: what is found, by whom, and by keyboard alone."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import Page, expect

from hosted.models import HostedOrder, OrderNumber
from messaging.desk.number_address import url_of
from messaging.models import Message
from tests.accessibility import PHONE, faults
from tests.desk.conftest import State, entry_url, event_url, make_entry, make_event, make_request
from tollfree.models import BusinessProfile

QUICK = "/admin/desk/quick/"
LINE = "+13125550143"


@pytest.fixture
def order(db) -> HostedOrder:
    made = HostedOrder.objects.create(customer="Larkspur Dental", remote_id="ho-44cc-dd")
    OrderNumber.objects.create(order=made, phone_number=LINE, name="Front desk")
    return made


@pytest.fixture
def message(db) -> Message:
    now = timezone.now()
    return Message.objects.create(
        remote_id=uuid4(),
        direction="outbound",
        our_address="+13125550100",
        their_address=LINE,
        happened_at=now,
        status="delivered",
        status_at=now,
        details_at=now,
    )


def links(client, term: str) -> list[str]:
    answer = client.post(QUICK, {"q": term})
    assert answer.status_code == 200
    return re.findall(r'role="option"[^>]* href="([^"]+)"', answer.content.decode())


def test_it_finds_pages_businesses_numbers_orders_requests_messages_and_ids(login, order, message):
    request = make_request(businessName="Larkspur Dental Group")
    entry = make_entry(State.QUEUED, of=request)
    business = BusinessProfile.objects.create(name="Larkspur Dental", business_name="Larkspur")
    event = make_event()
    client = login("admin")

    assert "/admin/hosted/hostedorder/" in links(client, "hosted or")
    found = links(client, "larkspur")
    assert f"/admin/tollfree/businessprofile/{business.pk}/change/" in found
    assert f"/admin/tollfree/verificationrequest/{request.pk}/change/" in found
    assert f"/admin/hosted/hostedorder/{order.pk}/change/" in found
    assert url_of(LINE) in links(client, "(312) 555-0143")
    assert f"/admin/messaging/message/{message.pk}/change/" in links(client, str(message.remote_id))
    assert entry_url(entry) in links(client, str(entry.pk))
    assert entry_url(entry) in links(client, f"  {str(entry.pk)[:12].upper()} ")
    assert event_url(event) in links(client, event.dedupe_key)
    assert event_url(event) in links(client, event.dedupe_key[:20])


def test_without_a_word_it_lists_the_pages_of_the_sidebar(login):
    found = links(login("support"), " ")

    assert found[:2] == ["/admin/", "/admin/desk/waiting/"]
    assert "/admin/messaging/message/" in found
    assert "/admin/auth/user/" not in found


def test_nobody_finds_what_they_may_not_see(login, order, message):
    entry, event = make_entry(State.QUEUED), make_event()
    client = login("nobody")

    for term in ("larkspur", LINE, str(message.remote_id), str(entry.pk), event.dedupe_key, "Front desk"):
        assert links(client, term) == [], term


def test_people_are_found_by_those_who_may_see_them(login, db):
    ada = User.objects.create(username="ada", first_name="Ada", last_name="Quellwort", is_staff=True)
    address = f"/admin/auth/user/{ada.pk}/change/"

    assert address in links(login("auditor"), "quellwort ada")
    assert address not in links(login("support"), "quellwort ada")


def test_it_takes_a_post_of_somebody_signed_in_only(login, client, db):
    assert login("admin").get(QUICK).status_code == 405
    assert client.post(QUICK, {"q": "x"}).status_code == 302
    strict = login("support", enforce_csrf_checks=True)
    assert strict.post(QUICK, {"q": "x"}).status_code == 403


@pytest.mark.parametrize(
    "term",
    ["", "\x00", "%", "_", "'", "<b>x</b>", "x" * 5000, "\u202e", "１２３", "-" * 40, "+", "ab\ncd", "🦷"],
)
def test_whatever_is_typed_is_answered(login, order, term):
    answer = login("admin").post(QUICK, {"q": term})

    assert answer.status_code in (200, 400)
    assert "<b>x</b>" not in answer.content.decode()


def test_other_peoples_numbers_are_masked(login, message):
    body = login("support").post(QUICK, {"q": LINE}).content.decode()

    assert "0143" in body
    assert "555-0143" not in body
    assert "5550143" not in body


def test_it_costs_the_same_however_much_there_is(login, order):
    client = login("admin")
    make_request(businessName="Larkspur Dental Group")
    few = _queries(client, "larkspur")
    for number in range(8):
        made = HostedOrder.objects.create(customer="Larkspur Dental")
        OrderNumber.objects.create(order=made, phone_number=f"+131255501{50 + number}")
        make_request(businessName="Larkspur Dental Group")

    assert _queries(client, "larkspur") == few


def _queries(client, term: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        links(client, term)
    return len(seen.captured_queries)


# In a browser.


@pytest.fixture
def desk(open_desk, complaints) -> Page:
    return open_desk("admin")


@pytest.mark.browser
def test_the_box_works_by_keyboard_alone(desk, order):
    box, field = desk.locator("#desk-quick"), desk.locator("#quick")
    desk.keyboard.press("Control+k")
    expect(field).to_be_focused()
    expect(desk.locator("#quick-found [href='/admin/hosted/hostedorder/']")).to_be_visible()

    desk.keyboard.type("larkspur")
    option = box.locator("[role=option]", has_text="Larkspur").first
    expect(option).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
    assert faults(desk) == []
    desk.keyboard.press("Escape")
    expect(box).not_to_be_visible()
    desk.keyboard.press("Control+k")
    desk.keyboard.press("Enter")

    desk.wait_for_url(f"**/admin/hosted/hostedorder/{order.pk}/change/")
    assert "larkspur" not in desk.url.lower()


def test_every_page_has_its_button(login, order):
    client = login("admin")
    for url in ("", "hosted/hostedorder/", f"hosted/hostedorder/{order.pk}/change/", "auth/user/add/"):
        assert client.get(f"/admin/{url}").content.count(b"data-desk-quick") == 1, url


@pytest.mark.browser
def test_arrows_choose_and_enter_without_a_choice_searches_on_a_page(desk, order):
    desk.locator("[data-desk-quick]").click()
    expect(desk.locator("#quick-found")).to_contain_text("Waiting for us")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowDown")
    expect(desk.locator("#quick-found [aria-selected=true]")).to_have_text("Waiting for us")
    desk.keyboard.press("ArrowUp")
    desk.keyboard.press("ArrowUp")
    expect(desk.locator("#quick-found [role=option]").last).to_have_attribute("aria-selected", "true")

    desk.keyboard.type("larkspur")
    desk.keyboard.press("Enter")

    desk.wait_for_url("**/admin/desk/find/*/")
    expect(desk.locator("#content")).to_contain_text("Larkspur Dental")


@pytest.mark.browser
def test_without_an_answer_it_says_so(desk, complaints):
    desk.route("**/desk/quick/", lambda route: route.abort())
    desk.keyboard.press("Control+k")

    expect(desk.locator("#quick-found")).to_contain_text("No answer came.")
    complaints.clear()


@pytest.mark.browser
def test_single_keys_go_places(desk, live_server):
    desk.keyboard.press("g")
    desk.keyboard.press("w")
    desk.wait_for_url("**/admin/desk/waiting/")
    desk.keyboard.press("g")
    desk.keyboard.press("h")
    desk.wait_for_url("**/admin/")
    desk.keyboard.press("/")
    expect(desk.locator("#quick")).to_be_focused()
    desk.keyboard.press("Escape")
    expect(desk.locator("#desk-quick")).not_to_be_visible()
    desk.keyboard.press("?")
    expect(desk.locator("#desk-keys")).to_be_visible()
    assert faults(desk) == []
    desk.keyboard.press("g")
    desk.keyboard.press("w")
    assert desk.url.endswith("/admin/")


@pytest.mark.browser
def test_keys_walk_through_a_list_and_search_it(desk, live_server, message):
    for name in ("One Dental", "Two Dental"):
        make_request(businessName=name)
    desk.goto(f"{live_server.url}/admin/tollfree/verificationrequest/")
    links = desk.locator("table.result-list tbody tr a[href]:visible")
    for key, place in (("j", 0), ("n", 1), ("n", 1), ("k", 0)):
        desk.keyboard.press(key)
        focused = desk.evaluate(
            "[...document.querySelectorAll('table.result-list tbody tr')]"
            ".findIndex((row) => row.contains(document.activeElement))"
        )
        assert focused == place, key
    assert links.count() >= 2
    desk.keyboard.press("/")
    expect(desk.locator("#searchbar")).to_be_focused()
    desk.keyboard.type("gw?jk/")
    expect(desk.locator("#searchbar")).to_have_value("gw?jk/")
    desk.locator("#searchbar").blur()
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/verificationrequest/*/change/")
    desk.goto(f"{live_server.url}/admin/messaging/message/")
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**/message/{message.pk}/change/")


@pytest.mark.browser
def test_they_do_nothing_while_somebody_types_or_once_they_are_off(desk, live_server):
    desk.locator("#find").fill("")
    desk.locator("#find").press_sequentially("g w ? / j")
    expect(desk.locator("#find")).to_have_value("g w ? / j")
    assert desk.url.endswith("/admin/")
    desk.locator("[data-desk-keys]").click()
    desk.locator("#keys-on").uncheck()
    desk.keyboard.press("Escape")
    desk.reload()

    desk.locator("body").press("?")
    desk.keyboard.press("g")
    desk.keyboard.press("w")
    expect(desk.locator("#desk-keys")).not_to_be_visible()
    assert desk.url.endswith("/admin/")
    desk.keyboard.press("Control+k")
    expect(desk.locator("#quick")).to_be_focused()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_box_and_sheet_fit_a_phone(desk, order, scheme):
    desk.emulate_media(color_scheme=scheme)
    desk.set_viewport_size(PHONE)
    desk.reload()
    desk.locator("[data-desk-quick]").click()
    desk.keyboard.type("larkspur")
    expect(desk.locator("#quick-found")).to_contain_text("Larkspur Dental")
    assert faults(desk) == []
    assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert desk.evaluate(
        "(() => { const box = document.getElementById('desk-quick'); return box.scrollWidth <= box.clientWidth; })()"
    )
    desk.keyboard.press("Escape")
    desk.locator("[data-desk-keys]").click()
    assert faults(desk) == []
    assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
