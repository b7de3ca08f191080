"""Undo: what a person just submitted waits, can be taken back until a worker claims it, and is then sent once."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from playwright.sync_api import expect

from messaging.mirror import breaker
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.outbound.sweep import due, sweep
from messaging.mirror.records import sync
from tests.tollfree.conftest import COMPLETE
from tests.tollfree.pages import LIST, change, fields, text
from tollfree.models import VerificationRequest

State = OutboxEntry.State


@pytest.fixture(autouse=True)
def window(settings) -> None:
    settings.UNDO_SECONDS = 20.0


def action(request: VerificationRequest, name: str = "submit") -> str:
    return f"{LIST}{request.pk}/{name}/"


def undo(entry: OutboxEntry) -> str:
    return f"/admin/mirror/outboxentry/{entry.pk}/undo/"


def submit(browser, request: VerificationRequest, name: str = "submit") -> OutboxEntry:
    """Submit as a person does, and return the new promise."""
    form = fields(browser, action(request, name)) | {"reason": "The website is back."}
    answer = browser.post(action(request, name), form, follow=True)
    takes_back = "Until then, “Undo” takes it back."
    assert (takes_back if settings.UNDO_SECONDS else "Queued for Telnyx.") in text(answer)
    return outbox.entries(request)[0]


def end_window(entry: OutboxEntry) -> None:
    OutboxEntry.objects.filter(pk=entry.pk).update(not_before=Now())


def left(entry: OutboxEntry) -> float:
    return (entry.not_before - entry.created_at).total_seconds()


def writes(sandbox) -> list[tuple[str, str]]:
    return [(sent["method"], sent["path"]) for sent in sandbox.requests() if sent["method"] != "GET"]


@pytest.fixture
def rejected(sandbox, make, work, client) -> VerificationRequest:
    """A request that Telnyx has rejected, as the sandbox has it."""
    request = make()
    work(outbox.add(request, "create", requested_by=None))
    request.refresh_from_db()
    sandbox.set_status(request.remote_id, "Rejected", reason="Not like this.")
    sync.refresh(request, client)
    sandbox.clear_requests()
    request.refresh_from_db()
    return request


def test_what_a_person_submits_waits_and_the_page_says_until_when(sandbox, login, make, client):
    compliance, draft = login("compliance"), make()
    entry = submit(compliance, draft)

    sweep(client, seconds=0.2)
    relay.relay(entry.pk, client)
    answer = compliance.get(change(draft))

    assert 19 < left(entry) < 21
    assert writes(sandbox) == []
    assert "Sends at" in text(answer)
    assert f'action="{undo(entry)}"' in answer.content.decode()
    assert "in a moment" not in text(answer)


def test_after_the_window_it_is_sent_once(sandbox, login, make, work):
    entry = submit(login("compliance"), make())
    end_window(entry)

    assert work(entry).state == State.ACCEPTED
    assert len(writes(sandbox)) == 1


def test_undo_gives_the_draft_back_with_everything_typed(sandbox, login, make, client):
    compliance, draft = login("compliance"), make()
    entry = submit(compliance, draft)

    answer = compliance.post(undo(entry), follow=True)

    end_window(entry)
    sweep(client, seconds=0.2)
    draft.refresh_from_db()
    assert writes(sandbox) == []
    assert answer.redirect_chain[-1][0] == change(draft)
    assert "Taken back. Nothing was sent to Telnyx." in text(answer)
    assert (draft.sync_state, draft.remote_id) == ("draft", None)
    assert {name: getattr(draft, name) for name in COMPLETE} == COMPLETE
    assert 'name="business_name"' in answer.content.decode()
    versions = text(compliance.get(action(draft, "versions")))
    assert "Taken back before it was sent" in versions
    history = text(compliance.get(action(draft, "history")))
    assert "New request: taken back before it was sent to Telnyx" in history
    assert "Withdrawn" not in history


def test_after_undo_the_old_form_sends_nothing_and_a_new_one_does(login, make):
    compliance, draft = login("compliance"), make()
    form = fields(compliance, action(draft))
    compliance.post(action(draft), form)
    compliance.post(undo(outbox.entries(draft)[0]))

    answer = compliance.post(action(draft), form, follow=True)

    assert "Nothing was sent from this tab" in text(answer)
    assert "withdrawn before it was sent" in text(answer)
    assert outbox.entries(draft).count() == 1
    assert submit(compliance, draft).state == State.QUEUED


def test_what_was_taken_back_may_be_deleted_and_leaves_its_request_in_the_outbox(login, make):
    compliance, draft = login("compliance"), make()
    entry = submit(compliance, draft)
    assert not draft.can_delete_draft()
    compliance.post(undo(entry))
    assert "What would have been sent" in text(compliance.get(change(draft)))

    page = compliance.get(f"/admin/tollfree/verificationrequest/{draft.pk}/delete/")
    compliance.post(page.request["PATH_INFO"], {"post": "yes"})

    assert not type(draft).objects.exists()
    operator = login("operator")
    assert "(no longer here)" in text(operator.get(f"/admin/mirror/outboxentry/{entry.pk}/change/"))
    assert operator.get("/admin/mirror/outboxentry/").status_code == 200
    assert compliance.post(undo(entry)).status_code == 404


@pytest.mark.promise("X21")
def test_two_presses_within_the_window_are_one_promise(login, make):
    compliance, draft = login("compliance"), make()
    form = fields(compliance, action(draft))

    answers = [compliance.post(action(draft), form, follow=True) for _ in range(2)]

    assert outbox.entries(draft).count() == 1
    assert "Already submitted" in text(answers[1])


@pytest.mark.parametrize("name", ["submit", "delete-at-telnyx"])
def test_a_correction_and_a_deletion_can_be_taken_back(sandbox, login, rejected, client, name):
    compliance = login("compliance")
    VerificationRequest.objects.filter(pk=rejected.pk).update(use_case_summary="Corrected here.")
    entry = submit(compliance, rejected, name)
    assert 19 < left(entry) < 21

    answer = compliance.post(undo(entry), follow=True)

    end_window(entry)
    sweep(client, seconds=0.2)
    rejected.refresh_from_db()
    assert writes(sandbox) == []
    assert (rejected.sync_state, rejected.use_case_summary) == ("accepted", "Corrected here.")
    assert rejected.is_editable()
    assert rejected.can_delete_remote()
    assert "Corrected here." in answer.content.decode()


def test_whoever_may_submit_it_may_take_it_back_and_nobody_else(login, make):
    draft = make()
    entry = submit(login("compliance"), draft)
    operator, admin = login("operator"), login("admin")

    seen = operator.get(change(draft))
    refused = operator.post(undo(entry))

    entry.refresh_from_db()
    assert (refused.status_code, entry.state) == (403, State.QUEUED)
    assert "Sends at" in text(seen)
    assert undo(entry) not in seen.content.decode()
    assert admin.get(undo(entry)).status_code == 405
    assert admin.post(undo(entry)).status_code == 302
    entry.refresh_from_db()
    assert (entry.state, entry.reason) == (State.CANCELLED, "admin took it back before it was sent.")


def test_undo_needs_the_token_of_a_form_and_a_login(login, make):
    entry = submit(login("compliance"), make())

    assert login("admin", enforce_csrf_checks=True).post(undo(entry)).status_code == 403
    assert login("nobody").post(undo(entry)).status_code == 403
    entry.refresh_from_db()
    assert entry.state == State.QUEUED


TOO_LATE = {
    State.SENDING: "Too late to undo: sending has started.",
    State.UNSURE: "Too late to undo: sending has started.",
    State.ACCEPTED: "Too late to undo: Telnyx has received it. You can correct it as soon as Telnyx rejects it",
    State.REFUSED: "Too late to undo: it was sent, and Telnyx refused it.",
    State.NEEDS_PERSON: "Too late to undo: a person has to decide about it now.",
}


@pytest.mark.parametrize("state", TOO_LATE)
def test_undo_that_comes_too_late_says_so(login, make, state):
    compliance, draft = login("compliance"), make()
    entry = submit(compliance, draft)
    assert relay.claim(entry)
    values = {"send_started_at": Now(), "sends": 1}
    if state in OutboxEntry.ENDED:
        values |= {"resolved_at": Now(), "resolution": "answered", "remote_id": str(draft.pk)}
    assert outbox.move(entry, expect=[State.SENDING], state=state, **values)

    answer = compliance.post(undo(entry), follow=True)

    entry.refresh_from_db()
    assert entry.state == state
    assert TOO_LATE[state] in text(answer)
    assert undo(entry) not in answer.content.decode()


def test_undo_twice_says_that_it_is_done(login, make):
    compliance, draft = login("compliance"), make()
    entry = submit(compliance, draft)
    compliance.post(undo(entry))

    answer = compliance.post(undo(entry), follow=True)

    assert "It was already taken back." in text(answer)


def test_a_retry_after_busy_has_no_new_window(sandbox, login, make, client):
    compliance, draft = login("compliance"), make()
    entry = submit(compliance, draft)
    end_window(entry)
    busy = {"errors": [{"code": "10011", "title": "Too many requests"}]}
    sandbox.fault("status", method="POST", status=429, headers={"Retry-After": "3"}, json=busy, store=False)
    relay.relay(entry.pk, client)

    answer = compliance.post(undo(entry), follow=True)

    entry.refresh_from_db()
    assert (entry.state, entry.attempts_made) == (State.QUEUED, 1)
    assert not entry.waits_for_undo()
    assert "Too late to undo" in text(answer)
    assert "Next try" in text(answer)


@pytest.mark.parametrize("n", range(6))
def test_of_undo_and_a_worker_one_wins(sandbox, person, make, client, n):
    entry = outbox.add(make(), "create", requested_by=person("compliance"))
    end_window(entry)
    by, barrier = entry.requested_by, threading.Barrier(2)

    def take_back() -> bool:
        mine = OutboxEntry.objects.get(pk=entry.pk)
        barrier.wait()
        try:
            return outbox.take_back(mine, by)
        finally:
            connection.close()

    def send() -> None:
        barrier.wait()
        try:
            relay.relay(entry.pk, client)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        taken, _sent = threads.submit(take_back), threads.submit(send).result()

    entry.refresh_from_db()
    assert entry.state == (State.CANCELLED if taken.result() else State.ACCEPTED)
    assert len(writes(sandbox)) == (0 if taken.result() else 1)


@pytest.mark.django_db(transaction=True)
def test_a_worker_and_somebody_who_cancels_never_wait_for_each_other(person, make):
    entry = outbox.add(make(), "create", requested_by=person("compliance"))
    theirs, ours = (OutboxEntry.objects.get(pk=entry.pk) for _ in range(2))

    def claim() -> bool:
        try:
            return relay.claim(theirs)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            entry.resource.lock()
            claimed = threads.submit(claim)
            while not waiting_for_locks():
                assert not claimed.done()
            assert outbox.cancel(ours, "Wrong number.")
        assert not claimed.result()

    entry.refresh_from_db()
    assert entry.state == State.CANCELLED


def waiting_for_locks() -> bool:
    with connection.cursor() as cursor:
        # A row that another transaction holds is waited for by its transaction ID, which belongs to no database.
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("first", ["undo", "worker"])
def test_whoever_comes_first_wins(person, make, client, first):
    entry = outbox.add(make(), "create", requested_by=person("compliance"))
    theirs, ours = (OutboxEntry.objects.get(pk=entry.pk) for _ in range(2))

    if first == "undo":
        assert outbox.take_back(ours, entry.requested_by)
        assert not relay.claim(theirs)
    else:
        assert relay.claim(theirs)
        assert not outbox.take_back(ours, entry.requested_by)


def test_undo_while_a_worker_looks_at_telnyx_first(sandbox, login, rejected, client, monkeypatch):
    compliance = login("compliance")
    VerificationRequest.objects.filter(pk=rejected.pk).update(use_case_summary="Corrected here.")
    entry = submit(compliance, rejected)
    end_window(entry)
    real = relay._may_try

    def looks(*of) -> bool:
        compliance.post(undo(entry))
        return real(*of)

    monkeypatch.setattr(relay, "_may_try", looks)

    relay.relay(entry.pk, client)

    entry.refresh_from_db()
    assert entry.was_taken_back()
    assert writes(sandbox) == []


def test_while_sending_is_paused_it_can_be_taken_back_and_keeps_its_time(login, make):
    compliance, draft = login("compliance"), make()
    entry = submit(compliance, draft)
    breaker.close("the key is refused")
    paused = compliance.get(change(draft))

    breaker.reopen()

    assert undo(entry) in paused.content.decode()
    assert "Sends at" not in text(paused)
    assert due() == []
    entry.refresh_from_db()
    assert entry.waits_for_undo()


def test_the_switch_turns_it_off(login, make, settings):
    settings.UNDO_SECONDS = 0
    compliance, draft = login("compliance"), make()

    entry = submit(compliance, draft)
    answer = compliance.get(change(draft))

    assert left(entry) < 1
    assert "It will be sent in a moment." in text(answer)
    assert undo(entry) not in answer.content.decode()


def test_what_nobody_requested_never_waits(make):
    entry = outbox.add(make(), "create", requested_by=None)

    assert left(entry) < 1
    assert not entry.can_be_taken_back()


def test_the_worker_is_called_for_when_it_is_due(
    login, make, monkeypatch, django_capture_on_commit_callbacks
):
    called = []
    monkeypatch.setattr("messaging.mirror.tasks._ring", lambda *of: called.append(of))

    with django_capture_on_commit_callbacks(execute=True):
        entry = submit(login("compliance"), make())

    assert called == [(entry.pk, 20.0)]


def test_the_page_of_the_request_says_when_it_is_sent(login, make):
    admin, draft = login("admin"), make()
    entry = submit(admin, draft)

    answer = admin.get(f"/admin/mirror/outboxentry/{entry.pk}/change/")

    assert "unless it is taken back first" in text(answer)
    assert "Will retry" not in text(answer)


@pytest.mark.browser
def test_the_seconds_count_down_and_the_button_keeps_the_focus(open_desk, transactional_db, settings):
    settings.UNDO_SECONDS = 600.0
    draft = VerificationRequest.objects.create(**COMPLETE)
    desk = open_desk("compliance")
    desk.goto(desk.url.replace("/admin/", action(draft)))
    with desk.expect_navigation():
        desk.get_by_role("button", name="Submit to Telnyx").click()
    countdown, button = desk.locator("time[data-sends]"), desk.get_by_role("button", name="Undo")
    expect(countdown).to_have_text(re.compile(r"Sends in \d+ s\."))
    button.focus()
    before = countdown.inner_text()

    with desk.expect_response(lambda answer: answer.url.endswith("/progress/")):
        expect(countdown).not_to_have_text(before)

    expect(button).to_be_focused()
    with desk.expect_navigation():
        button.press("Enter")
    expect(desk.get_by_text("Taken back. Nothing was sent to Telnyx.")).to_be_visible()
    expect(desk.locator("#id_business_name")).to_have_value(COMPLETE["business_name"])
