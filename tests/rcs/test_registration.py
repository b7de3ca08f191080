"""Brands and agents registered from the desk: sent once whatever happens to an answer, and followed to the carriers."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.mirror import breaker
from messaging.mirror.models import OutboxEntry
from messaging.mirror.records import sync
from rcs.models import RcsAgentRegistration, RcsBrand
from rcs.registration import nested
from tests.messaging.profiles.conftest import browser_of, fields, newest, person, text
from tests.rcs.registering import AGENT, BRAND, LAUNCH
from tests.stack import wait_until

State = OutboxEntry.State
BRANDS, AGENTS = "/admin/rcs/rcsbrand/", "/admin/rcs/rcsagentregistration/"
BOARD = f"{BRANDS}board/"
VIEW = ("view_rcsbrand", "view_rcsagentregistration")
WORK = tuple(
    f"{act}_{kind}" for act in ("add", "change", "submit") for kind in ("rcsbrand", "rcsagentregistration")
)
PERSONAL = ("Robin", "robin@larkspur-dental.example.com", "12-3456789", "200 Fictional Way")


@pytest.fixture
def desk(sandbox, quick, transactional_db):
    return browser_of(person("operator", *VIEW, *WORK))


@pytest.fixture
def viewer(transactional_db):
    return browser_of(person("viewer", *VIEW))


def url(record, action="change"):
    return f"/admin/rcs/{record._meta.model_name}/{record.pk}/{action}/"


def draft(desk, model, record, **changes):
    """Type a registration into the form of a new one, as a person does, and return it."""
    path = BRANDS if model is RcsBrand else AGENTS
    form = fields(desk, f"{path}add/")
    typed = {name: value for name, value in model.wire.load(record).items() if name in form}
    answer = desk.post(f"{path}add/", form | typed | changes)
    assert answer.status_code == 302, text(answer)
    return model.objects.get(pk=form["draft_id"])


def press(browser, record, action, **data):
    return browser.post(url(record, action), {"form_token": uuid4().hex} | data, follow=True)


def brand_at_telnyx(desk, work, **changes):
    brand = draft(desk, RcsBrand, BRAND, **changes)
    press(desk, brand, "send")
    work(newest("create"))
    brand.refresh_from_db()
    return brand


def agent_at_telnyx(desk, work, sandbox, client, brand_status="VERIFIED"):
    brand = brand_at_telnyx(desk, work)
    sandbox.set_brand(brand.remote_id, brand_status)
    sync.refresh(brand, client)
    agent = draft(desk, RcsAgentRegistration, AGENT, brand_remote_id=brand.remote_id)
    press(desk, agent, "send")
    work(newest("create"))
    agent.refresh_from_db()
    return agent


def polled(record, client, status):
    """Poll as the worker does until the record has this status."""

    def there():
        sync.poll_due(client)
        record.refresh_from_db()
        return record.remote_status == status

    wait_until(there, 10, f"status {status}, is {record.remote_status}")


@pytest.mark.promise("F69")
def test_a_brand_is_drafted_created_submitted_once_and_verified_by_polling(desk, sandbox, client, work):
    brand = draft(desk, RcsBrand, BRAND, ein="", contact_email="")
    shown = text(desk.get(url(brand)))
    assert "Fill in “EIN”." in shown
    assert "Fill in “Email address”." in shown
    assert "Fill in “EIN”." in text(press(desk, brand, "send"))
    assert not OutboxEntry.objects.exists()
    form = fields(desk, url(brand, "edit"))
    desk.post(url(brand, "edit"), form | {"ein": "12-3456789", "contact_email": PERSONAL[1]})
    press(desk, brand, "send")
    work(newest("create"))
    [created] = sandbox.requests("POST")
    assert json.loads(created["body"]) == BRAND

    polled(brand, client, "CREATED")
    assert brand.next_poll_at is None
    waiting = text(desk.get("/admin/desk/waiting/"))
    assert brand.display_name in waiting
    assert "submit it for review" in waiting
    token = {"form_token": uuid4().hex}
    assert desk.post(url(brand, "submit"), token).status_code == 302
    assert "submitted already" in text(desk.post(url(brand, "submit"), token, follow=True))
    work(newest("submit"))
    assert OutboxEntry.objects.filter(operation="submit").count() == 1
    polled(brand, client, "SUBMITTED")
    assert "In review (Telnyx)" in text(desk.get(url(brand)))
    sandbox.set_brand(brand.remote_id, "VERIFIED")
    polled(brand, client, "VERIFIED")

    assert [change.status for change in brand.history()] == ["VERIFIED", "SUBMITTED", "CREATED"]
    assert "The brand is verified." in text(desk.get(url(brand)))
    assert brand.next_poll_at is None


def test_the_address_of_a_brand_is_one_of_the_us(desk, sandbox):
    form = fields(desk, f"{BRANDS}add/") | {"display_name": "Larkspur", "country_code": "US"}

    wrong = text(desk.post(f"{BRANDS}add/", form | {"administrative_area": "Texass", "postal_code": "7870"}))
    desk.post(f"{BRANDS}add/", form | {"administrative_area": "Tex.", "postal_code": "78701"})

    assert "This isn't a US state." in wrong
    assert "A US ZIP code has five digits" in wrong
    assert RcsBrand.objects.get().administrative_area == "TX"


def test_a_submission_taken_back_in_time_can_be_made_again(desk, sandbox, work, settings):
    brand = brand_at_telnyx(desk, work)
    settings.UNDO_SECONDS = 20
    press(desk, brand, "submit")
    undone = desk.post(f"/admin/mirror/outboxentry/{newest('submit').pk}/undo/", follow=True)

    assert "Nothing was sent to Telnyx." in text(undone)
    settings.UNDO_SECONDS = 0
    assert "Check it, then submit it for review." in text(desk.get(url(brand)))
    press(desk, brand, "submit")
    assert work(newest("submit")).state == State.ACCEPTED


@pytest.mark.promise("F69")
def test_a_brand_whose_answer_was_lost_is_found_in_the_list_and_sent_once(desk, sandbox, work):
    sandbox.fault("store_then_lose", method="POST")

    brand = brand_at_telnyx(desk, work)

    entry = newest("create")
    assert (entry.state, entry.resolution) == (State.ACCEPTED, OutboxEntry.Resolution.ADOPTED)
    assert len(sandbox.requests("POST")) == 1
    assert brand.remote_id == sandbox.brands()[0]["brand_id"]


@pytest.mark.promise("F69")
def test_a_brand_that_may_be_somebody_elses_is_left_to_a_person(desk, sandbox, work):
    sandbox.seed_brand(**BRAND | {"website_url": "https://other.example.com"})
    sandbox.fault("status", status=503, method="POST")
    brand = draft(desk, RcsBrand, BRAND)
    press(desk, brand, "send")

    entry = work(newest("create"), State.NEEDS_PERSON)

    assert len(sandbox.requests("POST")) == 1
    assert "has a brand with this name and EIN" in entry.reason
    assert "Needs your decision" in text(desk.get(url(brand)))


@pytest.mark.promise("F69")
def test_what_telnyx_refuses_is_beside_its_field_and_can_be_corrected(desk, sandbox, work):
    problem = {"loc": ["body", "contacts", "brand", "email"], "msg": "No mailbox.", "type": "value_error"}
    sandbox.fault("status", status=422, method="POST", json={"detail": [problem]})
    brand = draft(desk, RcsBrand, BRAND)
    press(desk, brand, "send")
    assert work(newest("create")).state == State.REFUSED

    shown = text(desk.get(url(brand, "edit")))
    assert "No mailbox." in shown.split('data-field="contact_email"')[1].split("data-field")[0]
    form = fields(desk, url(brand, "edit")) | {"contact_email": "robin@larkspur.example.com"}
    desk.post(url(brand, "edit"), form)
    press(desk, brand, "send")

    assert work(newest("create")).state == State.ACCEPTED
    assert sandbox.brands()[0]["contacts"]["brand"]["email"] == "robin@larkspur.example.com"


def test_a_key_without_this_api_stops_nothing_else(desk, sandbox, work):
    denied = {"code": "10010", "title": "Authorization failed", "detail": "Not for this account."}
    sandbox.fault("status", status=403, method="POST", json={"errors": [denied]})
    brand = draft(desk, RcsBrand, BRAND)
    press(desk, brand, "send")

    assert work(newest("create")).state == State.REFUSED
    assert not breaker.closed()
    assert "Not for this account." in text(desk.get(url(brand)))


def test_a_proxys_answer_is_no_refusal_and_the_brand_is_looked_for(desk, sandbox, work):
    sandbox.fault("status", status=404, method="POST", body="<html>no such page</html>")

    brand = brand_at_telnyx(desk, work)

    assert (newest("create").sends, len(sandbox.brands())) == (2, 1)
    assert brand.remote_status == "CREATED"


@pytest.mark.promise("F69")
def test_only_what_differs_is_changed_at_telnyx_and_nothing_after_the_submission(desk, sandbox, work, client):
    brand = brand_at_telnyx(desk, work)
    form = fields(desk, url(brand, "edit"))
    desk.post(url(brand, "edit"), form | {"contact_title": "Manager", "city": "Chicago"})
    work(newest("update"))

    [patch] = sandbox.requests("PATCH")
    sent = json.loads(patch["body"])
    assert set(sent) == {"addresses", "contacts"}
    held = sandbox.brands()[0]
    assert (held["addresses"]["primary"]["city"], held["contacts"]["brand"]["title"]) == (
        "Chicago",
        "Manager",
    )
    press(desk, brand, "submit")
    work(newest("submit"))
    answer = desk.post(url(brand, "edit"), form | {"city": "Peoria"}, follow=True)
    assert "be changed now" in text(answer)
    assert len(sandbox.requests("PATCH")) == 1


def test_what_telnyx_has_besides_stays_in_a_change():
    held = {"addresses": {"seat": {"city": "A", "line_2": None}, "store": {"city": "B"}}, "name": "x"}

    def changed(city):
        return nested.changes(held, {"addresses": {"primary": {"city": city}}, "name": "y"})

    assert changed("A") == {"name": "y"}
    assert changed("C")["addresses"] == {"seat": {"city": "C"}, "store": {"city": "B"}}


@pytest.mark.promise("F69")
def test_a_rejected_brand_is_explained_started_again_from_and_closed(desk, sandbox, client, work):
    brand = brand_at_telnyx(desk, work)
    sandbox.set_brand(brand.remote_id, "REJECTED")
    press(desk, brand, "ask")
    polled(brand, client, "REJECTED")

    shown = text(desk.get(url(brand)))
    assert "Telnyx gives no reason here" in shown
    assert "Waiting for us" in text(desk.get(BOARD)).split("Larkspur Dental")[0]
    copied = fields(desk, f"{BRANDS}add/?like={brand.pk}")
    assert (copied["ein"], copied["contact_last_name"]) == ("12-3456789", "Sample")
    press(desk, brand, "close")
    assert "Larkspur Dental" not in text(desk.get(BOARD))
    press(desk, brand, "reopen")
    assert "Larkspur Dental" in text(desk.get(BOARD))


@pytest.mark.promise("F69")
def test_an_agent_waits_for_its_brand_and_says_so(desk, sandbox, client, work):
    agent = agent_at_telnyx(desk, work, sandbox, client, "REVIEWING")

    answer = text(press(desk, agent, "submit"))

    assert "only once its brand is verified" in answer
    assert "The brand is being checked." in answer
    assert not OutboxEntry.objects.filter(operation="submit").exists()


@pytest.mark.promise("F69")
def test_an_agent_goes_from_its_draft_to_the_carriers_and_their_reasons_are_shown(
    desk, sandbox, client, work
):
    sandbox.fault("store_then_lose", method="POST", path="/rcs/agents$")
    agent = agent_at_telnyx(desk, work, sandbox, client)
    assert len(sandbox.registrations()) == 1
    assert "sent to the carriers" not in text(desk.get(url(agent, "launch"), follow=True))
    press(desk, agent, "submit")
    work(newest("submit"))
    sandbox.set_registration(agent.remote_id, status="VERIFIED")
    polled(agent, client, "VERIFIED")

    press(desk, agent, "add-device", phone_number="(312) 555-0123")
    work(newest("add_device"))
    sandbox.answer_device(agent.remote_id, "+13125550123", "ACCEPTED")
    sync.refresh(agent, client)
    assert "Accepted" in text(desk.get(url(agent))).split("+1 312 555 0123")[1].split("</li>")[0]
    press(
        desk, agent, "remove-device", device=sandbox.registrations()[0]["test_devices"][0]["test_device_id"]
    )
    work(newest("remove_device"))
    assert sandbox.registrations()[0]["test_devices"] == []

    path = url(agent, "launch")
    wrong = desk.post(path, fields(desk, path) | {"interactions": "OTHER"})
    assert "needed for what you ticked" in text(wrong)
    desk.post(path, fields(desk, path) | launch_fields())
    work(newest("launch"))
    [sent] = [one for one in sandbox.requests("POST") if one["path"].endswith("/launch")]
    assert json.loads(sent["body"]) == LAUNCH
    sandbox.decide_carrier(agent.remote_id, "AT&T", "APPROVED")
    sandbox.decide_carrier(agent.remote_id, "Verizon", "REJECTED", "The video doesn't open.")
    sandbox.set_registration(agent.remote_id, status="LIVE")
    polled(agent, client, "LIVE")

    shown = text(desk.get(url(agent)))
    assert "a carrier rejected it" in shown
    assert "The video doesn't open." in shown.split("Verizon")[1].split("</li>")[0]
    assert "AT&amp;T approved it" in shown
    assert agent.next_poll_at is not None  # one carrier hasn't decided yet
    assert "Waiting for us" in text(desk.get(BOARD)).split("Larkspur Reminders")[0]


def launch_fields():
    campaign, consent = LAUNCH["campaign"], LAUNCH["campaign"]["consent_settings"]
    examples = {f"example_{n}": text for n, text in enumerate(campaign["message_examples"], 1)}
    typed = {name: campaign[name] for name in ("company_overview", "agent_overview")}
    typed |= {name: value for name, value in consent.items() if isinstance(value, str)}
    typed |= {"interactions": ["TRANSACTIONAL_UPDATES"], "opt_in_methods": ["SALE_POINT"]}
    return typed | examples | LAUNCH["testing"]


@pytest.mark.promise("X86")
def test_who_only_looks_changes_nothing_and_sees_no_contact(desk, viewer, sandbox, client, work):
    agent = agent_at_telnyx(desk, work, sandbox, client)
    brand = RcsBrand.objects.get()
    entries = OutboxEntry.objects.count()

    shown = text(viewer.get(url(brand))) + text(viewer.get(BOARD)) + text(viewer.get(BRANDS))
    assert "Larkspur Dental Group LLC" in shown
    assert not [word for word in PERSONAL if word in shown]
    assert all(word in text(desk.get(url(brand))) for word in PERSONAL)
    doors = [
        viewer.post(url(record, action), {"form_token": "x"})
        for record in (brand, agent)
        for action in ("send", "submit", "ask", "close", "reopen", "edit")
    ]
    doors += [viewer.post(url(agent, action), {}) for action in ("launch", "add-device", "remove-device")]
    doors += [viewer.post(f"{path}add/", {}) for path in (BRANDS, AGENTS)]
    assert {answer.status_code for answer in doors} == {403}
    assert OutboxEntry.objects.count() == entries


@pytest.mark.promise("L3")
def test_lists_and_board_cost_the_same_for_any_number(desk):
    def cost(path):
        desk.get(path)
        with CaptureQueriesContext(connection) as found:
            assert desk.get(path).status_code == 200
        assert not [one for one in found.captured_queries if "COUNT(*)" in one["sql"]]
        return len(found)

    def more(count, start):
        for n in range(start, start + count):
            here = {"display_name": f"No. {n}", "sync_state": "accepted", "remote_status": "CREATED"}
            RcsBrand.objects.create(remote_id=f"b{n}", **here)
            RcsAgentRegistration.objects.create(remote_id=f"a{n}", brand_remote_id=f"b{n}", **here)

    more(1, 0)
    few = [cost(path) for path in (BRANDS, AGENTS, BOARD)]
    more(40, 1)

    assert [cost(path) for path in (BRANDS, AGENTS, BOARD)] == few
    assert max(few) <= 12
