"""The page Audit: who changed what in plain words, for auditors and administrators, and its file."""

import csv
import re
from html import unescape
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import reverse

from config.roles import RIGHTS
from hosted.models import HostedOrder
from messaging.desk import acts
from messaging.mirror import retention
from messaging.mirror.audit.context import acting
from messaging.mirror.models import AuditEntry
from messaging.models import Approval, MessagingProfile
from tests.desk.conftest import make_request
from tests.desk.lists import queries
from tests.tollfree.pages import fields
from tollfree.models import VerificationRequest

AUDIT = "/admin/mirror/auditentry/"
ROLES = ["compliance", "approver", "operator", "support", "nobody"]


def shown(client, address: str = AUDIT) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer
    return unescape(answer.content.decode()).split('id="content-main"')[1]


def change(person: User, row: VerificationRequest, **values) -> None:
    who: dict[str, Any] = {"user_id": person.pk, "actor": person.username, "source": "page"}
    with acting(**who):
        VerificationRequest.objects.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize("role", ROLES)
def test_others_are_refused(login, role):
    browser = login(role)

    assert browser.get(AUDIT).status_code == 403
    assert browser.get(f"{AUDIT}csv/").status_code == 403
    assert browser.post(f"{AUDIT}find/").status_code == 403


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_nobody_changes_anything_through_it(login, role):
    browser = login(role)
    row = AuditEntry.objects.first()

    assert browser.post(AUDIT).status_code == 403
    assert browser.post(f"{AUDIT}{row.pk}/change/", {"actor": "x"}).status_code == 403
    assert browser.post(f"{AUDIT}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert browser.get(f"{AUDIT}add/").status_code == 403


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "x"])
def test_a_day_that_cannot_be_searched_for_is_left_out(login, day):
    browser = login("auditor")

    assert browser.get(AUDIT, {"since": day, "until": day}).status_code == 200
    assert browser.get(f"{AUDIT}csv/", {"since": day, "until": day}).status_code == 200


def test_a_change_is_a_plain_sentence(login, person):
    row = make_request()
    change(person("operator"), row, corporate_website="https://b.example")

    page = shown(login("auditor"))

    assert "/admin/messaging/reveal/" in page.split("On record in lists of their own:")[1].split("</p>")[0]
    assert f"operator changed Website from {row.corporate_website} to https://b.example" in page


def test_the_reason_stands_beside_the_change(login, person):
    row, user = make_request(), person("compliance")
    with transaction.atomic():
        change(user, row, use_case_summary="Other words")
        acts.record(user, row, "Corrected", reason="The customer called")

    assert "Reason: The customer called" in shown(
        login("auditor"), f"{AUDIT}?kind=tollfree.verificationrequest"
    )


def test_contacts_are_masked_for_who_may_not_see_them(login, person):
    row = make_request()
    change(
        person("operator"), row, business_contact_email="new@a.example", business_contact_phone="+13125550009"
    )

    masked, whole = shown(login("auditor")), shown(login("admin"))

    assert "new@a.example" not in masked
    assert "+13125550009" not in masked
    assert "new@a.example" in whole


def test_memberships_and_passwords_are_sentences(login, person):
    user = person("support")
    with acting(actor="chief", source="page"):
        user.groups.add(Group.objects.get(name="operator"))
        user.set_password("something long enough")
        user.save()

    page = shown(login("auditor"))
    assert "chief added support to the group operator" in page
    assert "chief set Password (its value isn't kept)" in page


def test_it_is_searched_by_person_record_number_and_time(login, person):
    one, two = make_request(), make_request()
    change(person("operator"), one, business_name="First of them")
    change(person("compliance"), two, business_name="Second of them")
    VerificationRequest.objects.filter(pk=two.pk).update(phone_numbers=["+18885550177"])
    browser = login("auditor")

    def found(**values) -> str:
        answer = browser.post(f"{AUDIT}find/", values)
        assert answer.status_code == 302
        assert "5550177" not in answer.url
        return shown(browser, answer.url)

    assert "First of them" in found(person="operator")
    assert "Second of them" not in found(person="operator")
    page = found(kind="tollfree.verificationrequest", record=str(two.pk))
    assert "Second of them" in page
    assert "First of them" not in page
    assert "5550177" in found(number="(888) 555-0177")
    assert "First of them" not in found(number="(888) 555-0177")
    assert "No change on record matches" in found(until="2020-01-01")
    assert "First of them" in found(since="2020-01-01")


