"""All requests that a filter finds are tried again or canceled: a look first, then each for itself by a worker."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.mirror import locks
from messaging.mirror.models import Attempt, AuditEntry, OutboxAct, OutboxActRow, OutboxEntry
from messaging.mirror.outbound import outbox, sweep
from messaging.outbox_acts import work
from tests.desk.conftest import State, entry_url, make_entry, make_request
from tests.sandbox.control import Sandbox
from tests.tollfree.pages import fields, text
from tollfree.models import VerificationRequest

RETRY, CANCEL, LIST = (
    "/admin/desk/outbox/try-now/",
    "/admin/desk/outbox/cancel/",
    "/admin/mirror/outboxentry/",
)
WHY = {"reason": "The importer was repaired"}
LATER = timezone.now() + timedelta(hours=3)
Result = OutboxActRow.Result


def act(client, url: str) -> str:
    """Look, confirm, and return the address of the page that shows what becomes of each."""
    answer = client.post(url, fields(client, url) | WHY)
    assert answer.status_code == 302
    return answer["Location"]


def do() -> None:
    work.act_due(Mock())


def gave_up() -> OutboxEntry:
    """Return a request that could not be sent for too long: nothing of it left us."""
    entry = make_entry(State.QUEUED)
    outbox.move(entry, expect=[State.QUEUED], state=State.NEEDS_PERSON)
    entry.attempts.create(outcome=Attempt.Outcome.NOT_SENT, worker="w")
    return entry


def unclear() -> OutboxEntry:
    entry = make_entry(State.NEEDS_PERSON)
    entry.attempts.create(outcome=Attempt.Outcome.UNCLEAR, worker="w")
    return entry


def lost_before() -> OutboxEntry:
    """Return a request that waits to be sent again after its answer was lost."""
    entry = make_entry(State.QUEUED, sends=1)
    entry.attempts.create(outcome=Attempt.Outcome.UNKNOWN, worker="w")
    return entry


def results() -> dict[Any, str]:
    return dict(OutboxActRow.objects.values_list("entry_id", "result"))


def states(*entries: OutboxEntry) -> list[str]:
    return [OutboxEntry.objects.get(pk=entry.pk).state for entry in entries]


def test_the_look_counts_by_state_names_the_first_and_says_what_is_left_out(login, db):
    queued = [make_entry(State.QUEUED) for _ in range(22)]
    make_entry(State.UNSURE)
    make_entry(State.BLOCKED)
    make_entry(State.ACCEPTED)
    unclear()
    before = list(OutboxEntry.objects.order_by("pk").values_list("pk", "state", "not_before"))

    page = login("compliance").get(RETRY)

    words = text(page)
    assert "23 of 25 open requests that match the filter will be tried now." in words
    assert page.context["states"] == [
        ("under_way", State.QUEUED.label, 22),
        ("unsure", State.UNSURE.label, 1),
    ]
    assert dict(page.context["left_out"]) == {Result.BLOCKED.label: 1, Result.UNCLEAR.label: 1}
    assert len(page.context["looked_at"]) == 20
    assert str(queued[21]) in words
    assert str(queued[0]) not in words
    assert list(OutboxEntry.objects.order_by("pk").values_list("pk", "state", "not_before")) == before
    assert not OutboxAct.objects.exists()


def test_what_waits_is_tried_now_and_what_needs_proof_is_left_alone(login, db):
    later = make_entry(State.QUEUED, not_before=LATER)
    unsure, gone = make_entry(State.UNSURE, not_before=LATER), gave_up()
    open_question, blocked, sending = unclear(), make_entry(State.BLOCKED), make_entry(State.SENDING)
    compliance = login("compliance")

    address = act(compliance, RETRY)
    assert "Waiting" in text(compliance.get(address))
    assert OutboxEntry.objects.get(pk=later.pk).not_before == LATER
    do()

    assert results() == {
        later.pk: Result.DONE,
        unsure.pk: Result.DONE,
        gone.pk: Result.DONE,
        open_question.pk: Result.UNCLEAR,
        blocked.pk: Result.BLOCKED,
        sending.pk: Result.SENDING,
    }
    due = OutboxEntry.objects.filter(pk__in=[later.pk, unsure.pk, gone.pk])
    assert all(entry.not_before < LATER for entry in due)
    assert states(later, unsure, gone) == [State.QUEUED, State.UNSURE, State.QUEUED]
    assert states(open_question, blocked, sending) == [State.NEEDS_PERSON, State.BLOCKED, State.SENDING]
    page = text(compliance.get(address))
    assert "3 of 6 requests go ahead now." in page
    assert str(Result.BLOCKED.label) in page
    assert WHY["reason"] in page
    on_record = LogEntry.objects.get(object_id=str(later.pk))
    assert on_record.change_message == f"Try now: {WHY['reason']}"
    assert "Try now: " in text(compliance.get(entry_url(later)))


def test_only_what_can_not_have_arrived_is_canceled(login, db):
    queued, blocked, gone = make_entry(State.QUEUED), make_entry(State.BLOCKED), gave_up()
    left = [unclear(), lost_before(), make_entry(State.UNSURE), make_entry(State.SENDING)]
    compliance = login("compliance")

    address = act(compliance, CANCEL)
    do()

    assert states(queued, blocked, gone) == [State.CANCELLED] * 3
    assert states(*left) == [State.NEEDS_PERSON, State.QUEUED, State.UNSURE, State.SENDING]
    assert [results()[entry.pk] for entry in left] == [Result.UNCLEAR] * 3 + [Result.SENDING]
    entry = OutboxEntry.objects.get(pk=queued.pk)
    assert (entry.reason, entry.resource.sync_state) == (WHY["reason"], "draft")
    assert "3 of 7 requests were canceled." in text(compliance.get(address))
    told = (
        AuditEntry.objects.filter(label="tollfree.verificationrequest", key=str(queued.resource_id))
        .order_by("-pk")
        .first()
    )
    assert told is not None
    assert told.user_id == User.objects.get(username="compliance").pk


def test_only_what_the_filter_shows_and_what_was_there_at_the_look_is_done(login, db):
    blocked, queued = make_entry(State.BLOCKED), make_entry(State.QUEUED)
    compliance = login("compliance")
    url = f"{CANCEL}?state=blocked"
    form = fields(compliance, url) | WHY
    later = make_entry(State.BLOCKED)

    compliance.post(url, form)
    do()

    assert states(blocked, queued, later) == [
        State.CANCELLED,
        State.QUEUED,
        State.BLOCKED,
    ]


def test_the_list_leads_there_with_its_filter(login, db):
    make_entry(State.BLOCKED)

    html = login("compliance").get(f"{LIST}?state=blocked").content.decode()

    assert f'href="{RETRY}?state=blocked"' in html
    assert f'href="{CANCEL}?state=blocked"' in html
    assert CANCEL not in login("support").get(LIST).content.decode()


def test_permissions_are_asked_for_again_when_it_is_done(login, db):
    entry = make_entry(State.QUEUED)
    act(login("compliance"), CANCEL)
    User.objects.get(username="compliance").groups.set(Group.objects.filter(name="operator"))

    do()

    # Operators may decide about requests, but not submit this kind.
    assert results() == {entry.pk: Result.DENIED}
    assert states(entry) == [State.QUEUED]


def test_nothing_is_done_for_an_account_that_was_turned_off_or_deleted(login, db):
    one, other = make_entry(State.QUEUED), make_entry(State.QUEUED)
    act(login("compliance"), f"{CANCEL}?q={one.pk}")
    act(login("approver"), f"{CANCEL}?q={other.pk}")
    User.objects.filter(username="compliance").update(is_active=False)
    OutboxAct.objects.filter(asked_by__username="approver").update(asked_by=None)

    do()

    assert results() == {one.pk: Result.DENIED, other.pk: Result.DENIED}


def test_what_one_may_not_request_is_said_at_the_look(login, db):
    make_entry(State.QUEUED)

    page = login("operator").get(CANCEL)

    assert dict(page.context["left_out"]) == {Result.DENIED.label: 1}
    assert "None of them can be handled from here" in text(page)


def test_a_colleagues_time_to_take_back_is_left_to_them(login, db, settings):
    settings.UNDO_SECONDS = 60
    colleague = User.objects.create(username="colleague")
    entry = outbox.add(make_request(), "create", requested_by=colleague)
    compliance = login("compliance")

    page = compliance.get(RETRY)

    assert entry.waits_for_undo()
    assert dict(page.context["left_out"]) == {Result.JUST_ASKED.label: 1}


def test_a_double_click_is_one_act(login, db):
    make_entry(State.QUEUED)
    compliance = login("compliance")
    form = fields(compliance, RETRY) | WHY

    first, second = (compliance.post(RETRY, form)["Location"] for _ in range(2))

    assert first == second
    assert OutboxAct.objects.count() == OutboxActRow.objects.count() == 1


@pytest.mark.parametrize("reason", ["", ".", "n/a"])
def test_without_a_reason_nothing_is_done_and_the_page_stays(login, db, reason):
    make_entry(State.QUEUED)
    compliance = login("compliance")

    answer = compliance.post(CANCEL, fields(compliance, CANCEL) | {"reason": reason})

    assert "Nothing has been done yet." in text(answer)
    assert not OutboxAct.objects.exists()


@pytest.mark.parametrize("until", ["", "x", "2026-01-01", "2026-13-01T00:00:00Z"])
def test_a_form_that_was_tampered_with_does_nothing(login, db, until):
    entry = make_entry(State.QUEUED)

    login("compliance").post(CANCEL, {"until": until, "form_token": "1", **WHY})
    do()

    assert not OutboxAct.objects.exists()
    assert states(entry) == [State.QUEUED]


@pytest.mark.parametrize("url", [RETRY, CANCEL])
def test_whoever_may_not_decide_is_refused(login, db, url):
    make_entry(State.QUEUED)

    for name in ("support", "auditor"):
        client = login(name)
        assert client.get(url).status_code == 403
        assert client.post(url, {"until": LATER.isoformat(), "form_token": "1", **WHY}).status_code == 403
    assert not OutboxAct.objects.exists()


def test_numbers_in_a_reason_are_not_kept(login, db):
    make_entry(State.QUEUED)
    compliance = login("compliance")

    compliance.post(CANCEL, fields(compliance, CANCEL) | {"reason": "Asked by +1 312 555 0123 on the phone"})
    do()

    assert "0123" in OutboxAct.objects.get().reason
    assert "555" not in OutboxAct.objects.get().reason + OutboxEntry.objects.get().reason


# A worker that is killed.


def test_a_killed_worker_leaves_each_row_done_or_waiting_and_the_next_one_goes_on(
    login, transactional_db, monkeypatch
):
    entries = [make_entry(State.QUEUED) for _ in range(3)]
    act(login("compliance"), CANCEL)
    killed = iter([None, SystemExit])

    def kill(name: str) -> None:
        if error := next(killed, None):
            raise error

    monkeypatch.setattr(work, "failpoint", kill)
    with pytest.raises(SystemExit):
        do()

    # The second was rolled back as a whole; the order is the one in which they were queued.
    assert states(*entries) == [State.CANCELLED, State.QUEUED, State.QUEUED]
    assert [results()[entry.pk] for entry in entries] == [Result.DONE, "", ""]
    do()
    assert states(*entries) == [State.CANCELLED] * 3
    assert set(results().values()) == {Result.DONE}


def test_what_is_done_is_not_done_again(login, db):
    entry = make_entry(State.QUEUED)
    act(login("compliance"), RETRY)
    do()
    OutboxEntry.objects.update(not_before=LATER)

    do()

    assert OutboxEntry.objects.get(pk=entry.pk).not_before == LATER


def test_one_that_fails_says_so_and_stops_no_other(login, db, monkeypatch):
    bad, good = make_entry(State.QUEUED), make_entry(State.QUEUED)
    act(login("compliance"), CANCEL)
    hold = outbox.hold

    def failing(pk):
        if pk == bad.pk:
            raise ValueError("+13125550123")
        return hold(pk)

    monkeypatch.setattr(outbox, "hold", failing)

    do()

    assert results() == {bad.pk: Result.FAILED, good.pk: Result.DONE}
    assert states(bad, good) == [State.QUEUED, State.CANCELLED]


def test_the_record_is_locked_before_its_request(login, db):
    make_entry(State.QUEUED)
    act(login("compliance"), CANCEL)

    with CaptureQueriesContext(connection) as queries:
        do()

    tables = [VerificationRequest._meta.db_table, OutboxEntry._meta.db_table]
    locked = [
        table
        for each in queries.captured_queries
        if "FOR UPDATE" in each["sql"]
        for table in tables
        if f'FROM "{table}"' in each["sql"]
    ]
    assert locked[:2] == tables


def test_only_one_worker_acts_at_a_time(login, transactional_db, other_session):
    entry = make_entry(State.QUEUED)
    act(login("compliance"), CANCEL)
    other_session(f"SELECT pg_advisory_lock({locks.ROUNDS}, {locks.ACTING})")

    do()

    assert results() == {entry.pk: ""}


@pytest.fixture
def other_session(transactional_db) -> Iterator[Any]:
    """Return what runs a statement in a session of its own, which ends with the test."""
    other = connection.copy()

    def run(sql: str) -> None:
        with other.cursor() as cursor:
            cursor.execute(sql)

    yield run
    other.close()


def test_what_was_tried_again_reaches_telnyx_once(login, transactional_db, sandbox: Sandbox, client):
    later = make_entry(State.QUEUED, not_before=LATER)
    compliance = login("compliance")
    act(compliance, RETRY)
    act(compliance, RETRY)
    do()

    sweep.sweep(client)

    assert states(later) == [State.ACCEPTED]
    assert len(sandbox.requests("POST", "verification/requests")) == 1
