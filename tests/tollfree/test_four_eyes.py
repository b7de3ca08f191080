"""Four eyes: what one person submits goes to Telnyx only once a colleague has approved exactly that."""

import re
from threading import Barrier, Thread

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection

from messaging.mirror.models import OutboxEntry
from messaging.models import Approval
from tests.desk.colleagues import browser, colleague
from tests.desk.conftest import make_entry
from tests.tollfree.pages import LIST, at_telnyx, change, fields, text
from tollfree import turns
from tollfree.models import VerificationRequest

WORDS = "The sample must name the brand."
DECISION, State = Approval.Decision, OutboxEntry.State
CONFIRMATIONS = ("confirm_unchanged", "confirm_verdict")


@pytest.fixture(autouse=True)
def four_eyes(settings):
    settings.FOUR_EYES = ["tollfree"]


def submit(request) -> str:
    return f"{LIST}{request.pk}/submit/"


def approve(request) -> str:
    return f"{LIST}{request.pk}/approve/"


def ask(client, request, **more):
    answer = fields(client, submit(request))
    reason = {"reason": "Checked with the owner of both."} if "reason" in answer else {}
    return client.post(submit(request), answer | reason | more, follow=True)


def decide(client, request, url="", **more):
    return client.post(url or approve(request), fields(client, approve(request)) | more, follow=True)


def open_one(request) -> Approval:
    return request.approvals.get(decision="")


def test_the_home_page_of_an_approver_begins_with_what_waits_for_approval(login, make):
    ask(login("compliance"), make())
    make_entry(State.NEEDS_PERSON)

    groups = [card.group for card in login("approver").get("/admin/").context["cards"]]

    assert groups[:2] == ["approval", "decision"]
    assert next(card.group for card in login("operator").get("/admin/").context["cards"]) == "decision"


def test_what_is_asked_is_promised_only_once_a_colleague_approves_it(login, make):
    request, compliance, approver = make(), login("compliance"), login("approver")

    said = text(ask(compliance, request))

    assert "Approval requested. Nothing has been sent yet." in said
    assert "You asked," in said
    assert not OutboxEntry.objects.exists()
    assert "Waiting for approval" in text(approver.get(f"{LIST}?group=approval"))
    assert "Toll-free: waiting for approval" in text(approver.get("/admin/"))
    page = text(approver.get(approve(request)))
    assert "compliance asked for approval" in page
    assert request.business_name in page

    said = text(decide(approver, request))

    entry = OutboxEntry.objects.get()
    assert "Approved. Queued for Telnyx." in said
    assert "approved by approver" in said
    assert (entry.operation, str(entry.requested_by)) == ("create", "compliance")
    asked = request.approvals.get()
    assert (asked.decision, str(asked.decided_by), asked.entry) == (DECISION.APPROVED, "approver", entry)
    history = text(approver.get(f"{LIST}{request.pk}/history/"))
    assert "Asked for approval to submit it to Telnyx" in history
    assert "Approved; compliance had asked" in history


@pytest.mark.parametrize("is_superuser", [False, True])
def test_nobody_approves_what_they_asked_for(make, is_superuser):
    both = colleague("both", "compliance", "approver", is_superuser=is_superuser)
    client, request = browser(both), make()
    ask(client, request)
    asked = str(open_one(request).pk)

    page = text(client.get(approve(request)))
    assert "You asked for approval, so a colleague decides." in page
    assert "Approve and send" not in page
    for url in (approve(request), f"{LIST}{request.pk}/send_back/"):
        posted = {"asked": asked, "form_token": "a" * 32, "confirm": "1", "reason": WORDS}
        assert client.post(url, posted).status_code == 403

    assert not OutboxEntry.objects.exists()
    assert open_one(request)


@pytest.mark.parametrize("role", ["compliance", "operator", "support", "auditor"])
def test_only_approvers_decide(login, make, role):
    request = make()
    ask(browser(colleague("asker", "compliance")), request)
    client, asked = login(role), str(open_one(request).pk)

    for url in (approve(request), f"{LIST}{request.pk}/send_back/"):
        assert client.post(url, {"asked": asked, "form_token": "a" * 32, "reason": WORDS}).status_code == 403
    assert client.get(approve(request)).status_code == 403

    assert not OutboxEntry.objects.exists()
    assert open_one(request)


def test_sent_back_it_says_why_until_it_is_asked_again(login, make):
    request, compliance, approver = make(), login("compliance"), login("approver")
    ask(compliance, request)

    for nothing in ("", "ok", "......"):
        said = text(decide(approver, request, f"{LIST}{request.pk}/send_back/", reason=nothing))
        assert "Nothing has been sent back yet." in said
    said = text(decide(approver, request, f"{LIST}{request.pk}/send_back/", reason=WORDS))

    assert "Sent back. Nothing was sent to Telnyx." in said
    page = text(compliance.get(change(request)))
    assert "Sent back by approver" in page
    assert WORDS in page
    assert [act.get_change_message() for act in LogEntry.objects.all()].count(f"Sent back\n{WORDS}") == 1
    request.refresh_from_db()
    assert str(request.assigned_to) == "compliance"
    assert not OutboxEntry.objects.exists()

    ask(compliance, request)

    assert "Sent back by" not in text(compliance.get(change(request)))
    decide(approver, request)
    assert OutboxEntry.objects.count() == 1


