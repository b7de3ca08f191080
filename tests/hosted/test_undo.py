"""Undo of a new order: its draft is back, its numbers are free, and nothing reaches Telnyx."""

import pytest
from django.db.models.functions import Now

from hosted.models import HostedOrder
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.outbound.sweep import sweep
from tests.hosted.conftest import LIST, ONE
from tests.tollfree.pages import fields, text


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
