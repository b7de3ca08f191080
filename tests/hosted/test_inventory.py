"""The numbers Telnyx hosts for us can be found, read, changed and removed by the people with permission."""

import csv
import json
import re
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import httpx
import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models.functions import Collate, Reverse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hosted.inventory import wording
from hosted.inventory.admin import named
from hosted.models import HostedNumber, HostedOrder, OrderNumber, SettingChange
from messaging.looks import look
from messaging.mirror.models import OutboxEntry, Source, SyncState
from messaging.mirror.outbound import relay
from messaging.mirror.records import sync
from messaging.models import MessagingProfile
from tests.choices import choose
from tests.desk.lists import MOST_QUERIES, queries, shown
from tests.hosted.conftest import ONE, TWO, number
from tests.hosted.inventory import (
    CHANGERS,
    EVERYBODY,
    LIST,
    LOOKERS,
    REMOVERS,
    held,
    html,
    make,
    sent,
    url,
)
from tests.sandbox.hosted_control import PROFILE_ID
from tests.visitor import Forms

State = OutboxEntry.State


def confirmed(browser: Client, row: HostedNumber, **typed: str) -> dict:
    """Fill in the form, go on to the page with before and after, and return what its button would send."""
    fields = Forms(browser.get(url(row, "settings")).content.decode()).fields
    page = browser.post(url(row, "settings"), fields | typed | {"_check": "1"})
    assert "Send to Telnyx" in html(page), html(page)
    return Forms(page.content.decode()).fields | {"_send": "1"}


# The list.


@pytest.mark.promise("L3")
def test_a_list_of_100_numbers_costs_what_one_of_5_does(db, login):
    browser = login("operator")
    MessagingProfile.objects.create(remote_id=PROFILE_ID, name="Main")
    for n in range(5):
        make(f"+1312556{n:04}", messaging_profile_id=PROFILE_ID, tags=["a", "b"])
    queries(browser, LIST)  # warm up what is looked up once per process

    few = queries(browser, LIST)
    for n in range(5, 105):
        make(f"+1312556{n:04}", messaging_profile_id=PROFILE_ID, tags=["a", "b"])
    many = queries(browser, LIST)

    assert len(few) == len(many) <= MOST_QUERIES
    assert [sql for sql in many if "COUNT(*)" in sql] == []


def test_a_row_says_it_in_words(db, login):
    MessagingProfile.objects.create(remote_id=PROFILE_ID, name="Main street")
    make(messaging_profile_id=PROFILE_ID, tags=["vip"])

    page = html(login("support").get(LIST))

    for words in ("+1 312 555 0101", "Main street", "94% delivered", "6% spam", "Local number, US", "vip"):
        assert words in page
    assert PROFILE_ID not in page


@pytest.mark.parametrize("term", ["(312) 555-0101", "312.555.0101", "+1 312 555 0101", "0101", "555-0101"])
@pytest.mark.promise("F50")
def test_a_number_is_found_in_any_shape_and_by_its_last_digits(db, login, term):
    wanted, other = make(ONE), make(TWO)

    assert shown(login("support"), f"{LIST}?q={term.replace('+', '%2B')}") == {str(wanted.pk)}
    assert other.pk != wanted.pk


