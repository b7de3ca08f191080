"""What the home page says about toll-free requests: counts that lead to lists of that length, and the longest wait."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.desk.turns import Group
from messaging.mirror.models import OutboxEntry
from tests.desk.conftest import make_entry
from tests.tollfree.pages import LIST, change, numbered, one_of_each, text
from tollfree.desk.home import my_work

State = OutboxEntry.State


@pytest.mark.promise("F92")
def test_every_card_counts_what_its_list_shows(login, make, person):
    one_of_each(make)
    support = login("support")

    cards = {card.group: card for card in my_work(person("auditor")).cards}

    assert {group: card.count for group, card in cards.items()} == {
        Group.DECISION: 1,
        Group.NEEDS_US: 1,
        Group.APPROVAL: 1,
        Group.REVIEWING: 1,
        Group.CARRIERS: 1,
        Group.DRAFT: 1,
        Group.DONE: 0,
    }
    del cards[Group.DONE]  # its list is not only of this week
    for card in cards.values():
        assert len(support.get(card.url).context["cl"].result_list) == card.count


def test_done_this_week_leaves_out_what_was_verified_before(make, person):
    for days in (1, 6, 8, 300):
        at = timezone.now() - timedelta(days=days)
        numbered(
            make,
            days,
            sync_state="accepted",
            remote_id=f"r{days}",
            remote_status="Verified",
            known_status="Verified",
            remote_status_at=at,
        )

    (done,) = [card for card in my_work(person("support")).cards if card.group == Group.DONE]

    assert done.count == 2


@pytest.mark.promise("F92")
def test_what_has_waited_longest_comes_first_and_leads_to_its_page(login, make):
    older = numbered(
        make,
        1,
        business_name="Older Ltd",
        sync_state="accepted",
        remote_id="r1",
        remote_status="Rejected",
        known_status="Rejected",
        remote_reason="No brand.",
        remote_status_at=timezone.now() - timedelta(days=6),
    )
    refused = numbered(make, 2, business_name="Refused Ltd")
    make_entry(State.REFUSED, of=refused, errors=[{"pointer": "/businessName", "title": "No"}])

    answer = login("compliance").get("/admin/")

    page = text(answer)
    assert page.index("Older Ltd") < page.index("Refused Ltd")
    assert "Rejected: No brand." in page
    assert "Telnyx refused 1 field: Legal business name." in page
    assert change(older) in answer.content.decode()
    assert "New toll-free verification" in page


@pytest.mark.promise("F87")
def test_people_who_may_not_view_or_start_are_offered_neither(login, make):
    one_of_each(make)

    assert "Refused Ltd" not in text(login("nobody").get("/admin/"))
    assert "New toll-free verification" not in text(login("support").get("/admin/"))


@pytest.mark.promise("L3")
def test_the_home_page_costs_the_same_for_many_rows(make, person):
    support = person("support")
    my_work(support)
    for n in range(3):
        make_entry(State.REFUSED, of=numbered(make, n))
    with CaptureQueriesContext(connection) as few:
        my_work(support)
    for n in range(3, 30):
        make_entry(State.REFUSED, of=numbered(make, n))

    with CaptureQueriesContext(connection) as many:
        my_work(support)

    assert len(many) == len(few) <= 3
    assert LIST in my_work(support).cards[0].url
