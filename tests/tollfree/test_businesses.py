"""A company is typed once: requests start from its profile, say where they differ, and are brought up to date."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.mirror.models import OutboxEntry
from tests.desk.conftest import make_entry
from tests.tollfree.conftest import COMPLETE
from tests.tollfree.pages import LIST, at_telnyx, change, fields, reviewed, text
from tests.visitor import Forms
from tollfree.checks.sections import COMPANY
from tollfree.models import BusinessProfile, VerificationRequest

PROFILES = "/admin/tollfree/businessprofile/"
ADD = f"{PROFILES}add/"
KNOWN: dict[str, Any] = {name: value for name, value in COMPLETE.items() if name in COMPANY}


def profile(**changes: Any) -> BusinessProfile:
    return BusinessProfile.objects.create(name=changes.pop("name", "Larkspur"), **KNOWN | changes)


def url(of: BusinessProfile, page: str = "change") -> str:
    return f"{PROFILES}{of.pk}/{page}/"


def said_of(record) -> list[str]:
    return list(LogEntry.objects.filter(object_id=str(record.pk)).values_list("change_message", flat=True))


def test_a_new_profile_takes_the_brand_for_its_name_and_is_tidied(login):
    client = login("approver")
    typed = fields(client, ADD) | {
        "business_name": " Larkspur LLC ",
        "doing_business_as": "Larkspur",
        "business_state": "TX",
        "business_contact_phone": "(217) 555-0142",
        "business_registration_country": "USA",
    }

    answer = client.post(ADD, typed)

    made = BusinessProfile.objects.get()
    assert answer.headers["Location"] == url(made)
    company = made.company()
    assert (made.name, made.created_by.username) == ("Larkspur", "approver")
    assert company == {
        "business_name": "Larkspur LLC",
        "doing_business_as": "Larkspur",
        "business_state": "Texas",
        "business_contact_phone": "+12175550142",
        "business_registration_country": "US",
    }
    assert said_of(made) == ["Added."]
    # A second click, or Back and Save, finds what the first click made.
    assert client.post(ADD, typed).headers["Location"] == url(made)
    assert BusinessProfile.objects.count() == 1


def test_a_name_is_needed_and_has_to_be_free(login):
    profile(name="larkspur")
    client = login("compliance")

    nameless = client.post(ADD, fields(client, ADD) | {"business_city": "Springfield"})
    taken = client.post(ADD, fields(client, ADD) | {"name": "LARKSPUR", "business_city": "Springfield"})

    assert "Type a name, or the legal name of the business." in text(nameless)
    assert "A business profile with this name exists." in text(taken)
    assert "Springfield" in nameless.content.decode()
    assert "Springfield" in taken.content.decode()
    assert BusinessProfile.objects.count() == 1


def test_a_new_request_for_a_business_has_its_company_and_nothing_else(login):
    known = profile()
    client = login("operator")
    new_id = re.search(r'name="new_id" value="([^"]+)"', client.get(url(known)).content.decode())[1]

    answers = [client.post(url(known, "start"), {"new_id": new_id}) for _click in range(2)]

    draft = VerificationRequest.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {change(draft)}
    assert {name: getattr(draft, name) for name in KNOWN} == KNOWN
    assert (draft.phone_numbers, draft.use_case, draft.created_by.username) == ([], "", "operator")
    assert draft.business_profile == known
    assert not OutboxEntry.objects.exists()
    page = client.get(change(draft))
    assert page.content.decode().count("From the business profile") == len(KNOWN)
    assert "Matches the profile." in text(page)


def test_the_home_page_starts_a_request_for_a_business_by_its_name(login):
    known, other = profile(), profile(name="Marigold", business_name="Marigold LLC")
    client = login("operator")
    home = client.get("/admin/").content.decode()
    assert '<option value="Larkspur">' in home
    new_id = re.search(r'name="new_id" value="([^"]+)"', home)[1]

    def start(name: str) -> str:
        return client.post(f"{PROFILES}start/", {"new_id": new_id, "name": name}).headers["Location"]

    assert start(" larkspur ") == start("Larkspur")
    # Back, and another name on the same page.
    start("Marigold")

    drafts = VerificationRequest.objects.order_by("created_at")
    assert [draft.business_profile for draft in drafts] == [known, other]
    assert {name: getattr(drafts[0], name) for name in KNOWN} == KNOWN
    assert not OutboxEntry.objects.exists()


@pytest.mark.parametrize("name", ["Lark", "", "Larkspur 100%", "<b>", "+1 877 355 4398", "\u200b"])
def test_a_name_that_no_profile_has_starts_nothing_and_shows_the_profiles(login, name):
    profile()
    client = login("compliance")

    answer = client.post(f"{PROFILES}start/", {"new_id": str(uuid4()), "name": name}, follow=True)

    assert answer.redirect_chain == [(PROFILES, 302)]
    assert "Nothing was started: no business profile is called" in text(answer)
    assert "Larkspur" in text(answer)
    assert not VerificationRequest.objects.exists()


@pytest.mark.parametrize("who", ["support", "auditor"])
def test_people_who_may_not_add_requests_start_none_from_the_home_page(login, who):
    profile()
    client = login(who)

    assert "for a business you" not in text(client.get("/admin/"))
    typed = {"new_id": str(uuid4()), "name": "Larkspur"}
    assert client.post(f"{PROFILES}start/", typed).status_code == 403
    assert not VerificationRequest.objects.exists()


def test_the_home_page_offers_no_business_before_there_is_one_and_at_most_a_hundred(login):
    client = login("compliance")
    assert "for a business you" not in text(client.get("/admin/"))

    for number in range(102):
        profile(name=f"Business {number}")

    assert client.get("/admin/").content.decode().count("<option value=") == 100


def test_a_field_that_was_changed_is_marked_as_different(login):
    known = profile()
    draft = VerificationRequest.objects.create(
        business_profile=known, **KNOWN | {"business_city": "Shelbyville"}
    )

    page = login("compliance").get(change(draft))

    row = page.content.decode().split('data-field="business_city"')[1].split("data-field=")[0]
    assert "Differs from the business profile" in row
    assert "Differs from the profile in: “City”" in text(page)


def test_a_profile_is_made_from_a_request_which_is_then_linked(login, make):
    record = make()
    client = login("compliance")
    assert "Make a business profile from this request" in text(client.get(change(record)))
    start = f"{ADD}?from={record.pk}"

    answer = client.post(start, fields(client, start))

    made, record = BusinessProfile.objects.get(), VerificationRequest.objects.get()
    assert answer.headers["Location"] == url(made)
    assert (made.name, record.business_profile) == (COMPLETE["business_name"], made)
    assert made.company() == KNOWN
    assert said_of(made) == [f"Made from the request of {COMPLETE['business_name']}."]
    assert said_of(record) == [f"Linked to the business profile “{made}”."]
    assert "Make a business profile" not in text(client.get(change(record)))


def test_a_profile_made_from_a_verified_request_keeps_values_telnyx_has_and_we_do_not_know(login, make):
    record = at_telnyx(make, "Verified", entity_type="COOPERATIVE")
    client = login("approver")
    start = f"{ADD}?from={record.pk}"

    client.post(start, fields(client, start))

    assert BusinessProfile.objects.get().company()["entity_type"] == "COOPERATIVE"


def test_two_people_who_change_one_profile_lose_nothing(login):
    known = profile()
    first, second = login("compliance"), login("approver")
    mine, theirs = fields(first, url(known, "edit")), fields(second, url(known, "edit"))

    second.post(url(known, "edit"), theirs | {"business_city": "Shelbyville", "business_zip": "62705"})
    refused = first.post(url(known, "edit"), mine | {"business_city": "Capital City"})

    known.refresh_from_db()
    assert known.company()["business_city"] == "Shelbyville"
    assert "Changed in two places" in text(refused)
    choice = re.search(r'name="choice_business_city" value="(mine-\w+)"', refused.content.decode())[1]
    again = fields_of(refused) | {"choice_business_city": choice}
    assert first.post(url(known, "edit"), again).status_code == 302
    known.refresh_from_db()
    assert (known.company()["business_city"], known.company()["business_zip"]) == ("Capital City", "62705")


def fields_of(answer) -> dict:
    return Forms(answer.content.decode()).fields


def test_the_history_names_contacts_and_secrets_without_their_values(login):
    known = profile()
    client = login("compliance")
    edit = url(known, "edit")

    typed = {"business_contact_email": "new@larkspur.example", "corporate_website": "https://new.example"}
    client.post(edit, fields(client, edit) | typed)

    history = text(client.get(url(known, "history")))
    assert "Email: changed" in history
    assert "https://new.example" in history
    assert "new@larkspur.example" not in history


# Bring up to date.


def all_kinds(make, known: BusinessProfile) -> dict[str, VerificationRequest]:
    """Return a request of each kind, all with another city than the profile."""
    other = {"business_profile": known, "business_city": "Shelbyville"}
    made = {
        "draft": make(**other),
        "rejected": reviewed(make, 1, "Rejected", **other),
        "asked": reviewed(make, 2, "Waiting For Customer", **other),
        "verified": reviewed(make, 3, "Verified", **other),
        "in review": reviewed(make, 4, "In Progress", **other),
        "queued": make(phone_numbers=["+18005550105"], **other),
        "gone": reviewed(make, 6, "Verified", gone_at=timezone.now(), **other),
        "same": make(phone_numbers=["+18005550107"], business_profile=known),
    }
    make_entry("queued", of=made["queued"])
    return made


EDITABLE = {"draft", "rejected", "asked"}


def test_the_page_of_a_profile_lists_its_requests_and_which_differ_in_what(login, make):
    known = profile()
    made = all_kinds(make, known)
    make(phone_numbers=["+18005550199"], business_city="Nowhere")

    page = login("compliance").get(url(known))

    html = page.content.decode()
    assert html.count("data-request=") == len(made)
    for name, request in made.items():
        row = html.split(f'data-request="{request.pk}"')[1].split("</li>")[0]
        assert ("Differs in “City”" in row) is (name not in ("gone", "same")), name
        assert ("can be changed now" in row or "has answered" in row) is (
            name in ("verified", "in review", "queued")
        )


def test_the_web_address_that_is_brought_up_to_date_is_opened_at_once(login, make, settings):
    settings.LINK_CHECK = True
    known = profile(corporate_website="https://new-larkspur.example")
    draft, client = make(business_profile=known), login("compliance")

    client.post(url(known, "bring"), fields(client, url(known, "bring")))

    waiting = draft.links.filter(due_at__isnull=False).values_list("address", flat=True)
    assert "https://new-larkspur.example" in waiting


def test_bring_up_to_date_changes_drafts_and_corrections_and_sends_nothing(login, make):
    known = profile(business_addr2="")
    made = all_kinds(make, known)
    VerificationRequest.objects.filter(pk=made["draft"].pk).update(business_addr2="Suite 9")
    client = login("compliance")
    before = OutboxEntry.objects.count()
    page = client.get(url(known, "bring"))
    assert "Nothing is sent to Telnyx" in text(page)
    assert text(page).count("nothing can be changed") == 3

    answer = client.post(url(known, "bring"), fields_of(page), follow=True)

    for name, request in made.items():
        version = request.version
        request.refresh_from_db()
        is_changed = name in EDITABLE
        assert (request.business_city == "Springfield") is (is_changed or name == "same"), name
        assert request.version == version + is_changed
        assert any("Brought up to date" in words for words in said_of(request)) is is_changed
    # What is empty in the profile says nothing.
    assert made["draft"].business_addr2 == "Suite 9"
    assert "City: changed" in said_of(made["draft"])[0]
    assert "3 requests were changed here. Nothing was sent" in text(answer)
    assert OutboxEntry.objects.count() == before
    assert said_of(known) == ["Brought 3 requests up to date."]


def test_only_chosen_requests_are_changed_and_none_that_changed_meanwhile(login, make):
    known = profile()
    made = all_kinds(make, known)
    client = login("compliance")
    typed = fields_of(client.get(url(known, "bring")))
    typed["request"] = [stamp for stamp in typed["request"] if str(made["asked"].pk) not in stamp]
    VerificationRequest.objects.filter(pk=made["rejected"].pk).update(version=7)

    answer = client.post(url(known, "bring"), typed, follow=True)

    cities = {name: VerificationRequest.objects.get(pk=row.pk).business_city for name, row in made.items()}
    assert (cities["draft"], cities["asked"], cities["rejected"]) == (
        "Springfield",
        "Shelbyville",
        "Shelbyville",
    )
    assert "1 request was changed here" in text(answer)
    assert "1 request was left as it was" in text(answer)


def test_nothing_is_brought_up_to_date_with_a_profile_that_changed_meanwhile(login, make):
    known = profile()
    draft = make(business_profile=known, business_city="Shelbyville")
    client = login("compliance")
    typed = fields_of(client.get(url(known, "bring")))
    client.post(url(known, "edit"), fields(client, url(known, "edit")) | {"business_city": "Ogdenville"})

    answer = client.post(url(known, "bring"), typed, follow=True)

    draft.refresh_from_db()
    assert draft.business_city == "Shelbyville"
    assert "The profile was changed while you were reading." in text(answer)
    assert "Ogdenville" in text(answer)


def test_no_forged_choice_changes_a_verified_request_or_one_of_another_business(login, make):
    known = profile()
    verified = reviewed(make, 1, "Verified", business_profile=known, business_city="Shelbyville")
    other = make(business_city="Shelbyville")
    client = login("compliance")
    typed = fields_of(client.get(url(known, "bring")))

    typed["request"] = [f"{row.pk}.{row.version}" for row in (verified, other)] + ["x.1", f"{uuid4()}.1"]
    client.post(url(known, "bring"), typed)

    assert set(VerificationRequest.objects.values_list("business_city", flat=True)) == {"Shelbyville"}


def test_what_telnyx_holds_of_a_verified_request_is_what_is_compared(login, make):
    known = profile()
    request = reviewed(make, 1, "Verified", business_profile=known)
    VerificationRequest.objects.filter(pk=request.pk).update(remote_data={"businessCity": "Shelbyville"})

    assert "Differs in “City”" in text(login("support").get(url(known)))


# Links and copies.


def test_a_request_is_linked_to_a_profile_of_its_legal_name_and_unlinked(login, make):
    known, record = profile(), make()
    client = login("operator")
    assert "Link to business profile “Larkspur”" in text(client.get(change(record)))

    client.post(f"{LIST}{record.pk}/business/", {"profile": str(known.pk)})

    record.refresh_from_db()
    assert record.business_profile == known
    page = client.get(change(record))
    assert "Unlink the business profile" in text(page)
    client.post(f"{LIST}{record.pk}/business/", {"profile": ""})
    record.refresh_from_db()
    assert record.business_profile is None
    assert len(said_of(record)) == 2


def test_a_copy_keeps_the_business_and_says_where_it_came_from_both_ways(login, make):
    known = profile()
    record = at_telnyx(make, "Verified", business_profile=known)
    client = login("operator")

    copied = client.post(f"{LIST}{record.pk}/copy/", {"new_id": str(uuid4())})

    copy = VerificationRequest.objects.get(remote_id=None)
    assert copied.headers["Location"] == change(copy)
    assert (copy.business_profile, copy.copied_from, copy.phone_numbers) == (known, record, [])
    assert "Copied from Larkspur" in text(client.get(change(copy)))
    assert "Copied to Larkspur" in text(client.get(change(record)))
    assert change(copy) in client.get(change(record)).content.decode()


def test_deleting_a_profile_leaves_its_requests(login, make):
    known = profile()
    record = make(business_profile=known)
    client = login("compliance")
    assert "Its requests keep all their texts" in text(client.get(url(known, "remove")))

    client.post(url(known, "remove"))

    record.refresh_from_db()
    assert (record.business_profile, record.business_name) == (None, COMPLETE["business_name"])
    assert not BusinessProfile.objects.exists()


# Who may.

KEEPERS = {"compliance", "approver", "admin"}
WRITERS = {"compliance", "operator", "admin"}


@pytest.mark.parametrize(
    "role", ["compliance", "approver", "operator", "support", "auditor", "admin", "nobody"]
)
def test_who_may_view_and_change_profiles(login, make, role):
    known = profile()
    record = make(business_profile=None)
    client = login(role)

    opened = {
        "view": client.get(url(known)).status_code == 200,
        "list": client.get(PROFILES).status_code == 200,
        "history": client.get(url(known, "history")).status_code == 200,
        "edit": client.get(url(known, "edit")).status_code == 200,
        "add": client.get(ADD).status_code == 200,
        "from": client.get(f"{ADD}?from={record.pk}").status_code == 200,
        "post": client.post(url(known, "edit"), {"name": "x"}).status_code == 302,
        "bring": client.get(url(known, "bring")).status_code == 200,
        "brought": client.post(url(known, "bring"), {}).status_code == 302,
        "start": client.post(url(known, "start"), {"new_id": str(uuid4())}).status_code == 302,
        "link": client.post(f"{LIST}{record.pk}/business/", {"profile": ""}).status_code == 302,
        "remove": client.post(url(known, "remove")).status_code == 302,
    }

    sees, keeps, writes = role != "nobody", role in KEEPERS, role in WRITERS
    assert opened == {
        **dict.fromkeys(("view", "list", "history"), sees),
        **dict.fromkeys(("edit", "add", "from", "post"), keeps),
        **dict.fromkeys(("bring", "brought", "start", "link"), writes),
        "remove": role in ("compliance", "admin"),
    }


@pytest.mark.parametrize("role", ["support", "auditor"])
def test_contacts_and_secrets_of_a_profile_are_masked_for_those_who_do_not_write_requests(login, role):
    known = profile()

    page = login(role).get(url(known)).content.decode()

    for hidden in ("robin@larkspur-dental.example", "200 Fictional Way", "12-3456789", "555 0142", "Robin"):
        assert hidden not in page
    assert "6789" in page
    assert "larkspur-dental.example" in page
    whole = login("compliance").get(url(known)).content.decode()
    assert "robin@larkspur-dental.example" in whole
    assert "12-3456789" in whole


def test_a_profile_of_a_bad_address_says_no_more_than_that(login):
    client = login("compliance")

    assert client.get(f"{PROFILES}{uuid4()}/change/").status_code == 404
    assert client.get(f"{PROFILES}x/change/").status_code == 404
    assert client.get(f"{ADD}?from=x").status_code == 404
    assert client.get(f"{ADD}?from={uuid4()}").status_code == 404


# Finding.


def found(client, term: str):
    address = client.post("/admin/desk/find/", {"q": term}).headers["Location"]
    return text(client.get(address))


@pytest.mark.parametrize(
    ("term", "role", "is_found"),
    [
        ("larkspur", "support", True),
        ("LARKSPUR-DENTAL.example", "auditor", True),
        ("Robin", "support", False),
        ("Robin", "operator", True),
        ("217 555 0142", "compliance", True),
        ("12-3456789", "compliance", False),
        ("larkspur", "nobody", False),
    ],
)
def test_the_search_of_the_home_page_finds_businesses(login, term, role, is_found):
    profile()

    assert ("Businesses" in found(login(role), term)) is is_found


def test_the_list_is_searched_and_costs_the_same_for_many_rows(login):
    client = login("admin")

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(PROFILES).status_code == 200
        assert not any("COUNT(*)" in query["sql"] for query in seen)
        return len(seen)

    profile()
    client.get(PROFILES)
    few = cost()
    for n in range(30):
        profile(name=f"Shop {n}", created_by=User.objects.get(username="admin"))

    assert cost() == few <= 12
    assert "Shop 29" in text(client.get(PROFILES, {"q": "shop 29"}))
    assert "Shop 8" not in text(client.get(PROFILES, {"q": "shop 29"}))


def test_a_profile_with_many_requests_shows_the_newest_at_the_same_cost(login, make):
    known = profile()
    client = login("admin")
    make(business_profile=known)
    client.get(url(known))

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url(known)).status_code == 200
        return len(seen)

    few = cost()
    VerificationRequest.objects.bulk_create(
        VerificationRequest(business_profile=known, **KNOWN) for _number in range(110)
    )

    assert cost() == few
    page = client.get(url(known)).content.decode()
    assert page.count("data-request=") == 100
    assert "Only the newest 100 are shown" in page


def test_links_and_copies_cost_the_page_of_a_request_nothing(login, make, django_assert_max_num_queries):
    known = profile()
    source = make(business_profile=known)
    record = make(business_profile=known, copied_from=source)
    make(copied_from=record)
    make_entry(OutboxEntry.State.REFUSED, of=record, errors=[{"pointer": "/businessName", "title": "Bad"}])
    clients = [login("compliance"), login("support")]

    for client in clients:
        with django_assert_max_num_queries(14):
            page = text(client.get(change(record)))
        assert "Copied from" in page
        assert "Copied to" in page


def test_without_a_profile_a_new_request_says_how_to_start_from_an_earlier_one(login):
    compliance = login("compliance")

    before = text(compliance.get(f"{LIST}add/"))
    BusinessProfile.objects.create(name="Larkspur Dental")
    after = text(compliance.get(f"{LIST}add/"))

    assert "open its last request and press “Copy into a new draft”" in before
    assert "start from its business profile" not in before
    assert "start from its business profile" in after


def test_only_a_list_of_several_pages_can_be_turned(login, monkeypatch):
    url, compliance = "/admin/tollfree/businessprofile/", login("compliance")

    empty = text(compliance.get(url))
    monkeypatch.setattr(admin.site.get_model_admin(BusinessProfile), "list_per_page", 2)
    BusinessProfile.objects.create(name="Larkspur Dental")
    one_page = text(compliance.get(url))
    for name in ("Larkspur Eyes", "Larkspur Vets"):
        BusinessProfile.objects.create(name=name)
    first, second = text(compliance.get(url)), text(compliance.get(f"{url}?p=2"))

    turned = [
        [word for word in ("Previous", "Next") if word in page] for page in (empty, one_page, first, second)
    ]
    assert turned == [[], [], ["Next"], ["Previous"]]


def test_a_profile_saved_without_a_change_has_no_line_in_its_history(login):
    compliance = login("compliance")
    profile = BusinessProfile.objects.create(name="Larkspur Dental")
    url = f"/admin/tollfree/businessprofile/{profile.pk}/change/"

    compliance.post(url, fields(compliance, url))

    assert not LogEntry.objects.exists()
