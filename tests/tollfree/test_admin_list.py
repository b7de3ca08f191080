"""The list: what needs us comes first, found by number or name, at the same cost for any number of rows."""

# ruff: noqa: F811 - a fixture is imported and requested by name

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.desk.turns import Group
from messaging.mirror.models import OutboxEntry
from tests.desk.conftest import login, make_entry, person  # noqa: F401 - fixtures
from tests.tollfree.test_admin_form import LIST, text
from tests.tollfree.test_admin_submit import at_telnyx
from tollfree.models import VerificationRequest

State = OutboxEntry.State


def numbered(make, n: int, **changes) -> VerificationRequest:
    return make(phone_numbers=[f"+1800555{n:04}"], **changes)


def one_of_each(make) -> dict[str, VerificationRequest]:
    """Return a request for every group, by the group's word."""
    made: dict[str, VerificationRequest] = {
        Group.DRAFT: numbered(make, 1, business_name="Draft Ltd"),
        Group.NEEDS_US: numbered(make, 2, business_name="Refused Ltd"),
        Group.UNDER_WAY: numbered(make, 3, business_name="Queued Ltd"),
        Group.UNSURE: numbered(make, 4, business_name="Unsure Ltd"),
        Group.REVIEWING: at_telnyx(make, "In Progress", business_name="Reviewing Ltd"),
    }
    for group, state in (
        (Group.NEEDS_US, State.REFUSED),
        (Group.UNDER_WAY, State.QUEUED),
        (Group.UNSURE, State.UNSURE),
    ):
        make_entry(state, of=made[group])
    return made


@pytest.mark.parametrize(
    "group", [Group.DRAFT, Group.NEEDS_US, Group.UNDER_WAY, Group.UNSURE, Group.REVIEWING]
)
def test_a_group_lists_its_requests_and_no_others(login, make, group):
    made = one_of_each(make)

    page = text(login("support").get(f"{LIST}?group={group}"))

    for other, request in made.items():
        assert (request.business_name in page) is (other == group)


@pytest.mark.promise("F20")
def test_what_needs_us_comes_first_then_the_newest(login, make):
    made = one_of_each(make)

    page = text(login("support").get(LIST))

    order = sorted(made, key=lambda group: page.index(made[group].business_name))
    assert order == [Group.NEEDS_US, Group.REVIEWING, Group.UNSURE, Group.UNDER_WAY, Group.DRAFT]


@pytest.mark.promise("F20")
def test_a_row_says_whose_turn_it_is_and_for_how_long(login, make):
    at_telnyx(make, "In Progress")

    page = text(login("support").get(LIST))

    assert "In review Waiting for Telnyx" in page
    assert "day 0 of 5" in page
    assert "+1 800 555 0123" in page


@pytest.mark.parametrize(
    "term",
    ["+18005550123", "(800) 555-0123", "800.555.0123", "0123", "larkspur dental", "Practice Ltd", "r1"],
)
@pytest.mark.promise("F94")
def test_a_request_is_found_by_number_in_any_shape_or_by_name(login, make, term):
    at_telnyx(make, "Verified", doing_business_as="The Practice Ltd")
    make(phone_numbers=["+18885559999"], business_name="Another Inc")

    page = text(login("support").get(LIST, {"q": term}))

    assert "+1 800 555 0123" in page
    assert "Another Inc" not in page


@pytest.mark.parametrize("term", ["12-3456789", "3456789", "robin@larkspur-dental.example"])
def test_no_search_finds_what_the_list_does_not_show(login, make, term):
    make()

    assert "Nothing matches your search" in text(login("support").get(LIST, {"q": term}))


@pytest.mark.promise("F102")
def test_an_empty_list_differs_from_a_filtered_one(login, make):
    support = login("support")
    assert "No toll-free verification has been started yet." in text(support.get(LIST))

    make()

    assert "Nothing matches" in text(support.get(f"{LIST}?group=done"))


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


def test_a_draft_that_was_never_sent_is_deleted_from_the_list(login, make):
    compliance, draft = login("compliance"), make()
    chosen = {"action": "delete_drafts", "_selected_action": [str(draft.pk)]}
    assert "Are you sure" in text(compliance.post(LIST, chosen))

    compliance.post(LIST, chosen | {"post": "yes"})

    assert not VerificationRequest.objects.exists()


def test_what_was_ever_sent_stays_and_nothing_else_goes_with_it(login, make):
    compliance, draft, sent = login("compliance"), numbered(make, 1), numbered(make, 2)
    make_entry(State.REFUSED, of=sent)
    chosen = {"action": "delete_drafts", "_selected_action": [str(draft.pk), str(sent.pk)], "post": "yes"}

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

    login(who).post(LIST, {"action": "delete_drafts", "_selected_action": [str(draft.pk)], "post": "yes"})

    assert VerificationRequest.objects.exists()
