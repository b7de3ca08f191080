"""The form as people fill it in: it accepts every draft, overwrites nobody's work, and keeps what was typed."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from tests.choices import choose
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


@pytest.mark.parametrize("button", ["_save", "_submit"])
def test_a_save_that_changes_nothing_leaves_no_line_in_the_history(login, make, button):
    request = make()
    compliance = login("compliance")

    compliance.post(change(request), fields(compliance, change(request)) | {button: "1"})
    before = list(LogEntry.objects.values_list("change_message", flat=True))
    typed = fields(compliance, change(request)) | {"business_city": "Peoria"}
    compliance.post(change(request), typed | {button: "1"})

    assert before == []
    assert LogEntry.objects.get().change_message.startswith("Changed\n")


def test_no_page_names_a_file_of_the_code(login):
    assert "docs/" not in text(login("compliance").get(ADD))


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
    compared = text(answer).split("Changed in two places")[1]
    assert re.search(
        r"City When you opened it: Springfield Keep what is saved now Chicago Use what I typed Peoria",
        compared,
    )
    assert 'value="Peoria"' in beside(answer, "business_city")


@pytest.mark.promise("A17", "F27")
def test_a_second_save_is_a_decision(login, make):
    draft = make()
    compliance, operator = login("compliance"), login("operator")
    opened = fields(compliance, change(draft))
    operator.post(change(draft), fields(operator, change(draft)) | {"business_city": "Chicago", "_save": "1"})
    refused = compliance.post(change(draft), opened | {"business_city": "Peoria", "_save": "1"})

    again = Forms(refused.content.decode()).fields | {"_save": "1"}
    asked = compliance.post(change(draft), again)
    assert asked.status_code == 200
    compliance.post(change(draft), again | choose(refused, "mine"))

    draft.refresh_from_db()
    assert draft.business_city == "Peoria"


@pytest.mark.promise("F27")
def test_a_choice_can_be_the_colleagues(login, make):
    draft = make()
    compliance, operator = login("compliance"), login("operator")
    opened = fields(compliance, change(draft))
    operator.post(change(draft), fields(operator, change(draft)) | {"business_city": "Chicago", "_save": "1"})
    typed = opened | {"business_city": "Peoria", "business_zip": "61602", "_save": "1"}
    refused = compliance.post(change(draft), typed)

    compliance.post(
        change(draft), Forms(refused.content.decode()).fields | choose(refused, "theirs") | {"_save": "1"}
    )

    draft.refresh_from_db()
    assert (draft.business_city, draft.business_zip) == ("Chicago", "61602")


@pytest.mark.promise("F27")
def test_what_a_colleague_saved_stays_where_i_changed_nothing(login, make):
    draft = make()
    compliance, operator = login("compliance"), login("operator")
    opened = fields(compliance, change(draft))
    theirs = {"business_city": "Chicago", "phone_numbers": "+18005550111", "opt_in_keywords": ""}
    operator.post(change(draft), fields(operator, change(draft)) | theirs | {"_save": "1"})

    answer = compliance.post(
        change(draft), opened | {"business_name": "Marigold Two LLC", "_save": "1"}, follow=True
    )

    draft.refresh_from_db()
    assert (draft.business_name, draft.business_city) == ("Marigold Two LLC", "Chicago")
    assert draft.phone_numbers == ["+18005550111"]
    assert "Those changes stay." in text(answer)


@pytest.mark.promise("F27")
def test_a_choice_counts_only_for_the_value_it_was_made_against(login, make):
    draft = make()
    compliance, operator = login("compliance"), login("operator")
    opened = fields(compliance, change(draft))
    city = {"business_city": "Chicago", "_save": "1"}
    operator.post(change(draft), fields(operator, change(draft)) | city)
    refused = compliance.post(change(draft), opened | {"business_city": "Peoria", "_save": "1"})
    operator.post(change(draft), fields(operator, change(draft)) | city | {"business_city": "Cicero"})

    answer = compliance.post(
        change(draft), Forms(refused.content.decode()).fields | choose(refused, "theirs") | {"_save": "1"}
    )

    assert answer.status_code == 200
    assert "Keep what is saved now Cicero" in text(answer)


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

    # Who writes is said in front of the statement (messaging/mirror/audit/context.py).
    start = 'UPDATE "tollfree_verificationrequest"'
    (written,) = [start + q["sql"].partition(start)[2] for q in queries if start in q["sql"]]
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
    assert "isn&#x27;t a US state or Canadian province" in beside(answer, "business_state")
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

    assert "Telnyx asks for a change. Answer by" in text(answer)
    assert "days the carriers may close the request; Telnyx gives no fixed time." in text(answer)
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


@pytest.mark.parametrize("typed", ["Canada", "CA", "canada", "Canada (CA)"])
def test_canada_is_understood_sent_as_its_code_and_shown_by_its_name(login, make, typed):
    compliance, draft = login("compliance"), make()
    form = fields(compliance, change(draft))
    assert form["business_registration_country"] == "United States"

    compliance.post(change(draft), form | {"business_registration_country": typed, "business_state": "Ont."})

    draft.refresh_from_db()
    assert (draft.business_registration_country, draft.business_state) == ("CA", "Ontario")
    assert fields(compliance, change(draft))["business_registration_country"] == "Canada"
    compliance.post(change(draft), fields(compliance, change(draft)))
    draft.refresh_from_db()
    assert draft.business_registration_country == "CA"


def test_a_country_nobody_knows_is_kept_and_said_beside_the_field(login, make):
    compliance, draft = login("compliance"), make()
    compliance.post(
        change(draft), fields(compliance, change(draft)) | {"business_registration_country": "Atlantis"}
    )

    said = beside(compliance.get(f"{change(draft)}?check=1"), "business_registration_country")

    assert 'value="Atlantis"' in said
    assert "We don&#x27;t know the country “Atlantis”. Choose it from the list." in said
    assert "too many" not in said


def test_country_and_state_offer_lists_and_no_long_select(login, make):
    html = login("compliance").get(change(make())).content.decode()

    assert 'list="countries"' in html
    assert 'list="states"' in html
    assert html.split('<datalist id="countries">')[1].split("</datalist>")[0].count("<option") > 200
    assert html.split('<datalist id="states">')[1].split("</datalist>")[0].count("<option") == 69
