"""The search of both lists, and the one box on the home page: all that people know of a record and may see."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from hosted.models import HostedNumber, HostedOrder, OrderNumber
from messaging.models import Message
from tests.desk.lists import queries, shown
from tests.tollfree.conftest import complete
from tests.tollfree.pages import text
from tollfree.models import VerificationRequest

REQUESTS, ORDERS = "/admin/tollfree/verificationrequest/", "/admin/hosted/hostedorder/"
HOME, FIND = "/admin/", "/admin/desk/find/"


@pytest.fixture
def author(db) -> User:
    return User.objects.create(username="mkowalski", first_name="Maria", last_name="Kowalski", is_staff=True)


@pytest.fixture
def request_(author) -> VerificationRequest:
    made = complete(created_by=author, remote_id="tfv-77aa-bb", doing_business_as="Smile Bar")
    made.save()
    other = complete(
        phone_numbers=["+18885559999"],
        business_name="Another Inc",
        corporate_website="https://another.example",
        use_case="Billing",
        use_case_summary="Tells customers what they owe.",
        production_message_content="Another Inc: your bill is ready. Reply STOP to opt out.",
        opt_in_workflow="Customers ask for it on the phone.",
        additional_information="One number for all.",
        business_addr1="1 Other Road",
        business_city="Elsewhere",
        business_zip="99999",
        business_state="Texas",
        business_contact_first_name="Alex",
        business_contact_last_name="Unlike",
        business_contact_email="alex@another.example",
        business_contact_phone="+13125550177",
    )
    other.save()
    return made


@pytest.fixture
def order(author) -> HostedOrder:
    made = HostedOrder.objects.create(
        customer="Larkspur Dental", note="Ring the front desk", created_by=author, remote_id="ho-44cc-dd"
    )
    OrderNumber.objects.create(
        order=made, phone_number="+13125550143", name="Dr. Zoë Núñez", remote_number_id="n-9x9x"
    )
    other = HostedOrder.objects.create(customer="Other Company")
    OrderNumber.objects.create(order=other, phone_number="+12125550100", name="Reception")
    return made


@pytest.fixture
def message(db) -> Message:
    now = timezone.now()
    return Message.objects.create(
        remote_id=uuid4(),
        direction="outbound",
        type="SMS",
        our_address="+13125550100",
        their_address="+13125550143",
        happened_at=now,
        status="delivered",
        status_at=now,
        details_at=now,
    )


def find(client, term: str):
    return client.post(FIND, {"q": term}, follow=True)


@pytest.mark.parametrize(
    "term",
    [
        "larkspur",
        "Group Larkspur",
        "smile bar",
        "larkspur-dental.example",
        "https://larkspur-dental.example/",
        "www.larkspur-dental.example",
        "HTTP://WWW.larkspur-dental.example//",
        "mkowalski",
        "Maria Kowalski",
        "Kowalski larkspur",
        "tfv-77aa",
        "77aa-bb",
        "(800) 555-0123",
        "0123",
        "800555",
        "appointments",
        "reminders booked",
        "see you on Tuesday",
        "tick optional box",
        "own patients",
        "larkspur tuesday",
    ],
)
def test_everybody_finds_a_request_by_what_everybody_sees(login, request_, term):
    assert shown(login("support"), f"{REQUESTS}?q={term}") == {str(request_.pk)}


@pytest.mark.parametrize(
    "term",
    [
        "Robin",
        "robin sample",
        "robin@larkspur-dental",
        "200 Fictional Way",
        "Springfield",
        "62704",
        "Illinois",
        "(217) 555-0142",
        "+12175550142",
        "2175550142",
    ],
)
def test_contacts_and_addresses_are_found_only_by_those_who_see_them(login, request_, term):
    assert shown(login("compliance"), REQUESTS + "?q=" + term.replace("+", "%2B")) == {str(request_.pk)}
    assert shown(login("support"), REQUESTS + "?q=" + term.replace("+", "%2B")) == set()
    support = login("auditor")
    assert "Larkspur Dental Group LLC" not in text(find(support, term))


@pytest.mark.parametrize("term", ["12-3456789", "3456789", "EIN"])
def test_secrets_are_found_by_nobody(login, request_, term):
    assert shown(login("admin"), f"{REQUESTS}?q={term}") == set()


def test_a_part_of_our_own_id_finds_the_record(login, request_, order):
    client = login("support")

    assert shown(client, f"{REQUESTS}?q={str(request_.pk)[9:23]}") == {str(request_.pk)}
    assert shown(client, f"{ORDERS}?q={str(order.pk)[:8]}") == {str(order.pk)}


@pytest.mark.parametrize(
    "term",
    [
        "larkspur",
        "dental larkspur",
        "front desk",
        "zoë",
        "Dr. Núñez",
        "Zoë Larkspur",
        "kowalski",
        "ho-44cc",
        "n-9x9x",
        "312-555-0143",
        "0143",
    ],
)
def test_an_order_is_found_by_its_customer_note_author_number_and_the_name_of_a_number(login, order, term):
    assert shown(login("support"), f"{ORDERS}?q={term}") == {str(order.pk)}


@pytest.mark.parametrize("term", ["%", "_", "\\", "'", "a" * 300, "x y z " * 50, "Robin%", "....", "\u200b"])
@pytest.mark.parametrize("url", [REQUESTS, ORDERS])
def test_odd_terms_are_searched_as_they_are(login, request_, order, url, term):
    client = login("compliance")

    assert client.get(url, {"q": term}).status_code == 200
    assert find(client, term).status_code == 200


# The one box.


def test_one_box_finds_requests_orders_numbers_and_messages_in_groups(login, request_, order, message):
    HostedNumber.objects.create(phone_number="+13125550143", remote_id="hn-1")
    client = login("operator")
    assert (
        text(client.get(HOME)).count("Find a request, order, number, business, or the messages of a number")
        == 1
    )

    business, number = text(find(client, "larkspur")), text(find(client, "312 555 0143"))

    for words in (
        "Toll-free verifications",
        "Larkspur Dental Group LLC",
        "Hosted orders",
    ):
        assert words in business
    for words in ("Hosted orders", "Hosted numbers", "Messages", "+1 312 *** 0143"):
        assert words in number


def test_what_is_typed_stays_out_of_the_address(login, request_):
    answer = login("support").post(FIND, {"q": "+1 800 555 0123"})

    assert answer.status_code == 302
    assert re.fullmatch(rf"{FIND}[0-9a-f-]{{36}}/", answer.headers["Location"])


def test_a_search_is_of_the_session_that_made_it(login, request_):
    address = login("support").post(FIND, {"q": "larkspur"}).headers["Location"]

    page = text(login("compliance").get(address))

    assert "This search is no longer kept. Type it again." in page
    assert "Larkspur" not in page


def test_only_the_last_searches_are_kept(login):
    client = login("support")
    addresses = [client.post(FIND, {"q": f"term {n}"}).headers["Location"] for n in range(7)]

    assert "no longer kept" in text(client.get(addresses[0]))
    assert "no longer kept" not in text(client.get(addresses[-1]))


def test_the_box_needs_a_word_the_token_and_a_login(login, client):
    assert "Type at least one letter or digit" in text(find(login("support"), " -- "))
    assert login("compliance", enforce_csrf_checks=True).post(FIND, {"q": "x"}).status_code == 403
    assert client.post(FIND, {"q": "x"}).status_code == 302
    assert login("auditor").get(FIND).status_code == 405


def test_people_find_only_what_they_may_view(login, request_, order, message):
    HostedNumber.objects.create(phone_number="+13125550143", remote_id="hn-1")
    nobody = login("nobody")

    for term in ("larkspur", "+13125550143", str(order.pk)):
        page = text(find(nobody, term))
        assert "Nothing found in the records you can see." in page
    assert "Find a request" not in text(nobody.get(HOME))


def test_an_unknown_number_says_what_was_searched_and_what_to_tell_the_customer(login):
    client = login("support")
    answer = find(client, "(415) 555-0999")
    page = text(answer)

    assert "No messages and no records for this number" in page
    assert "was found in the last 396 days" in page
    assert "We found no text to or from this number." in page
    assert "Nothing found in the records" not in page
    here = answer.redirect_chain[-1][0]
    assert "No encontramos" in text(client.get(here, {"say": "es"}))


def test_groups_are_short_and_say_that_there_is_more(login):
    for n in range(9):
        complete(phone_numbers=[f"+1800555{n:04}"]).save()

    answer = find(login("support"), "larkspur")

    assert answer.content.decode().count(">Larkspur Dental Group LLC</a>") == 6
    assert "There are more." in text(answer)


@pytest.mark.promise("L3")
def test_a_search_costs_the_same_for_many_hits_and_counts_nothing(login, request_, order):
    client = login("admin")
    address = client.post(FIND, {"q": "larkspur"}).headers["Location"]
    client.get(address)
    few = queries(client, address)
    for n in range(20):
        complete(phone_numbers=[f"+1800556{n:04}"]).save()
        HostedOrder.objects.create(customer="Larkspur")

    many = queries(client, address)

    assert len(many) == len(few) <= 17
    assert not any("COUNT(*)" in query for query in many)
