"""Changing many hosted numbers at once: what is shown, what is sent, what became of each, and what can be undone."""

import json
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hosted.inventory import bulk
from hosted.models import BulkChange, BulkLine, HostedNumber, OrderNumber, SettingChange
from messaging.mirror.models import Attempt, OutboxEntry
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.outbound.sweep import sweep
from messaging.models import MessagingProfile
from tests.desk.lists import MOST_QUERIES
from tests.hosted.conftest import ONE, TWO
from tests.hosted.inventory import (
    CHANGERS,
    EVERYBODY,
    LIST,
    LOOKERS,
    held,
    html,
    make,
    sent,
    url,
)
from tests.sandbox.hosted_control import PROFILE_ID
from tests.visitor import Forms

MANY = f"{LIST}many/"
State = OutboxEntry.State
LeftOut = BulkLine.LeftOut


def choose(browser, *rows: HostedNumber) -> str:
    """Tick these numbers in the list, run the action, and return the page of the form."""
    posted = {"action": "change_settings", "_selected_action": [str(row.pk) for row in rows]}
    return html(browser.post(LIST, posted, follow=True))


def shown(browser, page: str, **typed) -> str:
    """Fill in the form on this page, and return the page that shows what will change."""
    fields = Forms(page).fields | typed | {"_check": "1"}
    return html(browser.post(MANY, fields))


def send(browser, page: str):
    return browser.post(MANY, Forms(page).fields | {"_send": "1"})


def change(browser, *rows: HostedNumber, **typed) -> BulkChange:
    answer = send(browser, shown(browser, choose(browser, *rows), **typed))
    assert answer.status_code == 302, html(answer)
    return BulkChange.objects.latest("asked_at")


def progress(browser, made: BulkChange) -> str:
    return html(browser.get(f"{MANY}{made.pk}/"))


def line(made: BulkChange, row: HostedNumber) -> BulkLine:
    return made.lines.select_related("entry").get(number=row)


# Choosing, and seeing before anything is sent.


def test_a_change_of_two_numbers_goes_from_the_list_to_telnyx_and_shows_each_result(desk, sandbox, client):
    other = MessagingProfile.objects.exclude(remote_id=PROFILE_ID).order_by("name").first()
    HostedNumber.objects.filter(pk=held(TWO).pk).update(tags=["east"])

    form = choose(desk, held(ONE), held(TWO))
    page = shown(
        desk, form, profile=other.remote_id, how_tags="add", tags="vip\neast", reason="Moved to\nsales"
    )
    assert not OutboxEntry.objects.filter(operation="update").exists()  # nothing is sent before it is shown
    answer = send(desk, page)
    made = BulkChange.objects.get()
    waiting = progress(desk, made)
    sweep(client)
    done = progress(desk, made)

    assert "Change settings of 2 numbers" in form
    assert "2 numbers will change" in page
    assert other.name in page
    assert "vip, east" in page
    assert "east, vip" in page  # what is there stays, and stays first
    assert answer.url == f"{MANY}{made.pk}/"
    assert "On the way: 2" in waiting
    assert 'id="bulk" class="desk-stack" data-desk-refresh="2"' in waiting
    assert "Done: 2" in done
    assert 'id="bulk" class="desk-stack">' in done
    assert sorted(map(json.dumps, sent(sandbox))) == sorted(
        json.dumps({"messaging_profile_id": other.remote_id, "tags": tags})
        for tags in (["vip", "east"], ["east", "vip"])
    )
    assert held(ONE).tags == ["vip", "east"]
    for row in (held(ONE), held(TWO)):
        entry = LogEntry.objects.get(object_id=str(row.pk))
        assert entry.change_message.endswith("Moved to sales")
        assert "Change requested together with others, 2 numbers in all" in entry.change_message
        assert "Moved to sales" in html(desk.get(url(row)))


@pytest.mark.parametrize(
    ("typed", "there", "after"),
    [
        ({"how_tags": "add", "tags": "vip"}, ["vip"], None),
        ({"how_tags": "add", "tags": " b \r\na\r\nb"}, ["a"], ["a", "b"]),
        ({"how_tags": "remove", "tags": "b"}, ["a", "b", "c"], ["a", "c"]),
        ({"how_tags": "remove", "tags": "z"}, ["a"], None),
        ({"how_tags": "replace", "tags": "z"}, ["a", "b"], ["z"]),
        ({"how_tags": "replace", "tags": "b\na"}, ["a", "b"], None),
        ({"how_tags": "replace", "tags": ""}, ["a"], []),
    ],
)
def test_tags_are_added_removed_or_replaced(db, login, typed, there, after):
    browser, row = login("operator"), make(tags=there)

    page = shown(browser, choose(browser, row), **typed)
    send(browser, page)

    entry = OutboxEntry.objects.filter(operation="update").first()
    assert (entry.promised() if entry else None) == (None if after is None else {"tags": after})
    assert ("it already has these settings" in page.lower()) == (after is None)
    assert ("1 number will have no tags" in page) == (after == [])


