"""Lists stay quick however many rows there are, and do not give away what they hide."""

import pytest

from messaging.mirror.models import Attempt
from tests.desk.conftest import State, make_entry, make_event, make_request
from tests.desk.lists import MOST_QUERIES, queries, shown

LISTS = {
    "/admin/mirror/outboxentry/": lambda: make_entry(),
    "/admin/mirror/attempt/": lambda: make_entry().attempts.create(
        outcome=Attempt.Outcome.NOT_SENT, worker="w"
    ),
    "/admin/mirror/webhookevent/": lambda: make_event(),
}


@pytest.mark.parametrize("url", LISTS)
@pytest.mark.promise("L3")
def test_a_list_costs_the_same_for_60_rows_as_for_5(login, url):
    client, make = login("admin"), LISTS[url]
    for _ in range(5):
        make()
    queries(client, url)  # warm up what is looked up once per process

    few = queries(client, url)
    for _ in range(55):
        make()
    many = queries(client, url)

    assert len(few) == len(many) <= MOST_QUERIES
    assert [sql for sql in many if "COUNT(*)" in sql] == []


# The home page asks each app once what it has, once each for my own work, mentions, known businesses, and disabled
# logins, and for RCS once each for brands and agents. Everything else is a list.
HOME = ("/admin/", MOST_QUERIES + 8)


@pytest.mark.parametrize(("url", "most"), [HOME, *[(url, MOST_QUERIES) for url in LISTS]])
@pytest.mark.promise("L3")
def test_a_page_of_the_desk_needs_at_most_12_queries(login, url, most):
    client = login("compliance")
    make_entry(State.NEEDS_PERSON)

    assert len(queries(client, url)) <= most


@pytest.mark.parametrize(
    "lookup",
    [
        "outboxentry/?callback_token__startswith=a",
        "outboxentry/?callback_token=a",
        "outboxentry/?body__contains=a",
        "outboxentry/?requested_by__password__startswith=p",
        "outboxentry/?errors__0__detail__contains=x",
        "outboxentry/?state__exact=queued",
        "attempt/?entry__body__contains=a",
        "attempt/?error__contains=a",
        "webhookevent/?body__startswith=a",
        "webhookevent/?callback_token__startswith=a",
    ],
)
@pytest.mark.parametrize("name", ["auditor", "admin"])
@pytest.mark.promise("X87")
def test_no_field_can_be_guessed_through_the_address(login, lookup, name):
    make_entry()

    assert login(name).get(f"/admin/mirror/{lookup}").status_code == 400


@pytest.mark.parametrize("lookup", ["password__startswith=p", "email__startswith=a", "groups__name=support"])
@pytest.mark.promise("X87")
def test_no_personal_field_can_be_guessed(login, lookup):
    assert login("admin").get(f"/admin/auth/user/?{lookup}").status_code == 400


def test_facets_would_count_and_are_off(login):
    client = login("admin")
    make_entry()

    assert not [
        sql for sql in queries(client, "/admin/mirror/outboxentry/?_facets=True") if "COUNT(*)" in sql
    ]


@pytest.mark.promise("F81")
def test_an_entry_is_found_by_every_id_of_it(login):
    client, entry, other = login("auditor"), make_entry(State.ACCEPTED), make_entry(of=make_request())
    request = entry.resource
    request.remote_id = "9e1d3c7a-telnyx"
    request.save()
    assert other.pk != entry.pk

    ids = [
        entry.pk,
        entry.pk.hex,
        str(entry.pk)[:8],
        request.pk,
        "9e1d3c7a-telnyx",
        entry.callback_token,
        f" {entry.pk} ",
    ]

    for term in ids:
        assert shown(client, f"/admin/mirror/outboxentry/?q={term}") == {str(entry.pk)}, term
    assert shown(client, "/admin/mirror/outboxentry/?q=nothing-like-it") == set()


def test_attempts_are_found_by_the_ids_of_their_entry(login):
    client = login("auditor")
    entries = [make_entry(), make_entry()]
    attempts = [entry.attempts.create(outcome=Attempt.Outcome.NOT_SENT, worker="w") for entry in entries]

    assert shown(client, f"/admin/mirror/attempt/?q={entries[0].pk}") == {str(attempts[0].pk)}


@pytest.mark.promise("F74")
def test_an_event_is_found_by_its_id_and_by_the_record_it_is_about(login):
    client, event, entry = login("auditor"), make_event(), make_entry()
    make_event()
    type(event).objects.filter(pk=event.pk).update(callback_token=entry.callback_token)

    for term in (event.dedupe_key, event.dedupe_key[:10], entry.pk, entry.resource_id, entry.callback_token):
        assert shown(client, f"/admin/mirror/webhookevent/?q={term}") == {str(event.pk)}, term


def test_filters_show_what_they_say(login):
    client = login("auditor")
    unclear, queued, refused = make_entry(State.NEEDS_PERSON), make_entry(), make_entry(State.REFUSED)
    url = "/admin/mirror/outboxentry/"

    assert shown(client, f"{url}?state=open") == {str(unclear.pk), str(queued.pk)}
    assert shown(client, f"{url}?state=needs_person") == {str(unclear.pk)}
    assert shown(client, f"{url}?state=refused") == {str(refused.pk)}
    assert len(shown(client, f"{url}?kind=tollfree.verificationrequest")) == 3
    make_event()
    assert len(shown(client, "/admin/mirror/webhookevent/?type=test.happened&state__exact=pending")) == 1


@pytest.mark.promise("F102")
def test_an_empty_list_differs_from_a_filtered_one(login):
    client = login("auditor")
    empty = client.get("/admin/mirror/outboxentry/").content.decode()
    make_entry()
    filtered = client.get("/admin/mirror/outboxentry/?state=refused").content.decode()
    searched = client.get("/admin/mirror/outboxentry/?q=0123456789").content.decode()

    assert "Nothing has been queued for Telnyx yet." in empty
    assert "The filters may be hiding rows" in filtered
    assert "“0123456789” found nothing" in searched


def test_a_choice_that_finds_nothing_says_what_that_means_and_offers_nothing_to_do(login):
    client = login("compliance")
    make_entry(State.ACCEPTED)
    nothing = client.get("/admin/mirror/outboxentry/?state=open").content.decode()
    both = client.get("/admin/mirror/outboxentry/?state=open&kind=hosted.hostedorder").content.decode()
    ended = client.get("/admin/mirror/outboxentry/").content.decode()
    make_entry()
    some = client.get("/admin/mirror/outboxentry/").content.decode()

    assert "Nothing is on its way to Telnyx." in nothing
    assert "The filters may be hiding rows" in both
    assert "Try all of these now" not in ended
    assert "Try all of these now" in some
    profiles = client.get("/admin/hosted/hostednumber/?place=no_profile").content.decode()
    assert "Every number has a profile." in profiles