def test_an_edit_takes_the_question_back(login, make):
    request, compliance, approver = make(), login("compliance"), login("approver")
    ask(compliance, request)
    stale = fields(approver, approve(request))
    typed = fields(compliance, change(request)) | {"business_city": "Chicago"}

    compliance.post(change(request), typed)

    request.refresh_from_db()
    assert request.business_city == "Chicago"
    assert not request.waits_for_approval()
    assert "it was edited since" in text(compliance.get(change(request)))
    said = text(approver.post(approve(request), stale, follow=True))
    assert "It was edited meanwhile, so nothing waits for approval." in said
    assert not OutboxEntry.objects.exists()
    ask(compliance, request)
    assert [asked.decision for asked in request.approvals.all()] == [DECISION.OPEN, DECISION.TAKEN_BACK]
    # The page of the first question decides nothing about the second.
    approver.post(approve(request), stale)
    assert not OutboxEntry.objects.exists()


def test_saving_without_an_edit_takes_nothing_back(login, make):
    request, compliance = make(), login("compliance")
    ask(compliance, request)
    page = compliance.get(change(request))
    assert 'name="_submit"' not in page.content.decode()

    compliance.post(change(request), fields(compliance, change(request)))

    request.refresh_from_db()
    assert request.waits_for_approval()


def test_whoever_asked_takes_it_back(login, make):
    request, compliance = make(), login("compliance")
    ask(compliance, request)

    posted = {"asked": str(open_one(request).pk)}
    assert login("support").post(f"{LIST}{request.pk}/take_back/", posted).status_code == 403
    said = text(compliance.post(f"{LIST}{request.pk}/take_back/", posted, follow=True))

    assert "Taken back. Nothing was sent" in said
    request.refresh_from_db()
    assert request.turn().group == "draft"
    assert "Check before submitting" in said


def test_asking_twice_is_one_question(login, make):
    request, compliance = make(), login("compliance")
    form = fields(compliance, submit(request))
    form |= {"reason": "Checked with the owner of both."} if "reason" in form else {}

    compliance.post(submit(request), form)
    said = text(compliance.post(submit(request), form, follow=True))

    assert "is waiting for a colleague's approval" in said
    assert request.approvals.count() == 1


@pytest.mark.parametrize("role", ["compliance", "approver"])
def test_what_waits_is_not_submitted_in_another_way(login, make, role):
    request = make()
    ask(browser(colleague("asker", "compliance")), request)
    client = login(role)

    client.post(submit(request), {"form_token": "a" * 32, "confirm": "1", "seen": f"{request.version}."})

    assert not OutboxEntry.objects.exists()


