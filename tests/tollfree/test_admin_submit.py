"""Submitting, deleting at Telnyx, asking and copying: what is shown is sent, once, and only by those who may."""

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
DEEDS = ("submit", "delete-at-telnyx", "ask", "copy")


def deed(request: VerificationRequest, name: str = "submit") -> str:
    return f"{LIST}{request.pk}/{name}/"


def shown_json(answer) -> dict:
    return json.loads(unescape(found(r"<pre[^>]*>(.*?)</pre>", answer.content.decode())))


def test_f02_what_is_shown_is_what_is_sent(login, make):
    compliance, draft = login("compliance"), make()
    answer = compliance.get(deed(draft))

    compliance.post(deed(draft), fields(compliance, deed(draft)))

    (entry,) = OutboxEntry.objects.all()
    sent, shown = json.loads(bytes(entry.body)), shown_json(answer)
    assert sent.pop("webhookUrl") == shown.pop("webhookUrl").replace(
        "CODE-MADE-ON-SUBMIT", entry.callback_token
    )
    assert sent == shown
    assert str(entry.requested_by) == "compliance"
    for words in ("This will be sent", "usually 5 business days", "+1 800 555 0123", "12-3456789"):
        assert words in text(answer)


def test_f02_reading_the_page_promises_nothing(login, make):
    login("compliance").get(deed(make()))

    assert not OutboxEntry.objects.exists()


def test_f107_the_same_form_twice_is_one_submission(login, make):
    compliance, draft = login("compliance"), make()
    form = fields(compliance, deed(draft))
    compliance.post(deed(draft), form)

    answer = compliance.post(deed(draft), form, follow=True)

    assert OutboxEntry.objects.count() == 1
    assert answer.redirect_chain == [(change(draft), 302)]
    assert re.search(r"Already submitted \d s ago\.", text(answer))


def test_a6_two_tabs_are_one_submission(login, make):
    compliance, draft = login("compliance"), make()
    tabs = [fields(compliance, deed(draft)) for _ in range(2)]

    answers = [compliance.post(deed(draft), form, follow=True) for form in tabs]

    assert OutboxEntry.objects.count() == 1
    assert "Queued for Telnyx." in text(answers[0])
    assert "Already submitted" in text(answers[1])


@pytest.mark.parametrize("ended", [State.ACCEPTED, State.REFUSED])
def test_a6_an_old_tab_sends_nothing_after_the_answer(login, make, ended):
    compliance, draft = login("compliance"), make()
    old = fields(compliance, deed(draft))
    make_entry(ended, of=draft)

    answer = compliance.post(deed(draft), old, follow=True)

    assert OutboxEntry.objects.count() == 1
    assert "Already submitted" in text(answer)


def test_what_changed_after_it_was_shown_is_not_sent(login, make):
    draft = make()
    compliance, operator = login("compliance"), login("operator")
    seen = fields(compliance, deed(draft))
    operator.post(change(draft), fields(operator, change(draft)) | {"business_city": "Chicago"})

    answer = compliance.post(deed(draft), seen, follow=True)

    assert not OutboxEntry.objects.exists()
    assert "Somebody changed it while you read. Nothing was sent" in text(answer)
    assert "Chicago" in text(answer)


def test_an_incomplete_draft_is_not_submitted_by_its_address(login, make):
    draft = make(business_name="")

    answer = login("compliance").post(deed(draft), {"form_token": "t", "seen": "1."})

    assert answer.headers["Location"] == f"{change(draft)}?check=1"
    assert not OutboxEntry.objects.exists()


def test_a_submission_without_the_token_of_a_form_is_refused(login, make):
    answer = login("compliance").post(deed(make()), {"seen": "1."})

    assert answer.status_code == 400
    assert not OutboxEntry.objects.exists()


@pytest.mark.parametrize("name", DEEDS)
def test_every_deed_needs_the_csrf_token(login, make, name):
    answer = login("compliance", enforce_csrf_checks=True).post(deed(make(), name), {"form_token": "t"})

    assert answer.status_code == 403


@pytest.mark.parametrize("who", ["operator", "support", "auditor", "nobody"])
@pytest.mark.parametrize("name", ["submit", "delete-at-telnyx", "ask"])
def test_f87_a_forged_deed_is_refused(login, make, who, name):
    request = at_telnyx(make, "Rejected")

    answer = login(who).post(deed(request, name), {"form_token": "forged", "seen": "1.", "new_id": "x"})

    assert answer.status_code == 403
    assert not OutboxEntry.objects.exists()
    assert VerificationRequest.objects.get().next_poll_at is None