def test_the_search_for_last_digits_has_an_index(db):
    HostedNumber.objects.bulk_create(
        HostedNumber(phone_number=f"+1312{n:07}", remote_id=str(n)) for n in range(3000)
    )
    found = HostedNumber.objects.alias(ending=Collate(Reverse("phone_number"), "C")).filter(named("2999"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE hosted_hostednumber")

    plan = found.order_by().explain()

    assert found.count() == 1
    assert "hostednumber_ending" in plan
    assert "Seq Scan" not in plan


def test_filters_choose_by_profile_product_tag_and_place(db, login):
    browser = login("auditor")
    MessagingProfile.objects.create(remote_id=PROFILE_ID, name="Main street")
    main = make("+13125550001", messaging_profile_id=PROFILE_ID, tags=["vip", "east"])
    bare = make("+13125550002", messaging_product="P2P")
    gone = make("+13125550003", gone_at=timezone.now(), messaging_product="")

    found = {
        "": {main, bare},
        "?place=gone": {gone},
        "?place=all": {main, bare, gone},
        "?place=no_profile": {bare},
        "?profile=main": {main},
        f"?profile={PROFILE_ID}": {main},
        "?product=P2P": {bare},
        "?place=all&product=other": {gone},
        "?tag=vip": {main},
        "?tag=vi": set(),
        "?q=50003": {gone},
    }

    for query, rows in found.items():
        assert shown(browser, f"{LIST}{query}") == {str(row.pk) for row in rows}, query
    assert browser.get(f"{LIST}?messaging_profile_id__startswith=3").status_code == 400


def test_no_select_has_more_than_100_options(db, login):
    browser, row = login("operator"), make()
    for n in range(120):
        MessagingProfile.objects.create(remote_id=f"profile-{n:03}", name=f"Profile {n:03}")

    pages = [html(browser.get(address)) for address in (LIST, url(row, "settings"))]

    for page in pages:
        for select in page.split("<select")[1:]:
            assert select.split("</select>")[0].count("<option") <= 100
    assert "Or a profile not in the list" in pages[1]


# The page of a number.


@pytest.mark.promise("F50")
def test_the_page_shows_everything_telnyx_says_and_leads_to_the_order(desk, live):
    row = held()

    page = html(desk.get(url(row)))

    assert "A2P: software texts people" in page
    assert "Possible: to and from its own country." in page
    assert "Not possible with this number" in page  # pictures
    assert "Of the texts this number tried to send" in page
    assert f"/admin/hosted/hostedorder/{live.pk}/change/" in page
    assert '"traffic_type": "A2P"' in page
    assert shown(desk, f"{LIST}?q={ONE.replace('+', '%2B')}") == {str(row.pk)}  # the link from the order


def test_the_page_costs_the_same_with_a_long_history(db, login):
    browser, short, long = login("operator"), make(ONE), make(TWO)
    for n in range(30):
        SettingChange.objects.create(
            number=long, setting="tags", before=[], after=[str(n)], noticed_at=timezone.now(), source="sync"
        )
    browser.get(url(short))
    costs = []

    for row in (short, long):
        with CaptureQueriesContext(connection) as made:
            assert browser.get(url(row)).status_code == 200
        costs.append(len(made))

    assert costs[0] == costs[1] <= MOST_QUERIES + 2


@pytest.mark.parametrize(
    ("told", "words", "group"),
    [
        (
            {"message_count": 9, "success_ratio": 0.24, "spam_ratio": 0.0},
            "24% delivered, 0% spam",
            "needs_us",
        ),
        (
            {"message_count": 9, "success_ratio": 0.9, "spam_ratio": 0.76},
            "90% delivered, 76% spam",
            "needs_us",
        ),
        ({"message_count": 9, "success_ratio": 0.25, "spam_ratio": 0.75}, "25% delivered, 75% spam", "done"),
        ({"message_count": 0, "success_ratio": 0.0, "spam_ratio": 0.0}, "No traffic yet", "closed"),
        ({"message_count": 9, "success_ratio": 2, "spam_ratio": "x"}, "2 delivered", "done"),
        ({}, "Not reported", "closed"),
        ("nonsense", "Not reported", "closed"),
    ],
)
@pytest.mark.promise("F50")
def test_health_is_explained_in_plain_words(told, words, group):
    found = wording.health(HostedNumber(remote_data={"health": told}))

    assert (found.words, found.group) == (words, group)


@pytest.mark.promise("F50")
def test_ask_telnyx_now_finds_what_was_changed_in_the_portal(desk, sandbox, client, live):
    row = held()
    with_tags = {"id": row.remote_id, "tags": ["portal"]}
    assert sandbox_patch(sandbox, with_tags) == 200
    before = held().tags

    desk.post(url(row, "ask"))
    assert "Waiting for Telnyx's answer." in html(desk.get(url(row)))
    sync.poll_due(client)

    assert (before, held().tags) == ([], ["portal"])
    change = SettingChange.objects.get(number=row)
    assert (change.setting, change.before, change.after) == ("tags", [], ["portal"])
    assert change.source == Source.PERSON
    page = html(desk.get(url(row)))
    assert "“Tags” was changed at Telnyx" in page
    assert "Waiting for Telnyx's answer." not in page


def sandbox_patch(sandbox, changes: dict) -> int:
    """Change a number as someone in the portal would."""
    id = changes.pop("id")
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    return httpx.patch(
        f"{sandbox.base_url}/messaging_hosted_numbers/{id}", json=changes, headers=headers
    ).status_code


# Changing settings.


@pytest.mark.parametrize(
    ("typed", "body"),
    [
        ({"profile": "none"}, {"messaging_profile_id": ""}),
        ({"product": "P2P"}, {"messaging_product": "P2P"}),
        ({"tags": "east\r\n vip \r\neast\r\n"}, {"tags": ["east", "vip"]}),
        ({"product": "P2P", "tags": "vip"}, {"messaging_product": "P2P", "tags": ["vip"]}),
    ],
)
def test_only_what_changes_is_on_the_wire(desk, sandbox, work, typed, body):
    row = held()

    desk.post(url(row, "settings"), confirmed(desk, row, **typed))
    entry = work(OutboxEntry.objects.get(operation="update"))

    assert sent(sandbox) == [body]
    assert entry.state == State.ACCEPTED
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in body} == body
    assert {change.source for change in row.changes.all()} == {Source.API}
    assert set(row.changes.values_list("setting", flat=True)) == set(body)


def test_another_profile_is_sent_by_its_id_and_shown_by_its_name(desk, sandbox, work):
    row = held()
    other = MessagingProfile.objects.exclude(remote_id=PROFILE_ID).order_by("name").first()

    fields = Forms(html(desk.get(url(row, "settings")))).fields
    page = html(desk.post(url(row, "settings"), fields | {"profile": other.remote_id, "_check": "1"}))
    assert not OutboxEntry.objects.filter(operation="update").exists()  # nothing is sent before it is shown
    desk.post(url(row, "settings"), Forms(page).fields | {"_send": "1"})
    work(OutboxEntry.objects.get(operation="update"))

    assert row.profile().name in page
    assert other.name in page
    assert sent(sandbox) == [{"messaging_profile_id": other.remote_id}]
    assert held().profile() == other


def test_back_to_the_form_loses_nothing(desk):
    row = held()

    fields = confirmed(desk, row, tags="one\r\ntwo", product="P2P")
    del fields["_send"]
    again = Forms(html(desk.post(url(row, "settings"), fields | {"_back": "1"}))).fields

    assert str(again["tags"]).split() == ["one", "two"]
    assert again["product"] == "P2P"
    assert not OutboxEntry.objects.filter(operation="update").exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Telnyx already has these settings, so there is nothing to send"),
        ({"product": "10DLC", "tags": "kept"}, "offer this product for this number"),
        ({"profile": "11111111-aaaa", "tags": "kept"}, "This profile is no longer at Telnyx"),
    ],
)
def test_a_form_that_cannot_be_sent_says_why_and_keeps_what_was_typed(desk, typed, words):
    row = held()
    fields = Forms(html(desk.get(url(row, "settings")))).fields

    page = html(desk.post(url(row, "settings"), fields | typed | {"_check": "1"}))

    assert words in page
    assert str(Forms(page).fields["tags"]).strip() == typed.get("tags", "")
    assert not OutboxEntry.objects.filter(operation="update").exists()


