"""`manage.py telnyx_pull`: what exists at Telnyx is mirrored, and a dry run only reports."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from messaging.mirror import account
from messaging.mirror.models import Source, SyncState
from messaging.mirror.records import sync
from tests.sandbox.control import sample_request
from tests.tollfree.conftest import COMPLETE
from tollfree.choices import Status
from tollfree.models import VerificationRequest


@pytest.fixture
def our_account(client, sandbox, settings):
    """Make the process's own client talk to the sandbox."""
    settings.TELNYX_API_KEY, settings.TELNYX_BASE_URL = sandbox.api_key, sandbox.base_url
    account.client.cache_clear()
    yield
    account.client().close()
    account.client.cache_clear()


def pull(*options: str, model: str = "tollfree.VerificationRequest") -> str:
    out = StringIO()
    call_command("telnyx_pull", *options, model, stdout=out)
    return out.getvalue()


@pytest.mark.promise("F31")
def test_what_exists_only_at_telnyx_is_imported(our_account, sandbox, client):
    held = sandbox.seed(sample_request(doingBusinessAs="Bright Smile"), status="Rejected", reason="No brand.")

    said = pull()
    sync.poll_due(client)

    row = VerificationRequest.objects.get()
    assert f"1 imported: {held['id']}" in said
    assert (row.remote_id, row.sync_state) == (held["id"], SyncState.ACCEPTED)
    assert (row.remote_status, row.remote_reason) == (Status.REJECTED, "No brand.")
    assert row.doing_business_as == "Bright Smile"
    assert row.phone_numbers == COMPLETE["phone_numbers"]
    assert [change.status for change in row.history()] == ["Rejected"]
    assert row.next_operation() == "update"


@pytest.mark.promise("F31")
def test_a_dry_run_writes_nothing(our_account, sandbox):
    held = sandbox.seed()

    said = pull("--dry-run")

    assert f"1 would be imported: {held['id']}" in said
    assert not VerificationRequest.objects.exists()


def test_the_report_names_ids_and_no_person(our_account, sandbox, make):
    known = sandbox.seed(status="Verified")
    sandbox.seed()
    make(remote_id=known["id"])
    make(remote_id="gone-at-telnyx", phone_numbers=[])

    said = pull(model="tollfree.verificationrequest")

    assert "Telnyx holds 2" in said
    assert f"1 refreshed: {known['id']}" in said
    assert "1 known here and missing at Telnyx: gone-at-telnyx" in said
    assert not any(word in said for word in ("Larkspur", "+1800", "Robin"))


@pytest.mark.promise("F31")
def test_pulling_twice_finds_nothing_new(our_account, sandbox, client):
    sandbox.seed()
    pull()
    sync.poll_due(client)

    assert "0 imported\n  0 refreshed" in pull()


def test_an_import_takes_what_no_form_would(our_account, sandbox):
    odd = sample_request(useCase="A word that Telnyx made up", businessName="x" * 900, ageGatedContent=None)
    sandbox.seed(odd, status="Paused By Carrier")

    pull()

    row = VerificationRequest.objects.get()
    assert (row.use_case, row.remote_status) == ("A word that Telnyx made up", "Paused By Carrier")
    assert str(row) == "x" * 80


def test_an_incomplete_list_imports_nothing_and_says_so(our_account, sandbox):
    sandbox.seed()
    sandbox.fault("status", status=200, json={"records": [], "total_records": 2}, method="GET", count=None)

    with pytest.raises(CommandError, match="tollfree.VerificationRequest: "):
        pull()

    assert not VerificationRequest.objects.exists()


def test_an_unknown_kind_is_a_clear_sentence(our_account):
    with pytest.raises(
        CommandError, match="There is no tollfree.Nothing. Choose from: .*tollfree.verificationrequest"
    ):
        pull(model="tollfree.Nothing")


def test_an_edit_in_the_portal_shows_in_what_telnyx_holds_only(our_account, sandbox, client, make):
    held = sandbox.seed()
    request = make()
    request.apply({"id": held["id"]}, source=Source.API, as_of=timezone.now())
    sandbox.edit(held["id"], businessCity="Elsewhere")

    pull()

    request.refresh_from_db()
    assert request.remote_data["businessCity"] == "Elsewhere"
    assert request.business_city == "Springfield"
