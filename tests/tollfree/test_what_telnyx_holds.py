"""The page of a request keeps apart what Telnyx holds, what was sent and what was not, and claims no more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.mirror.models import OutboxEntry, Source, SyncState
from messaging.mirror.outbound import outbox
from tests.desk.conftest import make_entry
from tests.tollfree.conftest import COMPLETE
from tests.tollfree.pages import LIST, at_telnyx, beside, change, fields, text
from tollfree.models import VerificationRequest

State = OutboxEntry.State


def submit(request: VerificationRequest) -> str:
    return f"{LIST}{request.pk}/submit/"


def held(make, status: str, *, told: dict | None = None, **changes) -> VerificationRequest:
    """Return a request that was sent from here and received, and what Telnyx holds now."""
    request = make()
    make_entry(State.ACCEPTED, of=request)
    record = {
        **request.wire.dump(request),
        "id": str(request.pk),
        "verificationStatus": status,
        **(told or {}),
    }
    request.apply(record, source=Source.API, as_of=timezone.now())
    VerificationRequest.objects.filter(pk=request.pk).update(**changes)
    request.refresh_from_db()
    return request


def card(answer, title: str) -> str:
    """Return the words of the card with this title."""
    html = answer.content.decode()
    assert f">{title}</h2>" in html, title
    answer.content = html.split(f">{title}</h2>")[1].split("</section>")[0].encode()
    return text(answer)


def test_a_read_only_page_shows_what_telnyx_holds_and_an_unsent_edit_apart(login, make):
    request = held(make, "In Progress", business_city="Chicago", version=2)

    answer = login("compliance").get(change(request))

    assert "This is what Telnyx holds" in text(answer)
    assert "City Springfield Chicago" in card(answer, "Edited here, not sent")
    answer = login("operator").get(change(request))
    assert "City Springfield" in card(answer, "Business")
    assert "Chicago" not in card(login("approver").get(change(request)), "Business")


def test_the_form_of_a_correction_marks_what_is_not_sent(login, make):
    request = held(make, "Rejected", told={"reason": "No brand."})
    compliance = login("compliance")
    assert "Changed since the last version" not in text(compliance.get(change(request)))
    compliance.post(change(request), fields(compliance, change(request)) | {"business_city": "Chicago"})

    answer = compliance.get(change(request))

    assert "City Springfield Chicago" in card(answer, "Changed since the last version")


def test_what_changed_at_telnyx_is_not_called_an_edit_of_ours(login, make):
    request = held(make, "Rejected", told={"businessCity": "Peoria"}, business_zip="60601", version=2)

    client = login("compliance")

    assert "City At Telnyx Peoria Ours Springfield Last sent Springfield" in card(
        client.get(change(request)), "Different at Telnyx"
    )
    unsent = card(client.get(change(request)), "Changed since the last version")
    assert "62704 60601" in unsent
    assert "Peoria" not in unsent
    page = text(client.get(submit(request)))
    assert "Decide this before you submit." in page
    assert "Submit to Telnyx</button>" not in page


def test_an_imported_request_edited_in_the_portal_is_different_at_telnyx(login, make):
    request = at_telnyx(make, "Verified", remote_data={"id": "r1", "businessCity": "Peoria"})

    page = text(login("compliance").get(change(request)))

    assert "Different at Telnyx" in page
    assert "Edited here, not sent" not in page


def test_what_is_not_sent_is_masked_like_the_rest(login, make):
    request = held(
        make, "In Progress", business_contact_last_name="Newname", business_city="Chicago", version=2
    )

    page = text(login("support").get(change(request)))

    assert "Edited here, not sent" in page
    for hidden in ("Newname", "Robin", "Chicago", "Springfield"):
        assert hidden not in page


def test_while_a_correction_is_on_its_way_the_page_shows_it_and_not_the_rejection(login, make):
    request = held(make, "Rejected", told={"reason": "No brand."}, business_city="Chicago", version=2)
    client = login("compliance")
    assert "Telnyx rejected the request." in text(client.get(change(request)))
    client.post(submit(request), fields(client, submit(request)))

    page = text(client.get(change(request)))

    assert "Telnyx rejected the request." not in page
    assert "This is what was submitted from here." in page
    assert "Edited here, not sent" not in page
    assert "Chicago" in page


@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING, State.UNSURE])
def test_a_page_that_is_open_reloads_when_the_state_moves_on(login, make, state):
    request, client = make(), login("support")
    shapes = {client.get(f"{LIST}{request.pk}/progress/").context["shape"]}
    make_entry(state, of=request)

    shapes.add(client.get(f"{LIST}{request.pk}/progress/").context["shape"])

    assert len(shapes) == 2  # and with the reload "Queued for Telnyx." goes


# Who is told that it was submitted already.


def test_another_version_is_not_called_already_submitted(login, make):
    draft = make()
    compliance, approver = login("compliance"), login("approver")
    old = fields(compliance, submit(draft))
    compliance.post(change(draft), fields(compliance, change(draft)) | {"business_city": "Chicago"})
    approver.post(submit(draft), fields(approver, submit(draft)))

    page = text(compliance.post(submit(draft), old, follow=True))

    assert "Already submitted" not in page
    assert "Nothing was sent from this tab: approver submitted another version" in page
    assert OutboxEntry.objects.count() == 1


def test_an_edit_after_the_submission_is_not_called_submitted(login, make):
    request = held(make, "In Progress", business_city="Chicago", version=2)

    page = text(login("compliance").get(submit(request), follow=True))

    assert "Already submitted" not in page
    assert "Telnyx takes a correction only when it asks for a change" in page


def test_a_verified_request_says_why_it_is_not_submitted_again(login, make):
    page = text(login("compliance").get(submit(held(make, "Verified")), follow=True))

    assert "Submitting it again would switch its verification off." in page


def test_an_old_tab_hears_that_telnyx_refused_the_same(login, make):
    compliance, draft = login("compliance"), make()
    old = fields(compliance, submit(draft))
    make_entry(State.REFUSED, of=draft, errors=[{"pointer": "/businessName", "title": "Bad"}])

    assert "and Telnyx refused it" in text(compliance.post(submit(draft), old, follow=True))


def test_the_tab_left_open_saves_nothing_after_the_submission_and_offers_nothing_that_fails(login, make):
    compliance, draft = login("compliance"), make()
    tab = fields(compliance, change(draft))
    compliance.post(submit(draft), fields(compliance, submit(draft)))

    for button in ("_save", "_submit"):
        answer = compliance.post(change(draft), tab | {"business_city": "Chicago", button: "1"})
        assert "so your changes weren't saved. They are still in the fields below" in text(answer)
        assert 'value="Chicago"' in answer.content.decode()
        for gone in ('name="_save"', 'name="_submit"', "Delete draft</a>"):
            assert gone not in answer.content.decode()
        assert "Open the request as it is now" in text(answer)
        draft.refresh_from_db()
        assert draft.business_city == "Springfield"
    answer = compliance.post(change(draft), tab | {"_save": "1"})
    assert "exactly as it is here" in text(answer)
    assert OutboxEntry.objects.count() == 1


def test_the_form_watches_whether_it_may_still_be_saved(login, make):
    compliance, draft = login("compliance"), make()
    html = compliance.get(change(draft)).content.decode()
    assert 'id="shape" data-desk-refresh' in html
    assert 'data-editable="1"' in html
    make_entry(State.QUEUED, of=draft)

    assert 'data-editable="1"' not in compliance.get(f"{LIST}{draft.pk}/progress/").content.decode()


# The words.


def test_telnyx_received_it_and_only_a_verified_request_is_verified(login, make):
    page = text(login("support").get(change(held(make, "In Progress"))))
    assert "Accepted" not in page
    assert "Received by Telnyx" in page

    verified = text(login("auditor").get(change(held(make, "Verified", phone_numbers=["+18885550199"]))))
    assert "Telnyx's side: Verified" in verified


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("In Progress", "Telnyx is checking (“In Progress”)"),
        ("Waiting For Vendor", "The carriers are checking (“Waiting For Vendor”)"),
        ("Waiting For Customer", "Telnyx asks for a change (“Waiting For Customer”)"),
        ("Paused By Carrier", "New status “Paused By Carrier”"),
    ],
)
def test_a_status_is_said_in_plain_words_with_telnyxs_own_beside(login, make, status, words):
    request = held(make, status)
    client = login("support")

    assert words in text(client.get(LIST))
    page = text(client.get(change(request)))
    assert (words if words.startswith("Telnyx") else f"Telnyx: {words}") in page
    assert "Telnyx: Telnyx" not in page


def test_no_source_is_called_only_a_webhook(login, make):
    request = held(make, "In Progress")
    for source in Source:
        record = {"id": request.remote_id, "verificationStatus": f"Status {source}"}
        request.apply(record, source=source, as_of=timezone.now() + timedelta(seconds=1))

    page = text(login("support").get(change(request)))

    assert "reported by Telnyx (webhook)" in page
    assert "· webhook" not in page.lower()


def test_while_we_check_the_page_says_that_nothing_needs_doing_when_and_who(login, make):
    draft = make()
    make_entry(State.UNSURE, of=draft, not_before=timezone.now() + timedelta(minutes=3))

    page = text(login("compliance").get(change(draft)))

    for words in ("You don't need to do anything", "we look for it at Telnyx next at", "A person is asked"):
        assert words in page


# Ready to submit?


def test_a_section_with_a_refused_field_is_not_done(login, make):
    draft, client = make(), login("compliance")
    make_entry(State.REFUSED, of=draft, errors=[{"pointer": "/businessName", "title": "Not registered"}])

    ready = card(client.get(change(draft)), "Ready to submit?")
    assert "Business To fix Telnyx refused: Legal business name" in ready
    assert "Contact Done" in ready

    client.post(change(draft), fields(client, change(draft)) | {"business_name": "Larkspur Dental Inc"})
    answer = client.get(change(draft))
    note = beside(answer, "business_name")
    assert "Changed since Telnyx refused it. Telnyx said: Not registered" in note
    assert 'data-level="error"' not in note
    assert "Business Corrected, not sent" in card(answer, "Ready to submit?")


@pytest.mark.parametrize("days", [0, 1, 5, 40])
@pytest.mark.parametrize("status", ["In Progress", "Waiting For Vendor"])
def test_the_clock_is_true_on_every_day(login, make, status, days):
    request = held(make, status, remote_status_at=timezone.now() - timedelta(days=days))

    page = text(login("support").get(change(request)))

    assert "Day 0" not in page
    assert ("ask Telnyx support why it is taking longer" in page) is (days == 40)


def test_the_button_says_where_it_goes(login, make):
    html = login("compliance").get(submit(make())).content.decode()

    assert 'name="confirm" value="1">Submit to Telnyx</button>' in html


@pytest.mark.parametrize("who", ["admin", "compliance", "approver"])
def test_the_list_offers_no_action_that_is_refused(login, make, who):
    held(make, "Verified")

    html = login(who).get(LIST).content.decode()

    assert "Delete selected" not in html
    assert ("Delete drafts that were never sent" in html) is (who in ("admin", "compliance"))


def test_the_fixture_is_what_the_desk_sends(make):
    request = held(make, "In Progress")

    assert request.sync_state == SyncState.ACCEPTED
    assert outbox.entries(request)[0].promised()["businessCity"] == COMPLETE["business_city"]