def test_every_number_that_is_left_out_is_listed_with_its_reason(db, login, draft):
    browser = login("operator")
    order = draft("+13125560004", remote_id=str(uuid4()))
    number_id = str(uuid4())
    OrderNumber.objects.filter(order=order).update(remote_number_id=number_id, status="successful", live=True)
    good = make("+13125560001")
    busy, gone = make("+13125560002"), make("+13125560003", gone_at="2026-11-01T00:00:00Z")
    leaving = make("+13125560004")
    same, not_offered = (
        make("+13125560005", messaging_product="P2P"),
        make("+13125560006", eligible_messaging_products=["A2P"]),
    )
    outbox.add(busy, "update", requested_by=None, tags=["x"])
    outbox.add(order, "remove_number", requested_by=None, number_id=number_id)
    everything = [good, busy, gone, leaving, same, not_offered]

    page = shown(browser, choose(browser, *everything), product="P2P")
    send(browser, page)
    made = BulkChange.objects.get()
    result = progress(browser, made)

    assert "1 number will change, 5 are left out" in page
    told = {each.number: each.left_out for each in made.lines.select_related("number")}
    assert told == {
        good: "",
        busy: LeftOut.OPEN,
        gone: LeftOut.GONE,
        leaving: LeftOut.REMOVING,
        same: LeftOut.SAME,
        not_offered: LeftOut.NOT_OFFERED,
    }
    for words in ("Another change to it is in progress", "Telnyx no longer hosts it", "It is being removed"):
        assert words in page
        assert words in result
    assert OutboxEntry.objects.filter(operation="update").count() == 2  # the one before, and ours


def test_a_number_that_changed_after_it_was_shown_is_left_out_with_that_reason(db, login):
    browser, mine, theirs = login("operator"), make(ONE), make(TWO)

    page = shown(browser, choose(browser, mine, theirs), how_tags="replace", tags="new")
    HostedNumber.objects.filter(pk=theirs.pk).update(tags=["portal"])
    send(browser, page)

    made = BulkChange.objects.get()
    assert line(made, theirs).left_out == LeftOut.CHANGED
    assert line(made, mine).entry is not None
    assert "Its settings changed after the page" in progress(browser, made)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "You haven't chosen anything to change yet"),
        ({"tags": "vip"}, "Say what to do with the tags below."),
        ({"how_tags": "add"}, "Type the tags, one per line."),
        ({"how_tags": "remove", "tags": " \n "}, "Type the tags, one per line."),
        ({"product": "nonsense"}, "nonsense is not one of the available choices"),
        ({"profile": "gone"}, "This profile is no longer at Telnyx"),
        ({"reason": "x" * 301, "how_tags": "replace"}, "at most 300 characters"),
    ],
)
def test_a_form_with_an_error_keeps_the_numbers_and_what_was_typed(db, login, typed, words):
    browser, rows = login("operator"), [make(ONE), make(TWO)]

    page = shown(browser, choose(browser, *rows), **({"reason": "why not"} | typed))
    fields = Forms(page).fields

    assert words in page
    assert [word.split(":")[0] for word in str(fields["numbers"]).split()] == [row.pk.hex for row in rows]
    assert fields["reason"] == typed.get("reason", "why not")
    assert str(fields["tags"]).strip() == typed.get("tags", "").strip()
    assert not BulkChange.objects.exists()


def test_back_from_the_page_that_shows_the_changes_keeps_everything(db, login):
    browser, row = login("operator"), make()

    page = shown(browser, choose(browser, row), how_tags="add", tags="a\nb", reason="because")
    fields = Forms(html(browser.post(MANY, Forms(page).fields | {"_back": "1"}))).fields

    assert (fields["how_tags"], str(fields["tags"]).split(), fields["reason"]) == (
        "add",
        ["a", "b"],
        "because",
    )
    assert row.pk.hex in str(fields["numbers"])


def test_all_numbers_found_are_chosen_by_the_filters_of_the_list(db, login):
    browser = login("operator")
    east = [make(f"+1312556{n:04}", tags=["east"]) for n in range(60)]
    make("+13125570000", tags=["west"])

    listed = html(browser.get(f"{LIST}?tag=east&p=1"))
    form = html(browser.get(f"{MANY}?tag=east&p=1"))

    assert f"{MANY}?tag=east&p=1" in listed
    assert "Change settings of 60 numbers" in form
    assert set(str(Forms(form).fields["numbers"]).split()) == {
        f"{row.pk.hex}:{bulk.fingerprint(row)}" for row in east
    }
    assert browser.get(f"{MANY}?nonsense=1").status_code == 400


