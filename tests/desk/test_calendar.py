"""The calendar of a person's due dates behind a secret link: what it shows to whom, and that the link stays secret."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from hosted.models import HostedOrder, TransferAlert
from hosted.webhooks import TRANSFER_ASKED
from messaging.mirror.models import WebhookEvent
from messaging.models import CalendarLink
from tests.desk.colleagues import browser, colleague
from tests.desk.conftest import make_event
from tests.desk.lists import queries
from tests.desk.waiting import ago, asked, ordered
from tests.tollfree.pages import text
from tollfree.models import VerificationRequest

PAGE = "/admin/desk/calendar/"
LINK = re.compile(r"http://127\.0\.0\.1:9(/calendar/[0-9a-f]{48}\.ics)")


@pytest.fixture
def client(login) -> Client:
    return login("operator")


@pytest.fixture
def me(client) -> User:
    return User.objects.get(username="operator")


def seen(client: Client) -> str:
    return client.get(PAGE).context["seen"]


def make(client: Client, **fields: str) -> str:
    """Make or replace the link through the page; return its path."""
    page = client.post(f"{PAGE}make/", {"seen": seen(client), **fields}).content.decode()
    found = LINK.search(page)
    assert found, text(page)
    return found[1]


def events(link: str) -> dict[str, Any]:
    """Return what a calendar program reads without a login, by UID."""
    answer = Client().get(link)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    found = Calendar.from_ical(answer.content).walk("VEVENT")
    return {str(event["uid"]): event for event in found}


def titles(link: str) -> list[str]:
    return sorted(str(event["summary"]) for event in events(link).values())


def test_the_link_is_shown_once_and_only_its_digest_is_kept(client, me):
    link = make(client)

    secret = re.search("[0-9a-f]{48}", link)[0]
    assert secret not in client.get(PAGE).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(l)::text FROM messaging_calendarlink l")
        assert secret not in str(cursor.fetchall())
        cursor.execute("SELECT string_agg(session_data, '') FROM django_session")
        assert secret not in str(cursor.fetchall())
    assert [row.change_message for row in LogEntry.objects.all()] == ["Link to the calendar made"]
    assert secret not in str(LogEntry.objects.values())


def test_it_shows_what_is_with_me_and_due_in_words_without_people_or_numbers(client, me):
    due = asked(
        "Larkspur, Dental; \\ Care",
        assigned_to=me,
        remote_status_at=ago(days=1),
        remote_reason="Who is Ada of +13125550142, ada@larkspur.example?",
        business_contact_first_name="Wilhelmina",
    )
    order = ordered("Call Wilhelmina +13125550142", assigned_to=me)
    HostedOrder.objects.filter(pk=order.pk).update(customer="Aster Foods +13125550142")
    unnamed = ordered("Wilhelmina calls from +13125550142", id=UUID(int=0x05066815 << 96), assigned_to=me)
    asked("reviewed", "In Progress", assigned_to=me)
    asked("draft", "", remote_id=None, sync_state="draft", assigned_to=me)
    asked("theirs", assigned_to=User.objects.create(username="sam", is_staff=True))
    asked("free")

    link = make(client)

    assert titles(link) == [
        "Action needed: Aster Foods ***0142 (hosted order)",
        f"Action needed: Hosted order {str(unnamed.pk)[:8]} (hosted order)",
        "Action needed: Larkspur, Dental; \\ Care (toll-free verification)",
    ]
    event = events(link)[f"tollfree-{due.pk}@127.0.0.1"]
    assert event["dtstart"].dt == (due.remote_status_at + timedelta(days=7)).replace(microsecond=0)
    assert str(event["url"]) == f"http://127.0.0.1:9/admin/tollfree/verificationrequest/{due.pk}/change/"
    assert str(event["description"]).startswith("It is with you.")
    (alarm,) = event.walk("VALARM")
    assert alarm["trigger"].dt == timedelta(days=-1)
    body = Client().get(link).content.decode()
    for hidden in ("Wilhelmina", "5550142", "Ada of", "larkspur.example"):
        assert hidden not in body.replace("\r\n ", "")
    assert max(map(len, Client().get(link).content.split(b"\r\n"))) <= 75


def test_what_nobody_has_taken_is_shown_only_after_it_was_ticked(client, me):
    asked("mine", assigned_to=me)
    asked("free")
    ordered("free order")
    link = make(client)
    assert len(titles(link)) == 1

    client.post(f"{PAGE}choose/", {"seen": seen(client), "free": "1"})
    assert len(titles(link)) == 3
    assert 'name="free" value="1" checked' in client.get(PAGE).content.decode()

    link = make(client)  # replacing keeps the choice
    assert len(titles(link)) == 3
    client.post(f"{PAGE}choose/", {"seen": seen(client)})
    assert len(titles(link)) == 1


def test_two_readings_are_the_same_and_what_moves_says_so(client, me, settings):
    moves, stays = asked("a", assigned_to=me, remote_status_at=ago(days=1)), ordered("b", assigned_to=me)
    link = make(client)

    first, again = events(link), events(link)
    assert {uid: event.to_ical() for uid, event in first.items()} == {
        uid: event.to_ical() for uid, event in again.items()
    }
    rows = CalendarLink.objects.get()
    sent = {
        uid: [mark, sequence, "2020-01-01T00:00:00+00:00"] for uid, (mark, sequence, _) in rows.sent.items()
    }
    CalendarLink.objects.update(sent=sent)
    VerificationRequest.objects.filter(pk=moves.pk).update(remote_status_at=ago(hours=1))

    later = events(link)
    moved, same = (f"tollfree-{moves.pk}@127.0.0.1", f"hosted-{stays.pk}@127.0.0.1")
    assert set(later) == set(first) == {moved, same}
    assert later[moved]["dtstart"].dt > first[moved]["dtstart"].dt
    assert later[moved]["sequence"] > first[moved]["sequence"]
    assert later[moved]["last-modified"].dt.year > 2020
    assert later[moved]["dtstamp"].dt == later[moved]["last-modified"].dt
    assert later[same]["sequence"] == first[same]["sequence"]
    assert later[same]["last-modified"].dt.year == 2020

    settings.TOLLFREE_ANSWER_DAYS = 6  # a shorter window moves dates back, and is a change, too
    shorter = events(link)
    assert shorter[moved]["dtstart"].dt == later[moved]["dtstart"].dt - timedelta(days=1)
    assert shorter[moved]["sequence"] > later[moved]["sequence"]


def test_what_was_done_leaves_and_comes_back_as_a_later_version(client, me):
    request = asked("a", assigned_to=me)
    link = make(client)
    ((uid, first),) = events(link).items()

    VerificationRequest.objects.update(remote_status="Verified", known_status="Verified")
    assert events(link) == {}
    VerificationRequest.objects.update(remote_status="Rejected", known_status="Rejected")

    assert list(events(link)) == [uid] == [f"tollfree-{request.pk}@127.0.0.1"]
    assert events(link)[uid]["sequence"] > first["sequence"]


def test_a_transfer_asks_for_an_answer_and_one_without_an_order_is_nobodys(client, me):
    wanted = ordered("x", assigned_to=me, transfer_state="requested", transfer_deadline=ago(hours=-30))
    TransferAlert.objects.create(order=wanted, rung="received", due_at=ago(hours=1))
    webhook = make_event(WebhookEvent.State.WAITING)
    WebhookEvent.objects.update(event_type=TRANSFER_ASKED, waits_for=["8d1c"])
    link = make(client)

    (event,) = events(link).values()
    assert event["dtstart"].dt == wanted.transfer_deadline.replace(microsecond=0)
    assert str(event["description"]).startswith("It is with you.")

    client.post(f"{PAGE}choose/", {"seen": seen(client), "free": "1"})
    assert "Action needed: Transfer of numbers in order 8d1c" in titles(link)
    assert f"transfer-{webhook.pk}@127.0.0.1" in events(link)


def test_a_link_that_was_replaced_or_turned_off_opens_nothing(client, me):
    asked("a", assigned_to=me)
    first = make(client)
    second = make(client)
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)

    answer = client.post(f"{PAGE}off/", {"seen": seen(client)}, follow=True)

    assert "The link is off." in text(answer)
    assert Client().get(second).status_code == 404
    assert not CalendarLink.objects.exists()
    assert [row.change_message for row in LogEntry.objects.order_by("pk")] == [
        "Link to the calendar made",
        "Link to the calendar replaced",
        "Link to the calendar turned off",
    ]


@pytest.mark.parametrize("name", ["make", "choose", "off"])
def test_a_form_that_was_sent_twice_or_from_an_old_page_changes_nothing(client, me, name):
    asked("free")
    old = seen(client)
    link = make(client)

    answer = client.post(f"{PAGE}{name}/", {"seen": old, "free": "1"}, follow=True)

    assert "Your link changed after this page was shown" in text(answer)
    assert titles(link) == []  # the same link, with the same choice


def lose_the_login(me: User) -> None:
    User.objects.filter(pk=me.pk).update(is_active=False)


def lose_the_desk(me: User) -> None:
    User.objects.filter(pk=me.pk).update(is_staff=False)


def lose_the_role(me: User) -> None:
    me.groups.clear()


@pytest.mark.parametrize("lose", [lose_the_login, lose_the_desk, lose_the_role])
def test_someone_who_lost_the_right_is_answered_like_a_wrong_link(client, me, lose):
    asked("a", assigned_to=me)
    link = make(client)

    lose(me)

    lost, wrong = Client().get(link), Client().get(f"/calendar/{'0' * 48}.ics")
    assert lost.status_code == wrong.status_code == 404
    assert lost.content == wrong.content


def test_only_kinds_that_the_person_may_view_are_shown(client, me):
    asked("a", assigned_to=me)
    ordered("b", assigned_to=me)
    link = make(client)
    group = Group.objects.get(name="operator")
    group.permissions.remove(*group.permissions.filter(codename="view_hostedorder"))

    assert titles(link) == ["Action needed: a (toll-free verification)"]


def test_a_wrong_link_and_one_that_is_off_cost_the_same_query(client, me):
    link = make(client)
    client.post(f"{PAGE}off/", {"seen": seen(client)})
    lose_the_login(colleague("sam", "operator"))

    said = []
    for address in (link, f"/calendar/{'0' * 48}.ics"):
        with CaptureQueriesContext(connection) as asked_for:
            assert Client().get(address).status_code == 404
        said.append([re.sub("[0-9a-f]{64}", "", query["sql"]) for query in asked_for.captured_queries])
    assert said[0] == said[1]
    assert len(said[0]) == 1


def test_what_waits_for_my_approval_is_shown_to_approvers_but_not_to_whoever_asked(settings, person):
    settings.FOUR_EYES = ["tollfree"]
    ann, ben = colleague("ann", "approver"), colleague("ben", "compliance", "approver")
    request = asked("Larkspur")
    request.approvals.create(
        resource_id=request.pk, operation="update", version=request.version, asked_by=ben
    )
    VerificationRequest.objects.update(asked_version=request.version)
    asks, decides = make(browser(ben)), make(browser(ann))

    (event,) = events(decides).values()
    assert str(event["summary"]) == "Waiting for approval: Larkspur (toll-free verification)"
    assert str(event["description"]).startswith("It waits for your approval.")
    assert titles(asks) == []

    VerificationRequest.objects.update(version=request.version + 1)  # edited: it waits for nothing
    assert titles(decides) == []


def test_the_answer_is_private_and_starts_no_session(client, me):
    answer = Client().get(make(client))

    assert answer.headers["Cache-Control"].startswith("private")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies
    assert Client().post(make(client)).status_code == 405
    assert Client().head(make(client)).status_code == 200


@pytest.mark.parametrize("role", ["compliance", "approver", "operator", "support", "auditor", "admin"])
def test_everyone_who_sees_requests_or_orders_has_the_page_and_finds_it(login, role):
    client = login(role)

    home = client.get("/admin/").content.decode()
    assert home.count(f'href="{PAGE}"') == 2  # the page itself, and the user menu
    assert client.get(PAGE).status_code == 200
    assert make(client)


def test_others_are_refused(login):
    client = login("nobody")

    assert PAGE not in client.get("/admin/").content.decode()
    assert client.get(PAGE).status_code == 403
    for name in ("make", "choose", "off"):
        assert client.post(f"{PAGE}{name}/", {"seen": ""}).status_code == 403
        assert client.get(f"{PAGE}{name}/").status_code == 405
    assert not CalendarLink.objects.exists()
    stranger = Client()
    assert stranger.get("/admin/login/").status_code == 200
    for name in ("", "make/", "choose/", "off/"):
        assert urlsplit(stranger.post(f"{PAGE}{name}").headers["Location"]).path == "/admin/login/"
    assert Client(enforce_csrf_checks=True).post(f"{PAGE}make/").status_code in (302, 403)


@pytest.mark.promise("L3")
def test_reading_costs_the_same_however_much_is_due(client, me):
    def fill(n: int) -> None:
        for k in range(n):
            asked(f"a{n}.{k}", assigned_to=me, remote_status_at=ago(days=k))
            ordered(f"o{n}.{k}", assigned_to=me)
            asked(f"f{n}.{k}")
            ordered(f"g{n}.{k}")

    fill(2)
    link = make(client, free="1")
    queries(Client(), link)
    few = queries(Client(), link)
    fill(12)
    queries(Client(), link)

    many = queries(Client(), link)

    assert len(many) == len(few)
    assert not any("COUNT(*)" in sql for sql in many)


def test_the_dates_nearest_to_now_are_shown_if_there_are_too_many(client, me, monkeypatch):
    monkeypatch.setattr("messaging.team.calendar_feed.MOST", 3)
    for days in (1, 4, 6, 8, 9, 40):  # due in 6, 3 and 1 days, and 1, 2 and 33 days ago
        asked(f"{days}", assigned_to=me, remote_status_at=ago(days=days, minutes=1))

    assert [title.split()[2] for title in titles(make(client))] == ["6", "8", "9"]