def test_a_profile_beyond_the_list_is_typed(db, login):
    browser, row = login("operator"), make()
    for n in range(120):
        MessagingProfile.objects.create(remote_id=f"profile-{n:03}", name=f"Profile {n:03}")
    fields = Forms(html(browser.get(url(row, "settings")))).fields | {"_check": "1"}

    pages = {
        typed: html(browser.post(url(row, "settings"), fields | {"other_profile": typed}))
        for typed in ("profile 119", "profile-118", "Profile 11", "nothing like it")
    }
    both = fields | {"other_profile": "profile 119", "profile": "profile-001"}

    assert Forms(pages["profile 119"]).fields["other_profile"] == "profile 119"
    assert "Profile 119" in pages["profile 119"]
    assert "Send to Telnyx" in pages["profile 119"]
    assert "Profile 118" in pages["profile-118"]
    assert "Several profiles match" in pages["Profile 11"]
    assert "There is no messaging profile with this name" in pages["nothing like it"]
    assert "not both" in html(browser.post(url(row, "settings"), both))


def test_a_second_click_is_the_same_change(desk):
    row = held()
    fields = confirmed(desk, row, product="P2P")

    desk.post(url(row, "settings"), fields)
    desk.post(url(row, "settings"), fields)

    assert OutboxEntry.objects.filter(operation="update").count() == 1


