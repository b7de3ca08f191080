"""What a promise costs in PostgreSQL beyond its call to Telnyx, counted, so that no load of the machine changes it."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.mirror import account, calls, heartbeat, tallies
from messaging.mirror.models import ApiCall, Attempt, OutboxEntry, StatusChange
from messaging.mirror.outbound import outbox, relay
from messaging.models import MessagingProfile
from messaging.telnyx.client import Client
from tests.mirror.conftest import make_request
from tollfree.models import VerificationRequest

WRITES = re.compile(r"\s*(SELECT set_config.*?; )?(WITH\b.*?)?(INSERT|UPDATE|DELETE)\b", re.DOTALL)

# The machinery's own: take it, its pace, the record, claim it; the record, the outcome, the log, the history, what
# Telnyx holds, give it back. All of it is committed three times.
MACHINERY, COMMITS = 10, 3


class Cost:
    """The statements of some work, and how often something was committed."""

    def __init__(self, captured: list[dict[str, str]]) -> None:
        self.statements: list[str] = []
        self.commits = 0
        is_open = False
        for each in captured:
            sql = each["sql"]
            if sql in ("BEGIN", "COMMIT", "ROLLBACK"):
                is_open = sql == "BEGIN"
                self.commits += sql == "COMMIT"
            else:
                self.statements.append(sql)
                self.commits += not is_open and WRITES.match(sql) is not None

    def __str__(self) -> str:
        lines = [f"{number:3} {sql[:150]!r}" for number, sql in enumerate(self.statements, 1)]
        return "\n".join([f"{len(lines)} statements, {self.commits} commits", *lines])


@pytest.fixture
def worker(sandbox, transactional_db, quick, settings, monkeypatch) -> Iterator[Client]:
    """Return a client that logs and counts its calls as the worker's does, and has done so before."""
    # The signs of life that a process writes twice a minute are written by the first call.
    monkeypatch.setattr(heartbeat, "READ_EVERY", 600.0)
    monkeypatch.setattr(heartbeat, "_written", {})
    settings.METRICS_TOKEN = "the-tests-read-the-metrics-with-it"
    with Client(sandbox.api_key, sandbox.base_url, heard=heartbeat.heard, called=account.ended) as client:
        relay.relay(outbox.add(make_request(), "create", requested_by=None).pk, client)
        yield client
    tallies._counted.clear()


def cost(entry: OutboxEntry, client: Client) -> Cost:
    with CaptureQueriesContext(connection) as captured:
        relay.relay(entry.pk, client)
    entry.refresh_from_db()
    return Cost(captured.captured_queries)


def another_request() -> OutboxEntry:
    request = make_request(phoneNumbers=[{"phoneNumber": "+18005550177"}])
    return outbox.add(request, "create", requested_by=None)


def test_a_create_costs_ten_statements_and_three_commits_and_what_its_feature_asks(worker):
    entry = another_request()

    found = cost(entry, worker)

    assert entry.state == OutboxEntry.State.ACCEPTED
    # Its guard asks twice, and the copy at Telnyx is compared in three.
    assert len(found.statements) <= MACHINERY + 2 + 3, found
    assert found.commits <= COMMITS, found
    assert "INSERT INTO mirror_pace" in found.statements[1]
    assert Attempt.objects.filter(entry=entry).count() == ApiCall.objects.filter(entry=entry.pk).count() == 1
    assert StatusChange.objects.filter(resource_id=entry.resource_id).count() == 1


def test_a_change_costs_ten_statements_and_three_commits_and_what_its_feature_asks(worker):
    profile = MessagingProfile.objects.create(name="One", whitelisted_destinations=["US"])
    relay.relay(outbox.add(profile, "create", requested_by=None).pk, worker)
    entry = outbox.add(profile, "update", requested_by=None, changes={"name": "Two"})

    found = cost(entry, worker)

    assert entry.state == OutboxEntry.State.ACCEPTED
    # The fields are copied and read again, the mark of the secret is kept, and the history says who changed the name.
    assert len(found.statements) <= MACHINERY + 5, found
    assert found.commits <= COMMITS, found
    profile.refresh_from_db()
    assert (profile.name, profile.sync_state) == ("Two", "accepted")


def test_what_is_not_due_costs_one_statement_and_keeps_no_lock(worker):
    entry = another_request()
    OutboxEntry.objects.filter(pk=entry.pk).update(not_before="2100-01-01T00:00Z")

    found = cost(entry, worker)

    assert (len(found.statements), found.commits) == (1, 0), found
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)


def test_a_call_that_cannot_be_logged_does_not_undo_its_outcome(worker, sandbox, monkeypatch, caplog):
    real = calls._row

    def too_long(call):
        row = real(call)
        row.method = "x" * 50
        return row

    monkeypatch.setattr(calls, "_row", too_long)
    entry = another_request()

    cost(entry, worker)

    assert entry.state == OutboxEntry.State.ACCEPTED
    assert list(entry.attempts.values_list("outcome", flat=True)) == [Attempt.Outcome.ACCEPTED]
    assert entry.resource.remote_id == entry.remote_id
    assert entry.resource.next_poll_at is not None
    assert not ApiCall.objects.filter(entry=entry.pk).exists()
    assert "A call to Telnyx could not be logged (DataError)." in caplog.text


def test_a_connection_that_is_lost_while_the_answer_is_stored_loses_nothing_of_it(
    worker, sandbox, monkeypatch
):
    real, tries = VerificationRequest.apply, []

    def loses_it_once(self, *arguments, **named):
        tries.append(self)
        if len(tries) == 1:
            connection.connection.close()
        real(self, *arguments, **named)

    monkeypatch.setattr(VerificationRequest, "apply", loses_it_once)
    entry = another_request()

    cost(entry, worker)

    assert len(tries) == 2
    assert entry.state == OutboxEntry.State.ACCEPTED
    assert list(entry.attempts.values_list("outcome", flat=True)) == [Attempt.Outcome.ACCEPTED]
    assert entry.resource.remote_status == "In Progress"
    assert ApiCall.objects.filter(entry=entry.pk).count() == 1
