"""Submitting, deleting at Telnyx, asking and copying: what is shown is sent, once, and only with permission."""

import json
import re
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from messaging.mirror.models import OutboxEntry, Source
from messaging.mirror.outbound import outbox
from tests.desk.conftest import make_entry
from tests.tollfree.pages import LIST, at_telnyx, change, fields, found, text
from tollfree.models import VerificationRequest

State = OutboxEntry.State
ACTIONS = ("submit", "delete-at-telnyx", "ask", "copy")


def action(request: VerificationRequest, name: str = "submit") -> str:
    return f"{LIST}{request.pk}/{name}/"


def shown_json(answer) -> dict:
    return json.loads(unescape(found(r"<pre[^>]*>(.*?)</pre>", answer.content.decode())))


@pytest.mark.promise("F02")
def test_what_is_shown_is_what_is_sent(login, make):
    compliance, draft = login("compliance"), make()
    answer = compliance.get(action(draft))

    compliance.post(action(draft), fields(compliance, action(draft)))

    (entry,) = OutboxEntry.objects.all()
    sent, shown = json.loads(bytes(entry.body)), shown_json(answer)
    assert sent.pop("webhookUrl") == shown.pop("webhookUrl").replace(
        "(a code made when it is sent)", entry.callback_token
    )
    assert sent == shown
    assert str(entry.requested_by) == "compliance"
    for words in ("This will be sent", "usually takes 5 business days", "+1 800 555 0123", "12-3456789"):
        assert words in text(answer)


@pytest.mark.promise("F02")
def test_reading_the_page_promises_nothing(login, make):
    login("compliance").get(action(make()))

    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("F107")
def test_the_same_form_twice_is_one_submission(login, make):
    compliance, draft = login("compliance"), make()
    form = fields(compliance, action(draft))
    compliance.post(action(draft), form)

    answer = compliance.post(action(draft), form, follow=True)

    assert OutboxEntry.objects.count() == 1
    assert answer.redirect_chain == [(change(draft), 302)]
    assert re.search(r"Already submitted \d seconds? ago\.", text(answer))


@pytest.mark.promise("A6")
def test_two_tabs_are_one_submission(login, make):
    compliance, draft = login("compliance"), make()
    tabs = [fields(compliance, action(draft)) for _ in range(2)]

    answers = [compliance.post(action(draft), form, follow=True) for form in tabs]

    assert OutboxEntry.objects.count() == 1
    assert "Queued for Telnyx." in text(answers[0])
    assert "Already submitted" in text(answers[1])


@pytest.mark.parametrize("ended", [State.ACCEPTED, State.REFUSED])
@pytest.mark.promise("A6")
def test_an_old_tab_sends_nothing_after_the_answer(login, make, ended):
    compliance, draft = login("compliance"), make()
    old = fields(compliance, action(draft))
    make_entry(ended, of=draft)

    answer = compliance.post(action(draft), old, follow=True)

    assert OutboxEntry.objects.count() == 1
    assert "Already submitted" in text(answer)


@pytest.mark.promise("F02")
def test_what_changed_after_it_was_shown_is_not_sent(login, make):
    draft = make()
    compliance, operator = login("compliance"), login("operator")
    seen = fields(compliance, action(draft))
    operator.post(change(draft), fields(operator, change(draft)) | {"business_city": "Chicago"})

    answer = compliance.post(action(draft), seen, follow=True)

    assert not OutboxEntry.objects.exists()
    assert "Someone changed it while you were reading" in text(answer)
    assert "Chicago" in text(answer)


def test_an_incomplete_draft_is_not_submitted_by_its_address(login, make):
    draft = make(business_name="")

    answer = login("compliance").post(action(draft), {"form_token": "t", "seen": "1."})

    assert answer.headers["Location"] == f"{change(draft)}?check=1"
    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("X84")
def test_a_submission_without_the_token_of_a_form_is_refused(login, make):
    answer = login("compliance").post(action(make()), {"seen": "1."})

    assert answer.status_code == 400
    assert not OutboxEntry.objects.exists()


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.promise("X84")
def test_every_action_needs_the_csrf_token(login, make, name):
    answer = login("compliance", enforce_csrf_checks=True).post(action(make(), name), {"form_token": "t"})

    assert answer.status_code == 403


@pytest.mark.parametrize("who", ["operator", "support", "auditor", "nobody"])
@pytest.mark.parametrize("name", ["submit", "delete-at-telnyx", "ask"])
@pytest.mark.promise("F87")
def test_a_forged_action_is_refused(login, make, who, name):
    request = at_telnyx(make, "Rejected")

    answer = login(who).post(action(request, name), {"form_token": "forged", "seen": "1.", "new_id": "x"})

    assert answer.status_code == 403
    assert not OutboxEntry.objects.exists()
    assert VerificationRequest.objects.get().next_poll_at is None


@pytest.mark.parametrize("who", ["approver", "support", "auditor"])
@pytest.mark.promise("F87")
def test_only_people_who_may_draft_can_copy(login, make, who):
    assert login(who).post(action(make(), "copy"), {"new_id": str(make().pk)}).status_code == 403
    assert VerificationRequest.objects.count() == 2


@pytest.mark.parametrize("name", ["ask", "copy"])
@pytest.mark.promise("X84")
def test_no_action_is_done_by_a_link(login, make, name):
    assert login("compliance").get(action(make(), name)).status_code == 405


