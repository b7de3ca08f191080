"""The form as people fill it in: it accepts every draft, overwrites nobody's work, and keeps what was typed."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from tests.desk.conftest import make_entry
from tests.tollfree.conftest import COMPLETE
from tests.tollfree.pages import ADD, LIST, beside, change, fields, text
from tests.visitor import Forms
from tollfree.models import VerificationRequest

State = OutboxEntry.State


def typed(request: VerificationRequest) -> dict:
    return {name: getattr(request, name) for name in request.wire.names}


@pytest.mark.promise("F01")
def test_a_number_and_a_name_are_enough_for_a_draft(login):
    compliance = login("compliance")
    form = fields(compliance, ADD) | {"phone_numbers": "(877) 355-4398", "business_name": "Larkspur Dental"}

    answer = compliance.post(ADD, form | {"_save": "1"}, follow=True)

    draft = VerificationRequest.objects.get()
    assert draft.phone_numbers == ["+18773554398"]
    assert str(draft.created_by) == "compliance"
    assert answer.redirect_chain == [(change(draft), 302)]
    assert re.search(r"Draft saved \d\d:\d\d", text(answer))
    assert "+1 877 355 4398" in beside(answer, "phone_numbers")
    assert "missing" not in beside(answer, "corporate_website")
    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("F01")
def test_nothing_typed_can_stop_a_draft(login):
    compliance = login("compliance")
    odd = {
        "phone_numbers": "call me, 1.8E+10\n+1 312 555 0123",
        "business_name": "x" * 501,
        "corporate_website": "a web address",
        "business_contact_email": "robin at larkspur",
        "business_contact_phone": "the number on the door",
        "business_registration_country": "USA",
        "opt_in_workflow_image_urls": "here\n\nthere, or there",
    }

    compliance.post(ADD, fields(compliance, ADD) | odd | {"_save": "1"})

    draft = VerificationRequest.objects.get()
    assert len(draft.business_name) == 501
    assert draft.phone_numbers == ["call me, 1.8E+10", "+13125550123"]
    assert draft.opt_in_workflow_image_urls == ["here", "there, or there"]
    assert draft.corporate_website == "a web address"
    assert draft.business_contact_phone == "the number on the door"


def test_save_and_continue_editing_still_works(login, make):
    compliance, draft = login("compliance"), make()
    form = fields(compliance, change(draft)) | {"business_city": "Chicago", "_continue": "1"}

    answer = compliance.post(change(draft), form)

    assert answer.headers["Location"] == change(draft)
    draft.refresh_from_db()
    assert draft.business_city == "Chicago"


def test_saving_an_untouched_form_changes_nothing_of_it(login, make):
    compliance, draft = login("compliance"), make(business_contact_phone="+442079460000")
    before = typed(draft)

    compliance.post(change(draft), fields(compliance, change(draft)) | {"_save": "1"})

    draft.refresh_from_db()
    assert typed(draft) == before


def test_a_word_that_is_in_no_list_is_kept(login, make):
    compliance, draft = login("compliance"), make(use_case="Carrier Pigeons")

    answer = compliance.get(change(draft))
    compliance.post(change(draft), Forms(answer.content.decode()).fields | {"_save": "1"})

    assert "Carrier Pigeons (not in Telnyx&#x27;s list)" in beside(answer, "use_case")
    draft.refresh_from_db()
    assert draft.use_case == "Carrier Pigeons"


@pytest.mark.promise("A6")
def test_two_clicks_on_save_make_one_draft(login):
    compliance = login("compliance")
    form = fields(compliance, ADD) | {"business_name": "Larkspur", "_save": "1"}

    first = compliance.post(ADD, form)
    second = compliance.post(ADD, form)

    assert VerificationRequest.objects.count() == 1
    assert first.headers["Location"] == second.headers["Location"]


@pytest.mark.promise("A6")
def test_going_back_and_saving_again_changes_the_draft_made_before(login):
    compliance = login("compliance")
    form = fields(compliance, ADD) | {"business_name": "Larkspur", "_save": "1"}
    compliance.post(ADD, form)

    compliance.post(ADD, form | {"business_name": "Larkspur Dental"})

    assert VerificationRequest.objects.get().business_name == "Larkspur Dental"


def test_the_draft_of_another_person_is_not_reached_by_its_id(login, make):
    draft = make()

    answer = login("operator").post(ADD, {"draft_id": str(draft.pk), "business_name": "Mine now"})

    assert answer.status_code == 403
    draft.refresh_from_db()
    assert draft.business_name == COMPLETE["business_name"]


@pytest.mark.promise("A17", "F27")
def test_a_stale_save_is_refused_with_a_comparison(login, make):
    draft = make()
    compliance, operator = login("compliance"), login("operator")
    opened = fields(compliance, change(draft))
    operator.post(change(draft), fields(operator, change(draft)) | {"business_city": "Chicago", "_save": "1"})

    answer = compliance.post(change(draft), opened | {"business_city": "Peoria", "_save": "1"})

    draft.refresh_from_db()
    assert draft.business_city == "Chicago"
    assert re.search(r"operator saved this request at \d\d:\d\d, after you opened it", text(answer))
    compared = text(answer).split("Differences")[1].split("Numbers")[0]
    assert "City Peoria Chicago" in compared
    assert 'value="Peoria"' in beside(answer, "business_city")


@pytest.mark.promise("A17", "F27")
def test_a_second_save_is_a_decision(login, make):
    draft = make()
    compliance, operator = login("compliance"), login("operator")
    opened = fields(compliance, change(draft))
    operator.post(change(draft), fields(operator, change(draft)) | {"business_city": "Chicago", "_save": "1"})
    refused = compliance.post(change(draft), opened | {"business_city": "Peoria", "_save": "1"})

    compliance.post(change(draft), Forms(refused.content.decode()).fields | {"_save": "1"})

    draft.refresh_from_db()
    assert draft.business_city == "Peoria"


@pytest.mark.promise("F27")
def test_the_same_text_twice_is_not_a_conflict(login, make):
    compliance, draft = login("compliance"), make()
    form = fields(compliance, change(draft)) | {"business_city": "Chicago", "_save": "1"}

    answers = [compliance.post(change(draft), form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]


def test_what_was_submitted_meanwhile_is_not_changed(login, make):
    compliance, draft = login("compliance"), make()
    opened = fields(compliance, change(draft))
    outbox.add(draft, "create", requested_by=None)

    answer = compliance.post(change(draft), opened | {"business_city": "Peoria", "_save": "1"})

    draft.refresh_from_db()
    assert draft.business_city == "Springfield"
    assert "This request was submitted in the meantime, so your changes" in text(answer)
    assert 'value="Peoria"' in beside(answer, "business_city")


@pytest.mark.promise("X89")
def test_saving_never_writes_what_telnyx_said(login, make):
    compliance = login("compliance")
    asked = make(sync_state="accepted", remote_id="r1", remote_status="Rejected")
    form = fields(compliance, change(asked)) | {"business_city": "Chicago", "_save": "1"}

    with CaptureQueriesContext(connection) as queries:
        compliance.post(change(asked), form)

    (written,) = [q["sql"] for q in queries if q["sql"].startswith('UPDATE "tollfree_verificationrequest"')]
    assert "business_city" in written
    assert "remote_" not in written.split("WHERE")[0]
    assert "sync_state" not in written.split("WHERE")[0]


@pytest.mark.promise("F01")
def test_submitting_an_incomplete_draft_saves_it_and_says_what_is_missing_beside_the_fields(login, make):
    compliance, draft = login("compliance"), make(corporate_website="", business_state="TX?")
    form = fields(compliance, change(draft)) | {"business_city": "Chicago", "_submit": "1"}

    answer = compliance.post(change(draft), form, follow=True)

    draft.refresh_from_db()
    assert draft.business_city == "Chicago"
    assert answer.redirect_chain[-1][0] == f"{change(draft)}?check=1"
    assert "Fill in “Website”: Telnyx requires it." in beside(answer, "corporate_website")
    assert 'aria-invalid="true"' in beside(answer, "corporate_website")
    assert "autofocus" in beside(answer, "corporate_website")
    assert "full name of a US state" in beside(answer, "business_state")
    assert "2 things to fix first" in text(answer)


@pytest.mark.promise("F03")
def test_an_empty_form_says_missing_for_each_section_and_nothing_beside_the_fields(login):
    answer = login("compliance").get(ADD)

    panel = text(answer).split("Ready to submit?")[1]
    for title in ("Numbers", "Business", "Contact", "What you send", "How people opt in", "Other details"):
        assert f"{title} Missing" in panel
    assert "is missing" not in beside(answer, "business_name")
    assert "autofocus" in beside(answer, "phone_numbers")


@pytest.mark.promise("F03")
def test_a_complete_draft_is_done(login, make):
    answer = login("compliance").get(change(make()))

    panel = text(answer).split("Ready to submit?")[1].split("As of the last save")[0]
    assert "Missing" not in panel
    assert "Numbers Done" in panel


@pytest.mark.promise("F15")
def test_a_refusal_is_shown_beside_its_field_with_every_typed_value(login, make):
    errors = [
        {
            "code": "10015",
            "title": "Bad",
            "detail": "Not registered.",
            "pointer": "/businessName",
            "parameter": "",
        },
        {"code": "1", "title": "Odd", "detail": "Ask us.", "pointer": "/no/such/field", "parameter": ""},
        {"code": "20", "title": "", "detail": "", "pointer": "", "parameter": ""},
    ]
    draft = make(use_case_summary="Typed with care.")
    make_entry(State.REFUSED, of=draft, errors=errors)

    answer = login("compliance").get(change(draft))

    assert "Telnyx refused 1 field. Nothing was registered." in text(answer)
    assert "Telnyx: Bad: Not registered." in beside(answer, "business_name")
    assert "autofocus" in beside(answer, "business_name")
    top = text(answer).split("Numbers")[0]
    assert "Odd: Ask us." in top
    assert "only the code 20" in top
    assert "Typed with care." in beside(answer, "use_case_summary")


@pytest.mark.promise("F18")
def test_a_refused_request_is_submitted_again_as_a_new_version(login, make):
    draft = make()
    refused = make_entry(State.REFUSED, of=draft, errors=[{"pointer": "/businessName", "title": "No"}])
    compliance = login("compliance")
    compliance.post(
        change(draft), fields(compliance, change(draft)) | {"business_name": "Right Ltd", "_save": "1"}
    )
    submit = f"{LIST}{draft.pk}/submit/"

    compliance.post(submit, fields(compliance, submit))

    assert list(outbox.entries(draft).values_list("state", flat=True)) == ["queued", "refused"]
    assert b"Right Ltd" in bytes(outbox.entries(draft)[0].body)
    assert b"Right Ltd" not in bytes(OutboxEntry.objects.get(pk=refused.pk).body)


@pytest.mark.promise("A2")
def test_a_request_for_a_change_quotes_the_reason_and_the_time_left(login, make):
    asked = make(
        sync_state="accepted",
        remote_id="r1",
        remote_status="Waiting For Customer",
        known_status="Waiting For Customer",
        remote_reason="The picture <b>does not</b> show the brand.",
        remote_status_at=timezone.now(),
    )

    answer = login("compliance").get(change(asked))

    assert "Telnyx asks for a change. Answer within 7 days (6 days left), by" in text(answer)
    assert "After that, the carriers may close the request." in text(answer)
    assert "The picture &lt;b&gt;does not&lt;/b&gt; show the brand." in answer.content.decode()
    assert "autofocus" in beside(answer, "phone_numbers")


@pytest.mark.parametrize(("name", "offered"), [("compliance", True), ("operator", False)])
@pytest.mark.promise("F87")
def test_the_submit_button_is_for_people_who_may(login, make, name, offered):
    answer = login(name).get(change(make()))

    assert ('name="_submit"' in answer.content.decode()) is offered
    assert 'name="_save"' in answer.content.decode()


@pytest.mark.promise("F87")
def test_a_forged_submit_saves_the_draft_and_is_stopped_at_the_next_page(login, make):
    operator, draft = login("operator"), make()

    answer = operator.post(change(draft), fields(operator, change(draft)) | {"_submit": "1"}, follow=True)

    assert answer.status_code == 403
    assert not OutboxEntry.objects.exists()
