"""Opt-outs at the desk: a number in any format is looked up, and we can block and unblock on our own."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.mirror.records import sync
from messaging.models import OptOut
from messaging.models.optouts import OptOutReading
from messaging.optouts import reconcile
from tests.sandbox.hosted_control import PROFILE_ID
from tests.visitor import Forms

pytestmark = pytest.mark.django_db

LIST = "/admin/messaging/optout/"
OURS, HANDSET = "+13125550101", "+13125550999"


@pytest.fixture
def stopped(profile) -> OptOut:
    reconcile.heard(PROFILE_ID, OURS, HANDSET, "STOP", timezone.now() - timedelta(days=1), "PARAR")
    return OptOut.objects.get()


@pytest.mark.parametrize("name", ["compliance", "approver", "operator", "support", "auditor"])
@pytest.mark.parametrize("shape", ["(312) 555-0999", "+1 312 555 0999", "3125550999", "\u200b1-312-555-0999"])
@pytest.mark.promise("F55")
def test_everybody_finds_a_number_in_any_shape(login, stopped, name, shape):
    html = login(name).post(f"{LIST}look-up/", {"number": shape}).content.decode()

    assert "No. Do not text +1 312 555 0999." in html
    assert all(text in html for text in ("PARAR", "Sandbox profile", "texting START", "UNSTOP"))
    assert "whole messaging profile" in html
    assert "the carriers keep their own block for each number, which may not be in" in html


@pytest.mark.promise("F55")
def test_an_unknown_number_is_not_called_safe_before_the_list_was_read(login, db):
    html = login("support").post(f"{LIST}look-up/", {"number": HANDSET}).content.decode()

    assert "say yet: +1 312 555 0999 is not known to have opted out" in html
    assert "been read yet, so a number that" in html
    assert "Yes" not in html


@pytest.mark.promise("F55")
def test_a_person_who_came_back_is_shown_as_back(login, stopped):
    reconcile.heard(PROFILE_ID, OURS, HANDSET, "START", timezone.now())

    html = login("support").post(f"{LIST}look-up/", {"number": HANDSET}).content.decode()

    assert "was opted out but no longer is" in html
    assert "owner can lift it" not in html


@pytest.mark.promise("F55")
def test_a_phone_that_only_ever_texted_start_is_not_called_back(login, profile):
    """Telnyx marks each START, also from a phone that never opted out."""
    OptOutReading.objects.create(read_at=timezone.now(), counts_as_of=timezone.now() - timedelta(days=3))
    reconcile.heard(PROFILE_ID, OURS, HANDSET, "START", timezone.now() - timedelta(hours=2))
    support = login("support")

    found = support.post(f"{LIST}look-up/", {"number": HANDSET}).content.decode()
    listed = support.get(f"{LIST}?state=ended").content.decode() + support.get(LIST).content.decode()

    assert "No opt-out of +1 312 555 0999 is known." in found
    assert "Not opted out" in found + listed
    for page in (found, listed):
        assert "Opted in again" not in page
        assert "was opted out" not in page
    assert "3 days ago" not in listed


@pytest.mark.parametrize("end", ["never", "START", "our block is removed"])
def test_the_question_of_the_heading_is_answered_and_an_opt_out_that_is_not_there_is_not_spoken_of(
    login, profile, end
):
    OptOutReading.objects.create(read_at=timezone.now())
    support = login("support")
    if end == "START":
        reconcile.heard(PROFILE_ID, OURS, HANDSET, "STOP", timezone.now() - timedelta(days=1))
        reconcile.heard(PROFILE_ID, OURS, HANDSET, "START", timezone.now())
    elif end == "our block is removed":
        support.post(f"{LIST}add-promise/", {"number": HANDSET, "note": "Asked by phone.", "profile": ""})
        login("compliance").post(f"{LIST}{OptOut.objects.get().pk}/withdraw/")

    pages = [support.post(f"{LIST}look-up/", {"number": HANDSET})]
    pages += [support.get(f"{LIST}{row.pk}/change/") for row in OptOut.objects.all()]

    found = pages[0].content.decode()
    never = "No opt-out of +1 312 555 0999 is known."
    ended = "+1 312 555 0999 was opted out but no longer is, as far as we know."
    assert (never if end == "never" else ended) in found
    assert (
        "Consent: on record here, given on" if end == "START" else "Consent: none on record here."
    ) in found
    for page in pages:
        assert "owner can lift it" not in page.content.decode()
        assert "It applies to the whole messaging profile" not in page.content.decode()


def test_a_block_of_our_own_is_answered_without_what_telnyx_would_lift(login, profile):
    html = (
        login("support")
        .post(f"{LIST}add-promise/", {"number": HANDSET, "note": "Asked by phone.", "profile": ""})
        .content.decode()
    )

    assert "No. Do not text +1 312 555 0999." in html
    assert "texting START to the same number" not in html


def test_an_opt_out_is_recorded_from_the_list_and_the_second_time_says_since_when_it_is(login, profile):
    support, start = login("support"), f"{LIST}add-promise/"
    assert f'href="{start}"' in support.get(LIST).content.decode()
    assert f'href="{start}"' not in login("auditor").get(LIST).content.decode()
    asked = Forms(support.get(start).content.decode()).fields
    page = support.post(f"{LIST}look-up/", asked | {"number": HANDSET}).content.decode()
    assert '<details class="desk-choice" id="promise" open>' in page

    form = {"number": HANDSET, "profile": ""}
    first = support.post(start, form | {"note": "Asked by phone."}).content.decode()
    again = support.post(start, form | {"note": "Called again."}).content.decode()

    row = OptOut.objects.get()
    assert "Saved: nothing is sent to this number from here." in first
    assert "Saved:" not in again
    assert "Nothing new: this number was blocked by us since" in again
    assert row.note == "Asked by phone."
    assert "Called again." in support.get(f"{LIST}{row.pk}/history/").content.decode()


@pytest.mark.promise("F55")
def test_an_invalid_number_stays_typed_with_a_sentence(login):
    html = login("support").post(f"{LIST}look-up/", {"number": "ask Robin"}).content.decode()
    html = html.replace("&#x27;", "'")

    assert "This isn't a phone number." in html
    assert 'value="ask Robin"' in html


def test_a_number_with_words_around_it_is_looked_up_and_the_words_are_said(login):
    html = login("support").post(f"{LIST}look-up/", {"number": f"'{HANDSET} Joe (m)"}).content.decode()

    assert "is not known to have opted out" in html
    assert "left out: Joe" in html


def test_no_number_is_in_an_address(login, stopped):
    support = login("support")

    answer = support.post(f"{LIST}look-up/", {"number": HANDSET})
    shown = support.get(LIST).content.decode()

    assert answer.status_code == 200  # no redirect, as that would carry the number
    assert "312" not in support.get(f"{LIST}look-up/")["Location"]
    assert f"{LIST}{stopped.pk}/change/" in shown
    # The box of every page posts; the list itself has none.
    every_page = re.compile(r'<form method="post" action="/admin/desk/find/".*?</form>', re.DOTALL)
    assert 'name="q"' not in every_page.sub("", shown)


@pytest.mark.parametrize("name", ["compliance", "support"])
def test_a_promise_of_our_own_blocks_and_says_that_telnyx_knows_nothing(login, profile, name):
    client = login(name)

    form = {"number": HANDSET, "note": "Asked by phone.", "profile": ""}
    html = client.post(f"{LIST}add-promise/", form).content.decode()
    client.post(f"{LIST}add-promise/", form)

    row = OptOut.objects.get()
    assert "informed" in html
    assert (row.is_ours, row.note, str(row.added_by)) == (True, "Asked by phone.", name)
    assert reconcile.blocks(PROFILE_ID, HANDSET) == row


def test_a_promise_may_be_for_one_profile(login, profile):
    form = {"number": HANDSET, "note": "Asked.", "profile": str(profile.pk)}

    login("support").post(f"{LIST}add-promise/", form)

    assert reconcile.blocks(PROFILE_ID, HANDSET)
    assert reconcile.blocks("another", HANDSET) is None


def test_a_promise_without_a_reason_is_asked_for_it(login, profile):
    html = login("support").post(f"{LIST}add-promise/", {"number": HANDSET, "note": ""}).content.decode()

    assert "This field is required" in html
    assert not OptOut.objects.exists()


def test_compliance_takes_a_promise_back_and_telnyxs_block_nobody(login, stopped, person):
    compliance = login("compliance")
    ours = reconcile.promise(HANDSET, profile_id="", note="Asked.", by=person("nobody"))

    compliance.post(f"{LIST}{ours.pk}/withdraw/")
    refused = compliance.post(f"{LIST}{stopped.pk}/withdraw/")

    assert refused.status_code == 404
    assert reconcile.blocks(PROFILE_ID, HANDSET) == stopped


@pytest.mark.parametrize(
    ("name", "path"),
    [
        *[(name, "add-promise/") for name in ("operator", "auditor", "approver", "nobody")],
        *[(name, "1/withdraw/") for name in ("support", "operator", "auditor", "approver", "nobody")],
        ("nobody", "look-up/"),
        ("nobody", "read-again/"),
        ("nobody", ""),
    ],
)
@pytest.mark.promise("X86")
def test_what_a_person_may_not_do_is_refused(login, profile, name, path):
    answer = login(name).post(f"{LIST}{path}", {"number": HANDSET, "note": "x"})

    assert answer.status_code == 403
    assert not OptOut.objects.exists()


@pytest.mark.parametrize("path", ["look-up/", "add-promise/", "read-again/", "1/withdraw/"])
@pytest.mark.promise("X84")
def test_every_form_asks_for_a_csrf_token(login, path):
    strict = login("compliance", enforce_csrf_checks=True)

    assert strict.post(f"{LIST}{path}", {"number": HANDSET}).status_code == 403


def test_a_person_can_have_the_list_read_again(login, profile):
    answer = login("support").post(f"{LIST}read-again/", follow=True)

    assert sync.pulls().is_wanted
    assert "list is being read again." in answer.content.decode()


def test_a_row_can_be_read_and_not_changed(login, stopped):
    compliance = login("compliance")

    assert "PARAR" in compliance.get(f"{LIST}{stopped.pk}/change/").content.decode()
    assert compliance.post(f"{LIST}{stopped.pk}/change/").status_code == 403
    assert compliance.get(f"{LIST}add/").status_code == 403


@pytest.mark.promise("L3")
def test_the_list_costs_the_same_for_many(login, profile):
    client = login("support")
    costs = []
    for more in (3, 60):
        for n in range(more):
            reconcile.heard(PROFILE_ID, OURS, f"+1312555{more:02}{n:02}", "STOP", timezone.now())
        client.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{LIST}?state=out").status_code == 200
        costs.append([query["sql"] for query in queries.captured_queries])

    assert len(costs[0]) == len(costs[1]) <= 12
    assert not any("COUNT(*)" in sql for sql in costs[1])


def test_phones_that_look_alike_when_masked_are_told_apart_in_the_list(login, stopped):
    reconcile.heard(PROFILE_ID, OURS, "+13127770999", "STOP", timezone.now(), "STOP")

    page = login("support").get(LIST).content.decode()

    assert page.count("+1 312 *** 0999 (1)</span>") == page.count("+1 312 *** 0999 (2)</span>") == 1
    assert 'title="Different phone numbers that look the same while' in page