def test_an_edit_in_a_form_is_one_line_and_no_alarm(login):
    row, browser = make_request(), login("compliance")
    address = reverse("admin:tollfree_verificationrequest_change", args=[row.pk])
    browser.post(address, fields(browser, address) | {"business_name": "Peoria Coffee", "_save": "1"})

    auditor = login("auditor")
    page = shown(auditor)

    assert LogEntry.objects.get(object_id=str(row.pk)).action_flag == acts.EDIT
    assert "compliance changed Legal business name from" in page
    assert "compliance: Changed" not in page
    assert "A recorded action was changed" not in page
    LogEntry.objects.update(change_message="Nothing happened")
    assert "A recorded action was changed or deleted" in shown(auditor)


def test_a_record_is_found_by_the_start_of_its_id_and_from_its_page(login, person):
    row, other, user = make_request(), make_request(), person("operator")
    change(user, row, business_name="First of them")
    change(user, other, business_name="Second of them")
    auditor, start = login("auditor"), str(row.pk)[:8]
    pages = reverse("admin:tollfree_verificationrequest_change", args=[row.pk])

    for address in (f"{AUDIT}?record={start}", f"{AUDIT}?record={start}&kind=tollfree.verificationrequest"):
        found = shown(auditor, address)
        assert "First of them" in found
        assert "Second of them" not in found
    link = f"?kind=tollfree.verificationrequest&record={row.pk}"
    assert link in unescape(auditor.get(pages).content.decode())
    assert "auditentry" not in login("support").get(pages).content.decode()


def test_a_record_is_found_by_the_words_of_its_name(login, person):
    kettle = HostedOrder.objects.create(customer="Copper Kettle", note="Call +13125550199 first")
    HostedOrder.objects.create(customer="Copper Pot")
    request, user = make_request(), person("operator")
    change(user, request, business_name="Kettle & Copper LLC", doing_business_as="Kettle's")
    MessagingProfile.objects.create(name="Copper kettle line")
    User.objects.create(username="pk7", first_name="Pat", last_name="Keeper")
    auditor = login("auditor")

    def found(record: str, **values) -> set[str]:
        answer = auditor.post(f"{AUDIT}find/", {"record": record, **values}, follow=True)
        return {told.row.label for told in answer.context["told"]}

    everything = {"hosted.hostedorder", "tollfree.verificationrequest", "messaging.messagingprofile"}
    assert found("copper kettle") == found("Kettle Copper") == everything
    assert found("copper kettle", kind="hosted.hostedorder") == {"hosted.hostedorder"}
    assert {row.row.key for row in auditor.get(f"{AUDIT}?record=kettle+first").context["told"]} == {
        str(kettle.pk)
    }
    assert found("Keeper Pat") == {"auth.user"}
    page = shown(auditor, f"{AUDIT}?record=copper+kettle")
    assert "Only changes of the 3 records with “copper kettle” in their names." in page
    assert "Copper Pot" not in page
    assert len(queries(auditor, f"{AUDIT}?record=copper+kettle")) <= len(queries(auditor, AUDIT)) + 2
    text = b"".join(auditor.get(f"{AUDIT}csv/?record=copper+kettle").streaming_content).decode()
    assert "Copper Kettle" in text
    assert "Copper Pot" not in text
    # As it's shown: the number in the note is masked, and the box for names keeps no number in the address.
    assert "No record that you may see" in shown(auditor, f"{AUDIT}?record=5550199")
    assert "5550199" not in auditor.post(f"{AUDIT}find/", {"record": "(312) 555-0199"}).url
    assert found("Copper Kettle House") == set()


