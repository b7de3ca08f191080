"""The read-only page of a request: two state lines, its history, and nothing the reader should not see."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from messaging.desk import sight
from messaging.mirror.models import Attempt, Fact, OutboxEntry, Source
from messaging.mirror.outbound import outbox
from tests.desk.conftest import make_entry
from tests.tollfree.pages import LIST, at_telnyx, change, found, text
from tollfree import standing, timeline
from tollfree.models import VerificationRequest

State = OutboxEntry.State

OUR_SIDE = {
    State.QUEUED: "Our side: Queued It will be sent in a moment.",
    State.SENDING: "Our side: Sending It is on its way to Telnyx.",
    State.BLOCKED: "Our side: Queued Sending is paused. Nothing is lost",
    State.UNSURE: "Our side: Checking with Telnyx We're checking whether Telnyx received it.",
    State.NEEDS_PERSON: "Our side: Needs your decision",
    State.ACCEPTED: r"Our side: Received by Telnyx \d\d:\d\d",
    State.REFUSED: r"Our side: Refused by Telnyx \d\d:\d\d Nothing was registered.",
    State.CANCELLED: r"Our side: Withdrawn \d\d:\d\d",
}
OPEN = (State.QUEUED, State.SENDING, State.BLOCKED, State.UNSURE, State.NEEDS_PERSON)


def progress(client, request) -> str:
    return client.get(f"{LIST}{request.pk}/progress/").content.decode()


@pytest.mark.parametrize("state", State.values)
def test_every_state_of_our_side_has_plain_words(login, make, state):
    request = make()
    make_entry(state, of=request)

    answer = login("compliance").get(change(request))

    assert re.search(OUR_SIDE[state], text(answer))
    assert "Telnyx's side:" in text(answer)


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.promise("F101")
def test_while_a_promise_is_open_the_page_is_read_only_and_refreshes(login, make, state):
    request = make()
    make_entry(state, of=request)

    answer = login("compliance").get(change(request)).content.decode()

    assert 'name="_save"' not in answer
    assert 'data-desk-refresh="2"' in answer


@pytest.mark.promise("A9")
def test_a_promise_that_waits_says_why_and_until_when(login, make):
    request = make()
    make_entry(
        State.QUEUED,
        of=request,
        reason="Telnyx isn't answering.",
        not_before=timezone.now() + timedelta(minutes=3),
        attempts_made=1,
    )

    answer = login("compliance").get(change(request))

    assert re.search(r"Telnyx isn't answering\. Next try \d\d:\d\d \(try 2\)\.", text(answer))


def test_a_decision_is_one_link_away_for_people_who_may(login, make):
    request = make()
    entry = make_entry(State.NEEDS_PERSON, of=request, reason="Telnyx holds two.")

    answer = login("compliance").get(change(request))

    assert "Telnyx holds two." in text(answer)
    assert f'href="/admin/mirror/outboxentry/{entry.pk}/change/"' in answer.content.decode()
    assert "We don't know yet whether Telnyx has it." in text(answer)


@pytest.mark.parametrize(
    ("status", "words", "seconds"),
    [
        (
            "In Progress",
            "In review (Telnyx) Telnyx is checking the request. Usually takes 5 business days. Usually done by",
            "5",
        ),
        ("Waiting For Vendor", "In review (carriers) Telnyx approved it; the carriers are checking.", "5"),
        ("Verified", "Do not submit it again: that would switch its verification off.", None),
    ],
)
@pytest.mark.promise("F20")
def test_telnyxs_status_is_explained_in_plain_words_with_its_stage(login, make, status, words, seconds):
    answer = login("support").get(change(at_telnyx(make, status)))

    page = text(answer)
    assert words in page
    assert f"Status {status}" in page
    assert re.findall(r'id="progress"[^>]*data-desk-refresh="(\d)"', answer.content.decode()) == (
        [seconds] if seconds else []
    )


@pytest.mark.promise("A19")
def test_an_unknown_status_is_shown_raw_and_keeps_its_group(login, make):
    request = at_telnyx(make, "Waiting For Vendor")
    VerificationRequest.objects.update(remote_status="Paused By Carrier")
    client = login("compliance")

    page = text(client.get(change(request)))

    assert "Paused By Carrier (new status, meaning not known yet)" in page
    assert "In review" in page
    assert "Paused By Carrier" in text(client.get(f"{LIST}?group=carriers"))
    assert "Paused By Carrier" in text(client.get(f"{LIST}?status=unknown"))


def test_a_request_that_is_gone_is_closed_and_can_be_copied(login, make):
    request = at_telnyx(make, "Rejected", gone_at=timezone.now())

    answer = login("compliance").get(change(request))

    assert "No longer at Telnyx since" in text(answer)
    assert "Copy into a new draft" in text(answer)
    assert "Refresh from Telnyx" not in text(answer)
    assert 'name="_save"' not in answer.content.decode()


def test_after_a_deletion_our_side_says_deleted(login, make):
    request = at_telnyx(make, "Rejected")
    make_entry(State.ACCEPTED, of=request, operation="delete")
    VerificationRequest.objects.update(gone_at=timezone.now())

    assert re.search(r"Our side: Deleted at Telnyx \d\d:\d\d", text(login("support").get(change(request))))


@pytest.mark.parametrize("who", ["support", "auditor", "approver"])
@pytest.mark.promise("F63")
def test_secrets_are_masked_for_people_who_may_not_edit(login, make, who):
    request = make(use_case="Political", campaign_verify_authorization_token="cv-token-7788-secret")
    make_entry(State.QUEUED, of=request)

    page = login(who).get(change(request)).content.decode()

    assert "••••••6789" in page
    assert "12-3456789" not in page
    assert "cv-token" not in page


@pytest.mark.parametrize("who", ["compliance", "operator", "approver", "support", "auditor"])
@pytest.mark.promise("F63")
def test_contacts_and_addresses_are_shown_only_to_people_who_write_or_submit(login, make, who):
    request = make(
        business_contact_first_name="Zelda",
        business_contact_email="zelda@larkspur.example",
        business_contact_phone="+13125550177",
        business_addr1="42 Quince Street",
    )
    errors = [{"pointer": "", "title": "Bad", "detail": "Zelda at 42 Quince Street is unknown.", "code": "1"}]
    make_entry(State.REFUSED, of=request, errors=errors)

    page = text(login(who).get(change(request)))

    sees = who in {"compliance", "operator", "approver"}
    for word in ("Zelda", "zelda@larkspur.example", "42 Quince Street"):
        assert (word in page) == sees, word
    assert "is unknown." in page


@pytest.mark.promise("F63")
def test_an_editor_reads_the_registration_number_but_no_sent_version_shows_it(login, make):
    request = make()
    make_entry(State.QUEUED, of=request)

    page = login("compliance").get(change(request)).content.decode()

    assert page.count("12-3456789") == 1


@pytest.mark.promise("X86")
def test_only_people_who_may_view_see_a_page(login, make):
    request, nobody = make(), login("nobody")

    for url in (change(request), f"{LIST}{request.pk}/progress/", f"{LIST}{request.pk}/submit/", LIST):
        assert nobody.get(url).status_code == 403


@pytest.mark.parametrize("who", ["support", "auditor", "operator"])
@pytest.mark.promise("F87")
def test_buttons_that_would_be_refused_are_not_shown(login, make, who):
    page = text(login(who).get(change(at_telnyx(make, "Rejected"))))

    for words in ("Check before submitting", "Submit to Telnyx", "Delete at Telnyx", "Refresh from Telnyx"):
        assert words not in page


@pytest.mark.promise("F18")
def test_every_sent_version_is_kept_with_its_answer(login, make):
    request = make()
    errors = [{"pointer": "/businessName", "title": "Bad", "detail": "Not registered.", "code": "1"}]
    make_entry(State.REFUSED, of=request, errors=errors)
    make_entry(State.QUEUED, of=request)

    page = text(login("support").get(change(request)))

    versions = page.split("Submitted versions")[1].split("History")[0]
    assert re.search(r"2\. New request Queued.*1\. New request Refused by Telnyx.*Not registered\.", versions)
    assert "••••••" in versions


@pytest.mark.promise("F19")
def test_one_history_holds_our_steps_and_telnyxs_newest_first(make, person):
    request = make(created_by=person("compliance"))
    entry = make_entry(State.ACCEPTED, of=request)
    entry.attempts.create(outcome=Attempt.Outcome.NOT_SENT, worker="w")
    entry.attempts.create(outcome=Attempt.Outcome.NOT_SENT, worker="w")
    entry.attempts.create(outcome=Attempt.Outcome.ACCEPTED, worker="w", http_status=200)
    now = timezone.now()
    # The answer's own time is a second earlier, by Telnyx's clock.
    request.apply(
        {"id": "r1"}, source=Source.API, as_of=now, facts=[Fact("In Progress", now - timedelta(seconds=9))]
    )
    request.apply({"id": "r1"}, source=Source.SYNC, as_of=now, facts=[Fact("In Progress", now)])
    later = Fact("Waiting For Customer", now + timedelta(minutes=1), "Show the brand.")
    request.apply({"id": "r1"}, source=Source.WEBHOOK, as_of=now, facts=[later])

    steps = timeline.steps(request, [entry], sight.WHOLE)

    assert [(str(step.title), str(step.who)) for step in steps] == [
        ("Telnyx asks for a change (“Waiting For Customer”)", "reported by Telnyx (webhook)"),
        ("Telnyx is checking (“In Progress”)", "in the answer to our request"),
        ("Received by Telnyx", "answer to our request"),
        ("Nothing was sent", "this desk"),
        ("Submitted", ""),
        ("Draft started", "compliance"),
    ]
    assert (steps[0].text, steps[3].text) == ("Show the brand.", "2 times in a row")


@pytest.mark.promise("F98")
def test_the_history_is_in_the_zone_of_the_viewer(login, make):
    request = at_telnyx(make, "Verified")
    at = datetime(2026, 8, 14, 23, 30, tzinfo=UTC)
    request.apply({"id": "r1"}, source=Source.WEBHOOK, as_of=at, facts=[Fact("Verified", at)])
    support = login("support")
    support.cookies["desk_zone"] = "America/New_York"

    assert "Aug. 14, 2026, 19:30:00 EDT" in text(support.get(change(request)))


@pytest.mark.promise("F101")
def test_the_fragment_says_when_the_page_has_to_change(login, make):
    compliance, request = login("compliance"), make()
    entry = make_entry(State.SENDING, of=request)
    before = progress(compliance, request)
    errors = [{"pointer": "/businessName", "title": "Bad"}]
    make_refused(entry, errors)

    after = progress(compliance, request)

    assert shape(before) != shape(after)
    assert "data-desk-refresh" in before
    assert "data-desk-refresh" not in found(r'(<div id="progress"[^>]*>)', after)
    assert shape(progress(login("support"), request)) != shape(before)  # its notices change too


@pytest.mark.promise("F101")
def test_an_answer_between_two_reads_does_not_end_the_polling(make):
    request = make()
    entry = make_entry(State.SENDING, of=request)
    request.refresh_from_db()
    outbox.move(
        entry, expect=[State.SENDING], state=State.ACCEPTED, remote_id="r1", resolved_at=timezone.now()
    )

    assert request.is_under_way()
    assert standing.refresh_seconds(request, entry) == standing.SOON


def make_refused(entry: OutboxEntry, errors: list[dict]) -> None:
    assert outbox.move(
        entry, expect=[State.SENDING], state=State.REFUSED, errors=errors, resolved_at=timezone.now()
    )


def shape(html: str) -> str:
    return found(r'data-shape="([^"]*)"', html)


@pytest.mark.promise("L3")
def test_a_page_needs_at_most_14_queries(login, make, django_assert_max_num_queries):
    request = make()
    make_entry(State.REFUSED, of=request, errors=[{"pointer": "/businessName", "title": "Bad"}])
    make_entry(State.REFUSED, of=request, errors=[{"pointer": "/businessName", "title": "Bad"}])
    compliance, support = login("compliance"), login("support")

    for client in (compliance, support):
        with django_assert_max_num_queries(14):
            client.get(change(request))


@pytest.mark.parametrize("text_", ["<script>alert(1)</script>", "\u202egnp.exe", "🦷" * 60])
@pytest.mark.promise("X82")
def test_odd_text_is_only_text(login, make, text_):
    request = make(business_name=text_, use_case_summary=text_)
    make_entry(State.QUEUED, of=request)

    page = login("support").get(change(request)).content.decode()

    assert "<script>alert" not in page


def test_a_page_without_a_form_has_no_links_to_fields_and_every_id_once(login, make):
    draft = make(business_name="", corporate_website="http://larkspur-dental.example")

    html = login("support").get(change(draft)).content.decode()

    assert "Legal business name" in html.split('id="readiness"')[1].split("</section>")[0]
    assert 'href="#id_' not in html
    ids = re.findall(r'\bid="(title-[^"]+)"', html)
    assert len(set(ids)) == len(ids)