def test_an_approver_who_may_not_edit_can_submit(login, make):
    approver, draft = login("approver"), make()
    assert 'name="_save"' not in approver.get(change(draft)).content.decode()

    approver.post(action(draft), fields(approver, action(draft)))

    assert str(OutboxEntry.objects.get().requested_by) == "approver"
    assert LogEntry.objects.get().get_change_message() == "Submitted to Telnyx."


@pytest.mark.promise("A2")
def test_a_correction_lists_what_changed_and_sends_the_whole_request(login, make):
    draft = make()
    make_entry(State.ACCEPTED, of=draft)
    VerificationRequest.objects.update(
        remote_id="r1", remote_status="Waiting For Customer", known_status="Waiting For Customer"
    )
    compliance = login("compliance")
    changes = {"business_city": "Chicago", "opt_in_keywords": ""}
    compliance.post(change(draft), fields(compliance, change(draft)) | changes)

    answer = compliance.get(action(draft))
    reason = {"reason": "Nobody opts in by text."}
    compliance.post(action(draft), fields(compliance, action(draft)) | reason)

    assert "Submit correction" in text(answer)
    listed = text(answer).split("What changed since the last version")[1].split("Numbers")[0]
    assert "City Springfield Chicago" in listed
    assert "Opt-in keywords START, YES empty" in listed
    entry = outbox.entries(draft)[0]
    assert (entry.method, entry.path) == ("PATCH", "/messaging_tollfree/verification/requests/r1")
    assert len(json.loads(bytes(entry.body))) > 20


@pytest.mark.promise("A2")
def test_a_correction_without_a_change_is_reported_as_one(login, make):
    draft = make()
    make_entry(State.ACCEPTED, of=draft)
    VerificationRequest.objects.update(remote_id="r1", remote_status="Rejected", known_status="Rejected")

    assert "Nothing has changed since the last version" in text(login("compliance").get(action(draft)))


def test_the_changes_of_an_imported_request_are_those_against_what_telnyx_holds(login, make):
    imported = at_telnyx(make, "Rejected", remote_data={"businessName": "Old Name"}, version=2)

    listed = text(login("compliance").get(action(imported))).split("What changes at Telnyx")[1]

    assert "Legal business name Old Name Larkspur Dental Group LLC" in listed


def test_a_rejected_request_is_deleted_at_telnyx_after_a_question(login, make):
    compliance, rejected = login("compliance"), at_telnyx(make, "Rejected")
    page = action(rejected, "delete-at-telnyx")
    assert "cannot be undone" in text(compliance.get(page))

    answer = compliance.post(page, fields(compliance, page))

    entry = OutboxEntry.objects.get()
    assert (entry.method, entry.operation, answer.status_code) == ("DELETE", "delete", 302)


@pytest.mark.parametrize("status", ["Verified", "In Progress", "Waiting For Customer"])
def test_nothing_but_a_rejected_request_is_deleted_at_telnyx(login, make, status):
    compliance, request = login("compliance"), at_telnyx(make, status)

    answer = compliance.post(
        action(request, "delete-at-telnyx"), {"form_token": "t", "seen": "1."}, follow=True
    )

    assert "Nothing was deleted: Telnyx deletes a request only while it is rejected." in text(answer)
    assert "Delete at Telnyx" not in text(answer)
    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("A12")
def test_asking_now_makes_the_next_poll_due_and_names_a_person(login, make):
    request = at_telnyx(make, "Verified")

    answer = login("approver").post(action(request, "ask"), follow=True)

    request.refresh_from_db()
    assert request.next_poll_at
    assert request.next_poll_at <= timezone.now()
    assert request.poll_because == Source.PERSON
    assert 'data-desk-refresh="2"' in answer.content.decode()


@pytest.mark.promise("A20")
def test_a_copy_has_the_texts_and_nothing_of_the_past(login, make):
    source = at_telnyx(make, "Verified")
    compliance = login("compliance")
    new_id = found(r'name="new_id" value="([^"]+)"', compliance.get(change(source)).content.decode())

    answers = [compliance.post(action(source, "copy"), {"new_id": new_id}) for _ in range(2)]

    copy = VerificationRequest.objects.get(pk=new_id)
    assert {answer.headers["Location"] for answer in answers} == {change(copy)}
    assert VerificationRequest.objects.count() == 2
    assert (copy.phone_numbers, copy.remote_id, copy.remote_status, copy.sync_state) == (
        [],
        None,
        "",
        "draft",
    )
    assert copy.business_name == source.business_name
    assert str(copy.created_by) == "compliance"
    assert "Type the new number, and check the opt-in and its links" in text(compliance.get(change(copy)))


def test_a_correction_lists_a_field_that_was_empty_until_now_and_that_telnyx_never_named(login, make):
    draft = make(privacy_policy_url="", opt_in_confirmation_response="")
    make_entry(State.ACCEPTED, of=draft)
    told = {"businessName": draft.business_name}
    at_customer = {"remote_status": "Waiting For Customer", "known_status": "Waiting For Customer"}
    VerificationRequest.objects.update(remote_id="r1", remote_data=told, **at_customer)
    compliance = login("compliance")
    policy = "https://larkspur-dental.example/privacy"
    typed = {
        "privacy_policy_url": policy,
        "opt_in_confirmation_response": "You are in. Reply STOP to opt out.",
    }
    compliance.post(change(draft), fields(compliance, change(draft)) | typed)

    listed = text(compliance.get(action(draft))).split("What changes at Telnyx")[1]

    assert f"Privacy policy empty {policy}" in listed
    assert "Opt-in reply empty You are in." in listed
    assert "Springfield" not in listed.split("Numbers")[0]
