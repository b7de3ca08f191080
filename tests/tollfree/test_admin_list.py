"""The list: what needs us comes first, found by number or name, at the same cost for any number of rows."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.desk.turns import Group
from messaging.mirror.models import OutboxEntry
from tests.desk.conftest import make_entry
from tests.tollfree.pages import LIST, at_telnyx, numbered, one_of_each, text
from tollfree.models import VerificationRequest

State = OutboxEntry.State


@pytest.mark.promise("F20")
@pytest.mark.parametrize("group", Group)
def test_the_filter_of_a_stage_lists_the_requests_with_that_chip_and_no_others(login, make, group):
    made = one_of_each(make)

    answer = login("support").get(f"{LIST}?group={group}")

    for other, request in made.items():
        assert (request.business_name in text(answer)) is (other == group)
    assert set(re.findall(r'desk-pill" data-group="(\w+)"', answer.content.decode())) == {group}


def test_rejected_requests_are_one_click_away(login, make):
    at_telnyx(make, "Rejected", business_name="Turned Down LLC")
    make(
        business_name="Still Here Inc",
        corporate_website="https://still.example",
        phone_numbers=["+18885559999"],
    )
    support = login("support")

    assert 'href="?status=Rejected"' in support.get(LIST).content.decode()
    page = support.get(f"{LIST}?status=Rejected")
    assert "Turned Down LLC" in text(page)
    assert "Still Here Inc" not in text(page)
    assert '<a href="?" aria-current="page">Rejected</a>' in page.content.decode()


def test_a_saved_address_with_a_stage_of_old_shows_the_whole_list(login, make):
    made = one_of_each(make)

    page = text(login("support").get(f"{LIST}?group=somebody_elses_turn"))

    assert all(request.business_name in page for request in made.values())


@pytest.mark.promise("F20")
def test_what_needs_us_comes_first_then_the_newest(login, make):
    made = one_of_each(make)

    page = text(login("support").get(LIST))

    order = sorted(made, key=lambda group: page.index(made[group].business_name))
    newest_first = [Group.CLOSED, Group.DONE, Group.CARRIERS, Group.REVIEWING, Group.UNSURE]
    assert order == [
        Group.DECISION,
        Group.APPROVAL,
        Group.NEEDS_US,
        *newest_first,
        Group.UNDER_WAY,
        Group.DRAFT,
    ]


@pytest.mark.promise("F20")
def test_a_row_says_its_stage_and_for_how_long(login, make):
    at_telnyx(make, "In Progress")

    page = text(login("support").get(LIST))

    assert "In review (Telnyx) Usually takes 5 business days" in page
    assert "+1 800 555 0123" in page


@pytest.mark.parametrize(
    "term",
    ["+18005550123", "(800) 555-0123", "800.555.0123", "0123", "larkspur dental", "Practice Ltd", "r1"],
)
@pytest.mark.promise("F94")
def test_a_request_is_found_by_number_in_any_shape_or_by_name(login, make, term):
    at_telnyx(make, "Verified", doing_business_as="The Practice Ltd")
    other = {"business_name": "Another Inc", "corporate_website": "https://another.example"}
    make(phone_numbers=["+18885559999"], production_message_content="Another Inc: it is ready.", **other)

    page = text(login("support").get(LIST, {"q": term}))

    assert "+1 800 555 0123" in page
    assert "Another Inc" not in page


def test_a_number_in_full_finds_what_has_it_and_looks_further_only_if_nothing_has(login, make):
    make(phone_numbers=["+18885559999"], business_name="Has It Inc")
    make(business_name="Moved from +18885559999 Inc")
    make(business_name="Moved from +18885558888 Inc")

    support = login("support")

    def found(term: str) -> str:
        return text(support.get(LIST, {"q": term}))

    assert "Has It Inc" in found("888-555-9999")
    assert "Moved from" not in found("+18885559999")
    assert "Moved from +18885558888 Inc" in found("+18885558888")


@pytest.mark.parametrize("term", ["12-3456789", "3456789", "robin@larkspur-dental.example"])
def test_no_search_finds_what_the_list_does_not_show(login, make, term):
    make()

    assert "Nothing matches your search" in text(login("support").get(LIST, {"q": term}))


@pytest.mark.promise("F102")
def test_an_empty_list_differs_from_a_filtered_one(login, make):
    support = login("support")
    assert "No toll-free verifications yet." in text(support.get(LIST))

    make()

    assert "Nothing is in this stage." in text(support.get(f"{LIST}?group=done"))


@pytest.mark.parametrize(
    "lookup",
    ["business_registration_number__startswith=1", "created_by__password__startswith=p", "remote_data__x=1"],
)
@pytest.mark.promise("X87")
def test_no_field_can_be_guessed_through_the_address(login, make, lookup):
    make()

    answer = login("support").get(f"{LIST}?{lookup}")

    assert answer.status_code == 400 or answer.headers.get("Location", "").endswith("?e=1")


def queries(client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in captured]


@pytest.mark.promise("L3")
def test_the_list_costs_the_same_for_60_rows_as_for_5(login, make):
    support = login("support")
    support.get(LIST)
    for n in range(5):
        make_entry(State.REFUSED, of=numbered(make, n), errors=[{"pointer": "/businessName"}])
    few = queries(support, LIST)
    for n in range(5, 60):
        make_entry(State.REFUSED if n % 2 else State.UNSURE, of=numbered(make, n))

    many = queries(support, LIST)

    assert len(many) == len(few) <= 12
    assert not any("COUNT(*)" in query for query in many)


def test_the_page_that_deletes_a_draft_says_that_nothing_changes_at_telnyx(login, make):
    compliance, draft = login("compliance"), make()
    page = f"{LIST}{draft.pk}/delete/"

    assert "It was never sent, so nothing changes at Telnyx." in text(compliance.get(page))

    compliance.post(page, {"post": "yes"})
    assert not VerificationRequest.objects.filter(pk=draft.pk).exists()


def test_a_draft_that_was_never_sent_is_deleted_from_the_list(login, make):
    compliance, draft = login("compliance"), make()
    chosen = {"action": "delete_selected", "_selected_action": [str(draft.pk)]}
    assert "Are you sure" in text(compliance.post(LIST, chosen))

    compliance.post(LIST, chosen | {"post": "yes"})

    assert not VerificationRequest.objects.exists()


def test_what_was_ever_sent_stays_and_nothing_else_goes_with_it(login, make):
    compliance, draft, sent = login("compliance"), numbered(make, 1), numbered(make, 2)
    make_entry(State.REFUSED, of=sent)
    chosen = {"action": "delete_selected", "_selected_action": [str(draft.pk), str(sent.pk)], "post": "yes"}

    answer = compliance.post(LIST, chosen, follow=True)

    assert "1 of these was sent to Telnyx and stays here" in text(answer)
    assert VerificationRequest.objects.count() == 2


def test_a_sent_request_cannot_be_deleted_by_its_address(login, make):
    request = make()
    make_entry(State.REFUSED, of=request)

    answer = login("admin").post(f"{LIST}{request.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert VerificationRequest.objects.exists()


@pytest.mark.parametrize("who", ["operator", "support", "auditor", "approver"])
@pytest.mark.promise("F87")
def test_people_who_may_not_delete_are_not_asked_what_to_delete(login, make, who):
    draft = make()

    login(who).post(LIST, {"action": "delete_selected", "_selected_action": [str(draft.pk)], "post": "yes"})

    assert VerificationRequest.objects.exists()
