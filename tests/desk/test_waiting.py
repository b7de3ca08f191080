"""What waits for us, of all kinds: in one order by due date, everything behind a link, at a constant cost."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hosted.models import TransferAlert
from messaging.mirror.models import OutboxEntry, WebhookEvent
from messaging.models import MessagingProfile
from tests.desk.conftest import make_event
from tests.desk.waiting import ago, asked, ordered
from tests.tollfree.pages import text

HOME, ALL = "/admin/", "/admin/desk/waiting/"
State = OutboxEntry.State


def decision(**changes) -> OutboxEntry:
    profile = MessagingProfile.objects.create(name="p")
    return OutboxEntry.objects.create(
        resource_type=ContentType.objects.get_for_model(profile),
        resource_id=profile.pk,
        operation="update",
        method="PATCH",
        path="/messaging_profiles/1",
        body=b"{}",
        state=State.NEEDS_PERSON,
        not_before=timezone.now(),
        **changes,
    )


def positions(page: str, *names: str) -> list[int]:
    return [page.index(name) for name in names]


def test_all_kinds_are_in_one_order_by_due_date(login):
    asked("Due in 6 days Ltd", remote_status_at=ago(days=1))
    ordered("Due in 2 days Inc", remote_status_at=ago(days=1))
    asked("Overdue Ltd", remote_status_at=ago(days=9))
    ordered("Overdue Inc", remote_status_at=ago(days=5))
    wanted = ordered("Wanted Inc", transfer_state="requested", transfer_deadline=ago(hours=-30))
    TransferAlert.objects.create(order=wanted, rung="received", due_at=ago(hours=1))
    decision()
    asked("Without a clock Ltd", "", remote_id=None, sync_state="refused", remote_status_at=None)

    page = text(login("admin").get(HOME))

    order_of = ["Overdue Ltd", "Overdue Inc", "Wanted Inc", "Due in 2 days Inc", "Due in 6 days Ltd"]
    where = positions(page, *order_of, "Without a clock Ltd")
    assert where == sorted(where)
    assert page.index("Only a person can tell") > page.index("Due in 6 days Ltd")
    assert "Overdue by 2 days" in page
    assert "Due in 47 hours" in page


def test_each_piece_says_what_it_is_and_who_has_it(login, django_user_model):
    gone = django_user_model.objects.create_user("gone", first_name="Ada", last_name="Gone", is_active=False)
    asked("Larkspur Ltd", assigned_to=gone)
    ordered("Larkspur Inc")
    admin = login("admin")
    asked("Mine Ltd", assigned_to=django_user_model.objects.get(username="admin"))

    everybodys, mine = text(admin.get(ALL)), text(admin.get(f"{ALL}?with=me"))

    assert "Toll-free verification · with Ada Gone (login disabled)" in everybodys
    assert "Hosted order · nobody has it" in everybodys
    assert "Toll-free verification" in mine
    assert "· with" not in mine


def test_a_transfer_of_numbers_that_are_not_here_comes_first(login):
    asked("Overdue Ltd", remote_status_at=ago(days=90))
    from hosted.webhooks import TRANSFER_ASKED  # noqa: PLC0415

    event = make_event(WebhookEvent.State.WAITING)
    WebhookEvent.objects.filter(pk=event.pk).update(event_type=TRANSFER_ASKED, waits_for=["o-1"])

    page = text(login("admin").get(HOME))

    assert page.index("Transfer of numbers in order o-1") < page.index("Overdue Ltd")


def test_a_transfer_somebody_has_seen_and_a_review_do_not_wait_for_us(login):
    seen = ordered(
        "Seen Inc",
        transfer_state="requested",
        transfer_deadline=ago(hours=-30),
        transfer_acknowledged_at=timezone.now(),
    )
    TransferAlert.objects.create(order=seen, rung="received", due_at=ago(hours=1))
    asked("Reviewed Ltd", "In Progress", remote_status_at=ago(days=30))

    page = text(login("admin").get(ALL))

    assert "Seen Inc" not in page
    assert "Reviewed Ltd" not in page
    assert "Nothing is waiting for us right now." in page


def test_a_transfer_nobody_has_seen_asks_us_to_look_not_to_wait(login):
    order = ordered("Unseen Inc", transfer_state="requested", transfer_deadline=ago(hours=-30))
    TransferAlert.objects.create(order=order, rung="received", due_at=ago(hours=1))

    client = login("operator")
    page = text(client.get(ALL))

    assert "Unseen Inc" in page
    assert "mark it as seen" in page
    assert "Action needed" in page
    assert "Waiting for the current owner" not in page
    [card] = [
        card for card in client.get(HOME).context["cards"] if "Hosted: action needed" in str(card.title)
    ]
    assert (card.count, "Unseen Inc" in text(client.get(card.url))) == (1, True)
    shown = text(client.get(f"/admin/hosted/hostedorder/{order.pk}/change/"))
    assert "In review (Telnyx)" not in shown
    assert "Waiting for the current owner" in shown


def test_a_decision_is_listed_once(login):
    undecided = asked("Undecided Ltd", sync_state="unsure")
    OutboxEntry.objects.create(
        resource_type=ContentType.objects.get_for_model(undecided),
        resource_id=undecided.pk,
        operation="update",
        method="PATCH",
        path="/x",
        body=b"{}",
        state=State.NEEDS_PERSON,
        not_before=timezone.now(),
    )

    answer = login("admin").get(ALL)

    assert len(answer.context["urgent"]) == 1


def test_everything_is_behind_a_link_in_pages(login):
    for n in range(60):
        asked(f"Waiting {n:02} Ltd", remote_status_at=ago(days=3, minutes=60 - n))
    client = login("compliance")
    home = client.get(HOME)
    assert len(home.context["urgent"]) == 8
    assert ALL in home.content.decode()

    first, second = client.get(ALL), client.get(f"{ALL}?page=2")

    titles = [item.title for answer in (first, second) for item in answer.context["urgent"]]
    assert titles == [f"Waiting {n:02} Ltd" for n in range(60)]
    assert "page=2" in first.content.decode()
    assert "page=3" not in second.content.decode()
    for odd in ("0", "-1", "x", "99999999999", "٢"):
        assert client.get(ALL, {"page": odd}).status_code == 200


def test_people_see_only_what_they_may_view(login):
    asked("Request Ltd", remote_status_at=ago(days=1))
    ordered("Order Inc", remote_status_at=ago(days=1))

    nobody = text(login("nobody").get(ALL))

    assert "Request Ltd" not in nobody
    assert "Order Inc" not in nobody
    assert login("support").post(ALL).status_code == 405


@pytest.mark.promise("L3")
@pytest.mark.parametrize("url", [HOME, ALL])
def test_it_costs_the_same_for_many_rows(login, url):
    client = login("admin")
    client.get(url)
    costs = []
    for more in (2, 30):
        for n in range(more):
            asked(f"R{more}-{n}", remote_status_at=ago(days=1))
            ordered(f"O{more}-{n}", remote_status_at=ago(days=1))
            decision()
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        costs.append(len(seen))

    assert (
        costs[1] <= costs[0] <= 29
    )  # fewer once the first page has no decision; 4 ask what a new desk lacks
