"""The log in a real browser: on a phone, accessible, and without anything the policy forbids."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from playwright.sync_api import Page

from messaging.models import LogSearch, Message, MessageQuestion
from tests.accessibility import PHONE, faults_in_light_and_dark
from tests.messaging.bodies import THEIRS, error
from tests.messaging.log.conftest import LIST, page_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(open_desk, complaints) -> Page:
    return open_desk("compliance")


@pytest.fixture
def messages(transactional_db, told) -> list[Message]:
    at = timezone.now() - timedelta(days=2)
    for n in range(45):
        told(at=at + timedelta(minutes=n), text=f"Message {n} " + "wide" * 60)
    told(came_in=True, at=at + timedelta(hours=5), text="\N{RIGHT-TO-LEFT OVERRIDE}answer " * 9)
    media = [{"url": f"https://media.example.com/{'x' * 90}", "content_type": "image/jpeg", "size": 9}] * 10
    told(status="sent", type="MMS", media=media, at=at + timedelta(hours=6))
    told(status="delivery_failed", errors=[error(detail="d" * 300)], at=at + timedelta(hours=7))
    return list(Message.objects.order_by("happened_at"))


def search(desk: Page, url: str, typed: str) -> None:
    desk.goto(url + LIST)
    desk.fill("#q", typed)
    desk.keyboard.press("Enter")
    desk.wait_for_url("**view=*")


@pytest.fixture
def addresses(desk, messages, live_server) -> list[str]:
    search(desk, live_server.url, THEIRS)
    number = desk.url
    search(desk, live_server.url, "+13125559999")
    question = MessageQuestion.objects.create(
        remote_id=messages[0].remote_id, state="failed", reason="r" * 90
    )
    owner = User.objects.get(username="compliance")
    owner.user_permissions.add(Permission.objects.get(codename="remove_logsearch"))
    LogSearch.objects.create(owner=owner, name="Monday check " * 6, is_shared=True)
    paths = [LIST, f"{LIST}?status=failed&direction=inbound", f"{LIST}questions/{question.pk}/"]
    paths.append(f"{LIST}searches/")
    paths += [page_of(messages[-1]), page_of(messages[-2]), page_of(messages[-1], "conversation")]
    return [number, desk.url, *(live_server.url + path for path in paths), f"{live_server.url}/admin/"]


@pytest.mark.promise("C12", "F99", "F100")
def test_every_page_of_the_log_fits_a_phone_and_has_no_accessibility_faults(desk, addresses):
    desk.set_viewport_size(PHONE)

    for url in addresses:
        desk.goto(url)
        desk.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], url
        assert faults_in_light_and_dark(desk) == [], url


@pytest.mark.promise("C12")
def test_a_phone_leads_from_the_number_to_the_reason(desk, messages, live_server):
    desk.set_viewport_size(PHONE)
    search(desk, live_server.url, "(312) 555-0001")
    desk.locator(".log-table tbody tr").first.get_by_role("link").first.click()
    desk.get_by_text("Not routable").wait_for()

    desk.get_by_text("Show number and text").click()
    desk.get_by_label("Why do you need to see it?").fill("Ticket 12")
    desk.get_by_role("button", name="Show the whole conversation").click()
    desk.get_by_text("+1 312 555 0001").first.wait_for()
    desk.get_by_role("link", name="Open conversation").click()

    desk.locator(".log-bubble[aria-current]").wait_for()
    assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert desk.locator(".log-bubble").count() == 30


@pytest.mark.promise("F52")
def test_older_messages_are_put_above_and_the_place_is_kept(desk, messages, live_server):
    desk.goto(live_server.url + page_of(messages[-1], "conversation"))
    desk.locator(".log-bubble[aria-current]").wait_for()
    top = desk.locator(".log-bubble").first
    first = top.get_attribute("id")

    desk.get_by_role("link", name="Older messages").click()

    desk.get_by_text("The conversation starts here.").wait_for()
    assert desk.locator(".log-bubble").count() == len(messages)
    ids = desk.locator(".log-bubble").evaluate_all("bubbles => bubbles.map(bubble => bubble.id)")
    assert ids == [f"message-{row.pk}" for row in messages]
    assert desk.locator(f"#{first}").bounding_box()["y"] > -300


def test_what_else_is_known_of_a_number_comes_by_itself(desk, messages, live_server):
    search(desk, live_server.url, THEIRS)

    desk.get_by_text("No order, verification or unsent message you can see has this number.").wait_for()


@pytest.mark.promise("C2")
def test_telnyxs_answer_appears_by_itself(desk, messages, live_server, told):
    stuck = messages[-2]
    desk.goto(live_server.url + page_of(stuck))
    desk.get_by_role("button", name="Refresh from Telnyx").click()
    desk.get_by_text("The answer appears here automatically.").wait_for()

    MessageQuestion.objects.update(state="unknown", ended_at=timezone.now())

    desk.get_by_text("Telnyx no longer has it").wait_for()