def test_more_than_the_limit_is_refused_with_a_clear_sentence(db, login, monkeypatch):
    browser = login("operator")
    monkeypatch.setattr(bulk, "MOST", 3)
    rows = [make(f"+1312556{n:04}") for n in range(4)]

    chosen = html(browser.get(f"{MANY}?q=", follow=True))
    ids = " ".join(row.pk.hex for row in rows)
    forged = html(browser.post(MANY, {"numbers": ids, "how_tags": "replace", "_send": "1"}, follow=True))

    for page in (chosen, forged):
        assert "You chose more than 3 numbers. At most 3 can be changed at a time." in page
    assert not BulkChange.objects.exists()


@pytest.mark.parametrize("numbers", ["", "nonsense", "0b9d2fa51c6e4d5fb7a3d9a3f6c1e4b2", "' OR 1=1 --"])
def test_a_form_without_numbers_leads_back_to_the_list_with_a_sentence(db, login, numbers):
    browser = login("operator")
    make()

    page = html(browser.post(MANY, {"numbers": numbers, "_send": "1", "form_token": "x"}, follow=True))

    assert "No numbers are chosen." in page


def test_numbers_that_were_deleted_meanwhile_are_counted(db, login):
    browser, kept, lost = login("operator"), make(ONE), make(TWO)

    form = choose(browser, kept, lost)
    lost.delete()
    page = shown(browser, form, how_tags="replace", tags="x")

    assert "1 chosen number is no longer in the list" in page
    assert "1 number will change" in page


def test_a_second_press_is_the_same_change(db, login):
    browser, row = login("operator"), make()
    page = shown(browser, choose(browser, row), how_tags="replace", tags="x")

    answers = [send(browser, page) for _ in range(3)]

    assert len({answer.url for answer in answers}) == 1
    assert BulkChange.objects.count() == OutboxEntry.objects.count() == LogEntry.objects.count() == 1


# The result of each number.


def test_a_refusal_is_shown_with_telnyx_words_and_only_refused_numbers_are_tried_again(desk, sandbox, client):
    gone = MessagingProfile.objects.create(remote_id=str(uuid4()), name="Deleted there")
    made = change(desk, held(ONE), held(TWO), profile=gone.remote_id, how_tags="add", tags="kept")
    OutboxEntry.objects.filter(pk=line(made, held(TWO)).entry.pk).update(
        state="cancelled", resolved_at="2026-11-01T00:00Z"
    )
    sweep(client)

    page = progress(desk, made)
    form = html(desk.get(f"{MANY}?again={made.pk}&of=refused"))
    fields = Forms(form).fields

    assert "Refused by Telnyx: 1" in page
    assert "There is no such messaging profile." in page
    assert "These numbers are as they were." in page
    assert "Change settings of 1 number" in form
    assert (fields["profile"], fields["how_tags"], str(fields["tags"]).strip()) == (
        gone.remote_id,
        "add",
        "kept",
    )
    send(desk, shown(desk, form, profile=""))
    sweep(client)
    again = BulkChange.objects.latest("asked_at")
    assert line(again, held(ONE)).entry.state == State.ACCEPTED
    assert sent(sandbox)[-1] == {"tags": ["kept"]}
    for of in ("done", "waiting", "nonsense", ""):
        assert desk.get(f"{MANY}?again={made.pk}&of={of}").status_code == 404
    for id in (uuid4(), "nonsense"):
        assert desk.get(f"{MANY}?again={id}&of=refused").status_code == 404
    assert desk.get(f"{MANY}{uuid4()}/").status_code == 404


def test_the_result_of_200_numbers_costs_what_one_of_2_does(db, login):
    browser = login("operator")
    rows = [make(f"+1312556{n:04}") for n in range(202)]
    costs = []

    for chosen in (rows[:2], rows[:2], rows[2:]):  # the first warms up what is looked up once per process
        BulkChange.objects.all().delete()
        OutboxEntry.objects.all().delete()
        ids = " ".join(f"{row.pk.hex}:{bulk.fingerprint(row)}" for row in chosen)
        posted = {"numbers": ids, "how_tags": "replace", "tags": "x", "form_token": uuid4().hex}
        with CaptureQueriesContext(connection) as looked:
            page = html(browser.post(MANY, posted | {"_check": "1"}))
        assert "will change" in page
        browser.post(MANY, posted | {"_send": "1"})
        made = BulkChange.objects.get()
        with CaptureQueriesContext(connection) as asked:
            page = progress(browser, made)
        assert f"On the way: {len(chosen)}" in page
        costs.append((len(looked), len(asked)))

    assert costs[1] == costs[2]
    assert max(costs[2]) <= MOST_QUERIES