def test_what_changed_meanwhile_is_shown_before_anything_is_sent(desk):
    row = held()
    fields = confirmed(desk, row, tags="mine")
    HostedNumber.objects.filter(pk=row.pk).update(tags=["theirs"])

    answer = desk.post(url(row, "settings"), fields)

    assert "Changed in two places" in html(answer)
    assert "mine" in Forms(answer.content.decode()).fields["tags"]
    assert not OutboxEntry.objects.filter(operation="update").exists()
    again = Forms(answer.content.decode()).fields | choose(answer, "mine") | {"_check": "1"}
    assert "Send to Telnyx" in html(desk.post(url(row, "settings"), again))


def test_a_setting_that_only_telnyx_changed_is_not_set_back(desk):
    row = held()
    fields = Forms(desk.get(url(row, "settings")).content.decode()).fields
    HostedNumber.objects.filter(pk=row.pk).update(tags=["theirs"])

    page = desk.post(url(row, "settings"), fields | {"product": "P2P", "_check": "1"})

    assert "Those changes stay." in html(page)
    desk.post(url(row, "settings"), Forms(page.content.decode()).fields | {"_send": "1"})
    entry = OutboxEntry.objects.get(operation="update")
    assert entry.promised() == {"messaging_product": "P2P"}


@pytest.mark.parametrize("whose", ["mine", "theirs"])
def test_a_profile_that_both_chose_is_asked_about(desk, whose):
    row = held()
    other = MessagingProfile.objects.create(remote_id=str(uuid4()), name="Other")
    HostedNumber.objects.filter(pk=row.pk).update(messaging_profile_id=PROFILE_ID)
    fields = Forms(desk.get(url(row, "settings")).content.decode()).fields
    HostedNumber.objects.filter(pk=row.pk).update(messaging_profile_id="gone-elsewhere")

    asked = desk.post(url(row, "settings"), fields | {"profile": other.remote_id, "_check": "1"})

    assert "Changed in two places" in html(asked)
    again = Forms(asked.content.decode()).fields | choose(asked, whose) | {"_check": "1"}
    page = html(desk.post(url(row, "settings"), again))
    assert ("Send to Telnyx" in page) == (whose == "mine")


def test_while_a_change_is_under_way_the_form_can_only_be_read(desk):
    row = held()
    late = confirmed(desk, row, tags="late")
    desk.post(url(row, "settings"), confirmed(desk, row, product="P2P"))

    form = html(desk.get(url(row, "settings")))
    page = html(desk.get(url(row)))
    said = html(desk.post(url(row, "settings"), late, follow=True))

    assert "A change is in progress" in form
    assert form.count(" disabled") >= 3
    assert "_check" not in form
    assert "Change settings" not in page
    assert "Queued" in page
    assert "Nothing was sent." in said
    assert OutboxEntry.objects.filter(operation="update").count() == 1


@pytest.mark.promise("F15")
def test_a_refusal_is_shown_beside_the_field_with_what_was_typed(desk, sandbox, work):
    row = held()
    gone = MessagingProfile.objects.create(remote_id=str(uuid4()), name="Deleted there")
    fields = confirmed(desk, row, profile=gone.remote_id, tags="kept")

    desk.post(url(row, "settings"), fields)
    entry = work(OutboxEntry.objects.get(operation="update"))
    page, form = html(desk.get(url(row))), html(desk.get(url(row, "settings")))

    assert entry.state == State.REFUSED
    assert "Telnyx refused the change." in page
    profile_field = form[form.index('for="id_profile"') : form.index('for="id_product"')]
    assert "There is no such messaging profile." in profile_field
    assert Forms(form).fields["profile"] == gone.remote_id
    assert str(Forms(form).fields["tags"]).strip() == "kept"
    desk.post(url(row, "settings"), confirmed(desk, row, profile=""))
    assert work(OutboxEntry.objects.latest("created_at")).state == State.ACCEPTED
    assert sent(sandbox)[-1] == {"tags": ["kept"]}


