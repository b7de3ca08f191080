"""A tab that stays open while somebody submits the same request: it follows, and offers nothing that can only fail."""

from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from tests.desk.conftest import make_entry
from tests.tollfree.pages import change

pytestmark = pytest.mark.browser

State = OutboxEntry.State


@pytest.fixture
def desk(open_desk):
    return open_desk("compliance")


def test_an_untouched_form_becomes_the_page_of_what_was_submitted(desk, live_server, make):
    draft = make()
    desk.goto(live_server.url + change(draft))
    make_entry(State.QUEUED, of=draft)

    expect(desk.get_by_text("This is what was submitted from here.")).to_be_visible(timeout=20_000)
    assert desk.locator('[name="_save"]').count() == 0


def test_a_form_with_unsaved_text_keeps_it_and_takes_its_buttons_away(desk, live_server, make):
    draft = make()
    desk.goto(live_server.url + change(draft))
    desk.fill("#id_business_city", "Chicago")
    make_entry(State.QUEUED, of=draft)

    expect(desk.locator("[data-late]")).to_be_visible(timeout=20_000)
    for name in ("_save", "_submit"):
        expect(desk.locator(f'[name="{name}"]')).to_be_hidden()
    assert desk.input_value("#id_business_city") == "Chicago"
    desk.get_by_role("link", name="Open the request as it is now").click()
    expect(desk.get_by_text("This is what was submitted from here.")).to_be_visible()


def test_queued_goes_when_the_state_moved_on(desk, live_server, make):
    draft = make()
    desk.goto(f"{live_server.url}{change(draft).removesuffix('change/')}submit/")
    desk.get_by_role("button", name="Submit to Telnyx").click()
    said = desk.locator("#main, body").first.get_by_text("Queued for Telnyx.", exact=True)
    expect(said).to_be_visible()
    entry = OutboxEntry.objects.get()

    sending = {"lease_token": uuid4(), "send_started_at": timezone.now(), "sends": 1}
    assert outbox.move(entry, expect=[State.QUEUED], state=State.SENDING, **sending)

    expect(said).to_have_count(0, timeout=20_000)