# Undo.


def test_undo_cancels_what_was_not_sent_and_leaves_the_rest(desk, sandbox, client):
    made = change(desk, held(ONE), held(TWO), how_tags="add", tags="vip")
    first = line(made, held(ONE)).entry
    relay.relay(first.pk, client)

    assert "Stop the 1 change not sent yet" in progress(desk, made)
    page = html(desk.post(f"{MANY}{made.pk}/undo/", follow=True))
    sweep(client)
    again = html(desk.post(f"{MANY}{made.pk}/undo/", follow=True))

    assert "1 change was taken back. It never reached Telnyx." in page
    assert "Taken back, nothing was sent: 1 · Done: 1" in page
    assert [line(made, held(number)).entry.state for number in (ONE, TWO)] == [
        State.ACCEPTED,
        State.CANCELLED,
    ]
    assert len(sent(sandbox)) == 1
    assert held(TWO).tags == []
    assert "Everything was already sent" in again
    assert "Undo" not in progress(desk, made)
    acts = LogEntry.objects.filter(object_id=str(held(TWO).pk)).values_list("change_message", flat=True)
    assert "Change taken back before it was sent to Telnyx" in acts


@pytest.mark.parametrize("kind", ["store_then_lose", "lose"])
def test_what_may_have_arrived_is_never_said_to_be_undone(desk, sandbox, client, kind):
    fault = {"kind": "status", "status": 503} if kind == "lose" else {"kind": kind}
    sandbox.fault(**fault, method="PATCH")
    made = change(desk, held(ONE), how_tags="add", tags="vip")
    entry = line(made, held(ONE)).entry
    relay.relay(entry.pk, client)
    entry.refresh_from_db()
    assert entry.state == State.QUEUED  # it is sent again, because that does no harm
    assert entry.attempts.filter(outcome__in=Attempt.LOST).exists()

    shown = progress(desk, made)
    page = html(desk.post(f"{MANY}{made.pk}/undo/", follow=True))

    entry.refresh_from_db()
    assert entry.state == State.QUEUED
    assert "was not sent" not in shown
    assert "Everything was already sent" in page


def test_what_telnyx_slowed_down_can_be_undone(desk, sandbox, client):
    sandbox.fault("status", status=429, method="PATCH")
    made = change(desk, held(ONE), how_tags="add", tags="vip")
    relay.relay(line(made, held(ONE)).entry.pk, client)

    page = html(desk.post(f"{MANY}{made.pk}/undo/", follow=True))

    assert "1 change was taken back" in page
    assert line(made, held(ONE)).entry.state == State.CANCELLED
    assert not SettingChange.objects.exists()


# Permissions.


@pytest.mark.parametrize("name", EVERYBODY)
def test_only_people_who_may_change_numbers_change_many(db, login, person, name):
    browser, row = login(name), make()
    made = BulkChange.objects.create(form_token="t", how_tags="add", tags=["x"])
    posted = {
        "numbers": f"{row.pk.hex}:{bulk.fingerprint(row)}",
        "how_tags": "add",
        "tags": "x",
        "form_token": "u",
    }
    may = {
        ("GET", f"{MANY}?ids={row.pk.hex}"): CHANGERS,
        ("GET", f"{MANY}{made.pk}/"): LOOKERS,
        ("POST", f"{MANY}{made.pk}/undo/"): CHANGERS,
    }

    answers = {key: browser.generic(*key).status_code for key in may}
    forged = browser.post(MANY, posted | {"_send": "1"})
    listed = html(browser.get(LIST))
    chosen = browser.post(LIST, {"action": "change_settings", "_selected_action": str(row.pk)})

    assert {key for key, status in answers.items() if status != 403} == {
        key for key, names in may.items() if name in names
    }
    assert OutboxEntry.objects.exists() == (name in CHANGERS) == (forged.status_code == 302)
    assert ("Change settings of all numbers found" in listed) == (name in CHANGERS)
    assert ('name="_selected_action"' in listed) == (name in CHANGERS)
    assert (chosen.status_code == 302 and "many" in chosen.url) == (name in CHANGERS)


def test_sending_and_undoing_are_posts_with_a_csrf_token(db, login):
    browser, row = login("operator", enforce_csrf_checks=True), make()
    made = BulkChange.objects.create(form_token="t", how_tags="add", tags=["x"])

    assert browser.post(MANY, {"numbers": row.pk.hex, "_send": "1"}).status_code == 403
    assert browser.post(f"{MANY}{made.pk}/undo/").status_code == 403
    assert browser.get(f"{MANY}{made.pk}/undo/").status_code == 405
    assert not OutboxEntry.objects.exists()
