"""What Telnyx holds is found by asking, whichever webhooks did or did not come."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.mirror.models import Source, StatusChange
from messaging.mirror.models.resource import poll_interval
from messaging.mirror.records import sync
from messaging.models import MessagingProfile
from messaging.telnyx.errors import TelnyxError
from tests.sandbox.control import sample_request
from tollfree.models import VerificationRequest


@pytest.fixture
def accepted(sandbox, submit, work):
    """A request that Telnyx has accepted."""
    return work(submit()).resource


@pytest.mark.promise("A12", "F77")
def test_a_lost_webhook_is_found_by_polling(sandbox, accepted, client):
    sandbox.set_status(accepted.remote_id, "Verified", webhook=False)
    sync.ask_soon(accepted, Source.SYNC)

    sync.poll_due(client)

    accepted.refresh_from_db()
    assert accepted.remote_status == "Verified"
    newest = accepted.history().first()
    assert (newest.status, newest.source) == ("Verified", Source.SYNC)
    held = sandbox.record(accepted.remote_id)["history"][-1]
    assert newest.occurred_at.isoformat(timespec="milliseconds")[:19] == held["updatedAt"][:19]


@pytest.mark.promise("F77")
def test_what_is_final_is_not_polled_any_more(sandbox, accepted, client):
    sandbox.set_status(accepted.remote_id, "Verified", webhook=False)
    # A poll that becomes due while the record is read would count as another question.
    type(accepted)._base_manager.update(next_poll_at=None)

    sync.refresh(accepted, client)

    assert accepted.next_poll_at is None


def test_what_is_accepted_while_telnyx_lists_is_not_imported_a_second_time(submit, work, client, monkeypatch):
    wire = type(VerificationRequest.wire)
    listed = wire.all

    def slowly(self, *args, **filters):
        monkeypatch.setattr(wire, "all", listed)
        work(submit())
        return listed(self, *args, **filters)

    monkeypatch.setattr(wire, "all", slowly)

    report = sync.pull(VerificationRequest, client)

    assert (report.seen, report.imported, report.skipped) == (1, [], [])
    assert VerificationRequest.objects.get().remote_id


@pytest.mark.promise("F77")
def test_polling_slows_down_and_keeps_the_promise_for_a_lost_webhook(settings):
    settings.TELNYX_POLL_SECONDS = 30
    waits = [poll_interval(timedelta(seconds=quiet)).total_seconds() for quiet in (0, 240, 86400, 864000)]

    assert waits == [30, 60, 900, 900]


def test_a_record_deleted_in_the_portal_is_noted_and_kept(sandbox, accepted, client):
    sandbox.delete(accepted.remote_id)

    sync.refresh(accepted, client)

    assert accepted.gone_at is not None
    assert accepted.next_poll_at is None
    assert accepted.remote_status == "In Progress"


@pytest.mark.promise("X73")
def test_an_answer_that_was_long_under_way_overwrites_nothing(accepted):
    record = {**accepted.remote_data, "businessName": "newer"}
    now = timezone.now()
    accepted.apply(record, source=Source.SYNC, as_of=now)

    accepted.apply({**record, "businessName": "older"}, source=Source.SYNC, as_of=now - timedelta(seconds=5))

    assert accepted.remote_data["businessName"] == "newer"


def test_telnyx_being_away_changes_nothing(accepted, client, sandbox):
    sandbox.fault("status", method="GET", status=500, count=None, store=False)
    before = VerificationRequest.objects.values().get()

    with pytest.raises(TelnyxError):
        sync.refresh(accepted, client)

    assert VerificationRequest.objects.values().get() == before


@pytest.mark.promise("F31")
def test_a_dry_run_of_a_pull_writes_nothing(sandbox, client):
    sandbox.seed(status="Verified")

    report = sync.pull(VerificationRequest, client, dry_run=True)

    assert len(report.imported) == 1
    assert not VerificationRequest.objects.exists()


@pytest.mark.promise("F31")
def test_a_pull_imports_what_exists_only_at_telnyx_with_its_history(sandbox, client):
    seeded = sandbox.seed(sample_request(businessName="Made In Portal LLC"), status="Verified")

    report = sync.pull(VerificationRequest, client)
    sync.poll_due(client)

    row = VerificationRequest.objects.get()
    assert report.imported == [seeded["id"]] == [row.remote_id]
    assert row.business_name == "Made In Portal LLC"
    assert row.remote_status == "Verified"
    assert row.sync_state == "accepted"
    assert StatusChange.objects.filter(resource_id=row.pk).exists()


@pytest.mark.promise("F31")
def test_a_second_pull_changes_nothing(sandbox, client):
    sandbox.seed(status="Verified")
    sync.pull(VerificationRequest, client)
    sync.poll_due(client)

    report = sync.pull(VerificationRequest, client)

    assert (report.seen, report.imported, report.changed, report.missing) == (1, [], [], [])


def test_a_pull_reports_what_is_missing_at_telnyx_and_keeps_it(sandbox, accepted, client):
    sandbox.delete(accepted.remote_id)

    report = sync.pull(VerificationRequest, client)

    assert report.missing == [accepted.remote_id]
    assert VerificationRequest.objects.exists()


def test_a_pull_leaves_unknown_records_alone_while_a_create_is_unclear(sandbox, submit, client):
    submit()
    sandbox.seed()

    report = sync.pull(VerificationRequest, client)

    assert len(report.skipped) == 1
    assert VerificationRequest.objects.count() == 1


def test_a_hint_that_comes_while_a_poll_is_under_way_is_not_forgotten(accepted, client):
    record, facts = accepted.fetch(client)
    asked_at = timezone.now()
    sync.ask_soon(accepted, Source.WEBHOOK)

    accepted.apply(record, source=Source.SYNC, as_of=asked_at, facts=facts)

    assert accepted.next_poll_at <= timezone.now()
    assert accepted.poll_because == Source.WEBHOOK


@pytest.mark.promise("A19")
def test_an_unknown_status_is_kept_as_it_is_and_reported_to_engineers_once(sandbox, accepted, client, caplog):
    sandbox.set_status(accepted.remote_id, "Paused By Carrier", webhook=False)

    for _ in range(3):
        sync.refresh(accepted, client)

    assert (accepted.remote_status, accepted.known_status) == ("Paused By Carrier", "In Progress")
    assert len([record for record in caplog.records if "Paused By Carrier" in record.getMessage()]) == 1


def test_the_hourly_pull_brings_the_profiles_and_none_of_their_secrets(sandbox, client):
    for _ in range(2):
        sync.pull_whole(client)

    profiles = MessagingProfile.objects.all()
    assert len(profiles) == 3
    assert all(profile.name and profile.remote_id for profile in profiles)
    assert not any("v1_secret" in profile.remote_data for profile in profiles)
    assert not VerificationRequest.objects.exists()