def test_a_correction_shows_the_difference_and_telnyxs_reason(login, make):
    request = at_telnyx(make, "Rejected", remote_reason="The sample does not show the brand.")
    compliance, approver = login("compliance"), login("approver")
    typed = fields(compliance, change(request)) | {
        "production_message_content": "Larkspur Dental: see you at 9. Reply STOP to opt out."
    }
    compliance.post(change(request), typed)
    confirm = {"confirm_unchanged": "", "confirm_verdict": ""}
    form = fields(compliance, submit(request))
    ask(compliance, request, **{name: form[name] for name in confirm if name in form})
    request.refresh_from_db()
    assert request.waits_for_approval()
    assert request.turn().group == "approval"
    assert turns.due_at(request) is not None
    assert VerificationRequest.objects.filter(turns.in_group("approval")).get() == request

    page = text(approver.get(approve(request)))
    assert "The sample does not show the brand." in page
    assert "Larkspur Dental: see you at 9." in page

    request.remote_status = request.known_status = "Verified"
    request.save()
    said = text(decide(approver, request))
    assert "its status at Telnyx has changed since" in said
    assert not OutboxEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_make_one_request(make):
    request = make()
    ask(browser(colleague("asker", "compliance")), request)
    clients = [browser(colleague(name, "approver")) for name in ("one", "two")]
    forms = [fields(client, approve(request)) for client in clients]
    together, answers = Barrier(2), []

    def decide_now(client, form) -> None:
        together.wait()
        answers.append(text(client.post(approve(request), form, follow=True)))
        connection.close()

    threads = [Thread(target=decide_now, args=pair) for pair in zip(clients, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert OutboxEntry.objects.count() == 1
    assert sum("Approved. Queued for Telnyx." in answer for answer in answers) == 1
    assert sum(bool(re.search("(one|two) approved it", answer)) for answer in answers) == 1


def test_without_the_setting_nothing_waits_and_what_waits_can_still_be_decided(login, make, settings):
    request, other, approver = make(), make(phone_numbers=["+18005550177"]), login("approver")
    ask(login("compliance"), request)
    settings.FOUR_EYES = []

    ask(approver, other)
    decide(approver, request)

    assert OutboxEntry.objects.count() == 2


def test_a_deletion_at_telnyx_waits_too(login, make):
    request, compliance, approver = at_telnyx(make, "Rejected"), login("compliance"), login("approver")
    url = f"{LIST}{request.pk}/delete-at-telnyx/"

    compliance.post(url, fields(compliance, url))
    assert not OutboxEntry.objects.exists()
    assert "Approve the deletion at Telnyx" in text(approver.get(approve(request)))
    decide(approver, request)

    assert OutboxEntry.objects.get().operation == "delete"


def edit(client, request, **changes):
    return client.post(change(request), fields(client, change(request)) | changes)


@pytest.mark.parametrize("is_superuser", [False, True])
def test_nobody_approves_what_they_wrote_and_a_colleague_asked_for(make, login, is_superuser):
    request, both = make(), colleague("both", "compliance", "approver", is_superuser=is_superuser)
    writer = browser(both)
    edit(writer, request, business_city="Chicago")
    edit(login("compliance"), request, business_zip="60601")
    ask(browser(colleague("asker", "compliance")), request)
    asked = str(open_one(request).pk)

    page = text(writer.get(approve(request)))
    assert "You wrote some of what would be sent, so a colleague who wrote none of it decides." in page
    assert "Approve and send" not in page
    assert "Review and approve" not in text(writer.get(change(request)))
    for url in (approve(request), f"{LIST}{request.pk}/send_back/"):
        answer = writer.post(url, {"asked": asked, "form_token": "a" * 32, "reason": WORDS})
        assert answer.status_code == 403
        assert "You wrote some of what would be sent" in text(answer)
    assert not OutboxEntry.objects.exists()

    decide(login("approver"), request)
    assert OutboxEntry.objects.count() == 1


def test_who_made_the_draft_doesnt_approve_it(make, login):
    both = colleague("both", "compliance", "approver")
    request = make(created_by=both)
    ask(login("compliance"), request)

    assert "You wrote some of what would be sent" in text(browser(both).get(approve(request)))


def test_whoever_only_looked_saved_nothing_or_wrote_what_was_sent_before_approves(make, login):
    both = browser(colleague("both", "compliance", "approver"))
    request, compliance = at_telnyx(make, "Rejected"), login("compliance")
    edit(both, request, business_city="Chicago")
    make_entry(State.ACCEPTED, of=request, operation="update")
    edit(compliance, request, business_zip="60601")
    edit(both, request)
    form = fields(compliance, submit(request))
    ask(compliance, request, **{name: form[name] for name in CONFIRMATIONS if name in form})

    decide(both, request)

    assert OutboxEntry.objects.filter(state=State.QUEUED).count() == 1


def test_a_deletion_has_no_author(make, login):
    request, both = at_telnyx(make, "Rejected"), browser(colleague("both", "compliance", "approver"))
    edit(both, request, business_city="Chicago")
    compliance, url = login("compliance"), f"{LIST}{request.pk}/delete-at-telnyx/"
    compliance.post(url, fields(compliance, url))

    decide(both, request)

    assert OutboxEntry.objects.get().operation == "delete"


def test_the_approver_reads_what_telnyx_refused_and_what_a_rejection_means(make, login):
    refused = {"code": "10005", "title": "Invalid", "detail": "No such city.", "pointer": "/businessCity"}
    request, compliance, approver = make(), login("compliance"), login("approver")
    make_entry(State.REFUSED, of=request, operation="create", errors=[refused])
    edit(compliance, request, business_zip="60601")
    ask(compliance, request)

    page = text(approver.get(approve(request)))

    assert "Telnyx refused 1 field. Nothing was registered." in page
    assert "No such city." in page
    assert "(not changed since)" in page


def test_only_the_last_button_says_that_it_asks_or_submits(make, login, settings):
    request, compliance = make(), login("compliance")

    for url in (f"{LIST}add/", change(request)):
        page = text(compliance.get(url))
        assert "Check before submitting" in page
        assert "Ask for approval" not in page
        assert "Submit to Telnyx" not in page
    assert "then press “Ask for approval” at the end." in text(compliance.get(submit(request)))
    settings.FOUR_EYES = []
    assert "Submit to Telnyx" not in text(compliance.get(change(request)))
    assert "Nothing has been submitted yet." in text(compliance.get(submit(request)))
    assert "Not submitted yet." in text(compliance.get(change(request)))