@pytest.mark.parametrize("who", ["approver", "support", "auditor"])
def test_f87_only_who_may_draft_copies(login, make, who):
    assert login(who).post(deed(make(), "copy"), {"new_id": str(make().pk)}).status_code == 403
    assert VerificationRequest.objects.count() == 2


@pytest.mark.parametrize("name", ["ask", "copy"])
def test_no_deed_is_done_by_a_link(login, make, name):
    assert login("compliance").get(deed(make(), name)).status_code == 405


def test_an_approver_who_may_not_edit_can_submit(login, make):
    approver, draft = login("approver"), make()
    assert 'name="_save"' not in approver.get(change(draft)).content.decode()

    approver.post(deed(draft), fields(approver, deed(draft)))

    assert str(OutboxEntry.objects.get().requested_by) == "approver"
    assert LogEntry.objects.get().get_change_message() == "Submitted to Telnyx."


def test_a2_a_correction_lists_what_changed_and_sends_the_whole_request(login, make):
    draft = make()
    make_entry(State.ACCEPTED, of=draft)
    VerificationRequest.objects.update(
        remote_id="r1", remote_status="Waiting For Customer", known_status="Waiting For Customer"
    )
    compliance = login("compliance")
    changes = {"business_city": "Chicago", "opt_in_keywords": ""}
    compliance.post(change(draft), fields(compliance, change(draft)) | changes)

    answer = compliance.get(deed(draft))
    compliance.post(deed(draft), fields(compliance, deed(draft)))

    assert "Send the correction" in text(answer)
    listed = text(answer).split("What changed since the last version")[1].split("Numbers")[0]
    assert "City Springfield Chicago" in listed
    assert "Opt-in keywords START, YES empty" in listed
    entry = outbox.entries(draft)[0]
    assert (entry.method, entry.path) == ("PATCH", "/messaging_tollfree/verification/requests/r1")
    assert len(json.loads(bytes(entry.body))) > 20


def test_a_correction_without_a_change_is_said_to_be_one(login, make):
    draft = make()
    make_entry(State.ACCEPTED, of=draft)
    VerificationRequest.objects.update(remote_id="r1", remote_status="Rejected", known_status="Rejected")

    assert "Nothing changed since the last version" in text(login("compliance").get(deed(draft)))


def test_the_changes_of_an_imported_request_are_those_against_what_telnyx_holds(login, make):
    imported = at_telnyx(make, "Rejected", remote_data={"businessName": "Old Name"})

    listed = text(login("compliance").get(deed(imported))).split("What changed")[1]

    assert "Legal business name Old Name Larkspur Dental Group LLC" in listed


def test_a_rejected_request_is_deleted_at_telnyx_after_a_question(login, make):
    compliance, rejected = login("compliance"), at_telnyx(make, "Rejected")
    page = deed(rejected, "delete-at-telnyx")
    assert "cannot be undone" in text(compliance.get(page))

    answer = compliance.post(page, fields(compliance, page))

    entry = OutboxEntry.objects.get()
    assert (entry.method, entry.operation, answer.status_code) == ("DELETE", "delete", 302)


@pytest.mark.parametrize("status", ["Verified", "In Progress", "Waiting For Customer"])
def test_nothing_but_a_rejected_request_is_deleted_at_telnyx(login, make, status):
    compliance, request = login("compliance"), at_telnyx(make, status)

    answer = compliance.post(
        deed(request, "delete-at-telnyx"), {"form_token": "t", "seen": "1."}, follow=True
    )

    assert "There is nothing to send" in text(answer)
    assert "Delete at Telnyx" not in text(answer)
    assert not OutboxEntry.objects.exists()


def test_a12_asking_now_makes_the_next_poll_due_and_names_a_person(login, make):
    request = at_telnyx(make, "Verified")

    answer = login("approver").post(deed(request, "ask"), follow=True)

    request.refresh_from_db()
    assert request.next_poll_at
    assert request.next_poll_at <= timezone.now()
    assert request.poll_because == Source.PERSON
    assert 'data-desk-refresh="2"' in answer.content.decode()


def test_a20_a_copy_has_the_texts_and_nothing_of_the_past(login, make):
    source = at_telnyx(make, "Verified")
    compliance = login("compliance")
    new_id = found(r'name="new_id" value="([^"]+)"', compliance.get(change(source)).content.decode())

    answers = [compliance.post(deed(source, "copy"), {"new_id": new_id}) for _ in range(2)]

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
    assert "review the opt-in and its links" in text(compliance.get(change(copy)))