@pytest.mark.parametrize("kind", ["store_then_lose", "lose"])
def test_a_lost_answer_ends_with_what_was_asked_for(desk, sandbox, work, kind):
    row = held()
    fault = {"kind": "status", "status": 503} if kind == "lose" else {"kind": kind}
    sandbox.fault(**fault, method="PATCH")

    desk.post(url(row, "settings"), confirmed(desk, row, profile="none"))
    entry = work(OutboxEntry.objects.get(operation="update"))

    assert entry.state == State.ACCEPTED
    row.refresh_from_db()
    assert row.messaging_profile_id == ""
    assert row.sync_state == SyncState.ACCEPTED
    assert set(map(json.dumps, sent(sandbox))) == {'{"messaging_profile_id": ""}'}


def test_our_change_is_in_the_history_as_ours_when_a_poll_comes_before_its_lost_answer(desk, sandbox, client):
    row = held()
    sandbox.fault("store_then_lose", method="PATCH")
    desk.post(url(row, "settings"), confirmed(desk, row, tags="vip"))
    entry = OutboxEntry.objects.get(operation="update")
    relay.relay(entry.pk, client)
    entry.refresh_from_db()
    assert entry.is_open()

    desk.post(url(row, "ask"))
    sync.poll_due(client)

    change = SettingChange.objects.get(number=row)
    assert (change.after, change.source) == (["vip"], Source.API)
    page = html(desk.get(url(row)))
    assert "found changed at Telnyx" not in page
    assert "operator" in page.split("“Tags” changed")[1].split("</li>")[0]


def test_what_the_portal_changed_is_not_ours_because_the_answer_to_our_change_shows_it(desk, sandbox, work):
    row = held()
    fields = confirmed(desk, row, product="P2P")
    assert sandbox_patch(sandbox, {"id": row.remote_id, "tags": ["portal"]}) == 200

    desk.post(url(row, "settings"), fields)
    work(OutboxEntry.objects.get(operation="update"))

    told = dict(SettingChange.objects.filter(number=row).values_list("setting", "source"))
    assert told == {"messaging_product": Source.API, "tags": Source.SYNC}


def test_a_change_that_was_not_sent_yet_is_no_reason_to_call_the_portals_ours(desk, sandbox, client):
    row = held()
    desk.post(url(row, "settings"), confirmed(desk, row, tags="vip"))
    assert sandbox_patch(sandbox, {"id": row.remote_id, "tags": ["vip"]}) == 200

    sync.refresh(row, client)

    assert SettingChange.objects.get(number=row).source == Source.SYNC


# Removing.


def test_removing_wants_the_number_typed_and_is_noted_on_order_and_inventory(
    desk, sandbox, work, client, live
):
    row = held(TWO)
    page = html(desk.get(url(row, "remove")))
    form = {"form_token": Forms(page).fields["form_token"]}

    wrong = html(desk.post(url(row, "remove"), form | {"typed": ONE}))
    assert "That is not the number. Nothing was removed." in wrong
    assert not OutboxEntry.objects.filter(operation="remove_number").exists()
    desk.post(url(row, "remove"), form | {"typed": "(312) 555-0102"})
    desk.post(url(row, "remove"), form | {"typed": TWO})
    assert "Number removal" in html(desk.get(url(row)))
    assert "is being removed" in html(desk.get(url(row, "settings")))
    entry = work(OutboxEntry.objects.get(operation="remove_number"))
    for _ in range(2):
        sync.poll_due(client)

    assert "cannot be undone" in page
    assert entry.state == State.ACCEPTED
    assert [there["phone_number"] for there in sandbox.hosted_numbers()] == [ONE]
    assert not number(live, TWO).is_in_order()
    assert held(TWO).gone_at is not None
    page = html(desk.get(url(row)))
    assert "Telnyx no longer hosts this number." in page
    assert "Number removal: received by Telnyx" in page
    assert "Number removal" in html(desk.get(f"/admin/hosted/hostedorder/{live.pk}/change/"))
    assert {str(held(ONE).pk)} == shown(desk, LIST)


