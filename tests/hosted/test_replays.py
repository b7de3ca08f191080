"""Many events processed again: a look first that changes nothing, then each for itself, with what became of it."""

import re
from typing import Any

import pytest
from django.test import Client

from hosted.choices import OrderStatus
from hosted.models import HostedOrder, OrderNumber
from messaging.mirror.inbound import drain
from messaging.mirror.models import AuditEntry, Replay, StatusChange, WebhookEvent
from tests.hosted.conftest import ONE, hosted_event, receive
from tests.tollfree.pages import fields, text

ASK, ERRORS = "/admin/desk/replay/", "/admin/desk/event-errors/"
WHY = {"reason": "After the repair of the importer"}
State = WebhookEvent.State


ID = "3e8b1c52-7d44-4c1f-9a0b-6f2d5e4c3b01"


@pytest.fixture
def order(db) -> HostedOrder:
    order = HostedOrder.objects.create(remote_id=ID, sync_state="accepted")
    OrderNumber.objects.create(order=order, phone_number=ONE, live=True)
    return order


@pytest.fixture
def event(db, request) -> WebhookEvent:
    """Receive an event whose order comes to the desk only afterwards."""
    event = receive(hosted_event("updated", ID, "failed", {ONE: "failed"}))
    assert event.state == State.WAITING
    request.getfixturevalue("order")
    return event


def everything() -> list:
    rows: list[Any] = [HostedOrder, OrderNumber, StatusChange, WebhookEvent]
    return [list(model.objects.order_by("pk").values()) for model in rows]


def test_the_look_says_what_would_change_and_changes_nothing(login, event):
    admin, before, audited = login("admin"), everything(), AuditEntry.objects.count()

    page = text(admin.get(ASK))

    assert "1 event matches. It will be processed again." in page
    assert re.search(r"Status.*failed", page)
    assert everything() == before
    assert AuditEntry.objects.filter(label__startswith="hosted.").count() <= audited


def test_an_event_that_changes_nothing_says_so(login, order):
    receive(hosted_event("updated", order.remote_id, "failed", {ONE: "failed"}))

    page = text(login("admin").get(ASK))

    assert "1 of them changes nothing." in page


def test_they_are_processed_in_the_background_and_a_bad_one_stops_no_other(login, event):
    bad = receive(hosted_event("updated", str(event.pk), "failed", {ONE: "failed"}))
    admin = login("admin")

    answer = admin.post(ASK, fields(admin, ASK) | WHY, follow=True)

    assert "2 events will be processed again." in text(answer)
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {State.PENDING}
    drain.drain()
    page = text(admin.get(answer.redirect_chain[-1][0]))
    assert HostedOrder.objects.get().remote_status == OrderStatus.FAILED
    assert "After the repair of the importer" in page
    bad.refresh_from_db()
    assert bad.state == State.WAITING
    assert set(Replay.objects.get().event_ids) == {event.pk, bad.pk}


def test_only_what_the_filter_shows_and_what_was_there_at_the_look_is_processed(login, event):
    admin = login("admin")
    form = fields(admin, ASK) | WHY
    later = receive(hosted_event("deleted", "another", "deleted", {}))
    other = receive(hosted_event("created", "another", "pending", {}))

    admin.post(f"{ASK}?type={event.event_type}", form)

    assert Replay.objects.get().event_ids == [event.pk]
    assert {later.state, other.state} <= set(State)


@pytest.mark.parametrize("reason", ["", ".", "n/a", " x "])
def test_without_a_reason_nothing_is_done_and_the_page_stays(login, event, reason):
    admin = login("admin")

    answer = admin.post(ASK, fields(admin, ASK) | {"reason": reason})

    assert "Nothing has been done yet." in text(answer)
    assert not Replay.objects.exists()
    assert WebhookEvent.objects.get().state == State.WAITING


@pytest.mark.parametrize("until", ["", "x", "-1", "9" * 30])
def test_a_form_that_was_tampered_with_does_nothing_or_no_more_than_it_may(login, event, until):
    login("admin").post(ASK, {"until": until, **WHY})

    assert not Replay.objects.exists()


def test_whoever_may_not_replay_is_refused(login, event):
    compliance: Client = login("compliance")

    assert compliance.get(ASK).status_code == 403
    assert compliance.post(ASK, {"until": event.pk, **WHY}).status_code == 403
    assert "Process all of these again" not in text(compliance.get("/admin/mirror/webhookevent/"))


def test_the_same_errors_are_counted_together_and_lead_to_their_events(login, db):
    for number in range(3):
        receive(hosted_event("updated", f"unknown-{number}", "failed", {ONE: "failed"}))
    receive(hosted_event("deleted", "unknown", "deleted", {}))
    operator = login("operator")

    page = operator.get(ERRORS)

    [three] = [row for row in page.context["found"] if row["count"] == 3]
    assert operator.get(three["url"]).content.decode().count("mirror/webhookevent/") >= 3
    assert len(operator.get(three["url"]).context["cl"].result_list) == 3
    assert "unknown-1" not in text(page)


def test_events_are_chosen_by_when_they_came(login, event):
    WebhookEvent.objects.update(received_at="2020-01-01T00:00Z")
    admin = login("admin")

    assert "No event that matches" in text(admin.get(f"{ASK}?received=24"))
    assert "1 event matches" in text(admin.get(ASK))
