"""A verified number is submitted again only with permission, the number typed, and a reason on record."""

import pytest
from django.contrib.admin.models import LogEntry

from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.outbound.sweep import sweep
from tests.desk.colleagues import browser, colleague
from tests.tollfree.pages import LIST, at_telnyx, change, fields, text

NUMBER = "+18005550123"
WORDS = "This number is verified. A new request switches that off until it is approved again."
REASON = "The business was sold; the new owner has other papers."
TYPED = {"verified_number": NUMBER, "verified_reason": REASON}


def submit(request) -> str:
    return f"{LIST}{request.pk}/submit/"


@pytest.fixture
def draft(make):
    """Return a draft of another business, so that nothing else warns, whose number is verified."""
    at_telnyx(make, "Verified", business_name="Old Owner LLC", business_registration_number="98-7654321")
    return make()


def form(client, draft) -> dict:
    answer = fields(client, submit(draft))
    return answer | ({"reason": "Checked with the owner of both."} if "reason" in answer else {})


@pytest.mark.promise("A14", "F14")
def test_with_the_number_and_a_reason_it_is_sent_and_on_record(login, draft):
    approver = login("approver")

    page = text(approver.get(submit(draft)))
    assert WORDS in page
    assert "is verified for Old Owner LLC. That business will lose it." in page
    approver.post(submit(draft), form(approver, draft) | TYPED | {"verified_number": "(800) 555-0123"})

    assert OutboxEntry.objects.get().operation == "create"
    [act] = LogEntry.objects.filter(change_message__startswith="Submitted again although verified")
    assert (str(act.user), act.object_id) == ("approver", str(draft.pk))
    assert REASON in text(approver.get(change(draft)))


@pytest.mark.promise("A14", "F14")
@pytest.mark.parametrize(
    "wrong",
    [
        {"verified_number": ""},
        {"verified_number": "0123"},
        {"verified_number": "+18005550124"},
        {"verified_number": "8005550123 x"},
        {"verified_reason": ""},
        {"verified_reason": "ok"},
        {"verified_reason": "......."},
        {"verified_reason": "xxxxxxxx"},
    ],
)
def test_without_either_nothing_is_sent_and_what_was_typed_stays(login, draft, wrong):
    approver = login("approver")

    answer = approver.post(submit(draft), form(approver, draft) | TYPED | wrong)

    assert not OutboxEntry.objects.exists()
    assert "Nothing was sent." in text(answer)
    kept = REASON if "verified_number" in wrong else NUMBER
    assert f'value="{kept}"' in answer.content.decode()


@pytest.mark.promise("A14", "F14")
def test_without_the_permission_it_stops_and_says_who_may(login, draft):
    compliance = login("compliance")
    posted = {"form_token": "a" * 32, "confirm": "1", **TYPED}

    for answer in (
        compliance.get(submit(draft), follow=True),
        compliance.post(submit(draft), posted, follow=True),
    ):
        assert "may be submitted again only by approvers" in text(answer)
        assert f'/{draft.pk}/give/?can=resubmit_verified">Ask an approver</a>' in answer.content.decode()
    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("A14", "F14")
@pytest.mark.parametrize("status", ["In Progress", "Waiting For Vendor", "Waiting For Customer", "Paused"])
def test_a_number_in_review_stops_approvers_too(login, make, draft, status):
    make(remote_id="r2", remote_status=status, known_status=status, sync_state="accepted")
    approver = login("approver")

    approver.post(submit(draft), {"form_token": "a" * 32, "confirm": "1", **TYPED})

    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("A14", "F14")
def test_a_number_verified_while_the_page_was_open_is_asked_for(login, make):
    draft, approver = make(), login("approver")
    posted = form(approver, draft)
    at_telnyx(make, "Verified", business_name="Old Owner LLC", business_registration_number="98-7654321")

    answer = approver.post(submit(draft), posted)

    assert not OutboxEntry.objects.exists()
    assert WORDS in text(answer)


@pytest.mark.promise("A14", "F14")
def test_of_two_people_with_the_same_verified_number_one_sends_it(login, make, draft):
    other, approver = make(), login("approver")
    first, second = form(approver, draft) | TYPED, form(approver, other) | TYPED

    approver.post(submit(draft), first)
    approver.post(submit(other), second)

    assert str(OutboxEntry.objects.get().resource_id) == str(draft.pk)


@pytest.mark.promise("A14", "F14")
def test_a_correction_of_a_request_verified_meanwhile_is_not_sent(login, make):
    request, approver = at_telnyx(make, "Rejected"), login("approver")
    posted = form(approver, request) | TYPED
    type(request).objects.update(remote_status="Verified", known_status="Verified")

    answer = approver.post(submit(request), posted, follow=True)

    assert not OutboxEntry.objects.exists()
    assert "would switch its verification off" in text(answer)