def test_two_removals_from_one_order_go_one_after_the_other(desk):
    forms = {row: {"form_token": uuid4().hex, "typed": row.phone_number} for row in (held(ONE), held(TWO))}

    said = [html(desk.post(url(row, "remove"), form, follow=True)) for row, form in forms.items()]

    assert "The removal is queued for Telnyx." in said[0]
    assert "Another number in this order is being removed, and we remove one at a time" in said[1]
    assert OutboxEntry.objects.filter(operation="remove_number").count() == 1


def test_a_number_without_a_known_order_is_not_offered_for_removal(db, login):
    browser, row = login("operator"), make()

    page = html(browser.get(url(row)))
    said = html(browser.post(url(row, "remove"), {"form_token": "a", "typed": ONE}, follow=True))

    assert "Remove from hosting" not in page
    assert "Remove it in the portal" in page
    assert "We don't know which order at Telnyx holds this number." in said


def test_a_number_that_is_gone_offers_nothing(db, login):
    browser, row = login("admin"), make(gone_at=timezone.now())

    page = html(browser.get(url(row)))
    said = html(browser.post(url(row, "settings"), {"tags": "x", "_check": "1"}, follow=True))

    assert "Telnyx no longer hosts this number." in page
    for words in ("Change settings", "Refresh from Telnyx", "Remove from hosting"):
        assert words not in page
    assert "no longer hosts this number, so nothing" in said


# The list at Telnyx.


def test_a_person_who_looks_gets_what_changed_too(desk, sandbox, client):
    sandbox.seed_hosted_order(["+13125550177"], status="successful")
    row = held()
    assert sandbox_patch(sandbox, {"id": row.remote_id, "tags": ["portal"]}) == 200

    desk.post(f"{LIST}look/")
    for _round in range(2):  # the profiles with the numbers
        look.look_due(client)

    assert held("+13125550177")
    assert held().tags == ["portal"]


def test_a_number_the_list_lacks_is_asked_for_and_found_gone(desk, sandbox, client, live):
    sandbox.delete_order(live.remote_id)

    sync.pull(HostedNumber, client)
    assert held().gone_at is None
    sync.poll_due(client)

    assert held().gone_at is not None


def test_a_number_that_is_listed_again_is_no_longer_gone(desk, client):
    HostedNumber.objects.update(gone_at=timezone.now() - timedelta(minutes=1))

    sync.pull(HostedNumber, client)

    assert held().gone_at is None


# Permissions.


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.promise("X86")
def test_viewing_changing_and_removing_are_for_people_who_may(db, login, name):
    browser, row = login(name), make()
    may = {
        ("GET", LIST): LOOKERS,
        ("GET", url(row)): LOOKERS,
        ("POST", url(row)): set(),
        ("GET", f"{LIST}add/"): set(),
        ("POST", url(row, "delete")): set(),
        ("GET", url(row, "settings")): CHANGERS,
        ("POST", url(row, "settings")): CHANGERS,
        ("POST", url(row, "ask")): CHANGERS,
        ("POST", f"{LIST}look/"): CHANGERS,
        ("GET", url(row, "remove")): REMOVERS,
        ("POST", url(row, "remove")): REMOVERS,
    }

    answers = {(method, address): browser.generic(method, address).status_code for method, address in may}

    assert {key for key, status in answers.items() if status != 403} == {
        key for key, names in may.items() if name in names
    }
    assert not OutboxEntry.objects.exists()


@pytest.mark.parametrize("name", sorted(LOOKERS))
@pytest.mark.promise("F87")
def test_buttons_are_shown_to_people_who_may_press_them(db, login, draft, name):
    order = draft(ONE, remote_id=str(uuid4()))
    OrderNumber.objects.filter(order=order).update(
        remote_number_id=str(uuid4()), status="successful", live=True
    )

    page = html(login(name).get(url(make())))

    assert ("Change settings" in page) == (name in CHANGERS)
    assert ("Refresh from Telnyx" in page) == (name in CHANGERS)
    assert ("Remove from hosting" in page) == (name in REMOVERS)


@pytest.mark.parametrize("action", ["settings", "remove", "ask"])
@pytest.mark.promise("X84")
def test_an_action_is_a_post_with_a_csrf_token(db, login, action):
    row = make()

    assert (
        login("operator", enforce_csrf_checks=True).post(url(row, action), {"_send": "1"}).status_code == 403
    )
    assert not OutboxEntry.objects.exists()


# Who changed what, and why.