def test_a_name_is_searched_only_among_what_somebody_may_view(login):
    HostedOrder.objects.create(customer="Copper Kettle")
    browser = login("auditor")
    group = User.objects.get(username="auditor").groups.get()
    assert "Copper Kettle" in shown(browser, f"{AUDIT}?record=kettle")

    group.permissions.remove(Permission.objects.get(codename="view_hostedorder"))

    page = shown(browser, f"{AUDIT}?record=kettle")
    assert "No record that you may see has this name" in page
    assert "hosted orders" not in page.split("Found by name:")[1].split("</p>")[0]


def test_a_name_that_very_many_have_asks_for_more(login):
    HostedOrder.objects.bulk_create(HostedOrder(customer=f"Copper {n}") for n in range(51))
    browser = login("auditor")

    page = shown(browser, f"{AUDIT}?record=copper")

    assert "More than 50 records have “copper” in their names." in page
    assert "csv/" not in page
    assert browser.get(f"{AUDIT}csv/?record=copper")["Location"] == f"{AUDIT}?record=copper"
    assert browser.get(f"{AUDIT}?record=copper+50").context["told"]


@pytest.mark.parametrize("start", ["12345678", "1234567a", "a1234567"])
def test_an_order_without_a_name_goes_by_its_id_even_if_that_has_only_digits(login, person, start):
    user = person("operator")
    order = HostedOrder.objects.create(pk=UUID(f"{start}-0000-4000-8000-000000000001"))
    other = HostedOrder.objects.create(pk=UUID("87654321-0000-4000-8000-000000000001"), customer="Named")
    acts.record(user, order, "Numbers moved", reason="+13125550199 and 22334455 asked for it")
    acts.record(user, other, f"2 numbers moved here from “{order}”", reason="")
    auditor = login("auditor")

    history = shown(auditor, reverse("admin:hosted_hostedorder_history", args=[other.pk]))
    audit = shown(auditor, f"{AUDIT}?record={order.pk}") + shown(auditor, f"{AUDIT}?kind=admin.logentry")

    assert f"moved here from “Hosted order {start}”" in history
    assert f"Hosted order “Hosted order {start}”" in audit
    assert f"moved here from “Hosted order {start}”" in audit
    assert not re.search(r"\*\*\*(?:5678|4567)", audit)
    assert "5550199" not in audit
    assert "22334455" not in audit


def test_a_person_is_suggested_and_an_unknown_one_is_called_unknown(login, person):
    person("operator")
    browser = login("auditor")

    assert '<option value="operator">' in shown(browser)
    assert "No person is called “oprator” here" in shown(browser, f"{AUDIT}?person=oprator")


@pytest.mark.parametrize(
    "query",
    [
        "?since=2020-13-45",
        "?kind=no.such",
        "?before=%00",
        "?record=x'--",
        "?number=zzz",
        "?after=!!",
        "?record=%00",
    ],
)
def test_a_broken_address_is_a_page(login, query):
    assert login("auditor").get(AUDIT + query).status_code == 200


def test_pages_go_back_and_forth_without_a_gap(login):
    row = make_request()
    for number in range(120):
        VerificationRequest.objects.filter(pk=row.pk).update(business_name=f"Name {number:03}")
    browser, url, seen = login("auditor"), f"{AUDIT}?record={row.pk}", []
    while url:
        answer = browser.get(url)
        seen += [told.row.pk for told in answer.context["told"]]
        back, url = answer.context["newer_url"], answer.context["older_url"]

    assert seen == list(
        AuditEntry.objects.filter(key=str(row.pk)).order_by("-id").values_list("pk", flat=True)
    )
    assert [told.row.pk for told in browser.get(back).context["told"]] == seen[50:100][-50:]


def test_more_rows_take_no_more_queries(login):
    browser, row = login("auditor"), make_request()
    VerificationRequest.objects.filter(pk=row.pk).update(business_name="One")
    browser.get(AUDIT)
    few = queries(browser, AUDIT)
    for number in range(60):
        other = make_request()
        VerificationRequest.objects.filter(pk=other.pk).update(business_name=f"Name {number}")

    many = queries(browser, AUDIT)
    assert len(many) <= len(few)
    assert not [sql for sql in many if "COUNT(" in sql]