def test_the_panel_warns_those_who_may_go_on_and_names_it_to_fix_for_others(login, draft):
    approver, compliance = login("approver"), login("compliance")

    assert 'data-ready="wrong"' not in approver.get(change(draft)).content.decode()
    assert "is verified" in text(approver.get(change(draft)))
    assert 'data-ready="wrong"' in compliance.get(change(draft)).content.decode()
    assert "1 thing to fix" in text(compliance.get(change(draft)))


def test_an_approver_reads_what_is_missing_and_whom_to_ask_before_submitting(login, make):
    draft = make(business_city="", business_zip="")

    answer = login("approver").get(change(draft))

    page = text(answer)
    assert "It can't be submitted yet: 2 things have to be fixed first" in page
    assert "Give it to someone who may change it" in page
    assert f'{submit(draft)}"' not in answer.content.decode()
    assert "Compliance or an approver submits it: give it to them" in text(
        login("operator").get(change(draft))
    )


@pytest.mark.promise("A14", "F14")
def test_the_reason_is_beside_the_version_that_was_sent_with_it(login, draft):
    approver = login("approver")
    approver.post(submit(draft), form(approver, draft) | TYPED)

    page = text(approver.get(change(draft)))
    versions = text(approver.get(f"{LIST}{draft.pk}/versions/"))

    assert f"Submitted again although verified: {REASON}" in page
    assert f"Submitted again although verified: {REASON}" in versions
    assert "Submitted despite warnings:" not in versions


def verify_meanwhile(make) -> None:
    at_telnyx(make, "Verified", business_name="Old Owner LLC", business_registration_number="98-7654321")


@pytest.mark.promise("A14", "F14")
@pytest.mark.parametrize("is_kept", [True, False])
def test_a_number_verified_since_it_was_submitted_is_not_sent(login, make, sandbox, client, is_kept):
    draft, approver = make(), login("approver")
    approver.post(submit(draft), form(approver, draft))
    entry = OutboxEntry.objects.get()
    if is_kept:
        outbox.move(entry, expect=["queued"], state="needs_person", reason="24 hours")
    verify_meanwhile(make)

    if is_kept:
        approver.post(f"/admin/mirror/outboxentry/{entry.pk}/retry/")
    sweep(client, seconds=0.5)

    entry.refresh_from_db()
    assert entry.state == "needs_person"
    assert "+1 800 555 0123 was verified after this was submitted" in entry.reason
    assert sandbox.requests("POST") == []


@pytest.mark.promise("A14", "F14")
def test_what_was_stopped_can_be_canceled_and_submitted_again_with_the_number_typed(
    login, make, sandbox, client
):
    draft, approver = make(), login("approver")
    approver.post(submit(draft), form(approver, draft))
    verify_meanwhile(make)
    sweep(client, seconds=0.5)
    entry = OutboxEntry.objects.get()

    approver.post(f"/admin/mirror/outboxentry/{entry.pk}/cancel/", {"text": "Verified meanwhile"})
    approver.post(submit(draft), form(approver, draft) | TYPED)
    sweep(client, seconds=1)

    assert OutboxEntry.objects.exclude(pk=entry.pk).get().state == "accepted"
    assert len(sandbox.requests("POST")) == 1


@pytest.mark.promise("A14", "F14")
def test_a_confirmed_number_that_is_retried_is_sent(login, draft, sandbox, client):
    approver = login("approver")
    approver.post(submit(draft), form(approver, draft) | TYPED)
    entry = OutboxEntry.objects.get()
    outbox.move(entry, expect=["queued"], state="needs_person", reason="24 hours")

    approver.post(f"/admin/mirror/outboxentry/{entry.pk}/retry/")
    sweep(client, seconds=1)

    entry.refresh_from_db()
    assert entry.state == "accepted"


@pytest.mark.promise("A14", "F14")
def test_the_approver_reads_the_reason_and_it_goes_with_what_is_sent(login, draft, settings, sandbox, client):
    settings.FOUR_EYES = ["tollfree"]
    asker, approver = browser(colleague("asker", "approver")), login("approver")
    asker.post(submit(draft), form(asker, draft) | TYPED)

    page = approver.get(f"{LIST}{draft.pk}/approve/")
    approver.post(f"{LIST}{draft.pk}/approve/", fields(approver, f"{LIST}{draft.pk}/approve/"))
    sweep(client, seconds=1)

    assert REASON in text(page)
    assert OutboxEntry.objects.get().state == "accepted"
    assert f"Submitted again although verified: {REASON}" in text(approver.get(change(draft)))