def test_a_change_is_in_the_history_with_old_new_who_and_why(desk, sandbox, work):
    row = held()

    form = confirmed(desk, row, product="P2P", tags="vip", reason="The shop asked.")
    desk.post(url(row, "settings"), form)

    page = html(desk.get(url(row)))
    told = page.split("<b>Change requested</b>")[1].split("</li>")[0]
    assert "A2P: software texts people → P2P: people text people" in told
    assert "Tags: no tags → vip" in told
    assert "The shop asked." in told
    assert "Change: requested" not in page
    work(OutboxEntry.objects.get(operation="update"))
    assert sent(sandbox) == [{"messaging_product": "P2P", "tags": ["vip"]}]


def test_a_reason_alone_is_no_change(desk):
    row = held()
    fields = Forms(html(desk.get(url(row, "settings")))).fields

    page = html(desk.post(url(row, "settings"), fields | {"reason": "Why not.", "_check": "1"}))

    assert "Telnyx already has these settings" in page
    assert Forms(page).fields["reason"] == "Why not."


def test_a_removal_is_told_with_its_reason_on_the_number_and_in_its_order(desk, live):
    row = held(TWO)
    token = Forms(html(desk.get(url(row, "remove")))).fields["form_token"]

    wrong = html(desk.post(url(row, "remove"), {"form_token": token, "typed": ONE, "reason": "Sold."}))
    assert Forms(wrong).fields["reason"] == "Sold."
    desk.post(url(row, "remove"), {"form_token": token, "typed": TWO, "reason": "Sold."})

    for address in (url(row), f"/admin/hosted/hostedorder/{live.pk}/change/", url(row, "history")):
        assert "Sold." in html(desk.get(address))


def test_a_refused_change_is_marked_apart_from_what_telnyx_holds(desk, sandbox, work):
    row = held()
    sandbox.fault("status", status=422, method="PATCH", json={"errors": [{"code": "10015", "title": "No"}]})
    desk.post(url(row, "settings"), confirmed(desk, row, product="P2P", tags="vip"))
    work(OutboxEntry.objects.get(operation="update"))

    form = html(desk.get(url(row, "settings")))

    assert "At Telnyx: A2P: software texts people. What you see below is not sent yet." in form
    assert "At Telnyx: no tags. What you see below is not sent yet." in form
    assert "not sent yet" not in html(desk.get(url(held(TWO), "settings")))


# What the list says of orders.


def exported(browser: Client, query: str = "") -> list[dict[str, str]]:
    answer = browser.get(f"{LIST}csv/{query}")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text)))


def test_the_list_and_its_file_name_the_order_that_holds_each_number(desk, live):
    live.customer = "Bright Smile"
    live.save()
    OrderNumber.objects.filter(phone_number=ONE).update(name="Front desk")
    later = HostedOrder.objects.create(customer="Somebody else", remote_id="o-later")
    OrderNumber.objects.create(order=later, phone_number=ONE)
    make("+13125569999")
    browser = desk

    page = html(browser.get(LIST))
    assert "Bright Smile" in page
    assert "Somebody else" not in page
    assert f'href="{LIST}csv/"' in browser.get(LIST).content.decode()

    by_number = {row["Number"]: row for row in exported(browser)}
    assert by_number[ONE]["Customer"] == "Bright Smile"
    assert by_number[ONE]["Name"] == "Front desk"
    assert by_number["+13125569999"]["Customer"] == ""
    assert [row["Number"] for row in exported(browser, f"?q={ONE[-6:]}")] == [ONE]


def test_people_who_see_no_orders_see_none_of_them_in_the_file(login, live):
    HostedOrder.objects.update(customer="Bright Smile")
    browser = login("nobody")
    User.objects.get(username="nobody").user_permissions.add(
        Permission.objects.get(codename="view_hostednumber")
    )

    rows = exported(browser)

    assert rows
    assert {row["Customer"] for row in rows} == {""}
    assert "Bright Smile" not in html(browser.get(LIST))


def test_the_only_action_of_the_list_is_a_button_with_its_name(desk):
    page = desk.get(LIST).content.decode()

    assert re.search(r'<button type="submit"[^>]*name="index"[^>]*>Change settings</button>', page)
    assert '<input type="hidden" name="action" value="change_settings">' in page
