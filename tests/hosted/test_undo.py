"""Undo of a new order: its draft is back, its numbers are free, and nothing reaches Telnyx."""

import pytest
from django.db.models.functions import Now

from hosted.models import HostedOrder
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.outbound.sweep import sweep
from tests.hosted.conftest import LIST, ONE
from tests.tollfree.pages import fields, text

State = OutboxEntry.State


@pytest.fixture(autouse=True)
def window(settings) -> None:
    settings.UNDO_SECONDS = 20.0


def test_an_order_that_was_taken_back_is_a_draft_with_free_numbers(sandbox, login, draft, client):
    operator, order = login("operator"), draft(ONE)
    page = f"{LIST}{order.pk}/change/"
    form = fields(operator, f"{LIST}{order.pk}/submit/")
    waiting = operator.post(f"{LIST}{order.pk}/submit/", form, follow=True)
    entry = outbox.entries(order).get()
    undo = f"/admin/mirror/outboxentry/{entry.pk}/undo/"
    assert "Sends at" in text(waiting)
    assert undo in waiting.content.decode()
    assert order.numbers.get().live

    answer = operator.post(undo, follow=True)

    OutboxEntry.objects.filter(pk=entry.pk).update(not_before=Now())
    sweep(client, seconds=0.2)
    order = HostedOrder.objects.get(pk=order.pk)
    assert sandbox.requests("POST") == []
    assert (order.sync_state, order.is_editable(), order.numbers.get().live) == ("draft", True, False)
    assert answer.redirect_chain[-1][0] == page
    assert "Taken back. Nothing was sent to Telnyx." in text(answer)
    assert "New order: taken back before it was sent to Telnyx" in text(answer)
    assert "New order: canceled" not in text(answer)
    again = operator.post(f"{LIST}{order.pk}/submit/", form, follow=True)
    assert "this request was withdrawn" in text(again)
    assert not order.numbers.get().live
    assert draft(ONE).problems() == []


@pytest.mark.parametrize("state", ["queued", "blocked", "needs_person"])
def test_a_new_order_whose_request_is_canceled_in_the_outbox_leaves_its_numbers_free(
    sandbox, login, draft, state
):
    operator, order = login("operator"), draft(ONE)
    form = fields(operator, f"{LIST}{order.pk}/submit/")
    operator.post(f"{LIST}{order.pk}/submit/", form)
    entry = outbox.entries(order).get()
    bring_to(entry, state)

    answer = operator.post(
        f"/admin/mirror/outboxentry/{entry.pk}/cancel/", {"text": "Wrong profile"}, follow=True
    )

    order = HostedOrder.objects.get(pk=order.pk)
    assert "Canceled." in text(answer)
    assert (order.sync_state, order.is_editable(), order.numbers.get().live) == ("draft", True, False)
    assert draft(ONE).problems() == []
    assert sandbox.requests("POST") == []


def test_canceling_the_request_keeps_the_numbers_of_an_order_that_telnyx_has_after_all(login, draft):
    operator, order = login("operator"), draft(ONE)
    operator.post(f"{LIST}{order.pk}/submit/", fields(operator, f"{LIST}{order.pk}/submit/"))
    entry = outbox.entries(order).get()
    bring_to(entry, "needs_person")
    HostedOrder.objects.filter(pk=order.pk).update(remote_id="found-in-the-portal")

    operator.post(f"/admin/mirror/outboxentry/{entry.pk}/cancel/", {"text": "It is there"})

    assert order.numbers.get().live


def bring_to(entry: OutboxEntry, state: str) -> None:
    """Move a queued entry on, along moves that the database allows."""
    if state == State.NEEDS_PERSON:
        outbox.move(entry, expect=[State.QUEUED], state=State.NEEDS_PERSON, reason="24 hours")
    if state == State.BLOCKED:
        relay.claim(entry)
        outbox.move(entry, expect=[State.SENDING], state=State.BLOCKED, lease_token=None)