def test_a_history_leads_to_the_changes(login):
    row = make_request()
    history = reverse("admin:tollfree_verificationrequest_history", args=[row.pk])

    assert f"?kind=tollfree.verificationrequest&record={row.pk}" in shown(login("auditor"), history)
    assert "auditentry" not in shown(login("compliance"), history)


def test_the_file_holds_what_was_searched_and_is_on_record(login, person):
    row = make_request()
    change(person("operator"), row, business_name="=HYPERLINK(1)")
    browser = login("auditor")

    answer = browser.get(f"{AUDIT}csv/?person=operator")
    text = b"".join(answer.streaming_content).decode()

    assert "operator changed Legal name from" in text or "=HYPERLINK(1)" in text
    assert '"=HYPERLINK' not in text
    assert len(text.splitlines()) == 2
    act = LogEntry.objects.latest("pk")
    assert act.user.username == "auditor"
    assert "Exported 1 row as CSV (filters: person)" in act.change_message


def test_whoever_lost_the_group_gets_no_file(login):
    browser = login("auditor")
    assert browser.get(f"{AUDIT}csv/").status_code == 200

    User.objects.get(username="auditor").groups.clear()

    assert browser.get(f"{AUDIT}csv/").status_code == 403


# How programs call a permission: "messaging.reveal_message", "add_outboxentry".
RAW = re.compile(r"\b[a-z]+_[a-z]+\b|\b[a-z]+\.[a-z]+_")


def test_permissions_are_called_what_people_read(login):
    rights = {right.split(".")[1] for _title, rows in RIGHTS for _what, right, _who in rows}
    given = list(Permission.objects.filter(codename__in=rights).order_by("pk"))
    browser = login("admin")
    group = Group.objects.create(name="Night shift")
    data = {"name": group.name, "permissions": [each.pk for each in given]}

    assert browser.post(f"/admin/auth/group/{group.pk}/change/", data).status_code == 302
    lines = csv.DictReader(
        StringIO(
            b"".join(
                browser.get(f"{AUDIT}csv/?kind=auth.group_permissions&person=admin").streaming_content
            ).decode()[1:]
        )
    )
    on_record = LogEntry.objects.get(object_id=str(group.pk)).change_message

    told = {line["What"] for line in lines}
    assert told == {f"admin gave to Night shift: {each.name}" for each in given}
    assert "Can open the text and the full number of a message, on record" in on_record
    assert [words for words in [*told, on_record] if RAW.search(words) or "|" in words] == []


def test_erased_values_are_said_to_be_deleted(login):
    row = make_request()
    with transaction.atomic(), retention.erasing():
        VerificationRequest.objects.filter(pk=row.pk).update(business_name="")

    assert "The values were deleted when their retention period ended." in shown(login("auditor"))


def test_nobody_finds_a_record_by_a_number_they_may_not_see(login):
    row = make_request()
    VerificationRequest.objects.filter(pk=row.pk).update(business_contact_phone="+13125550009")

    browser = login("auditor")
    page = shown(browser, browser.post(f"{AUDIT}find/", {"number": "+13125550009"}).url)

    assert "No change on record matches" in page


def test_what_was_given_to_approve_does_not_repeat_contacts(login, person):
    row = make_request()
    kind = ContentType.objects.get_for_model(row)
    given = {"business_contact_email": "canary@a.example"}
    Approval.objects.create(
        resource_type=kind,
        resource_id=row.pk,
        operation="create",
        version=1,
        asked_by=person("operator"),
        given=given,
    )

    assert "canary@a.example" not in shown(login("auditor"))
    assert not AuditEntry.objects.filter(after__icontains="canary").exists()


def test_what_telnyx_changed_is_not_said_to_be_somebodys_act(login, person):
    row = make_request()
    change(person("operator"), row, remote_status="Verified")

    page = shown(login("auditor"))
    assert "Telnyx (asked by operator) changed Status at Telnyx from (empty) to Verified" in page


def test_a_sign_in_is_called_one(person, login):
    user = person("operator")
    user.set_password("something long enough")
    user.save()
    Client().post("/admin/login/", {"username": "operator", "password": "something long enough"})

    assert "operator signed in" in shown(login("auditor"))
